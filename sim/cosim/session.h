/* One or two units under test advanced together, cycle by cycle, behind one byte stream; what they
 * do is counted per layer, and two units are compared.
 *
 *   session.c      opens, advances by a cycle, closes
 *   byte_stream.c  the bytes to and from the units
 *   accounting.c   which layer a cycle belongs to; outputs of layers; what no accelerator does
 *   comparison.c   unit against unit, and the text of a disagreement */
#ifndef AS_SIM_COSIM_SESSION_H
#define AS_SIM_COSIM_SESSION_H

#include <stdbool.h>

#include "sim/cosim/dut.h"
#include "sim/cosim/probe.h"
#include "sim/cosim/timeline.h"
#include "sim/cosim/wave.h"
#include "sim/host/link_driver.h"
#include "sim/run/run.h"

#define AS_SESSION_RX_MAX 4096 /* bytes from the unit that nobody has taken yet */

enum as_session_state {
    AS_SESSION_GOOD,
    AS_SESSION_DIFFERS, /* the units disagree, or one does what no accelerator does */
    AS_SESSION_HANGS    /* busy for too long */
};

struct as_session {
    const struct as_run_setup *setup;
    struct as_arena *arena;
    struct as_dut dut[2]; /* the first is counted; a second is compared with it */
    int dut_count;
    uint64_t cycle;
    uint64_t stall_random;
    uint64_t busy_cycles; /* in a row */
    uint64_t busy_limit;
    enum as_session_state state;
    uint64_t cycles_after;        /* to simulate after a difference, for the waveform */
    uint64_t cycle_limit;         /* no time passes from this cycle on; 0: no limit */
    struct as_wave *wave;         /* that the cycles are written to; NULL: none */
    struct as_timeline *timeline; /* the like, of the first unit */
    uint64_t differs_at;          /* cycle of the difference */

    /* bytes to and from the unit */
    bool tx_full;
    uint8_t tx;
    uint8_t rx[AS_SESSION_RX_MAX];
    int rx_first, rx_count;

    /* comparison */
    int probe_count;
    const struct as_probe *probes;
    char *difference; /* the message so far */
    char *text;       /* of open_memstream, while it is written */
    size_t text_bytes;

    /* place */
    int inference;    /* started, from 1 */
    uint64_t started; /* cycle of the first busy cycle */

    /* accounting of the inference under way */
    bool was_busy;
    int layer; /* layer_done pulses seen */
    struct as_layer_run *layers;

    /* outputs of layers against the reference engine */
    int layers_compared, layers_wrong;
    const char *first_wrong; /* message, NULL: none */
};

/* The units must be in place, at most two; resets them. */
void as_session_open(struct as_session *s, struct as_arena *arena,
                     const struct as_run_setup *setup);

/* The byte stream, as the link driver wants it: one byte per cycle is offered.  After a difference
 * or a hang no time passes any more and nothing is sent or received. */
struct as_link_port as_session_port(struct as_session *s);

/* True when the main memories of both units are equal; else describes the first difference. */
bool as_session_compare_memory(struct as_session *s);

void as_session_close(struct as_session *s);

#endif
