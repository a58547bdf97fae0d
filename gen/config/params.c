#include "gen/config/params.h"

#include <dirent.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/home.h"

#define BOARDS_MAX 256

/* Where a group's fields are in struct as_config. */
#define AS_IN_HW(field)    hw.field
#define AS_IN_MAP(field)   map.all.field
#define AS_IN_BOARD(field) board.field
#define AS_IN_NAME(field)  field

const struct as_param as_params[AS_PARAM_COUNT] = {
#define AS_PARAM(group, name, key, dflt, min, max, unit, meaning)                                  \
    {AS_GROUP_##group,                                                                             \
     #name,                                                                                        \
     key,                                                                                          \
     false,                                                                                        \
     offsetof(struct as_config, AS_IN_##group(name)),                                              \
     dflt,                                                                                         \
     min,                                                                                          \
     max,                                                                                          \
     "",                                                                                           \
     "",                                                                                           \
     unit,                                                                                         \
     meaning},
#define AS_ITEM(group, array, kind, letter, key, dflt, min, max, unit, meaning)                    \
    {AS_GROUP_##group,                                                                             \
     #array "_" #letter,                                                                           \
     key,                                                                                          \
     false,                                                                                        \
     offsetof(struct as_config, AS_IN_##group(array[AS_##kind##_##letter])),                       \
     dflt,                                                                                         \
     min,                                                                                          \
     max,                                                                                          \
     "",                                                                                           \
     "",                                                                                           \
     unit,                                                                                         \
     meaning},
#define AS_TEXT(group, name, key, dflt, choices, meaning)                                          \
    {AS_GROUP_##group,                                                                             \
     #name,                                                                                        \
     key,                                                                                          \
     true,                                                                                         \
     offsetof(struct as_config, AS_IN_##group(name)),                                              \
     0,                                                                                            \
     0,                                                                                            \
     0,                                                                                            \
     dflt,                                                                                         \
     choices,                                                                                      \
     "",                                                                                           \
     meaning},
#include "gen/config/params.def"
#undef AS_PARAM
#undef AS_ITEM
#undef AS_TEXT
};

const struct as_list_key as_config_list_keys[] = {
    {"order", "auto", "auto or a list of P, Q, K, C", "tile loops, outermost first"},
    {"goal", "cycles", "cycles, bytes or {cycles: x, bytes: y}, 0..1000 each",
     "what `auto` minimises: x * cycles + y * bytes moved"},
    {"mapping", "none", "a list of {layer: n or kind: OPERATOR, tile: ..., order: ...}",
     "tile and order of single layers; later rules win"},
};
const int as_config_list_key_count =
    (int)(sizeof as_config_list_keys / sizeof as_config_list_keys[0]);

const struct as_param *as_param_find(const char *key)
{
    for (int i = 0; i < AS_PARAM_COUNT; i++)
        if (strcmp(as_params[i].key, key) == 0)
            return &as_params[i];
    return NULL;
}

int as_param_get(const struct as_config *config, const struct as_param *param)
{
    int value;

    memcpy(&value, (const char *)config + param->offset, sizeof value);
    return value;
}

void as_param_set(struct as_config *config, const struct as_param *param, int value)
{
    memcpy((char *)config + param->offset, &value, sizeof value);
}

const char *as_param_text(const struct as_config *config, const struct as_param *param)
{
    return (const char *)config + param->offset;
}

void as_param_set_text(struct as_config *config, const struct as_param *param, const char *text)
{
    snprintf((char *)config + param->offset, AS_NAME_MAX, "%s", text);
}

const char *const *as_param_moves(const struct as_param *param, int *count)
{
    static const char *const ifmap[] = {"preset", "forwarded", "broadcast", "stationary"};
    static const char *const weight[] = {"preset", "stationary", "forwarded", "broadcast"};
    static const char *const psum[] = {"preset", "forwarded", "tree", "stationary"};

    *count = 4;
    return strcmp(param->choices, "@moves_ifmap") == 0    ? ifmap
           : strcmp(param->choices, "@moves_weight") == 0 ? weight
           : strcmp(param->choices, "@moves_psum") == 0   ? psum
                                                          : NULL;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *const *as_board_names(struct as_arena *arena, int *count)
{
    const char **names = AS_NEW(arena, const char *, BOARDS_MAX + 1);
    const char *folder = as_home_path(arena, "boards");
    DIR *dir = opendir(folder);
    int n = 0;

    names[n++] = "none";
    if (dir) {
        const struct dirent *entry;
        while (n <= BOARDS_MAX && (entry = readdir(dir)) != NULL) {
            const char *file;
            if (entry->d_name[0] == '.' || strlen(entry->d_name) >= AS_NAME_MAX)
                continue;
            file = as_arena_printf(arena, "%s/%s/board.yaml", folder, entry->d_name);
            if (access(file, R_OK) == 0)
                names[n++] = as_arena_strdup(arena, entry->d_name);
        }
        closedir(dir);
    }
    qsort(names + 1, (size_t)n - 1, sizeof *names, compare_names);
    *count = n;
    return names;
}

void as_param_bound(const struct as_param *param, char *out, size_t room)
{
    int count;
    const char *const *moves = as_param_moves(param, &count);

    if (moves)
        snprintf(out, room, "%s, %s, %s or %s", moves[0], moves[1], moves[2], moves[3]);
    else if (param->is_text)
        snprintf(out, room, "%s",
                 strcmp(param->choices, "@boards") == 0 ? "none or a folder of boards/"
                 : strcmp(param->choices, "@dataflows") == 0
                     ? "a name of `list dataflows` or custom"
                     : "letters, digits, _ . -; not first . or -");
    else if (param->min == param->max)
        snprintf(out, room, "%d %s, the only width so far", param->min, param->unit);
    else
        snprintf(out, room, "%d..%d %s", param->min, param->max, param->unit);
}

static void print_row(FILE *out, bool markdown, const char *key, const char *dflt,
                      const char *bound, const char *meaning)
{
    if (markdown)
        fprintf(out, "| `%s` | %s | %s | %s |\n", key, dflt, bound, meaning);
    else
        fprintf(out, "  %-22s %-12s %-30s %s\n", key, dflt, bound, meaning);
}

void as_config_print_params(FILE *out, bool markdown)
{
    if (markdown)
        fprintf(out, "| key | default | values | meaning |\n|---|---|---|---|\n");
    for (int i = 0; i < AS_PARAM_COUNT; i++) {
        const struct as_param *param = &as_params[i];
        char dflt[AS_NAME_MAX], bound[64];

        if (param->is_text)
            snprintf(dflt, sizeof dflt, "%s", param->text_dflt);
        else
            snprintf(dflt, sizeof dflt, "%d", param->dflt);
        as_param_bound(param, bound, sizeof bound);
        print_row(out, markdown, param->key, dflt, bound, param->meaning);
    }
    for (int i = 0; i < as_config_list_key_count; i++) {
        const struct as_list_key *key = &as_config_list_keys[i];
        print_row(out, markdown, key->key, key->dflt, key->bound, key->meaning);
    }
}
