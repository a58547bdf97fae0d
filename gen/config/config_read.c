#include "gen/config/config_read.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "gen/config/dataflow.h"
#include "base/text.h"

#define KEYS_MAX (AS_PARAM_COUNT + 3)

static const char *const kind_names[] = {"a value", "a mapping", "a list"};
static const char *const dim_names[] = {AS_DIM_WORDS};

void as_config_refuse(struct as_config_reader *reader, enum as_status status,
                      const struct as_yaml_node *node, bool at_key, const char *fmt, ...)
{
    va_list args;

    if (reader->error_count++ == 0)
        reader->status = status;
    if (reader->error_count > AS_CONFIG_ERRORS_MAX)
        return;
    va_start(args, fmt);
    as_yaml_vfail(reader->diag, status, node, at_key, fmt, args);
    va_end(args);
    if (reader->error_count == AS_CONFIG_ERRORS_MAX)
        as_fail(reader->diag, status, "%s: stopped at %d errors", node->source->label,
                AS_CONFIG_ERRORS_MAX);
}

const char *as_config_show(const struct as_config_reader *reader, const struct as_yaml_node *node)
{
    if (node->kind != AS_YAML_SCALAR)
        return kind_names[node->kind];
    if (*node->text == '\0' && node->plain)
        return "empty";
    return as_arena_printf(reader->arena, node->plain ? "%.40s" : "\"%.40s\"", node->text);
}

/* ---- values ---- */

bool as_config_is_auto(const struct as_yaml_node *node)
{
    return node->kind == AS_YAML_SCALAR && strcmp(node->text, "auto") == 0;
}

bool as_config_number(const struct as_yaml_node *node, int *out)
{
    if (node->kind != AS_YAML_SCALAR || !node->plain)
        return false;
    bool hex = strncmp(node->text, "0x", 2) == 0; /* as YAML 1.2 writes it */
    const char *digits = node->text + (hex ? 2 : *node->text == '-');
    size_t count = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");
    if (count == 0 || digits[count] != '\0' || (!hex && digits[0] == '0' && count > 1))
        return false;
    long value = strtol(node->text, NULL, hex ? 16 : 10); /* LONG_MAX when it is larger */
    *out = value > INT_MAX ? INT_MAX : value < INT_MIN ? INT_MIN : (int)value;
    return true;
}

static void take_number(struct as_config_reader *reader, int index, const struct as_yaml_node *node)
{
    const struct as_param *param = &as_params[index];
    char bound[64];
    int value;

    if (strncmp(param->key, "tile.", 5) == 0 && as_config_is_auto(node)) {
        as_param_set(reader->cfg, param, 0);
        return;
    }
    bool number = as_config_number(node, &value);
    if (number && value >= param->min && value <= param->max) {
        as_param_set(reader->cfg, param, value);
        return;
    }
    reader->failed[index] = true;
    as_param_bound(param, bound, sizeof bound);
    as_config_refuse(reader, number ? AS_ERR_RANGE : AS_ERR_PARSE, node, false,
                     "%s is %s, expected %s%s", param->key, as_config_show(reader, node),
                     number ? "" : "a whole number, ", bound);
}

/* The choices of a text parameter, or NULL for a free name. */
static const char *const *list_choices(struct as_config_reader *reader,
                                       const struct as_param *param, int *count)
{
    *count = 0;
    if (strcmp(param->choices, "@boards") == 0)
        return as_board_names(reader->arena, count);
    if (strcmp(param->choices, "@dataflows") == 0) {
        const char *const *presets = as_dataflow_names(count);
        const char **names = AS_NEW(reader->arena, const char *, *count + 1);
        memcpy(names, presets, (size_t)*count * sizeof *names);
        names[(*count)++] = "custom";
        return names;
    }
    return as_param_moves(param, count);
}

/* A name becomes that of files and folders: neither an option, nor hidden, nor a way out. */
static bool is_name(const char *text)
{
    if (*text == '.' || *text == '-')
        return false;
    for (const char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("_.-", *c))
            return false;
    return *text != '\0' && strlen(text) < AS_NAME_MAX;
}

static const char *describe_text(struct as_arena *arena, const struct as_param *param)
{
    char bound[64];

    as_param_bound(param, bound, sizeof bound);
    return as_arena_printf(arena, "%s%s", *param->choices ? "" : "a name of up to 63 ", bound);
}

/* "a, b or c": for a word that is near to none of them. */
static const char *list_words(struct as_arena *arena, const char *const *words, int count)
{
    const char *text = words[0];

    for (int i = 1; i < count; i++)
        text = as_arena_printf(arena, "%s%s%s", text, i < count - 1 ? ", " : " or ", words[i]);
    return text;
}

