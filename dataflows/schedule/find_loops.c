#include "dataflows/schedule/find_loops.h"

#include <string.h>
#include <xxhash.h>

#define BODY_MAX 64 /* descriptors of a loop's body that are tried */

/* How two items differ that are the same but for their places. */
static struct as_advance advance_of(const struct as_item *from, const struct as_item *to)
{
    struct as_advance a = {.inc = to->offset - from->offset, .yinc = to->y0 - from->y0};
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
    int *kind; /* [item]: the first item that differs from it by its place at most */
};

static bool same_but_place(const struct as_item *a, const struct as_item *b)
{
    return a->word_count == b->word_count && a->tensor == b->tensor &&
           memcmp(a->words, b->words, sizeof(uint32_t) * (size_t)a->word_count) == 0;
}

/* Fills in c->kind, by a hash table of the items that are the first of theirs. */
static void find_kinds(struct as_arena *arena, struct compressor *c)
{
    int slots = 16;

    while (slots < 2 * c->count)
        slots *= 2;
    int *table = AS_NEW(arena, int, slots); /* item + 1; 0: none */
    c->kind = AS_NEW(arena, int, c->count + 1);
    for (int i = 0; i < c->count; i++) {
        const struct as_item *item = &c->items[i];
        uint64_t hash = XXH3_64bits(item->words, sizeof(uint32_t) * (size_t)item->word_count);
        int at = (int)(hash & (uint64_t)(slots - 1));
        while (table[at] != 0 && !same_but_place(&c->items[table[at] - 1], item))
            at = (at + 1) & (slots - 1);
        if (table[at] == 0)
            table[at] = i + 1;
        c->kind[i] = table[at] - 1;
    }
}

struct as_advance as_item_advance(const struct as_item *from, const struct as_item *to)
{
    return same_but_place(from, to) ? advance_of(from, to) : (struct as_advance){0};
}

/* From item i to item j. */
static struct as_advance advance(const struct compressor *c, int i, int j)
{
    return c->kind[i] == c->kind[j] ? advance_of(&c->items[i], &c->items[j])
                                    : (struct as_advance){0};
}

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
    struct as_advance a = advance(c, i, i + length);

    if (!a.possible || a.yinc > c->price->yinc_max) {
        p->repeats = 0;
        return;
    }
    int most = p->repeats + 1;
    if (p->repeats >= length) { /* an item moves in all iterations or in none */
        struct as_advance next = advance(c, i + length, i + 2 * length);
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
        a = advance(c, i + n, i + n + length);
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

struct as_desc_loop *as_find_loops(struct as_arena *arena, const struct as_item *items, int count,
                                   int base, const struct as_loop_price *price, int *loop_count)
{
    struct compressor c = {.items = items, .count = count, .price = price};
    struct period periods[BODY_MAX + 1] = {{0}};
    int64_t *least = AS_NEW(arena, int64_t, count + 1); /* price of items i .. count - 1 */
    int64_t *before = AS_NEW(arena, int64_t, count + 1);
    struct as_desc_loop *choice = AS_NEW(arena, struct as_desc_loop, count + 1);

    find_kinds(arena, &c);
    for (int i = 0; i < count; i++)
        before[i + 1] = before[i] + bytes_of(&items[i]);
    for (int i = count - 1; i >= 0; i--) {
        least[i] = bytes_of(&items[i]) + least[i + 1];
        choice[i] = (struct as_desc_loop){.first = base + i, .length = 1, .times = 1};
        for (int length = 1; length <= BODY_MAX && i + length < count; length++) {
            struct period *p = &periods[length];
            if (c.kind[i] != c.kind[i + length])
                p->repeats = 0;
            else
                extend(&c, p, length, i);
            if (p->repeats < length)
                continue;
            int times = 1 + p->repeats / length;
            if (times > price->times)
                times = price->times;
            int64_t now = before[i + length] - before[i] + price->bytes +
                          (int64_t)times * price->passes + least[i + times * length];
            if (now < least[i]) {
                least[i] = now;
                choice[i] = (struct as_desc_loop){.first = base + i,
                                                  .length = length,
                                                  .times = times,
                                                  .inc = p->inc,
                                                  .yinc = p->yinc};
            }
        }
    }
    struct as_desc_loop *loops = AS_NEW(arena, struct as_desc_loop, count + 1);
    *loop_count = 0;
    for (int i = 0; i < count; i += choice[i].length * choice[i].times)
        loops[(*loop_count)++] = choice[i];
    return loops;
}

/* Item `i` of an iteration, moved on by `iteration` steps of its loop, is `want`. */
static bool executes(const struct as_item *items, const struct as_desc_loop *loop, int i,
                     int iteration, const struct as_item *want)
{
    struct as_item got = items[i];

    if (loop->times > 1 && as_item_advance(&items[i], &items[i + loop->length]).moves) {
        got.offset += loop->inc * iteration;
        got.y0 += got.has_y ? loop->yinc * iteration : 0;
    }
    struct as_advance rest = as_item_advance(&got, want);
    return rest.possible && !rest.moves;
}

bool as_loops_equal_items(const struct as_item *items, int count, int base,
                          const struct as_desc_loop *loops, int loop_count)
{
    int at = 0;

    for (int r = 0; r < loop_count; r++) {
        const struct as_desc_loop *loop = &loops[r];
        if (loop->first - base != at || loop->length * loop->times > count - at)
            return false;
        for (int n = 0; n < loop->times; n++)
            for (int i = 0; i < loop->length; i++, at++)
                if (!executes(items, loop, loop->first - base + i, n, &items[at]))
                    return false;
    }
    return at == count;
}
