/* Laws of derived numbers over random legal configurations, each computed here in another way: from
 * what the number is for. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "gen/config/config.h"
#include "gen/config/dataflow.h"
#include "gen/config/fit.h"
#include "gen/config/params.h"

#define CONFIGS 400 /* drawn for each law */

static struct as_arena *arena;

static int draw(int most)
{
    return rand() % most;
}

/* A legal configuration: any movement, any size, buffers and memory of any power of two. */
static struct as_config *draw_config(void)
{
    struct as_dataflow unnamed[AS_MOVEMENTS];
    int named, others = as_fit_unnamed(unnamed);
    const char *const *names = as_dataflow_names(&named);

    for (;;) {
        struct as_config *cfg = AS_NEW(arena, struct as_config, 1);
        struct as_diag diag;
        int which = draw(named + others);
        const struct as_dataflow *row =
            which < named ? as_dataflow_find(names[which]) : &unnamed[which - named];
        as_diag_init(&diag);
        as_config_default(cfg);
        strcpy(cfg->dataflow, row->name);
        if (which >= named) {
            strcpy(cfg->hw.move_ifmap, as_move_name(row->ifmap));
            strcpy(cfg->hw.move_weight, as_move_name(row->weight));
            strcpy(cfg->hw.move_psum, as_move_name(row->psum));
        }
        as_dataflow_unroll(row, 1 + draw(64), 1 + draw(64), cfg->hw.unroll_given);
        cfg->hw.mem_width = 32 << draw(3);
        cfg->hw.mem_bytes = 4096 << draw(13);
        cfg->hw.ibuf_words = 16 << draw(12);
        cfg->hw.wbuf_words = 16 << draw(12);
        cfg->hw.acc_words = 16 << draw(10);
        cfg->hw.tree_levels = 1 + draw(6);
        cfg->hw.broadcast = draw(5);
        cfg->hw.line_given = draw(3) - 1;
        if (as_config_check(cfg, &diag) == AS_OK)
            return cfg;
    }
}

static void setup(void)
{
    arena = as_arena_new();
    srand(1);
}

static void teardown(void)
{
    as_arena_free(arena);
}

TestSuite(derive, .init = setup, .fini = teardown);

Test(derive, an_address_reaches_the_last_place_with_no_bit_too_many)
{
    for (int n = 0; n < CONFIGS; n++) {
        const struct as_hw *hw = &draw_config()->hw;
        cr_assert_eq(1 << hw->addr_bits, hw->mem_bytes);
        cr_assert_eq(1 << hw->ibuf_addr_bits, 2 * hw->ibuf_words);
        cr_assert_eq(1 << hw->wbuf_addr_bits, 2 * hw->wbuf_words);
        cr_assert_eq(1 << hw->acc_addr_bits, hw->acc_words);
        cr_assert_eq((long)hw->mem_words * hw->mem_width, 8L * hw->mem_bytes);
    }
}

Test(derive, pes_are_the_product_of_all_unrolls)
{
    for (int n = 0; n < CONFIGS; n++) {
        const struct as_hw *hw = &draw_config()->hw;
        int pes = 1;
        for (int loop = 0; loop < AS_LOOPS; loop++)
            pes *= hw->unroll[loop];
        cr_assert_eq(hw->rows * hw->cols, pes);
        cr_assert_eq((hw->ifmap_move == AS_MOVE_STATIONARY) +
                         (hw->weight_move == AS_MOVE_STATIONARY) +
                         (hw->psum_move == AS_MOVE_STATIONARY),
                     1);
    }
}

/* The largest sum of R products of int8 is R * 2^14. */
Test(derive, a_psum_of_the_array_holds_the_sum_of_its_rows)
{
    for (int n = 0; n < CONFIGS; n++) {
        const struct as_hw *hw = &draw_config()->hw;
        if (hw->output_kind) {
            cr_assert_eq(hw->psum_bits, hw->psum_limit);
            continue;
        }
        cr_assert_geq(1LL << (hw->psum_bits - 1), hw->rows * 16384LL);
        cr_assert(hw->psum_bits == 16 || 1LL << (hw->psum_bits - 2) < hw->rows * 32768LL);
    }
}

/* What one beat reads fits its word: a byte for each row of the array, or a memory word for each
 * row where psums stay; and as many taps' channels as a line feeds. */
