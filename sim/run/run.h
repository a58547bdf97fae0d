/* What an engine is asked to run, and what it answers.  The words that engines, co-simulation and
 * reports share. */
#ifndef AS_SIM_RUN_RUN_H
#define AS_SIM_RUN_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "gen/config/config.h"
#include "gen/program/program.h"
#include "models/network.h"
#include "sim/blocks/perf.h"

/* Cycles of a run, the first is 0; those of the host link count. */
struct as_run_window {
    uint64_t first, last;
};

#define AS_RUN_CYCLE_MAX ((UINT64_C(1) << 62) - 1) /* its time, twice as much, is a number too */

struct as_run_setup {
    const struct as_network *net;
    const struct as_config *cfg;      /* NULL for an engine without an accelerator */
    const struct as_program *program; /* the network on `cfg`; NULL like it */
    int input_count;                  /* inferences, back to back */
    const int8_t *const *inputs;      /* [input_count][as_ports_bytes of the inputs] */
    /* [input_count][tensors of net]: what the reference makes of each input; every layer's output
     * in memory is compared with it when the layer is done */
    int8_t *const *const *expected;
    int reset_every;   /* inferences after which the variables begin anew; 0: never */
    int stall_percent; /* of the cycles in which the memory accepts nothing, 0..99 */
    uint64_t stall_seed;
    const char *wave_path; /* where the waveform goes, FILE.vcd or FILE.fst; NULL: none was asked
                            * for, and that of a disagreement goes beside the cache */
    const struct as_run_window *wave_window; /* its cycles; NULL: the engine chooses */
    const char *trace_path;                  /* where the timeline goes; NULL: none was asked for */
    const char *command;                     /* what reproduces this run, for messages */
};

/* Whether the variables have their initial values in front of inference `index`, from 0. */
static inline bool as_run_resets(int reset_every, int index)
{
    return reset_every > 0 ? index % reset_every == 0 : index == 0;
}

struct as_layer_run {
    uint64_t events[AS_PERF_USED]; /* by enum as_perf_counter; [AS_PERF_CYCLES] are its cycles */
};

/* Cycles of a layer end with its last byte written; what the engines already did for the next one
 * counts here too, because layers overlap. */
struct as_inference {
    const int8_t *output;        /* [as_ports_bytes of the network's outputs] */
    struct as_layer_run *layers; /* [layer_count of the program]; NULL: the engine counts nothing */
    struct as_layer_run total;
};

struct as_run {
    int inference_count; /* completed */
    struct as_inference *inferences;
    uint64_t cycles;       /* simulated */
    bool host_link;        /* those of the host link are among them */
    double seconds;        /* of one processor, without building the RTL */
    int probes;            /* values compared in each cycle, 0 unless two units ran */
    int disagreements;     /* of two units, or of a unit with what any unit must do */
    int layers_compared;   /* with the reference, over all inferences */
    int layers_wrong;      /* of those */
    const char *verilator; /* version of the Verilator that took part, else NULL */
    const char *trace;     /* the timeline that was written, else NULL */
    const char *wave;      /* the waveform that was written and its cycles, else NULL */
};

#endif
