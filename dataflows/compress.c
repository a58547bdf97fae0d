#include "dataflows/compress.h"

#include <string.h>

#define BODY_MAX 64 /* descriptors of a loop's body that are tried */

struct as_advance as_item_advance(const struct as_item *from, const struct as_item *to)
{
    struct as_advance a = {.inc = to->offset - from->offset, .yinc = to->y0 - from->y0};

    if (from->word_count != to->word_count || from->tensor != to->tensor ||
        memcmp(from->words, to->words, sizeof(uint32_t) * (size_t)from->word_count) != 0)
        return a;
    a.moves = a.inc != 0 || a.yinc != 0;
    a.possible = !a.moves || (from->steps && a.yinc >= 0);
    return a;
}

/* One body length, looked at from the right end of the stream to the left: how far an iteration of
 * `length` items that starts at the present item goes on repeating. */
struct period {
    int repeats; /* items, from the present one on, that advance together */
    int64_t inc; /* of those that move */
    int yinc;    /* of those that move and have a y0 */
};

struct compressor {
    const struct as_item *items;
    int count;
    const struct as_loop_price *price;
};

/* Whether item i advances as a loop of these steps would have it. */
static bool fits(const struct compressor *c, int i, const struct as_advance *a, int64_t inc,
                 int yinc)
{
    return a->possible && (!a->moves || (a->inc == inc && (!c->items[i].has_y || a->yinc == yinc)));
}

/* Takes item i into account, after i + 1. */
static void extend(const struct compressor *c, struct period *p, int length, int i)
{
    const struct as_item *items = c->items;
    struct as_advance a = as_item_advance(&items[i], &items[i + length]);

    if (!a.possible || a.yinc > c->price->yinc_max) {
        p->repeats = 0;
        return;
    }
    int most = p->repeats + 1;
    if (p->repeats >= length) { /* an item moves in all iterations or in none */
        struct as_advance next = as_item_advance(&items[i + length], &items[i + 2 * length]);
        if (a.moves == next.moves && a.inc == next.inc && a.yinc == next.yinc) {
            p->repeats++;
            return;
        }
        most = length;
    }
    if (!a.moves) {
        p->repeats = most;
        return;
    }
    /* The first item that moves sets the steps, the first one with a y0 that of y0. */
    int64_t inc = a.inc;
    int yinc = a.yinc;
    bool has_y = items[i].has_y;
    int n = 1;
    for (; n < most; n++) {
        a = as_item_advance(&items[i + n], &items[i + n + length]);
        if (a.moves && !has_y && items[i + n].has_y) {
            has_y = true;
            yinc = a.yinc;
        }
        if (!fits(c, i + n, &a, inc, yinc))
            break;
    }
    *p = (struct period){.repeats = n, .inc = inc, .yinc = yinc};
}

static int64_t bytes_of(const struct as_item *item)
{
    return 4 * (int64_t)item->word_count;
}

struct as_run *as_compress(struct as_arena *arena, const struct as_item *items, int count, int base,
                           const struct as_loop_price *price, int *run_count)
{
    struct compressor c = {.items = items, .count = count, .price = price};
    struct period periods[BODY_MAX + 1] = {{0}};
    int64_t *least = AS_NEW(arena, int64_t, count + 1); /* price of items i .. count - 1 */
    int64_t *before = AS_NEW(arena, int64_t, count + 1);
    struct as_run *choice = AS_NEW(arena, struct as_run, count + 1);

    for (int i = 0; i < count; i++)
        before[i + 1] = before[i] + bytes_of(&items[i]);
    for (int i = count - 1; i >= 0; i--) {
        least[i] = bytes_of(&items[i]) + least[i + 1];
        choice[i] = (struct as_run){.first = base + i, .length = 1, .times = 1};
        for (int length = 1; length <= BODY_MAX && i + length < count; length++) {
            struct period *p = &periods[length];
            extend(&c, p, length, i);
            int times = 1 + p->repeats / length;
            if (times > price->times)
                times = price->times;
            if (times < 2)
                continue;
            int64_t now = before[i + length] - before[i] + price->bytes +
                          (int64_t)times * price->passes + least[i + times * length];
            if (now < least[i]) {
                least[i] = now;
                choice[i] = (struct as_run){.first = base + i,
                                            .length = length,
                                            .times = times,
                                            .inc = p->inc,
                                            .yinc = p->yinc};
            }
        }
    }
    struct as_run *runs = AS_NEW(arena, struct as_run, count + 1);
    *run_count = 0;
    for (int i = 0; i < count; i += choice[i].length * choice[i].times)
        runs[(*run_count)++] = choice[i];
    return runs;
}

/* Item `i` of an iteration, moved on by `iteration` steps of its run, is `want`. */
static bool executes(const struct as_item *items, const struct as_run *run, int i, int iteration,
                     const struct as_item *want)
{
    struct as_item got = items[i];

    if (run->times > 1 && as_item_advance(&items[i], &items[i + run->length]).moves) {
        got.offset += run->inc * iteration;
        got.y0 += got.has_y ? run->yinc * iteration : 0;
    }
    struct as_advance rest = as_item_advance(&got, want);
    return rest.possible && !rest.moves;
}

bool as_runs_equal_items(const struct as_item *items, int count, int base,
                         const struct as_run *runs, int run_count)
{
    int at = 0;

    for (int r = 0; r < run_count; r++) {
        const struct as_run *run = &runs[r];
        if (run->first - base != at || run->length * run->times > count - at)
            return false;
        for (int n = 0; n < run->times; n++)
            for (int i = 0; i < run->length; i++, at++)
                if (!executes(items, run, run->first - base + i, n, &items[at]))
                    return false;
    }
    return at == count;
}
