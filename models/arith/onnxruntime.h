/* What onnxruntime's CPU kernels compute of single values, so that tables made of it hold its
 * bytes.  Values of uint8 are int8 here, 128 lower, and so are their zero points.
 * Source of the arithmetic: docs/arithmetic.md. */
#ifndef AS_MODELS_ARITH_ONNXRUNTIME_H
#define AS_MODELS_ARITH_ONNXRUNTIME_H

#include <stdbool.h>
#include <stdint.h>

#define AS_ORT_SMALL 0x1p-20f /* error of a function that is not computed as onnxruntime does */

/* Of float32; `a` and `b` are the operator's attributes. */
struct as_ort_function {
    const char *name; /* ONNX's operator */
    float (*at)(float x, float a, float b);
    const char *attribute[2]; /* their names, and what they are when absent */
    float absent[2];
    float error; /* of values below 1, and relative above; 0: the very value */
};

/* Function n, from 0; NULL behind the last. */
const struct as_ort_function *as_ort_function_at(int n);
const struct as_ort_function *as_ort_function_find(const char *name);

/* To the nearest step, ties to even; what is no number gives the least. */
int8_t as_ort_quantize(float value, float scale, int zero_point);

/* A clamp or another function behind a pair. */
struct as_ort_step {
    const struct as_ort_function *function;
    float a, b;
};

#define AS_ORT_STEPS_MAX 4

enum as_ort_operation { AS_ORT_ADD, AS_ORT_SUB, AS_ORT_MUL };

/* A function of two bytes: both are real values of their own, the result is quantized.  `fused` is
 * the kernel of both and the quantization at once, which QLinearAdd and QLinearMul are. */
struct as_ort_pair {
    enum as_ort_operation operation;
    const float *real[2]; /* [256] by the byte */
    float scale[2];       /* of operands that are plainly quantized; else 0 */
    int zero_point[2];
    float out_scale;
    int out_zero_point;
    bool fused, of_unsigned;
    bool swapped; /* fused ADD: operand 0 is one value for a row of operand 1 */
    int step_count;
    struct as_ort_step step[AS_ORT_STEPS_MAX];
};

int8_t as_ort_pair(const struct as_ort_pair *pair, int8_t a, int8_t b);

#endif
