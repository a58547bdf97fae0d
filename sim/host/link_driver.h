/* The host's side of the host link: encodes frames, checks answers, repeats what was lost.
 * docs/host_link.md.  The byte transport is the caller's: one byte per cycle in simulation, a
 * serial port on a board.
 *
 * A call returns when its answer has been checked (sync, number, CRC), or with a message in the
 * diagnostic after `attempts` tries.  Nothing from a frame that fails a check reaches the caller.
 */
#ifndef AS_SIM_HOST_LINK_DRIVER_H
#define AS_SIM_HOST_LINK_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "sim/blocks/host_link.h"

struct as_link_port {
    void *context;
    /* Sends one byte if that is possible now; false if not. */
    bool (*send)(void *context, uint8_t byte);
    /* The next received byte, or -1 if there is none now. */
    int (*poll)(void *context);
    /* Lets one unit of time pass: a cycle in simulation, a millisecond on a board. */
    void (*wait)(void *context);
};

struct as_link_timing {
    uint32_t answer_units; /* longest silence before an answer or inside one; longer than the
                              block's gap of 2^TIMEOUT_W cycles */
    uint32_t quiet_units;  /* silence that ends a damaged answer; longer than one byte takes */
    unsigned attempts;     /* tries of one frame, >= 1 */
};

struct as_link {
    struct as_link_port port;
    struct as_link_timing timing;
    uint8_t sequence;  /* number of the last request */
    bool unsure;       /* the block's state is unknown: the next request is preceded by STATUS */
    uint64_t requests; /* frames that had to be answered */
    uint64_t retries;  /* frames sent again */
};

struct as_link_status {
    bool busy;
    uint8_t version;
    uint16_t id;
};

/* Nothing is sent; the first request is preceded by a STATUS, which checks the protocol version. */
void as_link_init(struct as_link *link, const struct as_link_port *port,
                  const struct as_link_timing *timing);

/* `length` bytes from or to byte address `addr`, in frames of at most 256 bytes.  A WRITE is
 * refused while the engines are busy.  addr + length must not exceed 2^24. */
enum as_status as_link_write(struct as_link *link, uint32_t addr, const uint8_t *bytes,
                             size_t length, struct as_diag *diag);
enum as_status as_link_read(struct as_link *link, uint32_t addr, uint8_t *bytes, size_t length,
                            struct as_diag *diag);
/* Starts the engines once at these descriptor streams; refused while they are busy. */
enum as_status as_link_start(struct as_link *link, uint32_t pc_load, uint32_t pc_compute,
                             uint32_t pc_store, struct as_diag *diag);
enum as_status as_link_status(struct as_link *link, struct as_link_status *status,
                              struct as_diag *diag);
enum as_status as_link_counters(struct as_link *link, uint32_t counters[AS_LINK_COUNTERS],
                                struct as_diag *diag);
/* Asks for the status until busy is low, at most `polls` times. */
enum as_status as_link_wait_idle(struct as_link *link, uint64_t polls, struct as_diag *diag);

#endif
