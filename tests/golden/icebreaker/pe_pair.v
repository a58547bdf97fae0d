// GENERATED from rtl_templates/pe_pair.v.tpl - edit the template, then run `make golden`.
// config: icebreaker-4x4  systolic-ws unroll={K: 4, C: 4} memory.width=32
// pe_pair.v - two weight-stationary PEs of one row that see the same ifmap element and share a dual
// multiplier.
//
// A PE multiplies the passing ifmap element with its weight and adds the psum from above.  A new weight
// becomes active with the element that enters in the same cycle.
// ifmap to the next pair: 1 cycle; ifmap to psum: 3 cycles (register, product, sum).  Two products fit
// 16 bits, for weights are -127..127: so the first two rows may sum inside the multiplier block.
// Model: sim/pe_array.c.  Specification: docs/blocks.md, 8.
`default_nettype none

module pe_pair #(
  parameter PSUM_W = 18,                    // psum width in bits
  parameter SECOND = 1,                     // 0: the array ends after the first PE
  parameter BLOCK  = 0                      // 1: psums are summed in the multiplier block, 16 bits
) (
  input  wire                     clk_i,
  // ifmap, from the left to the right.
  input  wire signed [7:0]        x_i,
  output wire signed [7:0]        x_o,
  // Weights: taken with this element when wen_i.
  input  wire signed [7:0]        w0_i,
  input  wire signed [7:0]        w1_i,
  input  wire                     wen_i,
  // psum, from above to below.
  input  wire signed [PSUM_W-1:0] psum0_i,
  output wire signed [PSUM_W-1:0] psum0_o,
  input  wire signed [PSUM_W-1:0] psum1_i,
  output wire signed [PSUM_W-1:0] psum1_o
);

  reg signed [7:0]        x_q;
  wire signed [15:0]      p0, p1;
  assign x_o     = x_q;

  always @(posedge clk_i) x_q <= x_i;

  mul8x2 #(.SUM(BLOCK)) u_mul (
    .clk_i(clk_i), .x_i(x_i), .load_i(wen_i), .w0_i(w0_i), .w1_i(w1_i),
    .c0_i(psum0_i[15:0]), .c1_i(psum1_i[15:0]), .p0_o(p0), .p1_o(p1)
  );
  wire signed [PSUM_W-1:0] p0_ext = {{PSUM_W-15{p0[15]}}, p0[14:0]};
  wire signed [PSUM_W-1:0] p1_ext = {{PSUM_W-15{p1[15]}}, p1[14:0]};

  generate
    if (BLOCK) begin : g_block
      assign psum0_o = p0_ext;
      assign psum1_o = SECOND ? p1_ext : psum1_i;
      wire unused_block = &{1'b0, psum0_i, psum1_i, p1_ext, 1'b0};
    end else begin : g_add
      reg signed [PSUM_W-1:0] psum0_q;
      always @(posedge clk_i) psum0_q <= psum0_i + p0_ext;
      assign psum0_o = psum0_q;
      if (SECOND) begin : g_second
        reg signed [PSUM_W-1:0] psum1_q;
        always @(posedge clk_i) psum1_q <= psum1_i + p1_ext;
        assign psum1_o = psum1_q;
      end else begin : g_last
        assign psum1_o = psum1_i;
        wire unused_ok = &{1'b0, p1_ext, 1'b0};
      end
    end
  endgenerate
endmodule
`default_nettype wire
