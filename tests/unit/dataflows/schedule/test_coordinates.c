/* Laws of coordinates: a load of a window of an image of any size has the same padding in the few
 * bits of a descriptor. */
#include <criterion/criterion.h>

#include "dataflows/schedule/coordinates.h"
#include "tests/unit/helpers/program_make.h"

TestSuite(coordinates, .init = program_setup, .fini = program_teardown);

/* The load as the hardware goes: its places along x outside of the image, by order. */
static int outside(const struct as_load_desc *d, int bits, bool places[1 << 12])
{
    unsigned mask = bits > 30 ? ~0u : (1u << bits) - 1;
    int count = 0;

    for (int q = 0; q <= d->nq; q++)
        for (int s = 0; s <= d->ns; s++)
            places[count++] = ((unsigned)(d->x0 + q * d->dx_q + s * d->dx_s) & mask) >=
                              ((unsigned)d->width & mask);
    return count;
}

static void expect_same(const struct as_load_desc *want, const struct as_load_desc *have, int bits)
{
    static bool a[1 << 12], b[1 << 12];
    int count = outside(want, 31, a);

    cr_assert_eq(outside(have, bits, b), count);
    for (int i = 0; i < count; i++)
        cr_assert_eq(a[i], b[i], "x0 %d of %d, steps %d and %d: place %d", want->x0, want->width,
                     want->dx_s, want->dx_q, i);
}

static struct as_load_desc window_of(int x0, int width, int ns, int dx_s, int nq, int dx_q)
{
    return (struct as_load_desc){.bytes = true,
                                 .height = 1,
                                 .width = width,
                                 .x0 = x0,
                                 .ns = ns - 1,
                                 .dx_s = dx_s,
                                 .nq = nq - 1,
                                 .dx_q = dx_q};
}

/* A row of pixels, with every step; taps of pixels, with steps that the fields hold. */
Test(coordinates, what_is_padding_stays)
{
    random_state = 11;
    for (int n = 0; n < 20000; n++) {
        struct as_hw hw = {.coord_bits = random_in(8, 11)};
        bool taps = random_in(0, 1);
        int width = random_in(1, random_in(0, 1) ? 100 : 70000);
        int count = random_in(1, 1 << (hw.coord_bits - 1)), near = random_in(0, 1) ? 0 : width;
        struct as_load_desc want =
            taps ? window_of(near + random_in(-60, 60), width, random_in(1, 7), random_in(1, 15),
                             random_in(1, 9), random_in(1, 15))
                 : window_of(near + random_in(-9, 9) * random_in(1, 40), width, count,
                             random_in(1, 4000), 1, 4000);
        if (!taps && want.x0 < -(1 << (hw.coord_bits - 1)))
            want.x0 = 0;
        struct as_load_desc have = want;
        cr_assert(as_coordinates_fit(&hw, &have), "x0 %d of %d, %d places, steps %d and %d",
                  want.x0, width, want.ns + 1, want.dx_s, want.dx_q);
        cr_assert(have.dx_s <= AS_STEP_MAX && have.dx_q <= AS_STEP_MAX && have.width >= 0 &&
                  have.width < 1 << hw.coord_bits);
        expect_same(&want, &have, hw.coord_bits);
    }
}

Test(coordinates, what_fits_stays_as_it_is)
{
    struct as_hw hw = {.coord_bits = 11};
    struct as_load_desc want = window_of(-3, 1023, 1000, 1, 1, 0), have = want;

    cr_assert(as_coordinates_fit(&hw, &have));
    cr_assert(have.x0 == -3 && have.width == 1023 && have.dx_s == 1);
}

Test(coordinates, a_window_without_padding_needs_none)
{
    struct as_hw hw = {.coord_bits = 8};
    struct as_load_desc have = window_of(900, 16000, 64, 17, 64, 200);

    cr_assert(as_coordinates_fit(&hw, &have));
    cr_assert(have.x0 == 0 && have.width == 1 && have.dx_s == 0 && have.dx_q == 0);
}

/* Two steps along one axis, both large, with padding: no common unit makes them small. */
Test(coordinates, what_no_field_holds_is_told)
{
    struct as_hw hw = {.coord_bits = 11};
    struct as_load_desc have = window_of(-5, 16000, 3, 1, 3, 160);

    cr_assert_not(as_coordinates_fit(&hw, &have));
}
