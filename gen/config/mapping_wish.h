/* What a description says about how layers become programs: tile sizes, order of the tile loops,
 * and what the mapper minimises where they are auto. */
#ifndef AS_GEN_CONFIG_MAPPING_WISH_H
#define AS_GEN_CONFIG_MAPPING_WISH_H

#include "gen/config/loops.h"

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

/* How one layer is to be mapped. */
struct as_layer_wish {
    int tile[AS_DIM_COUNT];          /* 0 = auto */
    int order_count;                 /* 0 = auto, else AS_DIM_COUNT */
    enum as_dim order[AS_DIM_COUNT]; /* tile loops, outermost first */
    int goal_cycles,
        goal_bytes; /* the mapper minimises their sum; in 1/AS_GOAL_ONE a cycle, a byte */
};

/* How a network is to be mapped (group MAP of the parameters). */
struct as_mapping_wish {
    struct as_layer_wish all; /* of every layer of which no rule says more */
    int rule_count;           /* of `mapping:`, in file order: later ones win */
    struct as_config_rule rule[AS_RULES_MAX];
};

/* The wish for one layer: that for all, with every rule that names the layer's number or its
 * operator (enum as_op), the last one winning. */
struct as_layer_wish as_mapping_wish_of(const struct as_mapping_wish *map, int layer, int op);

#endif
