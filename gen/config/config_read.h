/* Inside gen/: from the nodes of an ACCEL.yaml to the fields of struct as_config. */
#ifndef AS_GEN_CONFIG_CONFIG_READ_H
#define AS_GEN_CONFIG_CONFIG_READ_H

#include "gen/config/config.h"
#include "gen/config/params.h"
#include "base/yaml.h"

#define AS_CONFIG_ERRORS_MAX 8
#define AS_INDEX_order       AS_PARAM_COUNT

/* One reading: collects up to AS_CONFIG_ERRORS_MAX refusals and remembers where every parameter was
 * set, for refusals that are found later. */
struct as_config_reader {
    struct as_arena *arena;
    struct as_diag *diag;
    struct as_config *cfg;
    int error_count;
    enum as_status status;                              /* of the first refusal */
    const struct as_yaml_node *set[AS_PARAM_COUNT + 1]; /* NULL: default; the last is order */
    bool failed[AS_PARAM_COUNT + 1];                    /* refused already */
};

/* Reports at `node` (its key when `at_key`) unless enough was reported. */
void as_config_refuse(struct as_config_reader *reader, enum as_status status,
                      const struct as_yaml_node *node, bool at_key, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* How a message shows the value of a node. */
const char *as_config_show(const struct as_config_reader *reader, const struct as_yaml_node *node);

/* The word "auto". */
bool as_config_is_auto(const struct as_yaml_node *node);

/* A whole number in decimal without leading zeros; beyond int it saturates. */
bool as_config_number(const struct as_yaml_node *node, int *out);

/* "unknown key": with the nearest of `keys`, or with all of them. */
void as_config_refuse_key(struct as_config_reader *reader, const char *section,
                          const char *const *keys, int count, const struct as_yaml_node *node);

/* auto (*count = 0) or P, Q, K and C in some order; false when refused. */
bool as_config_read_order(struct as_config_reader *reader, const struct as_yaml_node *node,
                          enum as_dim order[AS_DIM_COUNT], int *count);

/* gen/config/config_mapping.c: the keys `mapping` and `goal`. */
void as_config_read_mapping(struct as_config_reader *reader, const struct as_yaml_node *node);
void as_config_read_goal(struct as_config_reader *reader, const struct as_yaml_node *node);
enum as_status as_config_check_mapping(const struct as_config *cfg, struct as_diag *diag);

/* Applies a whole description. */
void as_config_read(struct as_config_reader *reader, const struct as_yaml_node *root);

/* Applies "key=value" as if the file said so. */
void as_config_override(struct as_config_reader *reader, const char *override);

#endif
