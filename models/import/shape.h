/* One layer by its shape, as a model: "conv:H=32,W=32,C=64,K=64,R=3,S=3". */
#ifndef AS_MODELS_IMPORT_SHAPE_H
#define AS_MODELS_IMPORT_SHAPE_H

#include "models/importer.h"

/* True when the name is written as a shape: a layer kind, a colon, loop bounds. */
bool as_shape_sniff(const struct as_source *source);

/* Bounds are Timeloop's: N, H, W (input), C, K, R, S; stride, dilation, group; SAME padding. Kinds:
 * conv, depthwise (K is C), fc (H = W = 1).  Weights, biases and the factors of the outputs follow
 * from the shape, always the same. */
enum as_status as_shape_read(struct as_arena *arena, const struct as_source *source,
                             struct as_graph **out, struct as_diag *diag);

#endif
