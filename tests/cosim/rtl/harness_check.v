// harness_check.v - a block for testing the co-simulation harness itself: wide pins, an array of
// registers, a memory, an instance in a generate loop.
//
// Latency 1 cycle.  Model: the test.
`default_nettype none

module harness_check_lane (
  input  wire       clk_i,
  input  wire [4:0] step_i,
  output reg  [4:0] count_q                 // not reset
);
  always @(posedge clk_i) count_q <= count_q + step_i;
endmodule

module harness_check #(
  parameter WIDE_W = 100                    // width of the wide pins in bits, >= 1
) (
  input  wire              clk_i,
  input  wire              rst_i,           // synchronous, active high
  input  wire [WIDE_W-1:0] wide_i,
  input  wire [4:0]        step_i,
  input  wire [63:0]       long_i,
  output wire [WIDE_W-1:0] wide_o,          // combinational from wide_i
  output wire [63:0]       long_o,
  output wire [4:0]        sum_o
);
  reg [WIDE_W-1:0] wide_q;
  reg [63:0]       long_q;
  reg [6:0]        hist_q [0:2];
  reg [39:0]       mem [0:15];
  wire [4:0]       count [0:1];

  assign wide_o = wide_i ^ wide_q;
  assign long_o = long_q;
  assign sum_o  = count[0] + count[1];

  always @(posedge clk_i) begin
    wide_q <= wide_i;
    if (rst_i) long_q <= 64'd0;
    else       long_q <= long_q + long_i;
    hist_q[0] <= {2'b10, step_i};
    hist_q[1] <= hist_q[0];
    hist_q[2] <= hist_q[1];
    mem[step_i[3:0]] <= long_q[39:0];
  end

  genvar i;
  generate
    for (i = 0; i < 2; i = i + 1) begin : g_lane
      harness_check_lane u_lane (.clk_i(clk_i), .step_i(step_i), .count_q(count[i]));
    end
  endgenerate
endmodule
`default_nettype wire
