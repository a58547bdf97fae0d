/* The save file of GTKWave. */
#include <stdlib.h>
#include <string.h>

#include "base/output.h"
#include "sim/cosim/wave.h"

/* Flags of a line of the file. */
#define HEX         "@22"
#define BIT         "@28"
#define GROUP       "@800200"
#define GROUP_SHUT  "@c00200" /* shown as its name until it is opened */
#define END         "@1000200"
#define END_SHUT    "@1401200"
#define GROUP_PARTS 7

/* A group has the signals whose scopes begin so; those of a descriptor are in a group inside. */
static const struct group {
    const char *name;
    bool shut;
    const char *scope[GROUP_PARTS];
} groups[] = {
    {"host link", false, {""}},
    {"memory port", false, {"u_memory", "u_core.u_arb"}},
    {"load", true, {"u_core.u_load", "u_core.u_ibuf", "u_core.u_wbuf"}},
    {"compute", true, {"u_core.u_compute", "u_core.u_window", "u_core.u_array", "u_core.u_acc"}},
    {"store", true, {"u_core.u_store", "u_core.g_lane"}},
    {"tokens", true, {"u_core.u_tokens"}},
    {"counters", true, {"u_core.u_perf", "u_core"}},
};

#define GROUPS ((int)(sizeof groups / sizeof groups[0]))

/* Whether a scope is `prefix` or inside it; "" and "u_core" are only themselves. */
static bool is_inside(const char *scope, const char *prefix)
{
    size_t length = strlen(prefix);

    if (!*prefix || strcmp(prefix, "u_core") == 0)
        return strcmp(scope, prefix) == 0;
    return strncmp(scope, prefix, length) == 0 && (!scope[length] || strchr(".[", scope[length]));
}

static bool is_in_group(const struct group *group, const struct as_wave_signal *signal)
{
    for (int i = 0; i < GROUP_PARTS && group->scope[i]; i++)
        if (is_inside(signal->scope, group->scope[i]))
            return true;
    return false;
}

static bool is_field(const struct as_wave_signal *signal)
{
    return strncmp(signal->name, "d_", 2) == 0;
}

/* A signal of every unit, beside each other. */
static void print_signal(FILE *out, const struct as_wave_places *places,
                         const struct as_wave_signal *signal)
{
    fprintf(out, "%s\n", signal->width > 1 ? HEX : BIT);
    for (int u = 0; u < places->count; u++) {
        fprintf(out, "%s.%s%s%s", places->place[u], signal->scope, *signal->scope ? "." : "",
                signal->name);
        if (signal->width > 1)
            fprintf(out, "[%d:0]", signal->width - 1);
        fputc('\n', out);
    }
}

/* Those of a group that are fields of a descriptor, or those that are not; returns how many. */
static int print_signals(FILE *out, const struct as_wave_places *places,
                         const struct as_wave_signals *signals, const struct group *group,
                         bool fields)
{
    int count = 0;

    for (int i = 0; i < signals->count; i++) {
        const struct as_wave_signal *signal = &signals->signal[i];
        if (!is_in_group(group, signal) || is_field(signal) != fields)
            continue;
        if (fields && count == 0)
            fputs(GROUP_SHUT "\n-descriptor\n", out);
        print_signal(out, places, signal);
        count++;
    }
    if (fields && count > 0)
        fputs(END_SHUT "\n-descriptor\n", out);
    return count;
}

const char *as_wave_gtkw_path(struct as_arena *arena, const char *wave_path)
{
    return as_arena_printf(arena, "%.*s.gtkw", (int)(strrchr(wave_path, '.') - wave_path),
                           wave_path);
}

enum as_status as_wave_write_gtkw(struct as_arena *arena, const struct as_hw *hw,
                                  const char *wave_path, int units, struct as_diag *diag)
{
    const struct as_wave_signals signals = as_wave_signals(arena, hw);
    const struct as_wave_places places = as_wave_places(units);
    struct as_output output;
    char *absolute = realpath(wave_path, NULL);

    AS_TRY(as_output_open(&output, arena, as_wave_gtkw_path(arena, wave_path), diag));
    fprintf(output.file, "[dumpfile] \"%s\"\n", absolute ? absolute : wave_path);
    free(absolute);
    for (int i = 0; i < GROUPS; i++) {
        fprintf(output.file, "%s\n-%s\n", groups[i].shut ? GROUP_SHUT : GROUP, groups[i].name);
        print_signals(output.file, &places, &signals, &groups[i], false);
        print_signals(output.file, &places, &signals, &groups[i], true);
        fprintf(output.file, "%s\n-%s\n", groups[i].shut ? END_SHUT : END, groups[i].name);
    }
    return as_output_close(&output, diag);
}
