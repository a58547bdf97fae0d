// tb.v - drives the module SYSTEM, an accelerator's `system`, in Icarus with the pins that the cycle
// model saw, and compares its outputs with the model's in every cycle.  tests/unit/gen/emit/test_icarus.c writes the vectors:
//   {rst, stall, rx_valid, rx_data, tx_ready, rx_ready, tx_valid, tx_data, busy, layer_done}

module tb;
  reg         clk;
  reg  [23:0] vector [0:VECTORS-1];
  reg  [23:0] now;
  integer     cycle;
  wire        rx_ready, tx_valid, busy, layer_done;
  wire [7:0]  tx_data;
  parameter   VECTORS = 1;

  `SYSTEM u_system (
    .clk_i(clk), .rst_i(now[23]), .mem_stall_i(now[22]),
    .rx_valid_i(now[21]), .rx_ready_o(rx_ready), .rx_data_i(now[20:13]),
    .tx_valid_o(tx_valid), .tx_ready_i(now[12]), .tx_data_o(tx_data),
    .busy_o(busy), .layer_done_o(layer_done)
  );

  initial begin
    $readmemh("vectors.hex", vector);
    clk = 1'b0;
    for (cycle = 0; cycle < VECTORS; cycle = cycle + 1) begin
      now = vector[cycle];
      #1;
      if (!now[23] && ({rx_ready, tx_valid, busy, layer_done} !== {now[11:10], now[1:0]} ||
                       (tx_valid && tx_data !== now[9:2]))) begin
        $display("cycle %0d: rx_ready %b tx_valid %b tx_data %h busy %b layer_done %b, model %b %b %h %b %b",
                 cycle, rx_ready, tx_valid, tx_data, busy, layer_done,
                 now[11], now[10], now[9:2], now[1], now[0]);
        $finish;
      end
      clk = 1'b1;
      #1;
      clk = 1'b0;
    end
    $display("%0d cycles equal", VECTORS);
    $finish;
  end
endmodule
