#include "gen/config/config_problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/math.h"
#include "gen/config/array_kind.h"
#include "gen/config/dataflow.h"
#include "gen/config/hw.h"
#include "gen/config/params.h"

#define UART_CYCLES_PER_BIT_MIN 8
#define ROWS_MAX                64
#define COLS_MAX                64

/* What the fields of a descriptor and the addresses of a buffer can hold, and what a tile needs,
 * follows from the bounds of gen/config/params.def; a bound that breaks it does not compile. */
enum {
#define AS_PARAM(group, name, key, dflt, min, max, unit, meaning)                                  \
    name##_min = (min), name##_max = (max),
#define AS_ITEM(group, array, kind, letter, key, dflt, min, max, unit, meaning)
#define AS_TEXT(group, name, key, dflt, choices, meaning)
#include "gen/config/params.def"
#undef AS_PARAM
#undef AS_ITEM
#undef AS_TEXT
};
_Static_assert(2 * ibuf_words_max <= 65536, "the ifmap buffer is addressed with 16 bits");
_Static_assert(2 * wbuf_words_max <= 65536, "the weight buffer is addressed with 16 bits");
_Static_assert(2 * acc_words_max <= 65536, "the accumulators are addressed with 16 bits");
_Static_assert(mem_width_max <= 128, "a descriptor of 16 bytes is at least one memory word");
_Static_assert(ROWS_MAX <= AS_TABLE_ENTRIES,
               "a half that holds a table, one entry a word, holds the "
               "weights of all rows");

struct list {
    const struct as_config *cfg;
    struct as_problem *problem;
    int count;
};

static void __attribute__((format(printf, 4, 5)))
add(struct list *list, int at, int or_at, const char *fmt, ...)
{
    va_list args;

    if (list->count == AS_PROBLEMS_MAX)
        return;
    struct as_problem *problem = &list->problem[list->count++];
    problem->at[0] = at;
    problem->at[1] = or_at;
    va_start(args, fmt);
    vsnprintf(problem->text, sizeof problem->text, fmt, args);
    va_end(args);
}

static void check_powers(struct list *list)
{
    static const int powers[] = {AS_INDEX_mem_bytes,    AS_INDEX_mem_width, AS_INDEX_ibuf_words,
                                 AS_INDEX_wbuf_words,   AS_INDEX_acc_words, AS_INDEX_requant_stages,
                                 AS_INDEX_requant_lanes};

    for (size_t i = 0; i < sizeof powers / sizeof powers[0]; i++) {
        const struct as_param *param = &as_params[powers[i]];
        int value = as_param_get(list->cfg, param);
        char bound[64];

        if (as_is_power_of_two(value))
            continue;
        as_param_bound(param, bound, sizeof bound);
        add(list, powers[i], powers[i], "%s is %d, expected a power of two, %s (near it: %d, %d)",
            param->key, value, bound, 1 << (as_ceil_log2(value) - 1), 1 << as_ceil_log2(value));
    }
}

static void check_descriptors_and_host(struct list *list)
{
    const struct as_config *cfg = list->cfg;
    int cycles_per_bit = (int)(cfg->board.clock_khz * 1000LL / cfg->board.host_baud);
    int target_bits = as_ceil_log2(cfg->hw.mem_bytes / AS_STREAM_ALIGN);

    if (2 * cfg->hw.count_bits < target_bits)
        add(list, AS_INDEX_count_bits, AS_INDEX_mem_bytes,
            "descriptor.count is %d, expected at least %d with memory.bytes %d: a loop of "
            "descriptors holds its target in two counts",
            cfg->hw.count_bits, (target_bits + 1) / 2, cfg->hw.mem_bytes);
    if (cycles_per_bit < UART_CYCLES_PER_BIT_MIN)
        add(list, AS_INDEX_host_baud, AS_INDEX_clock_khz,
            "host.baud %d at clock.khz %d is %d cycles per bit, expected at least %d",
            cfg->board.host_baud, cfg->board.clock_khz, cycles_per_bit, UART_CYCLES_PER_BIT_MIN);
}

/* ---- movement ---- */

static const int move_index[3] = {AS_INDEX_move_ifmap, AS_INDEX_move_weight, AS_INDEX_move_psum};
static const char *const operands[3] = {"ifmap", "weight", "psum"};

static const char *move_text(const struct as_config *cfg, int operand)
{
    return as_param_text(cfg, &as_params[move_index[operand]]);
}

static bool is_preset(const char *text)
{
    return strcmp(text, "preset") == 0;
}

