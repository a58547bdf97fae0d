#include "gen/regmap/regmap.h"

static const struct as_register registers[] = {
#define AS_REGISTER(name, offset, access, meaning) {#name, offset, AS_ACCESS_##access, meaning},
#include "gen/regmap/registers.def"
#undef AS_REGISTER
};

const struct as_register *as_registers(int *count)
{
    *count = (int)(sizeof registers / sizeof registers[0]);
    return registers;
}

const struct as_counter *as_counters(int *count)
{
    static const struct as_counter counters[] = {
#define AS_COUNTER(name, meaning) {#name, meaning},
#include "gen/regmap/counters.def"
#undef AS_COUNTER
    };

    *count = sizeof counters / sizeof counters[0];
    return counters;
}
