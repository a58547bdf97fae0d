#include "sim/blocks/uart_tx.h"

#include <assert.h>
#include <string.h>

void as_uart_tx_init(struct as_uart_tx *m, unsigned clk_div)
{
    assert(clk_div >= 4);
    memset(m, 0, sizeof *m);
    m->clk_div = clk_div;
    for (m->div_mask = 3; m->div_mask < clk_div - 1;)
        m->div_mask = m->div_mask << 1 | 1;
}

struct as_uart_tx_out as_uart_tx_eval(const struct as_uart_tx *m, const struct as_uart_tx_in *in)
{
    (void)in;
    return (struct as_uart_tx_out){.ready_o = m->bits_q == 0, .line_o = m->shift_q & 1};
}

void as_uart_tx_tick(struct as_uart_tx *m, const struct as_uart_tx_in *in)
{
    if (m->bits_q == 0) {
        if (in->valid_i) {
            m->shift_q = (uint16_t)(in->data_i << 1);
            m->bits_q = 10;
        }
        m->div_q = 0;
    } else if (m->div_q == m->clk_div - 1) {
        m->div_q = 0;
        m->bits_q--;
        m->shift_q = (uint16_t)(0x100 | m->shift_q >> 1);
    } else {
        m->div_q = (m->div_q + 1) & m->div_mask;
    }
}

void as_uart_tx_reset(struct as_uart_tx *m, const struct as_uart_tx_in *in)
{
    as_uart_tx_tick(m, in);
    m->bits_q = 0;
    m->shift_q |= 1;
}
