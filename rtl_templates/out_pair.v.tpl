// out_pair.v - two PEs of one row, in adjacent columns, that keep a sum each, see the same row
// operand and share a dual multiplier.
//
// Operands in t are in the sum in t+3, when en_i is high in t+2; first_i starts the sum anew.  They
// go on to the next pair and the next row in t+1, or at once without XF, WF.  psum_o is 0 unless
// read_i.
// Without WF what is read is a copy of the sums, taken in a cycle with last_i.
// Model: sim/blocks/pe_output.c.  Specification: docs/blocks.md, 8.
`default_nettype none

module out_pair #(
  parameter X_W    = 8,                     // bits of an activation
  parameter W_W    = 8,                     // bits of a weight
  parameter PSUM_W = 32,                    // psum width in bits
  parameter SECOND = 1,                     // 0: the array ends after the first PE
  parameter XF     = 1,                     // 1: x goes on a cycle later, 0: at once
  parameter WF     = 1                      // 1: w goes on a cycle later, 0: at once
) (
  input  wire                     clk_i,
  // Row operand to the right, column operands to below.
  input  wire signed [X_W-1:0]    x_i,
  output wire signed [X_W-1:0]    x_o,
  input  wire [2*W_W-1:0]         w_i,
  output wire [2*W_W-1:0]         w_o,
  // en_i and first_i come two cycles after their operands, last_i three; psums are 0 unless read_i.
  input  wire                     en_i,
  input  wire                     first_i,
  input  wire                     last_i,
  input  wire                     read_i,
  output wire [PSUM_W-1:0]        psum0_o,
  output wire [PSUM_W-1:0]        psum1_o
);

  localparam M_W = X_W + W_W;               // bits of a product
  reg signed [X_W-1:0] x_q;
  reg [2*W_W-1:0]      w_q;
  assign x_o = (XF != 0) ? x_q : x_i;
  assign w_o = (WF != 0) ? w_q : w_i;
  always @(posedge clk_i) x_q <= x_i;
  always @(posedge clk_i) w_q <= w_i;

  wire signed [M_W-1:0] p0, p1;
  mul8x2 #(.X_W(X_W), .W_W(W_W)) u_mul (
    .clk_i(clk_i), .x0_i(x_i), .x1_i(x_i), .load_i(1'b1),
    .w0_i(w_i[W_W-1:0]), .w1_i(w_i[W_W +: W_W]),
    .c0_i({M_W{1'b0}}), .c1_i({M_W{1'b0}}), .p0_o(p0), .p1_o(p1)
  );

  wire [2*M_W-1:0] p = {p1, p0};
  wire [2*PSUM_W-1:0] psum;
  genvar k;
  generate
    for (k = 0; k < 2; k = k + 1) begin : g_pe
      if (k <= SECOND) begin : g_sum
        reg  [PSUM_W-1:0] sum_q;
        wire [PSUM_W-1:0] p_ext = {{PSUM_W-M_W+1{p[k*M_W + M_W-1]}}, p[k*M_W +: M_W-1]};
        wire [PSUM_W-1:0] sum_d;
        sel_add #(.W(PSUM_W)) u_add (.sel_i(!first_i), .s_i(p_ext), .x_i(sum_q), .y_o(sum_d));
        always @(posedge clk_i) if (en_i) sum_q <= sum_d;
        if (WF != 0) begin : g_read
          assign psum[k*PSUM_W +: PSUM_W] = read_i ? sum_q : {PSUM_W{1'b0}};
        end else begin : g_hold
          reg [PSUM_W-1:0] hold_q;
          always @(posedge clk_i) if (last_i) hold_q <= sum_q;
          assign psum[k*PSUM_W +: PSUM_W] = read_i ? hold_q : {PSUM_W{1'b0}};
        end
      end else begin : g_absent
        assign psum[k*PSUM_W +: PSUM_W] = {PSUM_W{1'b0}};
      end
    end
  endgenerate
  assign {psum1_o, psum0_o} = psum;
  wire unused_ok = &{1'b0, p, last_i, x_q, w_q, 1'b0};
endmodule
`default_nettype wire
