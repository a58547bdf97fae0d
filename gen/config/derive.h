/* The numbers of struct as_hw that follow from the description: each is computed here and nowhere
 * else, so that templates, cycle model, timing and mapper cannot disagree about one. */
#ifndef AS_GEN_CONFIG_DERIVE_H
#define AS_GEN_CONFIG_DERIVE_H

#include <stddef.h>

#include "gen/config/hw.h"

/* Fills every derived field from the fields of the description and from the preset `dataflow`, a
 * name that as_dataflow_find knows.  The fields need not be legal together: what stands here is
 * what the checks of combinations look at. */
void as_hw_derive(struct as_hw *hw, const char *dataflow);

/* An unroll as users write it, without the loops that are not unrolled: "K: 4, C: 4", or "none". */
void as_unroll_text(const int unroll[AS_LOOPS], char *out, size_t room);

#endif
