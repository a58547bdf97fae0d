/* Laws of descriptors: what is written down is what is read back, field by field, and a field that
 * always means something shares its bits with no other. */
#include <criterion/criterion.h>
#include <string.h>

#include "gen/program/descriptor.h"
#include "tests/unit/helpers/program_make.h"

TestSuite(descriptor, .init = program_setup, .fini = program_teardown, .timeout = 120);

/* ---- one field after the other ---- */

/* The ends of the range of each kind of field. */
#define LEAST_FLAG(bits)    0
#define LEAST_COUNT(bits)   0
#define LEAST_UINT(bits)    0
#define LEAST_SINT(bits)    (-1 - MOST_SINT(bits))
#define LEAST_ADDRESS(bits) 0
#define MOST_FLAG(bits)     1
#define MOST_COUNT(bits)    ((int)(UINT32_MAX >> (32 - (bits))))
#define MOST_UINT(bits)     ((int)(UINT32_MAX >> (32 - (bits))))
#define MOST_SINT(bits)     ((int)(UINT32_MAX >> (33 - (bits))))
#define MOST_ADDRESS(bits)  UINT32_MAX

/* A descriptor in which a field means something. */
#define IN_ALWAYS .end = false
#define IN_BOX    .end = false
#define IN_MAC    .lookup = false
#define IN_LOOKUP .lookup = true

/* Of words, only the bits of one field differ. */
static bool differ_in(const uint32_t *a, const uint32_t *b, int word, int low, int bits)
{
    for (int i = 0; i < AS_DESC_WORDS_MAX; i++)
        if ((a[i] ^ b[i]) & ~(i == word ? UINT32_MAX >> (32 - bits) << low : 0))
            return false;
    return true;
}

