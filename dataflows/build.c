/* A network becomes a program: each layer is mapped in turn by what stays in the array, then memory
 * is planned and the streams are encoded.  mapper/ maps convolution-like layers, layers/ the other
 * operators. */
#include "dataflows/build.h"

#include <string.h>

#include "base/progress.h"
#include "base/reasons.h"
#include "dataflows/layers/layers.h"
#include "dataflows/mapper/timed_choice.h"
#include "dataflows/rewrite.h"
#include "dataflows/schedule/memory_plan.h"

/* The price of a byte of memory, in cycles, when the fastest program does not fit: these are tried,
 * each four times the one before, and then prices between the first that fits and the one before.
 */
#define PRICE_FIRST 4
#define PRICE_LAST  256

/* One pass of a LOOP of jobs: its cycles; and the bytes that it has to save in the fastest program,
 * where one of loads or stores, which wait for the array rather than it for them, has to save 1. */
#define PASS_CYCLES 11
#define PASS_PRICE  32

struct build {
    struct as_arena *arena;
    const struct as_config *cfg;
    const struct as_network *net; /* as this machine runs it: dataflows/rewrite.h */
    struct as_diag *diag;
    struct as_schedule schedule;
    int *root;     /* [tensor]: the tensor that owns the bytes; RESHAPE only renames */
    int64_t *home; /* [tensor], of roots: byte of the variables where it lies; -1: not there */
    int64_t state_bytes; /* of the variables, each on its own AS_STREAM_ALIGN */
    int *last_use; /* [tensor], of roots: layer that reads it last; layer_count: the host does */
    int64_t *need; /* [layer]: bytes of activations, with its output over its dying input */
    int64_t need_max;
    struct as_program_layer *layers;
    int layer_count;
    struct as_plan_pair *pairs;
    int pair_count;
};

/* ---- layers to streams ---- */

static int64_t align_up(int64_t value)
{
    return (value + AS_STREAM_ALIGN - 1) / AS_STREAM_ALIGN * AS_STREAM_ALIGN;
}

static void find_lives(struct build *b)
{
    const struct as_network *net = b->net;

    b->root = AS_NEW(b->arena, int, net->tensor_count);
    b->last_use = AS_NEW(b->arena, int, net->tensor_count);
    as_network_roots(net, b->root);
    for (int t = 0; t < net->tensor_count; t++)
        b->last_use[t] = -1;
    for (int i = 0; i < net->layer_count; i++) {
        const struct as_layer *layer = &net->layers[i];
        for (int n = 0; n < layer->input_count; n++)
            b->last_use[b->root[layer->input[n]]] = i;
    }
    for (int i = 0; i < net->outputs.count; i++)
        b->last_use[b->root[net->outputs.port[i].tensor]] = net->layer_count;
}

/* The values of a variable in front of an inference and behind it lie in one place. */
static void place_state(struct build *b)
{
    const struct as_network *net = b->net;

    b->home = AS_NEW(b->arena, int64_t, net->tensor_count);
    for (int t = 0; t < net->tensor_count; t++)
        b->home[t] = -1;
    for (int i = 0; i < net->variable_count; i++) {
        const struct as_variable *v = &net->variables[i];
        b->home[b->root[v->tensor]] = b->home[b->root[v->next]] = b->state_bytes;
        b->state_bytes += align_up((int64_t)net->tensors[v->tensor].bytes);
    }
}

/* One item for every tensor that the program stores and that is no variable's, in the order of
 * tensors; item_of[tensor] is its number or -1. */
static int collect_items(const struct build *b, struct as_plan_item *items, int *item_of)
{
    const struct as_network *net = b->net;
    int count = 0;

    for (int t = 0; t < net->tensor_count; t++)
        item_of[t] = -1;
    for (int i = 0; i < net->inputs.count; i++) {
        int in = net->inputs.port[i].tensor;
        item_of[in] = count;
        items[count++] = (struct as_plan_item){
            .bytes = (uint32_t)net->tensors[in].bytes, .birth = -1, .death = b->last_use[in]};
    }
    for (int i = 0; i < net->layer_count; i++) {
        int out = net->layers[i].output;
        if (b->root[out] != out || b->home[out] >= 0)
            continue;
        item_of[out] = count;
        items[count++] = (struct as_plan_item){
            .bytes = (uint32_t)net->tensors[out].bytes,
            .birth = i,
            .death = b->last_use[out] > i ? b->last_use[out] : i,
        };
    }
    return count;
}

