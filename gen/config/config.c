#include "gen/config/config.h"

#include <string.h>
#include <unistd.h>

#include "gen/config/dataflow.h"
#include "gen/config/derive.h"
#include "gen/config/config_problems.h"
#include "gen/config/config_read.h"
#include "base/home.h"
#include "gen/config/params.h"
#include "base/text.h"
#include "base/yaml.h"

static void set_defaults(struct as_config *cfg)
{
    memset(cfg, 0, sizeof *cfg);
    for (int i = 0; i < AS_PARAM_COUNT; i++) {
        if (as_params[i].is_text)
            as_param_set_text(cfg, &as_params[i], as_params[i].text_dflt);
        else
            as_param_set(cfg, &as_params[i], as_params[i].dflt);
    }
    cfg->map.all.goal_cycles = AS_GOAL_ONE;
}

void as_config_default(struct as_config *cfg)
{
    set_defaults(cfg);
    as_hw_derive(&cfg->hw, cfg->dataflow);
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
    as_hw_derive(&cfg->hw, cfg->dataflow);
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
        as_param_set_text(reader->cfg, param, param->text_dflt);
    else
        as_param_set(reader->cfg, param, param->dflt);
}

void as_config_drop_unused(struct as_config *cfg)
{
    int index[AS_PLACES];

    as_hw_derive(&cfg->hw, cfg->dataflow);
    for (int i = as_config_without_place(cfg, index) - 1; i >= 0; i--)
        as_param_set(cfg, &as_params[index[i]], as_params[index[i]].dflt);
}

/* `--set dataflow=X` alone is a whole experiment: what the file says for its own dataflow, and X
 * has no use for, gives way to the default. */
static void follow_dataflow(struct as_config_reader *reader, const char *file_dataflow,
                            enum as_stays file_stays)
{
    struct as_config *cfg = reader->cfg;
    bool to_custom = strcmp(cfg->dataflow, "custom") == 0;
    int index[AS_PLACES];

    if (strcmp(cfg->dataflow, file_dataflow) == 0)
        return;
    for (int i = AS_INDEX_move_ifmap; !to_custom && i <= AS_INDEX_move_psum; i++)
        forget(reader, i);
    as_hw_derive(&cfg->hw, cfg->dataflow);
    if (cfg->hw.stays != file_stays) {
        for (int i = AS_INDEX_unroll_given_K; i <= AS_INDEX_unroll_given_S; i++)
            forget(reader, i);
        as_hw_derive(&cfg->hw, cfg->dataflow);
    }
    for (int i = as_config_without_place(cfg, index) - 1; i >= 0; i--)
        forget(reader, index[i]);
}

static enum as_status finish(struct as_arena *arena, const struct as_yaml_node *root,
                             const char *const *overrides, int override_count,
                             struct as_config **out, struct as_diag *diag)
{
    struct as_config_reader reader = {.arena = arena, .diag = diag, .status = AS_OK};
    char dataflow[AS_NAME_MAX]; /* and what stays, as the description says */

    reader.cfg = AS_NEW(arena, struct as_config, 1);
    set_defaults(reader.cfg);
    as_config_read(&reader, root);
    as_hw_derive(&reader.cfg->hw, reader.cfg->dataflow);
    const enum as_stays stays = reader.cfg->hw.stays;
    strcpy(dataflow, reader.cfg->dataflow);
    for (int i = 0; i < override_count; i++)
        as_config_override(&reader, overrides[i]);
    follow_dataflow(&reader, dataflow, stays);
    as_hw_derive(&reader.cfg->hw, reader.cfg->dataflow);
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
