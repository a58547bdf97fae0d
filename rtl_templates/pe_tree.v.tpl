// pe_tree.v - ROWS x COLS array with held operands whose products are added, column by column, in a
// tree.
//
//   x[r] ---> [PE PE] -x-> [PE PE]       XF: x moves right, a pair a cycle; else all see it
//               |  |         |  |        no skew between rows
//              tree tree    tree tree
//               |  |         |  |
//             psum[0:1]     psum[2:3]    a beat entering in t leaves column c in
//                                        t + BCAST + 2 + (registers of pipe_tree) + XF*(c/2)
//
// Model: sim/blocks/pe_tree.c.  Specification: docs/blocks.md, 8.
`default_nettype none

module pe_tree #(
  parameter ROWS   = 4,
  parameter COLS   = 4,
  parameter X_W    = 8,                     // bits of an activation
  parameter W_W    = 8,                     // bits of a weight
  parameter PSUM_W = 18,
  parameter XF     = 0,                     // 1: x is forwarded from pair to pair, 0: broadcast
  parameter BCAST  = 0,                     // registers in front of every operand
  parameter LINE   = 0,                     // 1: each PE may have its own xd_i
  parameter TREE   = 2,                     // levels of adders between two registers
  parameter WIDE   = 1,                     // 1: all weights at once; 0: ROWS is 1
  parameter M_W    = X_W + W_W,             // derived: bits of a product
  parameter WORD_W = (WIDE != 0) ? ROWS*COLS*W_W : COLS*W_W,    // derived: bits of w_i
  parameter WEN_W  = (WIDE != 0) ? (COLS + 1) / 2 : ROWS        // derived
) (
  input  wire                   clk_i,
  input  wire [ROWS*X_W-1:0]    x_i,        // one element per row, all rows of one beat
  input  wire [ROWS*COLS*X_W-1:0] xd_i,     // LINE: row r, column c at element r*COLS + c,
  input  wire                   dw_i,       //       used in place of x_i when dw_i
  // WIDE: row r, column c at element c*ROWS + r, an enable a pair; pairs come as late as their x.
  // Else one weight per column and one enable.
  input  wire [WORD_W-1:0]      w_i,
  input  wire [WEN_W-1:0]       wen_i,
  output wire [COLS*PSUM_W-1:0] psum_o
);

  localparam PAIRS = (COLS + 1) / 2;
  localparam PCOLS = PAIRS * 2;             // columns, the absent one included

  // ---- registers in front ----
  wire [(BCAST+1)*ROWS*X_W-1:0] x_past;
  delay #(.W(ROWS*X_W), .N(BCAST)) u_x (
    .clk_i(clk_i), .rst_i(1'b0), .word_i(x_i), .past_o(x_past)
  );
  wire unused_past = &{1'b0, x_past, 1'b0};

  wire [ROWS*PCOLS*X_W-1:0] xd;             // row r, column c at element r*PCOLS + c
  wire [ROWS*PCOLS*W_W-1:0] w;              // row r, column c at element c*ROWS + r
  wire [PAIRS-1:0]          wen;
  genvar r, j, c;
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
    if (WIDE != 0) begin : g_wide
      assign w   = {{(PCOLS-COLS)*ROWS*W_W{1'b0}}, w_i};
      assign wen = wen_i;
    end else begin : g_narrow
      if (ROWS != 1) begin : g_check_rows
        ERROR_ROWS_must_be_1_without_WIDE u_error ();
      end
      wire [PCOLS*W_W-1:0] w_all = {{(PCOLS-COLS)*W_W{1'b0}}, w_i};
      for (j = 0; j < PAIRS; j = j + 1) begin : g_pair
        localparam N = BCAST + ((XF != 0) ? j : 0);
        localparam H_W = 2*W_W + 1;         // an enable and two weights
        wire [(N+1)*H_W-1:0] past;
        delay #(.W(H_W), .N(N)) u_w (
          .clk_i(clk_i), .rst_i(1'b0), .word_i({wen_i[0], w_all[j*2*W_W +: 2*W_W]}), .past_o(past)
        );
        assign {wen[j], w[j*2*W_W +: 2*W_W]} = past[N*H_W +: H_W];
        wire unused_w = &{1'b0, past, 1'b0};
      end
    end
  endgenerate

  // x_link[r][j] enters pair j of row r; product[c][r] leaves row r of column c.
  wire [ROWS*(PAIRS+1)*X_W-1:0] x_link;
  wire [PCOLS*ROWS*M_W-1:0]     product;

  generate
    for (r = 0; r < ROWS; r = r + 1) begin : g_row
      assign x_link[r*(PAIRS+1)*X_W +: X_W] = x_past[(BCAST*ROWS + r)*X_W +: X_W];
      for (j = 0; j < PAIRS; j = j + 1) begin : g_pair
        pe_pair #(
          .X_W(X_W), .W_W(W_W), .PSUM_W(M_W), .SECOND((2*j + 1 < COLS) ? 1 : 0), .SUM(0), .XF(XF),
          .LINE(LINE)
        ) u_pair (
          .clk_i(clk_i),
          .x_i(x_link[(r*(PAIRS+1) + j)*X_W +: X_W]),
          .x_o(x_link[(r*(PAIRS+1) + j + 1)*X_W +: X_W]),
          .dw_i(dw_i),
          .xd0_i(xd[(r*PCOLS + 2*j)*X_W +: X_W]),
          .xd1_i(xd[(r*PCOLS + 2*j + 1)*X_W +: X_W]),
          .w0_i(w[(2*j*ROWS + r)*W_W +: W_W]),
          .w1_i(w[((2*j + 1)*ROWS + r)*W_W +: W_W]),
          .wen_i(wen[j]),
          .psum0_i({M_W{1'b0}}),
          .psum0_o(product[(2*j*ROWS + r)*M_W +: M_W]),
          .psum1_i({M_W{1'b0}}),
          .psum1_o(product[((2*j + 1)*ROWS + r)*M_W +: M_W])
        );
      end
      wire unused_x = &{1'b0, x_link[(r*(PAIRS+1) + PAIRS)*X_W +: X_W], 1'b0};
    end
    for (c = 0; c < COLS; c = c + 1) begin : g_col
      pipe_tree #(.N(ROWS), .IN_W(M_W), .W(PSUM_W), .TREE(TREE)) u_tree (
        .clk_i(clk_i), .word_i(product[c*ROWS*M_W +: ROWS*M_W]),
        .result_o(psum_o[c*PSUM_W +: PSUM_W])
      );
    end
    if (PCOLS > COLS) begin : g_odd
      wire unused_product = &{1'b0, product[COLS*ROWS*M_W +: ROWS*M_W], 1'b0};
    end
  endgenerate
endmodule
`default_nettype wire
