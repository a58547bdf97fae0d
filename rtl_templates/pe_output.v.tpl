// pe_output.v - ROWS x COLS array in which every PE keeps the sum of its own output, and the way
// out.
//
//             w[0] w[1]    w[2] w[3]     XF: pair j takes w j cycles late
//               |  |         |  |
//   x[0] ---> [PE PE] -x-> [PE PE]       XF: x moves right, a pair a cycle; else all see it
//              w|  |w        |  |
//   x[1] -1-> [PE PE] ---> [PE PE]       WF: w moves down, a row a cycle; row r takes x r cycles
//               |  |         |  |        late; else all rows see w
//              psum[0:1]    psum[2:3]    rows are read one by one, through an OR tree
//
// A PE takes the products of a tile from the beat marked first on.  Sum of row i: read in the order
// of rows, a row a cycle from the tile's last beat on; without WF a copy of the sums waits for it.
// Row i issued in t (one cycle before its ctl_valid_i) leaves column c in
// t + 5 + BCAST - WF + (registers of pipe_tree) + XF*(c/2).
// Model: sim/blocks/pe_output.c.  Specification: docs/blocks.md, 8.
`default_nettype none

module pe_output #(
  parameter ROWS   = 4,
  parameter COLS   = 4,
  parameter BYTES  = 4,                     // elements of an ifmap word that belong to one row
  parameter X_W    = 8,                     // bits of an activation
  parameter W_W    = 8,                     // bits of a weight
  parameter PSUM_W = 32,
  parameter XF     = 1,                     // 1: x is forwarded from pair to pair, 0: broadcast
  parameter WF     = 1,                     // 1: w is forwarded from row to row, 0: broadcast
  parameter BCAST  = 0,                     // registers in front of every operand
  parameter TREE   = 2,                     // levels of the OR tree between two registers
  parameter BYTE_W = $clog2(BYTES),         // derived
  parameter ROW_W  = (ROWS > 1) ? $clog2(ROWS) : 1,             // derived
  parameter MAC_W  = BYTE_W + 3             // derived: {en, first, last, byte}
) (
  input  wire                    clk_i,
  input  wire                    rst_i,
  // A beat, one cycle after its issue: element `byte` of each row's group.
  input  wire [ROWS*BYTES*X_W-1:0] word_i,
  input  wire [COLS*W_W-1:0]     w_i,
  input  wire [MAC_W-1:0]        mac_i,
  // A row of psums, one cycle after its issue.
  input  wire                    ctl_valid_i,
  input  wire [ROW_W-1:0]        orow_i,
  output wire [COLS*PSUM_W-1:0]  psum_o
);

  localparam PAIRS = (COLS + 1) / 2;
  localparam PCOLS = PAIRS * 2;             // columns, the absent one included
  localparam FAR_R = (WF != 0) ? ROWS - 1 : 0;      // how late the last row and the last pair are
  localparam FAR_J = (XF != 0) ? PAIRS - 1 : 0;

  genvar r, j, c;

  // ---- control ----
  // A PE adds two cycles after its operands came; the copy is taken one cycle later.
  localparam MACS = BCAST + FAR_R + FAR_J + 3;
  localparam MAC_LAST = @{mac_last}, MAC_FIRST = @{mac_first}, MAC_EN = @{mac_en};
  wire [BYTE_W-1:0]     byte_sel = mac_i[BYTE_W-1:0];
  wire [(MACS+1)*3-1:0] mac;                // the MAC_ bits of n cycles ago
  delay #(.W(3), .N(MACS), .RESET(1)) u_mac (
    .clk_i(clk_i), .rst_i(rst_i), .word_i(mac_i[BYTE_W +: 3]), .past_o(mac)
  );

  // Which row is read; it is selected 4 + BCAST - WF cycles after ctl_valid_i.
  localparam READ = 4 + BCAST - ((WF != 0) ? 1 : 0);
  wire [(READ+FAR_J+1)*(ROW_W+1)-1:0] read; // {valid, row} of n cycles ago
  delay #(.W(ROW_W+1), .N(READ+FAR_J), .RESET(1)) u_read (
    .clk_i(clk_i), .rst_i(rst_i), .word_i({ctl_valid_i, orow_i}), .past_o(read)
  );
  wire unused_control = &{1'b0, mac, read, 1'b0};

  // ---- operands at the edges ----
  // x_link[r][j] enters pair j of row r; w_link[r][j] holds the two weights that enter it.
  wire [ROWS*(PAIRS+1)*X_W-1:0]   x_link;
  wire [(ROWS+1)*PAIRS*2*W_W-1:0] w_link;
  wire [PCOLS*W_W-1:0]            w_all = {{(PCOLS-COLS)*W_W{1'b0}}, w_i};
  generate
    for (r = 0; r < ROWS; r = r + 1) begin : g_x
      localparam N = BCAST + ((WF != 0) ? r : 0);
      wire [(N+1)*X_W-1:0] past;
      wire [BYTES*X_W-1:0] group = word_i[r*BYTES*X_W +: BYTES*X_W];
      delay #(.W(X_W), .N(N)) u_x (
        .clk_i(clk_i), .rst_i(1'b0), .word_i(group[byte_sel*X_W +: X_W]), .past_o(past)
      );
      assign x_link[r*(PAIRS+1)*X_W +: X_W] = past[N*X_W +: X_W];
      wire unused_past = &{1'b0, past, 1'b0};
    end
    for (j = 0; j < PAIRS; j = j + 1) begin : g_w
      localparam N = BCAST + ((XF != 0) ? j : 0);
      wire [(N+1)*2*W_W-1:0] past;
      delay #(.W(2*W_W), .N(N)) u_w (
        .clk_i(clk_i), .rst_i(1'b0), .word_i(w_all[j*2*W_W +: 2*W_W]), .past_o(past)
      );
      assign w_link[j*2*W_W +: 2*W_W] = past[N*2*W_W +: 2*W_W];
      wire unused_past = &{1'b0, past, 1'b0};
    end
  endgenerate

  // ---- PEs ----
  wire [PCOLS*ROWS*PSUM_W-1:0] row_psum;    // of row r of column c, 0 when not selected
  generate
    for (r = 0; r < ROWS; r = r + 1) begin : g_row
      for (j = 0; j < PAIRS; j = j + 1) begin : g_pair
        localparam LATE = BCAST + ((WF != 0) ? r : 0) + ((XF != 0) ? j : 0) + 2;
        localparam SEEN = READ + ((XF != 0) ? j : 0);
        wire [ROW_W-1:0] row = read[SEEN*(ROW_W+1) +: ROW_W];
        out_pair #(
          .X_W(X_W), .W_W(W_W), .PSUM_W(PSUM_W), .SECOND((2*j + 1 < COLS) ? 1 : 0), .XF(XF), .WF(WF)
        ) u_pair (
          .clk_i(clk_i),
          .x_i(x_link[(r*(PAIRS+1) + j)*X_W +: X_W]),
          .x_o(x_link[(r*(PAIRS+1) + j + 1)*X_W +: X_W]),
          .w_i(w_link[(r*PAIRS + j)*2*W_W +: 2*W_W]),
          .w_o(w_link[((r+1)*PAIRS + j)*2*W_W +: 2*W_W]),
          .en_i(mac[LATE*3 + MAC_EN]), .first_i(mac[LATE*3 + MAC_FIRST]),
          .last_i(mac[(LATE+1)*3 + MAC_EN] && mac[(LATE+1)*3 + MAC_LAST]),
          .read_i(read[SEEN*(ROW_W+1) + ROW_W] && row == r),
          .psum0_o(row_psum[(2*j*ROWS + r)*PSUM_W +: PSUM_W]),
          .psum1_o(row_psum[((2*j + 1)*ROWS + r)*PSUM_W +: PSUM_W])
        );
      end
      wire unused_x = &{1'b0, x_link[(r*(PAIRS+1) + PAIRS)*X_W +: X_W], 1'b0};
    end
    for (c = 0; c < COLS; c = c + 1) begin : g_col
      pipe_tree #(.N(ROWS), .IN_W(PSUM_W), .W(PSUM_W), .TREE(TREE), .OR(1)) u_tree (
        .clk_i(clk_i), .word_i(row_psum[c*ROWS*PSUM_W +: ROWS*PSUM_W]),
        .result_o(psum_o[c*PSUM_W +: PSUM_W])
      );
    end
    if (PCOLS > COLS) begin : g_odd
      wire unused_psum = &{1'b0, row_psum[COLS*ROWS*PSUM_W +: ROWS*PSUM_W], 1'b0};
    end
  endgenerate
  wire unused_w = &{1'b0, w_link[ROWS*PAIRS*2*W_W +: PAIRS*2*W_W], 1'b0};
endmodule
`default_nettype wire
