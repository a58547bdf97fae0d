// uart_tx.v - bytes to a serial line: 8 data bits, lowest first, no parity, one stop bit.
//
// Latency 1 cycle to the start bit, throughput one byte per 10 * CLK_DIV + 1 cycles.
// Specification: docs/host_link.md, section 3.  Model: sim/blocks/uart_tx.c, compared on every
// cycle.
//
//   cycle          0   1   ..    +CLK_DIV      +9*CLK_DIV   +10*CLK_DIV
//   valid_i      ____/---\____________________________________________
//   ready_o      --------\_____________________________________/------
//   line_o       --------\_start___/=bit 0====...bit 7=/-stop---------
`default_nettype none

module uart_tx #(
  parameter CLK_DIV = 104                   // clock cycles per bit, >= 4
) (
  input  wire       clk_i,
  input  wire       rst_i,                  // synchronous, active high
  // A byte moves on each edge where valid and ready are both high.
  input  wire       valid_i,
  output wire       ready_o,
  input  wire [7:0] data_i,
  output wire       line_o                  // a register: no glitches
);

  generate
    if (CLK_DIV < 4) begin : g_check_clk_div
      ERROR_CLK_DIV_must_be_at_least_4 u_error ();
    end
  endgenerate

  localparam DIV_W = $clog2(CLK_DIV);
  localparam [31:0]      DIV_LAST = CLK_DIV - 1;
  localparam [DIV_W-1:0] DIV_TOP  = DIV_LAST[DIV_W-1:0];

  reg [DIV_W-1:0] div_q;                    // cycles in this bit; 0 while idle, not reset
  reg [3:0]       bits_q;                   // bits left in this byte, 0: idle
  reg [8:0]       shift_q;                  // bit 0 is on the line; the others are not reset

  wire active  = bits_q != 4'd0;
  wire bit_end = active && div_q == DIV_TOP;
  wire load    = valid_i && !active;

  assign ready_o = !active;
  assign line_o  = shift_q[0];

  always @(posedge clk_i) begin
    if (!active || bit_end) div_q <= {DIV_W{1'b0}};
    else                    div_q <= div_q + 1'b1;
  end

  always @(posedge clk_i) begin
    if (rst_i)        bits_q <= 4'd0;
    else if (load)    bits_q <= 4'd10;
    else if (bit_end) bits_q <= bits_q - 4'd1;
  end

  always @(posedge clk_i) begin
    if (load)         shift_q <= {data_i, 1'b0};
    else if (bit_end) shift_q <= {1'b1, shift_q[8:1]};
    if (rst_i)        shift_q[0] <= 1'b1;
  end
endmodule
`default_nettype wire
