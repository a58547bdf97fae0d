/* What the readers of single operators share: checks with messages that name the operator. */
#ifndef AS_MODELS_IMPORT_TFLITE_TFLITE_OPERATOR_H
#define AS_MODELS_IMPORT_TFLITE_TFLITE_OPERATOR_H

#include "models/import/tflite/tflite_reader.h"

/* "FILE: operator 3 CONV_2D: " and the text. */
enum as_status as_op_refuse(const struct as_tflite_operator *op, enum as_status status,
                            const char *fmt, ...) __attribute__((format(printf, 3, 4)));

enum as_status as_op_expect_range(const struct as_tflite_operator *op, const char *what, int value,
                                  int low, int high);
/* The output is n x h x w x c. */
enum as_status as_op_expect_output(const struct as_tflite_operator *op,
                                   const struct as_layer *layer, int n, int h, int w, int c);
/* The output has the shape of `like`. */
enum as_status as_op_expect_output_of(const struct as_tflite_operator *op,
                                      const struct as_layer *layer, const struct as_tensor *like);
/* Scale and zero point of input number `input` and the output are the same. */
enum as_status as_op_expect_same_quantization(const struct as_tflite_operator *op,
                                              const struct as_layer *layer, int input);
bool as_same_quantization(const struct as_tensor *a, const struct as_tensor *b);

const struct as_tensor *as_op_tensor(const struct as_tflite_operator *op, int id);
/* Dimensions of the tensor in the file; 1..AS_TFLITE_RANK_MAX. */
int as_op_rank(const struct as_tflite_operator *op, int id);
/* Place of dimension `i` of `rank`, 1..4, among N, H, W, C. */
int as_op_place(int rank, int i);
void as_op_dimensions(const struct as_tensor *t, int dim[4]);

/* Input number `input` as a constant of that type, `width` bytes an element, for messages called
 * `what`. */
enum as_status as_op_constant(const struct as_tflite_operator *op, size_t input, const char *what,
                              int type, size_t width, struct as_tflite_tensor *t);
int32_t as_op_constant_i32(const struct as_tflite_tensor *t, size_t index);

/* The readers of tflite_lookup.c: an output byte depends on one input byte. */
enum as_status as_op_read_hard_swish(struct as_tflite_operator *op, struct as_layer *layer);
enum as_status as_op_read_relu(struct as_tflite_operator *op, struct as_layer *layer);
enum as_status as_op_read_relu6(struct as_tflite_operator *op, struct as_layer *layer);
enum as_status as_op_read_leaky_relu(struct as_tflite_operator *op, struct as_layer *layer);
enum as_status as_op_read_logistic(struct as_tflite_operator *op, struct as_layer *layer);
enum as_status as_op_read_tanh(struct as_tflite_operator *op, struct as_layer *layer);
enum as_status as_op_read_rsqrt(struct as_tflite_operator *op, struct as_layer *layer);
enum as_status as_op_read_quantize(struct as_tflite_operator *op, struct as_layer *layer);

/* The readers of tflite_move.c: layers that move elements and compute none. */
enum as_status as_op_read_reshape(struct as_tflite_operator *op, struct as_layer *layer);
enum as_status as_op_read_renaming(struct as_tflite_operator *op, struct as_layer *layer);
enum as_status as_op_read_transpose(struct as_tflite_operator *op, struct as_layer *layer);
enum as_status as_op_read_slice(struct as_tflite_operator *op, struct as_layer *layer);
enum as_status as_op_read_strided_slice(struct as_tflite_operator *op, struct as_layer *layer);
enum as_status as_op_read_split(struct as_tflite_operator *op, struct as_layer *layer);
enum as_status as_op_read_split_v(struct as_tflite_operator *op, struct as_layer *layer);
enum as_status as_op_read_pad(struct as_tflite_operator *op, struct as_layer *layer);
enum as_status as_op_read_concatenation(struct as_tflite_operator *op, struct as_layer *layer);

#endif
