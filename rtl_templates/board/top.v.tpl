// top.v - the accelerator on its board: clock, reset, serial line and lights around `system`.
//
// Board: @{board_name}.  Clock: @{clock_khz} kHz from the board's @{board_khz} kHz.  Serial line:
// @{host_baud} baud, 8N1.
//# From boards/NAME/board.yaml; docs/host_link.md is what goes over the serial line.
`default_nettype none

module top (
//% if led_red
  output wire led_red,                      // busy; lit when @{led_red_active}
//% end
//% if led_green
  output wire led_green,                    // changes after every run; lit when @{led_green_active}
//% end
//% if button
  input  wire button,                       // asynchronous; reset while @{button_active}
//% end
  input  wire clk,
  input  wire uart_rx,                      // asynchronous; the block uart_rx synchronises it
  output wire uart_tx
);

  wire clk_sys, locked;
//% if pll
  pll u_pll (.clk_i(clk), .clk_o(clk_sys), .locked_o(locked));
//% else
  assign clk_sys = clk;
  assign locked  = 1'b1;
//% end

  // Reset: held from power-up, where flip-flops start at 0, until the clock is steady.
//% if !button
  wire       start = locked;
//% else
//% if button_active == low
  wire       start = locked && button;
//% else
  wire       start = locked && !button;
//% end
//% end
  reg  [2:0] run_q = 3'd0;
  wire       rst   = !run_q[2];
  always @(posedge clk_sys) run_q <= {run_q[1:0], start};

  wire       rx_valid, rx_ready, tx_valid, tx_ready;
  wire [7:0] rx_data, tx_data;
  uart_rx #(.CLK_DIV(@{clk_div})) u_rx (
    .clk_i(clk_sys), .rst_i(rst), .line_i(uart_rx),
    .valid_o(rx_valid), .ready_i(rx_ready), .data_o(rx_data)
  );
  uart_tx #(.CLK_DIV(@{clk_div})) u_tx (
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
  always @(posedge clk_sys) begin
    if (rst) busy_q <= 1'b0;
    else     busy_q <= busy;
  end
  always @(posedge clk_sys) begin
    if (rst)                  beat_q <= 1'b0;
    else if (busy_q && !busy) beat_q <= !beat_q;
  end
//% if led_red
//% if led_red_active == low
  assign led_red = !busy_q;
//% else
  assign led_red = busy_q;
//% end
//% end
//% if led_green
//% if led_green_active == low
  assign led_green = !beat_q;
//% else
  assign led_green = beat_q;
//% end
//% end
endmodule
`default_nettype wire
