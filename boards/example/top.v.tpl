// top.v - the accelerator on a board, at its least: clock, reset and serial line around `system`.
//
//# Names that may be used besides those of all templates: pll (0: use the clock as it is), pll_divr,
//# pll_divf, pll_divq, pll_filter; clk_div is the UART's divider.
`default_nettype none

module top (
  input  wire clk,
  input  wire uart_rx,                      // asynchronous; uart_rx synchronises it
  output wire uart_tx
);

//% if pll
  wire clk_sys, locked;
  SB_PLL40_PAD #(                           // SB_PLL40_CORE: REFERENCECLK instead of PACKAGEPIN
    .FEEDBACK_PATH("SIMPLE"), .DIVR(4'd@{pll_divr}), .DIVF(7'd@{pll_divf}), .DIVQ(3'd@{pll_divq}),
    .FILTER_RANGE(3'd@{pll_filter})
  ) u_pll (
    .PACKAGEPIN(clk), .PLLOUTGLOBAL(clk_sys), .LOCK(locked), .RESETB(1'b1), .BYPASS(1'b0)
  );
//% else
  wire clk_sys = clk;
  wire locked  = 1'b1;
//% end

  reg  [2:0] run_q = 3'd0;                  // reset: held from power-up until the clock is locked
  wire       rst   = !run_q[2];
  always @(posedge clk_sys) run_q <= {run_q[1:0], locked};

  wire       rx_valid, rx_ready, tx_valid, tx_ready, unused_busy, unused_layer_done;
  wire [7:0] rx_data, tx_data;
  uart_rx #(.CLK_DIV(@{clk_div})) u_rx (
    .clk_i(clk_sys), .rst_i(rst), .line_i(uart_rx),
    .valid_o(rx_valid), .ready_i(rx_ready), .data_o(rx_data)
  );
  uart_tx #(.CLK_DIV(@{clk_div})) u_tx (
    .clk_i(clk_sys), .rst_i(rst), .valid_i(tx_valid), .ready_o(tx_ready), .data_i(tx_data),
    .line_o(uart_tx)
  );
  system u_system (
    .clk_i(clk_sys), .rst_i(rst), .mem_stall_i(1'b0),
    .rx_valid_i(rx_valid), .rx_ready_o(rx_ready), .rx_data_i(rx_data),
    .tx_valid_o(tx_valid), .tx_ready_i(tx_ready), .tx_data_o(tx_data),
    .busy_o(unused_busy), .layer_done_o(unused_layer_done)
  );
endmodule
`default_nettype wire