/* A preset moves operands its own way; `custom` says every movement itself. */
static void check_movement_source(struct list *list)
{
    const struct as_config *cfg = list->cfg;
    const struct as_dataflow *row = as_dataflow_find(cfg->dataflow);
    const enum as_move moves[3] = {row->ifmap, row->weight, row->psum};
    bool custom = strcmp(cfg->dataflow, "custom") == 0;

    for (int i = 0; i < 3; i++) {
        const char *text = move_text(cfg, i);
        char bound[64];

        as_param_bound(&as_params[move_index[i]], bound, sizeof bound);
        if (custom && is_preset(text))
            add(list, move_index[i], AS_INDEX_dataflow,
                "movement.%s is preset, expected %s: dataflow custom says all three movements",
                operands[i], bound + strlen("preset, "));
        else if (!custom && !is_preset(text) && strcmp(text, as_move_name(moves[i])) != 0)
            add(list, move_index[i], AS_INDEX_dataflow,
                "movement.%s is %s, expected %s, as %s moves it; for another movement use "
                "dataflow: custom",
                operands[i], text, as_move_name(moves[i]), cfg->dataflow);
    }
}

static void check_who_stays(struct list *list)
{
    const struct as_config *cfg = list->cfg;
    const enum as_move moves[3] = {cfg->hw.ifmap_move, cfg->hw.weight_move, cfg->hw.psum_move};
    int stay[3], count = 0;

    for (int i = 0; i < 3; i++)
        if (moves[i] == AS_MOVE_STATIONARY)
            stay[count++] = i;
    if (count == 0)
        add(list, AS_INDEX_move_weight, AS_INDEX_dataflow,
            "no operand is stationary, expected exactly one: every PE would need two new operands "
            "and a psum in each cycle, and nothing would be reused");
    else if (count == 2)
        add(list, move_index[stay[1]], AS_INDEX_dataflow,
            "%s and %s are stationary, expected exactly one: no two axes are in the index of two "
            "operands, so a PE that keeps both would %s",
            operands[stay[0]], operands[stay[1]],
            stay[1] == 2 ? "add a single product to its psum" : "compute one product for ever");
    else if (count == 3)
        add(list, AS_INDEX_move_psum, AS_INDEX_dataflow,
            "ifmap, weight and psum are stationary, expected exactly one: nothing would enter or "
            "leave a PE");
}

/* ---- the array ---- */

/* The parameter of a loop's unroll. */
#define UNROLL_INDEX(loop) (AS_INDEX_unroll_given_K + (loop))

static void check_unroll(struct list *list)
{
    const struct as_config *cfg = list->cfg;
    const struct as_array_kind *kind = as_array_kind(cfg->hw.stays);

    for (int loop = 0; loop < AS_LOOPS; loop++) {
        bool legal = as_axis_has(&kind->rows, (enum as_loop_index)loop) ||
                     as_axis_has(&kind->cols, (enum as_loop_index)loop);
        if (!legal && cfg->hw.unroll[loop] > 1)
            add(list, UNROLL_INDEX(loop), AS_INDEX_dataflow,
                "%s is %d, expected 1 where %s (%s): %s; the array is %s",
                as_params[UNROLL_INDEX(loop)].key, cfg->hw.unroll[loop], kind->who, cfg->dataflow,
                kind->unusable, kind->array);
    }
}

/* The product of the unrolls of one axis, with its factors when it is too large. */
static void check_axis(struct list *list, const char *name, const struct as_axis *axis, int most)
{
    const int *unroll = list->cfg->hw.unroll;
    int size = as_axis_size(axis, unroll), last = axis->loop[0];
    char factors[64] = "";
    size_t n = 0;

    if (size <= most)
        return;
    for (int i = 0; i < axis->count; i++) {
        int loop = axis->loop[i];
        if (unroll[loop] == 1)
            continue;
        n += (size_t)snprintf(factors + n, sizeof factors - n, "%s%s %d", n ? " x " : "",
                              as_params[UNROLL_INDEX(loop)].key, unroll[loop]);
        last = loop;
    }
    add(list, UNROLL_INDEX(last), AS_INDEX_dataflow, "%s is %d %s, expected at most %d", factors,
        size, name, most);
}

static void check_size(struct list *list)
{
    const struct as_array_kind *kind = as_array_kind(list->cfg->hw.stays);

    check_axis(list, "rows", &kind->rows, ROWS_MAX);
    check_axis(list, "columns", &kind->cols, COLS_MAX);
}

/* ---- what the array has a place for ---- */

static bool no_line(const struct as_config *cfg)
{
    return !as_array_feeds_taps(as_array_kind(cfg->hw.stays), cfg->hw.unroll);
}

static void refuse_line(struct list *list)
{
    const struct as_array_kind *kind = as_array_kind(list->cfg->hw.stays);
    int words = list->cfg->hw.line_given;

    if (!kind->feeds_taps)
        add(list, AS_INDEX_line_given, AS_INDEX_dataflow,
            "buffers.line is %d, expected 0 where %s: it feeds one pixel to taps whose weights "
            "stay",
            words, kind->who);
    else
        add(list, AS_INDEX_line_given, AS_INDEX_unroll_given_S,
            "buffers.line is %d, expected 0 with unroll.R and unroll.S of 1: it feeds the taps of "
            "a kernel, and the array has none",
            words);
}

