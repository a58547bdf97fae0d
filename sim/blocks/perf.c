#include "sim/blocks/perf.h"

#include <string.h>

#include "sim/blocks/garbage.h"

#define SWEEP_CYCLES (AS_PERF_USED + 1)

void as_perf_init(struct as_perf *m)
{
    memset(m, 0, sizeof *m);
    as_garbage_fill((uint8_t *)m->total, 4, 4, AS_PERF_USED, AS_SEED_PERF);
}

static void count(struct as_perf *m, const struct as_perf_in *in)
{
    if (in->start) {
        memset(m->part_q, 0, sizeof m->part_q);
        return;
    }
    if (m->move_q && m->slot1_q < AS_PERF_USED) /* before its reset the register may say more */
        m->part_q[m->slot1_q] = 0;
    if (!in->busy)
        return;
    for (uint32_t i = 0; i < AS_PERF_USED; i++)
        m->part_q[i] = (uint8_t)(m->part_q[i] + (in->events >> i & 1));
}

void as_perf_tick(struct as_perf *m, const struct as_perf_in *in)
{
    bool sweep = in->busy || m->sweep_q != 0;
    uint32_t read = m->total[sweep ? m->slot_q : in->index % AS_PERF_COUNT];
    if (m->move_q && !in->rst)
        m->total[m->slot1_q] = (m->fresh1_q ? 0 : m->rdata_q) + m->part_q[m->slot1_q];
    m->rdata_q = read;
    m->fresh1_q = m->fresh_q != 0;
    count(m, in);
    if (in->start)
        m->fresh_q = AS_PERF_USED;
    else if (sweep && m->fresh_q != 0)
        m->fresh_q--;
    m->slot1_q = m->slot_q;
    m->move_q = sweep;
    if (sweep)
        m->slot_q = (uint8_t)((m->slot_q + 1) % AS_PERF_USED);
    if (in->busy)
        m->sweep_q = SWEEP_CYCLES;
    else if (m->sweep_q != 0)
        m->sweep_q--;
}

void as_perf_reset(struct as_perf *m)
{
    m->sweep_q = m->slot_q = m->slot1_q = 0;
    m->move_q = m->fresh1_q = false;
    m->fresh_q = AS_PERF_USED;
    memset(m->part_q, 0, sizeof m->part_q);
}
