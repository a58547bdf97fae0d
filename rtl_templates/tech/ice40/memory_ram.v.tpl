// memory_ram.v - the same in the four SB_SPRAM256KA of a device that has them: two side by side
// make the 32 bits of a word, two deep up to 32,768 words.
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

  wire [14:0] addr = addr_i;                // a smaller memory uses the first words
  wire [63:0] rdata;
  reg         deep_q;
  always @(posedge clk_i) if (en_i && !write_i) deep_q <= addr[14];
  assign rdata_o = deep_q ? rdata[63:32] : rdata[31:0];

  genvar n;
  generate
    for (n = 0; n < 4; n = n + 1) begin : g_bank
      localparam HIGH = n % 2;              // upper half of the word
      localparam DEEP = n / 2;              // upper half of the addresses
      SB_SPRAM256KA u_spram (
        .CLOCK(clk_i), .CHIPSELECT(en_i && addr[14] == DEEP), .WREN(write_i),
        .ADDRESS(addr[13:0]), .DATAIN(wdata_i[HIGH*16 +: 16]),
        .MASKWREN({{2{wstrb_i[HIGH*2 + 1]}}, {2{wstrb_i[HIGH*2]}}}),
        .DATAOUT(rdata[n*16 +: 16]), .STANDBY(1'b0), .SLEEP(1'b0), .POWEROFF(1'b1)
      );
    end
  endgenerate
endmodule
`default_nettype wire
