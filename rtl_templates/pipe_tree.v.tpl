// pipe_tree.v - N words become one by a binary tree of adders (or of OR gates), with registers
// inside.
//
// Level by level, words 2n and 2n+1 meet and an odd last one passes.  A register stands behind
// every TREE levels and behind the last one; N = 1 is one register.  Throughput 1, latency
// max(1, ceil(levels / TREE)).  Words are signed; a level of adders makes them a bit wider, to W.
// Specification: docs/blocks.md, 8.
`default_nettype none

module pipe_tree #(
  parameter N      = 4,                     // words
  parameter IN_W   = 16,                    // width of a word in bits
  parameter W      = 18,                    // width of the result in bits
  parameter TREE   = 2,                     // levels between two registers
  parameter OR     = 0                      // 1: or, not add; then IN_W = W
) (
  input  wire              clk_i,
  input  wire [N*IN_W-1:0] word_i,
  output wire [W-1:0]      result_o
);

  localparam LEVELS = (N > 1) ? $clog2(N) : 1;      // one word: a level that only has the register

  genvar l, n;
  generate
    for (l = 0; l <= LEVELS; l = l + 1) begin : g_level
      localparam WORDS = (N + (1 << l) - 1) >> l;   // that leave this level
      localparam L_W   = (OR != 0 || IN_W + l > W) ? W : IN_W + l;
      wire [WORDS*L_W-1:0] out;
      if (l == 0) begin : g_in
        assign out = word_i;
      end else begin : g_meet
        localparam BELOW  = (N + (1 << (l-1)) - 1) >> (l-1);
        localparam B_W    = (OR != 0 || IN_W + l - 1 > W) ? W : IN_W + l - 1;
        localparam STAGE  = (l % TREE == 0 || l == LEVELS) ? 1 : 0;
        wire [WORDS*L_W-1:0] met;
        for (n = 0; n < WORDS; n = n + 1) begin : g_word
          wire [B_W-1:0] a = g_level[l-1].out[2*n*B_W +: B_W];
          wire [L_W-1:0] a_ext = {{L_W-B_W+1{a[B_W-1]}}, a[B_W-2:0]};
          if (2*n + 1 < BELOW) begin : g_two
            wire [B_W-1:0] b = g_level[l-1].out[(2*n+1)*B_W +: B_W];
            wire [L_W-1:0] b_ext = {{L_W-B_W+1{b[B_W-1]}}, b[B_W-2:0]};
            if (OR != 0) begin : g_or
              assign met[n*L_W +: L_W] = a_ext | b_ext;
            end else begin : g_add
              assign met[n*L_W +: L_W] = a_ext + b_ext;
            end
          end else begin : g_one
            assign met[n*L_W +: L_W] = a_ext;
          end
        end
        if (STAGE != 0) begin : g_reg
          reg [WORDS*L_W-1:0] out_q;
          always @(posedge clk_i) out_q <= met;
          assign out = out_q;
        end else begin : g_through
          assign out = met;
        end
      end
    end
  endgenerate

  localparam OUT_W = (OR != 0 || IN_W + LEVELS > W) ? W : IN_W + LEVELS;
  wire [OUT_W-1:0] sum = g_level[LEVELS].out;
  assign result_o = {{W-OUT_W+1{sum[OUT_W-1]}}, sum[OUT_W-2:0]};
endmodule
`default_nettype wire
