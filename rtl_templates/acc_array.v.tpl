// acc_array.v - one accumulator column per array column, and the drain RAM that store reads.
//
// XF: columns 2j and 2j+1 work j cycles after column 0, as the psums arrive; else all together.  A
// sum is read in one cycle, added and written in the next; the same address may come again two
// cycles later.
// Model: sim/blocks/acc_array.c.  Specification: docs/blocks.md, 9.
`default_nettype none

module acc_array #(
  parameter COLS     = 4,
  parameter PSUM_W   = 18,
  parameter P_W      = 32,                  // bits of an accumulator, and of a table entry
  parameter ACC_W    = 7,                   // address width of one half
  parameter LAT      = 7,                   // from the issue of a beat to its psum on column 0
  parameter LINE_LAT = LAT,                 // the same for a line job, >= LAT
  parameter XF       = 1,                   // 1: psums of pair j of columns are j cycles late
  parameter PRODUCTS = 0,                   // 1: lookups may multiply
  parameter CTL_W    = 13                   // of ctl_i: addr and the bits below above it
) (
  input  wire                   clk_i,
  input  wire                   rst_i,
  // The psums under way are a line job's; steady until they are out.
  input  wire                   line_i,
  input  wire [CTL_W-1:0]       ctl_i,      // one cycle after the issue of its beat
  input  wire [COLS*PSUM_W-1:0] psum_i,
  input  wire [P_W-1:0]         table_i,    // lookup result, two cycles after the issue
  output wire [1:0]             full_o,     // pulse: this drain half is complete
  // Drain: address in t, the word of every column in t+1.
  input  wire [ACC_W:0]         drain_addr_i,
  output wire [COLS*P_W-1:0]    drain_data_o
);

  localparam LAST = ACC_W + @{ctl_last};
  localparam HALF = ACC_W + @{ctl_half};
  localparam EM   = ACC_W + @{ctl_emit};
  localparam OVR  = ACC_W + @{ctl_ovr};
  localparam LK   = ACC_W + @{ctl_lookup};
  localparam V    = ACC_W + @{ctl_valid};
  localparam MUL  = (PRODUCTS != 0) ? ACC_W + @{ctl_mul} : V;

  // MAC control waits for its psum, lookup control does not.
  localparam DLY = LINE_LAT - 2;
  reg  [DLY*CTL_W-1:0] dly_q;
  wire lookup = ctl_i[LK];
  wire [CTL_W-1:0] mac_in = lookup ? {{CTL_W-LK-1{1'b0}}, ctl_i[LK:HALF], 1'b0, ctl_i[ACC_W-1:0]}
                                   : ctl_i;
  wire [(DLY+1)*CTL_W-1:0] dly_d = {dly_q, mac_in};
  wire [CTL_W-1:0] late = line_i ? dly_q[(LINE_LAT-3)*CTL_W +: CTL_W]
                                 : dly_q[(LAT-3)*CTL_W +: CTL_W];
  wire [CTL_W-1:0] rd   = lookup ? ctl_i : late;
  wire unused_late = &{1'b0, dly_d[DLY*CTL_W +: CTL_W], 1'b0};
  always @(posedge clk_i) begin
    if (rst_i) dly_q <= {DLY*CTL_W{1'b0}};
    else       dly_q <= dly_d[DLY*CTL_W-1:0];
  end

  localparam PAIRS = (XF != 0) ? (COLS + 1) / 2 : 1;  // groups of columns that work in one cycle
  reg  [PAIRS*CTL_W-1:0] e_q;               // control of each, with its psums
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
      localparam J = (XF != 0) ? c / 2 : 0;
      wire [CTL_W-1:0] now  = e_q[J*CTL_W +: CTL_W];
      wire [CTL_W-1:0] from = e_d[J*CTL_W +: CTL_W];
      wire             we   = now[V] && (c == 0 || !now[LK]);   // lookups use column 0 only
      wire [P_W-1:0] old;
      wire [P_W-1:0] psum = {{P_W+1-PSUM_W{psum_i[c*PSUM_W + PSUM_W - 1]}},
                             psum_i[c*PSUM_W +: PSUM_W-1]};
      wire [P_W-1:0] add;
      if (c == 0) begin : g_table
        assign add = now[LK] ? table_i : psum;
      end else begin : g_psum
        assign add = psum;
      end
      wire [P_W-1:0] sum;
      if (c == 0 && PRODUCTS != 0) begin : g_product
        wire signed [P_W/2-1:0] factor = old[P_W/2-1:0], entry = table_i[P_W/2-1:0];
        wire signed [P_W-1:0]   product = factor * entry;
        assign sum = now[MUL] ? product : old + add;
      end else begin : g_sum
        assign sum = old + add;
      end

      // The upper half holds zeros and is never written: an overwriting sum reads there.
      ram_1r1w #(.DATA_W(P_W), .DEPTH(2 << ACC_W), .SEED(300 + c), .ZEROS(1 << ACC_W)) u_acc (
        .clk_i(clk_i), .we_i(we), .waddr_i({1'b0, now[ACC_W-1:0]}), .wdata_i(sum),
        .raddr_i({from[OVR], from[ACC_W-1:0]}), .rdata_o(old)
      );
      ram_1r1w #(.DATA_W(P_W), .DEPTH(2 << ACC_W), .SEED(400 + c)) u_drain (
        .clk_i(clk_i), .we_i(we && now[EM]), .waddr_i({now[HALF], now[ACC_W-1:0]}),
        .wdata_i(sum), .raddr_i(drain_addr_i), .rdata_o(drain_data_o[c*P_W +: P_W])
      );
    end
  endgenerate
endmodule
`default_nettype wire
