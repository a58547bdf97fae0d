/* The keys `mapping` (tile and order of single layers) and `goal` (what auto minimises). */
#include <stdio.h>
#include <string.h>

#include "gen/config/config_read.h"
#include "base/text.h"
#include "models/network.h"

#define KEY_COUNT(keys) ((int)(sizeof(keys) / sizeof(keys)[0]))

static const char *const dim_names[] = {AS_DIM_WORDS};

/* ---- one rule ---- */

static bool read_layer(struct as_config_reader *reader, const struct as_yaml_node *node,
                       struct as_config_rule *rule)
{
    if (as_config_number(node, &rule->layer) && rule->layer >= 0 &&
        rule->layer <= AS_RULE_LAYER_MAX)
        return true;
    as_config_refuse(reader, AS_ERR_RANGE, node, false,
                     "layer is %s, expected the number of a layer, 0..%d",
                     as_config_show(reader, node), AS_RULE_LAYER_MAX);
    return false;
}

static bool read_kind(struct as_config_reader *reader, const struct as_yaml_node *node,
                      struct as_config_rule *rule)
{
    const char *names[AS_OP_COUNT];
    const char *nearest = NULL;

    for (int op = 0; op < AS_OP_COUNT; op++) {
        names[op] = as_op_name((enum as_op)op);
        if (node->kind == AS_YAML_SCALAR && strcmp(node->text, names[op]) == 0)
            rule->op = op;
    }
    if (rule->op >= 0)
        return true;
    if (node->kind == AS_YAML_SCALAR)
        nearest = as_nearest(node->text, names, AS_OP_COUNT);
    as_config_refuse(reader, AS_ERR_PARSE, node, false,
                     "kind is %s, expected a name of `list layers`%s%s%s",
                     as_config_show(reader, node), nearest ? "; did you mean \"" : "",
                     nearest ? nearest : "", nearest ? "\"?" : "");
    return false;
}

static bool read_tile_size(struct as_config_reader *reader, const struct as_yaml_node *node,
                           int dim, struct as_config_rule *rule)
{
    const struct as_param *param = &as_params[AS_INDEX_tile_P + dim];
    char bound[64];
    int value = 0;

    bool number = as_config_is_auto(node) || as_config_number(node, &value);
    if (number && value >= param->min && value <= param->max) {
        rule->tile[dim] = value;
        return true;
    }
    as_param_bound(param, bound, sizeof bound);
    as_config_refuse(reader, number ? AS_ERR_RANGE : AS_ERR_PARSE, node, false,
                     "%s is %s, expected %s%s", param->key, as_config_show(reader, node),
                     number ? "" : "auto or a whole number, ", bound);
    return false;
}

static bool read_tile(struct as_config_reader *reader, const struct as_yaml_node *node,
                      struct as_config_rule *rule)
{
    bool good = true;

    if (as_config_is_auto(node)) {
        memset(rule->tile, 0, sizeof rule->tile);
        return true;
    }
    if (node->kind != AS_YAML_MAP) {
        as_config_refuse(reader, AS_ERR_PARSE, node, false,
                         "tile is %s, expected auto or a mapping with the keys P, Q, C, K",
                         as_config_show(reader, node));
        return false;
    }
    for (const struct as_yaml_node *member = node->first; member; member = member->next) {
        int dim = 0;
        while (dim < AS_DIM_COUNT && strcmp(member->key, dim_names[dim]) != 0)
            dim++;
        if (dim == AS_DIM_COUNT) {
            as_config_refuse_key(reader, "tile", dim_names, AS_DIM_COUNT, member);
            good = false;
        } else {
            good = read_tile_size(reader, member, dim, rule) && good;
        }
    }
    return good;
}

static bool read_rule(struct as_config_reader *reader, const struct as_yaml_node *node,
                      struct as_config_rule *rule)
{
    static const char *const keys[] = {"layer", "kind", "tile", "order"};
    bool good = true;

