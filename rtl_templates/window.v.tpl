// window.v - from one pixel a beat to the taps of a kernel: line memories and delays in front of
// the array.
//
//   word --+-------------------------> src[TR-1]   the pixel's own row of the image
//          +-> line memory 0 --+-----> src[TR-2]   the row above, same column
//              +---------------+
//              +-> line memory 1 ----> src[TR-3]   ...
//
// Array row (r, s, c) sees lane c of src[r], with s the more recent the higher.  A pixel is written
// into its column of memory 0 as it passes, and what stood there goes on to memory 1.
// Without line_i, x_o is the word itself, skewed as the array wants it.
// Model: sim/blocks/window.c.  Specification: docs/blocks.md, 8.
`default_nettype none

module window #(
  parameter X_W        = 8,                 // bits of an activation
  parameter ROWS       = 4,                 // TR * TS * TC; row (r*TS + s)*TC + c
  parameter COLS       = 4,
  parameter TR         = 1,                 // taps in a column
  parameter TS         = 4,                 // taps in a row
  parameter TC         = 1,                 // channels
  parameter IL         = 4,                 // activations of an ifmap word
  parameter LL         = 4,                 // activations of a line-memory word
  parameter LINE_WORDS = 64,                // words of a line memory
  parameter CNT_W      = 10,                // loop count width
  parameter PF         = 1,                 // 1: psums are forwarded: row i is late by i
  parameter XF         = 0                  // 1: x is forwarded: pair j of columns is late by j
) (
  input  wire                   clk_i,
  // At the issue of a beat: it is one of a MAC job, and its column.
  input  wire                   beat_i,
  input  wire [CNT_W-1:0]       col_i,
  // One cycle later.
  input  wire [IL*X_W-1:0]      word_i,
  input  wire                   line_i,     // steady while a line job is inside
  output wire [ROWS*X_W-1:0]    x_o,
  output wire [ROWS*COLS*X_W-1:0] xd_o      // row i, column k at element i*COLS + k
);

  localparam PAIRS = (COLS + 1) / 2;
  localparam LANES = (IL > LL) ? IL : LL;   // lanes of a source
  localparam PAST  = ((PF != 0) ? ROWS - 1 : TS - 1) + ((XF != 0) ? PAIRS - 1 : 0);

  // ---- sources: the word, and the rows above ----
  wire [TR*LANES*X_W-1:0] src;
  genvar l, i, k;
  generate
    if (LANES > IL) begin : g_wider
      assign src[(TR-1)*LANES*X_W +: LANES*X_W] = {{(LANES-IL)*X_W{1'b0}}, word_i};
    end else begin : g_word
      assign src[(TR-1)*LANES*X_W +: LANES*X_W] = word_i;
    end
    if (TR > 1) begin : g_lines
      localparam COL_W = (LINE_WORDS > 1) ? $clog2(LINE_WORDS) : 1;
      wire [CNT_W+15:0] col_ext = {16'd0, col_i};
      wire [COL_W-1:0] col;
      if (LINE_WORDS == 1 << COL_W) begin : g_all_cols
        assign col = col_ext[COL_W-1:0];
      end else begin : g_cols               // a column past the memory (another job's) reads 0
        localparam [31:0] WORDS = LINE_WORDS;
        assign col = (col_ext[COL_W-1:0] < WORDS[COL_W-1:0]) ? col_ext[COL_W-1:0] : {COL_W{1'b0}};
      end
      reg              beat_q;
      reg  [COL_W-1:0] col_q;
      always @(posedge clk_i) beat_q <= beat_i;
      always @(posedge clk_i) col_q  <= col;
      for (l = 0; l < TR-1; l = l + 1) begin : g_line
        wire [LL*X_W-1:0] shown;
        tile_buf #(
          .LANES(LL), .LANE_W(X_W), .DEPTH(LINE_WORDS), .SEED(600 + 64*l), .ADDR_W(COL_W)
        ) u_line (
          .clk_i(clk_i), .we_i({LL{beat_q && line_i}}), .waddr_i(col_q),
          .wdata_i(src[(TR-1-l)*LANES*X_W +: LL*X_W]), .raddr_i(col), .rdata_o(shown)
        );
        if (LANES > LL) begin : g_wider
          assign src[(TR-2-l)*LANES*X_W +: LANES*X_W] = {{(LANES-LL)*X_W{1'b0}}, shown};
        end else begin : g_shown
          assign src[(TR-2-l)*LANES*X_W +: LANES*X_W] = shown;
        end
      end
      wire unused_col = &{1'b0, col_ext, 1'b0};
    end else begin : g_no_lines
      wire unused_beat = &{1'b0, beat_i, col_i, 1'b0};
    end
  endgenerate

  // ---- their past, and the taps; a register that no tap reads is not built ----
  // Source r, lane n, d cycles ago is at element (d*TR + r)*LANES + n.
  wire [(PAST+1)*TR*LANES*X_W-1:0] past;
  delay #(.W(TR*LANES*X_W), .N(PAST)) u_past (
    .clk_i(clk_i), .rst_i(1'b0), .word_i(src), .past_o(past)
  );
  generate
    for (i = 0; i < ROWS; i = i + 1) begin : g_row
      localparam R = i / (TS*TC), S = (i / TC) % TS, C = i % TC;
      localparam LATE  = (PF != 0) ? i - S : TS - 1 - S;
      localparam PLAIN = (PF != 0) ? i : 0;
      assign x_o[i*X_W +: X_W] = line_i ? past[((LATE*TR + R)*LANES + C)*X_W +: X_W]
                                        : past[((PLAIN*TR + TR-1)*LANES + i)*X_W +: X_W];
      for (k = 0; k < COLS; k = k + 1) begin : g_col
        localparam FAR = LATE + ((XF != 0) ? k / 2 : 0);
        assign xd_o[(i*COLS + k)*X_W +: X_W] = past[((FAR*TR + R)*LANES + k)*X_W +: X_W];
      end
    end
  endgenerate
  wire unused_past = &{1'b0, past, 1'b0};
endmodule
`default_nettype wire