static void find_needs(struct build *b)
{
    const struct as_network *net = b->net;
    struct as_plan_item *items =
        AS_NEW(b->arena, struct as_plan_item, net->layer_count + AS_PORTS_MAX);
    int *item_of = AS_NEW(b->arena, int, net->tensor_count);
    int count = collect_items(b, items, item_of);

    b->need = AS_NEW(b->arena, int64_t, net->layer_count);
    for (int i = 0; i < net->layer_count; i++) {
        const struct as_layer *layer = &net->layers[i];
        int in = b->root[layer->input[0]], out = b->root[layer->output];
        for (int k = 0; k < count; k++)
            if (items[k].birth <= i && items[k].death >= i)
                b->need[i] += items[k].bytes;
        if (in != out && b->last_use[in] == i && b->home[in] < 0 && b->home[out] < 0)
            b->need[i] -= (int64_t)(net->tensors[in].bytes < net->tensors[out].bytes
                                        ? net->tensors[in].bytes
                                        : net->tensors[out].bytes);
        if (b->need[i] > b->need_max)
            b->need_max = b->need[i];
    }
}

static void declare_overlap(struct build *b, int index, const struct as_layer *layer)
{
    int64_t distance = as_schedule_overlap(&b->schedule);
    for (int n = 0; n < layer->input_count; n++) {
        int in = b->root[layer->input[n]];
        if (b->last_use[in] == index && !b->net->tensors[in].data && b->home[in] < 0 &&
            b->home[b->root[layer->output]] < 0)
            b->pairs[b->pair_count++] = (struct as_plan_pair){
                .out = b->root[layer->output], .in = in, .distance = distance};
    }
}

/* Adds a layer, of which the program's present layer is the whole or one step. */
static void note_layer(struct build *b, const struct as_layer *layer, const struct as_cost *cost)
{
    const struct as_schedule *s = &b->schedule;
    struct as_program_layer *record = &b->layers[b->layer_count];
    uint64_t array = (uint64_t)b->cfg->hw.rows * (uint64_t)b->cfg->hw.cols;

    record->index = layer->index;
    record->name = layer->name;
    record->macs += layer->macs;
    record->ideal_cycles = (record->macs + array - 1) / array;
    record->estimate_cycles += cost->total;
    for (int k = 0; k < AS_STREAM_COUNT; k++) {
        if (record->count[k] == 0)
            record->first[k] = (uint32_t)s->first[k];
        record->count[k] = (uint32_t)s->count[k] - record->first[k];
    }
}

static enum as_status map_layers(struct build *b)
{
    const struct as_network *net = b->net;
    struct as_schedule *s = &b->schedule;
    int last = net->layer_count - 1;

    while (last >= 0 && as_op_work(net->layers[last].op) == AS_WORK_NONE)
        last--;
    if (last < 0)
        return as_fail(b->diag, AS_ERR_UNSUPPORTED, "%s: no layer computes anything", net->name);
    b->layers = AS_NEW(b->arena, struct as_program_layer, net->layer_count);
    b->pairs = AS_NEW(b->arena, struct as_plan_pair, AS_INPUTS_MAX * net->layer_count);
    for (int i = 0; i <= last; i++) {
        const struct as_layer *layer = &net->layers[i];
        bool step = i < last && net->layers[i + 1].index == layer->index;
        struct as_cost cost;

        if (as_op_work(layer->op) == AS_WORK_NONE)
            continue;
        as_progress("%s: mapping layer %d of %d, %s", net->name, i + 1, last + 1, layer->name);
        as_schedule_begin_layer(s, layer);
        s->spare = b->need_max - b->need[i];
        AS_TRY(as_map_layer(s, layer, &cost));
        AS_TRY(as_schedule_end_layer(s, i == last ? AS_END_NETWORK
                                        : step    ? AS_END_STEP
                                                  : AS_END_LAYER));
        declare_overlap(b, i, layer);
        note_layer(b, layer, &cost);
        b->layer_count += !step;
    }
    return AS_OK;
}

/* ---- memory ---- */

