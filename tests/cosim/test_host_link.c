/* Do model and RTL of host_link agree in every cycle, and does the pair with the driver keep its
 * promises: what was sent is in memory, what was lost is repeated, START starts once? */
#define COSIM_MODEL     struct as_host_link
#define COSIM_MODEL_IN  struct as_host_link_in
#define COSIM_MODEL_OUT struct as_host_link_out
#include "base/crc16.h"
#include "sim/blocks/host_link.h"
#include "sim/host/link_driver.h"
#include "tests/cosim/cosim.h"

#define MEM_SIZE (1u << P_ADDR_W)
#define GAP      (1u << P_TIMEOUT_W)
#define LINE_MAX 1024

/* A direction of the byte stream: a queue that loses, doubles and changes bytes. */
struct line {
    uint8_t byte[LINE_MAX];
    unsigned head, count;
    unsigned damage_permille;
};

/* The block with its model beside it, and around them memory, engines, counters and the line. */
struct bench {
    struct as_cosim *c;
    struct as_host_link model;
    uint64_t random;
    struct line to_block, to_host;
    uint8_t *memory;
    unsigned stall_percent;
    bool read_pending;
    uint32_t read_addr;
    unsigned read_delay;
    uint32_t counters[AS_LINK_COUNTERS];
    uint8_t index_before; /* counters answer one cycle after the index */
    bool busy_any_time;   /* not only after a start */
    unsigned busy_cycles; /* left */
    unsigned busy_length; /* of a run */
    unsigned starts;
    uint32_t pc[3]; /* load, compute, store at the last start */
    uint64_t writes;
};

static void line_put(struct bench *b, struct line *line, uint8_t byte)
{
    unsigned copies = 1;
    if (as_cosim_below(&b->random, 1000) < line->damage_permille) {
        switch (as_cosim_below(&b->random, 3)) {
        case 0:
            copies = 0;
            break;
        case 1:
            copies = 2;
            break;
        default:
            byte ^= (uint8_t)(1u << as_cosim_below(&b->random, 8));
            break;
        }
    }
    for (; copies != 0 && line->count < LINE_MAX; copies--) {
        line->byte[(line->head + line->count) % LINE_MAX] = byte;
        line->count++;
    }
}

static uint8_t line_get(struct line *line)
{
    uint8_t byte = line->byte[line->head];
    line->head = (line->head + 1) % LINE_MAX;
    line->count--;
    return byte;
}

static bool stalled(struct bench *b)
{
    return as_cosim_percent(&b->random, b->stall_percent);
}

/* One cycle: the same inputs to both, everything compared, then the surroundings react. */
static void cycle_with(struct bench *b, const struct dut_in *in)
{
    struct as_host_link_in min;
    struct dut_out expected;
    struct dut_reg registers;

    as_cosim_in_to_model(in, &min);
    struct as_host_link_out out = as_host_link_eval(&b->model, &min);
    as_cosim_out_of_model(&out, &expected);
    as_cosim_reg_of_model(&b->model, &registers);
    as_cosim_eval(b->c, in);
    as_cosim_expect_out(b->c, &expected);
    as_cosim_expect_reg(b->c, &registers);

    if (out.rx_ready_o && in->rx_valid_i)
        (void)line_get(&b->to_block);
    if (out.tx_valid_o && in->tx_ready_i)
        line_put(b, &b->to_host, out.tx_data_o);
    if (in->mem_rvalid_i)
        b->read_pending = false;
    else if (b->read_pending && b->read_delay != 0)
        b->read_delay--;
    if (out.mem_valid_o && in->mem_ready_i) {
        cr_assert(out.mem_addr_o < MEM_SIZE);
        if (out.mem_write_o) {
            cr_assert(!in->busy_i || b->busy_any_time, "memory written while busy");
            b->memory[out.mem_addr_o] = out.mem_wdata_o;
            b->writes++;
        } else {
            cr_assert(!b->read_pending, "two reads in flight");
            b->read_pending = true;
            b->read_addr = out.mem_addr_o;
            b->read_delay = as_cosim_below(&b->random, 5);
        }
    }
    if (b->busy_cycles != 0)
        b->busy_cycles--;
    if (out.start_o) {
        cr_assert(!in->busy_i || b->busy_any_time, "started while busy");
        b->starts++;
        b->pc[0] = out.pc_load_o;
        b->pc[1] = out.pc_compute_o;
        b->pc[2] = out.pc_store_o;
        b->busy_cycles = b->busy_length;
    }
    b->index_before = out.stat_index_o;
    if (in->rst_i)
        as_host_link_reset(&b->model, &min);
    else
        as_host_link_tick(&b->model, &min);
    as_cosim_tick(b->c);
}

