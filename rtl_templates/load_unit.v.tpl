// load_unit.v - moves boxes of the ifmap (with padding) and runs of weights from memory into the
// tile buffers, one memory beat per cycle, driven by LOAD descriptors.
//
// Five loops c, s, r, q, p from the inside; an address delta a loop; two coordinates tell padding.
// Model: sim/blocks/load_unit.c.  Specification: docs/blocks.md, 2 and 6.
`default_nettype none

module load_unit #(
  parameter LANES   = 4,                    // byte lanes of the ifmap buffer
  parameter FILL    = 4,                    // of them, those that a word fills by default
  parameter BYTES   = 4,                    // bytes per memory word
  parameter ADDR_W  = 17,                   // byte address width
  parameter IBUF_W  = 10,                   // ifmap buffer address width, both halves
  parameter WBUF_W  = 9,                    // weight buffer address width, both halves
  parameter WBUF_BEATS = 1,                 // memory words per weight-buffer word
  parameter WBUF_FILL = 4,                  // bytes of a weight-buffer word that the array sees
  parameter WORD_FILLS = 4,                 // most bytes, or memory words, that fill a word
  parameter PARTIAL_LOADS = 0,              // 1: partial loads; weights byte by byte
  parameter KIND_OUTPUT = 0,                // 1: BYTES lanes for each array row, written apart
  parameter LINE    = 0,                    // 1: a word may be lanes of a tap, or of the columns
  parameter TC      = 1,                    // LINE: lanes of a tap
  parameter COLS    = 4,                    // LINE: lanes of the columns
  parameter TAGS    = 4,                    // reads in flight, a power of two
  parameter CNT_W   = 10,                   // loop count width
  parameter COORD_W = 11,                   // image coordinate width
  parameter STEP_W  = 4,                    // coordinate step width
  parameter LANE_W  = $clog2(BYTES),        // derived
  parameter WADDR_W = ADDR_W - LANE_W,      // derived
  parameter BUF_W   = (IBUF_W > WBUF_W) ? IBUF_W : WBUF_W  // derived
) (
  input  wire                  clk_i,
  input  wire                  rst_i,
  // Start: a pulse while idle, with pc_i in its cycle.  idle_o: the stream's end has been reached.
  input  wire                  start_i,
  input  wire [WADDR_W-1:0]    pc_i,        // word address of the descriptor stream
  output wire                  idle_o,
  output wire                  waiting_o,   // in WAIT
  // Memory read port: valid holds until ready; data comes in order, taken at once.
  output wire                  req_valid_o,
  output wire [WADDR_W-1:0]    req_addr_o,
  input  wire                  req_ready_i,
  input  wire                  rsp_valid_i,
  input  wire [BYTES*8-1:0]    rsp_data_i,
  // Tokens, a bit a half: set is a pulse when the half is filled, take when the memory's is used.
  input  wire [1:0]            ibuf_full_i,
  input  wire [1:0]            wbuf_full_i,
  input  wire                  mem_ok_i,
  output wire [1:0]            set_ibuf_o,
  output wire [1:0]            set_wbuf_o,
  output wire                  take_mem_o,
  // Buffer write port: an enable a lane; lane n of either buffer takes byte n % BYTES of wr_data_o.
  output wire [LANES-1:0]            wr_ien_o,
  output wire [WBUF_BEATS*BYTES-1:0] wr_wen_o,
  output wire [BUF_W-1:0]            wr_addr_o,
  output wire [BYTES*8-1:0]          wr_data_o
);

  localparam DL_W      = (WORD_FILLS > 1) ? $clog2(WORD_FILLS) : 1;
  localparam [31:0] LAST_LANE  = FILL - 1;
  localparam [31:0] LAST_GROUP = (FILL >= BYTES) ? FILL / BYTES - 1 : 0;
  localparam [31:0] LAST_TAP   = TC - 1;
  localparam [31:0] LAST_TAP_GROUP = (TC >= BYTES) ? TC / BYTES - 1 : 0;
  localparam [31:0] LAST_COL   = COLS - 1;
  localparam [31:0] LAST_COL_GROUP = (COLS >= BYTES) ? COLS / BYTES - 1 : 0;
  localparam [31:0] LAST_BEAT  = WBUF_BEATS - 1;
  localparam [31:0] LAST_WEIGHT = WBUF_FILL - 1;
  localparam BEAT_W    = BYTES * 8;         // of the memory word
  localparam WPB       = BYTES / 4;         // descriptor words per beat
  localparam [31:0] HEAD_BEATS = @{load_linear_words} / WPB;
  localparam [31:0] TAIL_BEATS = (@{load_words} - @{load_linear_words}) / WPB;

  localparam [2:0] ST_IDLE = 3'd0, ST_HEAD = 3'd1, ST_DECODE = 3'd2, ST_TAIL = 3'd3,
                   ST_WAIT = 3'd4, ST_RUN = 3'd5, ST_DRAIN = 3'd6;
  reg [2:0] state_q;

  // ---- descriptor: where its fields begin, in bits ----
  @{load_fields}
  reg               d_end_q, d_dst_q, d_half_q, d_bytes_q, d_wait_q, d_linear_q, d_loop_q;
  reg               d_step_q, d_partial_q;
  reg [1:0]         d_align_q, d_lanes_q;
  reg [BUF_W-2:0]   d_word0_q;
  reg [9:0]         d_array_row_q;
  reg [7:0]         d_pad_q;
  reg [ADDR_W-1:0]  d_ds_q, d_dr_q, d_dq_q, d_dp_q;
  reg [CNT_W-1:0]   d_nc_q, d_ns_q, d_nr_q, d_nq_q, d_np_q;
  reg [COORD_W-1:0] d_x0_q, d_h_q, d_w_q;
  reg [STEP_W-1:0]  d_dyr_q, d_dyp_q, d_dxs_q, d_dxq_q;
  reg [ADDR_W-1:0]  addr_q;

  // LOOP: iteration, and how far its stepping descriptors have moved.
  reg  [CNT_W-1:0]   it_q;
  reg  [ADDR_W-1:0]  off_q;
  reg  [COORD_W-1:0] yoff_q;
  wire [31:0]        y_inc     = {{32-CNT_W{1'b0}}, d_nq_q};
  wire [2*CNT_W-1:0] target_16 = {d_nr_q, d_ns_q};    // in units of 16 bytes
  wire [WADDR_W-1:0] target    = {target_16[ADDR_W-5:0], {4-LANE_W{1'b0}}};

  wire        f_last, f_valid;
  wire [11:0] f_word;
  wire [WADDR_W-1:0] f_addr;
  wire        finish;                       // leaves DRAIN
  wire        p_step, last_p;               // the p loop advances; it is at its end
  wire        is_linear = d_linear_q;
  wire        begin_all = state_q == ST_IDLE && start_i;
  wire        decode  = state_q == ST_DECODE && !d_end_q;
  wire        loop    = decode && d_loop_q;
  wire        back    = loop && it_q != d_nc_q;       // LOOP goes back to its target
  wire        go_head = begin_all || finish || loop;
  wire        go_tail = decode && !d_loop_q && !d_linear_q;
  wire [WADDR_W-1:0] unused_ptr;

  desc_fetch #(.WADDR_W(WADDR_W), .WPB(WPB)) u_fetch (
    .clk_i(clk_i), .rst_i(rst_i),
    .load_i(begin_all || back), .ptr_i(begin_all ? pc_i : target),
    .go_i(go_head || go_tail), .n_i(go_tail ? TAIL_BEATS[3:0] : HEAD_BEATS[3:0]),
    .cont_i(go_tail), .ptr_o(unused_ptr),
    .req_valid_o(f_valid), .req_addr_o(f_addr), .req_ready_i(req_ready_i && f_valid),
    .rsp_valid_i(rsp_valid_i), .word_o(f_word), .last_o(f_last)
  );

  always @(posedge clk_i) begin
    if (rst_i || begin_all || (loop && !back)) begin
      it_q   <= {CNT_W{1'b0}};
      off_q  <= {ADDR_W{1'b0}};
      yoff_q <= {COORD_W{1'b0}};
    end else if (back) begin
      it_q   <= it_q + 1'b1;
      off_q  <= off_q + addr_q;             // the increment came in word 1
      yoff_q <= yoff_q + y_inc[COORD_W-1:0];
    end
  end

  // Word k of the descriptor arrives with beat k / WPB: field F, which begins at bit F of the
  // descriptor, while f_word[F / 32], at bit F % BEAT_W of the memory word.
  always @(posedge clk_i) begin
    if (f_word[LD_END / 32])        d_end_q    <= rsp_data_i[LD_END % BEAT_W];
    if (f_word[LD_TO_WEIGHTS / 32]) d_dst_q    <= rsp_data_i[LD_TO_WEIGHTS % BEAT_W];
    if (f_word[LD_HALF / 32])       d_half_q   <= rsp_data_i[LD_HALF % BEAT_W];
    if (f_word[LD_BYTES / 32])      d_bytes_q  <= rsp_data_i[LD_BYTES % BEAT_W];
    if (f_word[LD_WAIT_MEM / 32])   d_wait_q   <= rsp_data_i[LD_WAIT_MEM % BEAT_W];
    if (f_word[LD_LINEAR / 32])     d_linear_q <= rsp_data_i[LD_LINEAR % BEAT_W];
    if (f_word[LD_LOOP / 32])       d_loop_q   <= rsp_data_i[LD_LOOP % BEAT_W];
    if (f_word[LD_STEP / 32])       d_step_q   <= rsp_data_i[LD_STEP % BEAT_W];
    if (f_word[LD_PARTIAL / 32])    d_partial_q <= rsp_data_i[LD_PARTIAL % BEAT_W];
    if (f_word[LD_ALIGN / 32])      d_align_q  <= rsp_data_i[LD_ALIGN % BEAT_W +: 2];
    if (f_word[LD_LANES / 32])      d_lanes_q  <= rsp_data_i[LD_LANES % BEAT_W +: 2];
    if (f_word[LD_PAD / 32])        d_pad_q    <= rsp_data_i[LD_PAD % BEAT_W +: 8];
    if (f_word[LD_NC / 32])         d_nc_q     <= rsp_data_i[LD_NC % BEAT_W +: CNT_W];
    if (f_word[LD_NS / 32])         d_ns_q     <= rsp_data_i[LD_NS % BEAT_W +: CNT_W];
    if (f_word[LD_NR / 32])         d_nr_q     <= rsp_data_i[LD_NR % BEAT_W +: CNT_W];
    if (f_word[LD_NQ / 32])         d_nq_q     <= rsp_data_i[LD_NQ % BEAT_W +: CNT_W];
    if (f_word[LD_NP / 32])         d_np_q     <= rsp_data_i[LD_NP % BEAT_W +: CNT_W];
    if (f_word[LD_DS / 32])         d_ds_q     <= rsp_data_i[LD_DS % BEAT_W +: ADDR_W];
    if (f_word[LD_DR / 32])         d_dr_q     <= rsp_data_i[LD_DR % BEAT_W +: ADDR_W];
    if (f_word[LD_DQ / 32])         d_dq_q     <= rsp_data_i[LD_DQ % BEAT_W +: ADDR_W];
    if (f_word[LD_DP / 32])         d_dp_q     <= rsp_data_i[LD_DP % BEAT_W +: ADDR_W];
    if (f_word[LD_X0 / 32])         d_x0_q     <= rsp_data_i[LD_X0 % BEAT_W +: COORD_W];
    if (f_word[LD_HEIGHT / 32])     d_h_q      <= rsp_data_i[LD_HEIGHT % BEAT_W +: COORD_W];
    if (f_word[LD_WIDTH / 32])      d_w_q      <= rsp_data_i[LD_WIDTH % BEAT_W +: COORD_W];
    if (f_word[LD_DY_R / 32])       d_dyr_q    <= rsp_data_i[LD_DY_R % BEAT_W +: STEP_W];
    if (f_word[LD_DY_P / 32])       d_dyp_q    <= rsp_data_i[LD_DY_P % BEAT_W +: STEP_W];
    if (f_word[LD_DX_S / 32])       d_dxs_q    <= rsp_data_i[LD_DX_S % BEAT_W +: STEP_W];
    if (f_word[LD_DX_Q / 32])       d_dxq_q    <= rsp_data_i[LD_DX_Q % BEAT_W +: STEP_W];
    if (f_word[LD_WORD0 / 32])      d_word0_q  <= rsp_data_i[LD_WORD0 % BEAT_W +: BUF_W-1];
    if (f_word[LD_ARRAY_ROW / 32])  d_array_row_q <= rsp_data_i[LD_ARRAY_ROW % BEAT_W +: 10];
  end

  // ---- states ----
  wire       waiting = state_q == ST_WAIT;            // addresses move by the loop's offset only
  wire [1:0] full  = d_dst_q ? wbuf_full_i : ibuf_full_i;
  wire       go_ok = waiting && !full[d_half_q] && (!d_wait_q || mem_ok_i);
  wire       issue = state_q == ST_RUN && req_ready_i;
  wire       tags_empty;
  assign finish     = state_q == ST_DRAIN && tags_empty;
  assign idle_o     = state_q == ST_IDLE;
  assign waiting_o  = waiting;
  assign take_mem_o = go_ok && d_wait_q;
  wire       filled = finish && !(PARTIAL_LOADS != 0 && d_partial_q);     // the half is complete
  assign set_ibuf_o = {filled && !d_dst_q && d_half_q, filled && !d_dst_q && !d_half_q};
  assign set_wbuf_o = {filled && d_dst_q && d_half_q, filled && d_dst_q && !d_half_q};

  always @(posedge clk_i) begin
    if (rst_i) state_q <= ST_IDLE;
    else begin
      case (state_q)
        ST_IDLE:   if (start_i) state_q <= ST_HEAD;
        ST_HEAD:   if (f_last) state_q <= ST_DECODE;
        ST_DECODE: state_q <= d_end_q    ? ST_IDLE
                            : d_loop_q   ? ST_HEAD
                            : d_linear_q ? ST_WAIT : ST_TAIL;
        ST_TAIL:   if (f_last) state_q <= ST_WAIT;
        ST_WAIT:   if (go_ok) state_q <= ST_RUN;
        ST_RUN:    if (p_step && last_p) state_q <= ST_DRAIN;
        ST_DRAIN:  if (tags_empty) state_q <= ST_HEAD;
        default:   state_q <= ST_IDLE;
      endcase
    end
  end

  // ---- loops ----
  reg [CNT_W-1:0]   c_q, s_q, r_q, q_q, p_q;
  reg [COORD_W-1:0] yb_q, yr_q, xb_q, xs_q;
  // Whether each loop is at its end is known from registers: the address adder comes right behind.
  reg  c_last_q, s_last_q, r_last_q, q_last_q, p_last_q;
  wire last_c = c_last_q;
  wire last_s = s_last_q;
  wire last_r = is_linear || r_last_q;
  wire last_q = is_linear || q_last_q;
  assign last_p = is_linear || p_last_q;
  wire [CNT_W-1:0] c_inc = c_q + 1'b1;
  wire [CNT_W-1:0] s_inc = s_q + 1'b1;
  wire [CNT_W-1:0] r_inc = r_q + 1'b1;
  wire [CNT_W-1:0] q_inc = q_q + 1'b1;
  wire [CNT_W-1:0] p_inc = p_q + 1'b1;
  wire s_step = issue && last_c;
  wire r_step = s_step && last_s;
  wire q_step = r_step && last_r;
  assign p_step = q_step && last_q;

  localparam [31:0] WORD_STEP = BYTES;
  wire [ADDR_W-1:0] step  = d_bytes_q ? {{ADDR_W-1{1'b0}}, 1'b1} : WORD_STEP[ADDR_W-1:0];
  wire [ADDR_W-1:0] delta = waiting ? off_q : (!last_c || is_linear) ? step : !last_s ? d_ds_q :
                            !last_r ? d_dr_q : !last_q ? d_dq_q : d_dp_q;
  wire [COORD_W-1:0] y_delta = waiting ? yoff_q : {{COORD_W-STEP_W{1'b0}}, d_dyp_q};
  wire [COORD_W-1:0] y = yb_q + yr_q;
  wire [COORD_W-1:0] x = xb_q + xs_q;
  wire pad = !is_linear && (y >= d_h_q || x >= d_w_q);

  always @(posedge clk_i) begin
    if (go_ok) begin
      c_q    <= {CNT_W{1'b0}};
      s_q    <= {CNT_W{1'b0}};
      r_q    <= {CNT_W{1'b0}};
      q_q    <= {CNT_W{1'b0}};
      p_q    <= {CNT_W{1'b0}};
      yr_q   <= {COORD_W{1'b0}};
      xb_q   <= d_x0_q;
      xs_q   <= {COORD_W{1'b0}};
      c_last_q <= d_nc_q == {CNT_W{1'b0}};
      s_last_q <= d_ns_q == {CNT_W{1'b0}};
      r_last_q <= d_nr_q == {CNT_W{1'b0}};
      q_last_q <= d_nq_q == {CNT_W{1'b0}};
      p_last_q <= d_np_q == {CNT_W{1'b0}};
    end else begin
      if (issue) begin
        c_q      <= last_c ? {CNT_W{1'b0}} : c_inc;
        c_last_q <= last_c ? d_nc_q == {CNT_W{1'b0}} : c_inc == d_nc_q;
      end
      if (s_step) begin
        s_q      <= last_s ? {CNT_W{1'b0}} : s_inc;
        s_last_q <= last_s ? d_ns_q == {CNT_W{1'b0}} : s_inc == d_ns_q;
        xs_q     <= last_s ? {COORD_W{1'b0}} : xs_q + {{COORD_W-STEP_W{1'b0}}, d_dxs_q};
      end
      if (r_step) begin
        r_q      <= last_r ? {CNT_W{1'b0}} : r_inc;
        r_last_q <= last_r ? d_nr_q == {CNT_W{1'b0}} : r_inc == d_nr_q;
        yr_q     <= last_r ? {COORD_W{1'b0}} : yr_q + {{COORD_W-STEP_W{1'b0}}, d_dyr_q};
      end
      if (q_step) begin
        q_q      <= last_q ? {CNT_W{1'b0}} : q_inc;
        q_last_q <= last_q ? d_nq_q == {CNT_W{1'b0}} : q_inc == d_nq_q;
        xb_q     <= last_q ? d_x0_q : xb_q + {{COORD_W-STEP_W{1'b0}}, d_dxq_q};
      end
      if (p_step) begin
        p_q      <= last_p ? {CNT_W{1'b0}} : p_inc;
        p_last_q <= last_p ? d_np_q == {CNT_W{1'b0}} : p_inc == d_np_q;
      end
    end
  end
  // The first address and row go straight from the descriptor to where they are used.
  always @(posedge clk_i) begin
    if (f_word[LD_SRC / 32]) addr_q <= rsp_data_i[LD_SRC % BEAT_W +: ADDR_W];
    else if (issue || (go_ok && d_step_q)) addr_q <= addr_q + delta;
  end
  always @(posedge clk_i) begin
    if (f_word[LD_Y0 / 32]) yb_q <= rsp_data_i[LD_Y0 % BEAT_W +: COORD_W];
    else if (p_step || (go_ok && d_step_q)) yb_q <= yb_q + y_delta;
  end

  assign req_valid_o = f_valid || state_q == ST_RUN;
  assign req_addr_o  = f_valid ? f_addr : addr_q[ADDR_W-1:LANE_W];

  // ---- tags: what the data in flight is ----
  localparam TAG_W = LANE_W + 2;
  localparam TCNT_W = $clog2(TAGS + 1);
  wire              align = (d_align_q == 2'd1 && last_c) ||
                            (d_align_q == 2'd2 && last_c && last_s && last_r);
  wire [TAG_W-1:0]  tag;
  wire [TCNT_W-1:0] tag_cnt;
  wire              pop = rsp_valid_i && (state_q == ST_RUN || state_q == ST_DRAIN);
  fifo_small #(.DATA_W(TAG_W), .DEPTH(TAGS)) u_tag (
    .clk_i(clk_i), .rst_i(rst_i),
    .push_i(issue), .data_i({pad, align, addr_q[LANE_W-1:0]}), .pop_i(pop),
    .head_o(tag), .count_o(tag_cnt)
  );
  assign tags_empty = tag_cnt == {TCNT_W{1'b0}};
  wire              t_pad   = tag[LANE_W+1];
  wire              t_align = tag[LANE_W];

  // ---- buffer writes ----
  reg [BUF_W-1:0] dword_q;
  reg [DL_W-1:0]  dlane_q;
  wire       bytes    = d_bytes_q && (PARTIAL_LOADS != 0 || !d_dst_q);
  wire [1:0] lanes    = (LINE != 0 && !is_linear) ? d_lanes_q : 2'd0;
  wire [DL_W-1:0] ifmap_max =
    lanes == 2'd1 ? (d_bytes_q ? LAST_TAP[DL_W-1:0] : LAST_TAP_GROUP[DL_W-1:0]) :
    lanes == 2'd2 ? (d_bytes_q ? LAST_COL[DL_W-1:0] : LAST_COL_GROUP[DL_W-1:0]) :
                    (d_bytes_q ? LAST_LANE[DL_W-1:0] : LAST_GROUP[DL_W-1:0]);
  wire [DL_W-1:0] lane_max = !d_dst_q ? ifmap_max
                           : bytes ? LAST_WEIGHT[DL_W-1:0] : LAST_BEAT[DL_W-1:0];
  wire            word_end = dlane_q == lane_max || (bytes && t_align);
  wire [BUF_W-2:0] word0   = (PARTIAL_LOADS != 0 && !is_linear) ? d_word0_q : {BUF_W-1{1'b0}};
  wire [BUF_W-1:0] ibuf_base = {{BUF_W-IBUF_W{1'b0}}, d_half_q, word0[IBUF_W-2:0]};
  wire [BUF_W-1:0] wbuf_base = {{BUF_W-WBUF_W{1'b0}}, d_half_q, word0[WBUF_W-2:0]};
  always @(posedge clk_i) begin
    if (go_ok) begin
      dword_q <= d_dst_q ? wbuf_base : ibuf_base;
      dlane_q <= {DL_W{1'b0}};
    end else if (pop) begin
      dlane_q <= word_end ? {DL_W{1'b0}} : dlane_q + 1'b1;
      if (word_end) dword_q <= dword_q + 1'b1;
    end
  end
  assign wr_addr_o = dword_q;

  wire [7:0] byte_in  = rsp_data_i[tag[LANE_W-1:0]*8 +: 8];
  wire [9:0] row      = is_linear ? 10'd0 : d_array_row_q;     // KIND_OUTPUT
  genvar n;
  generate
    for (n = 0; n < BYTES; n = n + 1) begin : g_byte
      assign wr_data_o[n*8 +: 8] = t_pad ? d_pad_q : bytes ? byte_in : rsp_data_i[n*8 +: 8];
    end
    for (n = 0; n < LANES; n = n + 1) begin : g_lane
      wire [31:0] index = (KIND_OUTPUT != 0) ? n % BYTES : n;
      wire [31:0] group = (KIND_OUTPUT != 0) ? 0 : n / BYTES;
      wire [31:0] owner = n / BYTES;
      wire        mine  = KIND_OUTPUT == 0 || row == owner[9:0];
      assign wr_ien_o[n] = pop && !d_dst_q && mine &&
                           dlane_q == (d_bytes_q ? index[DL_W-1:0] : group[DL_W-1:0]);
      wire unused_lane = &{1'b0, index, group, owner, 1'b0};
    end
    for (n = 0; n < WBUF_BEATS * BYTES; n = n + 1) begin : g_wlane
      wire [31:0] index = n;
      wire [31:0] group = n / BYTES;
      // a lane beyond those of the array is never written byte by byte
      wire        hit   = bytes ? (n < WBUF_FILL && dlane_q == index[DL_W-1:0])
                                : dlane_q == group[DL_W-1:0];
      assign wr_wen_o[n] = pop && d_dst_q && hit;
      wire unused_wlane = &{1'b0, index, group, 1'b0};
    end
  endgenerate
  wire unused_ok = &{1'b0, unused_ptr, rsp_data_i, row, d_partial_q, d_lanes_q, d_word0_q,
                     target_16, y_inc, HEAD_BEATS[31:4], TAIL_BEATS[31:4], 1'b0};
endmodule
`default_nettype wire
