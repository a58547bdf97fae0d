#include "gen/config/config.h"

#include <string.h>
#include <unistd.h>

#include "gen/config/dataflow.h"
#include "gen/config/config_problems.h"
#include "gen/config/config_read.h"
#include "base/home.h"
#include "gen/config/params.h"
#include "base/text.h"
#include "base/yaml.h"

static enum as_move move_of(const char *text, enum as_move preset)
{
    static const char *const names[] = {"forwarded", "broadcast", "stationary", "tree"};

    for (int i = 0; i < 4; i++)
        if (strcmp(text, names[i]) == 0)
            return (enum as_move)i;
    return preset;
}

/* The movement and the unroll: the preset's, where the description leaves them open. */
static void derive_movement(struct as_config *cfg)
{
    const struct as_dataflow *dataflow = as_dataflow_find(cfg->dataflow);
    int *unroll = cfg->unroll;
    bool any = false;

    for (int i = 0; i < AS_LOOPS; i++)
        any = any || cfg->unroll_given[i] > 0;
    for (int i = 0; i < AS_LOOPS; i++) {
        unroll[i] = any ? cfg->unroll_given[i] : dataflow->unroll[i];
        if (unroll[i] == 0)
            unroll[i] = 1;
    }
    cfg->ifmap_move = move_of(cfg->move_ifmap, dataflow->ifmap);
    cfg->weight_move = move_of(cfg->move_weight, dataflow->weight);
    cfg->psum_move = move_of(cfg->move_psum, dataflow->psum);
    cfg->stays = cfg->psum_move == AS_MOVE_STATIONARY    ? AS_STAYS_PSUM
                 : cfg->ifmap_move == AS_MOVE_STATIONARY ? AS_STAYS_IFMAP
                                                         : AS_STAYS_WEIGHT;
    cfg->output_kind = cfg->stays == AS_STAYS_PSUM;
    int pixels = unroll[AS_LOOP_P] * unroll[AS_LOOP_Q];
    cfg->rows =
        cfg->output_kind ? pixels : unroll[AS_LOOP_R] * unroll[AS_LOOP_S] * unroll[AS_LOOP_C];
    cfg->cols = cfg->stays == AS_STAYS_IFMAP ? pixels : unroll[AS_LOOP_K];
    cfg->x_forwarded =
        (cfg->stays == AS_STAYS_IFMAP ? cfg->weight_move : cfg->ifmap_move) == AS_MOVE_FORWARDED;
    cfg->psum_forwarded = cfg->psum_move == AS_MOVE_FORWARDED;
    cfg->w_forwarded = cfg->output_kind && cfg->weight_move == AS_MOVE_FORWARDED;
    cfg->wide = !cfg->output_kind && !cfg->psum_forwarded && cfg->rows > 1;
    cfg->line_words = cfg->line_given < 0 ? dataflow->line_words : cfg->line_given;
    if (cfg->stays != AS_STAYS_WEIGHT || cfg->unroll[AS_LOOP_R] * cfg->unroll[AS_LOOP_S] == 1)
        cfg->line_words = 0;
    cfg->line = cfg->line_words > 0;
}

static void derive_timing(struct as_config *cfg)
{
    int levels = as_ceil_log2(cfg->rows);

    cfg->tree_stages = (levels + cfg->tree_levels - 1) / cfg->tree_levels;
    if (cfg->tree_stages == 0)
        cfg->tree_stages = 1;
    cfg->latency = cfg->output_kind
                       ? 5 + cfg->broadcast + cfg->tree_stages - cfg->w_forwarded
                       : 3 + cfg->broadcast + (cfg->psum_forwarded ? cfg->rows : cfg->tree_stages);
    cfg->line_latency =
        cfg->latency + (cfg->line && !cfg->psum_forwarded ? cfg->unroll[AS_LOOP_S] - 1 : 0);
    cfg->drain_cycles = cfg->line_latency + cfg->cols + (cfg->output_kind ? cfg->rows : 0);
}

static int largest_power_of_two(int most)
{
    int power = 1;

    while (2 * power <= most)
        power *= 2;
    return power;
}

