/* The table of presets: every dataflows/presets/NAME.c defines as_dataflow_NAME; `make` lists the
 * files in presets.def. */
#include "gen/config/dataflow.h"

#define AS_PRESET(name) extern const struct as_dataflow as_dataflow_##name;
#include "presets.def" /* made by `make` */
#undef AS_PRESET

static const struct as_dataflow *const presets[] = {
#define AS_PRESET(name) &as_dataflow_##name,
#include "presets.def" /* made by `make` */
#undef AS_PRESET
};

_Static_assert(sizeof presets / sizeof presets[0] <= AS_DATAFLOWS_MAX, "room for every preset");

/* gen/config looks presets up and lies below this folder, so the rows are handed down. */
__attribute__((constructor)) static void install(void)
{
    as_dataflow_install(presets, (int)(sizeof presets / sizeof presets[0]));
}
