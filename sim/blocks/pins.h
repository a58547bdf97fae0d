/* What is driven and seen of an accelerator in one cycle: the pins of system.v and of core.v but
 * for the clock, and the events of the performance counters. */
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

#define AS_CORE_PINS_BYTES 16 /* of the widest memory word */

struct as_core_pins_in {
    uint8_t rst;
    uint8_t start; /* a pulse, with the three byte addresses */
    uint32_t pc_load, pc_compute, pc_store;
    uint8_t stat_index;                   /* of a performance counter */
    uint8_t ho_valid, ho_write, ho_wdata; /* a host's access to the memory port, a byte at a time */
    uint32_t ho_addr;
    uint8_t mem_ready, mem_rvalid;
    uint8_t mem_rdata[AS_CORE_PINS_BYTES]; /* lowest byte first */
};

struct as_core_pins_out {
    uint8_t busy;
    uint8_t layer_done;
    uint32_t stat_data; /* of the stat_index of the cycle before */
    uint8_t ho_ready, ho_rvalid, ho_rdata;
    uint8_t mem_valid, mem_write;
    uint32_t mem_addr;  /* in words */
    uint32_t mem_wstrb; /* bit i writes byte i */
    uint8_t mem_wdata[AS_CORE_PINS_BYTES];
    uint32_t events; /* bit i: performance counter i counts in this cycle */
};

#ifdef __cplusplus
}
#endif

#endif
