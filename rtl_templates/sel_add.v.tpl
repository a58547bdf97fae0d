// sel_add.v - y = sel ? s + x : s, combinational: one row of a multiplier.
`default_nettype none

module sel_add #(
  parameter W = 33                          // width in bits
) (
  input  wire         sel_i,
  input  wire [W-1:0] s_i,
  input  wire [W-1:0] x_i,
  output wire [W-1:0] y_o
);

  assign y_o = sel_i ? s_i + x_i : s_i;
endmodule
`default_nettype wire