    *rule =
        (struct as_config_rule){.layer = -1, .op = -1, .tile = {-1, -1, -1, -1}, .order_count = -1};
    if (node->kind != AS_YAML_MAP) {
        as_config_refuse(reader, AS_ERR_PARSE, node, false,
                         "a rule of mapping is %s, expected a mapping with the keys layer or kind, "
                         "and tile, order",
                         as_config_show(reader, node));
        return false;
    }
    const struct as_yaml_node *layer = as_yaml_get(node, "layer");
    const struct as_yaml_node *kind = as_yaml_get(node, "kind");
    const struct as_yaml_node *tile = as_yaml_get(node, "tile");
    const struct as_yaml_node *order = as_yaml_get(node, "order");
    for (const struct as_yaml_node *member = node->first; member; member = member->next)
        if (member != layer && member != kind && member != tile && member != order) {
            as_config_refuse_key(reader, "mapping", keys, KEY_COUNT(keys), member);
            good = false;
        }
    if (good && !layer == !kind) {
        as_config_refuse(reader, AS_ERR_PARSE, kind ? kind : node, kind != NULL,
                         "a rule of mapping has %s, expected one of layer and kind",
                         kind ? "layer and kind" : "neither layer nor kind");
        return false;
    }
    if (good && !tile && !order) {
        as_config_refuse(reader, AS_ERR_PARSE, node, false,
                         "a rule of mapping says nothing, expected tile, order or both");
        return false;
    }
    if (layer)
        good = read_layer(reader, layer, rule) && good;
    if (kind)
        good = read_kind(reader, kind, rule) && good;
    if (tile)
        good = read_tile(reader, tile, rule) && good;
    if (order)
        good = as_config_read_order(reader, order, rule->order, &rule->order_count) && good;
    return good;
}

void as_config_read_mapping(struct as_config_reader *reader, const struct as_yaml_node *node)
{
    struct as_config *cfg = reader->cfg;

    if (!node->source->text) {
        as_config_refuse(reader, AS_ERR_PARSE, node, false,
                         "mapping is a list of rules, which only a file can hold");
        return;
    }
    if (node->kind != AS_YAML_LIST) {
        as_config_refuse(reader, AS_ERR_PARSE, node, false,
                         "mapping is %s, expected a list of rules {layer or kind, tile, order}",
                         as_config_show(reader, node));
        return;
    }
    if (node->count > AS_RULES_MAX) {
        as_config_refuse(reader, AS_ERR_RANGE, node, false,
                         "mapping has %d rules, expected at most %d", node->count, AS_RULES_MAX);
        return;
    }
    for (const struct as_yaml_node *entry = node->first; entry; entry = entry->next)
        if (read_rule(reader, entry, &cfg->map.rule[cfg->map.rule_count]))
            cfg->map.rule_count++;
        else
            memset(&cfg->map.rule[cfg->map.rule_count], 0, sizeof cfg->map.rule[0]);
}

struct as_layer_wish as_mapping_wish_of(const struct as_mapping_wish *map, int layer, int op)
{
    struct as_layer_wish wish = map->all;

    for (int i = 0; i < map->rule_count; i++) {
        const struct as_config_rule *rule = &map->rule[i];
        if (rule->layer >= 0 ? rule->layer != layer : rule->op != op)
            continue;
        for (int dim = 0; dim < AS_DIM_COUNT; dim++)
            if (rule->tile[dim] >= 0)
                wish.tile[dim] = rule->tile[dim];
        if (rule->order_count >= 0) {
            wish.order_count = rule->order_count;
            memcpy(wish.order, rule->order, sizeof wish.order);
        }
    }
    return wish;
}

/* ---- goal ---- */

/* "2", "0.5", "0.125": thousandths, up to three decimals. */
static bool parse_weight(const struct as_yaml_node *node, int *out)
{
    const char *text = node->text;

    if (node->kind != AS_YAML_SCALAR || !node->plain)
        return false;
    size_t whole = strspn(text, "0123456789");
    size_t decimals = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
    size_t end = whole + (text[whole] == '.' ? 1 + decimals : 0);
    if (whole == 0 || whole > 4 || text[end] != '\0' || decimals > 3 ||
        (text[whole] == '.' && decimals == 0))
        return false;
    int value = 0;
    for (size_t i = 0; i < whole; i++)
        value = 10 * value + (text[i] - '0');
    for (size_t i = 0; i < 3; i++)
        value = 10 * value + (i < decimals ? text[whole + 1 + i] - '0' : 0);
    *out = value;
    return value <= AS_GOAL_MAX;
}

