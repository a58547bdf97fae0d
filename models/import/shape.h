/* One layer by its shape, as a model: "conv:H=32,W=32,C=64,K=64,R=3,S=3". */
#ifndef AS_MODELS_IMPORT_SHAPE_H
#define AS_MODELS_IMPORT_SHAPE_H

#include <stdbool.h>

#include "models/network.h"

/* True when `model` is written as a shape: a layer kind, a colon, loop bounds. */
bool as_is_shape(const char *model);

/* Bounds are Timeloop's: N, H, W (input), C, K, R, S; stride, dilation, group; SAME padding. Kinds:
 * conv, depthwise (K is C), fc (H = W = 1).  Weights and biases follow from the shape, always the
 * same. */
enum as_status as_shape_open(struct as_arena *arena, const char *model, struct as_network **out,
                             struct as_diag *diag);

#endif
