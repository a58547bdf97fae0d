#include <inttypes.h>
#include <string.h>

#include "sim/cosim/session_parts.h"
#include "base/progress.h"

static void say_progress(const struct as_session *s)
{
    const struct as_run_setup *setup = s->setup;

    as_progress("%s: inference %d of %d, layer %d of %d", setup->net->name, s->inference,
                setup->input_count, s->layer + 1, setup->program->layer_count);
}

static void begin_inference(struct as_session *s)
{
    s->inference++;
    s->layer = 0;
    s->started = s->cycle;
    memset(s->layers, 0, sizeof *s->layers * (size_t)s->setup->program->layer_count);
    say_progress(s);
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

/* What a unit shows and no accelerator does, NULL: nothing.  Asked before the cycle is counted, so
 * that nothing below is indexed by what a unit made up. */
static const char *fault(struct as_session *s, const struct as_pins_out *out)
{
    const int layers = s->setup->program->layer_count;
    const int inputs = s->setup->input_count;
    const bool begins = out->busy && !s->was_busy;

    if (begins && s->inference == inputs)
        return as_arena_printf(s->arena, "busy_o rises for inference %d, the host starts %d",
                               s->inference + 1, inputs);
    if (out->events >> AS_PERF_USED != 0)
        return as_arena_printf(s->arena, "events_o is 0x%" PRIx32 ", there are %d counters",
                               out->events, AS_PERF_USED);
    if (out->layer_done && !out->busy)
        return s->inference == 0 ? "layer_done_o is 1 before the first start"
                                 : "layer_done_o is 1 between two inferences";
    if (out->layer_done && !begins && s->layer == layers)
        return as_arena_printf(s->arena, "layer_done_o is 1 for layer %d, the program has %d",
                               layers + 1, layers);
    if (s->was_busy && !out->busy && s->layer < layers)
        return as_arena_printf(s->arena, "busy_o falls after %d of %d layer_done_o", s->layer,
                               layers);
    return NULL;
}

static void report_fault(struct as_session *s, const char *what)
{
    FILE *out = as_session_begin_text(s);

    fprintf(out, "%s does what no accelerator does in cycle %" PRIu64 ": %s", s->dut[0].name,
            s->cycle, what);
    as_session_print_place(out, s);
    as_session_end_text(s, out);
}

/* What follows the last layer_done (the END descriptors) is counted to the last layer. */
void as_session_account(struct as_session *s, const struct as_pins_out *out)
{
    if (s->state == AS_SESSION_DIFFERS)
        return;
    const char *what = fault(s, out);
    if (what) {
        report_fault(s, what);
        return;
    }
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
    if (out->layer_done) {
        check_layer(s);
        if (++s->layer <= last)
            say_progress(s);
    }
}
