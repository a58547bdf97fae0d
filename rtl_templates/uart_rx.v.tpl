// uart_rx.v - a serial line to bytes: 8 data bits, lowest first, no parity, one stop bit.
//
// A byte appears in the middle of its stop bit and must be taken within one bit time; later it is
// lost.  A byte without a stop bit is dropped, a start bit shorter than half a bit is ignored.
// Specification: docs/host_link.md, section 3.  Model: sim/blocks/uart_rx.c, compared on every
// cycle.
`default_nettype none

module uart_rx #(
  parameter CLK_DIV = 104                   // clock cycles per bit, >= 4
) (
  input  wire       clk_i,
  input  wire       rst_i,                  // synchronous, active high
  input  wire       line_i,                 // asynchronous
  // valid and data hold until ready, for one bit time at most.
  output wire       valid_o,
  input  wire       ready_i,
  output wire [7:0] data_o
);

  generate
    if (CLK_DIV < 4) begin : g_check_clk_div
      ERROR_CLK_DIV_must_be_at_least_4 u_error ();
    end
  endgenerate

  localparam DIV_W = $clog2(CLK_DIV);
  localparam [31:0]      DIV_LAST = CLK_DIV - 1;
  localparam [31:0]      DIV_MID  = CLK_DIV / 2 - 1;
  localparam [DIV_W-1:0] DIV_TOP  = DIV_LAST[DIV_W-1:0];
  localparam [DIV_W-1:0] DIV_HALF = DIV_MID[DIV_W-1:0];

  reg [1:0]       sync_q;                   // line_i through two flip-flops
  reg [DIV_W-1:0] div_q;                    // cycles since the last sample; 0 while idle, not reset
  reg [3:0]       bits_q;                   // samples left in this byte, 0: idle
  reg [7:0]       shift_q;                  // not reset: read only while valid_q
  reg             valid_q;

  wire line   = sync_q[1];
  wire active = bits_q != 4'd0;
  wire sample = active && div_q == (bits_q == 4'd10 ? DIV_HALF : DIV_TOP);
  wire begins = !active && !line;

  assign valid_o = valid_q;
  assign data_o  = shift_q;

  always @(posedge clk_i) begin
    if (rst_i) sync_q <= 2'b11;
    else       sync_q <= {sync_q[0], line_i};
  end

  always @(posedge clk_i) begin
    if (!active || sample) div_q <= {DIV_W{1'b0}};
    else                   div_q <= div_q + 1'b1;
  end

  always @(posedge clk_i) begin
    if (rst_i)       bits_q <= 4'd0;
    else if (begins) bits_q <= 4'd10;
    else if (sample) bits_q <= (bits_q == 4'd10 && line) ? 4'd0 : bits_q - 4'd1;
  end

  // The start bit is shifted in as well and leaves at the right end.
  always @(posedge clk_i) begin
    if (sample && bits_q != 4'd1) shift_q <= {line, shift_q[7:1]};
  end

  always @(posedge clk_i) begin
    if (rst_i)        valid_q <= 1'b0;
    else if (sample)  valid_q <= bits_q == 4'd1 && line;
    else if (ready_i) valid_q <= 1'b0;
  end
endmodule
`default_nettype wire
