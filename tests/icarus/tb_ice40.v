// tb_ice40.v - the iCE40 forms of the wrapper modules against their behavioural twins: every output in
// every cycle of 20,000 random ones.  The twins come renamed *_twin; the primitives are Yosys' models.
module tb_ice40;
  reg         clk, load;
  reg  [7:0]  x0, x1, w0, w1;
  reg  [15:0] c0, c1;
  reg         sel;
  reg  [32:0] s, a;
  wire [15:0] p0, p1, q0, q1, sum0, sum1, twin0, twin1;
  wire [32:0] y, y_twin;
  reg         en, write;
  reg  [14:0] addr;
  reg  [31:0] wdata;
  reg  [3:0]  wstrb;
  wire [31:0] rdata;
  reg  [31:0] shadow [0:32767];
  reg  [31:0] read_q;
  reg         read_valid;
  integer     cycle, errors, seed;

  mul8x2           u_mul  (.clk_i(clk), .x0_i(x0), .x1_i(x1), .load_i(load), .w0_i(w0), .w1_i(w1), .c0_i(c0), .c1_i(c1), .p0_o(p0), .p1_o(p1));
  mul8x2_twin      u_mult (.clk_i(clk), .x0_i(x0), .x1_i(x1), .load_i(load), .w0_i(w0), .w1_i(w1), .c0_i(c0), .c1_i(c1), .p0_o(q0), .p1_o(q1));
  mul8x2      #(.SUM(1)) u_sum  (.clk_i(clk), .x0_i(x0), .x1_i(x1), .load_i(load), .w0_i(w0), .w1_i(w1), .c0_i(c0), .c1_i(c1), .p0_o(sum0), .p1_o(sum1));
  mul8x2_twin #(.SUM(1)) u_sumt (.clk_i(clk), .x0_i(x0), .x1_i(x1), .load_i(load), .w0_i(w0), .w1_i(w1), .c0_i(c0), .c1_i(c1), .p0_o(twin0), .p1_o(twin1));
  sel_add          u_add  (.sel_i(sel), .s_i(s), .x_i(a), .y_o(y));
  sel_add_twin     u_addt (.sel_i(sel), .s_i(s), .x_i(a), .y_o(y_twin));
  memory_ram #(.WORDS(32768), .BYTES(4), .ADDR_W(15)) u_spram (
    .clk_i(clk), .en_i(en), .write_i(write), .addr_i(addr), .wdata_i(wdata), .wstrb_i(wstrb),
    .rdata_o(rdata)
  );

  // Addresses that tell every line from the others: one bit set, one bit clear, none, all.
  function [14:0] address(input [4:0] n);
    address = (n < 15) ? 15'd1 << n : (n < 30) ? ~(15'd1 << (n - 15)) : {15{n[0]}};
  endfunction

  integer b;
  initial begin
    seed = 1;
    errors = 0;
    clk = 0;
    read_valid = 0;
    for (cycle = 0; cycle < 20000; cycle = cycle + 1) begin
      x0 = $random(seed); x1 = $random(seed); w0 = $random(seed); w1 = $random(seed);
      if (cycle % 50 < 3) begin x0 = 8'h80; x1 = 8'h80; w0 = 8'h80; w1 = 8'h80; end
      load = cycle < 4 || $random(seed) % 4 == 0;
      c0 = $random(seed); c1 = $random(seed);
      sel = $random(seed); s = {$random(seed), $random(seed)}; a = {$random(seed), $random(seed)};
      // Memory: mostly the addresses above, all written whole first; some that may hold nothing yet.
      addr = address(cycle < 32 ? cycle : $random(seed));
      if (cycle >= 32 && $random(seed) % 8 == 0) addr = $random(seed);
      en = cycle < 32 || $random(seed) % 4 != 0;
      write = cycle < 32 || $random(seed) % 2 == 0;
      wstrb = cycle < 32 ? 4'hF : $random(seed);
      wdata = $random(seed);
      #1;
      if (y !== y_twin) begin errors = errors + 1; $display("cycle %0d sel_add %h %h", cycle, y, y_twin); end
      if (cycle > 6 && {p0, p1, sum0, sum1} !== {q0, q1, twin0, twin1}) begin
        errors = errors + 1;
        $display("cycle %0d mul8x2 %h %h %h %h, twin %h %h %h %h", cycle, p0, p1, sum0, sum1, q0, q1, twin0, twin1);
      end
      if (read_valid && rdata !== read_q) begin
        errors = errors + 1;
        $display("cycle %0d spram %h, expected %h", cycle, rdata, read_q);
      end
      read_q = shadow[addr];
      read_valid = en && !write && ^read_q !== 1'bx;
      if (en && write)
        for (b = 0; b < 4; b = b + 1)
          if (wstrb[b]) shadow[addr][b*8 +: 8] = wdata[b*8 +: 8];
      clk = 1;
      #1;
      clk = 0;
      if (errors > 10) $finish;
    end
    $display("%0d errors in 20000 cycles", errors);
    $finish;
  end
endmodule
