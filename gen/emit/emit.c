#include "gen/emit/emit.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/math.h"
#include "gen/config/dataflow.h"
#include "gen/program/descriptor.h"
#include "gen/program/record.h"
#include "base/files.h"
#include "base/home.h"
#include "base/text.h"
#include "base/version.h"
#include "gen/config/params.h"

#define TEMPLATE_END ".v.tpl"

uint16_t as_config_id(const struct as_config *cfg)
{
    struct as_config copy = {.hw = cfg->hw};
    char text[2048];
    size_t n = 0;

    /* what is built, whether a preset or the description says so */
    snprintf(copy.hw.move_ifmap, sizeof copy.hw.move_ifmap, "%s", as_move_name(cfg->hw.ifmap_move));
    snprintf(copy.hw.move_weight, sizeof copy.hw.move_weight, "%s",
             as_move_name(cfg->hw.weight_move));
    snprintf(copy.hw.move_psum, sizeof copy.hw.move_psum, "%s", as_move_name(cfg->hw.psum_move));
    memcpy(copy.hw.unroll_given, cfg->hw.unroll, sizeof copy.hw.unroll_given);
    copy.hw.line_given = cfg->hw.line_words;
    for (int i = 0; i < AS_PARAM_COUNT; i++) {
        const struct as_param *param = &as_params[i];
        if (param->group != AS_GROUP_HW)
            continue;
        /* came later: hardware without it is what it was */
        if (i == AS_INDEX_requant_float && !copy.hw.requant_float)
            continue;
        if (param->is_text)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s=%s\n", param->key,
                                  as_param_text(&copy, param));
        else
            n += (size_t)snprintf(text + n, sizeof text - n, "%s=%d\n", param->key,
                                  as_param_get(&copy, param));
        assert(n < sizeof text);
    }
    return (uint16_t)XXH3_64bits(text, n);
}

/* The fields of a stream's descriptors as lines of localparams; AS_STREAM_COUNT: those of a
 * parameter record. */
static const char *field_lines(struct as_arena *arena, enum as_stream stream)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);

    if (!out)
        return "";
    if (stream == AS_STREAM_COUNT)
        as_record_print_verilog(out);
    else
        as_fields_print_verilog(out, stream);
    fclose(out);
    const char *lines = as_arena_strdup(arena, text);
    free(text);
    return lines;
}

/* What no configuration changes: where the fields of descriptors and of control words lie. */
static void set_fixed(struct as_arena *arena, struct as_symbols *symbols)
{
    static const struct {
        const char *name;
        int value;
    } fixed[] = {
        {"load_words", AS_LOAD_WORDS},
        {"load_linear_words", AS_LOAD_LINEAR_WORDS},
        {"compute_words", AS_COMPUTE_WORDS},
        {"store_words", AS_STORE_WORDS},
        {"ctl_last", AS_CTL_LAST},
        {"ctl_half", AS_CTL_HALF},
        {"ctl_emit", AS_CTL_EMIT},
        {"ctl_ovr", AS_CTL_OVR},
        {"ctl_lookup", AS_CTL_LOOKUP},
        {"ctl_valid", AS_CTL_VALID},
        {"ctl_mul", AS_CTL_MUL},
        {"mac_last", AS_MAC_LAST},
        {"mac_first", AS_MAC_FIRST},
        {"mac_en", AS_MAC_EN},
    };

    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        as_symbols_set_int(symbols, fixed[i].name, fixed[i].value);
    for (enum as_stream k = 0; k < AS_STREAM_COUNT; k++)
        as_symbols_set_text(symbols, as_arena_printf(arena, "%s_fields", as_stream_name(k)),
                            field_lines(arena, k));
    as_symbols_set_text(symbols, "record_fields", field_lines(arena, AS_STREAM_COUNT));
}

struct as_symbols *as_emit_symbols(struct as_arena *arena, const struct as_config *cfg)
{
    struct as_symbols *symbols = as_symbols_new(arena);
    long long clock_hz = 1000LL * cfg->board.clock_khz;