/* Layer during which most bytes live, for the message. */
static int busiest_layer(const struct build *b, const struct as_plan_item *items, int count,
                         int64_t *live_bytes)
{
    int busiest = 0;
    *live_bytes = 0;
    for (int i = 0; i < b->net->layer_count; i++) {
        int64_t live = 0;
        for (int k = 0; k < count; k++)
            if (items[k].birth <= i && items[k].death >= i)
                live += items[k].bytes;
        if (live > *live_bytes) {
            *live_bytes = live;
            busiest = i;
        }
    }
    return busiest;
}

static enum as_status place(struct build *b, int64_t image_bytes, int64_t stream_bytes,
                            struct as_plan_item *items, int count, int64_t *end)
{
    const struct as_config *cfg = b->cfg;
    int64_t live;
    int busiest = busiest_layer(b, items, count, &live);
    const struct as_layer *layer = &b->net->layers[busiest];

    *end = as_plan_place(b->arena, items, count, b->pairs, b->pair_count, image_bytes,
                         cfg->hw.mem_bytes);
    if (*end > cfg->hw.mem_bytes)
        return as_fail(
            b->diag, AS_ERR_NOFIT,
            "%s does not fit memory.bytes %d: short by %lld bytes in main memory "
            "(descriptors %lld, weights and other constants %lld, %sactivations %lld, most "
            "of them in layer %d %s)",
            b->net->name, cfg->hw.mem_bytes, (long long)(*end - cfg->hw.mem_bytes),
            (long long)stream_bytes, (long long)(image_bytes - b->state_bytes - stream_bytes),
            b->state_bytes > 0
                ? as_arena_printf(b->arena, "variables %lld, ", (long long)b->state_bytes)
                : "",
            (long long)(*end - image_bytes), layer->index, layer->name);
    return AS_OK;
}

static struct as_program *new_program(const struct build *b)
{
    struct as_program *program = AS_NEW(b->arena, struct as_program, 1);
    program->model = b->net->name;
    as_program_set_target(b->arena, program, &b->cfg->hw);
    program->layer_count = b->layer_count;
    program->layers = b->layers;
    program->tensor_count = b->net->tensor_count;
    program->tensors = AS_NEW(b->arena, struct as_program_tensor, b->net->tensor_count);
    return program;
}

static struct as_program_ports place_ports(const struct as_network *net,
                                           const struct as_ports *ports, const uint32_t *address)
{
    struct as_program_ports places = {.count = ports->count};

    for (int i = 0; i < ports->count; i++) {
        int id = ports->port[i].tensor;
        places.port[i].address = address[id];
        places.port[i].bytes = (uint32_t)net->tensors[id].bytes;
        places.bytes += places.port[i].bytes;
    }
    return places;
}

static enum as_status assemble(struct build *b, struct as_program **out)
{
    const struct as_network *net = b->net;
    const struct as_schedule *s = &b->schedule;
    struct as_program *program = new_program(b);
    struct as_plan_item *items =
        AS_NEW(b->arena, struct as_plan_item, net->layer_count + AS_PORTS_MAX);
    int *item_of = AS_NEW(b->arena, int, net->tensor_count);
    uint32_t *address = AS_NEW(b->arena, uint32_t, net->tensor_count);
    int64_t at = 0, end;

    for (int k = 0; k < AS_STREAM_COUNT; k++) {
        program->stream[k] = (uint32_t)at;
        at += (int64_t)as_schedule_bytes(s, (enum as_stream)k);
    }
    int64_t data_address = at, data_end = at + (int64_t)s->data_bytes;
    int64_t state_address = b->state_bytes > 0 ? align_up(data_end) : data_end;
    int64_t image_bytes = state_address + b->state_bytes;
    int count = collect_items(b, items, item_of);
    for (int i = 0; i < b->pair_count; i++) {
        b->pairs[i].out = item_of[b->pairs[i].out];
        b->pairs[i].in = item_of[b->pairs[i].in];
    }
    AS_TRY(place(b, image_bytes, data_address, items, count, &end));

