// requant.v - TFLite's MultiplyByQuantizedMultiplier, zero point and clamp, exactly; with FLOAT
// also a product of float32.
//
// srdhm = (x*m + 2^30) >> 31, then a right shift that rounds to nearest, ties away from zero, then
// + zp, limited to amin..amax.  STAGES multiplier stages of 4 bits; an element goes round 8/STAGES
// times, so the throughput is one element per 8/STAGES cycles and the latency 11 cycles.  The
// powers and the 8 are those of a P_W of 32 bits: 2^(P_W-2), P_W-1, P_W/4.
// float_i: x*m*2^(-31-shift) rounded to 24 bits, as float32 multiplies, and then to an integer,
// ties to even both times.
// Model: sim/blocks/requant.c.  Specification: docs/blocks.md, 10.
`default_nettype none

module requant #(
  parameter X_W    = 8,                     // bits of an activation
  parameter P_W    = 32,                    // bits of an accumulator
  parameter STAGES = 4,                     // 2, 4 or 8
  parameter FLOAT  = 0,                     // 1: float_i counts
  parameter MUL_W  = P_W - 1,               // derived: bits of the multiplier, a positive fraction
  parameter SH_W   = $clog2(P_W)            // derived: bits of the right shift
) (
  input  wire               clk_i,
  input  wire               rst_i,
  // In: moves when valid and ready.
  input  wire               valid_i,
  output wire               ready_o,
  input  wire signed [P_W-1:0] x_i,
  // Steady while anything is inside.
  input  wire               float_i,        // round as float32 does; m_i is a multiple of 2^7 then
  input  wire [MUL_W-1:0]   m_i,
  input  wire [SH_W-1:0]    shift_i,
  input  wire signed [X_W-1:0] zp_i,
  input  wire signed [X_W-1:0] amin_i,
  input  wire signed [X_W-1:0] amax_i,
  // Out: holds until ready.
  output wire               valid_o,
  input  wire               out_ready_i,
  output wire [X_W-1:0]     y_o,
  // The product alone, one cycle, when it is complete; exact when shift_i is 0 or x_i >= 0.
  output wire               srdhm_valid_o,
  output wire signed [P_W-1:0] srdhm_o,
  output wire               empty_o
);

  localparam S_W    = P_W + 1;              // bits of the sum that goes round
  localparam ROUNDS = P_W / (4 * STAGES);
  localparam PASS_W = (ROUNDS > 1) ? $clog2(ROUNDS) : 1;
  localparam [31:0] LAST_ROUND = ROUNDS - 1;

  generate
    if (P_W != 32) begin : g_check_p_w      // the right shift has five levels
      ERROR_P_W_must_be_32 u_error ();
    end
  endgenerate

  wire        in_float = FLOAT != 0 && float_i;
  reg         b_v_q, c_v_q;
  wire        en = !(c_v_q && !out_ready_i);

  // ---- input register ----
  reg         in_v_q;
  reg [P_W-1:0] in_x_q;
  wire        recirc, take;
  assign take    = in_v_q && !recirc && en;
  assign ready_o = !in_v_q || take;
  always @(posedge clk_i) begin
    if (rst_i)        in_v_q <= 1'b0;
    else if (ready_o) in_v_q <= valid_i;
  end
  always @(posedge clk_i) if (valid_i && ready_o) in_x_q <= x_i;

  // ---- the ring ----
  reg  [STAGES-1:0]    v_q;
  reg  [STAGES*PASS_W-1:0] pass_q;
  reg  [STAGES-1:0]    again_q;            // valid, and to go round once more
  reg  [STAGES*P_W-1:0] x_q;
  reg  [STAGES*S_W-1:0] s_q;
  wire [PASS_W-1:0] out_pass = pass_q[(STAGES-1)*PASS_W +: PASS_W];
  wire        out_v    = v_q[STAGES-1];
  wire [S_W-1:0] out_s = s_q[(STAGES-1)*S_W +: S_W];
  assign recirc = again_q[STAGES-1];
  wire        final_v  = out_v && !recirc;
  wire [P_W-1:0] m2 = {m_i, 1'b0};

  wire [(STAGES+1)-1:0]    v_d    = {v_q, recirc || take};
  wire [PASS_W-1:0]        pass_next = recirc ? out_pass + 1'b1 : {PASS_W{1'b0}};
  wire [(STAGES+1)*PASS_W-1:0] pass_d = {pass_q, pass_next};
  wire        again     = (recirc || take) && pass_next != LAST_ROUND[PASS_W-1:0];
  wire [(STAGES+1)-1:0]    again_d = {again_q, again};
  wire [(STAGES+1)*P_W-1:0] x_d   = {x_q, recirc ? x_q[(STAGES-1)*P_W +: P_W] : in_x_q};
  // The start value is the rounding constant 2^(P_W-1); a negative element that will be shifted
  // starts one result unit lower, so that rounding half up afterwards rounds its ties away from
  // zero.  A product of float32 is rounded at its end: it starts with 0.
  wire        minus = in_x_q[P_W-1] && shift_i != {SH_W{1'b0}} && !in_float;
  wire [S_W-1:0] start  = {minus, !in_float, {P_W-1{1'b0}}};
  wire [(STAGES+1)*S_W-1:0] s_d   = {s_q, recirc ? out_s : start};
  wire unused_ok = &{1'b0, v_d[STAGES], pass_d[STAGES*PASS_W +: PASS_W], again_d[STAGES],
                     x_d[STAGES*P_W +: P_W], s_d[STAGES*S_W +: S_W], 1'b0};

  always @(posedge clk_i) begin
    if (rst_i) begin
      v_q     <= {STAGES{1'b0}};
      again_q <= {STAGES{1'b0}};
    end else if (en) begin
      v_q     <= v_d[STAGES-1:0];
      again_q <= again_d[STAGES-1:0];
    end
  end
  always @(posedge clk_i) if (en) pass_q <= pass_d[STAGES*PASS_W-1:0];
  always @(posedge clk_i) if (en) x_q <= x_d[STAGES*P_W-1:0];

  wire [STAGES*4-1:0] dropped;              // by the halvings of each stage, the first lowest
  genvar j, i;
  generate
    for (j = 0; j < STAGES; j = j + 1) begin : g_stage
      wire [PASS_W-1:0] pass = pass_d[j*PASS_W +: PASS_W];
      wire [3:0] m4;                        // the multiplier's bits at work here
      if (STAGES == 8) begin : g_bits
        assign m4 = m2[j*4 +: 4];
      end else if (STAGES == 4) begin : g_bits
        wire second = (j == 0) ? recirc : pass[0];
        assign m4 = second ? m2[P_W/2 + j*4 +: 4] : m2[j*4 +: 4];
      end else begin : g_bits
        wire [P_W-1:0] m2_pass = m2 >> {pass, 3'b000};
        assign m4 = m2_pass[j*4 +: 4];
        wire unused_m2 = &{1'b0, m2_pass, 1'b0};
      end
      wire unused_pass = &{1'b0, pass, 1'b0};
      wire [S_W-1:0] x_ext = {x_d[j*P_W + P_W-1], x_d[j*P_W +: P_W]};
      wire [5*S_W-1:0] s;                   // before each row, and after the last
      assign s[S_W-1:0] = s_d[j*S_W +: S_W];
      for (i = 0; i < 4; i = i + 1) begin : g_row
        wire [S_W-1:0] y;
        sel_add #(.W(S_W)) u_row (.sel_i(m4[i]), .s_i(s[i*S_W +: S_W]), .x_i(x_ext), .y_o(y));
        assign s[(i+1)*S_W +: S_W] = {y[S_W-1], y[S_W-1:1]};
        assign dropped[j*4 + i] = y[0];
      end
      always @(posedge clk_i) if (en) s_q[j*S_W +: S_W] <= s[4*S_W +: S_W];
    end
  endgenerate

  // FLOAT: the product goes on below s_q, by the 24 bits of a float32's fraction.  Of what goes
  // round only that counts which will not have been shifted out at the end.
  localparam F_W = 24;
  localparam [63:0] KEPT = {{64-F_W{1'b0}}, {F_W{1'b1}}} << (4*STAGES);
  reg  [STAGES*F_W-1:0] l_q;
  wire [F_W-1:0] out_l = l_q[(STAGES-1)*F_W +: F_W];
  wire [(STAGES+1)*F_W-1:0] l_d = {l_q, out_l & KEPT[F_W-1:0]};
  wire unused_l = &{1'b0, l_d, 1'b0};
  generate
    for (j = 0; j < STAGES; j = j + 1) begin : g_low
      always @(posedge clk_i)
        if (en) l_q[j*F_W +: F_W] <= {dropped[j*4 +: 4], l_d[j*F_W+4 +: F_W-4]};
    end
  endgenerate

  assign srdhm_valid_o = final_v && en;
  assign srdhm_o       = out_s[P_W-1:0];

  // ---- stage B: right shift, rounding bit, limit ----
  // Every level drops the bits that the shifts still to come cannot bring into the result, and
  // notes whether they mattered.  Bit 0 is the rounding bit.
  localparam B_W = X_W + 2;                 // what the limits and the zero point can tell apart
  wire        neg = srdhm_o[P_W-1];
  wire [P_W:0]   sh0 = {srdhm_o, in_float && out_l[F_W-1]};
  wire [P_W:0]   sh1 = shift_i[4] ? {{16{neg}}, sh0[P_W:16]} : sh0;
  wire [B_W+7:0] sh2 = shift_i[3] ? sh1[B_W+15:8] : sh1[B_W+7:0];
  wire [B_W+3:0] sh3 = shift_i[2] ? sh2[B_W+7:4] : sh2[B_W+3:0];
  wire [B_W+1:0] sh4 = shift_i[1] ? sh3[B_W+3:2] : sh3[B_W+1:0];
  wire [B_W:0]   sh5 = shift_i[0] ? sh4[B_W+1:1] : sh4[B_W:0];
  wire        fits = sh1[P_W:B_W+16] == {P_W-B_W-15{neg}} &&
                     (shift_i[3] || sh1[B_W+15:B_W+8] == {8{neg}}) &&
                     (shift_i[2] || sh2[B_W+7:B_W+4] == {4{neg}}) &&
                     (shift_i[1] || sh3[B_W+3:B_W+2] == {2{neg}}) &&
                     (shift_i[0] || sh4[B_W+1] == neg) && sh5[B_W] == neg;
  reg signed [B_W-1:0] b_q;
  reg                  b_inc_q;
  always @(posedge clk_i) begin
    if (rst_i)   b_v_q <= 1'b0;
    else if (en) b_v_q <= final_v;
  end
  always @(posedge clk_i) begin
    if (en) begin
      b_q     <= fits ? sh5[B_W:1] : {neg, {B_W-1{!neg}}};
      b_inc_q <= sh5[0];
    end
  end

  // FLOAT: the fraction behind the rounding bit, 2^-2 to 2^-25, shifted in the same way.
  localparam NEAR_W = X_W + 1;              // of its bits, where the reach of a tie may end
  localparam FAR_W  = F_W - NEAR_W;
  wire [F_W-1:0] fr0 = {out_l[F_W-2:0], 1'b0};
  wire [F_W-1:0] fr1 = shift_i[4] ? {sh0[15:0], fr0[F_W-1:16]} : fr0;
  wire [F_W-1:0] fr2 = shift_i[3] ? {sh1[7:0], fr1[F_W-1:8]} : fr1;
  wire [F_W-1:0] fr3 = shift_i[2] ? {sh2[3:0], fr2[F_W-1:4]} : fr2;
  wire [F_W-1:0] fr4 = shift_i[1] ? {sh3[1:0], fr3[F_W-1:2]} : fr3;
  wire [F_W-1:0] fr5 = shift_i[0] ? {sh4[0], fr4[F_W-1:1]} : fr4;
  reg              b_zeros_q, b_ones_q, b_rest_q;
  reg [NEAR_W-1:0] b_near_q;
  always @(posedge clk_i) begin
    if (en) begin
      b_zeros_q <= fr5[F_W-1:NEAR_W] == {FAR_W{1'b0}};
      b_ones_q  <= fr5[F_W-1:NEAR_W] == {FAR_W{1'b1}};
      b_near_q  <= fr5[NEAR_W-1:0];
      b_rest_q  <= (shift_i[4] && |fr0[15:0]) || (shift_i[3] && |fr1[7:0]) ||
                   (shift_i[2] && |fr2[3:0]) || (shift_i[1] && |fr3[1:0]) ||
                   (shift_i[0] && fr4[0]);
    end
  end

  // ---- stage C: rounding, zero point, clamp ----
  // FLOAT: a product within reach of the tie above b_q goes to the even integer.  The reach is half
  // a unit in the last place of the tie, 2^(j-25) for a b_q of j bits.
  wire              odd  = b_q[0];
  wire [X_W-1:0]    size = b_q[X_W-1:0] ^ {X_W{b_q[B_W-1]}};
  wire [NEAR_W:0]   ones = {1'b0, size, 1'b1};
  wire [NEAR_W-1:0] reach;                  // of them the uppermost
  generate
    for (i = 0; i < NEAR_W; i = i + 1) begin : g_reach
      assign reach[i] = ones[i] && !(|ones[NEAR_W:i+1]);
    end
  endgenerate
  wire [NEAR_W-1:0] near = b_near_q ^ {NEAR_W{odd}};
  wire              tie  = (odd ? b_ones_q : b_zeros_q) &&
                           {near, odd || b_rest_q} <= {reach, 1'b0};
  wire              inc  = !in_float ? b_inc_q : b_inc_q ? odd || !tie : odd && tie;

  reg signed [X_W-1:0] c_y_q;
  wire signed [B_W:0]  sum  = {b_q[B_W-1], b_q} + {{B_W+1-X_W{zp_i[X_W-1]}}, zp_i} +
                              {{B_W{1'b0}}, inc};
  wire                 low  = sum < $signed({{B_W+1-X_W{amin_i[X_W-1]}}, amin_i});
  wire                 high = sum > $signed({{B_W+1-X_W{amax_i[X_W-1]}}, amax_i});
  always @(posedge clk_i) begin
    if (rst_i)   c_v_q <= 1'b0;
    else if (en) c_v_q <= b_v_q;
  end
  always @(posedge clk_i) if (en) c_y_q <= low ? amin_i : high ? amax_i : sum[X_W-1:0];
  assign valid_o = c_v_q;
  assign y_o     = c_y_q;
  assign empty_o = !in_v_q && !(|v_q) && !b_v_q && !c_v_q;
endmodule
`default_nettype wire
