/* Constants of the hardware that no configuration changes.  Specification: docs/blocks.md. */
#ifndef AS_GEN_CONFIG_HW_H
#define AS_GEN_CONFIG_HW_H

/* Widest fields of the descriptor format; a configuration's hardware may take fewer bits
 * (count_bits, coord_bits). */
#define AS_COUNT_BITS   10 /* a loop count field holds N-1: 1..1024 */
#define AS_COORD_BITS   11 /* signed image coordinate */
#define AS_STEP_BITS    4  /* coordinate step (stride, dilation): 0..15 */
#define AS_STEP_MAX     ((1 << AS_STEP_BITS) - 1)
#define AS_PERF_COUNT   16 /* performance counters, 32 bits each; the last three read 0 */
#define AS_STREAM_ALIGN 16 /* bytes; descriptor streams and parameter records start on this */

#endif
