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

/* The control word that follows a beat to the accumulators, above its address. */
enum as_ctl_bit {
    AS_CTL_LAST,   /* hand the drain half to store */
    AS_CTL_HALF,   /* of the drain RAM */
    AS_CTL_EMIT,   /* write the drain RAM too */
    AS_CTL_OVR,    /* overwrite the accumulator */
    AS_CTL_LOOKUP, /* a table entry instead of a psum */
    AS_CTL_VALID,
    AS_CTL_MUL /* operators.products: multiply the accumulator */
};

/* What accompanies a beat of an array in which psums stay, above the byte of its ifmap word. */
enum as_mac_bit { AS_MAC_LAST, AS_MAC_FIRST, AS_MAC_EN };

#endif
