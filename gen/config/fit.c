#include "gen/config/fit.h"

#include <string.h>

#include "base/math.h"
#include "gen/config/array_kind.h"
#include "gen/config/params.h"

static bool is_named(const struct as_dataflow *row)
{
    int count;
    const char *const *names = as_dataflow_names(&count);

    for (int i = 0; i < count; i++) {
        const struct as_dataflow *preset = as_dataflow_find(names[i]);
        if (preset->ifmap == row->ifmap && preset->weight == row->weight &&
            preset->psum == row->psum)
            return true;
    }
    return false;
}

int as_fit_unnamed(struct as_dataflow rows[AS_MOVEMENTS])
{
    static const enum as_move operand[2] = {AS_MOVE_FORWARDED, AS_MOVE_BROADCAST};
    static const enum as_move psum[2] = {AS_MOVE_FORWARDED, AS_MOVE_TREE};
    int count = 0;

    for (int i = 0; i < AS_MOVEMENTS; i++) {
        struct as_dataflow row = *as_dataflow_find("custom");
        const struct as_array_kind *kind = as_array_kind((enum as_stays)(i / 4));
        enum as_move moves[AS_OPERANDS];
        moves[AS_OPERAND_PSUM] = psum[i % 2];
        moves[kind->col] = operand[i % 2];
        moves[kind->row] = operand[i / 2 % 2];
        moves[kind->stays] = AS_MOVE_STATIONARY; /* psum or what goes down the columns */
        row.ifmap = moves[AS_OPERAND_IFMAP];
        row.weight = moves[AS_OPERAND_WEIGHT];
        row.psum = moves[AS_OPERAND_PSUM];
        if (!is_named(&row))
            rows[count++] = row;
    }
    return count;
}

static void print_number(FILE *out, int index, int value)
{
    fprintf(out, " --set %s=%d", as_params[index].key, value);
}

void as_fit_print(FILE *out, const struct as_dataflow *row, int rows, int cols)
{
    const enum as_move moves[3] = {row->ifmap, row->weight, row->psum};
    bool custom = strcmp(row->name, "custom") == 0;
    int unroll[AS_LOOPS];

    fprintf(out, "--set dataflow=%s", row->name);
    for (int i = 0; custom && i < 3; i++)
        fprintf(out, " --set %s=%s", as_params[AS_INDEX_move_ifmap + i].key,
                as_move_name(moves[i]));
    if (row->psum == AS_MOVE_TREE) /* its words are wide: so many of them are enough */
        print_number(out, AS_INDEX_wbuf_words, AS_TABLE_ENTRIES);
    as_dataflow_unroll(row, rows, cols, unroll);
    for (int i = 0; i < AS_LOOPS; i++)
        print_number(out, AS_INDEX_unroll_given_K + i, unroll[i]);
    fprintf(out, "\n");
}

enum as_status as_fit_config(const struct as_config *base, const struct as_dataflow *row,
                             struct as_config *out, struct as_diag *diag)
{
    *out = *base;
    as_param_set_text(out, &as_params[AS_INDEX_dataflow], row->name);
    for (int i = AS_INDEX_move_ifmap; i <= AS_INDEX_move_psum; i++)
        as_param_set_text(out, &as_params[i], as_params[i].text_dflt);
    as_dataflow_unroll(row, base->hw.rows, base->hw.cols, out->hw.unroll_given);
    as_param_set(out, &as_params[AS_INDEX_line_given], as_params[AS_INDEX_line_given].dflt);
    as_config_drop_unused(out);
    /* how wide its buffer words are decides how many of them the same bytes are */
    out->hw.wbuf_words = as_max(base->hw.wbuf_words, AS_TABLE_ENTRIES);
    AS_TRY(as_config_check(out, diag));
    int ifmap =
        as_power_of_two_up_to(base->hw.ibuf_words * base->hw.ibuf_lanes / out->hw.ibuf_lanes);
    int weight =
        as_power_of_two_up_to(base->hw.wbuf_words * base->hw.wbuf_bytes / out->hw.wbuf_bytes);
    out->hw.ibuf_words = as_max(ifmap, as_params[AS_INDEX_ibuf_words].min);
    out->hw.wbuf_words = as_max(weight, AS_TABLE_ENTRIES / out->hw.table_pack);
    return as_config_check(out, diag);
}
