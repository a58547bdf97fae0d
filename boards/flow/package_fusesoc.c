#include "boards/flow/package_fusesoc.h"

#include <string.h>

#include "base/text.h"
#include "boards/flow/package.h"

#define VERILOG ".v"

static void write_fileset(FILE *out, const char *name)
{
    fprintf(out, "  %s:\n    file_type: verilogSource\n    files:\n", name);
}

/* The modules of the design that have no form of the board's device, or those that have one. */
static void write_modules(FILE *out, const struct as_emit_set *set, const char *top, bool replaced)
{
    for (int i = 0; i < set->design_count; i++) {
        const char *name = set->file[i].name;
        if (!strchr(name, '/') && strcmp(name, top) != 0 &&
            as_package_is_replaced(set, name) == replaced)
            fprintf(out, "      - %s\n", name);
    }
}

static void write_board(FILE *out, const struct as_emit_set *set, const char *top,
                        const struct as_family *family)
{
    for (int i = 0; i < set->count; i++) {
        const char *name = set->file[i].name;
        if (strcmp(name, top) == 0 || (i < set->design_count && strchr(name, '/')))
            fprintf(out, "      - %s\n", name);
        else if (strcmp(name, family->constraints) == 0)
            fprintf(out, "      - %s: {file_type: %s}\n", name, family->fusesoc_type);
    }
}

/* A simulator finds what $readmemh names in the folder in which it runs. */
static void write_testbench(FILE *out, const struct as_emit_set *set)
{
    for (int i = set->design_count; i < set->count; i++) {
        const char *name = set->file[i].name;
        if (as_ends_with(name, VERILOG))
            fprintf(out, "      - %s\n", name);
        else if (as_ends_with(name, ".hex"))
            fprintf(out, "      - %s: {file_type: user, copyto: %s}\n", name, name);
    }
}

static void write_filesets(FILE *out, const struct as_emit_set *set, const struct as_board *board,
                           const char *top)
{
    fprintf(out, "filesets:\n");
    write_fileset(out, "rtl");
    write_modules(out, set, top, false);
    if (board) {
        write_fileset(out, "general");
        write_modules(out, set, top, true);
        write_fileset(out, "board");
        write_board(out, set, top, board->family);
    }
    write_fileset(out, "testbench");
    write_testbench(out, set);
}

static void write_targets(FILE *out, const char *system, const char *filesets)
{
    fprintf(out,
            "\ntargets:\n"
            "  default:\n"
            "    filesets: [%s]\n"
            "    toplevel: %s\n"
            "\n"
            "  lint:\n"
            "    filesets: [%s]\n"
            "    toplevel: %s\n"
            "    flow: lint\n"
            "    flow_options:\n"
            "      tool: verilator\n"
            "      verilator_options: [-Wall]\n"
            "\n"
            "  sim:\n"
            "    filesets: [%s, testbench]\n"
            "    toplevel: tb\n"
            "    flow: sim\n"
            "    flow_options:\n"
            "      tool: icarus\n"
            "      iverilog_options: [-g2005, -Wall]\n",
            filesets, system, filesets, system, filesets);
}

static void write_board_target(FILE *out, const struct as_config *cfg, const struct as_board *board,
                               const char *top)
{
    const struct as_family *family = board->family;

    fprintf(out,
            "\n  %s:\n"
            "    filesets: [rtl, board]\n"
            "    toplevel: %s\n"
            "    flow: %s\n"
            "    flow_options:\n",
            cfg->board.folder, top, family->fusesoc_flow);
    family->fusesoc_options(out, board->device, board->package, cfg->board.clock_khz);
}

enum as_status as_package_fusesoc(struct as_arena *arena, const struct as_config *cfg,
                                  const struct as_board *board, struct as_emit_set *set,
                                  struct as_diag *diag)
{
    struct as_emit_text text;
    const char *top = as_emit_module(arena, cfg, "top");
    FILE *out = as_emit_text_open(&text);

    fprintf(out, "CAPI=2:\n"); /* FuseSoC wants it first */
    as_emit_banner(out, cfg, "#");
    fprintf(out,
            "name: arraysmith:generated:%s:1.0.0\n"
            "description: %s accelerator, %d x %d PEs\n\n",
            cfg->name, cfg->dataflow, cfg->hw.rows, cfg->hw.cols);
    write_filesets(out, set, board, as_arena_printf(arena, "%s" VERILOG, top));
    write_targets(out, as_emit_module(arena, cfg, "system"), board ? "rtl, general" : "rtl");
    if (board)
        write_board_target(out, cfg, board, top);
    return as_emit_text_add(arena, &text, as_arena_printf(arena, "%s.core", cfg->name),
                            "package description for FuseSoC", set, diag);
}
