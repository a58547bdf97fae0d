// pe_pair.v - two PEs of one row, in adjacent columns, that hold an operand each, see the same row
// operand and share a dual multiplier.
//
// A PE multiplies the passing row operand with its weight and, with SUM, adds the psum from above.
// A new weight becomes active with the element that enters in the same cycle.
// Row operand to the next pair: 1 cycle (none without XF); to the product: 2 cycles; to psum: 3.
// SUM 2: two products fit the bits of one when no weight is the least (-128 of 8 bits), so the
// first two rows may sum inside the multiplier block.
// Model: sim/blocks/pe_array.c.  Specification: docs/blocks.md, 8.
`default_nettype none

module pe_pair #(
  parameter X_W    = 8,                     // bits of an activation
  parameter W_W    = 8,                     // bits of a weight
  parameter PSUM_W = 18,                    // psum width in bits
  parameter SECOND = 1,                     // 0: the array ends after the first PE
  parameter SUM    = 1,                     // psum_o: 0: product, 1: + psum_i, 2: in M_W bits
  parameter XF     = 1,                     // 1: the row operand goes on a cycle later, 0: at once
  parameter LINE   = 0,                     // 1: each PE may have a row operand of its own
  parameter M_W    = X_W + W_W              // derived: bits of a product
) (
  input  wire                     clk_i,
  // Row operand, from the left to the right; LINE: xd0_i, xd1_i in its place when dw_i.
  input  wire signed [X_W-1:0]    x_i,
  output wire signed [X_W-1:0]    x_o,
  input  wire                     dw_i,
  input  wire signed [X_W-1:0]    xd0_i,
  input  wire signed [X_W-1:0]    xd1_i,
  // Weights: taken with this element when wen_i.
  input  wire signed [W_W-1:0]    w0_i,
  input  wire signed [W_W-1:0]    w1_i,
  input  wire                     wen_i,
  // psum, from above to below.
  input  wire signed [PSUM_W-1:0] psum0_i,
  output wire signed [PSUM_W-1:0] psum0_o,
  input  wire signed [PSUM_W-1:0] psum1_i,
  output wire signed [PSUM_W-1:0] psum1_o
);

  reg signed [X_W-1:0]  x_q;
  wire signed [X_W-1:0] x0 = (LINE != 0 && dw_i) ? xd0_i : x_i;
  wire signed [X_W-1:0] x1 = (LINE != 0 && dw_i) ? xd1_i : x_i;
  wire signed [M_W-1:0] p0, p1;
  assign x_o = (XF != 0) ? x_q : x_i;

  always @(posedge clk_i) x_q <= x_i;

  mul8x2 #(.X_W(X_W), .W_W(W_W), .SUM((SUM == 2) ? 1 : 0)) u_mul (
    .clk_i(clk_i), .x0_i(x0), .x1_i(x1), .load_i(wen_i), .w0_i(w0_i), .w1_i(w1_i),
    .c0_i(psum0_i[M_W-1:0]), .c1_i(psum1_i[M_W-1:0]), .p0_o(p0), .p1_o(p1)
  );
  wire signed [PSUM_W-1:0] p0_ext = {{PSUM_W-M_W+1{p0[M_W-1]}}, p0[M_W-2:0]};
  wire signed [PSUM_W-1:0] p1_ext = {{PSUM_W-M_W+1{p1[M_W-1]}}, p1[M_W-2:0]};

  generate
    if (SUM == 1) begin : g_add
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
    end else begin : g_block
      assign psum0_o = p0_ext;
      assign psum1_o = SECOND ? p1_ext : psum1_i;
      wire unused_block = &{1'b0, psum0_i, psum1_i, p1_ext, 1'b0};
    end
    if (LINE == 0) begin : g_one_x
      wire unused_xd = &{1'b0, dw_i, xd0_i, xd1_i, 1'b0};
    end
    if (XF == 0) begin : g_wire
      wire unused_x = &{1'b0, x_q, 1'b0};
    end
  endgenerate
endmodule
`default_nettype wire