static struct dut_in inputs(struct bench *b)
{
    struct dut_in in;
    memset(&in, 0, sizeof in);
    in.rx_valid_i = b->to_block.count != 0 && !stalled(b);
    in.rx_data_i =
        in.rx_valid_i ? b->to_block.byte[b->to_block.head] : as_cosim_bits(&b->random, 8);
    in.tx_ready_i = !stalled(b);
    in.mem_ready_i = !stalled(b);
    in.mem_rvalid_i = b->read_pending && b->read_delay == 0;
    in.mem_rdata_i = in.mem_rvalid_i ? b->memory[b->read_addr] : as_cosim_bits(&b->random, 8);
    in.busy_i = b->busy_cycles != 0;
    in.stat_data_i = b->counters[b->index_before];
    return in;
}

static void cycle(struct bench *b)
{
    struct dut_in in = inputs(b);
    cycle_with(b, &in);
}

static bool port_send(void *context, uint8_t byte)
{
    struct bench *b = context;
    if (b->to_block.count >= 4)
        return false;
    line_put(b, &b->to_block, byte);
    return true;
}

static int port_poll(void *context)
{
    struct bench *b = context;
    return b->to_host.count != 0 ? line_get(&b->to_host) : -1;
}

static void port_wait(void *context)
{
    cycle(context);
}

static const struct as_link_timing timing = {
    .answer_units = 2 * GAP + 200, .quiet_units = 40, .attempts = 60};

static struct bench *bench_new(uint64_t seed, struct as_link *link)
{
    struct bench *b = calloc(1, sizeof *b);
    cr_assert(b != NULL);
    b->c = as_cosim_new(seed);
    b->random = seed;
    b->memory = malloc(MEM_SIZE);
    cr_assert(b->memory != NULL);
    for (uint32_t i = 0; i < MEM_SIZE; i++)
        b->memory[i] = (uint8_t)as_cosim_random(&b->random);
    for (int i = 0; i < AS_LINK_COUNTERS; i++)
        b->counters[i] = (uint32_t)as_cosim_random(&b->random);
    b->busy_length = 50;

    /* Garbage in every register, as far as a position and a command exist. */
    struct dut_reg garbage;
    as_host_link_init(&b->model, P_ADDR_W, P_TIMEOUT_W, P_ID);
    as_cosim_random_reg(&b->random, &garbage);
    garbage.pos_q %= 11;
    garbage.cmd_q &= (garbage.cmd_q & 2) != 0 ? 2 : 5; /* a command that exists */
    garbage.tx_q &= garbage.pos_q < 2 || garbage.pos_q > 7;
    if (garbage.pos_q < 8)
        garbage.carry_q = 0; /* follows a memory access */
    as_cosim_reg_to_model(&garbage, &b->model);
    as_cosim_deposit(b->c, &garbage);
    struct dut_in in;
    memset(&in, 0, sizeof in);
    in.rst_i = 1;
    in.busy_i = 1;
    struct as_host_link_in min;
    as_cosim_in_to_model(&in, &min);
    as_cosim_eval(b->c, &in);
    as_host_link_reset(&b->model, &min);
    as_cosim_tick(b->c);

