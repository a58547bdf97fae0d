/* What `gen` writes beside the Verilog of the accelerator itself. */
#include "boards/flow/package.h"
#include "gen/emit/emit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "boards/flow/package_fusesoc.h"
#include "gen/config/array_kind.h"
#include "gen/config/dataflow.h"
#include "gen/emit/array_drawing.h"
#include "base/home.h"
#include "base/version.h"
#include "base/text.h"
#include "gen/config/params.h"

#define LINE_BYTES_MAX 1024

/* ---- board ---- */

bool as_package_is_replaced(const struct as_emit_set *set, const char *name)
{
    for (int i = 0; i < set->design_count; i++) {
        const char *slash = strchr(set->file[i].name, '/');
        if (slash && strcmp(slash + 1, name) == 0)
            return true;
    }
    return false;
}

static enum as_status add_template(struct as_arena *arena, const struct as_config *cfg,
                                   const struct as_symbols *symbols, const char *folder,
                                   const char *module, const char *name, struct as_emit_set *set,
                                   struct as_diag *diag)
{
    const char *path = as_arena_printf(arena, "rtl_templates/%s/%s.v.tpl", folder, module);

    return as_emit_template(arena, cfg, symbols, as_home_path(arena, path), name, set, diag);
}

/* The form of a module that only devices of this family have. */
static enum as_status add_primitive(struct as_arena *arena, const struct as_config *cfg,
                                    const struct as_symbols *symbols,
                                    const struct as_family *family, const char *module,
                                    struct as_emit_set *set, struct as_diag *diag)
{
    return add_template(arena, cfg, symbols, as_arena_printf(arena, "tech/%s", family->name),
                        module, as_arena_printf(arena, "%s/%s.v", family->name, module), set, diag);
}

static enum as_status add_pins(struct as_arena *arena, const struct as_config *cfg,
                               const struct as_board *board, struct as_emit_set *set,
                               struct as_diag *diag)
{
    struct as_pin pins[AS_WIRE_COUNT];
    struct as_emit_text text;
    int count = 0;
    FILE *out = as_emit_text_open(&text);

    for (int i = 0; i < AS_WIRE_COUNT; i++)
        if (board->pin[i].pin)
            pins[count++] = board->pin[i];
    as_emit_banner(out, cfg, "#");
    board->family->pins(out, pins, count, board->clock_mhz);
    return as_emit_text_add(arena, &text, board->family->constraints,
                            "pins and clock of the board, for place and route", set, diag);
}

/* What stands around `system` on the board, as templates. */
static enum as_status add_board(struct as_arena *arena, const struct as_config *cfg,
                                const struct as_board *board, struct as_emit_set *set,
                                struct as_diag *diag)
{
    struct as_symbols *symbols = as_emit_symbols(arena, cfg);
    const struct as_family *family = board->family;
    bool plain = as_board_clock_is_plain(board, cfg);

    AS_TRY(as_board_check(board, cfg, cfg->name, diag));
    as_board_symbols(board, cfg, symbols);
    AS_TRY(add_template(arena, cfg, symbols, "board", "top", "top.v", set, diag));
    if (!plain)
        AS_TRY(add_template(arena, cfg, symbols, "board", "pll", "pll.v", set, diag));
    for (int i = 0; i < family->primitive_count; i++) {
        const struct as_primitive *primitive = &family->primitives[i];
        if (primitive->kind < 0 || board->device->has[primitive->kind] > 0)
            AS_TRY(add_primitive(arena, cfg, symbols, family, primitive->module, set, diag));
    }
    return plain ? AS_OK : add_primitive(arena, cfg, symbols, family, "pll", set, diag);
}

/* ---- list of files ---- */

/* For simulators: every module in front of those that place it, in its general form. */
static enum as_status add_filelist(struct as_arena *arena, const struct as_config *cfg,
                                   struct as_emit_set *set, struct as_diag *diag)
{
    struct as_emit_text text;
    FILE *out = as_emit_text_open(&text);

