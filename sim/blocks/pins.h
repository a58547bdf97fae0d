/* What is driven and seen of an accelerator in one cycle: the pins of system.v but for the clock,
 * and the events of its performance counters. */
#ifndef AS_SIM_BLOCKS_PINS_H
#define AS_SIM_BLOCKS_PINS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct as_pins_in {
    uint8_t rst;
    uint8_t stall; /* the memory accepts nothing */
    uint8_t rx_valid;
    uint8_t rx_data;
    uint8_t tx_ready;
};

struct as_pins_out {
    uint8_t rx_ready;
    uint8_t tx_valid;
    uint8_t tx_data;
    uint8_t busy;
    uint8_t layer_done;
    uint32_t events; /* bit i: performance counter i counts in this cycle */
};

#ifdef __cplusplus
}
#endif

#endif
