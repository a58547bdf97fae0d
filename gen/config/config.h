/* The checked configuration of one accelerator: the only thing that the other folders know of an
 * ACCEL.yaml, in three parts: hardware, mapping, board.  Every number here is inside its bound and
 * every combination can be built; a description that is not is refused by as_config_load and never
 * becomes a struct as_config.
 *
 * Parameters are declared once, in gen/config/params.def.  Derived numbers are computed in
 * gen/config/derive.c. */
#ifndef AS_GEN_CONFIG_CONFIG_H
#define AS_GEN_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/diag.h"
#include "gen/config/derive.h"
#include "gen/config/hw.h"
#include "gen/config/mapping_wish.h"

/* Where the hardware is to run: its board, its clock, its host (group BOARD). */
struct as_board_wish {
#define AS_FIELDS_OF_HW(field)
#define AS_FIELDS_OF_MAP(field)
#define AS_FIELDS_OF_BOARD(field) field
#define AS_FIELDS_OF_NAME(field)
#include "gen/config/params_fields.h"
};

/* All of a description.  sim/blocks/ and dataflows/ take the part that they need. */
struct as_config {
#define AS_FIELDS_OF_HW(field)
#define AS_FIELDS_OF_MAP(field)
#define AS_FIELDS_OF_BOARD(field)
#define AS_FIELDS_OF_NAME(field) field /* names, for messages and reports */
#include "gen/config/params_fields.h"
    struct as_hw hw;
    struct as_mapping_wish map;
    struct as_board_wish board;
};

/* Reads ACCEL.yaml (or the default accelerator of a board, by its name), applies `overrides`
 * ("key=value", dotted keys), checks, derives.  Messages carry file:line:column, the line, the
 * bound and the nearest valid key.  `overrides` may be NULL when count is 0. */
enum as_status as_config_load(struct as_arena *arena, const char *accel,
                              const char *const *overrides, int override_count,
                              struct as_config **out, struct as_diag *diag);

/* The same for a description in memory; `label` is what messages call it. */
enum as_status as_config_parse(struct as_arena *arena, const char *label, const char *text,
                               size_t bytes, const char *const *overrides, int override_count,
                               struct as_config **out, struct as_diag *diag);

/* A configuration of defaults, checked and derived. */
void as_config_default(struct as_config *cfg);

/* For a caller that changed the dataflow or the unroll: what these have no place for (buffers.line,
 * array.block_sum, requant.lanes) gets its default. */
void as_config_drop_unused(struct as_config *cfg);

/* Checks bounds and combinations of the parameters in `cfg` and derives the rest: for a caller that
 * sets fields itself, such as a sweep.  Messages name the key, without a place. */
enum as_status as_config_check(struct as_config *cfg, struct as_diag *diag);

/* The table of parameters, as text for a terminal or in Markdown. */
void as_config_print_params(FILE *out, bool markdown);

#endif
