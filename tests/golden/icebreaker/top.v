// GENERATED from boards/icebreaker/top.v.tpl - edit the template, then run `make golden`.
// config: icebreaker-4x4  systolic-ws unroll={K: 4, C: 4} memory.width=32
// top.v - the accelerator on an iCEBreaker: clock, reset, serial line and lights around `system`.
//
// Clock: 24000 kHz from the board's 12 MHz.  Serial line: 115200 baud, 8N1
// (docs/host_link.md).  Red light: busy.  Green light: changes at the end of every run.
`default_nettype none

module top (
  input  wire clk,                          // 12 MHz
  input  wire uart_rx,                      // asynchronous; uart_rx synchronises it
  output wire uart_tx,
  output wire led_r_n,                      // lit when low
  output wire led_g_n,                      // lit when low
  input  wire btn_n                         // asynchronous; low: reset
);

  // 12 MHz * (DIVF + 1) / ((DIVR + 1) * 2^DIVQ).  Pin 35 is the PLL's own pad.
  wire clk_sys, locked;
  SB_PLL40_PAD #(
    .FEEDBACK_PATH("SIMPLE"), .DIVR(4'd0), .DIVF(7'd63), .DIVQ(3'd5),
    .FILTER_RANGE(3'd1)
  ) u_pll (
    .PACKAGEPIN(clk), .PLLOUTGLOBAL(clk_sys), .LOCK(locked), .RESETB(1'b1), .BYPASS(1'b0)
  );

  // Reset: held from power-up, where flip-flops start at 0, until the clock is locked.
  reg  [2:0] run_q = 3'd0;
  wire       rst   = !run_q[2];
  always @(posedge clk_sys) run_q <= {run_q[1:0], locked && btn_n};

  wire       rx_valid, rx_ready, tx_valid, tx_ready;
  wire [7:0] rx_data, tx_data;
  uart_rx #(.CLK_DIV(208)) u_rx (
    .clk_i(clk_sys), .rst_i(rst), .line_i(uart_rx),
    .valid_o(rx_valid), .ready_i(rx_ready), .data_o(rx_data)
  );
  uart_tx #(.CLK_DIV(208)) u_tx (
    .clk_i(clk_sys), .rst_i(rst), .valid_i(tx_valid), .ready_o(tx_ready), .data_i(tx_data),
    .line_o(uart_tx)
  );

  wire busy, unused_layer_done;
  system u_system (
    .clk_i(clk_sys), .rst_i(rst), .mem_stall_i(1'b0),
    .rx_valid_i(rx_valid), .rx_ready_o(rx_ready), .rx_data_i(rx_data),
    .tx_valid_o(tx_valid), .tx_ready_i(tx_ready), .tx_data_o(tx_data),
    .busy_o(busy), .layer_done_o(unused_layer_done)
  );

  reg busy_q, beat_q;
  assign led_r_n = !busy_q;
  assign led_g_n = !beat_q;
  always @(posedge clk_sys) begin
    if (rst) busy_q <= 1'b0;
    else     busy_q <= busy;
  end
  always @(posedge clk_sys) begin
    if (rst)                  beat_q <= 1'b0;
    else if (busy_q && !busy) beat_q <= !beat_q;
  end
endmodule
`default_nettype wire
