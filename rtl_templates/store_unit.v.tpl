// store_unit.v - drains psums through the requantizer and writes the bytes, driven by STORE
// descriptors; normalises a softmax row.
//
// Channel by channel, so that the requantizer's parameters are steady; one byte per write.  With
// LANES, as many channels in neighbouring columns go side by side, each through a requantizer of
// its own, and their bytes are one write, where the descriptor says so.
// Model: sim/blocks/store_unit.c.  Specification: docs/blocks.md, 2 and 11.
`default_nettype none

module store_unit #(
  parameter COLS    = 4,
  parameter BYTES   = 4,                    // bytes per memory word
  parameter X_W     = 8,                    // bits of an activation
  parameter P_W     = 32,                   // bits of an accumulator
  parameter ADDR_W  = 17,                   // byte address width
  parameter ACC_W   = 7,                    // accumulator address width of one half
  parameter CNT_W   = 10,                   // loop count width
  parameter BYADDR  = 0,                    // 1: channels may be accumulator addresses
  parameter LANES   = 1,                    // channels side by side: 1, 2 or 4
  parameter FLOAT   = 0,                    // 1: requantizers may round as float32 does
  parameter RECORD_BEATS = 3,               // memory words of a parameter record
  parameter LANE_W  = $clog2(BYTES),        // derived
  parameter WADDR_W = ADDR_W - LANE_W,      // derived
  parameter MUL_W   = P_W - 1,              // derived: bits of a requantizer's multiplier
  parameter SH_W    = $clog2(P_W)           // derived: bits of its right shift
) (
  input  wire                clk_i,
  input  wire                rst_i,
  // Start: a pulse while idle, with pc_i in its cycle.  idle_o: the stream's end has been reached.
  input  wire                start_i,
  input  wire [WADDR_W-1:0]  pc_i,          // word address of the descriptor stream
  output wire                idle_o,
  output wire                waiting_o,     // in WAIT for a drain half
  // Memory port: a request holds until ready; read data comes in order, taken at once.
  output wire                req_valid_o,
  output wire                req_write_o,
  output wire [WADDR_W-1:0]  req_addr_o,
  output wire [BYTES*8-1:0]  req_wdata_o,
  output wire [BYTES-1:0]    req_wstrb_o,
  input  wire                req_ready_i,
  input  wire                rsp_valid_i,
  input  wire [BYTES*8-1:0]  rsp_data_i,
  // Tokens, a bit a half: free and push are pulses when the job is done.
  input  wire [1:0]          acc_full_i,
  output wire [1:0]          free_acc_o,
  output wire                push_mem_o,
  output wire                layer_done_o,  // pulse: the layer's last byte is written
  // Drain RAM: address in t, data in t+1.
  output wire [ACC_W:0]      drain_addr_o,
  input  wire [COLS*P_W-1:0] drain_data_i,
  // Requantizer: an element moves where valid and ready are high; float, m, shift, zp, amin and
  // amax change only while it is empty.
  output wire                rq_valid_o,
  input  wire                rq_ready_i,
  output wire                rq_side_by_side_o, // the lanes above lane 0 have an element too
  output wire [LANES*P_W-1:0] rq_x_o,
  output wire                rq_float_o,
  output wire [LANES*MUL_W-1:0] rq_m_o,
  output wire [LANES*SH_W-1:0]  rq_shift_o,
  output wire [X_W-1:0]      rq_zp_o,
  output wire [X_W-1:0]      rq_amin_o,
  output wire [X_W-1:0]      rq_amax_o,
  input  wire                rq_valid_i,
  output wire                rq_ready_o,
  input  wire [LANES*X_W-1:0] rq_y_i,
  input  wire                rq_srdhm_valid_i,
  input  wire [P_W-1:0]      rq_srdhm_i,
  input  wire                rq_empty_i,
  output wire                side_by_side_o // a write of LANES bytes is accepted
);

  localparam DK_W  = (ADDR_W > ACC_W) ? ADDR_W : ACC_W + 1;
  localparam BEAT_W = BYTES * 8;            // of the memory word
  localparam WPB   = BYTES / 4;             // descriptor words per beat
  localparam [31:0] BEATS  = @{store_words} / WPB;
  localparam [31:0] PBEATS = RECORD_BEATS;
  localparam [31:0] WBEATS = LANES * PBEATS;              // of the records of all lanes
  localparam RECORD = PBEATS * WPB;                       // 32-bit words of a record
  localparam COL_W = (COLS > 1) ? $clog2(COLS) : 1;
  localparam [31:0] TOP = LANES - 1;
  localparam [COL_W-1:0] COL_TOP = TOP[COL_W-1:0];
  localparam [31:0] STROBES = (1 << LANES) - 1;

  localparam [3:0] ST_IDLE = 4'd0, ST_FETCH = 4'd1, ST_WAIT = 4'd2, ST_SUM = 4'd3, ST_NORM = 4'd4,
                   ST_MUL = 4'd5, ST_ADD = 4'd6, ST_EMPTY = 4'd7, ST_PARAM = 4'd8, ST_GAP = 4'd9,
                   ST_RUN = 4'd10, ST_FLUSH = 4'd11, ST_DONE = 4'd12;
  reg [3:0] state_q;

  // ---- descriptor: where its fields begin, in bits ----
  @{store_fields}
  reg               d_end_q, d_asel_q, d_softmax_q, d_push_q, d_done_q, d_shared_q;
  reg               d_loop_q, d_step_q, d_side_by_side_q, d_float_q;
  reg [X_W-1:0]     d_zp_q, d_amin_q, d_amax_q;
  reg [ADDR_W-1:0]  d_dq_q, d_dp_q;
  reg [DK_W-1:0]    d_dk_q;                 // bytes; accumulator words, when by address
  reg [WADDR_W-1:0] d_params_q;
  reg [CNT_W-1:0]   d_nq_q, d_np_q, d_nkt_q;
  reg [COL_W-1:0]   d_ncl_q, d_nc_q;
  reg [ACC_W-1:0]   d_m_q;
  reg               d_by_q;

  reg  [ADDR_W-1:0]  cb_q;                  // first byte of the channel under way

  wire               begin_all = state_q == ST_IDLE && start_i;

  // LOOP: iteration, and how far its stepping descriptors have moved.
  reg  [CNT_W-1:0]   it_q;
  reg  [ADDR_W-1:0]  off_q;
  wire               loop = state_q == ST_WAIT && !d_end_q && d_loop_q;
  wire               back = loop && it_q != d_nq_q;
  wire [2*CNT_W-1:0] target_16 = {d_nkt_q, d_np_q};   // in units of 16 bytes
  wire [WADDR_W-1:0] target    = {target_16[ADDR_W-5:0], {4-LANE_W{1'b0}}};
  always @(posedge clk_i) begin
    if (rst_i || begin_all || (loop && !back)) begin
      it_q  <= {CNT_W{1'b0}};
      off_q <= {ADDR_W{1'b0}};
    end else if (back) begin
      it_q  <= it_q + 1'b1;
      off_q <= off_q + cb_q;                // the increment came in word 1
    end
  end

  wire               side_by_side = LANES > 1 && d_side_by_side_q;

  reg  [WADDR_W-1:0] pc_q;
  wire [WADDR_W-1:0] ptr;
  wire        f_last, f_valid;
  wire [15:0] f_word;
  wire [WADDR_W-1:0] f_addr;
  wire        waiting   = state_q == ST_WAIT && !d_end_q && !d_loop_q;
  wire        go_ok     = waiting && acc_full_i[d_asel_q];
  wire        done      = state_q == ST_DONE;
  wire        chan_next;                    // the next channel needs its parameters
  wire        go_param  = (go_ok && !d_softmax_q) || chan_next;
  desc_fetch #(.WADDR_W(WADDR_W), .WPB(WPB), .WORDS(16)) u_fetch (
    .clk_i(clk_i), .rst_i(rst_i),
    .load_i(begin_all || done || back || (go_ok && !d_softmax_q)),
    .ptr_i(begin_all ? pc_i : done ? pc_q : back ? target : d_params_q),
    .go_i(begin_all || done || loop || go_param),
    .n_i(!go_param ? BEATS[3:0] : (side_by_side && !d_shared_q) ? WBEATS[3:0] : PBEATS[3:0]),
    .cont_i(1'b0), .ptr_o(ptr),
    .req_valid_o(f_valid), .req_addr_o(f_addr), .req_ready_i(req_ready_i && f_valid),
    .rsp_valid_i(rsp_valid_i), .word_o(f_word), .last_o(f_last)
  );

  // Word k of the descriptor arrives with beat k / WPB: field F, which begins at bit F of the
  // descriptor, while desc_word[F / 32], at bit F % BEAT_W of the memory word.
  wire [31:0] params    = rsp_data_i[SD_PARAMS % BEAT_W +: 32];
  wire [15:0] desc_word = (state_q == ST_FETCH) ? f_word : 16'd0;
  always @(posedge clk_i) begin
    if (desc_word[SD_END / 32])        d_end_q     <= rsp_data_i[SD_END % BEAT_W];
    if (desc_word[SD_ASEL / 32])       d_asel_q    <= rsp_data_i[SD_ASEL % BEAT_W];
    if (desc_word[SD_SOFTMAX / 32])    d_softmax_q <= rsp_data_i[SD_SOFTMAX % BEAT_W];
    if (desc_word[SD_PUSH_M / 32])     d_push_q    <= rsp_data_i[SD_PUSH_M % BEAT_W];
    if (desc_word[SD_LAYER_DONE / 32]) d_done_q    <= rsp_data_i[SD_LAYER_DONE % BEAT_W];
    if (desc_word[SD_SHARED / 32])     d_shared_q  <= rsp_data_i[SD_SHARED % BEAT_W];
    if (desc_word[SD_LOOP / 32])       d_loop_q    <= rsp_data_i[SD_LOOP % BEAT_W];
    if (desc_word[SD_STEP / 32])       d_step_q    <= rsp_data_i[SD_STEP % BEAT_W];
    if (desc_word[SD_SIDE_BY_SIDE / 32]) d_side_by_side_q <= rsp_data_i[SD_SIDE_BY_SIDE % BEAT_W];
    if (desc_word[SD_IN_FLOAT / 32])   d_float_q   <= rsp_data_i[SD_IN_FLOAT % BEAT_W];
    if (desc_word[SD_BY_ADDRESS / 32]) d_by_q      <= rsp_data_i[SD_BY_ADDRESS % BEAT_W];
    if (desc_word[SD_ZP / 32])         d_zp_q      <= rsp_data_i[SD_ZP % BEAT_W +: X_W];
    if (desc_word[SD_AMIN / 32])       d_amin_q    <= rsp_data_i[SD_AMIN % BEAT_W +: X_W];
    if (desc_word[SD_AMAX / 32])       d_amax_q    <= rsp_data_i[SD_AMAX % BEAT_W +: X_W];
    if (desc_word[SD_NQ / 32])         d_nq_q      <= rsp_data_i[SD_NQ % BEAT_W +: CNT_W];
    if (desc_word[SD_NP / 32])         d_np_q      <= rsp_data_i[SD_NP % BEAT_W +: CNT_W];
    if (desc_word[SD_NKT / 32])        d_nkt_q     <= rsp_data_i[SD_NKT % BEAT_W +: CNT_W];
    if (desc_word[SD_DQ / 32])         d_dq_q      <= rsp_data_i[SD_DQ % BEAT_W +: ADDR_W];
    if (desc_word[SD_DP / 32])         d_dp_q      <= rsp_data_i[SD_DP % BEAT_W +: ADDR_W];
    if (desc_word[SD_PARAMS / 32])     d_params_q  <= params[LANE_W +: WADDR_W];
    if (desc_word[SD_NCL / 32])        d_ncl_q     <= rsp_data_i[SD_NCL % BEAT_W +: COL_W];
    if (desc_word[SD_NC / 32])         d_nc_q      <= rsp_data_i[SD_NC % BEAT_W +: COL_W];
    if (desc_word[SD_M / 32])          d_m_q       <= rsp_data_i[SD_M % BEAT_W +: ACC_W];
    if (desc_word[SD_DK / 32])         d_dk_q      <= rsp_data_i[SD_DK % BEAT_W +: DK_W];
  end
  always @(posedge clk_i) if (go_ok) pc_q <= ptr;

  // ---- states ----
  reg  [ACC_W-1:0] in_cnt_q;                // elements of the channel sent to the requantizer
  reg  [COL_W-1:0] col_q;
  reg  [CNT_W-1:0] kt_q;
  reg              sum_go_q, mul_sent_q;
  reg  [2:0]       step_q;                  // 6: seed; 0, 2, 4: error; 1, 3, 5: correction
  reg  [1:0]       add_q;                   // additions left
  reg  [ACC_W:0]   dptr_q, ktb_q;           // drain address; where channel or k tile begins
  reg  [SH_W-1:0]  h_q;
  reg  [P_W-1:0]   sum_q;
  wire in_last   = in_cnt_q == d_m_q;
  wire run_take  = state_q == ST_RUN && rq_ready_i;
  wire sum_take  = state_q == ST_SUM && sum_go_q;
  wire mul_result = state_q == ST_MUL && rq_srdhm_valid_i;
  // NORM takes NORM_LAST + 1 cycles, whatever the sum: the largest exponential alone is 2^19.
  localparam [3:0] NORM_LAST = 4'd12;
  wire in_norm   = state_q == ST_NORM;
  wire norm_end  = in_norm && in_cnt_q[3:0] == NORM_LAST;
  wire norm_step = in_norm && !sum_q[P_W-1];
  wire seed_step = step_q == 3'd6;
  wire ch_done;
  wire by        = BYADDR != 0 && d_by_q;
  wire last_kt   = kt_q == (by ? d_np_q : d_nkt_q);
  wire [COL_W-1:0] col_top = side_by_side ? col_q | COL_TOP : col_q;   // last channel side by side
  wire last_col  = col_top == (last_kt ? d_ncl_q : d_nc_q);
  wire [CNT_W+ACC_W-1:0] chan_at = {{CNT_W{1'b0}}, ktb_q[ACC_W-1:0]};
  wire [CNT_W+ACC_W-1:0] chan_to = {{ACC_W{1'b0}}, d_nkt_q};
  wire last_chan = by ? chan_at == chan_to : last_kt && last_col;
  assign chan_next = ch_done && !last_chan && !d_shared_q;

  always @(posedge clk_i) begin
    if (rst_i) state_q <= ST_IDLE;
    else begin
      case (state_q)
        ST_IDLE:  if (start_i) state_q <= ST_FETCH;
        ST_FETCH: if (f_last) state_q <= ST_WAIT;
        ST_WAIT:  if (d_end_q) state_q <= ST_IDLE;
                  else if (d_loop_q) state_q <= ST_FETCH;
                  else if (go_ok) state_q <= d_softmax_q ? ST_SUM : ST_PARAM;
        ST_SUM:   if (sum_take && in_last) state_q <= ST_NORM;
        ST_NORM:  if (norm_end) state_q <= ST_MUL;
        ST_MUL:   if (mul_result && (step_q[0] || seed_step)) state_q <= ST_ADD;
        ST_ADD:   if (add_q == 2'd0) state_q <= (step_q == 3'd5) ? ST_EMPTY : ST_MUL;
        ST_EMPTY: if (rq_empty_i) state_q <= ST_RUN;
        ST_PARAM: if (f_last) state_q <= ST_RUN;
        ST_GAP:   state_q <= ST_RUN;
        ST_RUN:   if (run_take && in_last) state_q <= ST_FLUSH;
        ST_FLUSH: if (ch_done) state_q <= last_chan ? ST_DONE : d_shared_q ? ST_GAP : ST_PARAM;
        ST_DONE:  state_q <= ST_FETCH;
        default:  state_q <= ST_IDLE;
      endcase
    end
  end
  assign idle_o       = state_q == ST_IDLE;
  assign waiting_o    = waiting && !acc_full_i[d_asel_q];
  assign free_acc_o   = {done && d_asel_q, done && !d_asel_q};
  assign push_mem_o   = done && d_push_q;
  assign layer_done_o = done && d_done_q;

  // ---- drain addresses ----
  wire           step_in = run_take || sum_take;
  wire [ACC_W:0] dptr_step = !by ? {{ACC_W{1'b0}}, step_in}
                           : (step_in && last_col) ? d_dk_q[ACC_W:0] : {ACC_W+1{1'b0}};
  wire [ACC_W:0] dptr_next = dptr_q + dptr_step;
  wire [ACC_W:0] ktb_next  = ktb_q + {{ACC_W{1'b0}}, 1'b1};    // by address
  wire [ACC_W:0] dptr_base = {d_asel_q, {ACC_W{1'b0}}};
  assign drain_addr_o = dptr_next;
  always @(posedge clk_i) begin
    if (go_ok || (sum_take && in_last)) dptr_q <= dptr_base;
    else if (ch_done)                   dptr_q <= by ? ktb_next : last_col ? dptr_q : ktb_q;
    else                                dptr_q <= dptr_next;
  end
  always @(posedge clk_i) begin
    if (go_ok)                    ktb_q <= dptr_base;
    else if (ch_done && by)       ktb_q <= ktb_next;
    else if (ch_done && last_col) ktb_q <= dptr_q;
  end
  always @(posedge clk_i) begin
    if (go_ok || ch_done || (sum_take && in_last) || norm_end) in_cnt_q <= {ACC_W{1'b0}};
    else if (step_in || in_norm)                               in_cnt_q <= in_cnt_q + 1'b1;
  end
  always @(posedge clk_i) begin
    if (go_ok || (ch_done && by)) begin
      col_q <= {COL_W{1'b0}};
      kt_q  <= {CNT_W{1'b0}};
    end else if (by ? run_take : ch_done) begin
      col_q <= last_col ? {COL_W{1'b0}} : col_top + 1'b1;
      if (last_col) kt_q <= kt_q + 1'b1;
    end
  end

  // ---- parameters, and the reciprocal of a softmax sum ----
  // Where the fields of a record begin, in bits.
  @{record_fields}
  wire [P_W-1:0]   pr_bias  = rsp_data_i[PR_BIAS % BEAT_W +: P_W];
  wire [MUL_W-1:0] pr_m     = rsp_data_i[PR_MULTIPLIER % BEAT_W +: MUL_W];
  wire [SH_W-1:0]  pr_shift = rsp_data_i[PR_SHIFT % BEAT_W +: SH_W];
  // One adder serves all: psum + bias; the sum of exponentials; Newton's steps on xr_q.
  generate
    if (P_W != 32) begin : g_check_p_w      // the points of Newton's constants below
      ERROR_P_W_must_be_32 u_error ();
    end
    if (X_W != 8) begin : g_check_x_w       // an activation is a byte of memory
      ERROR_X_W_must_be_8 u_error ();
    end
  endgenerate
  reg  [P_W-1:0]   bias_q, xr_q;
  reg  [MUL_W-1:0] m_q;
  reg  [SH_W-1:0]  shift_q;
  wire [P_W-1:0]   drain = drain_data_i[col_q*P_W +: P_W];
  wire        param_word = state_q == ST_PARAM;
  wire        add_end    = state_q == ST_ADD && add_q == 2'd0;
  wire        newton     = state_q == ST_MUL || state_q == ST_ADD;
  wire        in_sum     = state_q == ST_SUM;
  wire [P_W-1:0] left    = newton ? ((state_q == ST_MUL && step_q[0]) ? 32'h2000_0001 : xr_q) :
                           in_sum ? {12'd0, drain[P_W-1:12]} : drain;
  wire [P_W-1:0] total   = left + bias_q + {{P_W-1{1'b0}}, in_sum && drain[11]};
  wire [P_W-1:0] result  = rq_srdhm_i ^ {P_W{!step_q[0] && !seed_step}};  // ~r of an error term

  always @(posedge clk_i) begin
    if (go_ok || norm_end || add_end)            bias_q <= {P_W{1'b0}};
    else if (param_word && f_word[PR_BIAS / 32]) bias_q <= pr_bias;
    else if (sum_take)                           bias_q <= total;
    else if (mul_result)                         bias_q <= result;
  end
  // A row whose shift would be 32 or more has no quotient that reaches a half.
  wire tiny = state_q == ST_EMPTY && !(|h_q[SH_W-1:2]);
  always @(posedge clk_i) begin
    if (tiny)                                       m_q <= {MUL_W{1'b0}};
    else if (param_word && f_word[PR_MULTIPLIER / 32]) m_q <= pr_m;
    else if (norm_end || (mul_result && step_q[0])) m_q <= sum_q[P_W-1:1];
    else if (mul_result && !seed_step)              m_q <= xr_q[MUL_W-1:0];
    else if (state_q == ST_EMPTY)                   m_q <= (|xr_q[P_W-1:P_W-2]) ? {MUL_W{1'b1}} :
                                                           {xr_q[P_W-3:0], 1'b0};
  end
  always @(posedge clk_i) begin
    if (norm_end)                                 shift_q <= {SH_W{1'b0}};
    else if (param_word && f_word[PR_SHIFT / 32]) shift_q <= pr_shift;
    else if (state_q == ST_EMPTY)                 shift_q <= 5'd3 - h_q;       // 35 - h
  end
  always @(posedge clk_i) begin
    if (norm_end)                      xr_q <= -32'sd1010580540;    // -32/17
    else if (mul_result && seed_step)  xr_q <= 32'd1515870810;      // 48/17
    else if (state_q == ST_ADD)        xr_q <= total;
  end
  always @(posedge clk_i) begin
    if (go_ok)            sum_go_q <= 1'b0;
    else if (in_sum)      sum_go_q <= 1'b1;
  end
  always @(posedge clk_i) begin
    if (sum_take)       sum_q <= total;
    else if (norm_step) sum_q <= {sum_q[P_W-2:0], 1'b0};
  end
  always @(posedge clk_i) begin
    if (go_ok)          h_q <= {SH_W{1'b0}};
    else if (norm_step) h_q <= h_q + 1'b1;
  end
  always @(posedge clk_i) begin
    if (norm_end)                             step_q <= 3'd6;
    else if (add_end)                         step_q <= seed_step ? 3'd0 : step_q + 3'd1;
    else if (mul_result && !step_q[0] && !seed_step) step_q <= step_q + 3'd1;
  end
  always @(posedge clk_i) begin
    if (mul_result)                           add_q <= seed_step ? 2'd0 : 2'd3;
    else if (state_q == ST_ADD)               add_q <= add_q - 2'd1;
  end
  always @(posedge clk_i) begin
    if (norm_end || mul_result)                                 mul_sent_q <= 1'b0;
    else if (state_q == ST_MUL && rq_valid_o && rq_ready_i)     mul_sent_q <= 1'b1;
  end

  assign rq_valid_o = state_q == ST_RUN || (state_q == ST_MUL && !mul_sent_q);
  assign rq_side_by_side_o = side_by_side && state_q == ST_RUN;
  assign rq_x_o[P_W-1:0]      = total;
  assign rq_float_o           = FLOAT != 0 && d_float_q;
  assign rq_m_o[MUL_W-1:0]    = m_q;
  assign rq_shift_o[SH_W-1:0] = shift_q;
  assign rq_zp_o    = d_zp_q;
  assign rq_amin_o  = d_amin_q;
  assign rq_amax_o  = d_amax_q;

  // The lanes above lane 0: the next columns, with records of their own.
  genvar n;
  generate
    for (n = 0; n < LANES - 1; n = n + 1) begin : g_lane
      localparam LANE   = n + 1;
      localparam GROUPS = (COLS + LANES - 1 - LANE) / LANES;  // columns that this lane takes
      wire [2:0]  own_word = d_shared_q ? f_word[2:0] : f_word[LANE*RECORD +: 3];
      reg  [P_W-1:0]   lane_bias_q;
      reg  [MUL_W-1:0] lane_m_q;
      reg  [SH_W-1:0]  lane_shift_q;
      wire [GROUPS*P_W-1:0] columns;
      genvar g;
      for (g = 0; g < GROUPS; g = g + 1) begin : g_column
        assign columns[g*P_W +: P_W] = drain_data_i[(g*LANES + LANE)*P_W +: P_W];
      end
      wire [31:0] group = {{32-COL_W{1'b0}}, col_q} / LANES;
      wire [P_W-1:0] word = (group < GROUPS) ? columns[group*P_W +: P_W] : {P_W{1'b0}};
      always @(posedge clk_i) begin
        if (param_word && own_word[PR_BIAS / 32])       lane_bias_q  <= pr_bias;
        if (param_word && own_word[PR_MULTIPLIER / 32]) lane_m_q     <= pr_m;
        if (param_word && own_word[PR_SHIFT / 32])      lane_shift_q <= pr_shift;
      end
      assign rq_x_o[LANE*P_W +: P_W]       = word + lane_bias_q;
      assign rq_m_o[LANE*MUL_W +: MUL_W]   = lane_m_q;
      assign rq_shift_o[LANE*SH_W +: SH_W] = lane_shift_q;
    end
  endgenerate

  // ---- writes ----
  reg  [ADDR_W-1:0] oa_q;
  reg  [CNT_W-1:0]  oq_q, op_q;
  wire writing  = state_q == ST_RUN || state_q == ST_FLUSH;
  wire wr_valid = writing && rq_valid_i;
  wire wr_take  = wr_valid && req_ready_i;
  wire op_last  = op_q == d_np_q;
  wire [COL_W-1:0]       cols_last = op_last ? d_ncl_q : d_nc_q;         // by address
  wire [CNT_W+COL_W-1:0] oq_ext    = {{COL_W{1'b0}}, oq_q};
  wire [CNT_W+COL_W-1:0] oq_to     = {{CNT_W{1'b0}}, cols_last};
  wire oq_last  = by ? oq_ext == oq_to : oq_q == d_nq_q;
  assign ch_done    = wr_take && oq_last && op_last && state_q == ST_FLUSH;
  assign rq_ready_o = writing ? req_ready_i : 1'b1;
  wire              at_start = state_q == ST_WAIT;
  wire [ADDR_W-1:0] cb_delta = at_start ? off_q
                             : (last_col && !by) ? d_dk_q[ADDR_W-1:0] : {{ADDR_W-1{1'b0}}, 1'b1};
  wire [ADDR_W-1:0] cb_top   = (side_by_side && !at_start) ? cb_q | TOP[ADDR_W-1:0] : cb_q;
  wire [ADDR_W-1:0] cb_next  = (at_start && !d_step_q) ? cb_q : cb_top + cb_delta;
  always @(posedge clk_i) begin
    if (desc_word[SD_DST / 32]) cb_q <= rsp_data_i[SD_DST % BEAT_W +: ADDR_W];
    else if (ch_done || go_ok)  cb_q <= cb_next;
  end
  always @(posedge clk_i) begin
    if (ch_done || go_ok) oa_q <= cb_next;
    else if (wr_take)     oa_q <= oa_q + (oq_last ? d_dp_q : d_dq_q);
  end
  always @(posedge clk_i) begin
    if (go_ok) begin
      oq_q <= {CNT_W{1'b0}};
      op_q <= {CNT_W{1'b0}};
    end else if (wr_take) begin
      oq_q <= oq_last ? {CNT_W{1'b0}} : oq_q + 1'b1;
      if (oq_last) op_q <= op_last ? {CNT_W{1'b0}} : op_q + 1'b1;
    end
  end

  assign req_valid_o = f_valid || wr_valid;
  assign req_write_o = wr_valid;
  assign req_addr_o  = f_valid ? f_addr : oa_q[ADDR_W-1:LANE_W];
  assign req_wdata_o = side_by_side ? {BYTES/LANES{rq_y_i}} : {BYTES{rq_y_i[X_W-1:0]}};
  assign req_wstrb_o = (side_by_side ? STROBES[BYTES-1:0] : {{BYTES-1{1'b0}}, 1'b1})
                       << oa_q[LANE_W-1:0];
  assign side_by_side_o = wr_take && side_by_side;
  wire unused_ok = &{1'b0, f_word, params, target_16, rsp_data_i, BEATS[31:4], PBEATS[31:4],
                     WBEATS[31:4], STROBES, TOP, 1'b0};
endmodule
`default_nettype wire
