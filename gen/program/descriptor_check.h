/* What a descriptor asks of an accelerator: one that suits it counts no further than its counters,
 * uses only hardware that is there, and stays inside its buffers.
 *
 * Each check returns false after writing into `fault` what the descriptor does and the bound:
 * "fills lanes of array row 4; the array has 4 rows". */
#ifndef AS_GEN_PROGRAM_DESCRIPTOR_CHECK_H
#define AS_GEN_PROGRAM_DESCRIPTOR_CHECK_H

#include "gen/config/hw.h"
#include "gen/program/descriptor.h"

#define AS_FAULT_ROOM 160 /* bytes of a fault */

/* The end of the words of the half that a load fills. */
int64_t as_load_end(const struct as_hw *hw, const struct as_load_desc *desc);

bool as_load_check(const struct as_hw *hw, const struct as_load_desc *desc,
                   char fault[AS_FAULT_ROOM]);

/* `ifmap_words` and `weight_words` of the halves that it reads were loaded. */
bool as_compute_check(const struct as_hw *hw, const struct as_compute_desc *desc,
                      int64_t ifmap_words, int64_t weight_words, char fault[AS_FAULT_ROOM]);

/* It may write the bytes from `low` to below `high`. */
bool as_store_check(const struct as_hw *hw, const struct as_store_desc *desc, int64_t low,
                    int64_t high, char fault[AS_FAULT_ROOM]);

#endif
