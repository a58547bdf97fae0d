// wide_buf.v - the weight buffer of an array whose PEs have their weights in memories of their own:
// one word holds the weights of all PEs, and each pair of columns reads its part by itself, as late
// as its operands come.
//
// A word is read whole in the order of weights: row r, column c is weight c*ROWS + r; pair j has
// weights 2*j*ROWS up to the next pair's, the last pair all that remain.  Pair j reads
// n = BCAST + (line_i ? TS-1 : 0) + XF*j cycles after the issue; its word and wen_o[j] come one
// cycle later.  Tables are in the first pair's memory, read at once.
// Model: sim/blocks/wide_buf.c.  Specification: docs/blocks.md, 6.
`default_nettype none

module wide_buf #(
  parameter ROWS   = 4,
  parameter COLS   = 4,
  parameter W_W    = 8,                     // bits of a weight
  parameter LANES  = 16,                    // weights of a word, those without a PE included
  parameter DEPTH  = 256,                   // words in both halves
  parameter SEED   = 200,                   // garbage seed of lane 0, simulation only
  parameter XF     = 0,                     // 1: pair j of columns is late by j
  parameter BCAST  = 0,                     // registers in front of the array's operands
  parameter LINE   = 0,                     // 1: a line job is TS-1 cycles later
  parameter TS     = 1,
  parameter PAST   = 0,                     // the largest n of a pair
  parameter ADDR_W = $clog2(DEPTH),         // derived
  parameter PAIRS  = (COLS + 1) / 2         // derived
) (
  input  wire               clk_i,
  input  wire               rst_i,
  // Write: each lane by its own enable.
  input  wire [LANES-1:0]   we_i,
  input  wire [ADDR_W-1:0]  waddr_i,
  input  wire [LANES*W_W-1:0] wdata_i,
  // Weights: issue, and one cycle later the enables of the pairs that get theirs.
  input  wire               iss_i,
  input  wire [ADDR_W-1:0]  addr_i,
  input  wire               line_i,         // steady while weights are under way
  output wire [PAIRS-1:0]   wen_o,
  // Table entries: address in t, word in t+1.
  input  wire               lk_v_i,
  input  wire [ADDR_W-1:0]  lk_addr_i,
  output wire [LANES*W_W-1:0] rdata_o
);

  localparam LATER = (LINE != 0) ? TS - 1 : 0;
  localparam H_W   = ADDR_W + 1;

  wire [(PAST+1)*H_W-1:0] past;             // {issue, address} of n cycles ago
  assign past[H_W-1:0] = {iss_i, addr_i};
  generate
    if (PAST > 0) begin : g_past
      reg [PAST*H_W-1:0] h_q;
      integer k;
      always @(posedge clk_i) begin
        h_q <= past[PAST*H_W-1:0];
        if (rst_i) for (k = 0; k < PAST; k = k + 1) h_q[k*H_W + ADDR_W] <= 1'b0;
      end
      assign past[(PAST+1)*H_W-1:H_W] = h_q;
    end
    if (LATER == 0) begin : g_no_line
      wire unused_line = &{1'b0, line_i, 1'b0};
    end
  endgenerate

  reg [PAIRS-1:0] wen_q;
  assign wen_o = wen_q;

  genvar j;
  generate
    for (j = 0; j < PAIRS; j = j + 1) begin : g_pair
      localparam NOW   = BCAST + ((XF != 0) ? j : 0);
      localparam FIRST = 2*j*ROWS;
      localparam OWN   = (j == PAIRS - 1) ? LANES - FIRST : 2*ROWS;
      wire [H_W-1:0]    from = (LATER > 0 && line_i) ? past[(NOW+LATER)*H_W +: H_W]
                                                     : past[NOW*H_W +: H_W];
      wire [ADDR_W-1:0] addr = (j == 0 && lk_v_i) ? lk_addr_i : from[ADDR_W-1:0];
      always @(posedge clk_i) wen_q[j] <= from[ADDR_W] && !rst_i;
      tile_buf #(.LANES(OWN), .LANE_W(W_W), .DEPTH(DEPTH), .SEED(SEED + FIRST)) u_buf (
        .clk_i(clk_i), .we_i(we_i[FIRST +: OWN]), .waddr_i(waddr_i),
        .wdata_i(wdata_i[FIRST*W_W +: OWN*W_W]), .raddr_i(addr),
        .rdata_o(rdata_o[FIRST*W_W +: OWN*W_W])
      );
    end
  endgenerate
endmodule
`default_nettype wire
