#include "dataflows/mapper/psum_mapping.h"

/* Takes the split when it needs fewer pixels of a PE, or as many without waste. */
static void consider_split(struct as_psum_split *best, int np, int nq, int tp, int tq, bool waste)
{
    int now = tp * tq, min = best->tp * best->tq;

    if (min == 0 || now < min || (now == min && best->one_k && !waste))
        *best = (struct as_psum_split){.np = np, .nq = nq, .tp = tp, .tq = tq, .one_k = waste};
}

struct as_psum_split as_psum_split_of(const struct as_hw *hw, const struct as_mapping *map, int h,
                                      int w)
{
    struct as_psum_split best = {0};

    int tp = as_ceil_div(h, hw->rows), np = as_ceil_div(h, tp);

    if (map->k_by_row)
        return (struct as_psum_split){.np = 1, .nq = 1, .tp = h, .tq = w};
    consider_split(&best, np, 1, tp, w, np * tp != h || np != hw->rows);
    if (h == 1) {
        int tq = as_ceil_div(w, hw->rows), nq = as_ceil_div(w, tq);
        consider_split(&best, 1, nq, 1, tq, nq * tq != w || nq != hw->rows);
    }
    for (int nq = 2; h * nq <= hw->rows; nq++)
        if (w % nq == 0)
            consider_split(&best, h, nq, 1, w / nq, h * nq != hw->rows);
    if ((int64_t)hw->rows * best.tp * best.tq * map->tile[AS_LOOP_K] > hw->acc_words)
        best.one_k = true;
    return best;
}

bool as_psum_block_has_k(const struct as_mapping *map)
{
    return map->grouped && !map->k_by_row;
}

bool as_psum_moves_words(const struct as_hw *hw, const struct as_conv_shape *w,
                         const struct as_mapping *map)
{
    int bytes = hw->mem_width_bytes;
    return w->in_c % bytes == 0 && (!map->grouped || map->unit_c % bytes == 0) &&
           (map->tile[AS_LOOP_C] % bytes == 0 || map->tile[AS_LOOP_C] == map->unit_c);
}

int64_t as_psum_block_words(const struct as_hw *hw, const struct as_conv_shape *w,
                            const struct as_mapping *map, const struct as_psum_split *split)
{
    int64_t ny = as_extent(split->tp, w->stride_h, map->tile[AS_LOOP_R], w->dilation_h);
    int64_t nx = as_extent(split->tq, w->stride_w, map->tile[AS_LOOP_S], w->dilation_w);
    return ny * nx * (as_psum_block_has_k(map) ? map->tile[AS_LOOP_K] : 1) *
           as_ceil_div(map->tile[AS_LOOP_C], hw->mem_width_bytes);
}

bool as_psum_fits(const struct as_hw *hw, const struct as_conv_shape *w,
                  const struct as_mapping *map, const struct as_psum_split *split)
{
    int count_max = as_count_max(hw);
    int64_t sums = (int64_t)hw->rows * split->tp * split->tq *
                   (split->one_k || map->k_by_row ? 1 : map->tile[AS_LOOP_K]);
    return sums <= hw->acc_words && as_psum_block_words(hw, w, map, split) <= hw->ibuf_words &&
           as_extent(split->tp, w->stride_h, map->tile[AS_LOOP_R], w->dilation_h) <= count_max &&
           as_extent(split->tq, w->stride_w, map->tile[AS_LOOP_S], w->dilation_w) <= count_max;
}

bool as_psum_by_rows(const struct as_hw *hw, const struct as_conv_shape *w,
                     const struct as_mapping *map, int h, int tile_w)
{
    struct as_psum_split whole = as_psum_split_of(hw, map, h, tile_w);
    struct as_psum_split row = as_psum_split_of(hw, map, 1, tile_w);

    if (h == 1 || map->k_by_row)
        return false;
    return !as_psum_fits(hw, w, map, &whole) || h * row.tq < whole.tp * whole.tq;
}
