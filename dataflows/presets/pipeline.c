/* pipeline: weights stay, the ifmap is broadcast, psums are forwarded.
 *
 *   pixel x        k0        k1        k2        k3
 *     |-- s0 --+---------+---------+---------+    one pixel to all taps and all columns at once
 *     |        w         w         w         w
 *     |        |         |         |         |    psum: to the next tap, where the next pixel
 *     |-- s1 --w---------w---------w---------w    is a cycle later: it waits for it
 *     |        |         |         |         |
 *     '-- s2 --w---------w---------w---------w
 *              v         v         v         v
 *            acc       acc       acc       acc
 *
 * Unroll: rows C, R, S, best the taps of a kernel row; columns K.  P = Q = 1, since all pixels
 * share a weight.  With R rows, TR = unroll.R of them kernel rows, TC = unroll.C:
 *
 *   fill       A = 3 + array.broadcast + R cycles, the same on every column
 *   weight tile  max(pixels, R, 2) cycles, as on systolic-ws
 *   drain      A + C cycles at most
 *
 *   a cycle    ifmap TC bytes (block window keeps TR-1 lines of buffers.line columns, so each pixel
 *              is read once for all its taps), without a line job R bytes; weights C bytes in R
 *              cycles of a tile; psums C x 32 bits read and written in the accumulators
 *
 *   CONV_2D    as a line job: the beats walk whole input rows; of a row of width W, W - S + 1 psums
 *              count; else taps gathered as channels, as on systolic-ws
 *   DEPTHWISE_CONV_2D          a line job in which column k sees channel k: all PEs work
 *   FULLY_CONNECTED            channels gathered into the rows, one pixel: 1/R of the MACs
 *   AVERAGE_POOL_2D            depthwise with constant weights
 *   MAX_POOL_2D, ADD, SOFTMAX  the lookup unit, as on every dataflow
 *
 * Good at kernels with taps in a row, depthwise above all; bad at 1x1 layers whose unroll is spent
 * on taps, and the broadcast grows with the array (array.broadcast).
 *
 * Measured (bench/dataflows.py suits), 64 PEs {S: 4, C: 2, K: 8}: 99.7 % utilization on
 * conv:H=32,W=32,C=64,K=64,R=4,S=4.  Depthwise 3x3, of the taps' ideal: 95.0 % with {S: 3, K: 1},
 * 93.4 % with {S: 3, K: 4} and 86.5 % with {S: 3, K: 8}, the last two with requant.lanes 4; with
 * one lane the store engine, one byte an access, bounds more columns than one.
 *
 * Source: Lin and Chang, Data and Hardware Efficient Design for Convolutional Neural Network, IEEE
 * TCAS-I, 2017.  Kung 1982: class B1, inputs broadcast, results move, weights stay. */
#include "gen/config/dataflow.h"

const struct as_dataflow as_dataflow_pipeline = {
    .name = "pipeline",
    .ifmap = AS_MOVE_BROADCAST,
    .weight = AS_MOVE_STATIONARY,
    .psum = AS_MOVE_FORWARDED,
    .unroll = {[AS_LOOP_K] = 4, [AS_LOOP_S] = 4},
    .line_words = 64,
    .known_as = "Lin and Chang 2017",
    .suits = "kernels with taps in a row; depthwise",
};
