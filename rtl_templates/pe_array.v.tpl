// pe_array.v - ROWS x COLS array with held operands whose psums go from row to row, and its skew
// registers.
//
//             w[0] w[1]    w[2] w[3]     (XF: pair j late by j cycles)
//               |  |         |  |
//   x[0] ---> [PE PE] -x-> [PE PE]       XF: x moves right, a pair a cycle; else all see it
//               |  |psum     |  |psum    psum moves down, one row per cycle
//   x[1] -1-> [PE PE] ---> [PE PE]       row r late by r cycles (LINE: it comes so from `window`)
//               |  |         |  |
//              psum[0:1]    psum[2:3]    a beat entering in t leaves column c in
//                                        t + BCAST + ROWS + 2 + XF*(c/2)
//
// Model: sim/blocks/pe_array.c.  Specification: docs/blocks.md, 8.
`default_nettype none

module pe_array #(
  parameter ROWS      = 4,
  parameter COLS      = 4,
  parameter X_W       = 8,                  // bits of an activation
  parameter W_W       = 8,                  // bits of a weight
  parameter PSUM_W    = 18,
  parameter XF        = 1,                  // 1: x is forwarded from pair to pair, 0: broadcast
  parameter BCAST     = 0,                  // registers in front of every operand
  parameter LINE      = 0,                  // 1: x_i is skewed already; a PE may have its own xd_i
  parameter BLOCK_SUM = 0                   // 1: rows 0, 1 sum in X_W + W_W bits, in the block
) (
  input  wire                   clk_i,
  input  wire [ROWS*X_W-1:0]    x_i,        // one element per row, all rows of one beat
  input  wire [ROWS*COLS*X_W-1:0] xd_i,     // LINE: row r, column c at element r*COLS + c,
  input  wire                   dw_i,       //       used in place of x_i when dw_i
  input  wire [COLS*W_W-1:0]    w_i,        // one weight per column
  input  wire [ROWS-1:0]        wen_i,      // the row that w_i belongs to, one-hot
  output wire [COLS*PSUM_W-1:0] psum_o
);

  localparam PAIRS = (COLS + 1) / 2;
  localparam PCOLS = PAIRS * 2;             // columns, the absent one included
  localparam W     = 2*W_W + ROWS;          // a pair's weights and their enables

  // ---- registers in front ----
  localparam FRONT_W = ROWS*X_W + COLS*W_W + ROWS;
  wire [(BCAST+1)*FRONT_W-1:0] front;
  wire [ROWS*X_W-1:0]          x;
  wire [COLS*W_W-1:0]          w;
  wire [ROWS-1:0]              wen;
  delay #(.W(FRONT_W), .N(BCAST)) u_front (
    .clk_i(clk_i), .rst_i(1'b0), .word_i({x_i, w_i, wen_i}), .past_o(front)
  );
  assign {x, w, wen} = front[BCAST*FRONT_W +: FRONT_W];

  wire [ROWS*PCOLS*X_W-1:0] xd;             // one a PE
  wire [ROWS*X_W-1:0]       x_skew;         // row r late by r
  wire [PAIRS*W-1:0]        w_skew;         // XF: pair j late by j
  wire [PCOLS*W_W-1:0]      w_all = {{(PCOLS-COLS)*W_W{1'b0}}, w};

  genvar r, j;
  generate
    if (LINE != 0) begin : g_xd
      wire [(BCAST+1)*ROWS*COLS*X_W-1:0] xd_past;
      delay #(.W(ROWS*COLS*X_W), .N(BCAST)) u_xd (
        .clk_i(clk_i), .rst_i(1'b0), .word_i(xd_i), .past_o(xd_past)
      );
      for (r = 0; r < ROWS; r = r + 1) begin : g_row
        assign xd[r*PCOLS*X_W +: PCOLS*X_W] =
          {{(PCOLS-COLS)*X_W{1'b0}}, xd_past[(BCAST*ROWS + r)*COLS*X_W +: COLS*X_W]};
      end
      wire unused_xd = &{1'b0, xd_past, 1'b0};
    end else begin : g_no_xd
      assign xd = {ROWS{{PCOLS*X_W{1'b0}}}};
      wire unused_xd = &{1'b0, xd_i, 1'b0};
    end
    for (r = 0; r < ROWS; r = r + 1) begin : g_xskew
      localparam N = (LINE != 0) ? 0 : r;
      wire [(N+1)*X_W-1:0] past;
      delay #(.W(X_W), .N(N)) u_x (
        .clk_i(clk_i), .rst_i(1'b0), .word_i(x[r*X_W +: X_W]), .past_o(past)
      );
      assign x_skew[r*X_W +: X_W] = past[N*X_W +: X_W];
      wire unused_past = &{1'b0, past, 1'b0};
    end
    for (j = 0; j < PAIRS; j = j + 1) begin : g_wskew
      localparam N = (XF != 0) ? j : 0;
      wire [N*W+W-1:0] past;
      delay #(.W(W), .N(N)) u_w (
        .clk_i(clk_i), .rst_i(1'b0), .word_i({wen, w_all[j*2*W_W +: 2*W_W]}), .past_o(past)
      );
      assign w_skew[j*W +: W] = past[N*W +: W];
      wire unused_past = &{1'b0, past, 1'b0};
    end
  endgenerate
  wire unused_front = &{1'b0, front, 1'b0};

  // x_link[r][j] enters pair j of row r; psum_link[r][c] enters row r.
  wire [ROWS*(PAIRS+1)*X_W-1:0]    x_link;
  wire [(ROWS+1)*PCOLS*PSUM_W-1:0] psum_link;
  assign psum_link[PCOLS*PSUM_W-1:0] = {PCOLS*PSUM_W{1'b0}};
  assign psum_o = psum_link[ROWS*PCOLS*PSUM_W +: COLS*PSUM_W];

  generate
    for (r = 0; r < ROWS; r = r + 1) begin : g_row
      assign x_link[r*(PAIRS+1)*X_W +: X_W] = x_skew[r*X_W +: X_W];
      for (j = 0; j < PAIRS; j = j + 1) begin : g_pair
        pe_pair #(
          .X_W(X_W), .W_W(W_W), .PSUM_W(PSUM_W), .SECOND((2*j + 1 < COLS) ? 1 : 0),
          .SUM((BLOCK_SUM != 0 && r < 2) ? 2 : 1), .XF(XF), .LINE(LINE)
        ) u_pair (
          .clk_i(clk_i),
          .x_i(x_link[(r*(PAIRS+1) + j)*X_W +: X_W]),
          .x_o(x_link[(r*(PAIRS+1) + j + 1)*X_W +: X_W]),
          .dw_i(dw_i),
          .xd0_i(xd[(r*PCOLS + 2*j)*X_W +: X_W]),
          .xd1_i(xd[(r*PCOLS + 2*j + 1)*X_W +: X_W]),
          .w0_i(w_skew[j*W +: W_W]),
          .w1_i(w_skew[j*W + W_W +: W_W]),
          .wen_i(w_skew[j*W + 2*W_W + r]),
          .psum0_i(psum_link[(r*PCOLS + 2*j)*PSUM_W +: PSUM_W]),
          .psum0_o(psum_link[((r+1)*PCOLS + 2*j)*PSUM_W +: PSUM_W]),
          .psum1_i(psum_link[(r*PCOLS + 2*j + 1)*PSUM_W +: PSUM_W]),
          .psum1_o(psum_link[((r+1)*PCOLS + 2*j + 1)*PSUM_W +: PSUM_W])
        );
      end
      wire unused_x = &{1'b0, x_link[(r*(PAIRS+1) + PAIRS)*X_W +: X_W], 1'b0};
    end
    if (PCOLS > COLS) begin : g_odd
      wire unused_psum = &{1'b0, psum_link[(ROWS*PCOLS + COLS)*PSUM_W +: PSUM_W], 1'b0};
    end
  endgenerate
endmodule
`default_nettype wire
