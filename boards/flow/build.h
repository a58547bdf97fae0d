/* From an accelerator to a bitstream: the parts of `arraysmith build`.
 *
 *   build_flow.c       the order of the steps, and the lock of the folder
 *   build_tools.c      which programs, and their versions
 *   build_mark.c       what is still valid from the last time
 *   build_synthesis.c  Yosys, and whether the netlist fits the device
 *   build_route.c      place and route, several seeds at once
 *   build_budget.c     the board's budget of logic cells by block
 *   build_timing.c     nextpnr's report
 *   build_report.c     the summary for a person and build.json for a machine
 *
 * What depends on the FPGA is in its family's row (boards/family/family.h). */
#ifndef AS_BOARDS_FLOW_BUILD_H
#define AS_BOARDS_FLOW_BUILD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "boards/family/family.h"
#include "boards/flow/board.h"
#include "base/arena.h"
#include "gen/config/config.h"
#include "base/diag.h"

#define AS_BUILD_SEEDS_MAX 64

/* ---- tools ---- */

struct as_tool {
    const char *path;
    const char *version; /* what it says of itself */
};

struct as_tools {
    struct as_tool yosys, route, pack;
};

/* The programs that build for a family: those on PATH that are new enough, else those in .venv
 * below as_home(). */
enum as_status as_tools_find(struct as_arena *arena, const struct as_family *family,
                             struct as_tools *out, struct as_diag *diag);

/* The first number of a version text as major * 1000 + minor ("Version 0.4-1" is 4); -1: none. */
int as_tool_version_number(const char *text);

/* ---- area ---- */

/* Reads a budget: lines of path,block,cells after a heading; `#` begins a comment. */
enum as_status as_blocks_read(struct as_arena *arena, const char *file, struct as_blocks *out,
                              struct as_diag *diag);

/* ---- timing ---- */

struct as_utilization {
    int used, available;
};

/* One place and route. */
struct as_seed {
    int seed;
    bool done;   /* routed; else `complaint` says why not */
    bool reused; /* from an earlier run */
    const char *complaint;
    double seconds;                                 /* of place and route */
    double mhz;                                     /* slowest clock */
    bool closes;                                    /* every clock reaches its constraint */
    struct as_utilization logic;                    /* logic cells */
    struct as_utilization used[AS_COUNT_KINDS_MAX]; /* kinds with a resource of their own */
    double logic_ns, routing_ns;                    /* of the critical path */
    int levels;                                     /* logic cells on it */
    const char *critical;  /* its blocks, "store_unit > mem_arb > store_unit" */
    const char *from, *to; /* its first and last cell */
};

/* Reads the report of `nextpnr --report`. */
enum as_status as_seed_parse(struct as_arena *arena, const struct as_family *family,
                             const json_t *report, const char *label, struct as_blocks *blocks,
                             struct as_seed *seed, struct as_diag *diag);

/* ---- the whole ---- */

struct as_build_options {
    const char *accel; /* as the user called it */
    const char *dir;   /* of all results; created when missing */
    int seed_count, first_seed, jobs;
};

struct as_build {
    const struct as_config *cfg;
    const struct as_board *board;
    const char *dir;
    struct as_tools tools;
    struct as_blocks blocks;
    bool netlist_reused, netlist_counted;
    double synthesis_seconds; /* 0 when reused */
    int seed_count;
    struct as_seed seed[AS_BUILD_SEEDS_MAX];
    int best;              /* index of the fastest seed that closes timing, -1: none */
    const char *bitstream; /* path; NULL: none */
};

/* The sum of all blocks, before nextpnr adds logic cells that legalise carry chains. */
struct as_block as_build_total(const struct as_build *build);

/* Median, least and most MHz of the routed seeds; returns how many those are. */
int as_build_spread(const struct as_build *build, double *median, double *least, double *most);

/* The folder that `build` writes and `flash` reads when none is named. */
const char *as_build_dir(struct as_arena *arena, const struct as_config *cfg);

/* Builds and writes build.json; progress goes to standard output.  AS_ERR_TOOL when no seed could
 * be routed, AS_ERR_NOFIT when none reaches the clock: `build` is filled in, and there is no
 * bitstream. */
enum as_status as_build_run(struct as_arena *arena, const struct as_config *cfg,
                            const struct as_build_options *options, struct as_build *build,
                            struct as_diag *diag);

void as_build_print(FILE *out, const struct as_build *build);

/* Writes build.json. */
enum as_status as_build_save(struct as_arena *arena, const struct as_build *build,
                             struct as_diag *diag);

/* Refuses when build.json in `dir` was not written for `cfg`. */
enum as_status as_build_check_saved(struct as_arena *arena, const char *dir,
                                    const struct as_config *cfg, struct as_diag *diag);

#endif
