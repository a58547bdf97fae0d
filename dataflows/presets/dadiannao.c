/* dadiannao: weights stay in a memory of each PE, the ifmap is broadcast, a tree adds.
 *
 *           k0        k1        k2        k3
 *   c0 --+---------+---------+---------+     ifmap: to all columns in one cycle
 *        v         v         v         v
 *       [w]--.    [w]--.    [w]--.    [w]--.
 *   c1 --+---|-----+---|-----+---|-----+   |     w: the weights of the PE for every tile of the
 *        v   |     v   |     v   |     v   |     half, next to its multiplier
 *       [w]--+    [w]--+    [w]--+    [w]--+
 *            S         S         S         S     S: adder tree of the column
 *           acc       acc       acc       acc
 *
 * Unroll: rows C, R, S; columns K.  P = Q = 1, since all pixels share a weight.  With R rows:
 *
 *   fill       A = 3 + array.broadcast + TL cycles, the same on every column; TL = the tree's
 *              ceil(log2 R) levels by array.tree, rounded up, at least 1
 *   weight tile  max(pixels, 2) cycles: one word of the weight buffer has the weights of all PEs,
 *              so a new tile costs nothing
 *   drain      A + C cycles at most
 *
 *   a cycle    ifmap R bytes (one ibuf word), weights R x C bytes in a tile's first cycle, psums
 *              C x 32 bits read and written in the accumulators
 *
 *   CONV_2D, FULLY_CONNECTED   a row a channel (or tap and channel), as on systolic-ws; one pixel
 *              costs two cycles a tile instead of R
 *   DEPTHWISE_CONV_2D, AVERAGE_POOL_2D   the diagonal: min(R, C) MACs a cycle
 *   MAX_POOL_2D, ADD, SOFTMAX  the lookup unit; a word of the weight buffer holds several entries
 *
 * Good at few pixels (FULLY_CONNECTED, the last layers of a network); bad at depthwise, and its
 * broadcast and tree grow with the array: array.broadcast and array.tree cut them into stages.
 * The weight buffer is R x C bytes wide, on an FPGA at least that many block RAM ports.
 *
 * Measured (bench/dataflows.py suits), 64 PEs {C: 8, K: 8}: 99.5 % utilization on
 * conv:H=32,W=32,C=64,K=64,R=3,S=3.
 *
 * Source: Chen et al., DaDianNao: A Machine-Learning Supercomputer, MICRO 2014 (its NFU: 16 inputs
 * to 16 neurons of 16 synapses each).  Outside Kung's classes: no operand moves from PE to PE. */
#include "gen/config/dataflow.h"

const struct as_dataflow as_dataflow_dadiannao = {
    .name = "dadiannao",
    .ifmap = AS_MOVE_BROADCAST,
    .weight = AS_MOVE_STATIONARY,
    .psum = AS_MOVE_TREE,
    .unroll = {[AS_LOOP_K] = 4, [AS_LOOP_C] = 4},
    .line_words = 0,
    .known_as = "DaDianNao, NVDLA",
    .suits = "few pixels: a weight tile costs no fill",
};
