/* The parameters of an accelerator for machines. */
#ifndef AS_GEN_CONFIG_CONFIG_JSON_H
#define AS_GEN_CONFIG_CONFIG_JSON_H

#include <jansson.h>

#include "gen/config/config.h"

/* An object with every parameter by its dotted key, in the order of params.def; the caller's. */
json_t *as_config_json(const struct as_config *cfg);

#endif