static void take_text(struct as_config_reader *reader, int index, const struct as_yaml_node *node)
{
    const struct as_param *param = &as_params[index];
    const char *nearest = NULL;
    int count;
    bool good = node->kind == AS_YAML_SCALAR && is_name(node->text);
    const char *const *choices = list_choices(reader, param, &count);

    if (good && choices) {
        good = false;
        for (int i = 0; i < count && !good; i++)
            good = strcmp(choices[i], node->text) == 0;
    }
    if (good) {
        as_param_set_text(reader->cfg, param, node->text);
        return;
    }
    reader->failed[index] = true;
    if (choices && node->kind == AS_YAML_SCALAR)
        nearest = as_nearest(node->text, choices, count);
    as_config_refuse(reader, AS_ERR_PARSE, node, false, "%s is %s, expected %s%s%s%s", param->key,
                     as_config_show(reader, node),
                     choices && !nearest ? list_words(reader->arena, choices, count)
                                         : describe_text(reader->arena, param),
                     nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                     nearest ? "\"?" : "");
}

bool as_config_read_order(struct as_config_reader *reader, const struct as_yaml_node *node,
                          enum as_dim order[AS_DIM_COUNT], int *count)
{
    unsigned seen = 0;
    int n = 0;

    *count = 0;
    if (as_config_is_auto(node))
        return true;
    if (node->kind != AS_YAML_LIST || node->count != AS_DIM_COUNT) {
        as_config_refuse(reader, AS_ERR_PARSE, node, false,
                         "order is %s, expected auto or a list of P, Q, K and C, each once",
                         node->kind == AS_YAML_LIST
                             ? as_arena_printf(reader->arena, "a list of %d", node->count)
                             : as_config_show(reader, node));
        return false;
    }
    for (const struct as_yaml_node *entry = node->first; entry; entry = entry->next) {
        int dim = 0;
        while (dim < AS_DIM_COUNT &&
               (entry->kind != AS_YAML_SCALAR || strcmp(entry->text, dim_names[dim]) != 0))
            dim++;
        if (dim == AS_DIM_COUNT || (seen & 1u << dim)) {
            as_config_refuse(reader, AS_ERR_PARSE, entry, false,
                             dim == AS_DIM_COUNT ? "order has %s, expected P, Q, K and C, each once"
                                                 : "order has %s twice, expected each once",
                             as_config_show(reader, entry));
            return false;
        }
        seen |= 1u << dim;
        order[n++] = (enum as_dim)dim;
    }
    *count = n;
    return true;
}

static void take_order(struct as_config_reader *reader, const struct as_yaml_node *node)
{
    reader->set[AS_INDEX_order] = node;
    reader->failed[AS_INDEX_order] = !as_config_read_order(reader, node, reader->cfg->map.all.order,
                                                           &reader->cfg->map.all.order_count);
}

/* ---- keys ---- */

/* The words that may follow `section` ("" = the top level), each once, in the table's order. */
static int list_keys(struct as_arena *arena, const char *section, const char **keys)
{
    size_t skip = *section ? strlen(section) + 1 : 0;
    int count = 0;

    for (int i = 0; i < AS_PARAM_COUNT; i++) {
        const char *key = as_params[i].key;
        if (skip > 0 && (strncmp(key, section, skip - 1) != 0 || key[skip - 1] != '.'))
            continue;
        const char *word =
            as_arena_printf(arena, "%.*s", (int)strcspn(key + skip, "."), key + skip);
        if (count == 0 || strcmp(keys[count - 1], word) != 0)
            keys[count++] = word;
    }
    for (int i = 0; skip == 0 && i < as_config_list_key_count; i++)
        keys[count++] = as_config_list_keys[i].key;
    return count;
}

static char *join(struct as_arena *arena, const char *const *words, int count)
{
    char *text = as_arena_strdup(arena, words[0]);

    for (int i = 1; i < count; i++)
        text = as_arena_printf(arena, "%s, %s", text, words[i]);
    return text;
}

void as_config_refuse_key(struct as_config_reader *reader, const char *section,
                          const char *const *keys, int count, const struct as_yaml_node *node)
{
    const char *nearest = as_nearest(node->key, keys, count);
    const char *dot = *section ? "." : "";

    if (nearest)
        as_config_refuse(reader, AS_ERR_PARSE, node, true,
                         "unknown key \"%s%s%.40s\"; did you mean \"%s%s%s\"?", section, dot,
                         node->key, section, dot, nearest);
    else
        as_config_refuse(reader, AS_ERR_PARSE, node, true,
                         "unknown key \"%s%s%.40s\"; expected one of %s", section, dot, node->key,
                         join(reader->arena, keys, count));
}

static void refuse_key(struct as_config_reader *reader, const char *section,
                       const struct as_yaml_node *node)
{
    const char *keys[KEYS_MAX];
    int count = list_keys(reader->arena, section, keys);

    as_config_refuse_key(reader, section, keys, count, node);
}

