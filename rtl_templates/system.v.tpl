// system.v - the core with its main memory and its host link: what a board's top instantiates and
// what is simulated.
//
// Model: sim/blocks/system.c and host_link.c.
`default_nettype none

module system (
  input  wire       clk_i,
  input  wire       rst_i,                  // synchronous, active high
  input  wire       mem_stall_i,            // simulation of a busy memory; boards tie it to 0
  // Host byte stream: a byte moves on each edge where valid and ready are both high; tx holds until
  // ready.  What comes in while an answer goes out is dropped (docs/host_link.md).
  input  wire       rx_valid_i,
  output wire       rx_ready_o,
  input  wire [7:0] rx_data_i,
  output wire       tx_valid_o,
  input  wire       tx_ready_i,
  output wire [7:0] tx_data_o,
  // Status: busy_o from the cycle after the start until every engine has reached its stream's end.
  output wire       busy_o,
  output wire       layer_done_o            // pulse: the last byte of a layer is written
);

  localparam WORDS   = @{mem_words};
  localparam BYTES   = @{mem_width_bytes};
  localparam WADDR_W = $clog2(WORDS);
  localparam ADDR_W  = @{addr_bits};

  wire               start;
  wire [ADDR_W-1:0]  pc_load, pc_compute, pc_store;
  wire               ho_valid, ho_ready, ho_write, ho_rvalid;
  wire [ADDR_W-1:0]  ho_addr;
  wire [7:0]         ho_wdata, ho_rdata;
  wire [3:0]         stat_index;
  wire [31:0]        stat_data;
  host_link #(
    .ADDR_W(ADDR_W), .TIMEOUT_W(@{host_timeout_bits}), .ID(32'h@{config_id})
  ) u_host (
    .clk_i(clk_i), .rst_i(rst_i),
    .rx_valid_i(rx_valid_i), .rx_ready_o(rx_ready_o), .rx_data_i(rx_data_i),
    .tx_valid_o(tx_valid_o), .tx_ready_i(tx_ready_i), .tx_data_o(tx_data_o),
    .mem_valid_o(ho_valid), .mem_ready_i(ho_ready), .mem_write_o(ho_write), .mem_addr_o(ho_addr),
    .mem_wdata_o(ho_wdata), .mem_rvalid_i(ho_rvalid), .mem_rdata_i(ho_rdata),
    .start_o(start), .pc_load_o(pc_load), .pc_compute_o(pc_compute), .pc_store_o(pc_store),
    .busy_i(busy_o), .stat_index_o(stat_index), .stat_data_i(stat_data)
  );

  wire               mem_valid, mem_ready, mem_write, mem_rvalid;
  wire [WADDR_W-1:0] mem_addr;
  wire [BYTES*8-1:0] mem_wdata, mem_rdata;
  wire [BYTES-1:0]   mem_wstrb;
  core u_core (
    .clk_i(clk_i), .rst_i(rst_i),
    .start_i(start), .pc_load_i(pc_load), .pc_compute_i(pc_compute), .pc_store_i(pc_store),
    .busy_o(busy_o), .layer_done_o(layer_done_o), .stat_index_i(stat_index),
    .stat_data_o(stat_data),
    .ho_valid_i(ho_valid), .ho_ready_o(ho_ready), .ho_write_i(ho_write), .ho_addr_i(ho_addr),
    .ho_wdata_i(ho_wdata), .ho_rvalid_o(ho_rvalid), .ho_rdata_o(ho_rdata),
    .mem_valid_o(mem_valid), .mem_ready_i(mem_ready), .mem_write_o(mem_write),
    .mem_addr_o(mem_addr), .mem_wdata_o(mem_wdata), .mem_wstrb_o(mem_wstrb),
    .mem_rvalid_i(mem_rvalid), .mem_rdata_i(mem_rdata)
  );
  memory #(
    .WORDS(WORDS), .BYTES(BYTES), .LATENCY(@{mem_latency}), .INTERVAL(@{mem_interval})
  ) u_memory (
    .clk_i(clk_i), .rst_i(rst_i), .stall_i(mem_stall_i),
    .req_valid_i(mem_valid), .req_ready_o(mem_ready), .req_write_i(mem_write),
    .req_addr_i(mem_addr), .req_wdata_i(mem_wdata), .req_wstrb_i(mem_wstrb),
    .rsp_valid_o(mem_rvalid), .rsp_data_o(mem_rdata)
  );
endmodule
`default_nettype wire
