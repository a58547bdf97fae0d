/* gen/config/params.def as a table: for the parser, for help texts, for sweeps over any parameter.
 */
#ifndef AS_GEN_CONFIG_PARAMS_H
#define AS_GEN_CONFIG_PARAMS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "gen/config/config.h"

/* The place of each parameter in as_params[], e.g. AS_INDEX_unroll_given_C. */
enum as_param_index {
#define AS_PARAM(group, name, key, dflt, min, max, unit, meaning) AS_INDEX_##name,
#define AS_ITEM(group, array, kind, letter, key, dflt, min, max, unit, meaning)                    \
    AS_INDEX_##array##_##letter,
#define AS_TEXT(group, name, key, dflt, choices, meaning) AS_INDEX_##name,
#include "gen/config/params.def"
#undef AS_PARAM
#undef AS_ITEM
#undef AS_TEXT
    AS_PARAM_COUNT
};

enum as_param_group { AS_GROUP_HW, AS_GROUP_MAP, AS_GROUP_BOARD, AS_GROUP_NAME };

struct as_param {
    enum as_param_group group;
    const char *name;      /* its field */
    const char *key;       /* dotted key of ACCEL.yaml */
    bool is_text;          /* a name; else a whole number */
    size_t offset;         /* of the field */
    int dflt, min, max;    /* number */
    const char *text_dflt; /* text */
    const char *choices;   /* text: "@boards", "@dataflows", "@moves_...", or "" for a free name */
    const char *unit;      /* number */
    const char *meaning;
};

extern const struct as_param as_params[AS_PARAM_COUNT];

/* The parameter of that dotted key, or NULL. */
const struct as_param *as_param_find(const char *key);

int as_param_get(const struct as_config *config, const struct as_param *param);
void as_param_set(struct as_config *config, const struct as_param *param, int value);
const char *as_param_text(const struct as_config *config, const struct as_param *param);
void as_param_set_text(struct as_config *config, const struct as_param *param, const char *text);

/* What the parameter may be, in words: "1..64 PEs", "8 bits, the only width so far". */
void as_param_bound(const struct as_param *param, char *out, size_t room);

/* The words that a movement.* may be, or NULL for another parameter. */
const char *const *as_param_moves(const struct as_param *param, int *count);

/* The keys that are no single number or word. */
struct as_list_key {
    const char *key, *dflt, *bound, *meaning;
};
extern const struct as_list_key as_config_list_keys[];
extern const int as_config_list_key_count;

/* "none", then the boards below as_home() in alphabetical order; the array lives in `arena`. */
const char *const *as_board_names(struct as_arena *arena, int *count);

#endif
