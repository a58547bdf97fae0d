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
