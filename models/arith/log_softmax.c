#include "models/arith/log_softmax.h"

#include <math.h>

#include "models/arith/fixed_point.h"
#include "models/arith/quantization.h"

#define INPUT_BITS  5  /* before the point of a difference */
#define SUM_BITS    12 /* of a sum of exponentials */
#define OUTPUT_BITS 4
#define WORK_BITS   (INPUT_BITS + 1) /* room for a term that the next one takes away */

bool as_log_softmax_prepare(float scale, int depth, struct as_log_softmax *log)
{
    struct as_softmax_factor factor;

    if (!as_quant_softmax(scale, 1.0f, &factor))
        return false;
    log->depth = depth;
    log->multiplier = factor.multiplier;
    log->shift = factor.shift;
    log->diff_min = factor.diff_min;
    return as_quant_multiplier(ldexp(1.0, 31 - factor.shift) / (double)factor.multiplier,
                               &log->back_multiplier, &log->back_shift);
}

static int32_t saturated(int64_t x)
{
    return (int32_t)(x < INT32_MIN ? INT32_MIN : x > INT32_MAX ? INT32_MAX : x);
}

/* x * 2^n, n of either sign. */
static int32_t moved(int32_t x, int n)
{
    return n < 0 ? as_rdbpot(x, -n) : as_shl_sat(x, n);
}

static int32_t half_sum(int32_t a, int32_t b)
{
    int64_t sum = (int64_t)a + b;
    return (int32_t)((sum + (sum >= 0 ? 1 : -1)) / 2);
}

/* The logarithm of r * 2^(1/4), in Q0.31 with WORK_BITS more before the point, by a fraction of
 * polynomials of the difference of both. */
static int32_t log_near(int32_t r)
{
    const int32_t centre = 1805811301;                           /* 2^(-1/4) */
    const int32_t above = 117049297;                             /* 11/240 2^(1/4) */
    const int32_t below[3] = {127690142, 1057819769, 638450708}; /* 1/20, .., 1/4 of 2^(1/4) */
    int32_t p = half_sum(r, centre), q = as_add_wrap(r, -centre);

    q = as_add_wrap(q, q);
    int32_t square = as_srdhm(q, q);
    int32_t num = as_add_wrap(as_srdhm(q, r), as_srdhm(as_srdhm(q, square), above));
    int32_t sum = as_add_wrap(as_add_wrap(below[1], q), as_srdhm(below[0], square));
    int32_t den = as_add_wrap(as_srdhm(p, sum), as_srdhm(below[2], q));
    return as_srdhm(as_rdbpot(num, WORK_BITS), as_recip(den));
}

/* log(x) in Q5.26 of x >= 1 in Q12.19: x is 2^k * r, where k is a multiple of one half. */
static int32_t log_of(int32_t x)
{
    const int32_t log_2 = 1488522236, root_half = 1518500250, quarter = 536870912 >> WORK_BITS;
    int zeros = __builtin_clz((unsigned)x);
    int32_t r_a = moved(as_srdhm(moved(x, zeros - 1), root_half), 1);
    int32_t k_a = saturated((int64_t)moved(SUM_BITS - zeros, 31 - WORK_BITS) + quarter);

    int headroom = __builtin_clz((unsigned)as_srdhm(x, root_half)) - 1;
    int32_t r_b = moved(x, headroom);
    int32_t k_b = saturated((int64_t)moved(SUM_BITS - headroom, 31 - WORK_BITS) - quarter);

    int32_t k = k_a > k_b ? k_a : k_b;
    int32_t log = as_add_wrap(as_srdhm(k, log_2), log_near(r_a < r_b ? r_a : r_b));
    return moved(log, WORK_BITS - INPUT_BITS);
}

struct as_log_row as_log_softmax_row(const struct as_log_softmax *log, const int8_t *x)
{
    struct as_log_row row = {.most = -128};
    int32_t sum = 0;

    for (int i = 0; i < log->depth; i++)
        row.most = x[i] > row.most ? x[i] : row.most;
    for (int i = 0; i < log->depth; i++)
        if (x[i] - row.most >= log->diff_min)
            sum = as_add_wrap(
                sum,
                as_rdbpot(as_exp(as_mbqm(x[i] - row.most, log->multiplier, log->shift), INPUT_BITS),
                          SUM_BITS));
    row.log_sum = log_of(sum);
    int32_t least =
        as_mbqm(as_add_wrap(row.log_sum, INT32_MIN), log->back_multiplier, log->back_shift);
    row.diff_min = least > log->diff_min - 1 ? least : log->diff_min - 1;
    return row;
}

int8_t as_log_softmax(const struct as_log_softmax *log, const struct as_log_row *row, int8_t x)
{
    int diff = x - row->most;

    if (diff <= row->diff_min)
        return -128;
    int32_t scaled = as_mbqm(diff, log->multiplier, log->shift);
    return as_clamp_i8(
        (int64_t)as_rdbpot(as_add_wrap(scaled, -row->log_sum), 31 - INPUT_BITS - OUTPUT_BITS) + 127,
        -128, 127);
}