    if (link != NULL) {
        const struct as_link_port port = {b, port_send, port_poll, port_wait};
        as_link_init(link, &port, &timing);
    }
    return b;
}

static void bench_free(struct bench *b)
{
    as_cosim_free(b->c);
    free(b->memory);
    free(b);
}

static void must(enum as_status st, const struct as_diag *diag)
{
    cr_assert(st == AS_OK, "%s", diag->text);
}

static void damage(struct bench *b, unsigned permille)
{
    b->to_block.damage_permille = permille;
    b->to_host.damage_permille = permille;
}

static void write_and_read(struct bench *b, struct as_link *link, uint32_t addr, size_t length)
{
    uint8_t sent[700], got[700];
    struct as_diag diag;
    as_diag_init(&diag);
    cr_assert(length <= sizeof sent && addr + length <= MEM_SIZE);
    for (size_t i = 0; i < length; i++)
        sent[i] = (uint8_t)as_cosim_random(&b->random);
    uint8_t *before = malloc(MEM_SIZE);
    cr_assert(before != NULL);
    memcpy(before, b->memory, MEM_SIZE);
    memcpy(before + addr, sent, length);
    must(as_link_write(link, addr, sent, length, &diag), &diag);
    cr_assert(memcmp(before, b->memory, MEM_SIZE) == 0, "memory differs from what was sent");
    memset(got, 0, sizeof got);
    must(as_link_read(link, addr, got, length, &diag), &diag);
    cr_assert(memcmp(sent, got, length) == 0, "read back something else");
    free(before);
}

/* Every length, the ends of the address range, stalls from none to heavy. */
Test(host_link, memory_holds_what_was_sent)
{
    struct as_link link;
    struct bench *b = bench_new(as_cosim_seed(1), &link);
    static const size_t lengths[] = {1, 2, 3, 255, 256, 257, 512, 700};
    for (unsigned stall = 0; stall <= 75; stall += 25) {
        b->stall_percent = stall;
        for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
            write_and_read(b, &link, 0, lengths[i]);
            write_and_read(b, &link, MEM_SIZE - (uint32_t)lengths[i], lengths[i]);
            write_and_read(b, &link,
                           as_cosim_below(&b->random, MEM_SIZE - (uint32_t)lengths[i] + 1),
                           lengths[i]);
        }
    }
    cr_assert(link.retries == 0, "%llu retries on a perfect line",
              (unsigned long long)link.retries);
    bench_free(b);
}

Test(host_link, status_and_counters_are_read)
{
    struct as_link link;
    struct bench *b = bench_new(as_cosim_seed(2), &link);
    struct as_diag diag;
    struct as_link_status status;
    uint32_t counters[AS_LINK_COUNTERS];
    as_diag_init(&diag);
    for (unsigned i = 0; i < 8; i++) {
        b->stall_percent = 25 * (i & 3);
        b->busy_cycles = (i & 1) != 0 ? 5000 : 0;
        must(as_link_status(&link, &status, &diag), &diag);
        cr_assert_eq(status.busy, i & 1);
        cr_assert(status.version == AS_LINK_VERSION && status.id == (P_ID));
        must(as_link_counters(&link, counters, &diag), &diag);
        cr_assert(memcmp(counters, b->counters, sizeof counters) == 0);
        for (int k = 0; k < AS_LINK_COUNTERS; k++)
            b->counters[k] = (uint32_t)as_cosim_random(&b->random);
    }
    bench_free(b);
}

