#include "gen/params.h"

#include <dirent.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gen/home.h"

#define BOARDS_MAX 256

const struct as_param as_params[AS_PARAM_COUNT] = {
#define AS_PARAM(name, key, dflt, min, max, unit, meaning)                                         \
    {#name, key, false, offsetof(struct as_config, name), dflt, min, max, "", "", unit, meaning},
#define AS_TEXT(name, key, dflt, choices, meaning)                                                 \
    {#name, key, true, offsetof(struct as_config, name), 0, 0, 0, dflt, choices, "", meaning},
#include "gen/params.def"
#undef AS_PARAM
#undef AS_TEXT
};

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

char *as_param_text(struct as_config *config, const struct as_param *param)
{
    return (char *)config + param->offset;
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
    if (param->is_text)
        snprintf(out, room, "%s",
                 strcmp(param->choices, "@boards") == 0      ? "none or a folder of boards/"
                 : strcmp(param->choices, "@dataflows") == 0 ? "a name of `list dataflows`"
                                                             : "letters, digits, _ . -");
    else if (param->min == param->max)
        snprintf(out, room, "%d %s", param->min, param->unit);
    else
        snprintf(out, room, "%d..%d %s", param->min, param->max, param->unit);
}

static void print_row(FILE *out, bool markdown, const char *key, const char *dflt,
                      const char *bound, const char *meaning)
{
    if (markdown)
        fprintf(out, "| `%s` | %s | %s | %s |\n", key, dflt, bound, meaning);
    else
        fprintf(out, "  %-22s %-12s %-28s %s\n", key, dflt, bound, meaning);
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
    print_row(out, markdown, "order", "auto", "auto or a list of P, Q, K, C",
              "tile loops, outermost first");
}
