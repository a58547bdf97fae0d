// GENERATED from rtl_templates/spram_128k.v.tpl - edit the template, then run `make golden`.
// config: icebreaker-4x4  systolic-ws unroll={K: 4, C: 4} memory.width=32
// spram_128k.v - the four SB_SPRAM256KA of an iCE40 UP5K as 32,768 words of 32 bits.
//
// One access per cycle; a read shows its word in the next cycle.
`default_nettype none

module spram_128k (
  input  wire        clk_i,
  input  wire        en_i,
  input  wire        write_i,
  input  wire [14:0] addr_i,
  input  wire [31:0] wdata_i,
  input  wire [3:0]  wstrb_i,
  output wire [31:0] rdata_o
);

  wire [63:0] rdata;
  reg         deep_q;
  always @(posedge clk_i) if (en_i && !write_i) deep_q <= addr_i[14];
  assign rdata_o = deep_q ? rdata[63:32] : rdata[31:0];

  genvar n;
  generate
    for (n = 0; n < 4; n = n + 1) begin : g_bank
      localparam HIGH = n % 2;              // upper half of the word
      localparam DEEP = n / 2;              // upper half of the addresses
      SB_SPRAM256KA u_spram (
        .CLOCK(clk_i), .CHIPSELECT(en_i && addr_i[14] == DEEP), .WREN(write_i),
        .ADDRESS(addr_i[13:0]), .DATAIN(wdata_i[HIGH*16 +: 16]),
        .MASKWREN({{2{wstrb_i[HIGH*2 + 1]}}, {2{wstrb_i[HIGH*2]}}}),
        .DATAOUT(rdata[n*16 +: 16]), .STANDBY(1'b0), .SLEEP(1'b0), .POWEROFF(1'b1)
      );
    end
  endgenerate
endmodule
`default_nettype wire
