/* systolic-os: psums stay, the ifmap and weights are forwarded.
 *
 *             k0     k1        k2     k3     weights: from row to row, one cycle each
 *             |      |         |      |
 *   p0 -----> S ---> S --[1]-> S ---> S      ifmap: from pair to pair, one cycle each;
 *             |      |         |      |      row i is fed i cycles late, to meet its weights
 *   p1 -[1]-> S ---> S --[1]-> S ---> S
 *             |      |         |      |      S: the sum of one output, array.psum bits
 *   p2 -[2]-> S ---> S --[1]-> S ---> S
 *             :      :         :      :      drain: a row a cycle while the next tile starts
 *           acc    acc       acc    acc
 *
 * Unroll: rows P, Q (output pixels); columns K.  C = R = S = 1, since the products of a sum over
 * channels and taps belong into one PE, one after the other.  With R rows and C columns:
 *
 *   fill       A = 4 + array.broadcast + TL cycles, TL the registers of the drain's or-tree
 *   tile       R outputs of C channels in max(c * r * s, R) cycles: a short reduction waits for
 *              the drain of the tile before
 *   drain      A + R + C cycles, once a job that lets lookups follow
 *
 *   a cycle    ifmap one byte a row (an ibuf word has memory-word bytes for each row and lasts as
 *              many cycles), weights C bytes in every cycle, psums nothing until the drain: then
 *              C x 32 bits into the accumulators, once for each output instead of each product
 *
 *   CONV_2D    a row a block of output pixels; weights pass once for R pixels
 *   FULLY_CONNECTED            one row of R works, C MACs a cycle
 *   DEPTHWISE_CONV_2D, AVERAGE_POOL_2D   one column in C has a channel's pixel: R MACs a cycle
 *   MAX_POOL_2D, ADD, SOFTMAX  the lookup unit, as on every dataflow
 *
 * Good at long reductions over many pixels, and psums never leave; bad where few pixels share
 * weights, at depthwise, and in logic: an adder and two registers of array.psum bits a PE.
 *
 * Measured (bench/dataflows.py suits), 64 PEs {P: 8, K: 8}: 99.4 % utilization on
 * conv:H=32,W=32,C=64,K=64,R=3,S=3.
 *
 * Source: Wei et al., Automated Systolic Array Architecture Synthesis for High Throughput CNN
 * Inference on FPGAs, DAC 2017; Genc et al., Gemmini, DAC 2021 (its OS mode).  Kung 1982: class R2.
 */
#include "gen/config/dataflow.h"

const struct as_dataflow as_dataflow_systolic_os = {
    .name = "systolic-os",
    .ifmap = AS_MOVE_FORWARDED,
    .weight = AS_MOVE_FORWARDED,
    .psum = AS_MOVE_STATIONARY,
    .unroll = {[AS_LOOP_K] = 4, [AS_LOOP_P] = 4},
    .line_words = 0,
    .known_as = "Gemmini OS, Wei 2017",
    .suits = "long reductions over many pixels",
};
