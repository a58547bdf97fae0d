/* streaming: weights stay, the ifmap is forwarded without pause, a tree adds.
 *
 *   pixels --> line buffer --> window
 *                               |         k0        k1  |     k2        k3
 *     the newest pixel          s2 ------ w ------- w --[1]-- w ------- w
 *     one cycle older           s1 ------ w ------- w --[1]-- w ------- w
 *     two cycles older          s0 ------ w ------- w --[1]-- w ------- w
 *                                         '-. all rows of a column .-'
 *     a shift register: each pixel        S         S         S         S     S: adder tree
 *     passes all taps of its row         acc       acc       acc       acc
 *
 * Unroll: rows C, R, S, best the taps of a kernel row or kernel; columns K.  P = Q = 1, since all
 * pixels share a weight.  With R rows, TR = unroll.R, TS = unroll.S, TC = unroll.C:
 *
 *   fill       A = 3 + array.broadcast + TL cycles, TS - 1 more in a line job, floor(c/2) more on
 *              column c; TL = the tree's ceil(log2 R) levels by array.tree, rounded up, at least 1
 *   weight tile  max(pixels, 2) cycles: one word of the weight buffer has the weights of all PEs
 *   drain      A + TS - 1 + C cycles at most
 *
 *   a cycle    ifmap TC bytes in a line job (TR-1 lines of buffers.line columns keep the rows
 *              above), else R bytes; weights R x C bytes in a tile's first cycle; psums C x 32
 *              bits read and written in the accumulators
 *
 *   CONV_2D    as a line job: the beats walk whole input rows, and of a row of width W, W - S + 1
 *              psums count; else taps gathered as channels, as on dadiannao
 *   DEPTHWISE_CONV_2D          a line job in which column k sees channel k: all PEs work
 *   FULLY_CONNECTED            channels gathered into the rows, two cycles a tile
 *   AVERAGE_POOL_2D            depthwise with constant weights
 *   MAX_POOL_2D, ADD, SOFTMAX  the lookup unit, as on every dataflow
 *
 * Good at kernels with taps in a row, depthwise above all, with one byte of ifmap a cycle; bad at
 * 1x1 layers whose unroll is spent on taps; the weight buffer is R x C bytes wide.
 *
 * Measured (bench/dataflows.py suits), 64 PEs {S: 4, C: 2, K: 8}: 99.7 % utilization on
 * conv:H=32,W=32,C=64,K=64,R=4,S=4.  Depthwise 3x3, of the taps' ideal: 95.0 % with {S: 3, K: 1},
 * 93.4 % with {S: 3, K: 4} and 86.5 % with {S: 3, K: 8}, the last two with requant.lanes 4; with
 * one lane the store engine, one byte an access, bounds more columns than one.
 *
 * Source: Du et al., A Reconfigurable Streaming Deep Convolutional Neural Network Accelerator for
 * Internet of Things, IEEE TCAS-I 65(1), 2018, arXiv 1707.02973.  Kung 1982: class F, results fan
 * in, inputs move. */
#include "gen/config/dataflow.h"

const struct as_dataflow as_dataflow_streaming = {
    .name = "streaming",
    .ifmap = AS_MOVE_FORWARDED,
    .weight = AS_MOVE_STATIONARY,
    .psum = AS_MOVE_TREE,
    .unroll = {[AS_LOOP_K] = 4, [AS_LOOP_S] = 4},
    .line_words = 64,
    .known_as = "Du 2017",
    .suits = "kernels with taps in a row; depthwise",
};
