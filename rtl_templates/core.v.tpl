// core.v - the accelerator without host link and memory: three engines, their buffers and the array
// behind one memory port, started by a pulse.
//
//   clk_i       _/~\_/~\_/~\_    _/~\_/~\_
//   start_i     _/~~~\_______ .. _________   with the three addresses
//   busy_o      _____/~~~~~~~ .. ~~~~~\___   from the cycle after start_i to the last written byte
//
// Model: sim/blocks/core.c.  Specification: docs/blocks.md.
`default_nettype none

module core #(
  parameter ROWS       = @{rows},           // array rows
  parameter COLS       = @{cols},           // array columns
  parameter BYTES      = @{mem_width_bytes},  // bytes per memory word
  parameter ADDR_W     = @{addr_bits},      // byte address width
  parameter IBUF_WORDS = @{ibuf_words},     // words in each half of the ifmap buffer
  parameter WBUF_WORDS = @{wbuf_words},     // words in each half of the weight buffer
  parameter WBUF_BEATS = @{wbuf_beats},     // memory words per weight-buffer word
  parameter X_W        = @{activation_bits},  // bits of an activation
  parameter W_W        = @{weight_bits},    // bits of a weight
  parameter P_W        = @{acc_bits},       // bits of an accumulator
  parameter PSUM_W     = @{psum_bits},      // psum width inside the array
  parameter XF         = @{x_forwarded},    // 1: the row operand is forwarded along the columns
  parameter BCAST      = @{broadcast},      // registers in front of every operand of the array
  parameter LAT        = @{latency},        // cycles from a beat's issue to its psum on column 0
  parameter LINE_LAT   = @{line_latency},   // the same for a job through the window
  parameter DRAIN      = @{drain_cycles},   // cycles from a beat until nothing of it is under way
  parameter ILANES     = @{ibuf_lanes},     // bytes of an ifmap-buffer word
  parameter FILL       = @{load_lanes},     // of them, what a load fills when it says nothing else
  parameter WFILL      = @{wbuf_bytes},     // bytes of a weight-buffer word that the array sees
  parameter TP         = @{table_pack},     // table entries in a weight-buffer word
  parameter PARTIAL_LOADS = @{partial_loads}, // loads may fill a part of a half
  parameter BYADDR     = @{by_address},     // store can walk columns inside an accumulator address
  parameter PRODUCTS   = @{products},       // lookups may multiply
  parameter LINE       = @{line},           // taps of a kernel row are fed from one pixel
  parameter TR         = @{r},              // kernel rows and channels in space
  parameter TC         = @{c},
  parameter STAGES     = @{requant_stages},  // requantizer multiplier stages
  parameter LANES      = @{requant_lanes},  // requantizers side by side
  parameter FLOAT      = @{requant_float},  // requantizers may round as float32 does
  parameter READS      = @{mem_reads},      // reads in flight, a power of two
  parameter IBUF_W     = @{ibuf_addr_bits},  // address of the ifmap buffer, both halves
  parameter WBUF_W     = @{wbuf_addr_bits},  // address of the weight buffer, both halves
  parameter ACC_W      = @{acc_addr_bits},  // address of one half of the accumulators
  parameter CNT_W      = @{count_bits},     // loop counts in descriptors
  parameter COORD_W    = @{coord_bits},     // image coordinates in descriptors
  parameter LANE_W     = $clog2(BYTES),     // derived
  parameter WADDR_W    = ADDR_W - LANE_W    // derived
) (
  input  wire                clk_i,
  input  wire                rst_i,         // synchronous, active high
  // Start: a pulse while not busy.  The byte addresses of the three streams count in its cycle.
  input  wire                start_i,
  input  wire [ADDR_W-1:0]   pc_load_i,
  input  wire [ADDR_W-1:0]   pc_compute_i,
  input  wire [ADDR_W-1:0]   pc_store_i,
  // Status: busy_o from the cycle after the start until every engine has reached its stream's end.
  output wire                busy_o,
  output wire                layer_done_o,  // pulse: the last byte of a layer is written
  // A performance counter, in the cycle after its index; complete 19 cycles after busy_o falls.
  input  wire [3:0]          stat_index_i,
  output wire [31:0]         stat_data_o,
  // A host's access to the memory port, a byte at a time; the engines come first.  The next request
  // waits for the byte of the last read, which is there in the cycle of ho_rvalid_o.
  input  wire                ho_valid_i,
  output wire                ho_ready_o,
  input  wire                ho_write_i,
  input  wire [ADDR_W-1:0]   ho_addr_i,
  input  wire [7:0]          ho_wdata_i,
  output wire                ho_rvalid_o,
  output wire [7:0]          ho_rdata_o,
  // Memory port: requests by valid and ready, read data in order without back-pressure.
  output wire                mem_valid_o,
  input  wire                mem_ready_i,
  output wire                mem_write_o,
  output wire [WADDR_W-1:0]  mem_addr_o,
  output wire [BYTES*8-1:0]  mem_wdata_o,
  output wire [BYTES-1:0]    mem_wstrb_o,
  input  wire                mem_rvalid_i,
  input  wire [BYTES*8-1:0]  mem_rdata_i
);

  localparam BUF_W  = (IBUF_W > WBUF_W) ? IBUF_W : WBUF_W;
  localparam CTL_W  = @{ctl_bits};
  localparam WLANES = WBUF_BEATS * BYTES;
  localparam SUB_W  = (TP > 1) ? $clog2(TP) : 1;
  localparam ROW_W  = (ROWS > 1) ? $clog2(ROWS) : 1;
  localparam MUL_W  = P_W - 1;              // requantizer: multiplier, right shift
  localparam SH_W   = $clog2(P_W);

  // ---- memory port ----
  wire               st_valid, st_ready, st_write, st_rvalid;
  wire [WADDR_W-1:0] st_addr;
  wire [BYTES*8-1:0] st_wdata;
  wire [BYTES-1:0]   st_wstrb;
  wire               co_valid, co_ready, co_rvalid;
  wire [WADDR_W-1:0] co_addr;
  wire               ld_valid, ld_ready, ld_rvalid;
  wire [WADDR_W-1:0] ld_addr;
  mem_arb #(.WADDR_W(WADDR_W), .BYTES(BYTES), .DEPTH(READS)) u_arb (
    .clk_i(clk_i), .rst_i(rst_i),
    .st_valid_i(st_valid), .st_ready_o(st_ready), .st_write_i(st_write), .st_addr_i(st_addr),
    .st_wdata_i(st_wdata), .st_wstrb_i(st_wstrb), .st_rvalid_o(st_rvalid),
    .co_valid_i(co_valid), .co_ready_o(co_ready), .co_addr_i(co_addr), .co_rvalid_o(co_rvalid),
    .ld_valid_i(ld_valid), .ld_ready_o(ld_ready), .ld_addr_i(ld_addr), .ld_rvalid_o(ld_rvalid),
    .ho_valid_i(ho_valid_i), .ho_ready_o(ho_ready_o), .ho_write_i(ho_write_i),
    .ho_addr_i(ho_addr_i),
    .ho_wdata_i(ho_wdata_i), .ho_rvalid_o(ho_rvalid_o), .ho_rdata_o(ho_rdata_o),
    .mem_valid_o(mem_valid_o), .mem_ready_i(mem_ready_i), .mem_write_o(mem_write_o),
    .mem_addr_o(mem_addr_o), .mem_wdata_o(mem_wdata_o), .mem_wstrb_o(mem_wstrb_o),
    .mem_rvalid_i(mem_rvalid_i), .mem_rdata_i(mem_rdata_i)
  );

  // ---- tokens ----
  wire [1:0] set_ibuf, clr_ibuf, ibuf_full, set_wbuf, clr_wbuf, wbuf_full;
  wire [1:0] claim_acc, set_acc, clr_acc, acc_claim, acc_full;
  wire       push_mem, take_mem, mem_ok;
  tokens u_tokens (
    .clk_i(clk_i), .rst_i(rst_i), .start_i(start_i),
    .set_ibuf_i(set_ibuf), .clr_ibuf_i(clr_ibuf), .ibuf_full_o(ibuf_full),
    .set_wbuf_i(set_wbuf), .clr_wbuf_i(clr_wbuf), .wbuf_full_o(wbuf_full),
    .claim_acc_i(claim_acc), .set_acc_i(set_acc), .clr_acc_i(clr_acc),
    .acc_claim_o(acc_claim), .acc_full_o(acc_full),
    .push_mem_i(push_mem), .take_mem_i(take_mem), .mem_ok_o(mem_ok)
  );

  // ---- load ----
  wire                  load_idle, load_waiting;
  wire [ILANES-1:0]     wr_ien;
  wire [WLANES-1:0]     wr_wen;
  wire [BUF_W-1:0]      wr_addr;
  wire [BYTES*8-1:0]    wr_data;
  load_unit #(
    .LANES(ILANES), .FILL(FILL), .BYTES(BYTES), .ADDR_W(ADDR_W), .IBUF_W(IBUF_W), .WBUF_W(WBUF_W),
    .WBUF_BEATS(WBUF_BEATS), .WBUF_FILL(WFILL), .WORD_FILLS(@{word_fills}),
    .PARTIAL_LOADS(PARTIAL_LOADS),
    .KIND_OUTPUT(@{output_kind}), .LINE(LINE), .TC(TC),
    .COLS(COLS), .TAGS(READS), .CNT_W(CNT_W), .COORD_W(COORD_W)
  ) u_load (
    .clk_i(clk_i), .rst_i(rst_i),
    .start_i(start_i), .pc_i(pc_load_i[ADDR_W-1:LANE_W]), .idle_o(load_idle),
    .waiting_o(load_waiting),
    .req_valid_o(ld_valid), .req_addr_o(ld_addr), .req_ready_i(ld_ready),
    .rsp_valid_i(ld_rvalid), .rsp_data_i(mem_rdata_i),
    .ibuf_full_i(ibuf_full), .wbuf_full_i(wbuf_full), .mem_ok_i(mem_ok),
    .set_ibuf_o(set_ibuf), .set_wbuf_o(set_wbuf), .take_mem_o(take_mem),
    .wr_ien_o(wr_ien), .wr_wen_o(wr_wen), .wr_addr_o(wr_addr), .wr_data_o(wr_data)
  );

  // ---- buffers ----
  localparam IWORDS = (ILANES + BYTES - 1) / BYTES;
  wire [IBUF_W-1:0]         ibuf_addr;
  wire [ILANES*X_W-1:0]     ibuf_data;
  wire [WBUF_W-1:0]         wbuf_addr;
  wire [WLANES*W_W-1:0]     wbuf_data;
  wire [IWORDS*BYTES*8-1:0] wr_idata = {IWORDS{wr_data}};
  wire                      unused_lanes = &{1'b0, wr_idata, 1'b0};
  wire                      w_iss, lk_v, line, dw;
  wire [WBUF_W-1:0]         w_addr, lk_addr;
  tile_buf #(.LANES(ILANES), .LANE_W(X_W), .DEPTH(2 * IBUF_WORDS), .SEED(100)) u_ibuf (
    .clk_i(clk_i), .we_i(wr_ien), .waddr_i(wr_addr[IBUF_W-1:0]), .wdata_i(wr_idata[ILANES*X_W-1:0]),
    .raddr_i(ibuf_addr), .rdata_o(ibuf_data)
  );
//% if wide
  wire [(COLS+1)/2-1:0]     wen_pairs;
  wide_buf #(
    .ROWS(ROWS), .COLS(COLS), .W_W(W_W), .LANES(WLANES), .DEPTH(2 * WBUF_WORDS), .SEED(200),
    .XF(XF), .BCAST(BCAST), .LINE(LINE), .TS(@{s}), .PAST(@{wide_late})
  ) u_wbuf (
    .clk_i(clk_i), .rst_i(rst_i),
    .we_i(wr_wen), .waddr_i(wr_addr[WBUF_W-1:0]), .wdata_i({WBUF_BEATS{wr_data}}),
    .iss_i(w_iss), .addr_i(w_addr), .line_i(line), .wen_o(wen_pairs),
    .lk_v_i(lk_v), .lk_addr_i(lk_addr), .rdata_o(wbuf_data)
  );
  wire unused_wide = &{1'b0, wbuf_addr, 1'b0};
//% else
  tile_buf #(.LANES(WLANES), .LANE_W(W_W), .DEPTH(2 * WBUF_WORDS), .SEED(200)) u_wbuf (
    .clk_i(clk_i), .we_i(wr_wen), .waddr_i(wr_addr[WBUF_W-1:0]), .wdata_i({WBUF_BEATS{wr_data}}),
    .raddr_i(wbuf_addr), .rdata_o(wbuf_data)
  );
  wire unused_narrow = &{1'b0, w_iss, w_addr, lk_v, lk_addr, 1'b0};
//% end

  // ---- compute ----
  wire              comp_idle;
  wire [ROWS-1:0]   wen;
  wire [LANE_W+2:0] mac;
  wire [ROW_W-1:0]  orow;
  wire [CTL_W-1:0]  ctl;
  wire              beat;
  wire [CNT_W-1:0]  col;
  wire [SUB_W-1:0]  lk_sub;
  wire              ev_mac, ev_lookup, ev_wait_i, ev_wait_w, ev_wait_a, ev_bubble, ev_fetch;
  compute_unit #(
    .ROWS(ROWS), .X_W(X_W), .BYTES(BYTES), .WADDR_W(WADDR_W), .IBUF_W(IBUF_W), .WBUF_W(WBUF_W),
    .ACC_W(ACC_W), .CNT_W(CNT_W), .KIND_OUTPUT(@{output_kind}), .WIDE(@{wide}),
    .WIDE_LATE(@{wide_late}), .LINE(LINE), .TR(TR), .LOOKUP(FILL), .TP(TP),
    .PRODUCTS(PRODUCTS), .DRAIN(DRAIN), .CTL_W(CTL_W)
  ) u_compute (
    .clk_i(clk_i), .rst_i(rst_i),
    .start_i(start_i), .pc_i(pc_compute_i[ADDR_W-1:LANE_W]), .idle_o(comp_idle),
    .req_valid_o(co_valid), .req_addr_o(co_addr), .req_ready_i(co_ready),
    .rsp_valid_i(co_rvalid), .rsp_data_i(mem_rdata_i),
    .ibuf_full_i(ibuf_full), .wbuf_full_i(wbuf_full), .acc_claim_i(acc_claim),
    .free_ibuf_o(clr_ibuf), .free_wbuf_o(clr_wbuf), .claim_acc_o(claim_acc),
    .ibuf_addr_o(ibuf_addr), .ibuf_data_i(ibuf_data[FILL*X_W-1:0]), .wbuf_addr_o(wbuf_addr),
    .wiss_o(w_iss), .waddr_o(w_addr), .lk_v_o(lk_v), .lk_addr_o(lk_addr), .lk_sub_o(lk_sub),
    .beat_o(beat), .col_o(col), .line_o(line), .dw_o(dw),
    .wen_o(wen), .mac_o(mac), .orow_o(orow), .ctl_o(ctl),
    .mac_beat_o(ev_mac), .lookup_beat_o(ev_lookup), .wait_ibuf_o(ev_wait_i),
    .wait_wbuf_o(ev_wait_w), .wait_acc_o(ev_wait_a), .bubble_o(ev_bubble), .fetching_o(ev_fetch)
  );

  // ---- array and accumulators ----
  wire [COLS*PSUM_W-1:0] psum;
//% if output_kind
  pe_output #(
    .ROWS(ROWS), .COLS(COLS), .BYTES(BYTES), .X_W(X_W), .W_W(W_W), .PSUM_W(PSUM_W), .XF(XF),
    .WF(@{w_forwarded}), .BCAST(BCAST), .TREE(@{tree_levels})
  ) u_array (
    .clk_i(clk_i), .rst_i(rst_i), .word_i(ibuf_data), .w_i(wbuf_data[COLS*W_W-1:0]), .mac_i(mac),
    .ctl_valid_i(ctl[ACC_W+@{ctl_valid}] && !ctl[ACC_W+@{ctl_lookup}]), .orow_i(orow), .psum_o(psum)
  );
  wire unused_kind = &{1'b0, wen, beat, col, dw, 1'b0};
//% else
  wire [ROWS*X_W-1:0]      x;
  wire [ROWS*COLS*X_W-1:0] xd;
//% if line
  window #(
    .X_W(X_W), .ROWS(ROWS), .COLS(COLS), .TR(TR), .TS(@{s}), .TC(TC), .IL(ILANES),
    .LL(@{line_lanes}), .LINE_WORDS(@{line_words}), .CNT_W(CNT_W), .PF(@{psum_forwarded}), .XF(XF)
  ) u_window (
    .clk_i(clk_i), .beat_i(beat), .col_i(col), .word_i(ibuf_data), .line_i(line), .x_o(x), .xd_o(xd)
  );
//% else
  assign x  = ibuf_data[ROWS*X_W-1:0];
  assign xd = {ROWS{{COLS*X_W{1'b0}}}};
  wire unused_line = &{1'b0, beat, col, 1'b0};
//% end
//% if psum_forwarded
  pe_array #(
    .ROWS(ROWS), .COLS(COLS), .X_W(X_W), .W_W(W_W), .PSUM_W(PSUM_W), .XF(XF), .BCAST(BCAST),
    .LINE(LINE), .BLOCK_SUM(@{block_sum})
  ) u_array (
    .clk_i(clk_i), .x_i(x), .xd_i(xd), .dw_i(dw), .w_i(wbuf_data[COLS*W_W-1:0]), .wen_i(wen),
    .psum_o(psum)
  );
//% else
  pe_tree #(
    .ROWS(ROWS), .COLS(COLS), .X_W(X_W), .W_W(W_W), .PSUM_W(PSUM_W), .XF(XF), .BCAST(BCAST),
    .LINE(LINE), .TREE(@{tree_levels}), .WIDE(@{wide})
  ) u_array (
//% if wide
    .w_i(wbuf_data[ROWS*COLS*W_W-1:0]), .wen_i(wen_pairs),
//% else
    .w_i(wbuf_data[COLS*W_W-1:0]), .wen_i(wen),
//% end
    .clk_i(clk_i), .x_i(x), .xd_i(xd), .dw_i(dw), .psum_o(psum)
  );
//% end
  wire unused_kind = &{1'b0, mac, orow, wen, dw, 1'b0};
//% end
  wire [ACC_W:0]      drain_addr;
  wire [COLS*P_W-1:0] drain_data;
  acc_array #(
    .COLS(COLS), .PSUM_W(PSUM_W), .P_W(P_W), .ACC_W(ACC_W), .LAT(LAT), .LINE_LAT(LINE_LAT), .XF(XF),
    .PRODUCTS(PRODUCTS), .CTL_W(CTL_W)
  ) u_acc (
    .clk_i(clk_i), .rst_i(rst_i), .line_i(line), .ctl_i(ctl), .psum_i(psum),
    .table_i(wbuf_data[lk_sub*P_W +: P_W]),
    .full_o(set_acc), .drain_addr_i(drain_addr), .drain_data_o(drain_data)
  );

  // ---- store ----
  wire        store_idle, store_waiting;
  wire        side_by_side, rq_in_valid, rq_side_by_side, rq_float, rq_out_ready;
  wire [LANES-1:0]    rq_in_ready, rq_out_valid, rq_srdhm_valid, rq_empty;
  wire [LANES*P_W-1:0]   rq_x, rq_srdhm;
  wire [LANES*MUL_W-1:0] rq_m;
  wire [LANES*SH_W-1:0]  rq_shift;
  wire [LANES*X_W-1:0]   rq_y;
  wire [X_W-1:0]         rq_zp, rq_amin, rq_amax;
  store_unit #(
    .COLS(COLS), .BYTES(BYTES), .X_W(X_W), .P_W(P_W), .ADDR_W(ADDR_W), .ACC_W(ACC_W), .CNT_W(CNT_W),
    .BYADDR(BYADDR), .LANES(LANES), .FLOAT(FLOAT), .RECORD_BEATS(@{param_beats})
  ) u_store (
    .clk_i(clk_i), .rst_i(rst_i),
    .start_i(start_i), .pc_i(pc_store_i[ADDR_W-1:LANE_W]), .idle_o(store_idle),
    .waiting_o(store_waiting),
    .req_valid_o(st_valid), .req_write_o(st_write), .req_addr_o(st_addr), .req_wdata_o(st_wdata),
    .req_wstrb_o(st_wstrb), .req_ready_i(st_ready), .rsp_valid_i(st_rvalid),
    .rsp_data_i(mem_rdata_i),
    .acc_full_i(acc_full), .free_acc_o(clr_acc), .push_mem_o(push_mem),
    .layer_done_o(layer_done_o),
    .drain_addr_o(drain_addr), .drain_data_i(drain_data),
    .rq_valid_o(rq_in_valid), .rq_side_by_side_o(rq_side_by_side),
    .rq_ready_i(rq_in_ready[0]), .rq_x_o(rq_x), .rq_float_o(rq_float), .rq_m_o(rq_m),
    .rq_shift_o(rq_shift), .rq_zp_o(rq_zp), .rq_amin_o(rq_amin), .rq_amax_o(rq_amax),
    .rq_valid_i(rq_out_valid[0]), .rq_ready_o(rq_out_ready), .rq_y_i(rq_y),
    .rq_srdhm_valid_i(rq_srdhm_valid[0]), .rq_srdhm_i(rq_srdhm[P_W-1:0]), .rq_empty_i(rq_empty[0]),
    .side_by_side_o(side_by_side)
  );
  // Lane 0 speaks for all: the others hold elements only beside its own.
  genvar n;
  generate
    for (n = 0; n < LANES; n = n + 1) begin : g_lane
      requant #(.X_W(X_W), .P_W(P_W), .STAGES(STAGES), .FLOAT(FLOAT)) u_requant (
        .clk_i(clk_i), .rst_i(rst_i),
        .valid_i(n == 0 ? rq_in_valid : rq_side_by_side), .ready_o(rq_in_ready[n]),
        .x_i(rq_x[n*P_W +: P_W]), .m_i(rq_m[n*MUL_W +: MUL_W]),
        .float_i(rq_float), .shift_i(rq_shift[n*SH_W +: SH_W]),
        .zp_i(rq_zp), .amin_i(rq_amin), .amax_i(rq_amax),
        .valid_o(rq_out_valid[n]), .out_ready_i(rq_out_ready), .y_o(rq_y[n*X_W +: X_W]),
        .srdhm_valid_o(rq_srdhm_valid[n]), .srdhm_o(rq_srdhm[n*P_W +: P_W]), .empty_o(rq_empty[n])
      );
    end
  endgenerate
  wire unused_requant = &{1'b0, rq_in_ready, rq_out_valid, rq_srdhm_valid, rq_srdhm, rq_empty,
                          1'b0};

  // ---- status ----
  assign busy_o = !(load_idle && comp_idle && store_idle);
  wire mem_accept = mem_valid_o && mem_ready_i;
  perf #(.EVENTS(13)) u_perf (
    .clk_i(clk_i), .rst_i(rst_i), .start_i(start_i), .busy_i(busy_o),
    .event_i({side_by_side, store_waiting, mem_accept && mem_write_o, mem_accept, load_waiting,
              ev_fetch,
              ev_bubble, ev_wait_a, ev_wait_w, ev_wait_i, ev_lookup, ev_mac, 1'b1}),
    .index_i(stat_index_i), .data_o(stat_data_o)
  );

  wire unused_ok = &{1'b0, pc_load_i[LANE_W-1:0], pc_compute_i[LANE_W-1:0], pc_store_i[LANE_W-1:0],
                     wr_addr, wbuf_data, 1'b0};
endmodule
`default_nettype wire
