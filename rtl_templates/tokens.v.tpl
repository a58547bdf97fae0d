// tokens.v - who may touch which half of which buffer: the dependency tokens of the three engines.
//
// Set and clear pulses act at the end of their cycle; a set wins over a clear.
// Model: sim/blocks/tokens.c.  Specification: docs/blocks.md, 4.
`default_nettype none

module tokens (
  input  wire       clk_i,
  input  wire       rst_i,
  input  wire       start_i,                // clears everything
  // A bit a half: pulses act at the end of their cycle, and a set wins over a clear.
  input  wire [1:0] set_ibuf_i,             // load filled the half
  input  wire [1:0] clr_ibuf_i,             // compute has read it
  output wire [1:0] ibuf_full_o,
  input  wire [1:0] set_wbuf_i,
  input  wire [1:0] clr_wbuf_i,
  output wire [1:0] wbuf_full_o,
  input  wire [1:0] claim_acc_i,            // compute began a job that completes the half
  input  wire [1:0] set_acc_i,              // its last psum is in the drain RAM
  input  wire [1:0] clr_acc_i,              // store has drained the half
  output wire [1:0] acc_claim_o,
  output wire [1:0] acc_full_o,
  // Memory token: store has written what a later load waits for.
  input  wire       push_mem_i,
  input  wire       take_mem_i,
  output wire       mem_ok_o
);

  reg [1:0] ibuf_full_q, wbuf_full_q, acc_claim_q, acc_full_q;
  reg [3:0] mem_tok_q;
  assign ibuf_full_o = ibuf_full_q;
  assign wbuf_full_o = wbuf_full_q;
  assign acc_claim_o = acc_claim_q;
  assign acc_full_o  = acc_full_q;
  assign mem_ok_o    = mem_tok_q != 4'd0;

  always @(posedge clk_i) begin
    if (rst_i || start_i) begin
      ibuf_full_q <= 2'b00;
      wbuf_full_q <= 2'b00;
      acc_claim_q <= 2'b00;
      acc_full_q  <= 2'b00;
    end else begin
      ibuf_full_q <= (ibuf_full_q & ~clr_ibuf_i) | set_ibuf_i;
      wbuf_full_q <= (wbuf_full_q & ~clr_wbuf_i) | set_wbuf_i;
      acc_claim_q <= (acc_claim_q & ~clr_acc_i) | claim_acc_i;
      acc_full_q  <= (acc_full_q & ~clr_acc_i) | set_acc_i;
    end
  end

  always @(posedge clk_i) begin
    if (rst_i || start_i)                mem_tok_q <= 4'd0;
    else if (push_mem_i && !take_mem_i)  mem_tok_q <= mem_tok_q + 4'd1;
    else if (!push_mem_i && take_mem_i)  mem_tok_q <= mem_tok_q - 4'd1;
  end
endmodule
`default_nettype wire
