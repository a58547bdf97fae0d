#include "dataflows/schedule/memory_plan.h"

#include <stdbool.h>

#include "gen/config/hw.h"

#define TRIES_MAX 256

struct planner {
    const struct as_plan_pair *pairs;
    int pair_count;
    int64_t base;
    int64_t *address; /* [item]; -1: not placed */
};

static int64_t align_up(int64_t value)
{
    return (value + AS_STREAM_ALIGN - 1) / AS_STREAM_ALIGN * AS_STREAM_ALIGN;
}

static int64_t align_down(int64_t value)
{
    return value / AS_STREAM_ALIGN * AS_STREAM_ALIGN;
}

static bool lives_meet(const struct as_plan_item *a, const struct as_plan_item *b)
{
    return a->birth <= b->death && b->birth <= a->death;
}

/* Items a and b at these addresses. */
static bool compatible(const struct as_plan_item *items, int a, int64_t at_a, int b, int64_t at_b,
                       const struct as_plan_pair *pairs, int pair_count)
{
    if (!lives_meet(&items[a], &items[b]) || at_a + items[a].bytes <= at_b ||
        at_b + items[b].bytes <= at_a)
        return true;
    for (int i = 0; i < pair_count; i++) {
        if (pairs[i].out == a && pairs[i].in == b && at_a + pairs[i].distance <= at_b)
            return true;
        if (pairs[i].out == b && pairs[i].in == a && at_b + pairs[i].distance <= at_a)
            return true;
    }
    return false;
}

static bool fits(const struct planner *p, const struct as_plan_item *items, int count, int item,
                 int64_t at)
{
    if (at < p->base)
        return false;
    for (int i = 0; i < count; i++)
        if (p->address[i] >= 0 &&
            !compatible(items, item, at, i, p->address[i], p->pairs, p->pair_count))
            return false;
    return true;
}

/* The lowest address that suits an item beside those already placed.  It is the base, or next to
 * one of them, or at the distance of a declared overlap. */
static int64_t lowest(const struct planner *p, const struct as_plan_item *items, int count,
                      int item)
{
    int64_t best = INT64_MAX;
    int64_t candidate[2];

    if (fits(p, items, count, item, p->base))
        return p->base;
    for (int i = 0; i < count; i++) {
        if (p->address[i] < 0)
            continue;
        candidate[0] = align_up(p->address[i] + items[i].bytes);
        candidate[1] = align_down(p->address[i] - items[item].bytes);
        for (int c = 0; c < 2; c++)
            if (candidate[c] < best && fits(p, items, count, item, candidate[c]))
                best = candidate[c];
    }
    for (int i = 0; i < p->pair_count; i++) {
        const struct as_plan_pair *pair = &p->pairs[i];
        int64_t at = -1;
        if (pair->out == item && p->address[pair->in] >= 0)
            at = align_down(p->address[pair->in] - pair->distance);
        else if (pair->in == item && p->address[pair->out] >= 0)
            at = align_up(p->address[pair->out] + pair->distance);
        if (at >= 0 && at < best && fits(p, items, count, item, at))
            best = at;
    }
    return best;
}

static int64_t place_in_order(const struct planner *p, const struct as_plan_item *items, int count,
                              const int *order)
{
    int64_t end = p->base;

    for (int i = 0; i < count; i++)
        p->address[i] = -1;
    for (int i = 0; i < count; i++) {
        int item = order[i];
        p->address[item] = lowest(p, items, count, item);
        if (p->address[item] + items[item].bytes > end)
            end = p->address[item] + items[item].bytes;
    }
    return end;
}

enum { BY_SIZE, BY_BIRTH, BY_DEATH, ORDERS };

/* Sorts by insertion, equal keys by item number. */
static void sort_order(const struct as_plan_item *items, int count, int key, int *order)
{
    for (int i = 0; i < count; i++) {
        int at = i;
        for (; at > 0; at--) {
            const struct as_plan_item *a = &items[order[at - 1]], *b = &items[i];
            bool after = key == BY_SIZE    ? b->bytes > a->bytes
                         : key == BY_BIRTH ? b->birth < a->birth
                                           : b->birth > a->birth;
            if (!after)
                break;
            order[at] = order[at - 1];
        }
        order[at] = i;
    }
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

int64_t as_plan_place(struct as_arena *arena, struct as_plan_item *items, int count,
                      const struct as_plan_pair *pairs, int pair_count, int64_t base, int64_t limit)
{
    struct planner p = {.pairs = pairs, .pair_count = pair_count, .base = align_up(base)};
    int *order = AS_NEW(arena, int, count + 1);
    int64_t best = INT64_MAX;
    uint32_t seed = 1;

    p.address = AS_NEW(arena, int64_t, count + 1);
    for (int i = 0; i < TRIES_MAX && (i < ORDERS || best > limit); i++) {
        if (i < ORDERS) {
            sort_order(items, count, i, order);
        } else {
            for (int n = count - 1; n > 0; n--) {
                int other = (int)(next_random(&seed) % (uint32_t)(n + 1));
                int swapped = order[n];
                order[n] = order[other];
                order[other] = swapped;
            }
        }
        int64_t end = place_in_order(&p, items, count, order);
        if (end < best) {
            best = end;
            for (int k = 0; k < count; k++)
                items[k].address = (uint32_t)p.address[k];
        }
    }
    return best;
}
