// GENERATED from rtl_templates/pe_array.v.tpl - edit the template, then run `make golden`.
// config: icebreaker-4x4  systolic-ws unroll={K: 4, C: 4} memory.width=32
// pe_array.v - ROWS x COLS weight-stationary systolic array with its skew registers.
//
//             w[0] w[1]    w[2] w[3]     (pair j late by j cycles)
//               |  |         |  |
//   x[0] ---> [PE PE] -x-> [PE PE]       ifmap moves right, one pair of columns per cycle
//               |  |psum     |  |psum    psum moves down, one row per cycle
//   x[1] -1-> [PE PE] ---> [PE PE]       row r late by r cycles
//               |  |         |  |
//              psum[0:1]    psum[2:3]    a beat entering in t leaves column c in t + ROWS + 2 + c/2
//
// Model: sim/pe_array.c.  Specification: docs/blocks.md, 8.
`default_nettype none

module pe_array #(
  parameter ROWS   = 4,
  parameter COLS   = 4,
  parameter PSUM_W = 18
) (
  input  wire                   clk_i,
  input  wire [ROWS*8-1:0]      x_i,        // one element per row, all rows of one beat
  input  wire [COLS*8-1:0]      w_i,        // one weight per column
  input  wire [ROWS-1:0]        wen_i,      // the row that w_i belongs to, one-hot
  output wire [COLS*PSUM_W-1:0] psum_o
);

  localparam PAIRS = (COLS + 1) / 2;
  localparam PCOLS = PAIRS * 2;             // columns, the absent one included
  localparam W     = 16 + ROWS;             // a pair's weights and their enables

  wire [ROWS*8-1:0]   x_skew;               // row r late by r
  wire [PAIRS*W-1:0]  w_skew;               // pair j late by j
  wire [PCOLS*8-1:0]  w_all = {{PCOLS-COLS{8'd0}}, w_i};

  genvar r, j;
  generate
    for (r = 0; r < ROWS; r = r + 1) begin : g_xskew
      if (r == 0) begin : g_now
        assign x_skew[7:0] = x_i[7:0];
      end else begin : g_late
        reg  [r*8-1:0] x_q;
        wire [r*8+7:0] x_d = {x_q, x_i[r*8 +: 8]};
        always @(posedge clk_i) x_q <= x_d[r*8-1:0];
        assign x_skew[r*8 +: 8] = x_d[r*8 +: 8];
      end
    end
    for (j = 0; j < PAIRS; j = j + 1) begin : g_wskew
      if (j == 0) begin : g_now
        assign w_skew[W-1:0] = {wen_i, w_all[15:0]};
      end else begin : g_late
        reg  [j*W-1:0]   w_q;
        wire [j*W+W-1:0] w_d = {w_q, wen_i, w_all[j*16 +: 16]};
        always @(posedge clk_i) w_q <= w_d[j*W-1:0];
        assign w_skew[j*W +: W] = w_d[j*W +: W];
      end
    end
  endgenerate

  // x_link[r][j] enters pair j of row r; psum_link[r][c] enters row r.
  wire [ROWS*(PAIRS+1)*8-1:0]      x_link;
  wire [(ROWS+1)*PCOLS*PSUM_W-1:0] psum_link;
  assign psum_link[PCOLS*PSUM_W-1:0] = {PCOLS*PSUM_W{1'b0}};
  assign psum_o = psum_link[ROWS*PCOLS*PSUM_W +: COLS*PSUM_W];

  generate
    for (r = 0; r < ROWS; r = r + 1) begin : g_row
      assign x_link[r*(PAIRS+1)*8 +: 8] = x_skew[r*8 +: 8];
      for (j = 0; j < PAIRS; j = j + 1) begin : g_pair
        pe_pair #(.PSUM_W(PSUM_W), .SECOND((2*j + 1 < COLS) ? 1 : 0), .BLOCK((r < 2) ? 1 : 0)) u_pair (
          .clk_i(clk_i),
          .x_i(x_link[(r*(PAIRS+1) + j)*8 +: 8]),
          .x_o(x_link[(r*(PAIRS+1) + j + 1)*8 +: 8]),
          .w0_i(w_skew[j*W +: 8]),
          .w1_i(w_skew[j*W + 8 +: 8]),
          .wen_i(w_skew[j*W + 16 + r]),
          .psum0_i(psum_link[(r*PCOLS + 2*j)*PSUM_W +: PSUM_W]),
          .psum0_o(psum_link[((r+1)*PCOLS + 2*j)*PSUM_W +: PSUM_W]),
          .psum1_i(psum_link[(r*PCOLS + 2*j + 1)*PSUM_W +: PSUM_W]),
          .psum1_o(psum_link[((r+1)*PCOLS + 2*j + 1)*PSUM_W +: PSUM_W])
        );
      end
      wire unused_x = &{1'b0, x_link[(r*(PAIRS+1) + PAIRS)*8 +: 8], 1'b0};
    end
    if (PCOLS > COLS) begin : g_odd
      wire unused_psum = &{1'b0, psum_link[(ROWS*PCOLS + COLS)*PSUM_W +: PSUM_W], 1'b0};
    end
  endgenerate
endmodule
`default_nettype wire
