// perf.v - performance counters: twelve events, counted while the engines are busy.
//
// Cleared by start.  The index selects one; 12..15 read 0.
// Model: sim/perf.c.  Specification: docs/blocks.md, 12.
`default_nettype none

module perf #(
  parameter EVENTS = 12,
  parameter CNT_W  = 32                     // width of each counter
) (
  input  wire              clk_i,
  input  wire              rst_i,
  input  wire              start_i,
  input  wire              busy_i,
  input  wire [EVENTS-1:0] event_i,
  input  wire [3:0]        index_i,
  output wire [31:0]       data_o
);

  reg  [EVENTS*CNT_W-1:0] count_q;
  wire [16*CNT_W-1:0]     all = {{(16-EVENTS)*CNT_W{1'b0}}, count_q};
  wire [CNT_W-1:0]        one = all[index_i*CNT_W +: CNT_W];
  genvar n;
  generate
    for (n = 0; n < EVENTS; n = n + 1) begin : g_event
      always @(posedge clk_i) begin
        if (rst_i || start_i)          count_q[n*CNT_W +: CNT_W] <= {CNT_W{1'b0}};
        else if (busy_i && event_i[n]) count_q[n*CNT_W +: CNT_W] <= count_q[n*CNT_W +: CNT_W] + 1'b1;
      end
    end
    if (CNT_W < 32) begin : g_narrow
      assign data_o = {{32-CNT_W{1'b0}}, one};
    end else begin : g_full
      assign data_o = one;
    end
  endgenerate
endmodule
`default_nettype wire
