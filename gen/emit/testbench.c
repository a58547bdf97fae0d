#include "gen/emit/testbench.h"

#include <string.h>

#include "base/home.h"
#include "gen/regmap/regmap.h"

#define BYTES_PER_LINE 16

/* The file's part of a path that names a model. */
static const char *model_name(const char *model)
{
    const char *slash = strrchr(model, '/');

    return slash ? slash + 1 : model;
}

static enum as_status add_bytes(struct as_arena *arena, const struct as_config *cfg,
                                const void *bytes, size_t count, const char *name,
                                const char *purpose, struct as_emit_set *set, struct as_diag *diag)
{
    const uint8_t *byte = bytes;
    struct as_emit_text text;

    as_emit_text_open(&text);
    as_emit_banner(text.out, cfg, "//");
    for (size_t i = 0; i < count; i++)
        fprintf(text.out, "%02x%c", byte[i],
                i % BYTES_PER_LINE == BYTES_PER_LINE - 1 || i + 1 == count ? '\n' : ' ');
    return as_emit_text_add(arena, &text, name, purpose, set, diag);
}

static enum as_status add_counters(struct as_arena *arena, const struct as_config *cfg,
                                   const struct as_emit_inference *inference,
                                   struct as_emit_set *set, struct as_diag *diag)
{
    struct as_emit_text text;
    int count;
    const struct as_counter *counter = as_counters(&count);

    as_emit_text_open(&text);
    as_emit_banner(text.out, cfg, "//");
    for (int i = 0; i < count; i++)
        fprintf(text.out, "%08llx // %s: %llu\n", (unsigned long long)inference->counters[i],
                counter[i].name, (unsigned long long)inference->counters[i]);
    return as_emit_text_add(arena, &text, "counters.hex",
                            "what the accelerator counts in that inference, by the cycle model",
                            set, diag);
}

static enum as_status add_data(struct as_arena *arena, const struct as_config *cfg,
                               const struct as_emit_inference *inference, struct as_emit_set *set,
                               struct as_diag *diag)
{
    const struct as_program *program = inference->program;
    const char *model = model_name(inference->model);

    AS_TRY(add_bytes(arena, cfg, program->image, program->image_bytes, "program.hex",
                     as_arena_printf(arena, "the program of %s: %u bytes from address 0 on", model,
                                     program->image_bytes),
                     set, diag));
    AS_TRY(add_bytes(arena, cfg, inference->input, program->input_bytes, "input.hex",
                     as_arena_printf(arena, "an input: %u bytes from address %u on",
                                     program->input_bytes, program->input_address),
                     set, diag));
    AS_TRY(add_bytes(arena, cfg, inference->output, program->output_bytes, "expected.hex",
                     as_arena_printf(arena, "its output: %u bytes from address %u on",
                                     program->output_bytes, program->output_address),
                     set, diag));
    return add_counters(arena, cfg, inference, set, diag);
}

static void set_symbols(struct as_arena *arena, const struct as_config *cfg,
                        const struct as_emit_inference *inference, struct as_symbols *symbols)
{
    as_symbols_set_text(symbols, "system", as_emit_module(arena, cfg, "system"));
    as_symbols_set_text(symbols, "model", inference ? model_name(inference->model) : "");
    if (!inference)
        return;
    int counters;
    as_counters(&counters);
    const struct as_program *program = inference->program;
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"image_bytes", program->image_bytes},
        {"input_address", program->input_address},
        {"input_bytes", program->input_bytes},
        {"output_address", program->output_address},
        {"output_bytes", program->output_bytes},
        {"pc_load", program->stream[AS_STREAM_LOAD]},
        {"pc_compute", program->stream[AS_STREAM_COMPUTE]},
        {"pc_store", program->stream[AS_STREAM_STORE]},
        {"layers", (uint64_t)program->layer_count},
        {"counters", (uint64_t)counters},
        {"cycles", inference->counters[0]},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        as_symbols_set_int(symbols, numbers[i].name, (long long)numbers[i].value);
}

enum as_status as_emit_testbench(struct as_arena *arena, const struct as_config *cfg,
                                 const struct as_emit_inference *inference, struct as_emit_set *set,
                                 struct as_diag *diag)
{
    struct as_symbols *symbols = as_emit_symbols(arena, cfg);

    set_symbols(arena, cfg, inference, symbols);
    AS_TRY(as_emit_template(arena, cfg, symbols,
                            as_home_path(arena, "rtl_templates/folder/tb.v.tpl"), "tb.v", set,
                            diag));
    if (inference)
        AS_TRY(add_data(arena, cfg, inference, set, diag));
    AS_TRY(as_emit_template(arena, cfg, symbols,
                            as_home_path(arena, "rtl_templates/folder/Makefile.tpl"), "Makefile",
                            set, diag));
    set->file[set->count - 1].purpose = "`make` runs `tb.v` in Icarus and Verilator";
    return AS_OK;
}
