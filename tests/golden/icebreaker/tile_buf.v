// GENERATED from rtl_templates/tile_buf.v.tpl - edit the template, then run `make golden`.
// config: icebreaker-4x4  systolic-ws unroll={K: 4, C: 4} memory.width=32
// tile_buf.v - a tile buffer of LANES memories side by side, written lane by lane, read whole.
//
// Holds both halves; the address is {half, word}.  Read latency 1 cycle, one word per cycle.
// Model: sim/blocks/tile_buf.c.
`default_nettype none

module tile_buf #(
  parameter LANES  = 4,                     // memories
  parameter LANE_W = 8,                     // width of each in bits
  parameter DEPTH  = 1024,                  // words in both halves
  parameter SEED   = 100,                   // garbage seed of lane 0, simulation only
  parameter ADDR_W = $clog2(DEPTH)          // derived
) (
  input  wire                    clk_i,
  // Write: each lane by its own enable.
  input  wire [LANES-1:0]        we_i,
  input  wire [ADDR_W-1:0]       waddr_i,
  input  wire [LANES*LANE_W-1:0] wdata_i,
  // Read: address in t, word in t+1.
  input  wire [ADDR_W-1:0]       raddr_i,
  output wire [LANES*LANE_W-1:0] rdata_o
);

  // Block RAMs of an FPGA are 16 bits wide at 256 words: two lanes share one, with an enable each.
  localparam SHARE = (DEPTH <= 256) ? 2 : 1;
  genvar n;
  generate
    for (n = 0; n < LANES; n = n + SHARE) begin : g_lane
      localparam OWN = (n + SHARE <= LANES) ? SHARE : 1;
      ram_1r1w #(.DATA_W(OWN*LANE_W), .DEPTH(DEPTH), .SEED(SEED + n), .PARTS(OWN)) u_ram (
        .clk_i(clk_i),
        .we_i(we_i[n +: OWN]),
        .waddr_i(waddr_i),
        .wdata_i(wdata_i[n*LANE_W +: OWN*LANE_W]),
        .raddr_i(raddr_i),
        .rdata_o(rdata_o[n*LANE_W +: OWN*LANE_W])
      );
    end
  endgenerate
endmodule
`default_nettype wire
