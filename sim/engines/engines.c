#include <string.h>

#include "sim/engines/engine.h"

#define AS_ENGINE(name) extern const struct as_engine as_engine_##name;
#include "sim/engines/engines.def"
#undef AS_ENGINE

static const struct as_engine *const engines[] = {
#define AS_ENGINE(name) &as_engine_##name,
#include "sim/engines/engines.def"
#undef AS_ENGINE
};

#define ENGINE_COUNT ((int)(sizeof engines / sizeof engines[0]))

const struct as_engine *const *as_engines(int *count)
{
    *count = ENGINE_COUNT;
    return engines;
}

const struct as_engine *as_engine_find(const char *name)
{
    for (int i = 0; i < ENGINE_COUNT; i++)
        if (strcmp(engines[i]->name, name) == 0)
            return engines[i];
    return NULL;
}
