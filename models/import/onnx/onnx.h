/* Reader of ONNX files: networks that onnxruntime's quantizer wrote, with QuantizeLinear and
 * DequantizeLinear or with QLinear operators, of opsets 11 to 21. */
#ifndef AS_MODELS_IMPORT_ONNX_ONNX_H
#define AS_MODELS_IMPORT_ONNX_ONNX_H

#include "models/importer.h"

bool as_onnx_sniff(const struct as_source *source);
enum as_status as_onnx_read(struct as_arena *arena, const struct as_source *source,
                            struct as_graph **out, struct as_diag *diag);
/* Operators that are read, each once: "Conv, Gemm, ...". */
const char *as_onnx_operators(struct as_arena *arena);

#endif
