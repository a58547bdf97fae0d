#include "sim/systemc/unit.h"

#include <stdio.h>
#include <string.h>

#include "gen/emit/emit.h"
#include "gen/program/program.h"
#include "sim/blocks/core.h"
#include "sim/blocks/host_link.h"
#include "sim/cosim/dut.h"
#include "sim/cosim/rtl_build.h"

_Static_assert(AS_CORE_PINS_BYTES == AS_WORD_BYTES_MAX,
               "a word of the port is a word of the memory");
_Static_assert(AS_UNIT_COUNTERS == AS_LINK_COUNTERS, "the counters that the host link reads");

struct as_unit {
    enum as_unit_cut cut;
    struct as_arena *arena;
    struct as_config *cfg;
    struct as_unit_info info;
    struct as_dut system; /* SYSTEM */
    struct as_core core;  /* CORE, the cycle model */
    struct as_core_wires wires;
    bool rst;
    const struct as_rtl_core_library *rtl; /* CORE, the RTL; else NULL */
    struct as_rtl_core_instance *instance;
    struct as_unit_program program;
};

static void copy_message(const struct as_diag *diag, char *error, size_t room)
{
    snprintf(error, room, "%s", diag->text);
}

/* Without what computes it.  NULL when the description is refused. */
static struct as_unit *open_unit(enum as_unit_cut cut, const char *accel, const char *const *sets,
                                 int set_count, struct as_diag *diag)
{
    struct as_arena *arena = as_arena_new();
    struct as_unit *unit = AS_NEW(arena, struct as_unit, 1);

    as_diag_init(diag);
    unit->cut = cut;
    unit->arena = arena;
    if (as_config_load(arena, accel, sets, set_count, &unit->cfg, diag) != AS_OK) {
        as_arena_free(arena);
        return NULL;
    }
    const struct as_config *cfg = unit->cfg;

    unit->info = (struct as_unit_info){.name = cfg->name,
                                       .word_bytes = cfg->hw.mem_width_bytes,
                                       .memory_bytes = (uint32_t)cfg->hw.mem_bytes,
                                       .latency = cfg->hw.mem_latency,
                                       .interval = cfg->hw.mem_interval,
                                       .clock_khz = (uint32_t)cfg->board.clock_khz,
                                       .config_id = as_config_id(cfg),
                                       .program_version = AS_PROGRAM_VERSION};
    return unit;
}

struct as_unit *as_unit_open(enum as_unit_cut cut, const char *accel, const char *const *sets,
                             int set_count, char *error, size_t room)
{
    struct as_diag diag;
    struct as_unit *unit = open_unit(cut, accel, sets, set_count, &diag);

    if (!unit)
        copy_message(&diag, error, room);
    else if (cut == AS_UNIT_SYSTEM)
        as_dut_model(&unit->system, unit->arena, unit->cfg);
    else
        as_core_init(&unit->core, unit->arena, &unit->cfg->hw);
    return unit;
}

struct as_unit *as_unit_open_rtl(const char *accel, const char *const *sets, int set_count,
                                 char *error, size_t room)
{
    struct as_diag diag;
    struct as_unit *unit = open_unit(AS_UNIT_CORE, accel, sets, set_count, &diag);

    if (unit && as_rtl_check(unit->arena, &diag) == AS_OK &&
        as_rtl_open_core(unit->arena, unit->cfg, &unit->rtl, &diag) == AS_OK) {
        unit->instance = unit->rtl->make();
        return unit;
    }
    copy_message(&diag, error, room);
    if (unit)
        as_arena_free(unit->arena);
    return NULL;
}

void as_unit_close(struct as_unit *unit)
{
    if (unit->cut == AS_UNIT_SYSTEM)
        unit->system.close(unit->system.self);
    if (unit->rtl)
        unit->rtl->release(unit->instance);
    as_arena_free(unit->arena);
}

const struct as_unit_info *as_unit_about(const struct as_unit *unit)
{
    return &unit->info;
}

void as_unit_eval_system(struct as_unit *unit, const struct as_pins_in *in, struct as_pins_out *out)
{
    unit->system.eval(unit->system.self, in, out);
}

