// GENERATED from rtl_templates/system.v.tpl - edit the template, then run `make golden`.
// config: icebreaker-4x4  systolic-ws unroll={K: 4, C: 4} memory.width=32
// system.v - the core with its main memory: what a board's top instantiates and what is simulated.
//
// Model: sim/blocks/system.c.
`default_nettype none

module system (
  input  wire       clk_i,
  input  wire       rst_i,                  // synchronous, active high
  input  wire       mem_stall_i,            // simulation of a busy memory; boards tie it to 0
  // Host byte stream.
  input  wire       rx_valid_i,
  output wire       rx_ready_o,
  input  wire [7:0] rx_data_i,
  output wire       tx_valid_o,
  input  wire       tx_ready_i,
  output wire [7:0] tx_data_o,
  // Status.
  output wire       busy_o,
  output wire       layer_done_o            // pulse: the last byte of a layer is written
);

  localparam WORDS   = 32768;
  localparam BYTES   = 4;
  localparam WADDR_W = $clog2(WORDS);

  wire               mem_valid, mem_ready, mem_write, mem_rvalid;
  wire [WADDR_W-1:0] mem_addr;
  wire [BYTES*8-1:0] mem_wdata, mem_rdata;
  wire [BYTES-1:0]   mem_wstrb;
  core u_core (
    .clk_i(clk_i), .rst_i(rst_i),
    .rx_valid_i(rx_valid_i), .rx_ready_o(rx_ready_o), .rx_data_i(rx_data_i),
    .tx_valid_o(tx_valid_o), .tx_ready_i(tx_ready_i), .tx_data_o(tx_data_o),
    .mem_valid_o(mem_valid), .mem_ready_i(mem_ready), .mem_write_o(mem_write),
    .mem_addr_o(mem_addr), .mem_wdata_o(mem_wdata), .mem_wstrb_o(mem_wstrb),
    .mem_rvalid_i(mem_rvalid), .mem_rdata_i(mem_rdata),
    .busy_o(busy_o), .layer_done_o(layer_done_o)
  );
  memory #(
    .WORDS(WORDS), .BYTES(BYTES), .LATENCY(1), .INTERVAL(1)
  ) u_memory (
    .clk_i(clk_i), .rst_i(rst_i), .stall_i(mem_stall_i),
    .req_valid_i(mem_valid), .req_ready_o(mem_ready), .req_write_i(mem_write),
    .req_addr_i(mem_addr), .req_wdata_i(mem_wdata), .req_wstrb_i(mem_wstrb),
    .rsp_valid_o(mem_rvalid), .rsp_data_o(mem_rdata)
  );
endmodule
`default_nettype wire
