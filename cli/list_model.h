/* `list MODEL`: what is in a network, and what becomes of it. */
#ifndef AS_CLI_LIST_MODEL_H
#define AS_CLI_LIST_MODEL_H

#include <stdio.h>

#include "models/network.h"

/* Inputs and outputs, a line a layer, totals, and what the operators of the model became. */
void as_list_model(FILE *out, struct as_arena *arena, const struct as_network *net);

#endif