static bool no_block_sum(const struct as_config *cfg)
{
    return !cfg->hw.psum_forwarded;
}

static void refuse_block_sum(struct list *list)
{
    const struct as_config *cfg = list->cfg;

    add(list, AS_INDEX_block_sum, AS_INDEX_dataflow,
        "array.block_sum is %d, expected 0 with psums %s (%s): a multiplier block adds the psum "
        "that is forwarded to it",
        cfg->hw.block_sum, as_move_name(cfg->hw.psum_move), cfg->dataflow);
}

static bool no_lanes(const struct as_config *cfg)
{
    return cfg->hw.by_address || cfg->hw.requant_lanes > cfg->hw.cols;
}

static void refuse_lanes(struct list *list)
{
    const struct as_config *cfg = list->cfg;

    if (cfg->hw.by_address)
        add(list, AS_INDEX_requant_lanes, AS_INDEX_dataflow,
            "requant.lanes is %d, expected 1 where %s: columns are pixels there, and the bytes of "
            "one write are channels",
            cfg->hw.requant_lanes, as_array_kind(cfg->hw.stays)->who);
    else
        add(list, AS_INDEX_requant_lanes, AS_INDEX_unroll_given_K,
            "requant.lanes is %d, expected at most the %d column%s of the array: each takes a "
            "column",
            cfg->hw.requant_lanes, cfg->hw.cols, cfg->hw.cols == 1 ? "" : "s");
}

/* Parameters for which not every array has a place: one that follows the array goes back to its
 * default there, and one that asks for more than `nothing` is refused. */
static const struct place {
    int index;
    int nothing; /* the largest value that asks for nothing */
    bool (*absent)(const struct as_config *cfg);
    void (*refuse)(struct list *list);
} places[] = {
    {AS_INDEX_line_given, 0, no_line, refuse_line},
    {AS_INDEX_requant_lanes, 1, no_lanes, refuse_lanes},
    {AS_INDEX_block_sum, 0, no_block_sum, refuse_block_sum},
};
_Static_assert(sizeof places / sizeof places[0] == AS_PLACES, "every parameter with a place");

int as_config_without_place(const struct as_config *cfg, int index[AS_PLACES])
{
    int count = 0;

    for (int i = 0; i < AS_PLACES; i++)
        if (places[i].absent(cfg))
            index[count++] = places[i].index;
    return count;
}

static void check_places(struct list *list)
{
    for (int i = 0; i < AS_PLACES; i++)
        if (as_param_get(list->cfg, &as_params[places[i].index]) > places[i].nothing &&
            places[i].absent(list->cfg))
            places[i].refuse(list);
}

/* ---- what the array needs around it ---- */

static void check_line(struct list *list)
{
    const struct as_config *cfg = list->cfg;

    if (cfg->hw.line && cfg->hw.line_given == 1 && cfg->hw.unroll[AS_LOOP_R] > 1)
        add(list, AS_INDEX_line_given, AS_INDEX_unroll_given_R,
            "buffers.line is %d, expected at least 2 with unroll.R %d: a line is two columns or "
            "more",
            cfg->hw.line_given, cfg->hw.unroll[AS_LOOP_R]);
}

static void check_buffers(struct list *list)
{
    const struct as_config *cfg = list->cfg;

    if (cfg->hw.wbuf_words * cfg->hw.table_pack < AS_TABLE_ENTRIES)
        add(list, AS_INDEX_wbuf_words, AS_INDEX_dataflow,
            "buffers.weight is %d words with %d entr%s of a lookup table each, expected at least "
            "%d "
            "words: a table has %d entries",
            cfg->hw.wbuf_words, cfg->hw.table_pack, cfg->hw.table_pack == 1 ? "y" : "ies",
            AS_TABLE_ENTRIES / cfg->hw.table_pack, AS_TABLE_ENTRIES);
    if (cfg->hw.output_kind && cfg->hw.acc_words < cfg->hw.rows)
        add(list, AS_INDEX_acc_words, AS_INDEX_unroll_given_P,
            "buffers.accumulator is %d, expected at least %d with %d rows of psums that stay: each "
            "row drains into an address of its own",
            cfg->hw.acc_words, 1 << as_ceil_log2(cfg->hw.rows), cfg->hw.rows);
}

int as_config_problems(const struct as_config *cfg, struct as_problem problems[AS_PROBLEMS_MAX])
{
    struct list list = {.cfg = cfg, .problem = problems};

    check_powers(&list);
    check_descriptors_and_host(&list);
    /* each step makes sense only after the one before */
    static void (*const steps[])(struct list *) = {check_movement_source, check_who_stays,
                                                   check_unroll, check_size};
    int before = list.count;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && list.count == before; i++)
        steps[i](&list);
    if (list.count == before) {
        check_places(&list);
        check_line(&list);
        check_buffers(&list);
    }
    return list.count;
}
