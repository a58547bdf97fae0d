#include "sim/cosim/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cosim/probe.h"

#define RESET_CYCLES 2
#define SHOWN_MAX    8  /* signals of a disagreement */
#define BUSY_FACTOR  64 /* a run this many times its estimate hangs */
#define BUSY_LEAST   1000000

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* ---- accounting ---- */

static void begin_inference(struct as_session *s)
{
    s->inference++;
    s->layer = 0;
    s->job = 0;
    s->started = s->cycle;
    memset(s->layers, 0, sizeof *s->layers * (size_t)s->setup->program->layer_count);
}

/* The output of the layer that is done, in the first unit's memory, against the reference. */
static void check_layer(struct as_session *s)
{
    const struct as_run_setup *setup = s->setup;
    const struct as_program_layer *layer = &setup->program->layers[s->layer];
    int id = setup->net->layers[layer->index].output;
    const struct as_program_tensor *tensor = &setup->program->tensors[id];
    const int8_t *want = setup->expected[s->inference - 1][id];
    const int8_t *have = (const int8_t *)s->dut[0].memory(s->dut[0].self) + tensor->address;
    size_t at = 0;

    if (tensor->bytes == 0)
        return;
    s->layers_compared++;
    while (at < tensor->bytes && have[at] == want[at])
        at++;
    if (at == tensor->bytes || s->layers_wrong++ > 0)
        return;
    s->first_wrong = as_arena_printf(
        s->arena,
        "inference %d, layer %d %s: byte %zu of its output (address 0x%zx) is %d, the reference "
        "has %d",
        s->inference, layer->index, layer->name, at, tensor->address + at, have[at], want[at]);
}

/* What follows the last layer_done (the END descriptors) is counted to the last layer. */
static void account(struct as_session *s, const struct as_pins_out *out)
{
    if (out->busy && !s->was_busy)
        begin_inference(s);
    s->was_busy = out->busy;
    s->busy_cycles = out->busy ? s->busy_cycles + 1 : 0;
    if (s->busy_cycles > s->busy_limit && s->state == AS_SESSION_GOOD)
        s->state = AS_SESSION_HANGS;
    int last = s->setup->program->layer_count - 1;
    struct as_layer_run *layer = &s->layers[s->layer < last ? s->layer : last];
    for (uint32_t events = out->events; events != 0; events &= events - 1)
        layer->events[__builtin_ctz(events)]++;
    if (out->layer_done && s->layer <= last) {
        check_layer(s);
        s->layer++;
    }
}

/* ---- comparison ---- */

/* The layer whose compute descriptors include number `job`, and the job's number in it. */
static const struct as_program_layer *layer_of_job(const struct as_program *program, uint64_t job,
                                                   uint64_t *number)
{
    for (int i = 0; i < program->layer_count; i++) {
        const struct as_program_layer *layer = &program->layers[i];
        uint64_t first = layer->first[AS_STREAM_COMPUTE];
        if (job >= first && job < first + layer->count[AS_STREAM_COMPUTE]) {
            *number = job - first;
            return layer;
        }
    }
    return NULL;
}

static void print_place(FILE *out, const struct as_session *s)
{
    const struct as_compute_unit *compute = &as_dut_system(&s->dut[0])->core.compute;
    const struct as_program *program = s->setup->program;
    uint64_t number = 0;
    const struct as_program_layer *layer = layer_of_job(program, s->job, &number);

    if (s->inference == 0) {
        fprintf(out, "\n  place     before the first start");
        return;
    }
    fprintf(out, "\n  place     inference %d, its cycle %" PRIu64 ", %d of %d layers written",
            s->inference, s->cycle - s->started, s->layer, program->layer_count);
    if (layer)
        fprintf(out,
                "\n  compute   layer %d %s, job %" PRIu64 " of %" PRIu32
                ", tile k=%u r=%u s=%u c=%u, beat p=%u q=%u",
                layer->index, layer->name, number, layer->count[AS_STREAM_COMPUTE], compute->k_q,
                compute->r_q, compute->s_q, compute->c_q, compute->p_q, compute->q_q);
}

/* Ends the text of a disagreement and takes it over. */
static void finish_difference(struct as_session *s, FILE *out, char **text)
{
    fclose(out);
    s->difference = as_arena_strdup(s->arena, *text);
    free(*text);
    s->state = AS_SESSION_DIFFERS;
    s->differs_at = s->cycle;
}

static uint64_t value_at(const void *values, int i)
{
    uint64_t value;

    memcpy(&value, (const char *)values + sizeof value * (size_t)i, sizeof value);
    return value;
}

static void print_value(FILE *out, const char *name, uint64_t model, uint64_t rtl)
{
    fprintf(out,
            "\n  signal    %-28s model %" PRIu64 " (0x%" PRIx64 "), RTL %" PRIu64 " (0x%" PRIx64
            ")",
            name, model, model, rtl, rtl);
}

/* Prints the probes that differ; returns how many. */
static int print_probes(FILE *out, const struct as_session *s, const void *model, const void *rtl)
{
    int differ = 0;

    for (int i = 0; i < s->probe_count; i++)
        if (value_at(model, i) != value_at(rtl, i) && differ++ < SHOWN_MAX)
            print_value(out, s->probes[i].id, value_at(model, i), value_at(rtl, i));
    if (differ > SHOWN_MAX)
        fprintf(out, "\n            and %d more", differ - SHOWN_MAX);
    return differ;
}

