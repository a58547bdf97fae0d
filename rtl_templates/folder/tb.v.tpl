//% if model
// tb.v - one inference of @{model} on `@{system}`: output and counters as expected.
//
// program.hex, input.hex and expected.hex hold bytes, counters.hex words of 32 bits.  Program and
// input are put into the main memory at once, which over the host link would take most of the time;
// the rest goes over the host link.
//% else
// tb.v - asks `@{system}` over its host link who it is.
//
// `arraysmith gen ACCEL --model NET` writes one that runs the network NET.
//% end
// Frames of the host link: docs/host_link.md.  Prints PASS or FAIL; after a failure the simulator's
// exit status is not 0.
`default_nettype none

module tb;
  localparam [15:0] ID = 16'h@{config_id};   // of the configuration, as STATUS answers

  reg        clk = 1'b0;
  reg        rst = 1'b1;
  reg        rx_valid = 1'b0;
  reg  [7:0] rx_data = 8'd0;
  reg        tx_ready = 1'b0;
  wire       rx_ready, tx_valid, busy, layer_done;
  wire [7:0] tx_data;
  always #5 clk = !clk;

  @{system} u_system (
    .clk_i(clk), .rst_i(rst), .mem_stall_i(1'b0),
    .rx_valid_i(rx_valid), .rx_ready_o(rx_ready), .rx_data_i(rx_data),
    .tx_valid_o(tx_valid), .tx_ready_i(tx_ready), .tx_data_o(tx_data),
    .busy_o(busy), .layer_done_o(layer_done)
  );

  integer errors = 0;
//% if model
  integer layers = 0;
  always @(posedge clk) if (layer_done && !rst) layers = layers + 1;
//% end

  // ---- host link: every task begins and ends at a falling edge of the clock ----

  reg [15:0] crc;
  reg [3:0]  sequence_number = 4'd0;

  task add_to_crc(input [7:0] value);
    integer n;
    begin
      crc = crc ^ {value, 8'd0};
      for (n = 0; n < 8; n = n + 1) crc = {crc[14:0], 1'b0} ^ (crc[15] ? 16'h1021 : 16'd0);
    end
  endtask

  task send(input [7:0] value);
    begin
      rx_valid = 1'b1;
      rx_data  = value;
      while (!rx_ready) @(negedge clk);
      @(negedge clk);
      rx_valid = 1'b0;
      add_to_crc(value);
    end
  endtask

  task send_address(input [23:0] address);
    begin
      send(address[7:0]);
      send(address[15:8]);
      send(address[23:16]);
    end
  endtask

  task send_header(input [2:0] command, input [7:0] length);
    begin
      sequence_number = sequence_number + 4'd1;
      send(8'hA5);
      crc = 16'hFFFF;
      send({sequence_number, 1'b0, command});
      send(-length);
    end
  endtask

  task send_crc;
    reg [15:0] sum;
    begin
      sum = crc;
      send(sum[15:8]);
      send(sum[7:0]);
    end
  endtask

  task receive(output [7:0] value);
    begin
      tx_ready = 1'b1;
      while (!tx_valid) @(negedge clk);
      value = tx_data;
      @(negedge clk);
      tx_ready = 1'b0;
      add_to_crc(value);
    end
  endtask

  task receive_header;
    reg [7:0] value;
    begin
      receive(value);
      if (value != 8'hA5) fail("an answer begins with", {24'd0, value}, 32'hA5);
      crc = 16'hFFFF;
      receive(value);
      if (value != {sequence_number, 4'd0})
        fail("status byte", {24'd0, value}, {24'd0, sequence_number, 4'd0});
    end
  endtask

  task receive_word(output [31:0] value);
    integer n;
    reg [7:0] part;
    begin
      for (n = 0; n < 4; n = n + 1) begin
        receive(part);
        value[n*8 +: 8] = part;
      end
    end
  endtask

  task receive_crc;
    reg [7:0] value;
    begin
      receive(value);
      receive(value);
      if (crc != 16'd0) fail("CRC of an answer", {16'd0, crc}, 32'd0);
    end
  endtask

  task fail(input [40*8-1:0] what, input [31:0] have, input [31:0] want);
    begin
      if (errors < 10) $display("%0s is %0d, expected %0d", what, have, want);
      errors = errors + 1;
    end
  endtask

  // ---- STATUS: protocol version 1, and the configuration ----

  task check_identity;
    reg [31:0] word;
    begin
      send_header(3'd2, 8'd4);
      send_address(24'd0);
      send_crc;
      receive_header;
      receive_word(word);
      receive_crc;
      if (word != {ID, 16'h0100}) fail("STATUS", word, {ID, 16'h0100});
    end
  endtask

//% if model
  // ---- one inference ----

  localparam IMAGE    = @{image_bytes};     // bytes of the program, from address 0 on
  localparam IN       = @{input_bytes};     // of all inputs
  localparam OUT      = @{output_bytes};    // of all outputs
  localparam BYTES    = @{mem_width_bytes};  // of a word of the main memory
  localparam COUNTERS = @{counters};
  localparam CYCLES   = @{cycles};          // of the inference, as the cycle model counts

  reg [7:0]  image [0:IMAGE-1];
  reg [7:0]  ifmap [0:IN-1];
  reg [7:0]  ofmap [0:OUT-1];
  reg [31:0] counter [0:COUNTERS-1];        // what the accelerator is to count

  task write_byte(input integer address, input [7:0] value);
    reg [BYTES*8-1:0] word;
    begin
      word = u_system.u_memory.u_ram.mem[address / BYTES];
      word[(address % BYTES)*8 +: 8] = value;
      u_system.u_memory.u_ram.mem[address / BYTES] = word;
    end
  endtask

  // `bytes` bytes of input.hex, from byte `first` of it on.
  task load_input(input integer address, input integer first, input integer bytes);
    integer n;
    for (n = 0; n < bytes; n = n + 1) write_byte(address + n, ifmap[first + n]);
  endtask

  task load_memory;
    integer n;
    begin
      for (n = 0; n < IMAGE; n = n + 1) write_byte(n, image[n]);
      @{load_inputs}
    end
  endtask

  task start;
    begin
      send_header(3'd5, 8'd0);
      send_address(@{pc_store});
      send_address(@{pc_compute});
      send_address(@{pc_load});
      send_crc;
      receive_header;
      receive_crc;
    end
  endtask

  task wait_idle;
    integer waited;
    begin
      waited = 0;
      while (busy && waited < CYCLES + 1000) begin
        @(negedge clk);
        waited = waited + 1;
      end
      if (busy) fail("busy after the expected cycles", {31'd0, busy}, 32'd0);
    end
  endtask

  task check_counters;
    integer n;
    reg [31:0] word;
    begin
      send_header(3'd1, 8'd64);
      send_address(24'd0);
      send_crc;
      receive_header;
      for (n = 0; n < 16; n = n + 1) begin
        receive_word(word);
        if (n < COUNTERS && word != counter[n]) begin
          $display("counter %0d:", n);
          fail("a counter", word, counter[n]);
        end
      end
      receive_crc;
    end
  endtask

  // `bytes` bytes of expected.hex, from byte `first` of it on.
  task check_output(input integer address, input integer first, input integer bytes);
    integer n;
    reg [BYTES*8-1:0] word;
    reg [7:0]         have;
    begin
      for (n = 0; n < bytes; n = n + 1) begin
        word = u_system.u_memory.u_ram.mem[(address + n) / BYTES];
        have = word[((address + n) % BYTES)*8 +: 8];
        if (have !== ofmap[first + n]) begin
          $display("output byte %0d:", first + n);
          fail("a byte", {24'd0, have}, {24'd0, ofmap[first + n]});
        end
      end
    end
  endtask

  task check_outputs;
    begin
      @{check_outputs}
    end
  endtask

//% end
  initial begin
//% if model
    $readmemh("program.hex", image);
    $readmemh("input.hex", ifmap);
    $readmemh("expected.hex", ofmap);
    $readmemh("counters.hex", counter);
//% end
    repeat (4) @(negedge clk);
//% if model
    load_memory;
//% end
    rst = 1'b0;
    @(negedge clk);
    check_identity;
//% if model
    start;
    wait_idle;
    check_counters;
    check_outputs;
    if (layers != @{layers}) fail("layers done", layers, @{layers});
//% end
    if (errors != 0) begin
      $display("FAIL: %0d differences", errors);
`ifdef __ICARUS__
      $finish_and_return(1);                // where $stop may end well
`else
      $stop;
`endif
    end
//% if model
    $display("PASS: @{model}, %0d bytes of output and %0d counters as expected, %0d cycles",
             OUT, COUNTERS, CYCLES);
//% else
    $display("PASS: configuration %04x answers", ID);
//% end
    $finish;
  end
endmodule
`default_nettype wire
