// uart_pair.v - uart_tx and uart_rx side by side for their test.  No logic of its own.
`default_nettype none

module uart_pair #(
  parameter CLK_DIV = 8
) (
  input  wire       clk_i,
  input  wire       rst_i,
  input  wire       valid_i,
  output wire       ready_o,
  input  wire [7:0] data_i,
  output wire       tx_line_o,
  input  wire       rx_line_i,
  output wire       valid_o,
  input  wire       ready_i,
  output wire [7:0] data_o
);
  uart_tx #(.CLK_DIV(CLK_DIV)) u_tx (
    .clk_i(clk_i), .rst_i(rst_i),
    .valid_i(valid_i), .ready_o(ready_o), .data_i(data_i), .line_o(tx_line_o)
  );
  uart_rx #(.CLK_DIV(CLK_DIV)) u_rx (
    .clk_i(clk_i), .rst_i(rst_i), .line_i(rx_line_i),
    .valid_o(valid_o), .ready_i(ready_i), .data_o(data_o)
  );
endmodule
`default_nettype wire
