/* Laws of the probes: a difference in a register of the model shows in the probe of its name. */
#include <criterion/criterion.h>
#include <string.h>

#include "sim/cosim/probe.h"
#include "tests/unit/helpers/config_make.h"

static struct as_arena *arena;
static struct as_config cfg;
static struct as_system *s;

static void begin(void)
{
    arena = as_arena_new();
    test_config_derive(&cfg);
    s = as_system_new(arena, &cfg.hw);
    as_system_eval(s, &(struct as_system_in){.rst = false});
}

/* Another lowest bit of the byte at `at` is seen by the probe `id`. */
static void shows(void *at, const char *id)
{
    int count = as_probe_count(&cfg.hw), found = -1;
    const struct as_probe *list = as_probe_list(arena, &cfg.hw);
    const uint64_t *masks = as_probe_masks(arena, &cfg.hw);
    uint64_t *before = AS_NEW(arena, uint64_t, count), *after = AS_NEW(arena, uint64_t, count);

    as_system_probe(s, masks, before);
    *(uint8_t *)at ^= 1;
    as_system_probe(s, masks, after);
    *(uint8_t *)at ^= 1;
    for (int i = 0; i < count; i++)
        if (strcmp(list[i].id, id) == 0)
            found = i;
    cr_assert_geq(found, 0, "no probe %s", id);
    cr_assert_neq(before[found], after[found], "%s", id);
}

Test(probe, every_stage_of_every_requant_lane_is_seen)
{
    char id[64];

    cfg = test_config_make(4, 4);
    cfg.hw.requant_lanes = 4;
    begin();
    for (int lane = 0; lane < 4; lane++)
        for (int n = 0; n < cfg.hw.requant_stages; n++) {
            struct as_requant *m = &s->core.requant[lane];
            struct {
                const char *name;
                void *at;
            } fields[] = {{"v_q", &m->v_q[n]},
                          {"pass_q", &m->pass_q[n]},
                          {"x_q", &m->x_q[n]},
                          {"s_q", &m->s_q[n]}};
            for (int i = 0; i < 4; i++) {
                snprintf(id, sizeof id, "requant.%s[%d][%d]", fields[i].name, lane, n);
                shows(fields[i].at, id);
            }
        }
    for (int lane = 1; lane < 4; lane++) {
        struct as_record *q = &s->core.store.lane_q[lane];
        snprintf(id, sizeof id, "store_unit.lane_bias_q[%d]", lane - 1);
        shows(&q->bias, id);
        snprintf(id, sizeof id, "store_unit.lane_m_q[%d]", lane - 1);
        shows(&q->multiplier, id);
        snprintf(id, sizeof id, "store_unit.lane_shift_q[%d]", lane - 1);
        shows(&q->shift, id);
    }
    as_arena_free(arena);
}

Test(probe, every_short_counter_is_seen)
{
    char id[64];

    cfg = test_config_make(4, 4);
    begin();
    for (int n = 0; n < AS_PERF_USED; n++) {
        snprintf(id, sizeof id, "perf.part_q[%d]", n);
        shows(&s->core.perf.part_q[n], id);
    }
    as_arena_free(arena);
}

Test(probe, the_control_of_each_pair_of_columns_is_seen)
{
    char id[64];

    cfg = test_config_make(4, 6);
    begin();
    cr_assert(cfg.hw.x_forwarded);
    for (int j = 0; j < 3; j++) {
        snprintf(id, sizeof id, "acc_array.e_q[%d]", j);
        shows(&s->core.acc.e_q[(s->core.acc.newest + (uint32_t)j) % AS_ACC_RING].addr, id);
    }
    as_arena_free(arena);
}

Test(probe, the_wide_buffer_and_the_line_memories_are_seen_where_there_are_any)
{
    char id[64];

    as_config_default(&cfg);
    strcpy(cfg.dataflow, "streaming");
    cfg.hw.unroll_given[AS_LOOP_K] = 6;
    cfg.hw.unroll_given[AS_LOOP_R] = 2;
    cfg.hw.unroll_given[AS_LOOP_S] = 3;
    begin();
    cr_assert(cfg.hw.line && cfg.hw.wide && cfg.hw.wide_late > 2);
    shows(&s->core.window.beat_q, "window.beat_q");
    shows(&s->core.window.col_q, "window.col_q");
    shows(&s->core.wide_buf.wen_q, "wide_buf.wen_q");
    for (int n = 0; n < cfg.hw.wide_late; n++) {
        uint32_t at = (s->core.wide_buf.newest + (uint32_t)n) % AS_WIDE_RING;
        snprintf(id, sizeof id, "wide_buf.h_q[%d]", n);
        shows(&s->core.wide_buf.addr_q[at], id);
        shows(&s->core.wide_buf.iss_q[at], id);
    }
    as_arena_free(arena);
}
