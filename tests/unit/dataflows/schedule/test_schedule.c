/* Laws of what programs are made of: what is written down is what is read back; loops change the
 * length of a stream and nothing else; live tensors keep their bytes. */
#include <criterion/criterion.h>
#include <string.h>

#include "dataflows/schedule/find_loops.h"
#include "dataflows/schedule/memory_plan.h"
#include "dataflows/schedule/schedule.h"
#include "tests/unit/helpers/program_make.h"

TestSuite(program_parts, .init = program_setup, .fini = program_teardown, .timeout = 120);

/* ---- descriptors ---- */

Test(program_parts, a_load_descriptor_survives_its_words)
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

Test(program_parts, a_compute_descriptor_survives_its_words)
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

Test(program_parts, a_store_descriptor_survives_its_words)
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
                                   .wide = random_in(0, 1),
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
        cr_assert_eq(out.wide, in.wide);
    }
}

/* Channels go side by side where all their bytes lie in one memory word, whatever is stored. */
Test(program_parts, a_store_is_wide_where_lanes_never_cross_a_word)
{
    random_state = 7;
    int wide = 0;
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
        cr_assert_eq(as_store_may_be_wide(&d, lanes), !crosses, "case %d", i);
        cr_assert_not(as_store_may_be_wide(&d, 1));
        wide += !crosses;
    }
    cr_assert_gt(wide, 100);
}

/* ---- loops ---- */

Test(program_parts, a_loop_survives_its_words)
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

/* Items as a schedule emits them: a body of up to nine, repeated, moved on and disturbed. */
static int random_items(struct as_item *items, int room)
{
    int count = 0;
    while (count < room && (count == 0 || random_in(0, 6) > 0)) {
        int length = random_in(1, 9), times = random_in(1, 12);
        int inc = random_in(-3, 3) * 16, yinc = random_in(0, 2);
        struct as_item body[9];
        memset(body, 0, sizeof body);
        for (int i = 0; i < length; i++) {
            body[i].word_count = random_in(0, 1) ? 4 : 12;
            body[i].words[3] = (uint32_t)random_in(0, 2);
            body[i].steps = random_in(0, 9) > 0;
            body[i].has_y = body[i].word_count == 12;
            body[i].offset = random_in(0, 99);
            body[i].y0 = body[i].has_y ? random_in(-2, 5) : 0;
        }
        for (int t = 0; t < times; t++)
            for (int i = 0; i < length && count < room; i++) {
                items[count] = body[i];
                if (i % 2 == 0) {
                    items[count].offset += inc * t;
                    items[count].y0 += body[i].has_y ? yinc * t : 0;
                }
                items[count].offset += random_in(0, 60) == 0;
                count++;
            }
    }
    return count;
}

Test(program_parts, streams_with_loops_are_the_streams_and_no_longer)
{
    static struct as_item items[400];
    const struct as_loop_price price = {.bytes = 16, .times = 64, .yinc_max = 63};
    long before = 0, after = 0;
    random_state = 6;
    for (int round = 0; round < 500; round++) {
        int run_count, count = random_items(items, random_in(1, 400));
        struct as_run *runs = as_find_loops(arena, items, count, 7, &price, &run_count);
        cr_assert(as_runs_equal_items(items, count, 7, runs, run_count), "round %d", round);
        for (int i = 0; i < count; i++)
            before += items[i].word_count;
        for (int r = 0; r < run_count; r++) {
            cr_assert(runs[r].times >= 1 && runs[r].times <= price.times);
            after += runs[r].times > 1 ? 4 : 0;
            for (int i = 0; i < runs[r].length; i++)
                after += items[runs[r].first - 7 + i].word_count;
            if (runs[r].times > 1) { /* a run that is cut or moved is another stream */
                runs[r].times--;
                cr_assert_not(as_runs_equal_items(items, count, 7, runs, run_count));
                runs[r].times++;
            }
        }
    }
    cr_assert_lt(after, before / 2);
}

Test(program_parts, linear_counts_cover_every_length_of_a_half)
{
    struct as_config cfg;
    as_config_default(&cfg);
    for (int words_log2 = 8; words_log2 <= 15; words_log2++)
        for (int beats = 1; beats <= 16; beats++) {
            int64_t capacity = (int64_t)beats << words_log2;
            for (int64_t n = 1; n <= capacity; n += n < 3000 || n > capacity - 50 ? 1 : 977) {
                struct as_load_desc d;
                cr_assert(as_linear_counts(&cfg, n, capacity, &d), "%lld of %lld", (long long)n,
                          (long long)capacity);
                int64_t total = (int64_t)(d.nc + 1) * (d.ns + 1);
                cr_assert(total >= n && total <= capacity && d.nc < 1024 && d.ns < 1024);
            }
        }
}

/* ---- planner ---- */

Test(program_parts, the_planner_never_overlaps_live_tensors)
{
    random_state = 4;
    for (int round = 0; round < 300; round++) {
        struct as_plan_item items[24];
        struct as_plan_pair pairs[24];
        int count = random_in(1, 24), pair_count = 0;
        int64_t end = 0;
        for (int i = 0; i < count; i++) {
            int death = random_in(i, i + 3);
            items[i] = (struct as_plan_item){
                .bytes = (uint32_t)random_in(1, 5000), .birth = i, .death = death};
            if (i > 0 && items[i - 1].death == i)
                pairs[pair_count++] =
                    (struct as_plan_pair){.out = i, .in = i - 1, .distance = random_in(0, 800)};
        }
        int64_t top = as_plan_place(arena, items, count, pairs, pair_count, 1000, 12000);
        for (int a = 0; a < count; a++) {
            cr_assert(items[a].address >= 1000 && items[a].address % AS_STREAM_ALIGN == 0);
            if (items[a].address + items[a].bytes > end)
                end = items[a].address + items[a].bytes;
            for (int b = 0; b < a; b++) {
                bool apart = items[a].address + items[a].bytes <= items[b].address ||
                             items[b].address + items[b].bytes <= items[a].address ||
                             items[a].death < items[b].birth || items[b].death < items[a].birth;
                for (int p = 0; p < pair_count; p++)
                    if (pairs[p].out == a && pairs[p].in == b)
                        apart |= items[a].address + pairs[p].distance <= items[b].address;
                cr_assert(apart, "round %d: items %d and %d", round, a, b);
            }
        }
        cr_assert_eq(end, top);
    }
}

Test(program_parts, the_planner_uses_the_declared_overlap)
{
    struct as_plan_item items[2] = {{.bytes = 1600, .birth = 0, .death = 1},
                                    {.bytes = 1600, .birth = 1, .death = 2}};
    const struct as_plan_pair pair = {.out = 1, .in = 0, .distance = 100};
    cr_assert_eq(as_plan_place(arena, items, 2, &pair, 1, 0, 0), 1600 + 112);
    cr_assert_eq(as_plan_place(arena, items, 2, NULL, 0, 0, 0), 3200);
}
