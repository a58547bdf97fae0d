// mul8x2.v - one ifmap element times two held weights: one SB_MAC16 in its dual 8x8 mode on iCE40
// UP5K, with the element, weight and product registers inside the block.
//
// x_i in t meets the weights that are active after t; products are out in t+2, with LATE in t+3.
// `load_i` makes w0_i, w1_i active at the end of its cycle.  Elsewhere, the behavioural twin.
`default_nettype none

module mul8x2 #(
  parameter LATE = 0                        // 1: one register more, the block's own
) (
  input  wire               clk_i,
  input  wire signed [7:0]  x_i,
  input  wire               load_i,
  input  wire signed [7:0]  w0_i,
  input  wire signed [7:0]  w1_i,
  output wire signed [15:0] p0_o,
  output wire signed [15:0] p1_o
);

`ifdef SYNTHESIS_ICE40_UP5K
  SB_MAC16 #(
    .A_REG(1'b1), .B_REG(1'b1), .C_REG(1'b0), .D_REG(1'b0),
    .TOP_8x8_MULT_REG(1'b1), .BOT_8x8_MULT_REG(1'b1),
    .PIPELINE_16x16_MULT_REG1(1'b0), .PIPELINE_16x16_MULT_REG2(1'b0),
    .TOPOUTPUT_SELECT(LATE ? 2'b01 : 2'b10), .BOTOUTPUT_SELECT(LATE ? 2'b01 : 2'b10),
    .TOPADDSUB_LOWERINPUT(2'b01), .BOTADDSUB_LOWERINPUT(2'b01),     // product
    .TOPADDSUB_UPPERINPUT(1'b1), .BOTADDSUB_UPPERINPUT(1'b1),       // + C and D, which are 0
    .TOPADDSUB_CARRYSELECT(2'b00), .BOTADDSUB_CARRYSELECT(2'b00),
    .MODE_8x8(1'b1), .A_SIGNED(1'b1), .B_SIGNED(1'b1)
  ) u_mac (
    .CLK(clk_i), .CE(1'b1),
    .A({x_i, x_i}), .B({w1_i, w0_i}), .C(16'd0), .D(16'd0),
    .AHOLD(1'b0), .BHOLD(!load_i), .CHOLD(1'b0), .DHOLD(1'b0),
    .IRSTTOP(1'b0), .IRSTBOT(1'b0), .ORSTTOP(1'b0), .ORSTBOT(1'b0),
    .OLOADTOP(1'b0), .OLOADBOT(1'b0), .ADDSUBTOP(1'b0), .ADDSUBBOT(1'b0),
    .OHOLDTOP(1'b0), .OHOLDBOT(1'b0), .CI(1'b0), .ACCUMCI(1'b0), .SIGNEXTIN(1'b0),
    .O({p1_o, p0_o}), .CO(), .ACCUMCO(), .SIGNEXTOUT()
  );
`else
  reg signed [7:0]  x_q, w0_q, w1_q;
  reg signed [15:0] p0_q, p1_q;
  always @(posedge clk_i) x_q <= x_i;
  always @(posedge clk_i) if (load_i) w0_q <= w0_i;
  always @(posedge clk_i) if (load_i) w1_q <= w1_i;
  always @(posedge clk_i) p0_q <= x_q * w0_q;
  always @(posedge clk_i) p1_q <= x_q * w1_q;
  generate
    if (LATE) begin : g_late
      reg signed [15:0] late0_q, late1_q;
      always @(posedge clk_i) late0_q <= p0_q;
      always @(posedge clk_i) late1_q <= p1_q;
      assign p0_o = late0_q;
      assign p1_o = late1_q;
    end else begin : g_direct
      assign p0_o = p0_q;
      assign p1_o = p1_q;
    end
  endgenerate
`endif
endmodule
`default_nettype wire
