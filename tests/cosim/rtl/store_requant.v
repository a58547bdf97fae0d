// store_requant.v - the store engine and its requantizers, wired as in core.v, for the block test.
//
// Model: sim/blocks/store_unit.c and sim/blocks/requant.c.
`default_nettype none

module store_requant #(
  parameter COLS    = 4,
  parameter BYTES   = 4,
  parameter ADDR_W  = 17,
  parameter ACC_W   = 7,
  parameter CNT_W   = 10,
  parameter STAGES  = 4,
  parameter BYADDR  = 0,
  parameter LANES   = 1,
  parameter FLOAT   = 0,
  parameter RECORD_BEATS = 3,
  parameter LANE_W  = $clog2(BYTES),        // derived
  parameter WADDR_W = ADDR_W - LANE_W       // derived
) (
  input  wire                clk_i,
  input  wire                rst_i,
  input  wire                start_i,
  input  wire [WADDR_W-1:0]  pc_i,
  output wire                idle_o,
  output wire                waiting_o,
  output wire                req_valid_o,
  output wire                req_write_o,
  output wire [WADDR_W-1:0]  req_addr_o,
  output wire [BYTES*8-1:0]  req_wdata_o,
  output wire [BYTES-1:0]    req_wstrb_o,
  input  wire                req_ready_i,
  input  wire                rsp_valid_i,
  input  wire [BYTES*8-1:0]  rsp_data_i,
  input  wire [1:0]          acc_full_i,
  output wire [1:0]          free_acc_o,
  output wire                push_mem_o,
  output wire                layer_done_o,
  output wire [ACC_W:0]      drain_addr_o,
  input  wire [COLS*32-1:0]  drain_data_i,
  // Between the two.
  output wire                x_valid_o,
  output wire                x_ready_o,
  output wire [31:0]         x_o,
  output wire                y_valid_o,
  output wire                y_ready_o,
  output wire                empty_o,
  output wire                x_side_by_side_o,
  output wire [LANES*8-1:0]  y_o,
  output wire                side_by_side_o
);
  wire [LANES-1:0]    ready, valid, srdhm_valid, empty;
  wire [LANES*32-1:0] x, srdhm;
  wire [LANES*31-1:0] m;
  wire [LANES*5-1:0]  shift;
  wire [7:0]          zp, amin, amax;
  wire                in_float;
  assign x_ready_o = ready[0];
  assign x_o       = x[31:0];
  assign y_valid_o = valid[0];
  assign empty_o   = empty[0];

  store_unit #(
    .COLS(COLS), .BYTES(BYTES), .ADDR_W(ADDR_W), .ACC_W(ACC_W), .CNT_W(CNT_W), .BYADDR(BYADDR),
    .LANES(LANES), .FLOAT(FLOAT), .RECORD_BEATS(RECORD_BEATS)
  ) u_store (
    .clk_i(clk_i), .rst_i(rst_i), .start_i(start_i), .pc_i(pc_i),
    .idle_o(idle_o), .waiting_o(waiting_o),
    .req_valid_o(req_valid_o), .req_write_o(req_write_o), .req_addr_o(req_addr_o),
    .req_wdata_o(req_wdata_o), .req_wstrb_o(req_wstrb_o), .req_ready_i(req_ready_i),
    .rsp_valid_i(rsp_valid_i), .rsp_data_i(rsp_data_i),
    .acc_full_i(acc_full_i), .free_acc_o(free_acc_o), .push_mem_o(push_mem_o),
    .layer_done_o(layer_done_o), .drain_addr_o(drain_addr_o), .drain_data_i(drain_data_i),
    .rq_valid_o(x_valid_o), .rq_side_by_side_o(x_side_by_side_o), .rq_ready_i(ready[0]), .rq_x_o(x), .rq_float_o(in_float), .rq_m_o(m), .rq_shift_o(shift),
    .rq_zp_o(zp), .rq_amin_o(amin), .rq_amax_o(amax), .rq_valid_i(valid[0]),
    .rq_ready_o(y_ready_o), .rq_y_i(y_o), .rq_srdhm_valid_i(srdhm_valid[0]), .rq_srdhm_i(srdhm[31:0]),
    .rq_empty_i(empty[0]), .side_by_side_o(side_by_side_o)
  );
  genvar n;
  generate
    for (n = 0; n < LANES; n = n + 1) begin : g_lane
      requant #(.STAGES(STAGES), .FLOAT(FLOAT)) u_requant (
        .clk_i(clk_i), .rst_i(rst_i), .valid_i(n == 0 ? x_valid_o : x_side_by_side_o), .ready_o(ready[n]),
        .x_i(x[n*32 +: 32]), .float_i(in_float), .m_i(m[n*31 +: 31]), .shift_i(shift[n*5 +: 5]),
        .zp_i(zp), .amin_i(amin), .amax_i(amax),
        .valid_o(valid[n]), .out_ready_i(y_ready_o), .y_o(y_o[n*8 +: 8]),
        .srdhm_valid_o(srdhm_valid[n]), .srdhm_o(srdhm[n*32 +: 32]), .empty_o(empty[n])
      );
    end
  endgenerate
endmodule
`default_nettype wire
