/* Cycle model of rtl_templates/host_link.v.tpl: host frames to memory accesses, start and answers.
 * Specification: docs/host_link.md.  Field names are those of the ports and registers. */
#ifndef AS_SIM_BLOCKS_HOST_LINK_H
#define AS_SIM_BLOCKS_HOST_LINK_H

#include <stdbool.h>
#include <stdint.h>

#define AS_LINK_SYNC          0xA5u
#define AS_LINK_VERSION       1u
#define AS_LINK_PAYLOAD_MAX   256
#define AS_LINK_COUNTERS      16
#define AS_LINK_NAK_BAD       1u /* status bit: payload CRC wrong */
#define AS_LINK_NAK_BUSY      2u /* status bit: refused while busy */
#define AS_LINK_SEQUENCE_MASK 15u

enum as_link_command {
    AS_LINK_READ = 0,
    AS_LINK_READ_COUNTERS = 1,
    AS_LINK_READ_STATUS = 2,
    AS_LINK_WRITE = 4,
    AS_LINK_START = 5
};

struct as_host_link_in {
    bool rx_valid_i;
    uint8_t rx_data_i;
    bool tx_ready_i;
    bool mem_ready_i;
    bool mem_rvalid_i;
    uint8_t mem_rdata_i;
    bool busy_i;
    uint32_t stat_data_i;
};

struct as_host_link_out {
    bool rx_ready_o;
    bool tx_valid_o;
    uint8_t tx_data_o;
    bool mem_valid_o;
    bool mem_write_o;
    uint32_t mem_addr_o;
    uint8_t mem_wdata_o;
    bool start_o;
    uint32_t pc_load_o;
    uint32_t pc_compute_o;
    uint32_t pc_store_o;
    uint8_t stat_index_o;
};

struct as_host_link {
    uint8_t addr_w;    /* parameter ADDR_W */
    uint8_t timeout_w; /* parameter TIMEOUT_W */
    uint16_t id;       /* parameter ID */

    uint8_t pos_q;
    bool tx_q;
    bool drain_q;
    bool full_q;
    uint8_t data_q;
    bool pause_q;
    bool wait_q;
    uint8_t cmd_q;
    uint8_t seq_q;
    bool refuse_q;
    bool bad_q;
    uint8_t cnt_q;
    uint8_t group_q;
    uint16_t crc_q;
    bool good_q;
    uint32_t pc_load_q;
    uint32_t pc_compute_q;
    uint32_t pc_store_q;
    bool start_q;
    bool started_q;
    uint8_t last_q;
    uint8_t carry_q;
    uint32_t gap_q;
};

/* Sets the parameters, clears every register. */
void as_host_link_init(struct as_host_link *m, unsigned addr_w, unsigned timeout_w, unsigned id);
/* A clock edge with the reset high; takes the place of a tick. */
void as_host_link_reset(struct as_host_link *m, const struct as_host_link_in *in);
struct as_host_link_out as_host_link_eval(const struct as_host_link *m,
                                          const struct as_host_link_in *in);
void as_host_link_tick(struct as_host_link *m, const struct as_host_link_in *in);

#endif
