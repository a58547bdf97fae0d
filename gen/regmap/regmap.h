/* The register map of an accelerator behind a bus, from gen/regmap/registers.def. */
#ifndef AS_GEN_REGMAP_REGMAP_H
#define AS_GEN_REGMAP_REGMAP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum as_register_offset {
#define AS_REGISTER(name, offset, access, meaning) AS_REG_##name = offset,
#include "gen/regmap/registers.def"
#undef AS_REGISTER
};

enum as_register_access { AS_ACCESS_RO, AS_ACCESS_RW, AS_ACCESS_WO, AS_ACCESS_W1C };

struct as_register {
    const char *name;
    uint32_t offset; /* bytes */
    enum as_register_access access;
    const char *meaning;
};

#define AS_REGMAP_ID       0x4D535241u
#define AS_REGMAP_VERSION  1u
#define AS_REGMAP_BYTES    0x80u /* size of the map */
#define AS_REGMAP_COUNTERS 16u   /* words from AS_REG_COUNTERS on */
#define AS_CONTROL_START   1u
#define AS_STATUS_BUSY     1u
#define AS_STATUS_DONE     2u
#define AS_IRQ_DONE        1u

/* Every register in the order of its offset; *count receives how many. */
const struct as_register *as_registers(int *count);

struct as_counter {
    const char *name; /* MAC_BEATS */
    const char *meaning;
};

/* Every counter in the order in which the accelerator has them; *count receives how many. */
const struct as_counter *as_counters(int *count);

#ifdef __cplusplus
}
#endif

#endif
