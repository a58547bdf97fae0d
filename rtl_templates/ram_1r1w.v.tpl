// ram_1r1w.v - one write port, one read port, both on the clock.
//
// The address given in cycle t shows its word in t+1.  Nobody reads the word being written.
// Never reset; in simulation it starts with garbage that depends on SEED (docs/blocks.md, 1; part
// n: SEED + n), but for the words from ZEROS on, which start at 0 in hardware too.
// Model: as_garbage and the arrays in sim/blocks/tile_buf.c and sim/blocks/acc_array.c.
`default_nettype none

module ram_1r1w #(
  parameter DATA_W = 8,                     // width in bits
  parameter DEPTH  = 256,                   // words
  parameter SEED   = 0,                     // garbage seed, simulation only
  parameter ZEROS  = DEPTH,                 // words from this one on start at 0, everywhere
  parameter PARTS  = 1,                     // equal parts of a word, with a write enable each
  parameter ADDR_W = (DEPTH > 1) ? $clog2(DEPTH) : 1  // derived
) (
  input  wire              clk_i,
  input  wire [PARTS-1:0]  we_i,
  input  wire [ADDR_W-1:0] waddr_i,
  input  wire [DATA_W-1:0] wdata_i,
  input  wire [ADDR_W-1:0] raddr_i,
  output wire [DATA_W-1:0] rdata_o
);

  (* no_rw_check *) reg [DATA_W-1:0] mem [0:DEPTH-1];
  reg [DATA_W-1:0] rdata_q;
  assign rdata_o = rdata_q;

  localparam PART_W = DATA_W / PARTS;
  genvar n;
  generate
    for (n = 0; n < PARTS; n = n + 1) begin : g_part
      always @(posedge clk_i)
        if (we_i[n]) mem[waddr_i][n*PART_W +: PART_W] <= wdata_i[n*PART_W +: PART_W];
    end
  endgenerate
  always @(posedge clk_i) rdata_q <= mem[raddr_i];

  integer i;
`ifndef SYNTHESIS
  integer k;
  localparam WORDS = (PART_W + 31) / 32;
  reg [31:0] hash;
  /* verilator lint_off UNUSEDSIGNAL */     // a narrow memory takes the low bits
  reg [32*WORDS-1:0] fill;
  /* verilator lint_on UNUSEDSIGNAL */
  initial begin
    for (i = 0; i < ZEROS; i = i + 1) begin
      for (k = 0; k < PARTS; k = k + 1) begin
        hash = (i + SEED + k) * 32'h9E3779B1;
        hash = hash ^ (hash >> 15);
        fill = {WORDS{hash}};
        mem[i][k*PART_W +: PART_W] = fill[PART_W-1:0];
      end
    end
  end
`endif
  generate
    if (ZEROS < DEPTH) begin : g_zeros
      initial for (i = ZEROS; i < DEPTH; i = i + 1) mem[i] = {DATA_W{1'b0}};
    end
  endgenerate
endmodule
`default_nettype wire
