// GENERATED from rtl_templates/compute_unit.v.tpl - edit the template, then run `make golden`.
// config: icebreaker-4x4  systolic-ws unroll={K: 4, C: 4} memory.width=32
// compute_unit.v - sequences the array: reads ifmap and weights, says where each psum goes.
//
// A MAC job streams the pixels of a tile past each weight tile; the rows of a weight tile follow its
// first pixel down the array.  A lookup job sends single elements (or the maximum of a window) through a table.
// Model: sim/compute_unit.c.  Specification: docs/blocks.md, 2 and 7.
`default_nettype none

module compute_unit #(
  parameter ROWS    = 4,
  parameter COLS    = 4,
  parameter BYTES   = 4,                    // bytes per memory word
  parameter WADDR_W = 15,                   // memory word address width
  parameter IBUF_W  = 10,                   // ifmap buffer address width, both halves
  parameter WBUF_W  = 9,                    // weight buffer address width, both halves
  parameter ACC_W   = 7,                    // accumulator address width
  parameter CNT_W   = 10,                   // loop count width
  parameter CTL_W   = ACC_W + 6             // derived: {valid, lookup, ovr, emit, half, last, addr}
) (
  input  wire               clk_i,
  input  wire               rst_i,
  // Control.
  input  wire               start_i,
  input  wire [WADDR_W-1:0] pc_i,           // word address of the descriptor stream
  output wire               idle_o,
  // Memory read port, descriptors only.
  output wire               req_valid_o,
  output wire [WADDR_W-1:0] req_addr_o,
  input  wire               req_ready_i,
  input  wire               rsp_valid_i,
  input  wire [BYTES*8-1:0] rsp_data_i,
  // Tokens.
  input  wire [1:0]         ibuf_full_i,
  input  wire [1:0]         wbuf_full_i,
  input  wire [1:0]         acc_claim_i,
  output wire [1:0]         free_ibuf_o,
  output wire [1:0]         free_wbuf_o,
  output wire [1:0]         claim_acc_o,
  // Buffers: address in t, data in t+1.
  output wire [IBUF_W-1:0]  ibuf_addr_o,
  input  wire [ROWS*8-1:0]  ibuf_data_i,
  output wire [WBUF_W-1:0]  wbuf_addr_o,
  // To the array and the accumulators, in the cycle of the buffer data.
  output wire [ROWS-1:0]    wen_o,          // the weight word becomes this row's
  output wire [CTL_W-1:0]   ctl_o,
  // Performance events.
  output wire               mac_beat_o,
  output wire               lookup_beat_o,
  output wire               wait_ibuf_o,
  output wire               wait_wbuf_o,
  output wire               wait_acc_o,
  output wire               bubble_o,       // in RUN without a beat
  output wire               fetching_o
);

  localparam WPB    = BYTES / 4;
  localparam LANE_W = $clog2(BYTES);
  localparam [31:0] BEATS = 8 / WPB;
  localparam ROW_W  = (ROWS > 1) ? $clog2(ROWS) : 1;
  localparam [31:0] LAST_ROW = ROWS - 1;
  localparam [31:0] DRAIN = ROWS + COLS + 3;
  localparam DRAIN_W = $clog2(DRAIN + 1);

  localparam [1:0] ST_IDLE = 2'd0, ST_FETCH = 2'd1, ST_WAIT = 2'd2, ST_RUN = 2'd3;
  reg [1:0] state_q;

  // ---- descriptor ----
  reg               d_end_q, d_lookup_q, d_isel_q, d_wsel_q, d_asel_q, d_free_i_q, d_free_w_q;
  reg               d_push_q, d_first_q, d_emit_q, d_hold_q, d_scan_q, d_sub_q, d_loop_q;
  reg [CNT_W-1:0]   d_nq_q, d_np_q, d_nk_q, d_nc_q, d_ns_q, d_nr_q;
  reg [IBUF_W-1:0]  d_dq_q, d_dp_q, d_dc_q, d_ds_q, d_dr_q, d_dk_q;
  reg [IBUF_W-2:0]  d_ibase_q;
  reg [ACC_W-1:0]   d_abase_q;
  reg [ROW_W-1:0]   d_nl_q;

  wire        f_last;
  wire [11:0] f_word;
  wire        job_end;
  wire [WADDR_W-1:0] unused_ptr;
  wire        begin_all = state_q == ST_IDLE && start_i;
  // LOOP: iteration, and where it goes back to.
  reg  [CNT_W-1:0]   it_q;
  wire               loop = state_q == ST_WAIT && !d_end_q && d_loop_q;
  wire               back = loop && it_q != d_nq_q;
  wire [2*CNT_W-1:0] target_16 = {d_nk_q, d_np_q};    // in units of 16 bytes
  wire [WADDR_W-1:0] target    = {target_16[WADDR_W+LANE_W-5:0], {4-LANE_W{1'b0}}};
  always @(posedge clk_i) begin
    if (rst_i || begin_all || (loop && !back)) it_q <= {CNT_W{1'b0}};
    else if (back)                             it_q <= it_q + 1'b1;
  end
  desc_fetch #(.WADDR_W(WADDR_W), .WPB(WPB)) u_fetch (
    .clk_i(clk_i), .rst_i(rst_i),
    .load_i(begin_all || back), .ptr_i(begin_all ? pc_i : target), .go_i(begin_all || job_end || loop), .n_i(BEATS[3:0]), .cont_i(1'b0),
    .ptr_o(unused_ptr), .req_valid_o(req_valid_o), .req_addr_o(req_addr_o),
    .req_ready_i(req_ready_i), .rsp_valid_i(rsp_valid_i), .word_o(f_word), .last_o(f_last)
  );

  wire [31:0] w0 = rsp_data_i[(0 % WPB)*32 +: 32];
  wire [31:0] w1 = rsp_data_i[(1 % WPB)*32 +: 32];
  wire [31:0] w2 = rsp_data_i[(2 % WPB)*32 +: 32];
  wire [31:0] w3 = rsp_data_i[(3 % WPB)*32 +: 32];
  always @(posedge clk_i) begin
    if (f_word[0]) begin
      {d_loop_q, d_sub_q, d_scan_q, d_hold_q, d_emit_q, d_first_q, d_push_q, d_free_w_q, d_free_i_q,
       d_asel_q, d_wsel_q, d_isel_q, d_lookup_q, d_end_q} <= w0[13:0];
    end
    if (f_word[1]) {d_nk_q, d_np_q, d_nq_q} <= {w1[20 +: CNT_W], w1[10 +: CNT_W], w1[0 +: CNT_W]};
    if (f_word[2]) {d_nr_q, d_ns_q, d_nc_q} <= {w2[20 +: CNT_W], w2[10 +: CNT_W], w2[0 +: CNT_W]};
    if (f_word[3]) begin
      d_dq_q <= w3[IBUF_W-1:0];
      d_dp_q <= w3[16 +: IBUF_W];
    end
    if (f_word[4]) begin
      d_dc_q <= w0[IBUF_W-1:0];
      d_ds_q <= w0[16 +: IBUF_W];
    end
    if (f_word[5]) begin
      d_dr_q <= w1[IBUF_W-1:0];
      d_dk_q <= w1[16 +: IBUF_W];
    end
    if (f_word[6]) begin
      d_ibase_q <= w2[IBUF_W-2:0];
      d_abase_q <= w2[16 +: ACC_W];
    end
    if (f_word[7]) d_nl_q <= w3[16 +: ROW_W];
  end

  // ---- states ----
  reg  [DRAIN_W-1:0] drain_q;               // cycles until the last MAC psum is out
  reg                done_q, ld_busy_q;
  wire drained  = drain_q == {DRAIN_W{1'b0}};
  wire have_i   = ibuf_full_i[d_isel_q];
  wire have_w   = wbuf_full_i[d_wsel_q];
  wire have_a   = !(d_emit_q && acc_claim_i[d_asel_q]) && !(d_lookup_q && !drained);
  wire waiting  = state_q == ST_WAIT && !d_end_q && !d_loop_q;
  wire go_ok    = waiting && have_i && have_w && have_a;
  wire run      = state_q == ST_RUN;
  assign job_end = run && done_q && !ld_busy_q;
  assign idle_o      = state_q == ST_IDLE;
  assign wait_ibuf_o = waiting && !have_i;
  assign wait_wbuf_o = waiting && have_i && !have_w;
  assign wait_acc_o  = waiting && have_i && have_w && !have_a;
  assign fetching_o  = state_q == ST_FETCH;
  assign free_ibuf_o = {job_end && d_free_i_q && d_isel_q, job_end && d_free_i_q && !d_isel_q};
  assign free_wbuf_o = {job_end && d_free_w_q && d_wsel_q, job_end && d_free_w_q && !d_wsel_q};
  assign claim_acc_o = {go_ok && d_push_q && d_asel_q, go_ok && d_push_q && !d_asel_q};

  always @(posedge clk_i) begin
    if (rst_i) state_q <= ST_IDLE;
    else begin
      case (state_q)
        ST_IDLE:  if (start_i) state_q <= ST_FETCH;
        ST_FETCH: if (f_last) state_q <= ST_WAIT;
        ST_WAIT:  if (d_end_q) state_q <= ST_IDLE;
                  else if (d_loop_q) state_q <= ST_FETCH;
                  else if (go_ok) state_q <= ST_RUN;
        default:  if (job_end) state_q <= ST_FETCH;
      endcase
    end
  end

  // ---- weights: row r of a tile leaves r cycles after its first beat and meets it in array row r ----
  reg  [WBUF_W-1:0] wptr_q;
  reg  [ROW_W-1:0]  ld_row_q;
  wire tile_start, takes_weights;
  wire ld_start  = tile_start && takes_weights;
  wire ld_issue  = ld_start || ld_busy_q;
  wire [ROW_W-1:0] ld_row = ld_busy_q ? ld_row_q : {ROW_W{1'b0}};
  wire ld_last   = ld_row == LAST_ROW[ROW_W-1:0];
  always @(posedge clk_i) begin
    if (rst_i || go_ok) begin
      ld_busy_q <= 1'b0;
      ld_row_q  <= {ROW_W{1'b0}};
    end else if (ld_issue) begin
      ld_busy_q <= !ld_last;
      ld_row_q  <= ld_row + 1'b1;
    end
  end
  always @(posedge clk_i) begin
    if (go_ok)         wptr_q <= {d_wsel_q, {WBUF_W-1{1'b0}}};
    else if (ld_issue) wptr_q <= wptr_q + 1'b1;
  end

  // ---- streamer ----
  reg [CNT_W-1:0]  q_q, p_q, c_q, s_q, r_q, k_q;
  reg [IBUF_W-1:0] tb_q, ba_q;
  reg [ACC_W-1:0]  acc_q, kb_q;
  reg [ROW_W-1:0]  lane_q;
  reg              in_tile_q, gap_q, red_first_q, first_tile_q;
  wire mac = run && !d_lookup_q;
  assign takes_weights = !(d_hold_q && !first_tile_q);
  assign tile_start = mac && !done_q && !in_tile_q && !gap_q && !ld_busy_q;
  wire mac_beat    = tile_start || (mac && in_tile_q);
  wire lookup_beat = run && d_lookup_q && !done_q;
  wire beat        = mac_beat || lookup_beat;

  wire last_q   = q_q == d_nq_q;
  wire last_p   = p_q == d_np_q;
  wire last_c   = c_q == d_nc_q;
  wire last_s   = s_q == d_ns_q;
  wire last_r   = r_q == d_nr_q;
  wire last_k   = k_q == d_nk_q;
  wire tile_end = last_q && last_p;
  wire red_last = last_c && last_s && last_r;
  wire lane_end = !d_lookup_q || lane_q == d_nl_q;
  wire advance  = beat && tile_end && lane_end;   // to the next tile base
  wire job_last = tile_end && lane_end && red_last && last_k;

  wire [IBUF_W-1:0] tile_delta = !last_c ? d_dc_q : !last_s ? d_ds_q : !last_r ? d_dr_q : d_dk_q;
  wire [IBUF_W-1:0] next_base  = lane_end ? tb_q + tile_delta : tb_q;
  wire [ACC_W-1:0]  acc_next   = acc_q + 1'b1;

  always @(posedge clk_i) begin
    if (rst_i) begin
      in_tile_q <= 1'b0;
      gap_q     <= 1'b0;
      done_q    <= 1'b0;
    end else if (go_ok) begin
      in_tile_q <= 1'b0;
      gap_q     <= 1'b0;
      done_q    <= 1'b0;
    end else begin
      if (mac_beat) in_tile_q <= !tile_end;
      gap_q <= tile_start && tile_end;
      if (beat && job_last) done_q <= 1'b1;
    end
  end

  always @(posedge clk_i) begin
    if (go_ok) begin
      q_q <= {CNT_W{1'b0}};
      p_q <= {CNT_W{1'b0}};
      c_q <= {CNT_W{1'b0}};
      s_q <= {CNT_W{1'b0}};
      r_q <= {CNT_W{1'b0}};
      k_q <= {CNT_W{1'b0}};
      lane_q <= {ROW_W{1'b0}};
      tb_q   <= {d_isel_q, d_ibase_q};
      ba_q   <= {d_isel_q, d_ibase_q};
      red_first_q  <= 1'b1;
      first_tile_q <= 1'b1;
    end else if (beat) begin
      q_q <= last_q ? {CNT_W{1'b0}} : q_q + 1'b1;
      if (last_q) p_q <= last_p ? {CNT_W{1'b0}} : p_q + 1'b1;
      ba_q <= !last_q ? ba_q + d_dq_q : !last_p ? ba_q + d_dp_q : next_base;
      first_tile_q <= 1'b0;
      if (tile_end) begin
        tb_q   <= next_base;
        lane_q <= lane_end ? {ROW_W{1'b0}} : lane_q + 1'b1;
      end
      if (advance) begin
        c_q <= last_c ? {CNT_W{1'b0}} : c_q + 1'b1;
        if (last_c) s_q <= last_s ? {CNT_W{1'b0}} : s_q + 1'b1;
        if (last_c && last_s) r_q <= last_r ? {CNT_W{1'b0}} : r_q + 1'b1;
        if (red_last) k_q <= last_k ? {CNT_W{1'b0}} : k_q + 1'b1;
        red_first_q <= red_last;
      end
    end
  end

  always @(posedge clk_i) begin
    if (go_ok) begin
      acc_q <= d_abase_q;
      kb_q  <= d_abase_q;
    end else if (d_lookup_q) begin
      if (beat && tile_end) acc_q <= acc_next;
    end else if (beat) begin
      acc_q <= (tile_end && !red_last) ? kb_q : acc_next;
      if (tile_end && red_last) kb_q <= acc_next;
    end
  end

  always @(posedge clk_i) begin
    if (rst_i)         drain_q <= {DRAIN_W{1'b0}};
    else if (mac_beat) drain_q <= DRAIN[DRAIN_W-1:0];
    else if (!drained) drain_q <= drain_q - 1'b1;
  end

  // ---- one cycle later, with the buffer data ----
  reg [CTL_W-1:0] ctl_q;
  reg [ROWS-1:0]  wen_q;
  wire ctl_valid = mac_beat || (lookup_beat && tile_end && !d_scan_q);
  wire ctl_ovr   = d_first_q && (d_lookup_q || red_first_q);
  wire ctl_emit  = d_emit_q && (d_lookup_q || red_last);
  wire ctl_last  = beat && d_push_q && job_last;
  always @(posedge clk_i) begin
    if (rst_i) begin
      ctl_q <= {CTL_W{1'b0}};
      wen_q <= {ROWS{1'b0}};
    end else begin
      ctl_q <= {ctl_valid, lookup_beat, ctl_ovr, ctl_emit, d_asel_q, ctl_last, acc_q};
      wen_q <= ld_issue ? {{ROWS-1{1'b0}}, 1'b1} << ld_row : {ROWS{1'b0}};
    end
  end
  assign ctl_o = ctl_q;
  assign wen_o = wen_q;

  // ---- lookup: element, running maximum, table address ----
  reg             lk_v_q, lk_first_q;
  reg [ROW_W-1:0] lk_lane_q;
  reg signed [7:0] cur_q;
  wire signed [7:0] elem = ibuf_data_i[lk_lane_q*8 +: 8];
  wire signed [7:0] peak = (lk_first_q || elem > cur_q) ? elem : cur_q;
  wire        [7:0] index = d_sub_q ? elem - cur_q : peak;
  always @(posedge clk_i) begin
    if (rst_i) lk_v_q <= 1'b0;
    else       lk_v_q <= lookup_beat;
  end
  always @(posedge clk_i) begin
    lk_first_q <= q_q == {CNT_W{1'b0}} && p_q == {CNT_W{1'b0}};
    lk_lane_q  <= lane_q;
    if (lk_v_q && !d_sub_q) cur_q <= peak;
  end

  assign ibuf_addr_o = ba_q;
  assign wbuf_addr_o = lk_v_q ? {d_wsel_q, {WBUF_W-9{1'b0}}, index} : wptr_q;
  assign mac_beat_o    = mac_beat;
  assign lookup_beat_o = lookup_beat;
  assign bubble_o      = run && !beat;
  wire unused_ok = &{1'b0, unused_ptr, f_word[11:8], target_16, w0, w1, w2, w3, BEATS[31:4], 1'b0};
endmodule
`default_nettype wire
