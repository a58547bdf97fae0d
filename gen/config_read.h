/* Inside gen/: from the nodes of an ACCEL.yaml to the fields of struct as_config. */
#ifndef AS_GEN_CONFIG_READ_H
#define AS_GEN_CONFIG_READ_H

#include "gen/config.h"
#include "gen/params.h"
#include "gen/yaml.h"

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

/* Applies a whole description. */
void as_config_read(struct as_config_reader *reader, const struct as_yaml_node *root);

/* Applies "key=value" as if the file said so. */
void as_config_override(struct as_config_reader *reader, const char *override);

#endif
