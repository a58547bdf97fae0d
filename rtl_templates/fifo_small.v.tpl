// fifo_small.v - a few words in registers; push and pop in any cycle.
//
// head_o is valid while count_o != 0.  The caller never pushes when full or pops when empty.
// Model: part of sim/blocks/mem_arb.c (owner FIFO) and sim/blocks/load_unit.c (tag FIFO).
`default_nettype none

module fifo_small #(
  parameter DATA_W = 2,
  parameter DEPTH  = 4,                     // a power of two
  parameter PTR_W  = (DEPTH > 1) ? $clog2(DEPTH) : 1,  // derived
  parameter CNT_W  = $clog2(DEPTH + 1)      // derived
) (
  input  wire              clk_i,
  input  wire              rst_i,
  input  wire              push_i,
  input  wire [DATA_W-1:0] data_i,
  input  wire              pop_i,
  output wire [DATA_W-1:0] head_o,
  output wire [CNT_W-1:0]  count_o
);

  reg [DATA_W-1:0] mem [0:DEPTH-1];
  reg [PTR_W-1:0]  wr_q, rd_q;
  reg [CNT_W-1:0]  cnt_q;
  assign head_o  = mem[rd_q];
  assign count_o = cnt_q;

  always @(posedge clk_i) begin
    if (push_i) mem[wr_q] <= data_i;
  end

  always @(posedge clk_i) begin
    if (rst_i) begin
      wr_q  <= {PTR_W{1'b0}};
      rd_q  <= {PTR_W{1'b0}};
      cnt_q <= {CNT_W{1'b0}};
    end else begin
      if (push_i) wr_q <= wr_q + 1'b1;
      if (pop_i)  rd_q <= rd_q + 1'b1;
      if (push_i && !pop_i) cnt_q <= cnt_q + 1'b1;
      if (!push_i && pop_i) cnt_q <= cnt_q - 1'b1;
    end
  end
endmodule
`default_nettype wire
