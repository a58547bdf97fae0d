/* The operands of the arithmetic: how many bits each has, and the C type that holds it.  The bounds
 * of precision.* (gen/config/params.def), the cycle model, the mapper and the programs take them
 * from here; the Verilog has them as the parameters X_W, W_W and P_W of its modules. */
#ifndef AS_GEN_CONFIG_OPERANDS_H
#define AS_GEN_CONFIG_OPERANDS_H

#include <assert.h>
#include <stdint.h>

#define AS_X_BITS        8                        /* X_W: an activation */
#define AS_W_BITS        8                        /* W_W: a weight */
#define AS_P_BITS        32                       /* P_W: accumulator, bias, table entry, psum */
#define AS_PRODUCT_BITS  (AS_X_BITS + AS_W_BITS)  /* of an activation and a weight */
#define AS_FACTOR_BITS   (AS_P_BITS / 2)          /* operators.products multiplies two of these */
#define AS_MUL_BITS      (AS_P_BITS - 1)          /* MUL_W: multiplier of the requantizer */
#define AS_MUL_HALF      (1 << (AS_MUL_BITS - 1)) /* the multiplier that halves */
#define AS_SHIFT_BITS    5                        /* SH_W: its right shift, 0 .. AS_P_BITS - 1 */
#define AS_REQUANT_BITS  (AS_P_BITS + 1)          /* its running sum */
#define AS_FLOAT_BITS    24                       /* F_W: of a float32's fraction */
#define AS_NEAR_BITS     (AS_X_BITS + 1)          /* NEAR_W: where the reach of a tie may end */
#define AS_X_MIN         (-(1 << (AS_X_BITS - 1)))
#define AS_X_MAX         ((1 << (AS_X_BITS - 1)) - 1)
#define AS_TABLE_ENTRIES (1 << AS_X_BITS) /* of a lookup table: one for each activation */

typedef int8_t as_activation;
typedef int8_t as_weight;
typedef int16_t as_product;
typedef int16_t as_factor;
typedef int32_t as_psum;
typedef uint32_t as_upsum; /* a psum's bits, for sums that wrap */

/* Bytes of memory that one takes. */
#define AS_X_BYTES ((int)sizeof(as_activation))
#define AS_W_BYTES ((int)sizeof(as_weight))
#define AS_P_BYTES ((int)sizeof(as_psum))

static_assert(8 * sizeof(as_activation) == AS_X_BITS, "an activation is whole bytes");
static_assert(8 * sizeof(as_weight) == AS_W_BITS, "a weight is whole bytes");
static_assert(8 * sizeof(as_product) == AS_PRODUCT_BITS, "as_product holds any product");
static_assert(8 * sizeof(as_factor) == AS_FACTOR_BITS, "a factor is half a psum");
static_assert(8 * sizeof(as_psum) == AS_P_BITS, "a psum is whole bytes");
static_assert(1 << AS_SHIFT_BITS == AS_P_BITS, "a shift goes up to a psum's highest bit");

/* The products that fit a psum of psum_bits bits.  The largest in magnitude is 2^(product bits -
 * 2), of two lowest operands: exactly so many of those leave the psum by one, any other sum fits.
 */
static inline int64_t as_products_held(int psum_bits)
{
    return INT64_C(1) << (psum_bits - AS_PRODUCT_BITS + 1);
}

#endif
