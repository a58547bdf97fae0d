#include "sim/blocks/system.h"

struct as_system *as_system_new(struct as_arena *arena, const struct as_hw *hw)
{
    struct as_system *s = AS_NEW(arena, struct as_system, 1);
    s->hw = hw;
    as_core_init(&s->core, arena, hw);
    as_memory_init(&s->memory, arena, hw);
    return s;
}

void as_system_eval(struct as_system *s, const struct as_system_in *in)
{
    s->rst = in->rst;
    s->memory_in.stall = in->stall;
    as_memory_eval(&s->memory, &s->memory_in, &s->memory_out);
    struct as_core_in core = {.rst = in->rst,
                              .start = in->start,
                              .pc_load = in->pc_load,
                              .pc_compute = in->pc_compute,
                              .pc_store = in->pc_store,
                              .stat_index = in->stat_index,
                              .host = in->host,
                              .mem_ready = s->memory_out.req_ready,
                              .mem_rsp_valid = s->memory_out.rsp_valid,
                              .mem_rsp_data = s->memory_out.rsp_data};
    as_core_eval(&s->core, &core, &s->wires);
    s->memory_in.req = s->wires.arb.mem;
}

void as_system_tick(struct as_system *s)
{
    as_core_tick(&s->core, &s->wires);
    as_memory_tick(&s->memory, &s->memory_in);
    if (s->rst) {
        as_core_reset(&s->core);
        as_memory_reset(&s->memory);
    }
}
