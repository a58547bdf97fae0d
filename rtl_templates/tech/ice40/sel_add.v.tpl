// sel_add.v - the same in one logic cell a bit: the carry chain always adds, the LUT selects.
`default_nettype none

module sel_add #(
  parameter W = 33                          // width in bits
) (
  input  wire         sel_i,
  input  wire [W-1:0] s_i,
  input  wire [W-1:0] x_i,
  output wire [W-1:0] y_o
);

  wire [W:0] carry;
  assign carry[0] = 1'b0;
  wire unused_ok = &{1'b0, carry[W], 1'b0};
  genvar i;
  generate
    for (i = 0; i < W; i = i + 1) begin : g_bit
      SB_CARRY u_carry (.CO(carry[i+1]), .I0(s_i[i]), .I1(x_i[i]), .CI(carry[i]));
      SB_LUT4 #(.LUT_INIT(16'hC66C)) u_lut (
        .O(y_o[i]), .I0(sel_i), .I1(s_i[i]), .I2(x_i[i]), .I3(carry[i])
      );
    end
  endgenerate
endmodule
`default_nettype wire
