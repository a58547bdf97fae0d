/* systolic-ws: weights stay, the ifmap and psums are forwarded.
 *
 *             k0     k1        k2     k3     columns: K, two by two (a pair shares a multiplier)
 *   c0 -----> w ---> w --[1]-> w ---> w      ifmap: from pair to pair, one cycle each
 *             |      |         |      |
 *   c1 -[1]-> w ---> w --[1]-> w ---> w      psum: from row to row, so row r is fed r cycles late
 *             |      |         |      |
 *   c2 -[2]-> w ---> w --[1]-> w ---> w
 *             v      v         v      v
 *            acc    acc       acc    acc     sums over weight tiles, 32 bits
 *
 * Unroll: rows C, R, S (taps as well as channels); columns K.  P = Q = 1, since all pixels share a
 * weight.  With R rows and C columns (docs/blocks.md, LAT and the arrays):
 *
 *   fill       A = 3 + array.broadcast + R cycles from a beat to its psum on column 0,
 *              floor(c/2) more on column c
 *   weight tile  max(pixels, R, 2) cycles: the next R x C weights are issued a row a cycle, each
 *              together with the beat that uses it first, so R pixels or more hide them
 *   drain      A + C cycles, once a job that changes its mode or lets lookups follow
 *
 *   a cycle    ifmap R bytes (one ibuf word), weights C bytes in R cycles of a tile, psums C x 32
 *              bits read and written in the accumulators
 *
 *   CONV_2D, FULLY_CONNECTED   a row a channel (or tap and channel); reductions longer than R
 *              accumulate over tiles; FULLY_CONNECTED has one pixel: 1/R of the MACs
 *   DEPTHWISE_CONV_2D          the diagonal: min(R, C) MACs a cycle
 *   AVERAGE_POOL_2D            depthwise with constant weights
 *   MAX_POOL_2D, ADD, SOFTMAX  the lookup unit, one element a cycle, as on every dataflow
 *
 * Good at dense layers with R pixels a tile and more; bad at one pixel and at depthwise.
 *
 * Measured (bench/dataflows.py suits), 64 PEs {C: 8, K: 8}: 99.6 % utilization on
 * conv:H=32,W=32,C=64,K=64,R=3,S=3.
 *
 * Source: Jouppi et al., In-Datacenter Performance Analysis of a Tensor Processing Unit, ISCA 2017.
 * Kung, Why Systolic Architectures?, IEEE Computer 15(1), 1982: class W2. */
#include "gen/config/dataflow.h"

const struct as_dataflow as_dataflow_systolic_ws = {
    .name = "systolic-ws",
    .ifmap = AS_MOVE_FORWARDED,
    .weight = AS_MOVE_STATIONARY,
    .psum = AS_MOVE_FORWARDED,
    .unroll = {[AS_LOOP_K] = 4, [AS_LOOP_C] = 4},
    .line_words = 0,
    .known_as = "TPU v1",
    .suits = "dense layers with many channels and pixels",
};
