/* From a network to the program that one accelerator executes. */
#ifndef AS_DATAFLOWS_BUILD_H
#define AS_DATAFLOWS_BUILD_H

#include "gen/config/config.h"
#include "gen/program/program.h"
#include "models/network.h"

/* Maps `net` onto the accelerator.  AS_ERR_UNSUPPORTED names the layer that no descriptor can
 * express, AS_ERR_NOFIT by how many bytes memory is short. */
enum as_status as_program_build(struct as_arena *arena, const struct as_config *cfg,
                                const struct as_network *net, struct as_program **out,
                                struct as_diag *diag);

#endif
