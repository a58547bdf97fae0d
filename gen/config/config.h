/* The checked configuration of one accelerator: the only thing that sim/, dataflows/ and models/
 * know of an ACCEL.yaml.  Every number here is inside its bound and every combination can be built;
 * a description that is not is refused by as_config_load and never becomes a struct as_config.
 *
 * Parameters are declared once, in gen/config/params.def.  Derived numbers are computed in
 * gen/config/config.c.
 */
#ifndef AS_GEN_CONFIG_CONFIG_H
#define AS_GEN_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/diag.h"
#include "gen/config/loops.h"

#define AS_NAME_MAX 64

/* How an operand moves along the array: its axes. */
enum as_move { AS_MOVE_FORWARDED, AS_MOVE_BROADCAST, AS_MOVE_STATIONARY, AS_MOVE_TREE };

/* The operand that stays in its PE: it is indexed by both unrolled axes. */
enum as_stays { AS_STAYS_WEIGHT, AS_STAYS_PSUM, AS_STAYS_IFMAP };

/* An entry of `mapping:`: how some layers are tiled and ordered. */
struct as_config_rule {
    int layer;                       /* number of the layer, or -1: every layer of `op` */
    int op;                          /* enum as_op, or -1 */
    int tile[AS_DIM_COUNT];          /* 0 = auto, -1 = not said here */
    int order_count;                 /* 0 = auto, -1 = not said here, else AS_DIM_COUNT */
    enum as_dim order[AS_DIM_COUNT]; /* tile loops, outermost first */
};

#define AS_RULES_MAX      64
#define AS_RULE_LAYER_MAX 9999
#define AS_GOAL_ONE       1000    /* a weight of 1 of the mapper's goal */
#define AS_GOAL_MAX       1000000 /* the largest weight: 1000 */

struct as_config {
    /* from the description; integer fields are generated from gen/config/params.def */
#define AS_PARAM(name, key, dflt, min, max, unit, meaning) int name;
#define AS_ITEM(array, kind, letter, key, dflt, min, max, unit, meaning)
#define AS_TEXT(name, key, dflt, choices, meaning) char name[AS_NAME_MAX];
#include "gen/config/params.def"
#undef AS_PARAM
#undef AS_ITEM
#undef AS_TEXT
    int unroll_given[AS_LOOPS];      /* 0 = 1, and the preset's own when all are 0 */
    int tile[AS_DIM_COUNT];          /* 0 = auto */
    int order_count;                 /* 0 = auto, else the number of entries in order[] */
    enum as_dim order[AS_DIM_COUNT]; /* tile loops, outermost first */
    int goal_cycles,
        goal_bytes; /* the mapper minimises their sum; in 1/AS_GOAL_ONE a cycle, a byte */
    int rule_count; /* of `mapping:`, in file order: later ones win */
    struct as_config_rule rule[AS_RULES_MAX];

    /* derived; the names of docs/blocks.md are in capitals */
    enum as_move ifmap_move, weight_move, psum_move;
    enum as_stays stays;
    int unroll[AS_LOOPS]; /* at least 1 each */
    int rows; /* R: weight or ifmap stays: the unroll R * S * C, row (r * S + s) * C + c; psum
                 stays: P * Q, row p * Q + q */
    int cols; /* C: weight or psum stays: the unroll K; ifmap stays: P * Q */
    bool output_kind;    /* KIND output */
    bool x_forwarded;    /* XF */
    bool psum_forwarded; /* PF */
    bool w_forwarded;    /* WF */
    bool wide;           /* WIDE */
    bool line;           /* LINE */
    int line_words;      /* columns of the line buffer; 0 without LINE */
    bool parts;          /* PARTS */
    bool by_address;     /* BYADDR */
    int tree_stages;     /* TL */
    int latency;         /* A */
    int line_latency;    /* AL */
    int drain_cycles;    /* AL + C, or A + R + C */
    int mem_width_bytes; /* MB: memory word, bytes */
    int mem_words;       /* memory words */
    int addr_bits;       /* byte address into the memory */
    int psum_bits;       /* PW: psum inside the array */
    int ibuf_lanes;      /* IL: bytes of an ifmap-buffer word */
    int load_lanes;      /* D: of them, what a load fills when it says nothing else */
    int line_lanes;      /* LL: bytes of a line-memory word */
    int wbuf_bytes;      /* WL: bytes of a weight-buffer word that the array sees */
    int wbuf_beats;      /* WB: memory words per weight-buffer word */
    int table_pack;      /* TP: table entries in a weight-buffer word */
    int ibuf_addr_bits;  /* word address into both ifmap halves */
    int wbuf_addr_bits;  /* word address into both weight halves */
    int acc_addr_bits;   /* address into one accumulator half */
    bool ibuf_word_mode; /* load_lanes % mem_width_bytes == 0: the load unit may move whole words */
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

/* An unroll as users write it, without the loops that are not unrolled: "K: 4, C: 4", or "none". */
void as_unroll_text(const int unroll[AS_LOOPS], char *out, size_t room);

/* What the description says of one layer: the global tile and order with every rule that names the
 * layer's number or its operator (enum as_op), the last one winning. */
struct as_config_choice {
    int tile[AS_DIM_COUNT]; /* by enum as_dim; 0 = auto */
    int order_count;        /* 0 = auto */
    enum as_dim order[AS_DIM_COUNT];
};
struct as_config_choice as_config_rule(const struct as_config *cfg, int layer, int op);

/* The table of parameters, as text for a terminal or in Markdown. */
void as_config_print_params(FILE *out, bool markdown);

#endif
