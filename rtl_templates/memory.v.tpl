// memory.v - the main memory behind the port of the core: one request at a time, reads in order.
//
// A read accepted in t answers in t+LATENCY; requests are accepted every INTERVAL cycles.
// Model: sim/blocks/memory.c.
`default_nettype none

module memory #(
  parameter WORDS    = 32768,               // a power of two
  parameter BYTES    = 4,                   // bytes per word
  parameter LATENCY  = 2,                   // cycles, >= 1
  parameter INTERVAL = 1,                   // cycles between accepted requests, >= 1
  parameter ADDR_W   = $clog2(WORDS)        // derived
) (
  input  wire               clk_i,
  input  wire               rst_i,          // synchronous, active high
  input  wire               stall_i,        // refuse requests: simulation of a busy memory
  // Request: moves on each edge where valid and ready are both high.
  input  wire               req_valid_i,
  output wire               req_ready_o,
  input  wire               req_write_i,
  input  wire [ADDR_W-1:0]  req_addr_i,
  input  wire [BYTES*8-1:0] req_wdata_i,
  input  wire [BYTES-1:0]   req_wstrb_i,
  // Response to a read: valid for one cycle.
  output wire               rsp_valid_o,
  output wire [BYTES*8-1:0] rsp_data_o
);

  localparam WAIT_W = (INTERVAL > 2) ? $clog2(INTERVAL) : 1;
  localparam [31:0] WAIT_MAX = INTERVAL - 1;

  reg  [WAIT_W-1:0] wait_q;
  wire              accept = req_valid_i && req_ready_o;
  assign req_ready_o = !stall_i && wait_q == {WAIT_W{1'b0}};

  always @(posedge clk_i) begin
    if (rst_i)                           wait_q <= {WAIT_W{1'b0}};
    else if (accept)                     wait_q <= WAIT_MAX[WAIT_W-1:0];
    else if (wait_q != {WAIT_W{1'b0}})   wait_q <= wait_q - 1'b1;
  end

  reg  [LATENCY-1:0]         valid_q;
  wire [LATENCY:0]           valid_d = {valid_q, accept && !req_write_i};
  assign rsp_valid_o = valid_q[LATENCY-1];
  always @(posedge clk_i) begin
    if (rst_i) valid_q <= {LATENCY{1'b0}};
    else       valid_q <= valid_d[LATENCY-1:0];
  end
  wire unused_ok = &{1'b0, valid_d[LATENCY], 1'b0};

  wire [BYTES*8-1:0] first;                 // of the read accepted in the cycle before
  memory_ram #(.WORDS(WORDS), .BYTES(BYTES), .ADDR_W(ADDR_W)) u_ram (
    .clk_i(clk_i), .en_i(accept), .write_i(req_write_i), .addr_i(req_addr_i),
    .wdata_i(req_wdata_i), .wstrb_i(req_wstrb_i), .rdata_o(first)
  );

  generate
    if (LATENCY > 1) begin : g_delay
      reg [(LATENCY-1)*BYTES*8-1:0] data_q;
      wire [LATENCY*BYTES*8-1:0]    data_d = {data_q, first};
      always @(posedge clk_i) data_q <= data_d[(LATENCY-1)*BYTES*8-1:0];
      assign rsp_data_o = data_q[(LATENCY-2)*BYTES*8 +: BYTES*8];
      wire unused_data = &{1'b0, data_d[LATENCY*BYTES*8-1 -: BYTES*8], 1'b0};
    end else begin : g_direct
      assign rsp_data_o = first;
    end
  endgenerate
endmodule
`default_nettype wire
