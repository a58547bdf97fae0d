/* A configuration as a description again, for another program. */
#ifndef AS_GEN_CONFIG_CONFIG_WRITE_H
#define AS_GEN_CONFIG_CONFIG_WRITE_H

#include <stdio.h>

#include "gen/config/config.h"

/* Writes an ACCEL.yaml that as_config_load makes the same hardware of, under the same name, on the
 * same board.  What only mapping asks (tile, order, goal) is left out: it is in the program. */
void as_config_write(FILE *out, const struct as_config *cfg);

#endif