static void derive(struct as_config *cfg)
{
    derive_movement(cfg);
    derive_timing(cfg);
    cfg->mem_width_bytes = cfg->mem_width / 8;
    cfg->mem_words = cfg->mem_bytes / cfg->mem_width_bytes;
    cfg->addr_bits = as_ceil_log2(cfg->mem_bytes);
    cfg->psum_bits = cfg->output_kind ? cfg->psum_limit : 16 + as_ceil_log2(cfg->rows);
    cfg->load_lanes = cfg->output_kind ? cfg->mem_width_bytes : cfg->rows;
    cfg->ibuf_lanes = cfg->output_kind                     ? cfg->rows * cfg->mem_width_bytes
                      : cfg->line && cfg->cols > cfg->rows ? cfg->cols
                                                           : cfg->rows;
    cfg->line_lanes = !cfg->line                           ? 0
                      : cfg->unroll[AS_LOOP_C] > cfg->cols ? cfg->unroll[AS_LOOP_C]
                                                           : cfg->cols;
    cfg->wbuf_bytes = cfg->wide ? cfg->rows * cfg->cols : cfg->cols;
    int wbuf_word_bytes = cfg->wbuf_bytes > 4 ? cfg->wbuf_bytes : 4; /* a table entry is 4 bytes */
    cfg->wbuf_beats = (wbuf_word_bytes + cfg->mem_width_bytes - 1) / cfg->mem_width_bytes;
    int entries = cfg->wide ? cfg->rows * (cfg->cols > 1 ? 2 : 1) / 4 : 1;
    cfg->table_pack = largest_power_of_two(entries < 8 ? entries : 8);
    cfg->ibuf_addr_bits = as_ceil_log2(2 * cfg->ibuf_words);
    cfg->wbuf_addr_bits = as_ceil_log2(2 * cfg->wbuf_words);
    cfg->acc_addr_bits = as_ceil_log2(cfg->acc_words);
    cfg->ibuf_word_mode = cfg->load_lanes % cfg->mem_width_bytes == 0;
    cfg->parts = cfg->output_kind || cfg->stays == AS_STAYS_IFMAP || cfg->products != 0;
    cfg->by_address = cfg->stays == AS_STAYS_IFMAP;
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

static void set_defaults(struct as_config *cfg)
{
    memset(cfg, 0, sizeof *cfg);
    for (int i = 0; i < AS_PARAM_COUNT; i++) {
        if (as_params[i].is_text)
            strcpy(as_param_text(cfg, &as_params[i]), as_params[i].text_dflt);
        else
            as_param_set(cfg, &as_params[i], as_params[i].dflt);
    }
    cfg->goal_cycles = AS_GOAL_ONE;
}

void as_config_default(struct as_config *cfg)
{
    set_defaults(cfg);
    derive(cfg);
}

/* Every parameter alone: numbers in their bounds, words of their choices. */
static enum as_status check_parameters(struct as_config *cfg, struct as_diag *diag)
{
    for (int i = 0; i < AS_PARAM_COUNT; i++) {
        const struct as_param *param = &as_params[i];
        char bound[64];
        int count;

        as_param_bound(param, bound, sizeof bound);
        if (!param->is_text) {
            int value = as_param_get(cfg, param);
            if (value < param->min || value > param->max)
                return as_fail(diag, AS_ERR_RANGE, "%s is %d, expected %s", param->key, value,
                               bound);
            continue;
        }
        const char *text = as_param_text(cfg, param);
        const char *const *moves = as_param_moves(param, &count);
        bool good = !moves;
        for (int m = 0; moves && m < count && !good; m++)
            good = strcmp(moves[m], text) == 0;
        if (i == AS_INDEX_dataflow)
            good = as_dataflow_find(text) != NULL;
        if (!good)
            return as_fail(diag, AS_ERR_RANGE, "%s is %s, expected %s", param->key, text, bound);
    }
    return AS_OK;
}

enum as_status as_config_check(struct as_config *cfg, struct as_diag *diag)
{
    struct as_problem problems[AS_PROBLEMS_MAX];

    AS_TRY(check_parameters(cfg, diag));
    AS_TRY(as_config_check_mapping(cfg, diag));
    derive(cfg);
    if (as_config_problems(cfg, problems) > 0)
        return as_fail(diag, AS_ERR_RANGE, "%s", problems[0].text);
    return AS_OK;
}

/* Refuses the combinations whose parameters were not refused already. */
static void refuse_problems(struct as_config_reader *reader, const struct as_yaml_node *root)
{
    struct as_problem problems[AS_PROBLEMS_MAX];
    int count = as_config_problems(reader->cfg, problems);

    for (int i = 0; i < count; i++) {
        const int *at = problems[i].at;
        const struct as_yaml_node *node = reader->set[at[0]]   ? reader->set[at[0]]
                                          : reader->set[at[1]] ? reader->set[at[1]]
                                                               : root;
        if (!reader->failed[at[0]] && !reader->failed[at[1]])
            as_config_refuse(reader, AS_ERR_RANGE, node, false, "%s", problems[i].text);
    }
}

/* Back to the default, unless an override set it. */
static void forget(struct as_config_reader *reader, int index)
{
    const struct as_param *param = &as_params[index];

    if (reader->set[index] && !reader->set[index]->source->text)
        return;
    if (param->is_text)
        strcpy(as_param_text(reader->cfg, param), param->text_dflt);
    else
        as_param_set(reader->cfg, param, param->dflt);
}

#define UNUSED_MAX 3

/* Parameters for which the derived configuration has no place. */
static int unused(const struct as_config *cfg, int index[UNUSED_MAX])
{
    int count = 0;

    if (cfg->stays != AS_STAYS_WEIGHT || cfg->unroll[AS_LOOP_R] * cfg->unroll[AS_LOOP_S] == 1)
        index[count++] = AS_INDEX_line_given;
    if (!cfg->psum_forwarded)
        index[count++] = AS_INDEX_block_sum;
    if (cfg->by_address || cfg->requant_lanes > cfg->cols)
        index[count++] = AS_INDEX_requant_lanes;
    return count;
}

void as_config_drop_unused(struct as_config *cfg)
{
    int index[UNUSED_MAX];

    derive(cfg);
    for (int i = unused(cfg, index) - 1; i >= 0; i--)
        as_param_set(cfg, &as_params[index[i]], as_params[index[i]].dflt);
}

/* `--set dataflow=X` alone is a whole experiment: what the file says for its own dataflow, and X
 * has no use for, gives way to the default. */
static void follow_dataflow(struct as_config_reader *reader, const struct as_config *file)
{
    struct as_config *cfg = reader->cfg;
    bool to_custom = strcmp(cfg->dataflow, "custom") == 0;
    int index[UNUSED_MAX];

    if (strcmp(cfg->dataflow, file->dataflow) == 0)
        return;
    for (int i = AS_INDEX_move_ifmap; !to_custom && i <= AS_INDEX_move_psum; i++)
        forget(reader, i);
    derive(cfg);
    if (cfg->stays != file->stays) {
        for (int i = AS_INDEX_unroll_given_K; i <= AS_INDEX_unroll_given_S; i++)
            forget(reader, i);
        derive(cfg);
    }
    for (int i = unused(cfg, index) - 1; i >= 0; i--)
        forget(reader, index[i]);
}

static enum as_status finish(struct as_arena *arena, const struct as_yaml_node *root,
                             const char *const *overrides, int override_count,
                             struct as_config **out, struct as_diag *diag)
{
    struct as_config_reader reader = {.arena = arena, .diag = diag, .status = AS_OK};
    struct as_config *file = AS_NEW(arena, struct as_config, 1);

    reader.cfg = AS_NEW(arena, struct as_config, 1);
    set_defaults(reader.cfg);
    as_config_read(&reader, root);
    *file = *reader.cfg;
    derive(file);
    for (int i = 0; i < override_count; i++)
        as_config_override(&reader, overrides[i]);
    follow_dataflow(&reader, file);
    derive(reader.cfg);
    refuse_problems(&reader, root);
    if (reader.error_count > 0)
        return reader.status;
    *out = reader.cfg;
    return AS_OK;
}

enum as_status as_config_parse(struct as_arena *arena, const char *label, const char *text,
                               size_t bytes, const char *const *overrides, int override_count,
                               struct as_config **out, struct as_diag *diag)
{
    const struct as_yaml_node *root;

    AS_TRY(as_yaml_parse(arena, label, text, bytes, &root, diag));
    return finish(arena, root, overrides, override_count, out, diag);
}

enum as_status as_config_load(struct as_arena *arena, const char *accel,
                              const char *const *overrides, int override_count,
                              struct as_config **out, struct as_diag *diag)
{
    const struct as_yaml_node *root;
    const char *path = accel;

    if (!strchr(accel, '/')) {
        const char *board =
            as_home_path(arena, as_arena_printf(arena, "boards/%s/accel.yaml", accel));
        if (access(board, F_OK) == 0) {
            path = board;
        } else if (access(accel, F_OK) != 0) {
            int count;
            const char *const *boards = as_board_names(arena, &count);
            const char *nearest = as_nearest(accel, boards + 1, count - 1);
            return as_fail(diag, AS_ERR_IO, "%s: no such file and no such board%s%s%s", accel,
                           nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                           nearest ? "\"?" : "");
        }
    }
    AS_TRY(as_yaml_read(arena, path, &root, diag));
    return finish(arena, root, overrides, override_count, out, diag);
}