void as_config_read_goal(struct as_config_reader *reader, const struct as_yaml_node *node)
{
    static const char *const keys[] = {"cycles", "bytes"};
    struct as_config *cfg = reader->cfg;
    bool good = true;

    if (node->kind == AS_YAML_SCALAR &&
        (strcmp(node->text, "cycles") == 0 || strcmp(node->text, "bytes") == 0)) {
        bool cycles = strcmp(node->text, "cycles") == 0;
        cfg->map.all.goal_cycles = cycles ? AS_GOAL_ONE : 0;
        cfg->map.all.goal_bytes = cycles ? 0 : AS_GOAL_ONE;
        return;
    }
    if (node->kind != AS_YAML_MAP) {
        as_config_refuse(reader, AS_ERR_PARSE, node, false,
                         "goal is %s, expected cycles, bytes or a mapping of both to their weights",
                         as_config_show(reader, node));
        return;
    }
    if (node->source->text) /* in a file, what is not named counts nothing */
        cfg->map.all.goal_cycles = cfg->map.all.goal_bytes = 0;
    for (const struct as_yaml_node *member = node->first; member; member = member->next) {
        int weight;
        if (strcmp(member->key, "cycles") != 0 && strcmp(member->key, "bytes") != 0) {
            as_config_refuse_key(reader, "goal", keys, KEY_COUNT(keys), member);
            good = false;
        } else if (!parse_weight(member, &weight)) {
            as_config_refuse(reader, AS_ERR_RANGE, member, false,
                             "goal.%s is %s, expected 0..%d with up to three decimals", member->key,
                             as_config_show(reader, member), AS_GOAL_MAX / AS_GOAL_ONE);
            good = false;
        } else {
            *(strcmp(member->key, "cycles") == 0 ? &cfg->map.all.goal_cycles
                                                 : &cfg->map.all.goal_bytes) = weight;
        }
    }
    if (good && cfg->map.all.goal_cycles == 0 && cfg->map.all.goal_bytes == 0)
        as_config_refuse(reader, AS_ERR_RANGE, node, false,
                         "goal weighs neither cycles nor bytes, expected one above 0");
}

/* ---- structs that a caller filled ---- */

static bool is_order(const enum as_dim *order, int count)
{
    unsigned seen = 0;

    for (int i = 0; i < count; i++)
        seen |= 1u << order[i];
    return count == 0 || (count == AS_DIM_COUNT && seen == (1u << AS_DIM_COUNT) - 1);
}

enum as_status as_config_check_mapping(const struct as_config *cfg, struct as_diag *diag)
{
    if (!is_order(cfg->map.all.order, cfg->map.all.order_count))
        return as_fail(diag, AS_ERR_RANGE, "order is not P, Q, K and C, each once");
    if (cfg->map.all.goal_cycles < 0 || cfg->map.all.goal_cycles > AS_GOAL_MAX ||
        cfg->map.all.goal_bytes < 0 || cfg->map.all.goal_bytes > AS_GOAL_MAX ||
        cfg->map.all.goal_cycles + cfg->map.all.goal_bytes == 0)
        return as_fail(diag, AS_ERR_RANGE,
                       "goal is {cycles: %d, bytes: %d} thousandths, expected 0..%d each, one "
                       "above 0",
                       cfg->map.all.goal_cycles, cfg->map.all.goal_bytes, AS_GOAL_MAX);
    if (cfg->map.rule_count < 0 || cfg->map.rule_count > AS_RULES_MAX)
        return as_fail(diag, AS_ERR_RANGE, "mapping has %d rules, expected at most %d",
                       cfg->map.rule_count, AS_RULES_MAX);
    for (int i = 0; i < cfg->map.rule_count; i++) {
        const struct as_config_rule *rule = &cfg->map.rule[i];
        bool good = (rule->layer < 0) != (rule->op < 0) && rule->op < AS_OP_COUNT &&
                    is_order(rule->order, rule->order_count < 0 ? 0 : rule->order_count);
        for (int dim = 0; dim < AS_DIM_COUNT; dim++)
            good = good && rule->tile[dim] >= -1 &&
                   rule->tile[dim] <= as_params[AS_INDEX_tile_P + dim].max;
        if (!good)
            return as_fail(diag, AS_ERR_RANGE, "rule %d of mapping is malformed", i);
    }
    return AS_OK;
}
