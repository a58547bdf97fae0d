#include "dataflows/schedule/coordinates.h"

#include "dataflows/schedule/limits.h"
#include "dataflows/schedule/tiling.h"

/* Along one axis: places first + i * step[0] + j * step[1], i <= count[0] and j <= count[1], of
 * which 0..size-1 lie in the image. */
struct axis {
    int64_t first, size, step[2], count[2];
};

static int64_t span_of(const struct axis *a)
{
    return a->count[0] * a->step[0] + a->count[1] * a->step[1];
}

/* The hardware keeps `bits` bits of a coordinate and asks whether they are below the size. */
static bool fits(const struct axis *a, int bits)
{
    int64_t all = INT64_C(1) << bits, half = all / 2;

    return a->size < all && a->first >= -half && a->first < half && a->size - a->first <= all &&
           a->first + span_of(a) < all && a->step[0] <= AS_STEP_MAX && a->step[1] <= AS_STEP_MAX;
}

static int64_t divisor_of(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

/* Counts in the steps that the loops have in common, from the first place on unless that lies
 * before the image, up to the last place. */
static void rebase(struct axis *a)
{
    for (int i = 0; i < 2; i++)
        a->step[i] = a->count[i] > 0 ? a->step[i] : 0;
    int64_t unit = divisor_of(a->step[0], a->step[1]), last = a->first + span_of(a);

    if (unit == 0 || (a->first >= 0 && last < a->size) || last < 0 || a->first >= a->size) {
        bool inside = a->first >= 0 && a->first < a->size; /* and so is the last, or neither */
        *a = (struct axis){.first = inside ? 0 : 1, .size = 1, .count = {a->count[0], a->count[1]}};
        return;
    }
    int64_t low = -floor_div(a->first, unit), high = floor_div(a->size - 1 - a->first, unit);
    a->step[0] /= unit;
    a->step[1] /= unit;
    low = low > 0 ? low : 0; /* steps to the image */
    high = high < span_of(a) ? high : span_of(a);
    a->first = -low;
    a->size = high - low + 1;
}

static bool fit_axis(struct axis *a, int bits)
{
    if (fits(a, bits))
        return true;
    rebase(a);
    return fits(a, bits);
}

bool as_coordinates_fit(const struct as_hw *hw, struct as_load_desc *d)
{
    struct axis y = {d->y0, d->height, {d->dy_r, d->dy_p}, {d->nr, d->np}};
    struct axis x = {d->x0, d->width, {d->dx_s, d->dx_q}, {d->ns, d->nq}};

    if (d->linear)
        return true;
    if (!fit_axis(&y, hw->coord_bits) || !fit_axis(&x, hw->coord_bits))
        return false;
    d->y0 = (int)y.first;
    d->height = (int)y.size;
    d->dy_r = (int)y.step[0];
    d->dy_p = (int)y.step[1];
    d->x0 = (int)x.first;
    d->width = (int)x.size;
    d->dx_s = (int)x.step[0];
    d->dx_q = (int)x.step[1];
    return true;
}
