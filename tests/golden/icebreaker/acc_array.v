// GENERATED from rtl_templates/acc_array.v.tpl - edit the template, then run `make golden`.
// config: icebreaker-4x4  systolic-ws unroll={K: 4, C: 4} memory.width=32
// acc_array.v - one accumulator column per array column, and the drain RAM that store reads.
//
// Columns 2j and 2j+1 work j cycles after column 0, as the psums arrive.  A sum is read in one cycle, added
// and written in the next; the same address may come again two cycles later.
// Model: sim/acc_array.c.  Specification: docs/blocks.md, 9.
`default_nettype none

module acc_array #(
  parameter ROWS   = 4,
  parameter COLS   = 4,
  parameter PSUM_W = 18,
  parameter ACC_W  = 7,                     // address width of one half
  parameter CTL_W  = ACC_W + 6              // derived: {valid, lookup, ovr, emit, half, last, addr}
) (
  input  wire                   clk_i,
  input  wire                   rst_i,
  input  wire [CTL_W-1:0]       ctl_i,      // one cycle after the issue of its beat
  input  wire [COLS*PSUM_W-1:0] psum_i,
  input  wire [31:0]            table_i,    // lookup result, two cycles after the issue
  output wire [1:0]             full_o,     // pulse: this drain half is complete
  // Drain: address in t, the word of every column in t+1.
  input  wire [ACC_W:0]         drain_addr_i,
  output wire [COLS*32-1:0]     drain_data_o
);

  localparam V = CTL_W - 1, LK = CTL_W - 2, OVR = CTL_W - 3, EM = CTL_W - 4, HALF = CTL_W - 5,
             LAST = CTL_W - 6;

  // MAC control waits ROWS + 1 cycles for its psum, lookup control does not.
  reg  [(ROWS+1)*CTL_W-1:0] dly_q;
  wire lookup = ctl_i[LK];
  wire [CTL_W-1:0] mac_in = {ctl_i[V] && !lookup, ctl_i[LK:HALF], ctl_i[LAST] && !lookup,
                             ctl_i[ACC_W-1:0]};
  wire [(ROWS+2)*CTL_W-1:0] dly_d = {dly_q, mac_in};
  wire [CTL_W-1:0] late = dly_q[ROWS*CTL_W +: CTL_W];
  wire [CTL_W-1:0] rd   = lookup ? ctl_i : late;
  wire unused_late = &{1'b0, dly_d[(ROWS+1)*CTL_W +: CTL_W], 1'b0};
  always @(posedge clk_i) begin
    if (rst_i) dly_q <= {(ROWS+1)*CTL_W{1'b0}};
    else       dly_q <= dly_d[(ROWS+1)*CTL_W-1:0];
  end

  localparam PAIRS = (COLS + 1) / 2;
  reg  [PAIRS*CTL_W-1:0] e_q;               // control of each pair of columns, with its psums
  wire [(PAIRS+1)*CTL_W-1:0] e_d = {e_q, rd};
  wire [CTL_W-1:0] e_out = e_q[(PAIRS-1)*CTL_W +: CTL_W];
  always @(posedge clk_i) begin
    if (rst_i) e_q <= {PAIRS*CTL_W{1'b0}};
    else       e_q <= e_d[PAIRS*CTL_W-1:0];
  end
  assign full_o = {e_out[LAST] && e_out[HALF], e_out[LAST] && !e_out[HALF]};
  wire unused_ok = &{1'b0, e_d[PAIRS*CTL_W +: CTL_W], 1'b0};

  genvar c;
  generate
    for (c = 0; c < COLS; c = c + 1) begin : g_col
      wire [CTL_W-1:0] now  = e_q[(c/2)*CTL_W +: CTL_W];
      wire [CTL_W-1:0] from = e_d[(c/2)*CTL_W +: CTL_W];
      wire             we   = now[V] && (c == 0 || !now[LK]);   // lookups use column 0 only
      wire [31:0] old;
      wire [31:0] psum = {{32-PSUM_W{psum_i[c*PSUM_W + PSUM_W - 1]}}, psum_i[c*PSUM_W +: PSUM_W]};
      wire [31:0] add;
      if (c == 0) begin : g_table
        assign add = now[LK] ? table_i : psum;
      end else begin : g_psum
        assign add = psum;
      end
      wire [31:0] sum = old + add;

      // The upper half holds zeros and is never written: an overwriting sum reads there.
      ram_1r1w #(.DATA_W(32), .DEPTH(2 << ACC_W), .SEED(300 + c), .ZEROS(1 << ACC_W)) u_acc (
        .clk_i(clk_i), .we_i(we), .waddr_i({1'b0, now[ACC_W-1:0]}), .wdata_i(sum),
        .raddr_i({from[OVR], from[ACC_W-1:0]}), .rdata_o(old)
      );
      ram_1r1w #(.DATA_W(32), .DEPTH(2 << ACC_W), .SEED(400 + c)) u_drain (
        .clk_i(clk_i), .we_i(we && now[EM]), .waddr_i({now[HALF], now[ACC_W-1:0]}),
        .wdata_i(sum), .raddr_i(drain_addr_i), .rdata_o(drain_data_o[c*32 +: 32])
      );
    end
  endgenerate
endmodule
`default_nettype wire
