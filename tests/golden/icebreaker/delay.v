// GENERATED from rtl_templates/delay.v.tpl - edit the template, then run `make golden`.
// config: icebreaker-4x4  systolic-ws unroll={K: 4, C: 4} memory.width=32
// delay.v - a word and its past: N registers in a row that move every cycle.
//
// past_o holds, from bit 0 on, the word of now, of one cycle ago, ... of N cycles ago.
// RESET 1: rst_i clears the registers, for control; 0: rst_i is not used.
`default_nettype none

module delay #(
  parameter W     = 8,                      // width of the word in bits
  parameter N     = 1,                      // registers, 0 for a wire
  parameter RESET = 0
) (
  input  wire               clk_i,
  input  wire               rst_i,
  input  wire [W-1:0]       word_i,
  output wire [(N+1)*W-1:0] past_o
);

  assign past_o[W-1:0] = word_i;
  generate
    if (N > 0) begin : g_regs
      reg [N*W-1:0] past_q;
      if (RESET != 0) begin : g_reset
        always @(posedge clk_i) past_q <= rst_i ? {N*W{1'b0}} : past_o[N*W-1:0];
      end else begin : g_free_running
        always @(posedge clk_i) past_q <= past_o[N*W-1:0];
      end
      assign past_o[W +: N*W] = past_q;
    end else begin : g_wire
      wire unused_clk = &{1'b0, clk_i, 1'b0};
    end
    if (RESET == 0 || N == 0) begin : g_free
      wire unused_rst = &{1'b0, rst_i, 1'b0};
    end
  endgenerate
endmodule
`default_nettype wire