    for (int t = 0; t < net->tensor_count; t++) {
        int root = b->root[t], item = item_of[root];
        program->tensors[t].name = net->tensors[t].name;
        if (item < 0 && b->home[root] < 0)
            continue;
        address[t] = item >= 0 ? items[item].address : (uint32_t)(state_address + b->home[root]);
        program->tensors[t].address = address[t];
        program->tensors[t].bytes = (uint32_t)net->tensors[t].bytes;
    }
    program->image_bytes = (uint32_t)image_bytes;
    program->state_bytes = (uint32_t)b->state_bytes;
    program->used_bytes = (uint32_t)end;
    program->image = as_arena_alloc(b->arena, (size_t)image_bytes);
    as_schedule_encode(s, address, (uint32_t)data_address, program->stream, program->image);
    memcpy(program->image + data_address, s->data, s->data_bytes);
    for (int i = 0; i < net->variable_count; i++) {
        const struct as_variable *v = &net->variables[i];
        memcpy(program->image + address[v->tensor], v->initial, net->tensors[v->tensor].bytes);
    }
    program->input = place_ports(net, &net->inputs, address);
    program->output = place_ports(net, &net->outputs, address);
    *out = program;
    return as_program_check(program, &b->cfg->hw, b->diag);
}

/* Refuses at once what fits at no price of a byte: weights, parameters and the largest tensor alone
 * are too much, however the layers are mapped. */
static enum as_status check_memory(struct as_arena *arena, const struct as_config *cfg,
                                   const struct as_network *net, struct as_diag *diag)
{
    int64_t constants = 0, state = (int64_t)as_state_bytes(net),
            largest = (int64_t)as_ports_bytes(net, &net->inputs);

    for (int i = 0; i < net->layer_count; i++) {
        const struct as_layer *layer = &net->layers[i];
        const struct as_tensor *out = &net->tensors[layer->output];
        if (as_op_has_conv(layer->op) && layer->conv.weight_bytes > 0)
            constants +=
                (int64_t)layer->conv.weight_bytes + out->c * (int64_t)as_param_bytes(&cfg->hw);
        if ((int64_t)out->bytes > largest)
            largest = (int64_t)out->bytes;
    }
    if (constants + state + largest <= cfg->hw.mem_bytes)
        return AS_OK;
    return as_fail(diag, AS_ERR_NOFIT,
                   "%s does not fit memory.bytes %d: short by at least %lld bytes in main memory "
                   "(weights and parameters %lld, %sthe largest tensor %lld)",
                   net->name, cfg->hw.mem_bytes,
                   (long long)(constants + state + largest - cfg->hw.mem_bytes),
                   (long long)constants,
                   state > 0 ? as_arena_printf(arena, "variables %lld, ", (long long)state) : "",
                   (long long)largest);
}

/* ---- what stands in the way ---- */

/* Maps layer `i` on its own, for the reason why it cannot be. */
static enum as_status try_layer(struct as_arena *arena, const struct as_config *cfg,
                                const struct as_network *net, int i, struct as_diag *diag)
{
    struct as_schedule *s = AS_NEW(arena, struct as_schedule, 1);
    struct as_cost cost;

    as_schedule_init(s, arena, &cfg->hw, &cfg->map, net, diag);
    s->byte_price = PRICE_LAST; /* whatever takes least room */
    as_schedule_begin_layer(s, &net->layers[i]);
    return as_map_layer(s, &net->layers[i], &cost);
}

/* A layer was refused: all layers that cannot be mapped, each with its reason.  `first` is what was
 * said of it, and is told when no layer is refused on its own. */
static enum as_status refuse_layers(struct as_arena *arena, const struct as_config *cfg,
                                    const struct as_network *net, enum as_status status,
                                    const struct as_diag *first, struct as_diag *diag)
{
    struct as_reasons *reasons = as_reasons_new(arena);

    for (int i = 0; i < net->layer_count; i++) {
        const struct as_layer *layer = &net->layers[i];
        struct as_arena *scratch = as_arena_new();
        struct as_diag *why = AS_NEW(scratch, struct as_diag, 1);
        const char *prefix = as_arena_printf(scratch, "layer %d %s: ", layer->index, layer->name);

        as_diag_init(why);
        if (as_op_work(layer->op) != AS_WORK_NONE &&
            try_layer(scratch, cfg, net, i, why) != AS_OK) {
            bool same = strncmp(why->text, prefix, strlen(prefix)) == 0;
            as_reasons_add(reasons, status, "layer", layer->name, layer->index, "",
                           why->text + (same ? strlen(prefix) : 0));
        }
        as_arena_free(scratch);
    }
    const char *who = as_arena_printf(arena, "%s on %s", net->name, cfg->name);
    if (as_reasons_tell(reasons, "", who, diag) == AS_OK)
        as_fail(diag, status, "%s", first->text);
    return status;
}

