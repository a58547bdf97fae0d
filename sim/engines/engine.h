/* Runs a program on an engine, the way a host would: everything goes through the byte stream of the
 * host link, one byte offered per cycle.
 *
 *   model     the cycle model
 *   rtl       the generated Verilog, verilated
 *   lockstep  both, driven alike: every probe is compared in every cycle, and all of the memory
 *             after each inference
 */
#ifndef AS_SIM_ENGINES_ENGINE_H
#define AS_SIM_ENGINES_ENGINE_H

#include <stdint.h>

#include "base/arena.h"
#include "gen/config/config.h"
#include "base/diag.h"
#include "gen/program/program.h"
#include "models/network.h"
#include "sim/blocks/perf.h"

enum as_engine { AS_ENGINE_REFERENCE, AS_ENGINE_MODEL, AS_ENGINE_RTL, AS_ENGINE_LOCKSTEP };

struct as_run_setup {
    const struct as_config *cfg;
    const struct as_network *net;
    const struct as_program *program;
    enum as_engine engine; /* not AS_ENGINE_REFERENCE */
    int input_count;       /* inferences, back to back */
    const int8_t *const *inputs;
    /* [input_count][tensors of net]: what the reference engine makes of each input; every layer's
     * output in memory is compared with it when the layer is done */
    int8_t *const *const *expected;
    int stall_percent; /* of the cycles in which the memory accepts nothing */
    uint64_t stall_seed;
    const char *wave_path; /* where a disagreement leaves its waveform; NULL: beside the cache */
    const char *command;   /* what reproduces this run, for messages */
};

struct as_layer_run {
    uint64_t events[AS_PERF_USED]; /* by enum as_perf_counter; [AS_PERF_CYCLES] are its cycles */
};

/* Cycles of a layer end with its last byte written; what the engines already did for the next one
 * counts here too, because layers overlap. */
struct as_inference {
    int8_t *output;
    struct as_layer_run *layers; /* [layer_count of the program] */
    struct as_layer_run total;
};

struct as_run {
    int inference_count; /* completed */
    struct as_inference *inferences;
    uint64_t cycles; /* simulated, host link included */
    double seconds;  /* of one processor, without building the RTL */
    int probes;      /* values compared in each cycle, 0 unless lockstep */
    int disagreements;
    int layers_compared; /* with the reference engine, over all inferences */
    int layers_wrong;
};

/* AS_ERR_MISMATCH when model and RTL disagree, when a layer's output is wrong or when a counter is
 * not what was seen; the message of a disagreement holds first cycle, signal, both values, place in
 * the program, waveform and command.  `run` is filled in
 * as far as it went. */
enum as_status as_engine_run(struct as_arena *arena, const struct as_run_setup *setup,
                             struct as_run *run, struct as_diag *diag);

#endif
