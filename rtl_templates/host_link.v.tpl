// host_link.v - the host's byte stream: loads and reads memory, starts the engines, reads counters.
//
// Frames, registers and every cycle: docs/host_link.md.  A received and a sent byte take
// three cycles.  Nothing in a frame is acted on before its header CRC is right.
// Model: sim/blocks/host_link.c, compared with this module on every cycle.
//
//   cycle         0   1   2   3   4   5   6   7   8   the last byte of a STATUS header arrives
//   rx_valid_i   ____/---\____________________________
//   full_q       ________/-------\_______/-------\____
//   pos_q        =HC1============>< SYNC          ><CMD
//   tx_q         ________________/--------------------
//   tx_valid_o   ________________________/-------\____
//   tx_ready_i   ____________________________/---\____   the sync byte waits one cycle
`default_nettype none

module host_link #(
  parameter ADDR_W    = 17,                 // width of a byte address, 12..24
  parameter TIMEOUT_W = 18,                 // a gap of 2^TIMEOUT_W cycles ends a frame, >= 2
  parameter ID        = 0                   // 16 bits that STATUS returns
) (
  input  wire              clk_i,
  input  wire              rst_i,           // synchronous, active high
  // Bytes from the host.  Those that come while the block answers are dropped.
  input  wire              rx_valid_i,
  output wire              rx_ready_o,
  input  wire [7:0]        rx_data_i,
  // Bytes to the host: valid and data hold until ready.
  output wire              tx_valid_o,
  input  wire              tx_ready_i,
  output wire [7:0]        tx_data_o,
  // Memory: a request holds until ready; one read in flight, its data one cycle later or more.
  output wire              mem_valid_o,
  input  wire              mem_ready_i,
  output wire              mem_write_o,
  output wire [ADDR_W-1:0] mem_addr_o,      // byte address
  output wire [7:0]        mem_wdata_o,
  input  wire              mem_rvalid_i,
  input  wire [7:0]        mem_rdata_i,
  // Engines: the three addresses are read in the cycle of the pulse.
  output wire              start_o,
  output wire [ADDR_W-1:0] pc_load_o,
  output wire [ADDR_W-1:0] pc_compute_o,
  output wire [ADDR_W-1:0] pc_store_o,
  input  wire              busy_i,
  // Counters: data belongs to the index of the cycle before, or of the same cycle.
  output wire [3:0]        stat_index_o,
  input  wire [31:0]       stat_data_i
);

  generate
    if (ADDR_W < 12 || ADDR_W > 24) begin : g_check_addr_w
      ERROR_ADDR_W_must_be_12_to_24 u_error ();
    end
    if (TIMEOUT_W < 2) begin : g_check_timeout_w
      ERROR_TIMEOUT_W_must_be_at_least_2 u_error ();
    end
  endgenerate

  localparam [7:0]  SYNC    = 8'hA5;
  localparam [7:0]  VERSION = 8'd1;
  localparam [31:0] ID_32   = ID;

  // Place in the frame.  An answer has only SYNC, CMD (its status byte), PAY, C0 and C1.
  localparam [3:0] POS_SYNC = 4'd0,
                   POS_CMD  = 4'd1,
                   POS_CNT  = 4'd2,
                   POS_A0   = 4'd3,
                   POS_A2   = 4'd5,         // between them A1; 6: first byte of the header CRC
                   POS_HC1  = 4'd7,
                   POS_PAY  = 4'd8,
                   POS_C0   = 4'd9;         // 10: second byte of the payload CRC

  reg [3:0]         pos_q;
  reg               tx_q;                   // answering
  reg               drain_q;                // dropping bytes until the line is quiet
  reg               full_q;                 // data_q holds a byte
  reg [7:0]         data_q;
  reg               pause_q;                // a byte has come or gone in the last cycle
  reg               wait_q;                 // a read is in flight
  reg [2:0]         cmd_q;
  reg [3:0]         seq_q;
  reg               refuse_q;               // NAK: busy
  reg               bad_q;                  // NAK: payload CRC
  reg [7:0]         cnt_q;                  // 255 at the last byte of a payload
  reg [1:0]         group_q;                // addresses received
  reg [15:0]        crc_q;
  reg [ADDR_W-1:0]  pc_load_q;              // also the address of READ and WRITE
  reg [ADDR_W-1:0]  pc_compute_q;
  reg [ADDR_W-1:0]  pc_store_q;
  reg               start_q;
  reg               started_q;              // last_q is the number of a START to remember
  reg [3:0]         last_q;
  reg [TIMEOUT_W:0] gap_q;

  // ---- decoding; positions above 10 do not occur ----
  wire at_sync = pos_q == POS_SYNC;
  wire at_cmd  = pos_q == POS_CMD;
  wire at_hc1  = pos_q[2:0] == POS_HC1[2:0];
  wire at_pay  = pos_q[3] && pos_q[1:0] == 2'd0;
  wire at_c1   = pos_q[3] && pos_q[1];
  wire start   = cmd_q[2] && cmd_q[0];
  wire write   = cmd_q[2] && !cmd_q[0];

  // ---- one byte in data_q: filled from a source, taken by a sink ----
  wire heard   = full_q && !tx_q && !pause_q;  // a request byte is looked at
  wire storing = heard && at_pay && !refuse_q;
  wire reading = tx_q && at_pay && cmd_q[1:0] == 2'd0;
  wire asking  = reading && !full_q && !wait_q;
  wire moved   = mem_valid_o && mem_ready_i;
  wire take    = tx_q ? full_q && tx_ready_i : heard && (!storing || mem_ready_i);
  wire fill    = !full_q && (tx_q ? (reading ? mem_rvalid_i : !pause_q) : rx_valid_i);

  assign rx_ready_o   = tx_q || !full_q;
  assign tx_valid_o   = tx_q && full_q;
  assign tx_data_o    = data_q;
  assign mem_valid_o  = storing || asking;
  assign mem_write_o  = cmd_q[2];
  assign mem_addr_o   = pc_load_q;
  assign mem_wdata_o  = data_q;
  assign start_o      = start_q;
  assign pc_load_o    = pc_load_q;
  assign pc_compute_o = pc_compute_q;
  assign pc_store_o   = pc_store_q;
  assign stat_index_o = cnt_q[5:2];

  reg [7:0] status, counter, data_d;
  always @* begin
    case (cnt_q[1:0])
      2'd0:    status = {7'd0, busy_i};
      2'd1:    status = VERSION;
      2'd2:    status = ID_32[7:0];
      default: status = ID_32[15:8];
    endcase
    case (cnt_q[1:0])
      2'd0:    counter = stat_data_i[7:0];
      2'd1:    counter = stat_data_i[15:8];
      2'd2:    counter = stat_data_i[23:16];
      default: counter = stat_data_i[31:24];
    endcase
    if (!tx_q)         data_d = rx_data_i;
    else if (at_pay)   data_d = cmd_q[1] ? status : cmd_q[0] ? counter : mem_rdata_i;
    else if (pos_q[3]) data_d = crc_q[15:8];
    else if (pos_q[0]) data_d = {seq_q, 2'b00, refuse_q, bad_q};
    else               data_d = SYNC;
  end

  always @(posedge clk_i) begin
    if (fill) data_q <= data_d;
  end

  always @(posedge clk_i) begin
    if (rst_i) begin
      full_q <= 1'b0;
      wait_q <= 1'b0;
    end else begin
      full_q <= full_q ? !take : fill;
      wait_q <= wait_q ? !mem_rvalid_i : asking && mem_ready_i;
    end
    pause_q <= take || fill;
  end

  // ---- CRC-16 CCITT, a byte at a time ----
  wire [7:0]  mix      = crc_q[15:8] ^ data_q;
  wire [7:0]  fold     = mix ^ {4'd0, mix[7:4]};
  wire [15:0] crc_next = {crc_q[7:0], 8'd0} ^ {fold[3:0], 12'd0} ^ {3'd0, fold, 5'd0} ^
                         {8'd0, fold};
  reg         good_q;                       // crc_next is 0, seen one cycle later

  always @(posedge clk_i) good_q <= mix == 8'd0 && crc_q[7:0] == 8'd0;

  always @(posedge clk_i) begin
    if (take) begin
      if (at_sync || at_hc1) crc_q <= 16'hFFFF;
      else                   crc_q <= crc_next;
    end
  end

  // ---- place in the frame ----
  wire       no_command = data_q[3] || (data_q[2] ? data_q[1] : data_q[1:0] == 2'd3);
  wire       reject     = !tx_q && ((at_sync && (drain_q || data_q != SYNC)) ||
                                    (at_cmd && no_command) || (at_hc1 && !good_q));
  wire       answer     = !tx_q && (at_c1 || (at_hc1 && !write));
  wire       again      = start && pos_q == POS_A2 && !group_q[1];
  wire       expired    = gap_q[TIMEOUT_W] && !full_q;

  reg [3:0] pos_d;
  always @* begin
    pos_d = pos_q + 4'd1;
    if (at_pay && !(&cnt_q))      pos_d = POS_PAY;
    if (again)                       pos_d = POS_A0;
    if (tx_q && at_cmd)              pos_d = cmd_q[2] ? POS_C0 : POS_PAY;
    if (reject || answer || at_c1)   pos_d = POS_SYNC;
  end

  always @(posedge clk_i) begin
    if (rst_i || expired) begin
      pos_q   <= POS_SYNC;
      drain_q <= 1'b0;
    end else if (take) begin
      pos_q   <= pos_d;
      drain_q <= reject;
    end
  end

  always @(posedge clk_i) begin
    if (rst_i)     tx_q <= 1'b0;
    else if (take) tx_q <= (answer && !reject) || (tx_q && !at_c1);
  end

  always @(posedge clk_i) begin
    if (rst_i || full_q || tx_q) gap_q <= {(TIMEOUT_W+1){1'b0}};
    else                         gap_q <= gap_q + 1'b1;
  end

  // ---- header fields ----
  always @(posedge clk_i) begin
    if (heard && at_cmd) {seq_q, cmd_q} <= {data_q[7:4], data_q[2:0]};
  end

  always @(posedge clk_i) begin
    if (heard) begin
      bad_q <= !good_q;
      if (at_sync)              group_q <= 2'd0;
      else if (pos_q == POS_A2) group_q <= group_q + 2'd1;
    end
  end

  // `fresh` is 0 from the payload on, so that an adder's second operand doubles as its load value
  // and each bit fits one logic cell.  a - ~b is a + b + 1.
  wire [7:0] fresh = pos_q[3] ? 8'd0 : data_q;
  wire [7:0] cnt_next = cnt_q - ~fresh;

  always @(posedge clk_i) begin
    if ((take && at_pay) || (heard && pos_q == POS_CNT)) cnt_q <= pos_q[1] ? fresh : cnt_next;
  end

  // The address counts byte by byte: a carry reaches the bytes above one cycle later, which is
  // before the next request.  Each byte has a clock enable of its own and needs no long chain.
  reg  [1:0] carry_q;                       // into byte 1, byte 2; not reset
  wire [2:0] count = {carry_q, moved};
  wire [2:0] wrap;                          // byte i is 255, when nothing is added to it

  always @(posedge clk_i) begin
    carry_q <= {moved && wrap[0] && wrap[1], moved && wrap[0]};
  end

  genvar i;
  generate
    for (i = 0; i < 3; i = i + 1) begin : g_byte
      localparam LOW  = 8 * i;
      localparam HIGH = (ADDR_W < LOW + 8) ? ADDR_W : LOW + 8;
      if (HIGH > LOW) begin : g_used
        localparam W = HIGH - LOW;
        wire       shift = heard && pos_q == POS_A0 + i;
        wire [W:0] sum   = {1'b0, pc_load_q[HIGH-1:LOW]} - {1'b1, ~fresh[W-1:0]};
        assign wrap[i] = sum[W];
        always @(posedge clk_i) begin
          if (shift || count[i]) pc_load_q[HIGH-1:LOW] <= count[i] ? sum[W-1:0] : fresh[W-1:0];
        end
        always @(posedge clk_i) begin
          if (shift) begin
            pc_compute_q[HIGH-1:LOW] <= pc_load_q[HIGH-1:LOW];
            pc_store_q[HIGH-1:LOW]   <= pc_compute_q[HIGH-1:LOW];
          end
        end
      end else begin : g_unused
        assign wrap[i] = 1'b0;
      end
    end
  endgenerate

  // ---- what a good header does ----
  wire accept  = heard && at_hc1 && good_q;
  wire repeats = started_q && seq_q == last_q;
  wire launch  = accept && start && !busy_i && !repeats;

  always @(posedge clk_i) begin
    if (heard && at_hc1) refuse_q <= busy_i && (write || (start && !repeats));
  end

  always @(posedge clk_i) begin
    if (rst_i) begin
      start_q   <= 1'b0;
      started_q <= 1'b0;
    end else begin
      start_q <= launch;
      if (accept && !(start && busy_i)) started_q <= start;
    end
  end

  always @(posedge clk_i) begin
    if (launch) last_q <= seq_q;
  end

  wire unused_ok = &{1'b0, ID_32[31:16], wrap[2], count, 1'b0};
endmodule
`default_nettype wire