    as_emit_banner(out, cfg, "//");
    for (int i = 0; i < set->design_count; i++)
        if (!strchr(set->file[i].name, '/'))
            fprintf(out, "%s\n", set->file[i].name);
    return as_emit_text_add(arena, &text, "filelist.f",
                            "the Verilog files for a simulator or a linter, in the order of their "
                            "dependencies",
                            set, diag);
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
    struct as_emit_text text;
    FILE *out = as_emit_text_open(&text);

    as_emit_banner(out, cfg, "#");
    fprintf(out, "# key                            value  unit     meaning\n");
    for (int i = 0; i < AS_PARAM_COUNT; i++) {
        const struct as_param *param = &as_params[i];
        if (param->is_text)
            fprintf(out, "%-22s %15s  %-8s %s\n", param->key, as_param_text(cfg, param), "",
                    param->meaning);
        else
            write_derived(out, param->key, as_param_get(cfg, param), param->unit, param->meaning);
    }
    char order[2 * AS_DIM_COUNT + 1] = "auto";
    for (int i = 0; i < cfg->map.all.order_count; i++)
        snprintf(order + 2 * i, 3, "%c%s", AS_DIM_LETTERS[cfg->map.all.order[i]],
                 i + 1 < cfg->map.all.order_count ? "," : "");
    fprintf(out, "%-22s %15s  %-8s %s\n", "order", order, "", "tile loops, outermost first");
    fprintf(out, "%-22s %15.3f  %-8s %s\n", "goal.cycles",
            cfg->map.all.goal_cycles / (double)AS_GOAL_ONE, "1/cycle", "what auto minimises");
    fprintf(out, "%-22s %15.3f  %-8s %s\n", "goal.bytes",
            cfg->map.all.goal_bytes / (double)AS_GOAL_ONE, "1/byte", "what auto minimises");
    write_derived(out, "mapping", cfg->map.rule_count, "rules", "tile and order of single layers");

    fprintf(out, "\n# derived\n");
    char unroll[64];
    as_unroll_text(cfg->hw.unroll, unroll, sizeof unroll);
    fprintf(out, "%-22s %15s  %-8s %s\n", "unroll", unroll, "", "loops in space");
    fprintf(out, "%-22s %15s  %-8s %s\n", "ifmap", as_move_name(cfg->hw.ifmap_move), "",
            "how it moves");
    fprintf(out, "%-22s %15s  %-8s %s\n", "weight", as_move_name(cfg->hw.weight_move), "",
            "how it moves");
    fprintf(out, "%-22s %15s  %-8s %s\n", "psum", as_move_name(cfg->hw.psum_move), "",
            "how it moves");
    write_derived(out, "rows", cfg->hw.rows, "PEs", "rows of the array");
    write_derived(out, "cols", cfg->hw.cols, "PEs", "columns of the array");
    write_derived(out, "line_words", cfg->hw.line_words, "words", "line buffer");
    write_derived(out, "PEs", cfg->hw.rows * cfg->hw.cols, "PEs", "multiply-accumulates per cycle");
    write_derived(out, "mem_words", cfg->hw.mem_words, "words", "main memory");
    write_derived(out, "addr_bits", cfg->hw.addr_bits, "bits", "byte address");
    write_derived(out, "psum_bits", cfg->hw.psum_bits, "bits", "psum inside the array");
    write_derived(out, "wbuf_beats", cfg->hw.wbuf_beats, "words",
                  "memory words per weight-buffer word");
    write_derived(out, "ibuf_bytes", 2 * cfg->hw.ibuf_words * cfg->hw.ibuf_lanes, "bytes",
                  "both halves of the ifmap buffer");
    write_derived(out, "wbuf_bytes",
                  2 * cfg->hw.wbuf_words * cfg->hw.wbuf_beats * cfg->hw.mem_width_bytes, "bytes",
                  "both halves of the weight buffer");
    write_derived(out, "acc_bytes", 4 * AS_P_BYTES * cfg->hw.acc_words * cfg->hw.cols, "bytes",
                  "accumulator and drain RAMs, both halves of each");
    write_derived(out, "config_id", as_config_id(cfg), "",
                  "what the host reads to check a program");
    return as_emit_text_add(arena, &text, "params.txt",
                            "every parameter and what is derived from it", set, diag);
}