static void take_parameter(struct as_config_reader *reader, int index,
                           const struct as_yaml_node *node)
{
    reader->set[index] = node;
    reader->failed[index] = false;
    if (as_params[index].is_text)
        take_text(reader, index, node);
    else
        take_number(reader, index, node);
}

static void take_section(struct as_config_reader *reader, const char *section,
                         const struct as_yaml_node *node)
{
    const char *keys[KEYS_MAX];
    bool tile = strcmp(section, "tile") == 0;

    if (tile && as_config_is_auto(node)) {
        for (int i = AS_INDEX_tile_P; i <= AS_INDEX_tile_K; i++)
            take_parameter(reader, i, node);
        return;
    }
    if (node->kind != AS_YAML_MAP) {
        int count = list_keys(reader->arena, section, keys);
        as_config_refuse(reader, AS_ERR_PARSE, node, false,
                         "%s is %s, expected %sa mapping with the keys %s", section,
                         as_config_show(reader, node), tile ? "auto or " : "",
                         join(reader->arena, keys, count));
        return;
    }
    for (const struct as_yaml_node *member = node->first; member; member = member->next) {
        const char *key = as_arena_printf(reader->arena, "%s.%s", section, member->key);
        const struct as_param *param = as_param_find(key);
        if (param)
            take_parameter(reader, (int)(param - as_params), member);
        else
            refuse_key(reader, section, member);
    }
}

void as_config_read(struct as_config_reader *reader, const struct as_yaml_node *root)
{
    const char *keys[KEYS_MAX];
    int count = list_keys(reader->arena, "", keys);

    if (root->kind != AS_YAML_MAP) {
        as_config_refuse(reader, AS_ERR_PARSE, root, false,
                         "the description is %s, expected a mapping with the keys %s",
                         as_config_show(reader, root), join(reader->arena, keys, count));
        return;
    }
    for (const struct as_yaml_node *member = root->first; member; member = member->next) {
        const struct as_param *param = as_param_find(member->key);
        bool known = false;

        for (int i = 0; i < count && !known; i++)
            known = strcmp(keys[i], member->key) == 0;
        if (!known)
            refuse_key(reader, "", member);
        else if (param)
            take_parameter(reader, (int)(param - as_params), member);
        else if (strcmp(member->key, "order") == 0)
            take_order(reader, member);
        else if (strcmp(member->key, "mapping") == 0)
            as_config_read_mapping(reader, member);
        else if (strcmp(member->key, "goal") == 0)
            as_config_read_goal(reader, member);
        else
            take_section(reader, member->key, member);
    }
}

/* ---- overrides ---- */

static struct as_yaml_node *new_node(struct as_config_reader *reader,
                                     const struct as_yaml_source *source, enum as_yaml_kind kind)
{
    struct as_yaml_node *node = AS_NEW(reader->arena, struct as_yaml_node, 1);

    node->kind = kind;
    node->source = source;
    node->plain = true;
    node->text = "";
    return node;
}

/* "P,Q,K,C", brackets and blanks allowed, as a list. */
static struct as_yaml_node *split_list(struct as_config_reader *reader,
                                       const struct as_yaml_source *source, const char *value)
{
    struct as_yaml_node *list = new_node(reader, source, AS_YAML_LIST);
    struct as_yaml_node **end = &list->first;
    char *rest = as_arena_strdup(reader->arena, value);
    char *word;

    while (list->count < AS_YAML_NODES_MAX && (word = strsep(&rest, ",")) != NULL) {
        word += strspn(word, " [");
        word[strcspn(word, " ]")] = '\0';
        *end = new_node(reader, source, AS_YAML_SCALAR);
        (*end)->text = word;
        end = &(*end)->next;
        list->count++;
    }
    return list;
}

void as_config_override(struct as_config_reader *reader, const char *override)
{
    struct as_yaml_source *source = AS_NEW(reader->arena, struct as_yaml_source, 1);
    struct as_yaml_node *node;
    const char *equals = strchr(override, '=');

    source->label = as_arena_printf(reader->arena, "--set %.80s", override);
    node = new_node(reader, source, AS_YAML_SCALAR);
    if (!equals || equals == override) {
        as_config_refuse(reader, AS_ERR_PARSE, node, false, "expected key=value");
        return;
    }
    node->text = equals + 1;
    if (strchr(node->text, ','))
        node = split_list(reader, source, node->text);
    char *key = as_arena_printf(reader->arena, "%.*s", (int)(equals - override), override);
    char *dot = strchr(key, '.');
    for (char *name = dot ? dot + 1 : key; name; name = name == key ? NULL : key) {
        struct as_yaml_node *map = new_node(reader, source, AS_YAML_MAP);
        if (dot && name == key)
            *dot = '\0';
        node->key = name;
        map->first = node;
        map->count = 1;
        node = map;
    }
    as_config_read(reader, node);
}
