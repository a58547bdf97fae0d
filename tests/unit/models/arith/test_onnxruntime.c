/* What onnxruntime computes of single values and pairs of bytes. */
#include <criterion/criterion.h>
#include <math.h>

#include "models/arith/onnxruntime.h"

TestSuite(onnxruntime);

Test(onnxruntime, quantizing_takes_ties_to_even_before_the_zero_point)
{
    cr_assert_eq(as_ort_quantize(0.5f, 1.0f, 0), 0);
    cr_assert_eq(as_ort_quantize(1.5f, 1.0f, 0), 2);
    cr_assert_eq(as_ort_quantize(-2.5f, 1.0f, 0), -2);
    cr_assert_eq(as_ort_quantize(0.5f, 1.0f, 1), 1);
    cr_assert_eq(as_ort_quantize(1.5f, 1.0f, -3), -1);
}

Test(onnxruntime, quantizing_saturates_and_takes_what_is_no_number_as_the_least)
{
    cr_assert_eq(as_ort_quantize(1e30f, 1e-10f, 5), 127);
    cr_assert_eq(as_ort_quantize(-INFINITY, 1.0f, 5), -128);
    cr_assert_eq(as_ort_quantize(NAN, 1.0f, 5), -128);
}

Test(onnxruntime, functions_are_what_the_kernels_give)
{
    const struct as_ort_function *f = as_ort_function_find("Sigmoid");
    cr_assert(f && f->error == 0.0f);
    cr_assert_float_eq(f->at(0.0f, 0.0f, 0.0f), 0.5f, 0.0f);
    cr_assert(f->at(40.0f, 0.0f, 0.0f) <= 1.0f && f->at(-40.0f, 0.0f, 0.0f) >= 0.0f);
    f = as_ort_function_find("LeakyRelu");
    cr_assert_float_eq(f->at(-2.0f, f->absent[0], 0.0f), -0.02f, 1e-9f);
    cr_assert_null(as_ort_function_find("Softmax"));
}

static struct as_ort_pair pair_of(enum as_ort_operation operation, bool fused)
{
    static float real[256];
    for (int i = 0; i < 256; i++)
        real[i] = 0.5f * (float)(int8_t)i;
    return (struct as_ort_pair){.operation = operation,
                                .real = {real, real},
                                .scale = {0.5f, 0.5f},
                                .out_scale = 1.0f,
                                .fused = fused};
}

Test(onnxruntime, a_pair_is_rounded_once_to_even_and_saturates)
{
    struct as_ort_pair sum = pair_of(AS_ORT_ADD, true), difference = pair_of(AS_ORT_SUB, false);
    cr_assert_eq(as_ort_pair(&sum, 1, 0), 0);
    cr_assert_eq(as_ort_pair(&sum, 1, 2), 2);
    cr_assert_eq(as_ort_pair(&sum, 127, 127), 127);
    cr_assert_eq(as_ort_pair(&difference, 0, 3), -2);
    cr_assert_eq(as_ort_pair(&difference, -128, 127), -128);
}

Test(onnxruntime, a_product_gets_its_zero_point_before_it_is_rounded)
{
    struct as_ort_pair product = pair_of(AS_ORT_MUL, true);
    cr_assert_eq(as_ort_pair(&product, 2, 1), 0); /* 0.5 */
    product.out_zero_point = 1;
    cr_assert_eq(as_ort_pair(&product, 2, 1), 2); /* 1.5 */
}