/* Both directions lose, double and change bytes; in the end everything is there. */
Test(host_link, damaged_lines_are_survived, .timeout = 600)
{
    uint64_t retries = 0;
    for (unsigned round = 0; round < as_cosim_rounds(3); round++) {
        struct as_link link;
        struct as_diag diag;
        struct bench *b = bench_new(as_cosim_seed(100) + round, &link);
        as_diag_init(&diag);
        damage(b, 3 + round % 5);
        for (int i = 0; i < 12; i++) {
            b->stall_percent = as_cosim_below(&b->random, 70);
            size_t length = 1 + as_cosim_below(&b->random, 300);
            write_and_read(b, &link, as_cosim_below(&b->random, MEM_SIZE - (uint32_t)length + 1),
                           length);
            uint32_t pc[3];
            for (int k = 0; k < 3; k++)
                pc[k] = as_cosim_below(&b->random, MEM_SIZE);
            unsigned starts = b->starts;
            must(as_link_start(&link, pc[0], pc[1], pc[2], &diag), &diag);
            cr_assert(b->starts == starts + 1, "started %u times", b->starts - starts);
            cr_assert(memcmp(pc, b->pc, sizeof pc) == 0);
            must(as_link_wait_idle(&link, 1000, &diag), &diag);
            uint32_t counters[AS_LINK_COUNTERS];
            must(as_link_counters(&link, counters, &diag), &diag);
            cr_assert(memcmp(counters, b->counters, sizeof counters) == 0);
        }
        retries += link.retries;
        bench_free(b);
    }
    cr_assert(retries > 10, "only %llu retries: the line was not damaged",
              (unsigned long long)retries);
}

/* ---- frames by hand: what the driver never sends ---- */

static size_t header(uint8_t *f, unsigned command, unsigned sequence, unsigned count,
                     const uint32_t *addr, int n)
{
    size_t at = 0;
    f[at++] = AS_LINK_SYNC;
    f[at++] = (uint8_t)(sequence << 4 | command);
    f[at++] = (uint8_t)count;
    for (int i = 0; i < 3 * n; i++)
        f[at++] = (uint8_t)(addr[i / 3] >> (8 * (i % 3)));
    uint16_t crc = as_crc16_bytes(AS_CRC16_START, f + 1, at - 1);
    f[at++] = (uint8_t)(crc >> 8);
    f[at++] = (uint8_t)crc;
    return at;
}

static void send(struct bench *b, const uint8_t *f, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        while (b->to_block.count != 0)
            cycle(b);
        line_put(b, &b->to_block, f[i]);
    }
    while (b->to_block.count != 0)
        cycle(b);
}

static void idle(struct bench *b, unsigned cycles)
{
    while (cycles-- != 0)
        cycle(b);
}

/* The status byte of the answer that has come, -1 if none; anything but one answer fails. */
static int answer(struct bench *b, size_t payload)
{
    idle(b, 3 * (unsigned)payload * 8 + 60);
    if (b->to_host.count == 0)
        return -1;
    uint8_t f[300];
    size_t n = 0;
    cr_assert(b->to_host.count == payload + 4, "%u bytes came", b->to_host.count);
    while (b->to_host.count != 0)
        f[n++] = line_get(&b->to_host);
    cr_assert(f[0] == AS_LINK_SYNC && as_crc16_bytes(AS_CRC16_START, f + 1, n - 1) == 0);
    return f[1];
}

Test(host_link, repeated_start_starts_once)
{
    struct bench *b = bench_new(as_cosim_seed(3), NULL);
    static const uint32_t pc[3] = {0x30 /* store */, 0x20 /* compute */, 0x10 /* load */};
    uint8_t f[32], other[32];
    size_t n = header(f, AS_LINK_START, 5, 0, pc, 3);
    size_t m = header(other, AS_LINK_START, 6, 77, pc, 3);
    b->busy_length = 2000;
    send(b, f, n);
    cr_assert(answer(b, 0) == 0x50 && b->starts == 1);
    cr_assert(b->pc[0] == 0x10 && b->pc[1] == 0x20 && b->pc[2] == 0x30);
    send(b, f, n); /* busy */
    cr_assert(answer(b, 0) == 0x50 && b->starts == 1);
    send(b, other, m); /* another START while busy: refused, and the first is still known */
    cr_assert(answer(b, 0) == (0x60 | AS_LINK_NAK_BUSY) && b->starts == 1);
    b->busy_cycles = 0;
    send(b, f, n); /* idle again, and still the same request */
    cr_assert(answer(b, 0) == 0x50 && b->starts == 1);
    b->busy_length = 1;
    send(b, other, m);
    cr_assert(answer(b, 0) == 0x60 && b->starts == 2);
    send(b, other, m);
    cr_assert(answer(b, 0) == 0x60 && b->starts == 2);
    send(b, f, header(f, AS_LINK_READ_STATUS, 5, 252, pc, 1)); /* any other request forgets it */
    cr_assert(answer(b, 4) == 0x50);
    send(b, other, m);
    cr_assert(answer(b, 0) == 0x60 && b->starts == 3);
    bench_free(b);
}

