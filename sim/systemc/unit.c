#include "sim/systemc/unit.h"

#include <stdio.h>
#include <string.h>

#include "gen/emit/emit.h"
#include "gen/program/program.h"
#include "sim/blocks/core.h"
#include "sim/blocks/host_link.h"
#include "sim/cosim/dut.h"

_Static_assert(AS_UNIT_WORD_MAX == AS_WORD_BYTES_MAX, "a word of the port is a word of the memory");
_Static_assert(AS_UNIT_COUNTERS == AS_LINK_COUNTERS, "the counters that the host link reads");

struct as_unit {
    enum as_unit_cut cut;
    struct as_arena *arena;
    struct as_config *cfg;
    struct as_unit_info info;
    struct as_dut system; /* SYSTEM */
    struct as_core core;  /* CORE, ENGINES */
    struct as_core_wires wires;
    struct as_host_link host; /* CORE */
    struct as_host_link_in host_in;
    bool rst;
    struct as_unit_program program;
};

static void copy_message(const struct as_diag *diag, char *error, size_t room)
{
    snprintf(error, room, "%s", diag->text);
}

struct as_unit *as_unit_open(enum as_unit_cut cut, const char *accel, const char *const *sets,
                             int set_count, char *error, size_t room)
{
    struct as_arena *arena = as_arena_new();
    struct as_unit *unit = AS_NEW(arena, struct as_unit, 1);
    struct as_diag diag;

    as_diag_init(&diag);
    unit->cut = cut;
    unit->arena = arena;
    if (as_config_load(arena, accel, sets, set_count, &unit->cfg, &diag) != AS_OK) {
        copy_message(&diag, error, room);
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
    if (cut == AS_UNIT_SYSTEM) {
        as_dut_model(&unit->system, arena, cfg);
        return unit;
    }
    as_core_init(&unit->core, arena, &cfg->hw);
    as_host_link_init(&unit->host, (unsigned)cfg->hw.addr_bits, AS_HOST_TIMEOUT_BITS,
                      as_config_id(cfg));
    return unit;
}

void as_unit_close(struct as_unit *unit)
{
    if (unit->cut == AS_UNIT_SYSTEM)
        unit->system.close(unit->system.self);
    as_arena_free(unit->arena);
}

const struct as_unit_info *as_unit_about(const struct as_unit *unit)
{
    return &unit->info;
}

static void eval_system(struct as_unit *unit, const struct as_unit_in *in, struct as_unit_out *out)
{
    const struct as_pins_in pins = {.rst = in->rst,
                                    .stall = in->stall,
                                    .rx_valid = in->rx_valid,
                                    .rx_data = in->rx_data,
                                    .tx_ready = in->tx_ready};
    struct as_pins_out seen;

    unit->system.eval(unit->system.self, &pins, &seen);
    *out = (struct as_unit_out){.rx_ready = seen.rx_ready,
                                .tx_valid = seen.tx_valid,
                                .tx_data = seen.tx_data,
                                .busy = seen.busy,
                                .layer_done = seen.layer_done,
                                .events = seen.events};
}

/* What the host link asks of the core, or what the caller asks in its place. */
static void drive_core(struct as_unit *unit, const struct as_unit_in *in, struct as_core_in *core,
                       struct as_host_link_out *host)
{
    if (unit->cut == AS_UNIT_ENGINES) {
        core->start = in->start;
        core->pc_load = in->pc_load;
        core->pc_compute = in->pc_compute;
        core->pc_store = in->pc_store;
        core->stat_index = in->stat_index;
        return;
    }
    unit->host_in.rx_valid_i = in->rx_valid;
    unit->host_in.rx_data_i = in->rx_data;
    unit->host_in.tx_ready_i = in->tx_ready;
    *host = as_host_link_eval(&unit->host, &unit->host_in);
    core->start = host->start_o;
    core->pc_load = host->pc_load_o;
    core->pc_compute = host->pc_compute_o;
    core->pc_store = host->pc_store_o;
    core->stat_index = host->stat_index_o;
    core->host = (struct as_host_request){.valid = host->mem_valid_o,
                                          .write = host->mem_write_o,
                                          .wdata = host->mem_wdata_o,
                                          .addr = host->mem_addr_o};
}

static void answer_host(struct as_unit *unit)
{
    struct as_host_link_in *host = &unit->host_in;

    host->mem_ready_i = unit->wires.arb.ready[AS_CLIENT_HOST];
    host->mem_rvalid_i = unit->wires.arb.rvalid[AS_CLIENT_HOST];
    host->mem_rdata_i = unit->wires.arb.host_rdata;
    host->busy_i = unit->wires.busy;
    host->stat_data_i = unit->wires.stat_data;
}

void as_unit_eval(struct as_unit *unit, const struct as_unit_in *in, struct as_unit_out *out)
{
    struct as_core_in core = {.mem_ready = in->mem_ready, .mem_rsp_valid = in->mem_rvalid};
    struct as_host_link_out host = {0};
    const struct as_core_wires *w = &unit->wires;

    if (unit->cut == AS_UNIT_SYSTEM) {
        eval_system(unit, in, out);
        return;
    }
    unit->rst = in->rst;
    memcpy(core.mem_rsp_data.b, in->mem_rdata, (size_t)unit->info.word_bytes);
    drive_core(unit, in, &core, &host);
    as_core_eval(&unit->core, &core, &unit->wires);
    answer_host(unit);
    *out = (struct as_unit_out){.rx_ready = host.rx_ready_o,
                                .tx_valid = host.tx_valid_o,
                                .tx_data = host.tx_data_o,
                                .mem_valid = w->arb.mem.valid,
                                .mem_write = w->arb.mem.write,
                                .busy = w->busy,
                                .layer_done = w->layer_done,
                                .mem_addr = w->arb.mem.addr,
                                .mem_wstrb = w->arb.mem.wstrb,
                                .stat_data = w->stat_data,
                                .events = w->busy ? w->perf_in.events : 0};
    memcpy(out->mem_wdata, w->arb.mem.wdata.b, sizeof out->mem_wdata);
}

void as_unit_tick(struct as_unit *unit)
{
    if (unit->cut == AS_UNIT_SYSTEM) {
        unit->system.tick(unit->system.self);
        return;
    }
    as_core_tick(&unit->core, &unit->wires);
    if (unit->rst)
        as_core_reset(&unit->core);
    if (unit->cut == AS_UNIT_ENGINES)
        return;
    if (unit->rst)
        as_host_link_reset(&unit->host, &unit->host_in);
    else
        as_host_link_tick(&unit->host, &unit->host_in);
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
                                             .pc_load = p->stream[AS_STREAM_LOAD],
                                             .pc_compute = p->stream[AS_STREAM_COMPUTE],
                                             .pc_store = p->stream[AS_STREAM_STORE],
                                             .input_address = p->input_address,
                                             .input_bytes = p->input_bytes,
                                             .output_address = p->output_address,
                                             .output_bytes = p->output_bytes,
                                             .layer_count = p->layer_count};
    return &unit->program;
}
