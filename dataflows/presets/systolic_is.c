/* systolic-is: the ifmap stays, weights and psums are forwarded.
 *
 *             p0     p1        p2     p3     columns: output pixels, two by two (a pair shares a
 *             |      |         |      |      multiplier)
 *   c0 -----> i ---> i --[1]-> i ---> i      weight: from pair to pair, one cycle each
 *             |      |         |      |
 *   c1 -[1]-> i ---> i --[1]-> i ---> i      psum: from row to row, so row r is fed r cycles late
 *             |      |         |      |
 *   c2 -[2]-> i ---> i --[1]-> i ---> i
 *             v      v         v      v
 *            acc    acc       acc    acc     an address an output channel, 32 bits
 *
 * Unroll: rows C, R, S; columns P, Q.  K = 1, since all output channels share a pixel.  With R rows
 * and C columns (docs/blocks.md, LAT and the arrays) it is the array of systolic-ws with the
 * operands exchanged:
 *
 *   fill       A = 3 + array.broadcast + R cycles from a beat to its psum on column 0,
 *              floor(c/2) more on column c
 *   pixel tile  max(output channels, R, 2) cycles: the next R x C ifmap elements are issued a row
 *              a cycle
 *   drain      A + C cycles, once a job that changes its mode or lets lookups follow
 *
 *   a cycle    weights R bytes (one ibuf word), ifmap C bytes in R cycles of a tile, psums C x 32
 *              bits read and written in the accumulators
 *
 *   CONV_2D, FULLY_CONNECTED   a row a channel (or tap and channel), a column a pixel; beats run
 *              over output channels.  Pixels are gathered byte by byte into the weight buffer:
 *              R x C loads a tile, so it takes R x C output channels and more to hide them;
 *              FULLY_CONNECTED has one pixel: 1/C of the MACs
 *   DEPTHWISE_CONV_2D, AVERAGE_POOL_2D   one output channel a tile: the gathers bound it
 *   MAX_POOL_2D, ADD, SOFTMAX  the lookup unit, one element a cycle, as on every dataflow
 *
 * Good at few pixels and many output channels; bad at depthwise and at layers with few output
 * channels.
 *
 * Measured (bench/dataflows.py suits), 64 PEs {C: 8, Q: 8}: 92.0 % utilization on
 * conv:H=16,W=16,C=64,K=512,R=3,S=3.
 *
 * Source: Kung, Why Systolic Architectures?, IEEE Computer 15(1), 1982; Samajdar et al., SCALE-Sim,
 * arXiv 1811.02883, whose IS is this one. */
#include "gen/config/dataflow.h"

const struct as_dataflow as_dataflow_systolic_is = {
    .name = "systolic-is",
    .ifmap = AS_MOVE_STATIONARY,
    .weight = AS_MOVE_FORWARDED,
    .psum = AS_MOVE_FORWARDED,
    .unroll = {[AS_LOOP_C] = 4, [AS_LOOP_Q] = 4},
    .line_words = 0,
    .known_as = "SCALE-Sim IS",
    .suits = "few pixels, many output channels",
};
