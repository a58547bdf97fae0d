/* perf: performance counters.
 *
 * Specification: docs/blocks.md, perf.  RTL: perf.v.
 * Short counters of the events are swept, one slot a cycle, into totals in a RAM.
 * Ports: start clears, busy, one bit an event; index -> value.
 * Latency: the value of a slot follows its index by one cycle; values are final
 * AS_PERF_SETTLE_CYCLES after busy falls. */
#ifndef AS_SIM_BLOCKS_PERF_H
#define AS_SIM_BLOCKS_PERF_H

#include <stdbool.h>
#include <stdint.h>

#include "gen/config/hw.h"

enum as_perf_counter {
#define AS_COUNTER(name, meaning) AS_PERF_##name,
#include "gen/regmap/counters.def"
#undef AS_COUNTER
    AS_PERF_USED
};

#define AS_PERF_SETTLE_CYCLES 19 /* from the fall of busy until every slot is final */

struct as_perf {
    uint8_t part_q[AS_PERF_USED]; /* counted since the slot was last swept */
    uint8_t sweep_q;
    uint8_t slot_q;
    uint8_t slot1_q;
    uint8_t fresh_q;
    bool fresh1_q;
    bool move_q;
    uint32_t total[AS_PERF_COUNT]; /* RAM; words from AS_PERF_USED on stay 0 */
    uint32_t rdata_q;              /* its output */
};

struct as_perf_in {
    bool rst; /* no total is written */
    bool start;
    bool busy;
    uint32_t events; /* bit i: counter i counts, when busy */
    uint32_t index;
};

void as_perf_init(struct as_perf *m);

/* data_o. */
static inline uint32_t as_perf_eval(const struct as_perf *m)
{
    return m->rdata_q;
}

void as_perf_tick(struct as_perf *m, const struct as_perf_in *in);
void as_perf_reset(struct as_perf *m);

#endif
