// pll.v - @{board_khz} kHz * (DIVF + 1) / ((DIVR + 1) * 2^DIVQ) = @{clock_khz} kHz, by the PLL of
// an iCE40.
`default_nettype none

module pll (
  input  wire clk_i,                        // the board's clock
  output wire clk_o,                        // the accelerator's
  output wire locked_o                      // the clock is steady
);

//% if pll == pad
  // The clock's pin is the PLL's own pad.
  SB_PLL40_PAD #(
//% else
  SB_PLL40_CORE #(
//% end
    .FEEDBACK_PATH("SIMPLE"), .DIVR(4'd@{pll_divr}), .DIVF(7'd@{pll_divf}), .DIVQ(3'd@{pll_divq}),
    .FILTER_RANGE(3'd@{pll_filter})
  ) u_pll (
//% if pll == pad
    .PACKAGEPIN(clk_i),
//% else
    .REFERENCECLK(clk_i),
//% end
    .PLLOUTGLOBAL(clk_o), .LOCK(locked_o), .RESETB(1'b1), .BYPASS(1'b0)
  );
endmodule
`default_nettype wire
