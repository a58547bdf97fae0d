/* An accelerator behind a C interface that C++ can include: what SystemC modules wrap.
 *
 * A unit is one accelerator, seen at one of two cuts:
 *   AS_UNIT_SYSTEM   the pins of system.v: byte stream; memory inside
 *   AS_UNIT_CORE     the pins of core.v: start, stream addresses, counters, memory port
 * A cycle is one or more evals of its cut, which settle the outputs, and one as_unit_tick. */
#ifndef AS_SIM_SYSTEMC_UNIT_H
#define AS_SIM_SYSTEMC_UNIT_H

#include <stddef.h>
#include <stdint.h>

#include "sim/blocks/pins.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AS_UNIT_COUNTERS 16

enum as_unit_cut { AS_UNIT_SYSTEM, AS_UNIT_CORE };

/* An accelerator as its description says; what a platform has to know of it. */
struct as_unit_info {
    const char *name;
    int word_bytes;        /* of the memory port */
    uint32_t memory_bytes; /* that programs may use */
    int latency;           /* cycles from an accepted read to its data */
    int interval;          /* cycles between accepted requests */
    uint32_t clock_khz;
    uint16_t config_id;
    uint16_t program_version;
};

#define AS_UNIT_PORTS_MAX 16

/* Where the inputs or outputs of the network lie, in the model's order. */
struct as_unit_ports {
    int count;
    uint32_t bytes; /* of all */
    struct {
        uint32_t address, bytes;
    } port[AS_UNIT_PORTS_MAX];
};

/* A program file (arraysmith run --save-program) for this accelerator. */
struct as_unit_program {
    const uint8_t *image; /* memory from address 0 */
    uint32_t image_bytes;
    uint32_t state_bytes; /* of the variables, at the end of the image */
    uint32_t pc_load, pc_compute, pc_store;
    struct as_unit_ports input, output;
    int layer_count;
};

struct as_unit;

/* `accel` is a description or a board's name, `sets` are "key=value".  NULL when refused: `error`
 * (room bytes) then holds the message. */
struct as_unit *as_unit_open(enum as_unit_cut cut, const char *accel, const char *const *sets,
                             int set_count, char *error, size_t room);

/* AS_UNIT_CORE again, with the Verilated RTL in the place of the cycle model: compiled for this
 * configuration unless the cache has it. */
struct as_unit *as_unit_open_rtl(const char *accel, const char *const *sets, int set_count,
                                 char *error, size_t room);

void as_unit_close(struct as_unit *unit);

const struct as_unit_info *as_unit_about(const struct as_unit *unit);
void as_unit_eval_system(struct as_unit *unit, const struct as_pins_in *in,
                         struct as_pins_out *out);
void as_unit_eval_core(struct as_unit *unit, const struct as_core_pins_in *in,
                       struct as_core_pins_out *out);
void as_unit_tick(struct as_unit *unit);

/* Reads and checks a program file; NULL when refused.  Owned by the unit. */
const struct as_unit_program *as_unit_load_program(struct as_unit *unit, const char *path,
                                                   char *error, size_t room);

#ifdef __cplusplus
}
#endif

#endif