/* A STATUS while busy forgets the START too: polling never blocks the next one. */
Test(host_link, polling_forgets_the_start)
{
    struct bench *b = bench_new(as_cosim_seed(4), NULL);
    static const uint32_t pc[3] = {1, 2, 3};
    uint8_t f[32], poll[32];
    size_t n = header(f, AS_LINK_START, 9, 0, pc, 3);
    size_t m = header(poll, AS_LINK_READ_STATUS, 10, 252, pc, 1);
    b->busy_length = 1000;
    send(b, f, n);
    cr_assert(answer(b, 0) == 0x90);
    send(b, poll, m);
    cr_assert(answer(b, 4) == 0xA0);
    b->busy_cycles = 0;
    send(b, f, n);
    cr_assert(answer(b, 0) == 0x90 && b->starts == 2);
    bench_free(b);
}

Test(host_link, write_while_busy_is_refused_and_its_payload_skipped)
{
    struct bench *b = bench_new(as_cosim_seed(5), NULL);
    uint32_t addr = 0x123;
    uint8_t f[600];
    size_t n = header(f, AS_LINK_WRITE, 1, 0, &addr, 1), start = n;
    /* The payload contains a complete START frame: it must not be taken for one. */
    static const uint32_t pc[3] = {4, 5, 6};
    size_t inner = header(f + n, AS_LINK_START, 2, 0, pc, 3);
    memset(f + n + inner, AS_LINK_SYNC, 256 - inner);
    n += 256;
    uint16_t crc = as_crc16_bytes(AS_CRC16_START, f + start, 256);
    f[n++] = (uint8_t)(crc >> 8);
    f[n++] = (uint8_t)crc;
    b->busy_cycles = 100000;
    send(b, f, n);
    cr_assert(answer(b, 0) == (0x10 | AS_LINK_NAK_BUSY));
    cr_assert(b->writes == 0 && b->starts == 0);
    b->busy_cycles = 0;
    send(b, f, n);
    cr_assert(answer(b, 0) == 0x10 && b->writes == 256);
    f[n - 1] ^= 1; /* payload CRC */
    send(b, f, n);
    cr_assert(answer(b, 0) == (0x10 | AS_LINK_NAK_BAD) && b->writes == 512);
    f[start - 1] ^= 0x80; /* header CRC: nothing is written, and the payload is no frame */
    send(b, f, n);
    cr_assert(answer(b, 0) == -1 && b->writes == 512 && b->starts == 0);
    bench_free(b);
}

/* Not abandoned after a gap of 2^TIMEOUT_W - 1 cycles, abandoned after 2^TIMEOUT_W. */
Test(host_link, gap_is_exact)
{
    struct bench *b = bench_new(as_cosim_seed(6), NULL);
    uint32_t addr = 0;
    uint8_t f[32];
    size_t n = header(f, AS_LINK_READ_STATUS, 7, 252, &addr, 1);
    /* Two cycles pass a byte on; then GAP - 1 cycles without a byte are no gap, GAP are. */
    for (unsigned extra = 0; extra < 2; extra++) {
        for (size_t at = 1; at < n; at++) {
            send(b, f, at);
            idle(b, 1 + GAP + extra);
            send(b, f + at, n - at);
            int status = answer(b, 4);
            cr_assert(status == (extra == 0 ? 0x70 : -1), "gap %u after byte %zu: %d",
                      GAP + extra - 1, at, status);
            idle(b, GAP + 10);
        }
    }
    bench_free(b);
}