#define SURVIVES(type, stream, name, kind, when, word, low, bits)                                  \
    for (int end = 0; end < 2; end++) {                                                            \
        struct as_##type##_desc in = {IN_##when}, out;                                             \
        uint32_t words[AS_DESC_WORDS_MAX] = {0}, others[AS_DESC_WORDS_MAX] = {0};                  \
        as_##type##_encode(&in, others);                                                           \
        in.name = end ? MOST_##kind(bits) : LEAST_##kind(bits);                                    \
        size_t n = (size_t)as_##type##_encode(&in, words);                                         \
        cr_assert_eq(as_##type##_decode(words, n, &out), (int)n);                                  \
        cr_assert_eq(out.name, in.name, #type " " #name);                                          \
        cr_assert(differ_in(words, others, word, low, bits), #type " " #name);                     \
        cr_assert_eq(AS_FIELD(stream, name, words),                                                \
                     (uint32_t)in.name &UINT32_MAX >> (32 - (bits)), #type " " #name);             \
    }

Test(descriptor, every_field_survives_its_bits)
{
#define AS_LOAD_FIELD(name, kind, when, word, low, bits, meaning)                                  \
    SURVIVES(load, LOAD, name, kind, when, word, low, bits)
#define AS_COMPUTE_FIELD(name, kind, when, word, low, bits, meaning)                               \
    SURVIVES(compute, COMPUTE, name, kind, when, word, low, bits)
#define AS_STORE_FIELD(name, kind, when, word, low, bits, meaning)                                 \
    SURVIVES(store, STORE, name, kind, when, word, low, bits)
#include "gen/program/descriptors.def"
}

/* Bits that are taken, of the fields that always mean something and of the others. */
struct taken {
    uint32_t always[AS_DESC_WORDS_MAX], sometimes[AS_DESC_WORDS_MAX];
};

static void take(struct taken *t, const char *name, bool always, int word, int low, int bits)
{
    uint32_t mask = UINT32_MAX >> (32 - bits) << low;

    cr_assert(low >= 0 && bits >= 1 && low + bits <= 32, "%s leaves its word", name);
    cr_assert_eq(mask & t->always[word], 0, "%s shares a bit", name);
    cr_assert(!always || (mask & t->sometimes[word]) == 0, "%s shares a bit", name);
    *(always ? &t->always[word] : &t->sometimes[word]) |= mask;
}

Test(descriptor, a_field_that_always_means_something_shares_no_bit)
{
    struct taken load = {0}, compute = {0}, store = {0};

#define AS_LOAD_FIELD(name, kind, when, word, low, bits, meaning)                                  \
    take(&load, #name, strcmp(#when, "ALWAYS") == 0, word, low, bits);
#define AS_COMPUTE_FIELD(name, kind, when, word, low, bits, meaning)                               \
    take(&compute, #name, strcmp(#when, "ALWAYS") == 0, word, low, bits);
#define AS_STORE_FIELD(name, kind, when, word, low, bits, meaning)                                 \
    take(&store, #name, strcmp(#when, "ALWAYS") == 0, word, low, bits);
#include "gen/program/descriptors.def"
}

/* ---- whole descriptors ---- */

Test(descriptor, a_load_descriptor_survives_its_words)
{
    random_state = 1;
    for (int i = 0; i < 2000; i++) {
        struct as_load_desc in = {.to_weights = random_in(0, 1),
                                  .half = random_in(0, 1),
                                  .bytes = random_in(0, 1),
                                  .wait_mem = random_in(0, 1),
                                  .linear = i % 2,
                                  .align = random_in(0, 2),
                                  .pad = (int8_t)random_in(-128, 127),
                                  .src = random_u32(),
                                  .nc = random_in(0, 1023),
                                  .ns = random_in(0, 1023),
                                  .nr = random_in(0, 1023),
                                  .nq = random_in(0, 1023),
                                  .np = random_in(0, 1023)};
        if (!in.linear) {
            in.ds = (int32_t)random_u32();
            in.dr = (int32_t)random_u32();
            in.dq = (int32_t)random_u32();
            in.dp = (int32_t)random_u32();
            in.y0 = random_in(-1024, 1023);
            in.x0 = random_in(-1024, 1023);
            in.height = random_in(1, 1023);
            in.width = random_in(1, 1023);
            in.dy_r = random_in(0, 15);
            in.dy_p = random_in(0, 15);
            in.dx_s = random_in(0, 15);
            in.dx_q = random_in(0, 15);
        }
        uint32_t words[AS_LOAD_WORDS], again[AS_LOAD_WORDS];
        struct as_load_desc out;
        int n = as_load_encode(&in, words);
        cr_assert_eq(n, in.linear ? AS_LOAD_LINEAR_WORDS : AS_LOAD_WORDS);
        cr_assert_eq(as_load_decode(words, (size_t)n - 1, &out), 0);
        cr_assert_eq(as_load_decode(words, (size_t)n, &out), n);
        cr_assert_eq(as_load_encode(&out, again), n);
        cr_assert_arr_eq(words, again, sizeof words);
        cr_assert(out.y0 == in.y0 && out.x0 == in.x0 && out.pad == in.pad && out.np == in.np);
    }
}

Test(descriptor, a_compute_descriptor_survives_its_words)
{
    random_state = 2;
    for (int i = 0; i < 2000; i++) {
        bool lookup = random_in(0, 1), line = !lookup && random_in(0, 1);
        struct as_compute_desc in = {.lookup = lookup,
                                     .mul = lookup && random_in(0, 1),
                                     .line = line,
                                     .dw = line && random_in(0, 1),
                                     .free_i = random_in(0, 1),
                                     .free_w = random_in(0, 1),
                                     .push_a = random_in(0, 1),
                                     .first = random_in(0, 1),
                                     .emit = random_in(0, 1),
                                     .hold = random_in(0, 1),
                                     .scan = random_in(0, 1),
                                     .sub = random_in(0, 1),
                                     .isel = random_in(0, 1),
                                     .wsel = random_in(0, 1),
                                     .asel = random_in(0, 1),
                                     .nq = random_in(0, 1023),
                                     .nk = random_in(0, 1023),
                                     .ns = random_in(0, 1023),
                                     .dq = random_in(-32768, 32767),
                                     .dk = random_in(-32768, 32767),
                                     .dr = random_in(-32768, 32767),
                                     .ibase = random_in(0, 32767),
                                     .abase = random_in(0, 8191),
                                     .ntiles = lookup ? 0 : random_in(0, 65535),
                                     .vq = line ? random_in(0, 1023) : 0,
                                     .nl = lookup ? random_in(0, 255) : 0};
        uint32_t words[AS_COMPUTE_WORDS], again[AS_COMPUTE_WORDS];
        struct as_compute_desc out;
        cr_assert_eq(as_compute_encode(&in, words), AS_COMPUTE_WORDS);
        cr_assert_eq(as_compute_decode(words, AS_COMPUTE_WORDS - 1, &out), 0);
        cr_assert_eq(as_compute_decode(words, AS_COMPUTE_WORDS, &out), AS_COMPUTE_WORDS);
        as_compute_encode(&out, again);
        cr_assert_arr_eq(words, again, sizeof words);
        cr_assert(out.dq == in.dq && out.dk == in.dk && out.ibase == in.ibase && out.nl == in.nl);
        cr_assert(out.mul == in.mul && out.line == in.line && out.dw == in.dw && out.vq == in.vq);
    }
}

Test(descriptor, a_store_descriptor_survives_its_words)
{
    random_state = 3;
    for (int i = 0; i < 2000; i++) {
        struct as_store_desc in = {.softmax = random_in(0, 1),
                                   .push_m = random_in(0, 1),
                                   .layer_done = random_in(0, 1),
                                   .shared = random_in(0, 1),
                                   .asel = random_in(0, 1),
                                   .zp = random_in(-128, 127),
                                   .amin = random_in(-128, 127),
                                   .amax = random_in(-128, 127),
                                   .dst = random_u32(),
                                   .params = random_u32(),
                                   .nq = random_in(0, 1023),
                                   .np = random_in(0, 1023),
                                   .nkt = random_in(0, 1023),
                                   .dq = (int32_t)random_u32(),
                                   .dp = (int32_t)random_u32(),
                                   .dk = (int32_t)random_u32(),
                                   .ncl = random_in(0, 63),
                                   .nc = random_in(0, 63),
                                   .by_address = random_in(0, 1),
                                   .side_by_side = random_in(0, 1),
                                   .m = random_in(0, 32767)};
        uint32_t words[AS_STORE_WORDS], again[AS_STORE_WORDS];
        struct as_store_desc out;
        cr_assert_eq(as_store_encode(&in, words), AS_STORE_WORDS);
        cr_assert_eq(as_store_decode(words, AS_STORE_WORDS - 1, &out), 0);
        cr_assert_eq(as_store_decode(words, AS_STORE_WORDS, &out), AS_STORE_WORDS);
        as_store_encode(&out, again);
        cr_assert_arr_eq(words, again, sizeof words);
        cr_assert(out.zp == in.zp && out.amin == in.amin && out.m == in.m && out.dk == in.dk);
        cr_assert_eq(out.by_address, in.by_address);
        cr_assert_eq(out.side_by_side, in.side_by_side);
    }
}

/* Channels go side by side where all their bytes lie in one memory word, whatever is stored. */
Test(descriptor, a_store_is_side_by_side_where_lanes_never_cross_a_word)
{
    random_state = 7;
    int side_by_side = 0;
    for (int i = 0; i < 20000; i++) {
        int lanes = 2 << random_in(0, 1), cols = lanes * random_in(1, 3);
        struct as_store_desc d = {.dst = (uint32_t)random_in(0, 7),
                                  .nq = random_in(0, 2),
                                  .np = random_in(0, 2),
                                  .nkt = random_in(0, 2),
                                  .dq = random_in(-4, 4),
                                  .dp = random_in(-4, 4),
                                  .dk = random_in(-3, 5),
                                  .nc = random_in(0, cols - 1),
                                  .ncl = random_in(0, cols - 1)};
        bool crosses = false;
        int64_t base = d.dst;
        for (int kt = 0; kt <= d.nkt; kt++) {
            int channels = (kt == d.nkt ? d.ncl : d.nc) + 1;
            crosses |= channels % lanes != 0;
            for (int col = 0; col < channels; col += lanes) {
                int64_t at = base + col;
                for (int p = 0; p <= d.np; p++)
                    for (int q = 0; q <= d.nq; q++) {
                        crosses |= at % lanes != 0;
                        at += q < d.nq ? d.dq : d.dp;
                    }
            }
            base += channels - 1 + d.dk;
        }
        cr_assert_eq(as_store_may_be_side_by_side(&d, lanes), !crosses, "case %d", i);
        cr_assert_not(as_store_may_be_side_by_side(&d, 1));
        side_by_side += !crosses;
    }
    cr_assert_gt(side_by_side, 100);
}

Test(descriptor, a_loop_survives_its_words)
{
    random_state = 5;
    for (int i = 0; i < 3000; i++) {
        enum as_stream stream = (enum as_stream)(i % AS_STREAM_COUNT);
        int bits = random_in(6, 10);
        struct as_loop in = {.count = random_in(0, (1 << bits) - 1),
                             .target = 16 * (random_u32() >> (32 - 2 * bits)),
                             .inc = stream == AS_STREAM_COMPUTE ? 0 : random_u32(),
                             .yinc = stream == AS_STREAM_LOAD ? random_in(0, (1 << bits) - 1) : 0};
        struct as_loop out;
        struct as_load_desc load;
        struct as_compute_desc compute;
        struct as_store_desc store;
        uint32_t words[AS_LOAD_WORDS];
        int n = as_loop_encode(stream, &in, bits, words);
        as_loop_decode(stream, words, bits, &out);
        cr_assert(out.count == in.count && out.target == in.target && out.inc == in.inc &&
                  out.yinc == in.yinc);
        if (stream == AS_STREAM_LOAD)
            cr_assert(as_load_decode(words, (size_t)n, &load) == n && load.loop && !load.end);
        else if (stream == AS_STREAM_COMPUTE)
            cr_assert(as_compute_decode(words, (size_t)n, &compute) == n && compute.loop);
        else
            cr_assert(as_store_decode(words, (size_t)n, &store) == n && store.loop);
    }
}
