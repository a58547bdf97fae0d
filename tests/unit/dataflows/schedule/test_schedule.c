/* Laws of what programs are made of: loops change the length of a stream and nothing else; live
 * tensors keep their bytes. */
#include <criterion/criterion.h>
#include <string.h>

#include "dataflows/schedule/find_loops.h"
#include "dataflows/schedule/memory_plan.h"
#include "dataflows/schedule/schedule.h"
#include "models/arith/fixed_point.h"
#include "tests/unit/helpers/program_make.h"

TestSuite(program_parts, .init = program_setup, .fini = program_teardown, .timeout = 120);

/* ---- loops ---- */

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
        int loop_count, count = random_items(items, random_in(1, 400));
        struct as_desc_loop *loops = as_find_loops(arena, items, count, 7, &price, &loop_count);
        cr_assert(as_loops_equal_items(items, count, 7, loops, loop_count), "round %d", round);
        for (int i = 0; i < count; i++)
            before += items[i].word_count;
        for (int r = 0; r < loop_count; r++) {
            cr_assert(loops[r].times >= 1 && loops[r].times <= price.times);
            after += loops[r].times > 1 ? 4 : 0;
            for (int i = 0; i < loops[r].length; i++)
                after += items[loops[r].first - 7 + i].word_count;
            if (loops[r].times > 1) { /* a run that is cut or moved is another stream */
                loops[r].times--;
                cr_assert_not(as_loops_equal_items(items, count, 7, loops, loop_count));
                loops[r].times++;
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
                cr_assert(as_linear_counts(&cfg.hw, n, capacity, &d), "%lld of %lld", (long long)n,
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