static void describe(struct as_session *s, const void *model, const void *rtl,
                     const struct as_pins_out out[2])
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *to = open_memstream(&text, &bytes);

    fprintf(to, "model and RTL disagree in cycle %" PRIu64, s->cycle);
    if (print_probes(to, s, model, rtl) == 0) {
        print_value(to, "rx_ready_o", out[0].rx_ready, out[1].rx_ready);
        print_value(to, "tx_valid_o", out[0].tx_valid, out[1].tx_valid);
        print_value(to, "tx_data_o", out[0].tx_data, out[1].tx_data);
    }
    print_place(to, s);
    finish_difference(s, to, &text);
}

/* The pins that are no probes, and every probe. */
static void compare(struct as_session *s, const struct as_pins_out out[2])
{
    const void *model = s->dut[0].probes(s->dut[0].self);
    const void *rtl = s->dut[1].probes(s->dut[1].self);

    if (memcmp(model, rtl, sizeof(uint64_t) * (size_t)s->probe_count) != 0 ||
        out[0].rx_ready != out[1].rx_ready || out[0].tx_valid != out[1].tx_valid ||
        out[0].tx_data != out[1].tx_data)
        describe(s, model, rtl, out);
}

bool as_session_compare_memory(struct as_session *s)
{
    size_t bytes = (size_t)s->setup->cfg->mem_bytes;
    const uint8_t *model = s->dut[0].memory(s->dut[0].self);
    const uint8_t *rtl = s->dut[1].memory(s->dut[1].self);
    size_t at = 0;
    char *text = NULL;
    size_t length = 0;

    if (memcmp(model, rtl, bytes) == 0)
        return true;
    while (model[at] == rtl[at])
        at++;
    FILE *out = open_memstream(&text, &length);
    fprintf(out,
            "model and RTL disagree about the memory after inference %d\n"
            "  byte      0x%zx: model 0x%02x, RTL 0x%02x",
            s->inference, at, model[at], rtl[at]);
    finish_difference(s, out, &text);
    return false;
}

/* ---- cycles ---- */

/* What the first unit shows. */
static struct as_pins_out run_cycle(struct as_session *s, const struct as_pins_in *in)
{
    struct as_pins_out out[2];

    for (int i = 0; i < s->dut_count; i++)
        s->dut[i].eval(s->dut[i].self, in, &out[i]);
    account(s, &out[0]);
    if (s->dut_count == 2 && s->state == AS_SESSION_GOOD)
        compare(s, out);
    if (s->setup->engine != AS_ENGINE_RTL)
        s->job += as_dut_system(&s->dut[0])->wires.compute.job_end;
    for (int i = 0; i < s->dut_count; i++)
        s->dut[i].tick(s->dut[i].self);
    s->cycle++;
    return out[0];
}

static bool is_over(const struct as_session *s)
{
    return s->state == AS_SESSION_HANGS ||
           (s->state == AS_SESSION_DIFFERS && s->cycle > s->differs_at + s->cycles_after);
}

static void step(void *context)
{
    struct as_session *s = context;
    const struct as_run_setup *setup = s->setup;
    struct as_pins_in in = {
        .rx_valid = s->tx_full, .rx_data = s->tx, .tx_ready = s->rx_count < AS_SESSION_RX_MAX};

    if (is_over(s))
        return;
    if (setup->stall_percent > 0)
        in.stall = next_random(&s->stall_random) % 100 < (uint64_t)setup->stall_percent;
    struct as_pins_out out = run_cycle(s, &in);
    if (out.rx_ready)
        s->tx_full = false;
    if (out.tx_valid && in.tx_ready)
        s->rx[(s->rx_first + s->rx_count++) % AS_SESSION_RX_MAX] = out.tx_data;
}

static bool send(void *context, uint8_t byte)
{
    struct as_session *s = context;

    if (s->tx_full || is_over(s))
        return false;
    s->tx_full = true;
    s->tx = byte;
    return true;
}

static int poll_byte(void *context)
{
    struct as_session *s = context;

    if (s->rx_count == 0 || is_over(s))
        return -1;
    int byte = s->rx[s->rx_first];
    s->rx_first = (s->rx_first + 1) % AS_SESSION_RX_MAX;
    s->rx_count--;
    return byte;
}

struct as_link_port as_session_port(struct as_session *s)
{
    return (struct as_link_port){.context = s, .send = send, .poll = poll_byte, .wait = step};
}

void as_session_open(struct as_session *s, struct as_arena *arena, const struct as_run_setup *setup)
{
    const struct as_pins_in reset = {.rst = 1};
    uint64_t estimate = 0;

    s->arena = arena;
    s->setup = setup;
    s->stall_random = setup->stall_seed;
    s->layers = AS_NEW(arena, struct as_layer_run, setup->program->layer_count);
    for (int i = 0; i < setup->program->layer_count; i++)
        estimate += as_program_estimate(setup->program, i);
    s->busy_limit = (estimate * BUSY_FACTOR + BUSY_LEAST) * 100 /
                    (uint64_t)(100 - (setup->stall_percent < 99 ? setup->stall_percent : 99));
    if (s->dut_count == 2) {
        s->probes = as_probe_list(arena, setup->cfg);
        s->probe_count = as_probe_count(setup->cfg);
    }
    for (int i = 0; i < RESET_CYCLES; i++)
        run_cycle(s, &reset);
}

void as_session_close(struct as_session *s)
{
    for (int i = 0; i < s->dut_count; i++)
        s->dut[i].close(s->dut[i].self);
}
