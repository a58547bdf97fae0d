// desc_fetch.v - reads consecutive memory words for an engine: descriptors, parameter records.
//
// Requests run ahead of the responses; one word per cycle when the memory grants it.
// Model: sim/blocks/desc_fetch.c.  Specification: docs/blocks.md, 5.
`default_nettype none

module desc_fetch #(
  parameter WADDR_W = 15,                   // word address width
  parameter WPB     = 1,                    // 32-bit words per memory word
  parameter WORDS   = 12                    // 32-bit words that are told apart, at most 16
) (
  input  wire               clk_i,
  input  wire               rst_i,
  input  wire               load_i,         // ptr := ptr_i
  input  wire [WADDR_W-1:0] ptr_i,
  input  wire               go_i,           // fetch n_i words; only when nothing is under way
  input  wire [3:0]         n_i,
  input  wire               cont_i,         // continue the word count instead of starting at 0
  output wire [WADDR_W-1:0] ptr_o,
  // Memory read port: valid holds until ready; responses come in order, taken at once.
  output wire               req_valid_o,
  output wire [WADDR_W-1:0] req_addr_o,
  input  wire               req_ready_i,
  input  wire               rsp_valid_i,
  // 32-bit word k of the descriptor is on the memory's read data now, at position k % WPB.
  output wire [WORDS-1:0]   word_o,
  output wire               last_o
);

  reg [WADDR_W-1:0] ptr_q;
  reg [3:0]         iss_q, rem_q, idx_q;
  assign ptr_o       = ptr_q;
  assign req_valid_o = iss_q != 4'd0;
  assign req_addr_o  = ptr_q;
  wire   beat        = rsp_valid_i && rem_q != 4'd0;
  assign last_o      = rsp_valid_i && rem_q == 4'd1;

  genvar k;
  generate
    for (k = 0; k < WORDS; k = k + 1) begin : g_word
      localparam [31:0] BEAT = k / WPB;
      assign word_o[k] = beat && idx_q == BEAT[3:0];
    end
  endgenerate

  always @(posedge clk_i) begin
    if (load_i)                          ptr_q <= ptr_i;
    else if (req_valid_o && req_ready_i) ptr_q <= ptr_q + 1'b1;
  end

  always @(posedge clk_i) begin
    if (rst_i) begin
      iss_q <= 4'd0;
      rem_q <= 4'd0;
      idx_q <= 4'd0;
    end else if (go_i) begin
      iss_q <= n_i;
      rem_q <= n_i;
      if (!cont_i) idx_q <= 4'd0;
    end else begin
      if (req_valid_o && req_ready_i) iss_q <= iss_q - 4'd1;
      if (beat) begin
        rem_q <= rem_q - 4'd1;
        idx_q <= idx_q + 4'd1;
      end
    end
  end
endmodule
`default_nettype wire
