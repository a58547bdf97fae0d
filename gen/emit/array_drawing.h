/* A picture of the array: its PEs, and how each operand moves between them. */
#ifndef AS_GEN_EMIT_ARRAY_DRAWING_H
#define AS_GEN_EMIT_ARRAY_DRAWING_H

#include <stdio.h>

#include "gen/config/config.h"

/* Writes the array of `cfg` as SVG.  The same configuration gives the same bytes.  Of more than
 * four rows or columns the first three and the last are drawn. */
void as_draw_array(FILE *out, const struct as_config *cfg);

#endif
