/* The families of FPGAs that this program can build for: one folder of boards/family each. */
#ifndef AS_BOARDS_FLOW_FAMILIES_H
#define AS_BOARDS_FLOW_FAMILIES_H

#include "boards/family/family.h"

/* The family of that name, or NULL. */
const struct as_family *as_family_find(const char *name);

/* All of them, by name; *count receives how many. */
const char *const *as_family_names(int *count);

#endif
