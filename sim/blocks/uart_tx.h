/* Cycle model of rtl_templates/uart_tx.v.tpl.  Specification: docs/host_link.md, section 3. */
#ifndef AS_SIM_BLOCKS_UART_TX_H
#define AS_SIM_BLOCKS_UART_TX_H

#include <stdbool.h>
#include <stdint.h>

struct as_uart_tx_in {
    bool valid_i;
    uint8_t data_i;
};

struct as_uart_tx_out {
    bool ready_o;
    bool line_o;
};

struct as_uart_tx {
    uint32_t clk_div;  /* parameter CLK_DIV */
    uint32_t div_mask; /* of the bits that div_q has */

    uint32_t div_q;
    uint8_t bits_q;
    uint16_t shift_q;
};

/* Sets the parameter, clears every register. */
void as_uart_tx_init(struct as_uart_tx *m, unsigned clk_div);
/* A clock edge with the reset high; takes the place of a tick. */
void as_uart_tx_reset(struct as_uart_tx *m, const struct as_uart_tx_in *in);
struct as_uart_tx_out as_uart_tx_eval(const struct as_uart_tx *m, const struct as_uart_tx_in *in);
void as_uart_tx_tick(struct as_uart_tx *m, const struct as_uart_tx_in *in);

#endif
