// mul8x2.v - the same as one SB_MAC16 in its dual 8x8 mode: operand, product and sum registers are
// inside the block.
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

  generate
    if (X_W != 8 || W_W != 8) begin : g_check_widths
      ERROR_X_W_and_W_W_must_be_8 u_error ();
    end
  endgenerate

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
endmodule
`default_nettype wire
