/* What the fields of a descriptor, the buffers and the load unit of an accelerator hold. */
#ifndef AS_DATAFLOWS_SCHEDULE_LIMITS_H
#define AS_DATAFLOWS_SCHEDULE_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gen/config/hw.h"
#include "gen/program/program.h"

/* Iterations of a descriptor's loop, at most. */
int as_count_max(const struct as_hw *hw);

/* The coordinates of a load along one axis say what is padding, whatever is, when one loop goes
 * over `outputs` in steps of `stride` and another over `taps` in steps of `dilation`. */
bool as_coordinates_reach(const struct as_hw *hw, int outputs, int stride, int taps, int dilation);

/* Words of half a weight buffer that one load can fill, and the bytes of a word in memory. */
int as_weight_room(const struct as_hw *hw);
size_t as_wbuf_word_bytes(const struct as_hw *hw);
/* Weight-buffer words of a weight tile (rows x columns), and the cycles of one over `beats` beats,
 * in which the next one is loaded. */
int as_tile_words(const struct as_hw *hw);
int64_t as_tile_cycles(const struct as_hw *hw, int64_t beats);

/* Weight-buffer words of a lookup table, and its bytes in memory. */
int as_table_words(const struct as_hw *hw);
size_t as_table_bytes(const struct as_hw *hw);

/* Bytes that the parameter record of an output channel takes in memory. */
size_t as_param_bytes(const struct as_hw *hw);

/* Lanes of the ifmap buffer that a load fills. */
int as_lane_count(const struct as_hw *hw, enum as_load_lanes lanes);
/* The load unit may move words into `lanes` lanes: a pixel's channels, of which an ibuf word takes
 * `unit_c`, are whole, aligned words. */
bool as_moves_words(const struct as_hw *hw, int lanes, int image_channels, int unit_c);

#endif
