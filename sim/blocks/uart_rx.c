#include "sim/blocks/uart_rx.h"

#include <assert.h>
#include <string.h>

void as_uart_rx_init(struct as_uart_rx *m, unsigned clk_div)
{
    assert(clk_div >= 4);
    memset(m, 0, sizeof *m);
    m->clk_div = clk_div;
    for (m->div_mask = 3; m->div_mask < clk_div - 1;)
        m->div_mask = m->div_mask << 1 | 1;
    m->sync_q = 3;
}

struct as_uart_rx_out as_uart_rx_eval(const struct as_uart_rx *m, const struct as_uart_rx_in *in)
{
    (void)in;
    return (struct as_uart_rx_out){.valid_o = m->valid_q, .data_o = m->shift_q};
}

void as_uart_rx_tick(struct as_uart_rx *m, const struct as_uart_rx_in *in)
{
    unsigned line = m->sync_q >> 1;

    if (in->ready_i)
        m->valid_q = false;
    if (m->bits_q == 0) {
        if (line == 0) {
            m->bits_q = 10;
        }
        m->div_q = 0;
    } else if (m->div_q != (m->bits_q == 10 ? m->clk_div / 2 - 1 : m->clk_div - 1)) {
        m->div_q = (m->div_q + 1) & m->div_mask;
    } else {
        m->div_q = 0;
        m->valid_q = m->bits_q == 1 && line == 1;
        if (m->bits_q != 1)
            m->shift_q = (uint8_t)(line << 7 | m->shift_q >> 1);
        if (m->bits_q == 10 && line == 1)
            m->bits_q = 0;
        else
            m->bits_q--;
    }
    m->sync_q = (uint8_t)((m->sync_q << 1 | in->line_i) & 3);
}

void as_uart_rx_reset(struct as_uart_rx *m, const struct as_uart_rx_in *in)
{
    as_uart_rx_tick(m, in);
    m->bits_q = 0;
    m->valid_q = false;
    m->sync_q = 3;
}
