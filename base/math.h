/* Whole-number arithmetic that every folder needs. */
#ifndef AS_BASE_MATH_H
#define AS_BASE_MATH_H

#include <stdbool.h>

static inline int as_min(int a, int b)
{
    return a < b ? a : b;
}

static inline int as_max(int a, int b)
{
    return a > b ? a : b;
}

/* a / b, rounded up; a >= 0, b > 0. */
static inline int as_ceil_div(int a, int b)
{
    return (a + b - 1) / b;
}

/* The smallest n with 2^n >= value, at most 30. */
static inline int as_ceil_log2(int value)
{
    int n = 0;

    while (n < 30 && 1 << n < value)
        n++;
    return n;
}

static inline bool as_is_power_of_two(int value)
{
    return value > 0 && (value & (value - 1)) == 0;
}

/* The largest power of two that is at most `value`, and 1 below 1. */
static inline int as_power_of_two_up_to(int value)
{
    int power = 1;

    while (power <= value / 2)
        power *= 2;
    return power;
}

#endif