/* One attempt: the program of the least cycles, where a byte of memory is worth `byte_price` of
 * them.  *mapped: each layer has its place in the streams. */
static enum as_status build(struct as_arena *arena, const struct as_config *cfg,
                            const struct as_network *net, int byte_price, bool timed, bool *mapped,
                            struct as_program **out, struct as_diag *diag)
{
    struct build *b = AS_NEW(arena, struct build, 1);

    *mapped = false;
    b->arena = arena;
    b->cfg = cfg;
    b->net = net;
    b->diag = diag;
    as_schedule_init(&b->schedule, arena, &cfg->hw, &cfg->map, net, diag);
    b->schedule.byte_price = byte_price;
    b->schedule.timed = timed;
    b->schedule.pass_price[0] = byte_price > 0 ? 0 : 1;
    b->schedule.pass_price[1] = byte_price > 0 ? PASS_CYCLES / byte_price : PASS_PRICE;
    find_lives(b);
    place_state(b);
    find_needs(b);
    AS_TRY(map_layers(b));
    *mapped = true;
    return assemble(b, out);
}

/* A program that fits, at as low a price of a byte as a few attempts find.  *price receives it, on
 * failure the last that was tried; *mapped is of that. */
static enum as_status build_small(struct as_arena *arena, const struct as_config *cfg,
                                  const struct as_network *net, int *price, bool *mapped,
                                  struct as_program **out, struct as_diag *diag)
{
    struct as_diag *ignored = AS_NEW(arena, struct as_diag, 1);
    int too_low = 0;

    as_diag_init(ignored);
    for (*price = PRICE_FIRST; build(arena, cfg, net, *price, false, mapped, out, ignored) != AS_OK;
         *price *= 4) {
        too_low = *price;
        if (4 * too_low >= PRICE_LAST) {
            *price = PRICE_LAST;
            return build(arena, cfg, net, PRICE_LAST, false, mapped, out, diag);
        }
    }
    while (too_low > 0 && *price - too_low > too_low / 4) {
        int between = (too_low + *price) / 2;
        if (build(arena, cfg, net, between, false, mapped, out, ignored) == AS_OK)
            *price = between;
        else
            too_low = between;
    }
    return AS_OK;
}

/* A rule for a layer that the network does not have is a mistake. */
static enum as_status check_rules(const struct as_config *cfg, const struct as_network *net,
                                  struct as_diag *diag)
{
    for (int i = 0; i < cfg->map.rule_count; i++) {
        int max = 0, layer = cfg->map.rule[i].layer;
        bool found = layer < 0;
        for (int n = 0; n < net->layer_count && !found; n++) {
            max = net->layers[n].index;
            found = max == layer;
        }
        if (!found)
            return as_fail(diag, AS_ERR_RANGE, "mapping: rule %d names layer %d, %s has 0..%d",
                           i + 1, layer, net->name, max);
    }
    return AS_OK;
}

enum as_status as_program_build(struct as_arena *arena, const struct as_config *cfg,
                                const struct as_network *given, struct as_program **out,
                                struct as_diag *diag)
{
    struct as_diag *first = AS_NEW(arena, struct as_diag, 1);
    const struct as_network *net;
    int byte_price = 0;
    bool mapped;

    as_diag_init(first);
    AS_TRY(check_rules(cfg, given, diag));
    AS_TRY(check_memory(arena, cfg, given, diag));
    AS_TRY(as_rewrite(arena, &cfg->hw, given, &net, diag));
    enum as_status status = build(arena, cfg, net, 0, false, &mapped, out, first);
    if (status == AS_ERR_NOFIT) {
        as_diag_init(first);
        status = build_small(arena, cfg, net, &byte_price, &mapped, out, first);
    }
    if (status != AS_OK && !mapped)
        return refuse_layers(arena, cfg, net, status, first, diag);
    if (status != AS_OK)
        return as_fail(diag, status, "%s", first->text);
    /* once more by counted cycles, unless that takes more memory than there is */
    struct as_program *timed;
    as_diag_init(first);
    if (build(arena, cfg, net, byte_price, true, &mapped, &timed, first) == AS_OK)
        *out = timed;
    (*out)->tensor_count = given->tensor_count; /* what a step writes is for its layer alone */
    return AS_OK;
}
