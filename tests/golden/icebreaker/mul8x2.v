// GENERATED from rtl_templates/mul8x2.v.tpl - edit the template, then run `make golden`.
// config: icebreaker-4x4  systolic-ws unroll={K: 4, C: 4} memory.width=32
// mul8x2.v - two products of row operands and held operands: one SB_MAC16 in its dual 8x8 mode on iCE40
// UP5K, with the operand and product registers inside the block.
//
// x0_i, x1_i in t meet the weights that are active after t; products are out in t+2.  With SUM the block's
// adders and output registers are used too: products plus c0_i, c1_i of t+2, modulo 2^16, in t+3.
// `load_i` makes w0_i, w1_i active at the end of its cycle.  Elsewhere, the behavioural twin.
`default_nettype none

module mul8x2 #(
  parameter SUM = 0                         // 1: add c0_i, c1_i
) (
  input  wire               clk_i,
  input  wire signed [7:0]  x0_i,
  input  wire signed [7:0]  x1_i,
  input  wire               load_i,
  input  wire signed [7:0]  w0_i,
  input  wire signed [7:0]  w1_i,
  input  wire signed [15:0] c0_i,
  input  wire signed [15:0] c1_i,
  output wire signed [15:0] p0_o,
  output wire signed [15:0] p1_o
);

`ifdef SYNTHESIS_ICE40_UP5K
  SB_MAC16 #(
    .A_REG(1'b1), .B_REG(1'b1), .C_REG(1'b0), .D_REG(1'b0),
    .TOP_8x8_MULT_REG(1'b1), .BOT_8x8_MULT_REG(1'b1),
    .PIPELINE_16x16_MULT_REG1(1'b0), .PIPELINE_16x16_MULT_REG2(1'b0),
    .TOPOUTPUT_SELECT(SUM ? 2'b01 : 2'b10), .BOTOUTPUT_SELECT(SUM ? 2'b01 : 2'b10),
    .TOPADDSUB_LOWERINPUT(2'b01), .BOTADDSUB_LOWERINPUT(2'b01),     // product
    .TOPADDSUB_UPPERINPUT(1'b1), .BOTADDSUB_UPPERINPUT(1'b1),       // + C and D
    .TOPADDSUB_CARRYSELECT(2'b00), .BOTADDSUB_CARRYSELECT(2'b00),
    .MODE_8x8(1'b1), .A_SIGNED(1'b1), .B_SIGNED(1'b1)
  ) u_mac (
    .CLK(clk_i), .CE(1'b1),
    .A({x1_i, x0_i}), .B({w1_i, w0_i}), .C(c1_i), .D(c0_i),
    .AHOLD(1'b0), .BHOLD(!load_i), .CHOLD(1'b0), .DHOLD(1'b0),
    .IRSTTOP(1'b0), .IRSTBOT(1'b0), .ORSTTOP(1'b0), .ORSTBOT(1'b0),
    .OLOADTOP(1'b0), .OLOADBOT(1'b0), .ADDSUBTOP(1'b0), .ADDSUBBOT(1'b0),
    .OHOLDTOP(1'b0), .OHOLDBOT(1'b0), .CI(1'b0), .ACCUMCI(1'b0), .SIGNEXTIN(1'b0),
    .O({p1_o, p0_o}), .CO(), .ACCUMCO(), .SIGNEXTOUT()
  );
`else
  reg signed [7:0]  x0_q, x1_q, w0_q, w1_q;
  reg signed [15:0] p0_q, p1_q;
  always @(posedge clk_i) x0_q <= x0_i;
  always @(posedge clk_i) x1_q <= x1_i;
  always @(posedge clk_i) if (load_i) w0_q <= w0_i;
  always @(posedge clk_i) if (load_i) w1_q <= w1_i;
  always @(posedge clk_i) p0_q <= x0_q * w0_q;
  always @(posedge clk_i) p1_q <= x1_q * w1_q;
  generate
    if (SUM) begin : g_sum
      reg signed [15:0] sum0_q, sum1_q;
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
`endif
endmodule
`default_nettype wire
