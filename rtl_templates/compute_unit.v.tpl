// compute_unit.v - sequences the array: reads ifmap and weights, says where each psum goes.
//
// A MAC job where operands are held (reduce) streams the pixels of a tile past each weight tile;
// the rows of a weight tile follow its first pixel down the array, or all come with it (WIDE).
// A MAC job where psums stay (KIND_OUTPUT) streams the reduction of a tile of outputs, whose rows
// it reads out behind the last beat.
// A lookup job sends single elements (or the maximum of a window) through a table.
// Model: sim/blocks/compute_unit.c.  Specification: docs/blocks.md, 2 and 7.
`default_nettype none

module compute_unit #(
  parameter ROWS    = 4,
  parameter X_W     = 8,                    // bits of an activation
  parameter BYTES   = 4,                    // bytes per memory word
  parameter WADDR_W = 15,                   // memory word address width
  parameter IBUF_W  = 10,                   // ifmap buffer address width, both halves
  parameter WBUF_W  = 9,                    // weight buffer address width, both halves
  parameter ACC_W   = 7,                    // accumulator address width
  parameter CNT_W   = 10,                   // loop count width
  parameter KIND_OUTPUT = 0,                // 1: psums stay, 0: weights or ifmap do (reduce)
  parameter WIDE    = 0,                    // 1: a weight word is a whole tile
  parameter WIDE_LATE = 0,                  // WIDE: cycles from its first pair's read to its last's
  parameter LINE    = 0,                    // 1: jobs may go through the window
  parameter TR      = 1,                    // LINE: kernel rows in the array
  parameter LOOKUP  = (KIND_OUTPUT != 0) ? BYTES : ROWS,        // ifmap lanes that lookups read
  parameter TP      = 1,                    // table entries in a weight word, a power of two
  parameter PRODUCTS = 0,                   // 1: lookup jobs may multiply
  parameter DRAIN   = 11,                   // cycles from a beat until no psum of it is under way
  parameter ROW_W   = (ROWS > 1) ? $clog2(ROWS) : 1,            // derived
  parameter SUB_W   = (TP > 1) ? $clog2(TP) : 1,                // derived
  parameter MAC_W   = $clog2(BYTES) + 3,    // derived: byte and the bits MAC_ above it
  parameter CTL_W   = 13                    // of ctl_o: addr and the bits CTL_ above it
) (
  input  wire               clk_i,
  input  wire               rst_i,
  // Start: a pulse while idle, with pc_i in its cycle.  idle_o: the stream's end has been reached.
  input  wire               start_i,
  input  wire [WADDR_W-1:0] pc_i,           // word address of the descriptor stream
  output wire               idle_o,
  // Memory read port, for descriptors: valid holds until ready; data comes in order, taken at once.
  output wire               req_valid_o,
  output wire [WADDR_W-1:0] req_addr_o,
  input  wire               req_ready_i,
  input  wire               rsp_valid_i,
  input  wire [BYTES*8-1:0] rsp_data_i,
  // Tokens, a bit a half: free is a pulse in a job's last cycle, claim when the job enters RUN.
  input  wire [1:0]         ibuf_full_i,
  input  wire [1:0]         wbuf_full_i,
  input  wire [1:0]         acc_claim_i,
  output wire [1:0]         free_ibuf_o,
  output wire [1:0]         free_wbuf_o,
  output wire [1:0]         claim_acc_o,
  // Buffers: address in t, data in t+1.
  output wire [IBUF_W-1:0]  ibuf_addr_o,
  input  wire [LOOKUP*X_W-1:0] ibuf_data_i,
  output wire [WBUF_W-1:0]  wbuf_addr_o,    // not WIDE
  // WIDE: weight address, used when wiss_o; table address.
  output wire               wiss_o,         // a tile starts and takes the next weight word
  output wire [WBUF_W-1:0]  waddr_o,
  output wire               lk_v_o,
  output wire [WBUF_W-1:0]  lk_addr_o,
  output wire [SUB_W-1:0]   lk_sub_o,       // entry of the table word, in that word's cycle
  // To the window, at the issue; what kind of MAC job is or was under way, steady until drained.
  output wire               beat_o,
  output wire [CNT_W-1:0]   col_o,
  output wire               line_o,         // through the window
  output wire               dw_o,           // with an operand for every column
  // To the array and the accumulators, in the cycle of the buffer data.
  output wire [ROWS-1:0]    wen_o,          // reduce, not WIDE: the weight word becomes this row's
  output wire [MAC_W-1:0]   mac_o,          // KIND_OUTPUT: a beat
  output wire [ROW_W-1:0]   orow_o,         // KIND_OUTPUT: the row of psums that ctl_o is about
  output wire [CTL_W-1:0]   ctl_o,
  // Performance events: one is counted in each cycle in which it is high.
  output wire               mac_beat_o,
  output wire               lookup_beat_o,
  output wire               wait_ibuf_o,
  output wire               wait_wbuf_o,
  output wire               wait_acc_o,
  output wire               bubble_o,       // in RUN without a beat
  output wire               fetching_o
);

  localparam BEAT_W = BYTES * 8;            // of the memory word
  localparam WPB    = BYTES / 4;            // descriptor words per beat
  localparam LANE_W = $clog2(BYTES);
  localparam [31:0] BEATS = @{compute_words} / WPB;
  localparam LK_W   = (LOOKUP > 1) ? $clog2(LOOKUP) : 1;
  localparam [31:0] LAST_ROW = ROWS - 1;
  localparam [31:0] DRAINS = DRAIN;
  localparam DRAIN_W = $clog2(DRAIN + 1);

  localparam [1:0] ST_IDLE = 2'd0, ST_FETCH = 2'd1, ST_WAIT = 2'd2, ST_RUN = 2'd3;
  reg [1:0] state_q;

  // ---- descriptor: where its fields begin, in bits ----
  @{compute_fields}
  reg               d_end_q, d_lookup_q, d_isel_q, d_wsel_q, d_asel_q, d_free_i_q, d_free_w_q;
  reg               d_push_q, d_first_q, d_emit_q, d_hold_q, d_scan_q, d_sub_q, d_loop_q;
  reg               d_mul_q, d_line_q, d_dw_q;
  reg [CNT_W-1:0]   d_nq_q, d_np_q, d_nk_q, d_nc_q, d_ns_q, d_nr_q;
  reg [IBUF_W-1:0]  d_dq_q, d_dp_q, d_dc_q, d_ds_q, d_dr_q, d_dk_q;
  reg [IBUF_W-2:0]  d_ibase_q;
  reg [ACC_W-1:0]   d_abase_q, d_da_q;
  reg [LK_W-1:0]    d_nl_q;
  reg [CNT_W-1:0]   d_vq_q;

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
    .load_i(begin_all || back), .ptr_i(begin_all ? pc_i : target),
    .go_i(begin_all || job_end || loop), .n_i(BEATS[3:0]), .cont_i(1'b0),
    .ptr_o(unused_ptr), .req_valid_o(req_valid_o), .req_addr_o(req_addr_o),
    .req_ready_i(req_ready_i), .rsp_valid_i(rsp_valid_i), .word_o(f_word), .last_o(f_last)
  );

  // Word k of the descriptor arrives with beat k / WPB: field F, which begins at bit F of the
  // descriptor, while f_word[F / 32], at bit F % BEAT_W of the memory word.
  always @(posedge clk_i) begin
    if (f_word[CD_END / 32])    d_end_q    <= rsp_data_i[CD_END % BEAT_W];
    if (f_word[CD_LOOKUP / 32]) d_lookup_q <= rsp_data_i[CD_LOOKUP % BEAT_W];
    if (f_word[CD_ISEL / 32])   d_isel_q   <= rsp_data_i[CD_ISEL % BEAT_W];
    if (f_word[CD_WSEL / 32])   d_wsel_q   <= rsp_data_i[CD_WSEL % BEAT_W];
    if (f_word[CD_ASEL / 32])   d_asel_q   <= rsp_data_i[CD_ASEL % BEAT_W];
    if (f_word[CD_FREE_I / 32]) d_free_i_q <= rsp_data_i[CD_FREE_I % BEAT_W];
    if (f_word[CD_FREE_W / 32]) d_free_w_q <= rsp_data_i[CD_FREE_W % BEAT_W];
    if (f_word[CD_PUSH_A / 32]) d_push_q   <= rsp_data_i[CD_PUSH_A % BEAT_W];
    if (f_word[CD_FIRST / 32])  d_first_q  <= rsp_data_i[CD_FIRST % BEAT_W];
    if (f_word[CD_EMIT / 32])   d_emit_q   <= rsp_data_i[CD_EMIT % BEAT_W];
    if (f_word[CD_HOLD / 32])   d_hold_q   <= rsp_data_i[CD_HOLD % BEAT_W];
    if (f_word[CD_SCAN / 32])   d_scan_q   <= rsp_data_i[CD_SCAN % BEAT_W];
    if (f_word[CD_SUB / 32])    d_sub_q    <= rsp_data_i[CD_SUB % BEAT_W];
    if (f_word[CD_LOOP / 32])   d_loop_q   <= rsp_data_i[CD_LOOP % BEAT_W];
    if (f_word[CD_MUL / 32])    d_mul_q    <= rsp_data_i[CD_MUL % BEAT_W];
    if (f_word[CD_LINE / 32])   d_line_q   <= rsp_data_i[CD_LINE % BEAT_W];
    if (f_word[CD_DW / 32])     d_dw_q     <= rsp_data_i[CD_DW % BEAT_W];
    if (f_word[CD_NQ / 32])     d_nq_q     <= rsp_data_i[CD_NQ % BEAT_W +: CNT_W];
    if (f_word[CD_NP / 32])     d_np_q     <= rsp_data_i[CD_NP % BEAT_W +: CNT_W];
    if (f_word[CD_NK / 32])     d_nk_q     <= rsp_data_i[CD_NK % BEAT_W +: CNT_W];
    if (f_word[CD_NC / 32])     d_nc_q     <= rsp_data_i[CD_NC % BEAT_W +: CNT_W];
    if (f_word[CD_NS / 32])     d_ns_q     <= rsp_data_i[CD_NS % BEAT_W +: CNT_W];
    if (f_word[CD_NR / 32])     d_nr_q     <= rsp_data_i[CD_NR % BEAT_W +: CNT_W];
    if (f_word[CD_DQ / 32])     d_dq_q     <= rsp_data_i[CD_DQ % BEAT_W +: IBUF_W];
    if (f_word[CD_DP / 32])     d_dp_q     <= rsp_data_i[CD_DP % BEAT_W +: IBUF_W];
    if (f_word[CD_DC / 32])     d_dc_q     <= rsp_data_i[CD_DC % BEAT_W +: IBUF_W];
    if (f_word[CD_DS / 32])     d_ds_q     <= rsp_data_i[CD_DS % BEAT_W +: IBUF_W];
    if (f_word[CD_DR / 32])     d_dr_q     <= rsp_data_i[CD_DR % BEAT_W +: IBUF_W];
    if (f_word[CD_DK / 32])     d_dk_q     <= rsp_data_i[CD_DK % BEAT_W +: IBUF_W];
    if (f_word[CD_IBASE / 32])  d_ibase_q  <= rsp_data_i[CD_IBASE % BEAT_W +: IBUF_W-1];
    if (f_word[CD_ABASE / 32])  d_abase_q  <= rsp_data_i[CD_ABASE % BEAT_W +: ACC_W];
    if (f_word[CD_DA / 32])     d_da_q     <= rsp_data_i[CD_DA % BEAT_W +: ACC_W];
    if (f_word[CD_NL / 32])     d_nl_q     <= rsp_data_i[CD_NL % BEAT_W +: LK_W];
    if (f_word[CD_VQ / 32])     d_vq_q     <= rsp_data_i[CD_VQ % BEAT_W +: CNT_W];
  end

  // ---- states ----
  reg  [DRAIN_W-1:0] drain_q;               // cycles until the last MAC psum is out
  reg                done_q, ld_busy_q;
  reg  [1:0]         mode_q;                // {line, dw} of the last MAC job
  reg  [ROW_W-1:0]   left_q;                // KIND_OUTPUT: rows of psums still to be read out
  wire rows_on  = (KIND_OUTPUT != 0) && left_q != {ROW_W{1'b0}};
  wire [1:0] mode     = (LINE != 0) ? {d_line_q, d_dw_q} : 2'b00;
  wire weights_read;                        // the weight buffer has no read of this job to come
  wire drained  = drain_q == {DRAIN_W{1'b0}};
  wire have_i   = ibuf_full_i[d_isel_q];
  wire have_w   = wbuf_full_i[d_wsel_q];
  wire have_a   = !(d_emit_q && acc_claim_i[d_asel_q]) &&
                  (drained || !(d_lookup_q || mode != mode_q));
  wire waiting  = state_q == ST_WAIT && !d_end_q && !d_loop_q;
  wire go_ok    = waiting && have_i && have_w && have_a;
  wire run      = state_q == ST_RUN;
  assign job_end = run && done_q && weights_read && !rows_on;
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
  always @(posedge clk_i) begin
    if (rst_i)                     mode_q <= 2'b00;
    else if (go_ok && !d_lookup_q) mode_q <= mode;
  end

  // ---- beats ----
  reg [CNT_W-1:0]  q_q, p_q, c_q, s_q, r_q, k_q;
  reg [IBUF_W-1:0] tb_q, ba_q;
  reg [ACC_W-1:0]  acc_q, kb_q;
  reg [LK_W-1:0]   lane_q;
  reg              in_tile_q, gap_q, red_first_q, first_tile_q;
  wire reduce_mac = (KIND_OUTPUT == 0) && run && !d_lookup_q;
  wire output_mac = (KIND_OUTPUT != 0) && run && !d_lookup_q;
  wire takes_weights = !(d_hold_q && !first_tile_q);

  wire last_q   = q_q == d_nq_q;
  wire last_p   = p_q == d_np_q;
  wire last_c   = c_q == d_nc_q;
  wire last_s   = s_q == d_ns_q;
  wire last_r   = r_q == d_nr_q;
  wire last_k   = k_q == d_nk_q;
  wire pix_last = last_q && last_p;
  wire red_last = last_c && last_s && last_r;
  wire red_zero = c_q == {CNT_W{1'b0}} && s_q == {CNT_W{1'b0}} && r_q == {CNT_W{1'b0}};
  wire tile_end = output_mac ? red_last : pix_last;
  wire lane_end = !d_lookup_q || lane_q == d_nl_q;
  wire job_last = pix_last && lane_end && red_last && last_k;

  wire tile_start  = reduce_mac && !done_q && !in_tile_q && !gap_q && !ld_busy_q;
  wire output_beat = output_mac && !done_q && !(red_last && rows_on);
  wire mac_beat    = tile_start || (reduce_mac && in_tile_q) || output_beat;
  wire lookup_beat = run && d_lookup_q && !done_q;
  wire beat        = mac_beat || lookup_beat;
  // Pixels inside, the reduction outside; but the other way round when psums stay.
  wire next_pix    = beat && (!output_mac || red_last);
  wire next_red    = beat && (output_mac || (pix_last && lane_end));
  wire next_k      = beat && pix_last && lane_end && red_last;

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
      if (reduce_mac && mac_beat) in_tile_q <= !tile_end;
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
      lane_q <= {LK_W{1'b0}};
      red_first_q  <= 1'b1;
      first_tile_q <= 1'b1;
    end else begin
      if (next_pix)           q_q <= last_q ? {CNT_W{1'b0}} : q_q + 1'b1;
      if (next_pix && last_q) p_q <= last_p ? {CNT_W{1'b0}} : p_q + 1'b1;
      if (next_red)                     c_q <= last_c ? {CNT_W{1'b0}} : c_q + 1'b1;
      if (next_red && last_c)           s_q <= last_s ? {CNT_W{1'b0}} : s_q + 1'b1;
      if (next_red && last_c && last_s) r_q <= last_r ? {CNT_W{1'b0}} : r_q + 1'b1;
      if (next_k) k_q <= last_k ? {CNT_W{1'b0}} : k_q + 1'b1;
      if (lookup_beat && tile_end) lane_q <= lane_end ? {LK_W{1'b0}} : lane_q + 1'b1;
      if (next_red && !output_mac) red_first_q <= red_last;
      if (beat && !output_mac)     first_tile_q <= 1'b0;
    end
  end

  // ---- ifmap addresses ----
  localparam [31:0] LAST_BYTE = BYTES - 1;
  reg  [LANE_W-1:0] byte_q;                 // KIND_OUTPUT: of the ifmap word
  wire next_word = byte_q == LAST_BYTE[LANE_W-1:0];
  wire [IBUF_W-1:0] beat_delta = !output_mac ? (!last_q ? d_dq_q : d_dp_q)
                               : !last_c ? {{IBUF_W-1{1'b0}}, next_word}
                               : !last_s ? d_ds_q : d_dr_q;
  wire [IBUF_W-1:0] tile_delta = output_mac ? (!last_q ? d_dq_q : !last_p ? d_dp_q : d_dk_q)
                               : !last_c ? d_dc_q : !last_s ? d_ds_q : !last_r ? d_dr_q : d_dk_q;
  wire [IBUF_W-1:0] next_base  = lane_end ? tb_q + tile_delta : tb_q;
  always @(posedge clk_i) begin
    if (go_ok) begin
      tb_q <= {d_isel_q, d_ibase_q};
      ba_q <= {d_isel_q, d_ibase_q};
    end else if (beat) begin
      ba_q <= tile_end ? next_base : ba_q + beat_delta;
      if (tile_end) tb_q <= next_base;
    end
  end
  always @(posedge clk_i) begin
    if (go_ok)            byte_q <= {LANE_W{1'b0}};
    else if (output_beat) byte_q <= last_c ? {LANE_W{1'b0}} : byte_q + 1'b1;
  end

  // ---- weights, reduce ----
  // Row r of a tile leaves r cycles after the tile's first beat and meets it in array row r.
  localparam [31:0] LATE = WIDE_LATE;
  localparam RD_W = (WIDE_LATE > 0) ? $clog2(WIDE_LATE + 1) : 1;
  reg  [WBUF_W-1:0] wptr_q, wkb_q;
  reg  [ROW_W-1:0]  ld_row_q;
  reg  [RD_W-1:0]   rd_left_q;              // WIDE: cycles until the last pair of columns has read
  wire ld_start  = tile_start && takes_weights;
  wire ld_issue  = ld_start || ld_busy_q;
  wire [ROW_W-1:0] ld_row = ld_busy_q ? ld_row_q : {ROW_W{1'b0}};
  wire ld_last   = WIDE != 0 || ld_row == LAST_ROW[ROW_W-1:0];
  assign weights_read = !ld_busy_q && rd_left_q == {RD_W{1'b0}};
  always @(posedge clk_i) begin
    if (rst_i || go_ok) begin
      ld_busy_q <= 1'b0;
      ld_row_q  <= {ROW_W{1'b0}};
    end else if (ld_issue && WIDE == 0) begin
      ld_busy_q <= !ld_last;
      ld_row_q  <= ld_row + 1'b1;
    end
  end
  always @(posedge clk_i) begin
    if (rst_i || WIDE == 0)            rd_left_q <= {RD_W{1'b0}};
    else if (ld_issue)                 rd_left_q <= LATE[RD_W-1:0];
    else if (rd_left_q != {RD_W{1'b0}}) rd_left_q <= rd_left_q - 1'b1;
  end

  // ---- weights, output: one word a beat; every tile of a k reads the same ----
  wire [WBUF_W-1:0] wptr_next = wptr_q + 1'b1;
  wire next_k_words = pix_last && !d_hold_q;
  always @(posedge clk_i) begin
    if (go_ok)                                           wptr_q <= {d_wsel_q, {WBUF_W-1{1'b0}}};
    else if (output_beat && red_last && !next_k_words)   wptr_q <= wkb_q;
    else if (ld_issue || output_beat)                    wptr_q <= wptr_next;
  end
  always @(posedge clk_i) begin
    if (go_ok)                                           wkb_q <= {d_wsel_q, {WBUF_W-1{1'b0}}};
    else if (output_beat && red_last && next_k_words)    wkb_q <= wptr_next;
  end

  // ---- psums: where they go ----
  wire counts;                              // reduce: the psum of this beat is an output's
  generate
    if (LINE == 0) begin : g_all_count
      assign counts = 1'b1;
      wire unused_vq = &{1'b0, d_vq_q, 1'b0};
    end else if (TR == 1) begin : g_row_counts
      assign counts = !d_line_q || q_q <= d_vq_q;
    end else begin : g_window_counts
      localparam [31:0] FIRST_P = TR - 1;   // the first with the kernel's rows above
      assign counts = !d_line_q || (q_q <= d_vq_q && p_q >= FIRST_P[CNT_W-1:0]);
    end
  endgenerate
  // Output: this beat completes a tile and reads out its row 0; the others follow while rows_on.
  wire row_0    = output_beat && red_last;
  wire left_one = (KIND_OUTPUT != 0) && left_q == {{ROW_W-1{1'b0}}, 1'b1};
  reg  [ROW_W-1:0] row_q;
  reg  [ACC_W-1:0] da_q;
  reg              knext_q;                 // the next tile has the next k
  wire [ACC_W-1:0] acc_step = acc_q + 1'b1;
  wire [ACC_W-1:0] acc_next = counts ? acc_step : acc_q;
  always @(posedge clk_i) begin
    if (go_ok) begin
      acc_q <= d_abase_q;
      kb_q  <= d_abase_q;
    end else if (d_lookup_q) begin
      if (beat && tile_end) acc_q <= acc_step;
    end else if (KIND_OUTPUT != 0) begin
      if (row_0)                    acc_q <= acc_step;
      else if (left_one && knext_q) acc_q <= da_q + 1'b1;
    end else if (beat) begin
      acc_q <= (tile_end && !red_last) ? kb_q : acc_next;
      if (tile_end && red_last) kb_q <= acc_next;
    end
  end
  always @(posedge clk_i) begin
    if (rst_i || go_ok) begin
      left_q  <= {ROW_W{1'b0}};
      knext_q <= 1'b0;
    end else if (row_0) begin
      left_q  <= LAST_ROW[ROW_W-1:0];
      knext_q <= pix_last;
    end else if (rows_on) begin
      left_q  <= left_q - 1'b1;
    end
  end
  always @(posedge clk_i) begin
    if (row_0) begin
      row_q <= {{ROW_W-1{1'b0}}, 1'b1};
      da_q  <= acc_q + d_da_q;
    end else if (rows_on) begin
      row_q <= row_q + 1'b1;
      da_q  <= da_q + d_da_q;
    end
  end

  always @(posedge clk_i) begin
    if (rst_i)         drain_q <= {DRAIN_W{1'b0}};
    else if (mac_beat) drain_q <= DRAINS[DRAIN_W-1:0];
    else if (!drained) drain_q <= drain_q - 1'b1;
  end

  // ---- one cycle later, with the buffer data ----
  localparam CTL_LAST   = ACC_W + @{ctl_last};
  localparam CTL_HALF   = ACC_W + @{ctl_half};
  localparam CTL_EMIT   = ACC_W + @{ctl_emit};
  localparam CTL_OVR    = ACC_W + @{ctl_ovr};
  localparam CTL_LOOKUP = ACC_W + @{ctl_lookup};
  localparam CTL_VALID  = ACC_W + @{ctl_valid};
  localparam CTL_MUL    = (PRODUCTS != 0) ? ACC_W + @{ctl_mul} : CTL_VALID;
  localparam MAC_LAST   = LANE_W + @{mac_last};
  localparam MAC_FIRST  = LANE_W + @{mac_first};
  localparam MAC_EN     = LANE_W + @{mac_en};
  reg [CTL_W-1:0] ctl_q;
  reg [ROWS-1:0]  wen_q;
  reg [MAC_W-1:0] mac_q;
  reg [ROW_W-1:0] orow_q;
  wire output_last = (ROWS > 1) ? left_one && done_q : row_0 && job_last;
  wire ctl_valid = d_lookup_q         ? lookup_beat && tile_end && !d_scan_q
                 : (KIND_OUTPUT != 0) ? row_0 || rows_on : mac_beat && counts;
  wire ctl_ovr   = d_first_q && (d_lookup_q || KIND_OUTPUT != 0 || red_first_q);
  wire ctl_emit  = d_emit_q && (d_lookup_q || KIND_OUTPUT != 0 || red_last);
  wire ctl_last  = d_push_q && (output_mac ? output_last : beat && job_last);
  always @(posedge clk_i) begin
    if (rst_i) begin
      ctl_q <= {CTL_W{1'b0}};
      wen_q <= {ROWS{1'b0}};
      mac_q <= {MAC_W{1'b0}};
    end else begin
      wen_q <= ld_issue ? {{ROWS-1{1'b0}}, 1'b1} << ld_row : {ROWS{1'b0}};
      mac_q[LANE_W-1:0] <= byte_q;
      mac_q[MAC_EN]     <= output_beat;
      mac_q[MAC_FIRST]  <= output_beat && red_zero;
      mac_q[MAC_LAST]   <= output_beat && red_last;
      ctl_q[ACC_W-1:0]  <= rows_on ? da_q : acc_q;
      ctl_q[CTL_VALID]  <= ctl_valid;
      ctl_q[CTL_LOOKUP] <= lookup_beat;
      ctl_q[CTL_OVR]    <= ctl_ovr;
      ctl_q[CTL_EMIT]   <= ctl_emit;
      ctl_q[CTL_HALF]   <= d_asel_q;
      ctl_q[CTL_LAST]   <= ctl_last;
      if (PRODUCTS != 0) ctl_q[CTL_MUL] <= lookup_beat && d_mul_q;
    end
  end
  always @(posedge clk_i) orow_q <= rows_on ? row_q : {ROW_W{1'b0}};
  assign ctl_o  = ctl_q;
  assign wen_o  = wen_q;
  assign mac_o  = mac_q;
  assign orow_o = orow_q;

  // ---- lookup: element, running maximum, table address ----
  localparam [31:0] SUBS = TP - 1;
  reg             lk_v_q, lk_first_q;
  reg [LK_W-1:0]  lk_lane_q;
  reg [SUB_W-1:0] lk_sub_q;
  reg signed [X_W-1:0] cur_q;
  wire signed [X_W-1:0] elem = ibuf_data_i[lk_lane_q*X_W +: X_W];
  wire signed [X_W-1:0] peak = (lk_first_q || elem > cur_q) ? elem : cur_q;
  wire [X_W-1:0]        index = d_sub_q ? elem - cur_q : peak;
  wire [WBUF_W+X_W-1:0] entry = {{WBUF_W{1'b0}}, index} >> $clog2(TP);  // the word of the table
  always @(posedge clk_i) begin
    if (rst_i) lk_v_q <= 1'b0;
    else       lk_v_q <= lookup_beat;
  end
  always @(posedge clk_i) begin
    lk_first_q <= q_q == {CNT_W{1'b0}} && p_q == {CNT_W{1'b0}};
    lk_lane_q  <= lane_q;
    if (lk_v_q && !d_sub_q) cur_q <= peak;
    if (lk_v_q) lk_sub_q <= index[SUB_W-1:0] & SUBS[SUB_W-1:0];
  end

  assign lk_addr_o   = {d_wsel_q, entry[WBUF_W-2:0]};
  assign lk_v_o      = lk_v_q;
  assign lk_sub_o    = lk_sub_q;
  assign ibuf_addr_o = ba_q;
  assign wbuf_addr_o = lk_v_q ? lk_addr_o : wptr_q;
  assign wiss_o      = ld_start;
  assign waddr_o     = wptr_q;
  assign beat_o      = mac_beat;
  assign col_o       = q_q;
  assign {line_o, dw_o} = mode_q;
  assign mac_beat_o    = mac_beat;
  assign lookup_beat_o = lookup_beat;
  assign bubble_o      = run && !beat;
  wire unused_ok = &{1'b0, unused_ptr, f_word[11:8], rsp_data_i, target_16, entry, SUBS, LATE,
                     CD_NTILES[0], BEATS[31:4], 1'b0};
endmodule
`default_nettype wire
