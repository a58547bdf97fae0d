/* What `gen` writes beside the Verilog of the accelerator itself. */
#include "boards/flow/package.h"
#include "gen/emit/emit.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boards/flow/board.h"
#include "gen/config/dataflow.h"
#include "gen/emit/array_drawing.h"
#include "base/files.h"
#include "base/home.h"
#include "base/text.h"
#include "gen/config/params.h"

#define CONSTRAINTS_BYTES_MAX 65536

static FILE *open_text(char **text, size_t *bytes)
{
    FILE *out = open_memstream(text, bytes);

    if (!out)
        abort(); /* out of memory, as in the arena */
    return out;
}

/* Closes a text of open_text and appends it to the set. */
static enum as_status add_text(struct as_arena *arena, FILE *out, char **text, const size_t *bytes,
                               const char *name, const char *purpose, struct as_emit_set *set,
                               struct as_diag *diag)
{
    fclose(out);
    if (set->count == AS_EMIT_FILES_MAX) {
        free(*text);
        return as_fail(diag, AS_ERR_RANGE, "%s: more than %d generated files", name,
                       AS_EMIT_FILES_MAX);
    }
    struct as_emit_file *file = &set->file[set->count++];
    file->name = as_arena_strdup(arena, name);
    file->text = as_arena_strdup(arena, *text);
    file->bytes = *bytes;
    file->purpose = purpose;
    free(*text);
    return AS_OK;
}

static bool has_board(const struct as_config *cfg)
{
    return strcmp(cfg->board, "none") != 0;
}

/* ---- board ---- */

static int is_constraints(const struct dirent *entry)
{
    return as_ends_with(entry->d_name, ".pcf") || as_ends_with(entry->d_name, ".lpf");
}

static enum as_status copy_constraints(struct as_arena *arena, const struct as_config *cfg,
                                       const char *path, const char *name, struct as_emit_set *set,
                                       struct as_diag *diag)
{
    FILE *in = fopen(path, "r");
    char *text = NULL;
    size_t bytes = 0;

    if (!in)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    char *content = as_arena_alloc(arena, CONSTRAINTS_BYTES_MAX + 1);
    size_t n = fread(content, 1, CONSTRAINTS_BYTES_MAX, in);
    fclose(in);
    FILE *out = open_text(&text, &bytes);
    fprintf(out, "# GENERATED from boards/%s/%s - edit that file, then generate again.\n",
            cfg->board, name);
    fwrite(content, 1, n, out);
    return add_text(arena, out, &text, &bytes, name, "pins of the board, for nextpnr", set, diag);
}

static enum as_status add_board(struct as_arena *arena, const struct as_config *cfg,
                                struct as_emit_set *set, struct as_diag *diag)
{
    const char *relative = as_arena_printf(arena, "boards/%s", cfg->board);
    const char *folder = as_home_path(arena, relative);
    const char *top = as_arena_printf(arena, "%s/top.v.tpl", folder);
    struct as_symbols *symbols = as_emit_symbols(arena, cfg);
    struct dirent **entries;
    enum as_status status = AS_OK;

    AS_TRY(as_board_symbols(arena, cfg, symbols, diag));
    if (access(top, F_OK) == 0)
        AS_TRY(as_emit_template(arena, cfg, symbols, top,
                                as_arena_printf(arena, "%s/top.v.tpl", relative), "top.v", set,
                                diag));
    int count = scandir(folder, &entries, is_constraints, as_entry_order);
    if (count < 0)
        return as_fail(diag, AS_ERR_IO, "%s: %s", folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        if (status == AS_OK)
            status = copy_constraints(arena, cfg, as_arena_printf(arena, "%s/%s", folder, name),
                                      name, set, diag);
        free(entries[i]);
    }
    free(entries);
    return status;
}

/* ---- FuseSoC ---- */

static void write_core_target(FILE *out, const struct as_board *board, const char *folder)
{
    fprintf(out,
            "\n  %s:\n"
            "    filesets: [rtl, board]\n"
            "    toplevel: top\n"
            "    default_tool: icestorm\n"
            "    parameters: [",
            folder);
    for (const char *const *name = board->device->defines; *name; name++)
        fprintf(out, "%s%s", name == board->device->defines ? "" : ", ", *name);
    fprintf(out,
            "]\n"
            "    tools:\n"
            "      icestorm:\n"
            "        nextpnr_options: [--%s, --package, %s]\n"
            "\nparameters:\n",
            board->device->name, board->package);
    for (const char *const *name = board->device->defines; *name; name++)
        fprintf(out,
                "  %s:\n"
                "    datatype: bool\n"
                "    default: true\n"
                "    paramtype: vlogdefine\n"
                "    description: primitives of the device instead of their behavioural twins\n",
                *name);
}

