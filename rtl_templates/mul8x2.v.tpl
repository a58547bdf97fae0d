// mul8x2.v - two products of row operands and held operands, with a sum if wanted: what one dual
// multiplier of an FPGA does.
//
// x0_i, x1_i in t meet the weights that are active after t; products are out in t+2.  With SUM:
// products plus c0_i, c1_i of t+2, modulo 2^M_W, in t+3.  `load_i` makes w0_i, w1_i active at the
// end of its cycle.
`default_nettype none

module mul8x2 #(
  parameter X_W = 8,                        // bits of an activation
  parameter W_W = 8,                        // bits of a weight
  parameter SUM = 0,                        // 1: add c0_i, c1_i
  parameter M_W = X_W + W_W                 // derived: bits of a product
) (
  input  wire                  clk_i,
  input  wire signed [X_W-1:0] x0_i,
  input  wire signed [X_W-1:0] x1_i,
  input  wire                  load_i,
  input  wire signed [W_W-1:0] w0_i,
  input  wire signed [W_W-1:0] w1_i,
  input  wire signed [M_W-1:0] c0_i,
  input  wire signed [M_W-1:0] c1_i,
  output wire signed [M_W-1:0] p0_o,
  output wire signed [M_W-1:0] p1_o
);

  reg signed [X_W-1:0] x0_q, x1_q;
  reg signed [W_W-1:0] w0_q, w1_q;
  reg signed [M_W-1:0] p0_q, p1_q;
  always @(posedge clk_i) x0_q <= x0_i;
  always @(posedge clk_i) x1_q <= x1_i;
  always @(posedge clk_i) if (load_i) w0_q <= w0_i;
  always @(posedge clk_i) if (load_i) w1_q <= w1_i;
  always @(posedge clk_i) p0_q <= x0_q * w0_q;
  always @(posedge clk_i) p1_q <= x1_q * w1_q;
  generate
    if (SUM) begin : g_sum
      reg signed [M_W-1:0] sum0_q, sum1_q;
      always @(posedge clk_i) sum0_q <= c0_i + p0_q;
      always @(posedge clk_i) sum1_q <= c1_i + p1_q;
      assign p0_o = sum0_q;
      assign p1_o = sum1_q;
    end else begin : g_product
      assign p0_o = p0_q;
      assign p1_o = p1_q;
      wire unused_ok = &{1'b0, c0_i, c1_i, 1'b0};
    end
  endgenerate
endmodule
`default_nettype wire