/* After a byte that is no sync, nothing is heard until a gap; the gap restarts with every byte. */
Test(host_link, junk_silences_the_block_until_a_gap)
{
    struct bench *b = bench_new(as_cosim_seed(7), NULL);
    uint32_t addr = 0;
    uint8_t f[32], junk = 0x5A;
    size_t n = header(f, AS_LINK_READ_STATUS, 7, 252, &addr, 1);
    send(b, &junk, 1);
    for (int i = 0; i < 5; i++) {
        idle(b, GAP / 2);
        send(b, f, n);
    }
    cr_assert(answer(b, 4) == -1);
    idle(b, GAP + 5);
    send(b, f, n);
    cr_assert(answer(b, 4) == 0x70);
    for (unsigned command = 0; command < 16; command++) {
        bool known = command <= 2 || command == 4 || command == 5;
        if (known)
            continue;
        uint8_t g[32];
        size_t m = header(g, command, 3, 255, &addr, 1);
        send(b, g, m);
        send(b, f, n);
        cr_assert(answer(b, 4) == -1, "command %u, or the frame after it, was heard", command);
        idle(b, GAP + 5);
        send(b, f, n);
        cr_assert(answer(b, 4) == 0x70);
    }
    bench_free(b);
}

/* Random bytes, frames, resets and pin values that no host or memory would produce in this order.
 */
Test(host_link, random_pins_agree)
{
    for (unsigned round = 0; round < as_cosim_rounds(4); round++) {
        struct bench *b = bench_new(as_cosim_seed(200) + round, NULL);
        b->busy_any_time = true;
        for (int i = 0; i < 20000; i++) {
            /* Mostly wait until the block listens; now and then send into an answer or a drain. */
            bool listens = b->model.pos_q == 0 && !b->model.tx_q && !b->model.drain_q;
            if (b->to_block.count == 0 && (listens || as_cosim_below(&b->random, 1500) == 0)) {
                uint8_t f[32];
                uint32_t addr[3];
                for (int k = 0; k < 3; k++)
                    addr[k] = as_cosim_below(&b->random, 1u << 24);
                unsigned command = as_cosim_below(&b->random, 40);
                command = command < 16 ? command : (command & 1) != 0 ? 5 : command % 5;
                size_t n = header(f, command, as_cosim_below(&b->random, 3),
                                  256 - as_cosim_below(&b->random, 10), addr,
                                  command == AS_LINK_START ? 3 : 1);
                for (size_t k = 0; k < n; k++)
                    line_put(b, &b->to_block, f[k]);
                b->to_block.damage_permille = as_cosim_below(&b->random, 20);
            }
            if (as_cosim_percent(&b->random, 1))
                b->stall_percent = as_cosim_below(&b->random, 90);
            struct dut_in in = inputs(b);
            in.rst_i = as_cosim_below(&b->random, 1000) == 0;
            in.stat_data_i = as_cosim_bits(&b->random, 32);
            if (as_cosim_below(&b->random, 400) == 0 && b->busy_cycles == 0)
                b->busy_cycles = as_cosim_below(&b->random, 300);
            cycle_with(b, &in);
            if (in.rst_i)
                b->read_pending = false;
            if (b->to_host.count > LINE_MAX / 2)
                b->to_host.count = 0;
            if (as_cosim_below(&b->random, 3000) == 0)
                for (unsigned k = 0; k < 2 * GAP + 3; k++) {
                    struct dut_in quiet = inputs(b);
                    quiet.rx_valid_i = 0;
                    cycle_with(b, &quiet);
                }
        }
        bench_free(b);
    }
}
