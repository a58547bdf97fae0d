// memory_ram.v - the words of the main memory: one access per cycle, a write enable each byte.
//
// A read shows its word in the next cycle and until the next read.  Never reset; in simulation it
// starts with garbage (docs/blocks.md, 1).
`default_nettype none

module memory_ram #(
  parameter WORDS  = 32768,                 // a power of two
  parameter BYTES  = 4,                     // bytes per word
  parameter ADDR_W = $clog2(WORDS)          // derived
) (
  input  wire               clk_i,
  input  wire               en_i,
  input  wire               write_i,
  input  wire [ADDR_W-1:0]  addr_i,
  input  wire [BYTES*8-1:0] wdata_i,
  input  wire [BYTES-1:0]   wstrb_i,
  output wire [BYTES*8-1:0] rdata_o
);

  reg [BYTES*8-1:0] mem [0:WORDS-1];
  reg [BYTES*8-1:0] rdata_q;
  assign rdata_o = rdata_q;

  genvar n;
  generate
    for (n = 0; n < BYTES; n = n + 1) begin : g_byte
      always @(posedge clk_i) begin
        if (en_i && write_i && wstrb_i[n]) mem[addr_i][n*8 +: 8] <= wdata_i[n*8 +: 8];
      end
    end
  endgenerate
  always @(posedge clk_i) begin
    if (en_i && !write_i) rdata_q <= mem[addr_i];
  end

`ifndef SYNTHESIS
  integer i, j;
  reg [31:0] hash;
  initial begin
    for (i = 0; i < WORDS; i = i + 1) begin
      for (j = 0; j < BYTES / 4; j = j + 1) begin
        hash = (i * (BYTES / 4) + j + 1) * 32'h9E3779B1;
        mem[i][j*32 +: 32] = hash ^ (hash >> 15);
      end
    end
  end
`endif
endmodule
`default_nettype wire