Test(derive, a_word_of_a_buffer_is_what_a_beat_reads)
{
    for (int n = 0; n < CONFIGS; n++) {
        const struct as_hw *hw = &draw_config()->hw;
        int beat = hw->output_kind ? hw->rows * hw->mem_width / 8 : hw->rows;
        cr_assert_geq(hw->ibuf_lanes, beat);
        cr_assert(hw->ibuf_lanes == beat || (hw->line && hw->ibuf_lanes == hw->cols));
        cr_assert_leq(hw->load_lanes, hw->ibuf_lanes);
        cr_assert_eq(hw->ibuf_word_mode, hw->load_lanes * 8 % hw->mem_width == 0);
        int weights =
            hw->psum_move == AS_MOVE_TREE && hw->rows > 1 ? hw->rows * hw->cols : hw->cols;
        int wanted = weights < 4 ? 4 : weights; /* a table entry is four bytes */
        cr_assert_eq(hw->wbuf_bytes, weights);
        cr_assert_geq(hw->wbuf_beats * hw->mem_width, 8 * wanted);
        cr_assert_lt((hw->wbuf_beats - 1) * hw->mem_width, 8 * wanted);
        int fills = hw->load_lanes; /* bytes of the ifmap, or memory words of the weights */
        fills = hw->line && hw->cols > fills ? hw->cols : fills;
        fills = hw->wbuf_beats > fills ? hw->wbuf_beats : fills;
        fills = hw->partial_loads && hw->wbuf_bytes > fills ? hw->wbuf_bytes : fills;
        cr_assert_eq(hw->word_fills, fills);
        cr_assert_geq(hw->param_beats * hw->mem_width, 8 * AS_RECORD_BYTES);
        cr_assert_lt((hw->param_beats - 1) * hw->mem_width, 8 * AS_RECORD_BYTES);
    }
}

Test(derive, a_lookup_table_fits_half_of_the_weight_buffer)
{
    for (int n = 0; n < CONFIGS; n++) {
        const struct as_hw *hw = &draw_config()->hw;
        cr_assert_geq(hw->wbuf_words * hw->table_pack, AS_TABLE_ENTRIES);
        cr_assert(hw->table_pack == 1 || 4 * hw->table_pack <= hw->wbuf_bytes);
        cr_assert_eq(hw->table_pack & (hw->table_pack - 1), 0);
    }
}

Test(derive, a_tree_has_a_register_for_each_so_many_levels)
{
    for (int n = 0; n < CONFIGS; n++) {
        const struct as_hw *hw = &draw_config()->hw;
        int left = hw->rows, stages = 0; /* operands that are left to add */
        while (left > 1) {
            for (int level = 0; level < hw->tree_levels; level++)
                left = (left + 1) / 2;
            stages++;
        }
        cr_assert_eq(hw->tree_stages, stages > 0 ? stages : 1);
    }
}

/* docs/blocks.md: column 0 has its psum after LAT, the last one a cycle a column later; psums that
 * stay leave row by row after that. */
Test(derive, the_last_psum_leaves_after_all_rows_columns_and_stages)
{
    for (int n = 0; n < CONFIGS; n++) {
        const struct as_hw *hw = &draw_config()->hw;
        bool forwarded = hw->psum_move == AS_MOVE_FORWARDED;
        bool stays = hw->psum_move == AS_MOVE_STATIONARY;
        int taps = hw->line && !forwarded ? hw->unroll[AS_LOOP_S] - 1 : 0;
        int sum = forwarded ? hw->rows : hw->tree_stages;
        int first =
            stays ? 5 + hw->broadcast + hw->tree_stages - (hw->weight_move == AS_MOVE_FORWARDED)
                  : 3 + hw->broadcast + sum;
        cr_assert_eq(hw->latency, first);
        cr_assert_eq(hw->line_latency, first + taps);
        cr_assert_eq(hw->drain_cycles, first + taps + hw->cols + (stays ? hw->rows : 0));
        int skew =
            (stays || hw->ifmap_move != AS_MOVE_STATIONARY ? hw->ifmap_move : hw->weight_move) ==
            AS_MOVE_FORWARDED;
        cr_assert_eq(hw->x_forwarded, skew);
        cr_assert_eq(hw->wide_late, hw->broadcast + (hw->line ? hw->unroll[AS_LOOP_S] - 1 : 0) +
                                        (skew ? (hw->cols + 1) / 2 - 1 : 0));
    }
}

Test(derive, there_is_a_line_exactly_where_taps_are_fed_and_words_are_there)
{
    for (int n = 0; n < CONFIGS; n++) {
        const struct as_config *cfg = draw_config();
        const struct as_hw *hw = &cfg->hw;
        int words =
            hw->line_given < 0 ? as_dataflow_find(cfg->dataflow)->line_words : hw->line_given;
        bool taps = hw->weight_move == AS_MOVE_STATIONARY &&
                    hw->unroll[AS_LOOP_R] * hw->unroll[AS_LOOP_S] > 1;
        cr_assert_eq(hw->line, taps && words > 0);
        cr_assert_eq(hw->line_words, taps ? words : 0);
        int lanes = hw->unroll[AS_LOOP_C] > hw->cols ? hw->unroll[AS_LOOP_C] : hw->cols;
        cr_assert_eq(hw->line_lanes, hw->line ? lanes : 0);
    }
}

Test(derive, deriving_again_changes_nothing)
{
    for (int n = 0; n < CONFIGS; n++) {
        struct as_config *cfg = draw_config();
        struct as_hw before;
        memcpy(&before, &cfg->hw, sizeof before);
        as_hw_derive(&cfg->hw, cfg->dataflow);
        cr_assert_eq(memcmp(&before, &cfg->hw, sizeof before), 0);
    }
}
