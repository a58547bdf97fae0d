#include "tests/timing/compare.h"

#include <inttypes.h>
#include <string.h>

#include "sim/blocks/system.h"

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
