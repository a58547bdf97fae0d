/* The folder that `gen` writes. */
#ifndef AS_BOARDS_FLOW_PACKAGE_H
#define AS_BOARDS_FLOW_PACKAGE_H

#include <stdbool.h>

#include "gen/emit/testbench.h"

/* All that `gen` writes: Verilog, the board's top, primitives and pins, a testbench of `inference`
 * (NULL: of the accelerator alone), FuseSoC .core, params.txt and README.md. */
enum as_status as_package(struct as_arena *arena, const struct as_config *cfg,
                          const struct as_emit_inference *inference, struct as_emit_set *set,
                          struct as_diag *diag);

/* Whether it is the general form of a module that the board's device has cells for, so that NAME in
 * a folder of the set takes its place in a build. */
bool as_package_is_replaced(const struct as_emit_set *set, const char *name);

#endif