/* ---- picture ---- */

static enum as_status add_drawing(struct as_arena *arena, const struct as_config *cfg,
                                  struct as_emit_set *set, struct as_diag *diag)
{
    struct as_emit_text text;
    FILE *out = as_emit_text_open(&text);

    as_draw_array(out, cfg);
    return as_emit_text_add(arena, &text, "array.svg",
                            "picture of the array: how each operand moves", set, diag);
}

/* ---- README ---- */

static void write_intro(struct as_arena *arena, FILE *out, const struct as_config *cfg,
                        const struct as_board *board)
{
    const struct as_array_kind *kind = as_array_kind(cfg->hw.stays);
    const char *system = as_emit_module(arena, cfg, "system");
    char unroll[64];

    as_unroll_text(cfg->hw.unroll, unroll, sizeof unroll);
    fprintf(
        out,
        "<!-- GENERATED by `arraysmith gen` -->\n"
        "# %s\n\n"
        "A %s accelerator of %d x %d PEs, unroll {%s}: rows %s, columns are\n"
        "%s; the ifmap is %s, weights %s, psums %s.\n"
        "%d KiB of main memory, %d bits wide. The parameters are in `params.txt`, the array is\n"
        "drawn in `array.svg`. Verilog-2005, one clock, synchronous reset.\n\n"
        "`%s` is the whole accelerator with its memory behind a byte stream (`rx`, `tx`)\n"
        "that carries programs, data and results; `%s` is the same without memory and host link:\n"
        "a start pulse with three addresses, counters, and a memory port. Every module has the\n"
        "accelerator's name before its own, so that two accelerators are at home in one design.\n",
        cfg->name, cfg->dataflow, cfg->hw.rows, cfg->hw.cols, unroll, kind->rows_are,
        kind->cols_are, as_move_name(cfg->hw.ifmap_move), as_move_name(cfg->hw.weight_move),
        cfg->hw.psum_move == AS_MOVE_TREE ? "added by a tree" : as_move_name(cfg->hw.psum_move),
        cfg->hw.mem_bytes / 1024, cfg->hw.mem_width, system, as_emit_module(arena, cfg, "core"));
    if (board)
        fprintf(out,
                "`%s` puts it on the board %s: clock, reset and UART at %d baud. The files in\n"
                "`%s/` take the place of those of the same name when it is built for that board:\n"
                "they are made of cells of the device.\n",
                as_emit_module(arena, cfg, "top"), board->name, cfg->board.host_baud,
                board->family->name);
}

static void write_use(struct as_arena *arena, FILE *out, const struct as_config *cfg,
                      const struct as_board *board, const struct as_emit_inference *inference)
{
    const char *system = as_emit_module(arena, cfg, "system");

    fprintf(
        out,
        "\n## Use\n\n"
        "    make          # tb.v in Icarus and in Verilator, as far as they are installed\n"
        "    make lint     # no warning in either\n"
        "    fusesoc --cores-root . run --target lint arraysmith:generated:%s    # or sim%s%s\n\n",
        cfg->name, board ? ", or " : "", board ? cfg->board.folder : "");
    if (inference)
        fprintf(out,
                "`tb.v` runs one inference of %s, %llu cycles. Output and counters are those of\n"
                "arraysmith's cycle model, which agrees with this Verilog in every cycle.\n",
                inference->program->model, (unsigned long long)inference->counters[0]);
    else
        fprintf(
            out,
            "`tb.v` asks the accelerator who it is. `arraysmith gen ACCEL --model NET` adds the\n"
            "program of a network, an input and what has to come out, and a `tb.v` that runs "
            "it.\n");
    fprintf(
        out,
        "\nIn a design of your own, `%s` and what `filelist.f` names before it are all you\n"
        "need: paths in the list are relative to this folder (`-F filelist.f` in Verilator and in\n"
        "slang; Icarus, which has no -F, is started here). There is nothing to define and nothing "
        "to\n"
        "include. `docs/host_link.md` has the frames that a host sends, `docs/program.md` the "
        "program\n"
        "that they load, `docs/blocks.md` the descriptors in it, the counters, and every block "
        "cycle by\n"
        "cycle. Its names are the blocks' own, without the accelerator's before them; files that\n"
        "it and the headers call `sim/...` or `gen/...` are in arraysmith's sources, among them "
        "the C\n"
        "model of each block.\n\n"
        "What is here was generated, and `gen` replaces it when it writes here again: change the\n"
        "description of the accelerator, of which `params.txt` has every key. Files of yours "
        "stay.\n",
        system);
}

