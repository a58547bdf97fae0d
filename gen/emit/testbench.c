#include "gen/emit/testbench.h"

#include <ctype.h>
#include <string.h>

#include "base/home.h"
#include "gen/regmap/regmap.h"

#define BYTES_PER_LINE 16

/* The network's name for comments and strings of Verilog: a file may be called anything. */
static const char *model_of(struct as_arena *arena, const struct as_emit_inference *inference)
{
    char *name = as_arena_strdup(arena, inference->program->model);

    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("_.-:=,", *c))
            *c = '_';
    return name;
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

static const char *purpose_of(struct as_arena *arena, const char *what,
                              const struct as_program_ports *ports)
{
    const char *text = as_arena_printf(arena, "%s:", what);

    for (int i = 0; i < ports->count; i++)
        text = as_arena_printf(arena, "%s%s %u bytes from address %u on", text, i > 0 ? "," : "",
                               ports->port[i].bytes, ports->port[i].address);
    return text;
}

static enum as_status add_data(struct as_arena *arena, const struct as_config *cfg,
                               const struct as_emit_inference *inference, struct as_emit_set *set,
                               struct as_diag *diag)
{
    const struct as_program *program = inference->program;

    AS_TRY(add_bytes(arena, cfg, program->image, program->image_bytes, "program.hex",
                     as_arena_printf(arena, "the program of %s: %u bytes from address 0 on",
                                     model_of(arena, inference), program->image_bytes),
                     set, diag));
    AS_TRY(add_bytes(arena, cfg, inference->input, program->input.bytes, "input.hex",
                     purpose_of(arena, "an input", &program->input), set, diag));
    AS_TRY(add_bytes(arena, cfg, inference->output, program->output.bytes, "expected.hex",
                     purpose_of(arena, "its output", &program->output), set, diag));
    return add_counters(arena, cfg, inference, set, diag);
}

/* A call of a task of the testbench for each port: address, first byte in the file, bytes. */
static const char *calls_of(struct as_arena *arena, const char *task,
                            const struct as_program_ports *ports)
{
    const char *text = "";
    uint32_t first = 0;

    for (int i = 0; i < ports->count; first += ports->port[i++].bytes)
        text = as_arena_printf(arena, "%s%s%s(%u, %u, %u);", text, i > 0 ? "\n      " : "", task,
                               ports->port[i].address, first, ports->port[i].bytes);
    return text;
}

static void set_symbols(struct as_arena *arena, const struct as_config *cfg,
                        const struct as_emit_inference *inference, struct as_symbols *symbols)
{
    as_symbols_set_text(symbols, "system", as_emit_module(arena, cfg, "system"));
    as_symbols_set_text(symbols, "model", inference ? model_of(arena, inference) : "");
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
        {"input_bytes", program->input.bytes},
        {"output_bytes", program->output.bytes},
        {"pc_load", program->stream[AS_STREAM_LOAD]},
        {"pc_compute", program->stream[AS_STREAM_COMPUTE]},
        {"pc_store", program->stream[AS_STREAM_STORE]},
        {"layers", (uint64_t)program->layer_count},
        {"counters", (uint64_t)counters},
        {"cycles", inference->counters[0]},
    };
    as_symbols_set_text(symbols, "load_inputs", calls_of(arena, "load_input", &program->input));
    as_symbols_set_text(symbols, "check_outputs",
                        calls_of(arena, "check_output", &program->output));
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
