/* Cycle model of rtl_templates/uart_rx.v.tpl.  Specification: docs/host_link.md, section 3. */
#ifndef AS_SIM_BLOCKS_UART_RX_H
#define AS_SIM_BLOCKS_UART_RX_H

#include <stdbool.h>
#include <stdint.h>

struct as_uart_rx_in {
    bool line_i;
    bool ready_i;
};

struct as_uart_rx_out {
    bool valid_o;
    uint8_t data_o;
};

struct as_uart_rx {
    uint32_t clk_div;  /* parameter CLK_DIV */
    uint32_t div_mask; /* of the bits that div_q has */

    uint8_t sync_q; /* bit 0 the first flip-flop, bit 1 the second */
    uint32_t div_q;
    uint8_t bits_q;
    uint8_t shift_q;
    bool valid_q;
};

/* Sets the parameter, clears every register (the line is idle). */
void as_uart_rx_init(struct as_uart_rx *m, unsigned clk_div);
/* A clock edge with the reset high; takes the place of a tick. */
void as_uart_rx_reset(struct as_uart_rx *m, const struct as_uart_rx_in *in);
struct as_uart_rx_out as_uart_rx_eval(const struct as_uart_rx *m, const struct as_uart_rx_in *in);
void as_uart_rx_tick(struct as_uart_rx *m, const struct as_uart_rx_in *in);

#endif
