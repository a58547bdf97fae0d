/* Do models and RTL of uart_tx and uart_rx agree in every cycle, and do bytes arrive: over a wire,
 * with a sender a little too fast or too slow, with noise? */
#include "sim/blocks/uart_rx.h"
#include "sim/blocks/uart_tx.h"
#include "tests/cosim/cosim.h"

struct bench {
    struct as_cosim *c;
    struct as_uart_tx tx;
    struct as_uart_rx rx;
    uint64_t random;
    struct dut_in in;
    struct as_uart_tx_out tx_out; /* of the last cycle */
    struct as_uart_rx_out rx_out;
};

static void cycle(struct bench *b)
{
    const struct dut_in *in = &b->in;
    struct as_uart_tx_in tin = {in->valid_i != 0, (uint8_t)in->data_i};
    struct as_uart_rx_in rin = {in->rx_line_i != 0, in->ready_i != 0};
    b->tx_out = as_uart_tx_eval(&b->tx, &tin);
    b->rx_out = as_uart_rx_eval(&b->rx, &rin);
    const struct dut_out out = {.ready_o = b->tx_out.ready_o,
                                .tx_line_o = b->tx_out.line_o,
                                .valid_o = b->rx_out.valid_o,
                                .data_o = b->rx_out.data_o};
    const struct dut_reg reg = {.tx_div_q = b->tx.div_q,
                                .tx_bits_q = b->tx.bits_q,
                                .tx_shift_q = b->tx.shift_q,
                                .rx_sync_q = b->rx.sync_q,
                                .rx_div_q = b->rx.div_q,
                                .rx_bits_q = b->rx.bits_q,
                                .rx_shift_q = b->rx.shift_q,
                                .rx_valid_q = b->rx.valid_q};
    as_cosim_eval(b->c, in);
    as_cosim_expect_out(b->c, &out);
    as_cosim_expect_reg(b->c, &reg);
    if (in->rst_i) {
        as_uart_tx_reset(&b->tx, &tin);
        as_uart_rx_reset(&b->rx, &rin);
    } else {
        as_uart_tx_tick(&b->tx, &tin);
        as_uart_rx_tick(&b->rx, &rin);
    }
    as_cosim_tick(b->c);
}

static struct bench bench_new(uint64_t seed)
{
    struct bench b;
    struct dut_reg g;
    memset(&b, 0, sizeof b);
    b.random = seed;
    b.c = as_cosim_new(seed);
    as_uart_tx_init(&b.tx, P_CLK_DIV);
    as_uart_rx_init(&b.rx, P_CLK_DIV);
    as_cosim_random_reg(&b.random, &g);
    g.tx_bits_q %= 11;
    g.rx_bits_q %= 11;
    as_cosim_deposit(b.c, &g);
    b.tx.div_q = (uint32_t)g.tx_div_q;
    b.tx.bits_q = (uint8_t)g.tx_bits_q;
    b.tx.shift_q = (uint16_t)g.tx_shift_q;
    b.rx.sync_q = (uint8_t)g.rx_sync_q;
    b.rx.div_q = (uint32_t)g.rx_div_q;
    b.rx.bits_q = (uint8_t)g.rx_bits_q;
    b.rx.shift_q = (uint8_t)g.rx_shift_q;
    b.rx.valid_q = g.rx_valid_q != 0;
    b.in.rx_line_i = 1;
    b.in.rst_i = 1;
    cycle(&b);
    b.in.rst_i = 0;
    return b;
}

/* A byte takes 10 * CLK_DIV + 1 cycles when the next one waits, and arrives unchanged. */
Test(uart, bytes_cross_a_wire_at_full_rate)
{
    struct bench b = bench_new(as_cosim_seed(1));
    int sent = 0, received = 0;
    uint64_t last = 0;
    b.tx_out.line_o = true;
    while (received < 256) {
        b.in.rx_line_i = b.tx_out.line_o;
        b.in.valid_i = sent < 256;
        b.in.data_i = sent < 256 ? (uint64_t)(sent * 167 & 255) : 0;
        b.in.ready_i = b.rx_out.valid_o || as_cosim_bits(&b.random, 1); /* one bit time at most */
        cycle(&b);
        if (b.tx_out.ready_o && b.in.valid_i) {
            uint64_t now = as_cosim_cycle(b.c);
            cr_assert(sent == 0 || now - last == 10 * P_CLK_DIV + 1);
            last = now;
            sent++;
        }
        if (b.rx_out.valid_o && b.in.ready_i) {
            cr_assert(b.rx_out.data_o == (received * 167 & 255));
            received++;
        }
        cr_assert(as_cosim_cycle(b.c) < 300 * 11 * P_CLK_DIV);
    }
    as_cosim_free(b.c);
}