static enum as_status add_readme(struct as_arena *arena, const struct as_config *cfg,
                                 const struct as_board *board,
                                 const struct as_emit_inference *inference, struct as_emit_set *set,
                                 struct as_diag *diag)
{
    struct as_emit_text text;
    FILE *out = as_emit_text_open(&text);

    write_intro(arena, out, cfg, board);
    write_use(arena, out, cfg, board, inference);
    fprintf(out, "\n## Files\n\n| file | what it is |\n|---|---|\n");
    for (int i = 0; i < set->count; i++)
        fprintf(out, "| `%s` | %s |\n", set->file[i].name, set->file[i].purpose);
    return as_emit_text_add(arena, &text, "README.md", "this file", set, diag);
}

/* ---- documents ---- */

/* What the headers of the modules refer to, as it is in docs/. */
static enum as_status add_documents(struct as_arena *arena, const struct as_config *cfg,
                                    struct as_emit_set *set, struct as_diag *diag)
{
    static const struct {
        const char *name, *purpose;
    } documents[] = {
        {"docs/host_link.md", "frames between host and accelerator"},
        {"docs/program.md", "what a program is, in memory and as a file"},
        {"docs/blocks.md", "descriptors, counters, and every block cycle by cycle"},
    };

    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        const char *path = as_home_path(arena, documents[i].name);
        char line[LINE_BYTES_MAX];
        FILE *in = fopen(path, "r");
        if (!in)
            return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
        struct as_emit_text text;
        FILE *out = as_emit_text_open(&text);
        fprintf(out,
                "<!-- GENERATED by arraysmith %s beside %s; it holds for every accelerator -->\n",
                AS_VERSION, cfg->name);
        while (fgets(line, sizeof line, in))
            fputs(line, out);
        fclose(in);
        AS_TRY(as_emit_text_add(arena, &text, documents[i].name, documents[i].purpose, set, diag));
    }
    return AS_OK;
}

enum as_status as_package(struct as_arena *arena, const struct as_config *cfg,
                          const struct as_emit_inference *inference, struct as_emit_set *set,
                          struct as_diag *diag)
{
    const struct as_board *board = NULL;

    if (strcmp(cfg->board.folder, "none") != 0)
        AS_TRY(as_board_load(arena, cfg->board.folder, &board, diag));
    AS_TRY(as_emit_blocks(arena, cfg, set, diag));
    if (board)
        AS_TRY(add_board(arena, cfg, board, set, diag));
    as_emit_design(arena, cfg, board ? "top" : "system", set);
    AS_TRY(add_filelist(arena, cfg, set, diag));
    AS_TRY(as_emit_testbench(arena, cfg, inference, set, diag));
    if (board)
        AS_TRY(add_pins(arena, cfg, board, set, diag));
    AS_TRY(as_package_fusesoc(arena, cfg, board, set, diag));
    AS_TRY(add_params(arena, cfg, set, diag));
    AS_TRY(add_drawing(arena, cfg, set, diag));
    AS_TRY(add_documents(arena, cfg, set, diag));
    return add_readme(arena, cfg, board, inference, set, diag);
}
