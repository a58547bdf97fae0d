/* From a checked configuration to files: the Verilog of an accelerator and all that lies beside it.
 *
 * The same configuration gives the same bytes.  Templates are rtl_templates/NAME.v.tpl; every
 * number in them is computed here. */
#ifndef AS_GEN_EMIT_EMIT_H
#define AS_GEN_EMIT_EMIT_H

#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "gen/config/config.h"
#include "base/diag.h"
#include "base/template.h"

#define AS_HOST_TIMEOUT_BITS                                                                       \
    16                        /* log2 of the idle cycles after which the host link drops a frame */
#define AS_EMIT_FILES_MAX 128 /* of a generator */

/* One generated file, in memory. */
struct as_emit_file {
    const char *name; /* in the folder that is written, with at most one folder of its own */
    const char *text;
    size_t bytes;
    const char *purpose; /* for README.md */
};

struct as_emit_set {
    int count;
    int design_count; /* of file[], from the first on: the modules of the design; behind them lies
                       * what belongs to it */
    struct as_emit_file file[AS_EMIT_FILES_MAX + 1]; /* and the list of them */
};

/* What the host reads to know that a program fits the hardware it talks to: a hash of every
 * parameter that a program depends on or that changes a cycle. */
uint16_t as_config_id(const struct as_config *cfg);

/* The names that templates may use. */
struct as_symbols *as_emit_symbols(struct as_arena *arena, const struct as_config *cfg);

/* A file of the set that is written, not rendered: what goes to `out`, until it is added. */
struct as_emit_text {
    FILE *out;
    char *text;
    size_t bytes;
};

/* Opens a text, which has to stay where it is, and returns `out`; as_emit_text_add closes it and
 * appends it to `set`. */
FILE *as_emit_text_open(struct as_emit_text *text);
enum as_status as_emit_text_add(struct as_arena *arena, struct as_emit_text *text, const char *name,
                                const char *purpose, struct as_emit_set *set, struct as_diag *diag);

/* Two lines that say where a generated file comes from, each after `comment` ("//", "#"). */
void as_emit_banner(FILE *out, const struct as_config *cfg, const char *comment);

/* Renders the template at `path` with its banner, after // in Verilog and # in all else, and
 * appends it to `set` as `name`. */
enum as_status as_emit_template(struct as_arena *arena, const struct as_config *cfg,
                                const struct as_symbols *symbols, const char *path,
                                const char *name, struct as_emit_set *set, struct as_diag *diag);

/* What the module of template `name` is called: the accelerator's name goes before it, so that two
 * accelerators are at home in one design. */
const char *as_emit_module(struct as_arena *arena, const struct as_config *cfg, const char *name);

/* Every block as its template has it, one file a template, in alphabetical order. */
enum as_status as_emit_blocks(struct as_arena *arena, const struct as_config *cfg,
                              struct as_emit_set *set, struct as_diag *diag);

/* Makes of rendered templates a design: the modules that `top` needs, each behind those that it
 * places, then the forms of them that a device has cells for (FOLDER/NAME.v); files and modules
 * have the names of as_emit_module. */
void as_emit_design(struct as_arena *arena, const struct as_config *cfg, const char *top,
                    struct as_emit_set *set);

/* The design of `top`, a template's name, without a board: what is simulated. */
enum as_status as_emit_rtl(struct as_arena *arena, const struct as_config *cfg, const char *top,
                           struct as_emit_set *set, struct as_diag *diag);

/* Refuses a folder that nobody means to fill: one without a name, and the root. */
enum as_status as_emit_check_place(const char *dir, struct as_diag *diag);

/* Writes `set` to the folder `dir`.  A new folder appears complete or not at all; in an existing
 * one each file is replaced in one step, what an earlier set left there and this one has not is
 * removed, and a file that was not generated is neither replaced nor removed. */
enum as_status as_emit_write(struct as_arena *arena, const struct as_emit_set *set, const char *dir,
                             struct as_diag *diag);

#endif