/* The sender's clock may be 3 % off either way (from 16 cycles a bit on; below, sampling alone
 * costs more). */
Test(uart, a_slightly_wrong_rate_is_received)
{
    enum { BYTES = 60 };
    for (int percent = -3; percent <= 3; percent++) {
        struct bench b = bench_new(as_cosim_seed(2));
        double bit = P_CLK_DIV * (1.0 + (P_CLK_DIV >= 16 ? percent : 0) / 100.0);
        double at = 0;
        unsigned sent[BYTES];
        int received = 0;
        for (int i = 0; i < 10 * (BYTES + 1); i++) {
            if (i % 10 == 0 && i / 10 < BYTES)
                sent[i / 10] = (unsigned)as_cosim_bits(&b.random, 8);
            unsigned frame = i / 10 < BYTES ? sent[i / 10] << 1 | 0x200 : 0x3FF;
            for (at += bit; at >= 1; at -= 1) {
                b.in.rx_line_i = frame >> (i % 10) & 1;
                b.in.ready_i = b.rx_out.valid_o || as_cosim_bits(&b.random, 1);
                cycle(&b);
                if (b.rx_out.valid_o && b.in.ready_i) {
                    cr_assert(received < BYTES && b.rx_out.data_o == sent[received],
                              "%d %%: byte %d is %u", percent, received, b.rx_out.data_o);
                    received++;
                }
            }
        }
        cr_assert(received == BYTES, "%d %%: %d bytes came", percent, received);
        as_cosim_free(b.c);
    }
}

static void hold_line(struct bench *b, int level, unsigned cycles, int *valids)
{
    for (; cycles != 0; cycles--) {
        b->in.rx_line_i = (uint64_t)level;
        b->in.ready_i = 1;
        cycle(b);
        *valids += b->rx_out.valid_o;
    }
}

Test(uart, glitches_and_breaks_make_no_byte)
{
    struct bench b = bench_new(as_cosim_seed(3));
    int valids = 0;
    hold_line(&b, 1, 20, &valids);
    hold_line(&b, 0, P_CLK_DIV / 2, &valids); /* the middle of a start bit is high again */
    hold_line(&b, 1, 12 * P_CLK_DIV, &valids);
    cr_assert(valids == 0, "a glitch became a byte");
    hold_line(&b, 0, 10 * P_CLK_DIV, &valids); /* no stop bit */
    hold_line(&b, 1, 12 * P_CLK_DIV, &valids);
    cr_assert(valids == 0, "a break became a byte");
    hold_line(&b, 0, P_CLK_DIV, &valids); /* start, then 0xFF */
    hold_line(&b, 1, 12 * P_CLK_DIV, &valids);
    cr_assert(valids == 1);
    as_cosim_free(b.c);
}

Test(uart, random_pins_agree)
{
    for (unsigned round = 0; round < as_cosim_rounds(4); round++) {
        struct bench b = bench_new(as_cosim_seed(50) + round);
        for (int i = 0; i < 20000; i++) {
            if (as_cosim_below(&b.random, P_CLK_DIV) == 0)
                b.in.rx_line_i = as_cosim_bits(&b.random, 1);
            b.in.valid_i = as_cosim_bits(&b.random, 1);
            b.in.data_i = as_cosim_bits(&b.random, 8);
            b.in.ready_i = as_cosim_percent(&b.random, 10);
            b.in.rst_i = as_cosim_below(&b.random, 2000) == 0;
            cycle(&b);
        }
        as_cosim_free(b.c);
    }
}
