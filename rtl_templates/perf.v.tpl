// perf.v - performance counters: EVENTS events, counted while the engines are busy.
//
// An event is first counted in a 4-bit register; a sweep over the events adds one register per
// cycle to its 32-bit total in a small RAM.  The totals are complete 19 cycles after busy_i falls;
// then index_i selects one, two cycles later.  Slots beyond EVENTS read 0.
// Model: sim/blocks/perf.c.  Specification: docs/blocks.md, 12.
`default_nettype none

module perf #(
  parameter EVENTS = 13                     // at most 14
) (
  input  wire              clk_i,
  input  wire              rst_i,
  input  wire              start_i,         // clears everything
  input  wire              busy_i,
  input  wire [EVENTS-1:0] event_i,
  input  wire [3:0]        index_i,
  output wire [31:0]       data_o
);

  localparam [31:0] LAST_SLOT = EVENTS - 1;
  reg [3:0] sweep_q;                        // cycles of sweeping left after busy
  reg [3:0] slot_q, slot1_q;                // slot read now, slot whose total is on `old`
  reg       move_q;                         // `old` is a sweep's, to be written back
  reg [3:0] fresh_q;                        // totals still to begin anew
  reg       fresh1_q;                       // `old` is the last run's: the total begins anew
  wire      fresh = fresh_q != 4'd0;
  wire      sweep = busy_i || sweep_q != 4'd0;

  always @(posedge clk_i) begin
    if (rst_i)                 sweep_q <= 4'd0;
    else if (busy_i)           sweep_q <= LAST_SLOT[3:0] + 4'd2;
    else if (sweep_q != 4'd0)  sweep_q <= sweep_q - 4'd1;
  end
  always @(posedge clk_i) begin
    if (rst_i) begin
      slot_q   <= 4'd0;
      slot1_q  <= 4'd0;
      move_q   <= 1'b0;
      fresh1_q <= 1'b0;
    end else begin
      if (sweep) slot_q <= (slot_q == LAST_SLOT[3:0]) ? 4'd0 : slot_q + 4'd1;
      slot1_q  <= slot_q;
      move_q   <= sweep;
      fresh1_q <= fresh;
    end
  end
  always @(posedge clk_i) begin
    if (rst_i || start_i)                  fresh_q <= LAST_SLOT[3:0] + 4'd1;
    else if (sweep && fresh)               fresh_q <= fresh_q - 4'd1;
  end

  wire [EVENTS*4-1:0] part;                 // the short counters
  wire [3:0]          part_now = part[slot1_q*4 +: 4];
  wire [31:0]         old;
  wire [31:0]         sum   = old + {28'd0, part_now};
  wire [31:0]         total = fresh1_q ? {28'd0, part_now} : sum;
  // Words beyond the events are never written, not in a reset either, and hold zeros.
  ram_1r1w #(.DATA_W(32), .DEPTH(16), .SEED(500), .ZEROS(EVENTS)) u_total (
    .clk_i(clk_i), .we_i(move_q && !rst_i), .waddr_i(slot1_q), .wdata_i(total),
    .raddr_i(sweep ? slot_q : index_i), .rdata_o(old)
  );
  assign data_o = old;

  genvar n;
  generate
    for (n = 0; n < EVENTS; n = n + 1) begin : g_event
      localparam [31:0] SLOT = n;
      reg  [3:0] part_q;
      wire       hit  = busy_i && event_i[n];
      wire       sent = move_q && slot1_q == SLOT[3:0];
      always @(posedge clk_i) begin
        if (rst_i || start_i) part_q <= 4'd0;
        else                  part_q <= (sent ? 4'd0 : part_q) + {3'd0, hit};
      end
      assign part[n*4 +: 4] = part_q;
    end
  endgenerate
endmodule
`default_nettype wire
