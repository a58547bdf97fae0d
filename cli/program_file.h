/* Programs as files, for `arraysmith run`.  Format: docs/program.md, section 2. */
#ifndef AS_CLI_PROGRAM_FILE_H
#define AS_CLI_PROGRAM_FILE_H

#include "gen/program/program.h"
#include "models/network.h"

enum as_status as_program_save(struct as_arena *arena, const struct as_program *program,
                               const char *path, struct as_diag *diag);

/* The program in the file, for the accelerator `hw`, checked; AS_ERR_MISMATCH when it is another
 * accelerator's or not the network's. */
enum as_status as_program_load(struct as_arena *arena, const char *path, const struct as_hw *hw,
                               const struct as_network *net, struct as_program **out,
                               struct as_diag *diag);

#endif