void as_unit_eval_core(struct as_unit *unit, const struct as_core_pins_in *in,
                       struct as_core_pins_out *out)
{
    struct as_core_in core = {.rst = in->rst,
                              .start = in->start,
                              .pc_load = in->pc_load,
                              .pc_compute = in->pc_compute,
                              .pc_store = in->pc_store,
                              .stat_index = in->stat_index,
                              .host = {.valid = in->ho_valid,
                                       .write = in->ho_write,
                                       .wdata = in->ho_wdata,
                                       .addr = in->ho_addr},
                              .mem_ready = in->mem_ready,
                              .mem_rsp_valid = in->mem_rvalid};
    const struct as_core_wires *w = &unit->wires;

    if (unit->rtl) {
        unit->rtl->eval(unit->instance, in, out);
        return;
    }
    unit->rst = in->rst;
    memcpy(core.mem_rsp_data.b, in->mem_rdata, (size_t)unit->info.word_bytes);
    as_core_eval(&unit->core, &core, &unit->wires);
    *out = (struct as_core_pins_out){.busy = w->busy,
                                     .layer_done = w->layer_done,
                                     .stat_data = w->stat_data,
                                     .ho_ready = w->arb.ready[AS_CLIENT_HOST],
                                     .ho_rvalid = w->arb.rvalid[AS_CLIENT_HOST],
                                     .ho_rdata = w->arb.host_rdata,
                                     .mem_valid = w->arb.mem.valid,
                                     .mem_write = w->arb.mem.write,
                                     .mem_addr = w->arb.mem.addr,
                                     .mem_wstrb = w->arb.mem.wstrb,
                                     .events = w->busy ? w->perf_in.events : 0};
    memcpy(out->mem_wdata, w->arb.mem.wdata.b, sizeof out->mem_wdata);
}

void as_unit_tick(struct as_unit *unit)
{
    if (unit->cut == AS_UNIT_SYSTEM) {
        unit->system.tick(unit->system.self);
        return;
    }
    if (unit->rtl) {
        unit->rtl->tick(unit->instance);
        return;
    }
    as_core_tick(&unit->core, &unit->wires);
    if (unit->rst)
        as_core_reset(&unit->core);
}

/* ---- programs ---- */

static uint8_t *read_file(struct as_arena *arena, const char *path, size_t *bytes,
                          struct as_diag *diag)
{
    FILE *in = fopen(path, "rb");
    uint8_t *data = NULL;

    if (in && fseek(in, 0, SEEK_END) == 0 && ftell(in) >= 0) {
        *bytes = (size_t)ftell(in);
        rewind(in);
        data = as_arena_alloc(arena, *bytes + 1);
        if (fread(data, 1, *bytes, in) != *bytes)
            data = NULL;
    }
    if (in)
        fclose(in);
    if (!data)
        as_fail(diag, AS_ERR_IO, "%s: cannot be read", path);
    return data;
}

_Static_assert((int)AS_UNIT_PORTS_MAX == (int)AS_PORTS_MAX, "room for every port");

static struct as_unit_ports ports_of(const struct as_program_ports *places)
{
    struct as_unit_ports ports = {.count = places->count, .bytes = places->bytes};

    for (int i = 0; i < places->count; i++) {
        ports.port[i].address = places->port[i].address;
        ports.port[i].bytes = places->port[i].bytes;
    }
    return ports;
}

const struct as_unit_program *as_unit_load_program(struct as_unit *unit, const char *path,
                                                   char *error, size_t room)
{
    struct as_diag diag;
    struct as_program *p;
    size_t bytes = 0;

    as_diag_init(&diag);
    uint8_t *data = read_file(unit->arena, path, &bytes, &diag);
    if (!data ||
        as_program_parse(unit->arena, data, bytes, path, &unit->cfg->hw, &p, &diag) != AS_OK) {
        copy_message(&diag, error, room);
        return NULL;
    }
    unit->program = (struct as_unit_program){.image = p->image,
                                             .image_bytes = p->image_bytes,
                                             .state_bytes = p->state_bytes,
                                             .pc_load = p->stream[AS_STREAM_LOAD],
                                             .pc_compute = p->stream[AS_STREAM_COMPUTE],
                                             .pc_store = p->stream[AS_STREAM_STORE],
                                             .input = ports_of(&p->input),
                                             .output = ports_of(&p->output),
                                             .layer_count = p->layer_count};
    return &unit->program;
}