static void write_core_files(FILE *out, const struct as_emit_set *set)
{
    bool board = false;

    fprintf(out, "filesets:\n  rtl:\n    file_type: verilogSource\n    files:\n");
    for (int i = 0; i < set->count; i++)
        if (as_ends_with(set->file[i].name, ".v") && strcmp(set->file[i].name, "top.v") != 0)
            fprintf(out, "      - %s\n", set->file[i].name);
    for (int i = 0; i < set->count; i++) {
        const char *name = set->file[i].name;
        const char *type = strcmp(name, "top.v") == 0   ? "verilogSource"
                           : as_ends_with(name, ".pcf") ? "PCF"
                           : as_ends_with(name, ".lpf") ? "LPF"
                                                        : NULL;
        if (!type)
            continue;
        if (!board)
            fprintf(out, "  board:\n    files:\n");
        board = true;
        fprintf(out, "      - %s: {file_type: %s}\n", name, type);
    }
}

static enum as_status add_core(struct as_arena *arena, const struct as_config *cfg,
                               struct as_emit_set *set, struct as_diag *diag)
{
    const struct as_board *board = NULL;
    char *text = NULL;
    size_t bytes = 0;

    if (has_board(cfg))
        AS_TRY(as_board_load(arena, cfg->board, &board, diag));
    FILE *out = open_text(&text, &bytes);
    fprintf(out,
            "CAPI=2:\n"
            "# GENERATED by `arraysmith gen` - change the accelerator's description instead.\n"
            "name: arraysmith:generated:%s:1.0.0\n"
            "description: %s accelerator, %d x %d PEs\n\n",
            cfg->name, cfg->dataflow, cfg->rows, cfg->cols);
    write_core_files(out, set);
    fprintf(out, "\ntargets:\n"
                 "  default:\n"
                 "    filesets: [rtl]\n"
                 "    toplevel: system\n"
                 "\n"
                 "  lint:\n"
                 "    filesets: [rtl]\n"
                 "    toplevel: system\n"
                 "    default_tool: verilator\n"
                 "    tools:\n"
                 "      verilator:\n"
                 "        mode: lint-only\n"
                 "        verilator_options: [-Wall]\n");
    if (has_board(cfg))
        write_core_target(out, board, cfg->board);
    return add_text(arena, out, &text, &bytes, as_arena_printf(arena, "%s.core", cfg->name),
                    "package description for FuseSoC", set, diag);
}

/* ---- parameters ---- */

static void write_derived(FILE *out, const char *name, int value, const char *unit,
                          const char *meaning)
{
    fprintf(out, "%-22s %15d  %-8s %s\n", name, value, unit, meaning);
}

static enum as_status add_params(struct as_arena *arena, const struct as_config *cfg,
                                 struct as_emit_set *set, struct as_diag *diag)
{
    struct as_config copy = *cfg;
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_text(&text, &bytes);

    fprintf(out, "# GENERATED by `arraysmith gen` - change the accelerator's description instead.\n"
                 "# key                            value  unit     meaning\n");
    for (int i = 0; i < AS_PARAM_COUNT; i++) {
        const struct as_param *param = &as_params[i];
        if (param->is_text)
            fprintf(out, "%-22s %15s  %-8s %s\n", param->key, as_param_text(&copy, param), "",
                    param->meaning);
        else
            write_derived(out, param->key, as_param_get(cfg, param), param->unit, param->meaning);
    }
    char order[2 * AS_DIM_COUNT + 1] = "auto";
    for (int i = 0; i < cfg->order_count; i++)
        snprintf(order + 2 * i, 3, "%c%s", AS_DIM_LETTERS[cfg->order[i]],
                 i + 1 < cfg->order_count ? "," : "");
    fprintf(out, "%-22s %15s  %-8s %s\n", "order", order, "", "tile loops, outermost first");
    fprintf(out, "%-22s %15.3f  %-8s %s\n", "goal.cycles", cfg->goal_cycles / (double)AS_GOAL_ONE,
            "1/cycle", "what auto minimises");
    fprintf(out, "%-22s %15.3f  %-8s %s\n", "goal.bytes", cfg->goal_bytes / (double)AS_GOAL_ONE,
            "1/byte", "what auto minimises");
    write_derived(out, "mapping", cfg->rule_count, "rules", "tile and order of single layers");

