/* Laws of the signals of a waveform, on every dataflow. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "gen/config/fit.h"
#include "sim/cosim/wave_signals.h"
#include "tests/unit/helpers/config_make.h"

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void names_are_unique(struct as_arena *arena, const struct as_wave_signals *list,
                             const char *dataflow)
{
    const char **names = AS_NEW(arena, const char *, list->count);

    for (int i = 0; i < list->count; i++)
        names[i] = as_arena_printf(arena, "%s.%s", list->signal[i].scope, list->signal[i].name);
    qsort(names, (size_t)list->count, sizeof *names, by_text);
    for (int i = 1; i < list->count; i++)
        cr_assert_str_neq(names[i], names[i - 1], "%s", dataflow);
}

/* Signals are the parts of the probes in order, and none is left out. */
static void every_probe_is_in_one(const struct as_wave_signals *list, const struct as_hw *hw,
                                  struct as_arena *arena)
{
    const struct as_probe *probes = as_probe_list(arena, hw);
    int next = 0;

    for (int i = 0; i < list->count; i++) {
        const struct as_wave_signal *signal = &list->signal[i];
        cr_assert_eq(signal->width, signal->parts * signal->part_width, "%s", signal->name);
        if (signal->first >= list->probes)
            continue;
        cr_assert_eq(signal->first, next, "%s", signal->name);
        for (int part = 0; part < signal->parts; part++) {
            const char *path = probes[next].path;
            cr_assert_eq(probes[next++].width, signal->part_width, "%s", path);
            cr_assert_eq(strncmp(path, signal->scope, strlen(signal->scope)), 0, "%s", path);
        }
    }
    cr_assert_eq(next, list->probes);
}

Test(wave_signals, hold_every_probe_once_under_a_name_of_its_own)
{
    struct as_arena *arena = as_arena_new();
    const struct as_config base = test_config_make(4, 4);
    int count;
    const char *const *names = as_dataflow_names(&count);

    for (int i = 0; i < count; i++) {
        struct as_config cfg;
        struct as_diag diag;
        as_diag_init(&diag);
        cr_assert_eq(as_fit_config(&base, as_dataflow_find(names[i]), &cfg, &diag), AS_OK, "%s",
                     diag.text);
        const struct as_wave_signals list = as_wave_signals(arena, &cfg.hw);
        names_are_unique(arena, &list, names[i]);
        every_probe_is_in_one(&list, &cfg.hw, arena);
    }
    as_arena_free(arena);
}
