// mem_arb.v - shares the memory port among store, compute, load and host, in this priority.
//
// Grants are combinational; responses come back in order and are routed by the owner FIFO.
// Model: sim/blocks/mem_arb.c.  Specification: docs/blocks.md, 3.
`default_nettype none

module mem_arb #(
  parameter WADDR_W = 15,                   // word address width
  parameter BYTES   = 4,                    // bytes per memory word
  parameter DEPTH   = 4,                    // reads in flight, a power of two
  parameter LANE_W  = $clog2(BYTES)         // derived
) (
  input  wire                      clk_i,
  input  wire                      rst_i,
  // Clients.  valid holds until ready.  rvalid marks the client's read data on mem_rdata_i.
  input  wire                      st_valid_i,
  output wire                      st_ready_o,
  input  wire                      st_write_i,
  input  wire [WADDR_W-1:0]        st_addr_i,
  input  wire [BYTES*8-1:0]        st_wdata_i,
  input  wire [BYTES-1:0]          st_wstrb_i,
  output wire                      st_rvalid_o,
  input  wire                      co_valid_i,
  output wire                      co_ready_o,
  input  wire [WADDR_W-1:0]        co_addr_i,
  output wire                      co_rvalid_o,
  input  wire                      ld_valid_i,
  output wire                      ld_ready_o,
  input  wire [WADDR_W-1:0]        ld_addr_i,
  output wire                      ld_rvalid_o,
  input  wire                      ho_valid_i,      // byte wide
  output wire                      ho_ready_o,
  input  wire                      ho_write_i,
  input  wire [WADDR_W+LANE_W-1:0] ho_addr_i,
  input  wire [7:0]                ho_wdata_i,
  output wire                      ho_rvalid_o,
  output wire [7:0]                ho_rdata_o,
  // Memory port: combinational from the clients; read data in order without back-pressure.
  output wire                      mem_valid_o,
  input  wire                      mem_ready_i,
  output wire                      mem_write_o,
  output wire [WADDR_W-1:0]        mem_addr_o,
  output wire [BYTES*8-1:0]        mem_wdata_o,
  output wire [BYTES-1:0]          mem_wstrb_o,
  input  wire                      mem_rvalid_i,
  input  wire [BYTES*8-1:0]        mem_rdata_i
);

  localparam CNT_W = $clog2(DEPTH + 1);
  localparam [31:0] FULL = DEPTH;

  wire [1:0]       owner = st_valid_i ? 2'd0 : co_valid_i ? 2'd1 : ld_valid_i ? 2'd2 : 2'd3;
  wire             any   = st_valid_i || co_valid_i || ld_valid_i || ho_valid_i;
  wire [CNT_W-1:0] own_cnt;
  wire [1:0]       head;
  wire             write  = (owner == 2'd0 && st_write_i) || (owner == 2'd3 && ho_write_i);
  wire             room   = own_cnt != FULL[CNT_W-1:0];
  wire             go     = write || room;
  wire             accept = mem_valid_o && mem_ready_i;

  wire [LANE_W-1:0] ho_lane = ho_addr_i[LANE_W-1:0];
  wire [BYTES-1:0]  ho_strb = {{BYTES-1{1'b0}}, 1'b1} << ho_lane;

  assign mem_valid_o = any && go;
  assign mem_write_o = write;
  assign mem_addr_o  = (owner == 2'd0) ? st_addr_i : (owner == 2'd1) ? co_addr_i :
                       (owner == 2'd2) ? ld_addr_i : ho_addr_i[LANE_W +: WADDR_W];
  assign mem_wdata_o = (owner == 2'd0) ? st_wdata_i : {BYTES{ho_wdata_i}};
  assign mem_wstrb_o = (owner == 2'd0) ? st_wstrb_i : ho_strb;

  // Nobody comes before store, so its ready need not wait for its valid.  Each grant is written
  // out: through `owner` and `write` it would be the longest path of the design.
  wire st_or_co = st_valid_i || co_valid_i;
  assign st_ready_o = mem_ready_i && (st_write_i || room);
  assign co_ready_o = mem_ready_i && room && co_valid_i && !st_valid_i;
  assign ld_ready_o = mem_ready_i && room && ld_valid_i && !st_or_co;
  assign ho_ready_o = mem_ready_i && (ho_write_i || room) && !st_or_co && !ld_valid_i;

  fifo_small #(.DATA_W(2), .DEPTH(DEPTH)) u_own (
    .clk_i(clk_i), .rst_i(rst_i),
    .push_i(accept && !write), .data_i(owner), .pop_i(mem_rvalid_i),
    .head_o(head), .count_o(own_cnt)
  );
  assign st_rvalid_o = mem_rvalid_i && head == 2'd0;
  assign co_rvalid_o = mem_rvalid_i && head == 2'd1;
  assign ld_rvalid_o = mem_rvalid_i && head == 2'd2;
  assign ho_rvalid_o = mem_rvalid_i && head == 2'd3;

  reg [LANE_W-1:0] host_lane_q;
  always @(posedge clk_i) begin
    if (ho_valid_i && ho_ready_o && !ho_write_i) host_lane_q <= ho_lane;
  end
  assign ho_rdata_o = mem_rdata_i[host_lane_q*8 +: 8];
endmodule
`default_nettype wire
