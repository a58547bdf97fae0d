#include "sim/cosim/dut.h"

#include "gen/emit/emit.h"
#include "sim/blocks/host_link.h"
#include "sim/cosim/probe.h"

/* ---- cycle model: system.v with its host link ---- */

struct model {
    struct as_system *system;
    struct as_host_link host;
    struct as_host_link_in host_in;
    bool rst;
    bool was_busy;
    uint64_t jobs;         /* compute descriptors finished since busy rose */
    const uint64_t *masks; /* of the probes */
    uint64_t *values;
};

static void model_eval(void *self, const struct as_pins_in *in, struct as_pins_out *out)
{
    struct model *m = self;
    struct as_host_link_in *host_in = &m->host_in;
    const struct as_core_wires *wires = &m->system->wires;

    m->rst = in->rst;
    host_in->rx_valid_i = in->rx_valid;
    host_in->rx_data_i = in->rx_data;
    host_in->tx_ready_i = in->tx_ready;
    struct as_host_link_out host = as_host_link_eval(&m->host, host_in);
    struct as_system_in system = {.rst = in->rst,
                                  .start = host.start_o,
                                  .pc_load = host.pc_load_o,
                                  .pc_compute = host.pc_compute_o,
                                  .pc_store = host.pc_store_o,
                                  .stat_index = host.stat_index_o,
                                  .host = {.valid = host.mem_valid_o,
                                           .write = host.mem_write_o,
                                           .wdata = host.mem_wdata_o,
                                           .addr = host.mem_addr_o},
                                  .stall = in->stall};
    as_system_eval(m->system, &system);
    host_in->mem_ready_i = wires->arb.ready[AS_CLIENT_HOST];
    host_in->mem_rvalid_i = wires->arb.rvalid[AS_CLIENT_HOST];
    host_in->mem_rdata_i = wires->arb.host_rdata;
    host_in->busy_i = wires->busy;
    host_in->stat_data_i = wires->stat_data;
    *out = (struct as_pins_out){.rx_ready = host.rx_ready_o,
                                .tx_valid = host.tx_valid_o,
                                .tx_data = host.tx_data_o,
                                .busy = wires->busy,
                                .layer_done = wires->layer_done,
                                .events = wires->busy ? wires->perf_in.events : 0};
}

/* Jobs finished before this cycle. */
static uint64_t jobs_before(const struct model *m)
{
    return m->system->wires.busy && !m->was_busy ? 0 : m->jobs;
}

static void model_tick(void *self)
{
    struct model *m = self;

    m->jobs = jobs_before(m) + m->system->wires.compute.job_end;
    m->was_busy = m->system->wires.busy;
    as_system_tick(m->system);
    if (m->rst)
        as_host_link_reset(&m->host, &m->host_in);
    else
        as_host_link_tick(&m->host, &m->host_in);
}

static const void *model_probes(void *self)
{
    struct model *m = self;

    as_system_probe(m->system, m->masks, m->values);
    return m->values;
}

static const uint8_t *model_memory(const void *self)
{
    return ((const struct model *)self)->system->memory.bytes;
}

static void model_place(const void *self, struct as_dut_place *place)
{
    const struct model *m = self;
    const struct as_compute_unit *compute = &m->system->core.compute;

    *place = (struct as_dut_place){.jobs = jobs_before(m),
                                   .k = compute->k_q,
                                   .r = compute->r_q,
                                   .s = compute->s_q,
                                   .c = compute->c_q,
                                   .p = compute->p_q,
                                   .q = compute->q_q};
}

static void model_close(void *self)
{
    (void)self; /* the arena's */
}

void as_dut_model(struct as_dut *dut, struct as_arena *arena, const struct as_config *cfg)
{
    struct model *m = AS_NEW(arena, struct model, 1);

    m->system = as_system_new(arena, &cfg->hw);
    m->masks = as_probe_masks(arena, &cfg->hw);
    m->values = AS_NEW(arena, uint64_t, as_probe_count(&cfg->hw));
    as_host_link_init(&m->host, (unsigned)cfg->hw.addr_bits, AS_HOST_TIMEOUT_BITS,
                      as_config_id(cfg));
    *dut = (struct as_dut){.name = "model",
                           .self = m,
                           .eval = model_eval,
                           .tick = model_tick,
                           .probes = model_probes,
                           .memory = model_memory,
                           .place = model_place,
                           .close = model_close};
}

void as_dut_scramble(struct as_dut *dut, uint64_t power_up_seed)
{
    as_system_scramble(((struct model *)dut->self)->system, power_up_seed);
}

/* ---- RTL ---- */

struct rtl {
    const struct as_rtl_library *library;
    struct as_rtl_instance *instance;
};

static void rtl_eval(void *self, const struct as_pins_in *in, struct as_pins_out *out)
{
    const struct rtl *r = self;

    r->library->eval(r->instance, in, out);
}

static void rtl_tick(void *self)
{
    const struct rtl *r = self;

    r->library->tick(r->instance);
}

static const void *rtl_probes(void *self)
{
    const struct rtl *r = self;

    return r->library->probes(r->instance);
}

static const uint8_t *rtl_memory(const void *self)
{
    const struct rtl *r = self;

    return r->library->memory(r->instance);
}

static bool rtl_trace(void *self, const char *path, uint64_t first, uint64_t last)
{
    const struct rtl *r = self;

    return r->library->trace(r->instance, path, first, last) != 0;
}

static void rtl_close(void *self)
{
    const struct rtl *r = self;

    r->library->release(r->instance);
}

void as_dut_rtl(struct as_dut *dut, struct as_arena *arena, const struct as_rtl_library *library,
                uint64_t power_up_seed)
{
    struct rtl *r = AS_NEW(arena, struct rtl, 1);

    r->library = library;
    r->instance = library->make(power_up_seed);
    *dut = (struct as_dut){.name = "RTL",
                           .self = r,
                           .eval = rtl_eval,
                           .tick = rtl_tick,
                           .probes = rtl_probes,
                           .memory = rtl_memory,
                           .trace = rtl_trace,
                           .close = rtl_close};
}
