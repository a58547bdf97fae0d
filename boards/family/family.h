/* A family of FPGAs: what arraysmith must know to build for its devices.
 *
 * One row a family, one folder a family: boards/family/NAME/ defines as_family_NAME, and its
 * primitives are rtl_templates/tech/NAME/MODULE.v.tpl, each with the module name and the ports of
 * the template that it replaces.  Everything else of the flow (boards/flow) is the same for all:
 * Yosys reads the Verilog, nextpnr places and routes one process a seed and writes its report. */
#ifndef AS_BOARDS_FAMILY_FAMILY_H
#define AS_BOARDS_FAMILY_FAMILY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/template.h"
#include "gen/config/config.h"

#define AS_COUNT_KINDS_MAX  12
#define AS_FAMILY_ARGS_MAX  32
#define AS_BUILD_BLOCKS_MAX 64

/* ---- what is counted ---- */

/* What a device has a number of, as messages and nextpnr's report call it. */
struct as_resource {
    const char *key;    /* in build.json, "ebrs" */
    const char *name;   /* "EBR" */
    const char *what;   /* in a message, "EBR blocks" */
    const char *report; /* in the utilization of nextpnr's report; NULL: no resource of its own */
    const char *hint;   /* what to lower when there are too few, begins with "; "; or "" */
};

/* A column of the table of blocks: one kind of cell of a netlist. */
struct as_count_kind {
    struct as_resource resource;
    bool logic; /* one of it takes one logic cell */
};

/* One block: every cell whose hierarchical name begins with `path`, unless a longer one fits. */
struct as_block {
    const char *path;
    const char *name;
    int budget_cells;          /* logic cells; 0: none */
    int n[AS_COUNT_KINDS_MAX]; /* cells of each kind of the family */
};

struct as_blocks {
    int count; /* the last one is `top`: what no path fits */
    struct as_block block[AS_BUILD_BLOCKS_MAX];
};

/* The block of that cell or net name. */
struct as_block *as_blocks_find(struct as_blocks *blocks, const char *name);

/* ---- devices and boards ---- */

struct as_device {
    const char *name;            /* as nextpnr's option, without dashes */
    int logic_cells;             /* what nextpnr finds on it */
    int has[AS_COUNT_KINDS_MAX]; /* of each kind with a resource of its own */
};

/* A module that a device implements by cells of its own instead of by general Verilog. */
struct as_primitive {
    const char *module;
    int kind; /* of the cells that it takes: a device that has none keeps the general form; -1: all
                 devices have them */
};

/* One wire between board and FPGA. */
struct as_pin {
    const char *port; /* of the top level; NULL: the board has none */
    const char *pin;  /* as the package calls it */
    bool active_low;
};

/* ---- tools ---- */

/* A program and the oldest version that is good enough. */
struct as_tool_need {
    const char *native, *packaged; /* on PATH; in .venv/bin */
    const char *option, *mark;     /* that makes it print its version, which begins with `mark` */
    int minimum;                   /* as as_tool_version_number gives it; 0: any */
};

/* One place and route.  File names are relative to the folder it runs in. */
struct as_route_job {
    const struct as_device *device;
    const char *package;
    int clock_khz, seed;
    const char *netlist, *constraints; /* in */
    const char *placed, *report;       /* out */
};

struct as_family {
    const char *name;
    const struct as_device *devices;
    int device_count;
    struct as_resource logic_cell;
    const char *cells; /* several logic cells, as the heading of a column: "LCs" */
    const struct as_count_kind *kinds;
    int kind_count;
    const struct as_primitive *primitives;
    int primitive_count;
    const char *const *plls; /* words that `pll:` of a board may be; NULL ends them */
    const char *constraints; /* name of the file of pins */
    const char *added;       /* what place and route adds to the logic cells; NULL: nothing */
    const char *note;        /* how cells are counted, below the table of blocks */
    const char *lut_output;  /* port of a look-up table, which marks a level of a path */
    struct as_tool_need route, pack;

    /* FuseSoC: the flow, the type of the file of pins, and a function that writes the flow's
     * options for a device as the members of a YAML mapping, each line indented by six. */
    const char *fusesoc_flow, *fusesoc_type;
    void (*fusesoc_options)(FILE *out, const struct as_device *device, const char *package,
                            int clock_khz);

    /* Refuses an accelerator that no board with that device can hold; `label` is what messages call
     * it, `board` the board. */
    enum as_status (*check)(const struct as_device *device, const char *board,
                            const struct as_config *cfg, const char *label, struct as_diag *diag);

    /* The clock nearest to `khz` that a PLL of that word makes of the board's clock, in kHz; false:
     * none.  Sets the names that tech/NAME/pll.v.tpl uses, unless `symbols` is NULL. */
    bool (*clock)(const char *pll, double board_khz, double khz, double *made,
                  struct as_symbols *symbols);

    /* Writes the file of pins, the board's clock with its frequency. */
    void (*pins)(FILE *out, const struct as_pin *pins, int count, double board_mhz);

    /* Yosys commands after the sources are read, which end with netlist.json; the top is `top`. */
    const char *(*synthesis)(struct as_arena *arena, const struct as_device *device);

    /* Counts the cells of a Yosys netlist into the blocks. */
    enum as_status (*count)(struct as_blocks *blocks, const json_t *netlist, struct as_diag *diag);

    /* The arguments after the program's name, NULL ends them: of place and route, and of turning
     * its result into the file that the board is flashed with. */
    void (*route_arguments)(struct as_arena *arena, const struct as_route_job *job,
                            const char *argv[AS_FAMILY_ARGS_MAX]);
    void (*pack_arguments)(const char *placed, const char *bitstream,
                           const char *argv[AS_FAMILY_ARGS_MAX]);
};

/* Logic cells of a block. */
int as_block_logic(const struct as_family *family, const struct as_block *block);

#endif