    fprintf(out, "\n# derived\n");
    char unroll[64];
    as_unroll_text(cfg->unroll, unroll, sizeof unroll);
    fprintf(out, "%-22s %15s  %-8s %s\n", "unroll", unroll, "", "loops in space");
    fprintf(out, "%-22s %15s  %-8s %s\n", "ifmap", as_move_name(cfg->ifmap_move), "",
            "how it moves");
    fprintf(out, "%-22s %15s  %-8s %s\n", "weight", as_move_name(cfg->weight_move), "",
            "how it moves");
    fprintf(out, "%-22s %15s  %-8s %s\n", "psum", as_move_name(cfg->psum_move), "", "how it moves");
    write_derived(out, "rows", cfg->rows, "PEs", "rows of the array");
    write_derived(out, "cols", cfg->cols, "PEs", "columns of the array");
    write_derived(out, "line_words", cfg->line_words, "words", "line buffer");
    write_derived(out, "PEs", cfg->rows * cfg->cols, "PEs", "multiply-accumulates per cycle");
    write_derived(out, "mem_words", cfg->mem_words, "words", "main memory");
    write_derived(out, "addr_bits", cfg->addr_bits, "bits", "byte address");
    write_derived(out, "psum_bits", cfg->psum_bits, "bits", "psum inside the array");
    write_derived(out, "wbuf_beats", cfg->wbuf_beats, "words",
                  "memory words per weight-buffer word");
    write_derived(out, "ibuf_bytes", 2 * cfg->ibuf_words * cfg->ibuf_lanes, "bytes",
                  "both halves of the ifmap buffer");
    write_derived(out, "wbuf_bytes", 2 * cfg->wbuf_words * cfg->wbuf_beats * cfg->mem_width_bytes,
                  "bytes", "both halves of the weight buffer");
    write_derived(out, "acc_bytes", 4 * 4 * cfg->acc_words * cfg->cols, "bytes",
                  "accumulator and drain RAMs");
    write_derived(out, "config_id", as_config_id(cfg), "",
                  "what the host reads to check a program");
    return add_text(arena, out, &text, &bytes, "params.txt",
                    "every parameter and what is derived from it", set, diag);
}

/* ---- picture ---- */

static enum as_status add_drawing(struct as_arena *arena, const struct as_config *cfg,
                                  struct as_emit_set *set, struct as_diag *diag)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_text(&text, &bytes);

    as_draw_array(out, cfg);
    return add_text(arena, out, &text, &bytes, "array.svg",
                    "picture of the array: how each operand moves", set, diag);
}

/* ---- README ---- */

static enum as_status add_readme(struct as_arena *arena, const struct as_config *cfg,
                                 struct as_emit_set *set, struct as_diag *diag)
{
    static const char *const rows[] = {"reduce channels or kernel taps", "are output pixels",
                                       "reduce channels or kernel taps"};
    static const char *const columns[] = {"output channels", "output channels", "output pixels"};
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_text(&text, &bytes);
    char unroll[64];

    as_unroll_text(cfg->unroll, unroll, sizeof unroll);
    fprintf(
        out,
        "<!-- GENERATED by `arraysmith gen` - change the accelerator's description instead. "
        "-->\n"
        "# %s\n\n"
        "A %s accelerator of %d x %d PEs, unroll {%s}: rows %s, columns are\n"
        "%s; the ifmap is %s, weights %s, psums %s.\n"
        "%d KiB of main memory, %d bits wide. The parameters are in `params.txt`, the array is\n"
        "drawn in `array.svg`. Verilog-2005, one clock, synchronous reset.\n\n"
        "`system` is the whole accelerator with its memory behind a byte stream (`rx`, `tx`)\n"
        "that carries programs, data and results; `core` is the same without the memory.\n",
        cfg->name, cfg->dataflow, cfg->rows, cfg->cols, unroll, rows[cfg->stays],
        columns[cfg->stays], as_move_name(cfg->ifmap_move), as_move_name(cfg->weight_move),
        cfg->psum_move == AS_MOVE_TREE ? "added by a tree" : as_move_name(cfg->psum_move),
        cfg->mem_bytes / 1024, cfg->mem_width);
    if (has_board(cfg))
        fprintf(out, "`top` puts it on the board %s: clock, reset and UART at %d baud.\n",
                cfg->board, cfg->host_baud);
    fprintf(out, "\n| file | what it is |\n|---|---|\n");
    for (int i = 0; i < set->count; i++)
        fprintf(out, "| `%s` | %s |\n", set->file[i].name, set->file[i].purpose);
    fprintf(out,
            "\nCheck it with other tools:\n\n"
            "    verilator --lint-only -Wall --top-module system *.v\n"
            "    iverilog -g2005 -Wall -s system -o /dev/null *.v\n"
            "    fusesoc --cores-root . run --target lint arraysmith:generated:%s\n",
            cfg->name);
    return add_text(arena, out, &text, &bytes, "README.md", "this file", set, diag);
}

enum as_status as_package(struct as_arena *arena, const struct as_config *cfg,
                          struct as_emit_set *set, struct as_diag *diag)
{
    AS_TRY(as_emit_rtl(arena, cfg, set, diag));
    if (has_board(cfg))
        AS_TRY(add_board(arena, cfg, set, diag));
    AS_TRY(add_core(arena, cfg, set, diag));
    AS_TRY(add_params(arena, cfg, set, diag));
    AS_TRY(add_drawing(arena, cfg, set, diag));
    return add_readme(arena, cfg, set, diag);
}