    for (int i = 0; i < AS_PARAM_COUNT; i++)
        if (!as_params[i].is_text)
            as_symbols_set_int(symbols, as_params[i].name, as_param_get(cfg, &as_params[i]));
    as_symbols_set_text(symbols, "name", cfg->name);
    as_symbols_set_text(symbols, "board", cfg->board.folder);
    as_symbols_set_text(symbols, "dataflow", cfg->dataflow);
    const struct {
        const char *name;
        int value;
    } derived[] = {
        {"k", cfg->hw.unroll[AS_LOOP_K]},
        {"c", cfg->hw.unroll[AS_LOOP_C]},
        {"p", cfg->hw.unroll[AS_LOOP_P]},
        {"q", cfg->hw.unroll[AS_LOOP_Q]},
        {"r", cfg->hw.unroll[AS_LOOP_R]},
        {"s", cfg->hw.unroll[AS_LOOP_S]},
        {"output_kind", cfg->hw.output_kind},
        {"x_forwarded", cfg->hw.x_forwarded},
        {"psum_forwarded", cfg->hw.psum_forwarded},
        {"w_forwarded", cfg->hw.w_forwarded},
        {"wide", cfg->hw.wide},
        {"line", cfg->hw.line},
        {"line_words", cfg->hw.line_words},
        {"line_lanes", cfg->hw.line_lanes},
        {"partial_loads", cfg->hw.partial_loads},
        {"by_address", cfg->hw.by_address},
        {"latency", cfg->hw.latency},
        {"wide_late", cfg->hw.wide_late},
        {"param_beats", cfg->hw.param_beats},
        {"word_fills", cfg->hw.word_fills},
        {"mem_reads", cfg->hw.mem_reads},
        {"ibuf_addr_bits", cfg->hw.ibuf_addr_bits},
        {"wbuf_addr_bits", cfg->hw.wbuf_addr_bits},
        {"acc_addr_bits", cfg->hw.acc_addr_bits},
        {"ctl_bits", cfg->hw.ctl_bits},
        {"line_latency", cfg->hw.line_latency},
        {"drain_cycles", cfg->hw.drain_cycles},
        {"ibuf_lanes", cfg->hw.ibuf_lanes},
        {"load_lanes", cfg->hw.load_lanes},
        {"wbuf_bytes", cfg->hw.wbuf_bytes},
        {"table_pack", cfg->hw.table_pack},
    };
    for (size_t i = 0; i < sizeof derived / sizeof derived[0]; i++)
        as_symbols_set_int(symbols, derived[i].name, derived[i].value);
    as_symbols_set_int(symbols, "rows", cfg->hw.rows);
    as_symbols_set_int(symbols, "cols", cfg->hw.cols);
    as_symbols_set_int(symbols, "mem_width_bytes", cfg->hw.mem_width_bytes);
    as_symbols_set_int(symbols, "mem_words", cfg->hw.mem_words);
    as_symbols_set_int(symbols, "addr_bits", cfg->hw.addr_bits);
    as_symbols_set_int(symbols, "wbuf_beats", cfg->hw.wbuf_beats);
    as_symbols_set_int(symbols, "psum_bits", cfg->hw.psum_bits);
    as_symbols_set_int(symbols, "host_timeout_bits", AS_HOST_TIMEOUT_BITS);
    set_fixed(arena, symbols);
    as_symbols_set_text(symbols, "config_id", as_arena_printf(arena, "%04x", as_config_id(cfg)));
    as_symbols_set_int(symbols, "clk_div",
                       (clock_hz + cfg->board.host_baud / 2) / cfg->board.host_baud);
    return symbols;
}

void as_emit_banner(FILE *out, const struct as_config *cfg, const char *comment)
{
    char unroll[64];

    as_unroll_text(cfg->hw.unroll, unroll, sizeof unroll);
    fprintf(out,
            "%s GENERATED by arraysmith %s for the accelerator %s; README.md explains the folder.\n"
            "%s %s, unroll {%s}, memory.width %d; params.txt has all of its parameters.\n",
            comment, AS_VERSION, cfg->name, comment, cfg->dataflow, unroll, cfg->hw.mem_width);
}

