#include "sim/cosim/wave.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/output.h"

#define ID_FIRST '!' /* identifiers are numbers in the printable characters */
#define ID_BASE  94
#define ID_MAX   5
#define CLOCK    0 /* its number; signal s of unit u is 1 + u * signals + s */

struct as_wave {
    struct as_output output;
    FILE *out; /* of it */
    struct as_wave_signals signals;
    int units;
    uint64_t first, last;
    bool begun;
    uint64_t *before[AS_WAVE_UNITS_MAX]; /* values that were written last */
    uint64_t *now;                       /* of one unit */
};

struct as_wave_places as_wave_places(int units)
{
    if (units == 2)
        return (struct as_wave_places){{"model.u_system", "rtl.u_system"}, 2};
    return (struct as_wave_places){{"cosim.cosim_top.u_system"}, 1};
}

/* ---- declarations ---- */

static const char *id_of(int number, char text[ID_MAX + 1])
{
    int length = 0;

    do {
        text[length++] = (char)(ID_FIRST + number % ID_BASE);
        number /= ID_BASE;
    } while (number > 0 && length < ID_MAX);
    text[length] = '\0';
    return text;
}

/* A signal and its whole scope. */
struct entry {
    const char *scope;
    const struct as_wave_signal *signal;
    int number;
};

static int by_scope(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = strcmp(x->scope, y->scope);

    return order ? order : (x->number > y->number) - (x->number < y->number);
}

/* Closes and opens scopes until `to` is open instead of `from`: both are names with dots. */
static void move_scope(FILE *out, const char *from, const char *to)
{
    size_t common = 0;

    for (size_t i = 0;; i++) {
        bool ends = (from[i] == '.' || !from[i]) && (to[i] == '.' || !to[i]);
        common = ends ? i : common;
        if (from[i] != to[i] || !from[i])
            break;
    }
    if (from[common])
        fputs("$upscope $end\n", out);
    for (const char *c = from + common + (from[common] != '\0'); *c; c++)
        if (*c == '.')
            fputs("$upscope $end\n", out);
    for (const char *name = to + common; *name;) {
        name += *name == '.';
        int length = (int)strcspn(name, ".");
        fprintf(out, "$scope module %.*s $end\n", length, name);
        name += length;
    }
}

static void declare(FILE *out, const struct entry *entry)
{
    const struct as_wave_signal *signal = entry->signal;
    char id[ID_MAX + 1], range[32] = "";

    if (signal->width > 1)
        snprintf(range, sizeof range, " [%d:0]", signal->width - 1);
    fprintf(out, "$var wire %d %s %s%s $end\n", signal->width, id_of(entry->number, id),
            signal->name, range);
}

/* The clock is every unit's. */
static void declare_all(struct as_wave *w, struct as_arena *arena)
{
    static const struct as_wave_signal clock = {.name = "clk_i", .width = 1};
    const struct as_wave_places places = as_wave_places(w->units);
    struct entry *list = AS_NEW(arena, struct entry, w->units * (w->signals.count + 1));
    const char *scope = "";
    int count = 0;

    for (int u = 0; u < w->units; u++) {
        list[count++] = (struct entry){places.place[u], &clock, CLOCK};
        for (int i = 0; i < w->signals.count; i++) {
            const struct as_wave_signal *signal = &w->signals.signal[i];
            list[count++] =
                (struct entry){as_arena_printf(arena, "%s%s%s", places.place[u],
                                               *signal->scope ? "." : "", signal->scope),
                               signal, 1 + u * w->signals.count + i};
        }
    }
    qsort(list, (size_t)count, sizeof *list, by_scope);
    fputs("$version arraysmith $end\n$comment cycle n is time 2n $end\n$timescale 1ns $end\n",
          w->out);
    for (int i = 0; i < count; i++) {
        move_scope(w->out, scope, list[i].scope);
        scope = list[i].scope;
        declare(w->out, &list[i]);
    }
    move_scope(w->out, scope, "");
    fputs("$enddefinitions $end\n", w->out);
}

/* ---- values ---- */

enum as_status as_wave_open(struct as_wave **wave, struct as_arena *arena, const struct as_hw *hw,
                            const char *path, int units, uint64_t first, uint64_t last,
                            struct as_diag *diag)
{
    struct as_wave *w = AS_NEW(arena, struct as_wave, 1);

    AS_TRY(as_output_open(&w->output, arena, path, diag));
    w->out = w->output.file;
    w->signals = as_wave_signals(arena, hw);
    w->units = units;
    w->first = first;
    w->last = last;
    w->now = AS_NEW(arena, uint64_t, w->signals.values);
    for (int u = 0; u < units; u++)
        w->before[u] = AS_NEW(arena, uint64_t, w->signals.values);
    declare_all(w, arena);
    *wave = w;
    return AS_OK;
}

bool as_wave_wants(const struct as_wave *wave, uint64_t cycle)
{
    return cycle >= wave->first && cycle <= wave->last;
}

static void write_value(FILE *out, const struct as_wave_signal *signal, const uint64_t *values,
                        const char *id)
{
    if (signal->width == 1) {
        fprintf(out, "%d%s\n", (int)(values[signal->first] & 1), id);
        return;
    }
    fputc('b', out);
    for (int part = signal->parts - 1; part >= 0; part--)
        for (int bit = signal->part_width - 1; bit >= 0; bit--)
            fputc('0' + (int)(values[signal->first + part] >> bit & 1), out);
    fprintf(out, " %s\n", id);
}

/* The signals of unit u that are not what they were, or all of them at first. */
static void write_unit(struct as_wave *w, int u)
{
    for (int i = 0; i < w->signals.count; i++) {
        const struct as_wave_signal *signal = &w->signals.signal[i];
        size_t bytes = sizeof *w->now * (size_t)signal->parts;
        char id[ID_MAX + 1];
        if (w->begun && memcmp(w->now + signal->first, w->before[u] + signal->first, bytes) == 0)
            continue;
        write_value(w->out, signal, w->now, id_of(1 + u * w->signals.count + i, id));
    }
    memcpy(w->before[u], w->now, sizeof *w->now * (size_t)w->signals.values);
}

void as_wave_cycle(struct as_wave *wave, uint64_t cycle, const struct as_pins_in *in,
                   const struct as_pins_out *out, const void *const *probes)
{
    char id[ID_MAX + 1];

    fprintf(wave->out, "#%" PRIu64 "\n1%s\n", 2 * cycle, id_of(CLOCK, id));
    for (int u = 0; u < wave->units; u++) {
        as_wave_values(&wave->signals, in, &out[u], probes[u], wave->now);
        write_unit(wave, u);
    }
    fprintf(wave->out, "#%" PRIu64 "\n0%s\n", 2 * cycle + 1, id);
    wave->begun = true;
}

enum as_status as_wave_close(struct as_wave *wave, struct as_diag *diag)
{
    return as_output_close(&wave->output, diag);
}
