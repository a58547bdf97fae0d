#include "gen/config/derive.h"

#include <stdio.h>
#include <string.h>

#include "base/math.h"
#include "gen/config/array_kind.h"
#include "gen/config/dataflow.h"

static enum as_move move_of(const char *text, enum as_move preset)
{
    for (int i = 0; i <= AS_MOVE_TREE; i++)
        if (strcmp(text, as_move_name((enum as_move)i)) == 0)
            return (enum as_move)i;
    return preset;
}

/* The movement and the unroll: the preset's, where the description leaves them open. */
static void derive_movement(struct as_hw *hw, const struct as_dataflow *dataflow)
{
    int *unroll = hw->unroll;
    bool any = false;

    for (int i = 0; i < AS_LOOPS; i++)
        any = any || hw->unroll_given[i] > 0;
    for (int i = 0; i < AS_LOOPS; i++) {
        unroll[i] = any ? hw->unroll_given[i] : dataflow->unroll[i];
        if (unroll[i] == 0)
            unroll[i] = 1;
    }
    hw->ifmap_move = move_of(hw->move_ifmap, dataflow->ifmap);
    hw->weight_move = move_of(hw->move_weight, dataflow->weight);
    hw->psum_move = move_of(hw->move_psum, dataflow->psum);
    const enum as_move moves[AS_OPERANDS] = {hw->ifmap_move, hw->weight_move, hw->psum_move};
    hw->stays = as_stays_of(moves);
    const struct as_array_kind *kind = as_array_kind(hw->stays);
    hw->output_kind = kind->output_kind;
    hw->rows = as_axis_size(&kind->rows, unroll);
    hw->cols = as_axis_size(&kind->cols, unroll);
    hw->x_forwarded = moves[kind->row] == AS_MOVE_FORWARDED;
    hw->psum_forwarded = hw->psum_move == AS_MOVE_FORWARDED;
    hw->w_forwarded = moves[kind->col] == AS_MOVE_FORWARDED;
    hw->wide = !hw->output_kind && !hw->psum_forwarded && hw->rows > 1;
    hw->line_words = hw->line_given < 0 ? dataflow->line_words : hw->line_given;
    if (!as_array_feeds_taps(kind, unroll))
        hw->line_words = 0;
    hw->line = hw->line_words > 0;
    hw->line_stages = hw->line ? unroll[AS_LOOP_S] - 1 : 0;
}

static void derive_timing(struct as_hw *hw, const struct as_array_kind *kind)
{
    int levels = as_ceil_log2(hw->rows);

    hw->tree_stages = as_ceil_div(levels, hw->tree_levels);
    if (hw->tree_stages == 0)
        hw->tree_stages = 1;
    hw->latency = kind->latency(hw);
    hw->line_latency = hw->latency + (hw->psum_forwarded ? 0 : hw->line_stages);
    hw->wide_late =
        hw->broadcast + hw->line_stages + (hw->x_forwarded ? as_ceil_div(hw->cols, 2) - 1 : 0);
    hw->drain_cycles = hw->line_latency + kind->drain(hw);
}

void as_hw_derive(struct as_hw *hw, const char *dataflow)
{
    derive_movement(hw, as_dataflow_find(dataflow)); /* the rest follows from the array */
    const struct as_array_kind *kind = as_array_kind(hw->stays);

    derive_timing(hw, kind);
    hw->mem_width_bytes = hw->mem_width / 8;
    hw->mem_words = hw->mem_bytes / hw->mem_width_bytes;
    hw->mem_reads = 1 << as_ceil_log2(hw->mem_latency + 1);
    hw->param_beats = as_ceil_div(AS_RECORD_BYTES, hw->mem_width_bytes);
    hw->addr_bits = as_ceil_log2(hw->mem_bytes);
    kind->set_widths(hw);
    hw->line_lanes = !hw->line                          ? 0
                     : hw->unroll[AS_LOOP_C] > hw->cols ? hw->unroll[AS_LOOP_C]
                                                        : hw->cols;
    hw->wbuf_bytes = AS_W_BYTES * (hw->wide ? hw->rows * hw->cols : hw->cols);
    int wbuf_word_bytes = as_max(hw->wbuf_bytes, AS_P_BYTES);
    hw->wbuf_beats = (wbuf_word_bytes + hw->mem_width_bytes - 1) / hw->mem_width_bytes;
    int entries = hw->wide ? hw->rows * (hw->cols > 1 ? 2 : 1) / AS_P_BYTES : 1;
    hw->table_pack = as_power_of_two_up_to(as_min(entries, 8));
    hw->ibuf_addr_bits = as_ceil_log2(2 * hw->ibuf_words);
    hw->wbuf_addr_bits = as_ceil_log2(2 * hw->wbuf_words);
    hw->acc_addr_bits = as_ceil_log2(hw->acc_words);
    hw->ctl_bits = hw->acc_addr_bits + (hw->products ? AS_CTL_MUL : AS_CTL_VALID) + 1;
    hw->ibuf_word_mode = hw->load_lanes % hw->mem_width_bytes == 0;
    hw->partial_loads = kind->partial_loads || hw->products != 0;
    hw->by_address = kind->cols_are_pixels;
    hw->word_fills = as_max(as_max(hw->load_lanes, hw->line ? hw->cols : 1),
                            as_max(hw->wbuf_beats, hw->partial_loads ? hw->wbuf_bytes : 1));
}

void as_unroll_text(const int unroll[AS_LOOPS], char *out, size_t room)
{
    size_t n = 0;

    snprintf(out, room, "none");
    for (int i = 0; i < AS_LOOPS; i++)
        if (unroll[i] > 1 && n < room)
            n += (size_t)snprintf(out + n, room - n, "%s%c: %d", n ? ", " : "", AS_LOOP_LETTERS[i],
                                  unroll[i]);
}
