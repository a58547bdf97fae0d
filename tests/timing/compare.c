#include "tests/timing/compare.h"

#include <inttypes.h>
#include <string.h>

#include "sim/blocks/system.h"
#include "tests/timing/layer_time.h"

#define LINES_MAX 8 /* of differences */

static const char *const counter_names[] = {
#define AS_COUNTER(name, meaning) #name,
#include "gen/regmap/counters.def"
#undef AS_COUNTER
};

void compare_model(struct as_arena *arena, const struct as_hw *hw, const struct as_program *program,
                   struct as_layer_run *layers, struct as_layer_run *total)
{
    struct as_system *s = as_system_new(arena, hw);
    struct as_system_in in = {.start = true,
                              .pc_load = program->stream[AS_STREAM_LOAD],
                              .pc_compute = program->stream[AS_STREAM_COMPUTE],
                              .pc_store = program->stream[AS_STREAM_STORE]};
    int last = program->layer_count - 1, layer = 0;

    memcpy(s->memory.bytes, program->image, program->image_bytes);
    do {
        as_system_eval(s, &in);
        for (uint32_t e = s->wires.busy ? s->wires.perf_in.events : 0; e != 0; e &= e - 1) {
            layers[layer].events[__builtin_ctz(e)]++;
            total->events[__builtin_ctz(e)]++;
        }
        layer += s->wires.layer_done && layer < last;
        as_system_tick(s);
        in.start = !in.start && !s->wires.busy && total->events[AS_PERF_CYCLES] == 0;
    } while (s->wires.busy || total->events[AS_PERF_CYCLES] == 0);
}

static int print_differences(FILE *out, const char *name, const struct as_layer_run *model,
                             const struct as_layer_run *timing, int lines)
{
    for (int i = 0; i < AS_PERF_USED; i++)
        if (model->events[i] != timing->events[i] && lines++ < LINES_MAX)
            fprintf(out, "  %s: %s is %" PRIu64 " in the cycle model, %" PRIu64 " here\n", name,
                    counter_names[i], model->events[i], timing->events[i]);
    return lines;
}

bool compare_program(struct as_arena *arena, const struct as_hw *hw,
                     const struct as_program *program, FILE *out, uint64_t *cycles)
{
    int count = program->layer_count, lines = 0;
    struct as_layer_run *model = AS_NEW(arena, struct as_layer_run, count);
    struct as_layer_run *timing = AS_NEW(arena, struct as_layer_run, count);
    struct as_layer_run total = {0};
    struct as_timing_program forms;
    struct as_timing_result result;

    compare_model(arena, hw, program, model, &total);
    as_timing_decode(arena, hw, program->image, program->image_bytes, program->stream, &forms);
    as_timing_run(&forms, timing, count, &result);
    if (!result.ends)
        fprintf(out, "  %s\n", as_timing_explain(arena, &result));
    lines = print_differences(out, "total", &total, &result.total, lines);
    for (int i = 0; i < count; i++)
        lines = print_differences(out,
                                  as_arena_printf(arena, "layer %d %s", i, program->layers[i].name),
                                  &model[i], &timing[i], lines);
    *cycles = total.events[AS_PERF_CYCLES];
    return lines == 0 && result.ends;
}

static bool compare_time(struct as_arena *arena, const struct as_hw *hw,
                         const struct as_program *program, bool ahead, FILE *out)
{
    struct as_layer_time model, timing;
    struct as_timing_program forms;

    layer_model_time(hw, program->image, program->image_bytes, program->stream, ahead, &model);
    as_timing_decode(arena, hw, program->image, program->image_bytes, program->stream, &forms);
    bool ends = as_timing_run_layer(&forms, ahead, UINT64_MAX - 1, &timing);
    if (ends && model.cycles == timing.cycles && model.bytes == timing.bytes)
        return true;
    fprintf(out,
            "  layer alone%s: %" PRIu64 " cycles and %" PRIu64 " bytes in the cycle model, %" PRIu64
            " and %" PRIu64 " here\n",
            ahead ? " behind another" : "", model.cycles, model.bytes, timing.cycles, timing.bytes);
    return false;
}

/* The first load of a buffer, to be made to wait for a layer before; NULL: it is in a loop. */
static uint8_t *first_load(const struct as_hw *hw, const struct as_program *program,
                           bool to_weights)
{
    uint32_t at = program->stream[AS_STREAM_LOAD], found = UINT32_MAX;
    uint32_t words[AS_LOAD_WORDS];
    struct as_load_desc desc = {0};
    struct as_loop loop;

    while (!desc.end) {
        size_t left = (program->image_bytes - at) / 4;
        left = left < AS_LOAD_WORDS ? left : AS_LOAD_WORDS;
        memcpy(words, program->image + at, 4 * left);
        int used = as_load_decode(words, left, &desc);
        if (desc.loop) {
            as_loop_decode(AS_STREAM_LOAD, words, hw->count_bits, &loop);
            if (found != UINT32_MAX && loop.target <= found)
                return NULL;
        } else if (!desc.end && desc.to_weights == to_weights && found == UINT32_MAX) {
            found = at;
        }
        at += 4 * (uint32_t)used;
    }
    return found == UINT32_MAX ? NULL : program->image + found;
}

bool compare_layer(struct as_arena *arena, const struct as_hw *hw, const struct as_program *program,
                   FILE *out)
{
    bool good = compare_time(arena, hw, program, false, out);

    for (int weights = 0; weights < 2; weights++) {
        uint8_t *waits = first_load(hw, program, weights != 0);
        if (!waits)
            continue;
        *waits |= 1 << AS_LOAD_LOW_wait_mem;
        good = compare_time(arena, hw, program, true, out) && good;
        *waits &= (uint8_t) ~(1 << AS_LOAD_LOW_wait_mem);
    }
    return good;
}