/* The first comment of a rendered file, "// name.v - purpose.": its first line's purpose. */
static const char *read_purpose(struct as_arena *arena, const char *text)
{
    const char *dash = strstr(text, ".v - ");
    const char *end = dash ? strchr(dash, '\n') : NULL;

    if (!end)
        return "";
    dash += strlen(".v - ");
    /* a sentence that goes on in the next line of the comment */
    while (end[-1] != '.' && strncmp(end, "\n// ", 4) == 0 && strchr(end + 1, '\n'))
        end = strchr(end + 1, '\n');
    char *purpose = as_arena_printf(arena, "%.*s", (int)(end - dash), dash);
    for (char *c; (c = strstr(purpose, "\n// ")) != NULL;) {
        *c = ' ';
        memmove(c + 1, c + 4, strlen(c + 4) + 1);
    }
    return purpose;
}

FILE *as_emit_text_open(struct as_emit_text *text)
{
    text->out = open_memstream(&text->text, &text->bytes);
    if (!text->out)
        abort(); /* out of memory, as in the arena */
    return text->out;
}

enum as_status as_emit_text_add(struct as_arena *arena, struct as_emit_text *text, const char *name,
                                const char *purpose, struct as_emit_set *set, struct as_diag *diag)
{
    fclose(text->out);
    const char *kept = as_arena_strdup(arena, text->text);
    free(text->text);
    if (set->count == AS_EMIT_FILES_MAX)
        return as_fail(diag, AS_ERR_RANGE, "%s: more than %d generated files", name,
                       AS_EMIT_FILES_MAX);
    set->file[set->count++] = (struct as_emit_file){.name = as_arena_strdup(arena, name),
                                                    .text = kept,
                                                    .bytes = text->bytes,
                                                    .purpose = purpose};
    return AS_OK;
}

enum as_status as_emit_template(struct as_arena *arena, const struct as_config *cfg,
                                const struct as_symbols *symbols, const char *path,
                                const char *name, struct as_emit_set *set, struct as_diag *diag)
{
    struct as_emit_text text;

    as_emit_text_open(&text);
    as_emit_banner(text.out, cfg, as_ends_with(name, ".v") ? "//" : "#");
    fflush(text.out);
    size_t banner_bytes = text.bytes;
    enum as_status status = as_template_render_file(arena, path, symbols, text.out, diag);
    AS_TRY(as_emit_text_add(arena, &text, name, "", set, diag));
    struct as_emit_file *file = &set->file[set->count - 1];
    file->purpose = read_purpose(arena, file->text + banner_bytes);
    return status;
}

static int is_template(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && as_ends_with(entry->d_name, TEMPLATE_END);
}

enum as_status as_emit_blocks(struct as_arena *arena, const struct as_config *cfg,
                              struct as_emit_set *set, struct as_diag *diag)
{
    const struct as_symbols *symbols = as_emit_symbols(arena, cfg);
    const char *folder = as_home_path(arena, "rtl_templates");
    struct dirent **entries;
    int count = scandir(folder, &entries, is_template, as_entry_order);
    enum as_status status = AS_OK;

    if (count < 0)
        return as_fail(diag, AS_ERR_IO, "%s: %s", folder, strerror(errno));
    if (count == 0)
        status = as_fail(diag, AS_ERR_IO, "%s: no templates (*%s)", folder, TEMPLATE_END);
    for (int i = 0; i < count; i++) {
        const char *file = entries[i]->d_name;
        const char *name =
            as_arena_printf(arena, "%.*s", (int)(strlen(file) - strlen(".tpl")), file);
        if (status == AS_OK)
            status =
                as_emit_template(arena, cfg, symbols, as_arena_printf(arena, "%s/%s", folder, file),
                                 name, set, diag);
        free(entries[i]);
    }
    free(entries);
    return status;
}

enum as_status as_emit_rtl(struct as_arena *arena, const struct as_config *cfg, const char *top,
                           struct as_emit_set *set, struct as_diag *diag)
{
    AS_TRY(as_emit_blocks(arena, cfg, set, diag));
    as_emit_design(arena, cfg, top, set);
    return AS_OK;
}
