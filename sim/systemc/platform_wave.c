#include "sim/systemc/platform_wave.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/output.h"
#include "sim/cosim/wave.h"

#define SIGNALS_MAX 64
#define VALUE_MAX   520 /* a word of memory, and the letter in front of it */
#define PLACE       "cosim.cosim_top.u_system.u_core"

struct signal {
    char id[16], name[64];
    int width;
    char value[VALUE_MAX];
    bool changed;
};

struct copy {
    FILE *in, *out;
    uint64_t period; /* of the clock, in the file's picoseconds */
    uint64_t first, last;
    uint64_t cycle; /* whose values are being read */
    bool began;     /* the first cycle of the window was written */
    int count;
    struct signal signal[SIGNALS_MAX];
};

static struct signal *find_signal(struct copy *c, const char *id)
{
    for (int i = 0; i < c->count; i++)
        if (strcmp(c->signal[i].id, id) == 0)
            return &c->signal[i];
    return NULL;
}

/* "$var wire 32 aaaac stat_data_o [31:0] $end" */
static void read_variable(struct copy *c, const char *line)
{
    struct signal *s = &c->signal[c->count];

    if (c->count < SIGNALS_MAX &&
        sscanf(line, "$var %*s %d %15s %63s", &s->width, s->id, s->name) == 3)
        c->count++;
}

/* "1aaaaa" or "b0101 aaaac" */
static void read_value(struct copy *c, const char *line)
{
    char value[VALUE_MAX], id[16];
    struct signal *s;

    if (sscanf(line, *line == 'b' ? "%519s %15s" : "%1[01xzXZ]%15s", value, id) != 2)
        return;
    s = find_signal(c, id);
    if (!s || strcmp(s->value, value) == 0)
        return;
    snprintf(s->value, sizeof s->value, "%s", value);
    s->changed = true;
}

static void write_header(const struct copy *c)
{
    fputs("$version arraysmith $end\n$comment cycle n is time 2n $end\n$timescale 1ns $end\n"
          "$scope module cosim $end\n$scope module cosim_top $end\n"
          "$scope module u_system $end\n$scope module u_core $end\n"
          "$var wire 1 ! clk_i $end\n",
          c->out);
    for (int i = 0; i < c->count; i++) {
        const struct signal *s = &c->signal[i];
        fprintf(c->out, "$var wire %d %s %s", s->width, s->id, s->name);
        if (s->width > 1)
            fprintf(c->out, " [%d:0]", s->width - 1);
        fputs(" $end\n", c->out);
    }
    fputs("$upscope $end\n$upscope $end\n$upscope $end\n$upscope $end\n$enddefinitions $end\n",
          c->out);
}

/* The cycles from the one being read to the one before `end`. */
static void write_cycles(struct copy *c, uint64_t end)
{
    for (; c->cycle < end; c->cycle++) {
        if (c->cycle < c->first || c->cycle > c->last)
            continue;
        fprintf(c->out, "#%" PRIu64 "\n1!\n", 2 * c->cycle);
        for (int i = 0; i < c->count; i++) {
            struct signal *s = &c->signal[i];
            if (c->began && !s->changed)
                continue;
            fprintf(c->out, "%s%s%s\n", s->value, *s->value == 'b' ? " " : "", s->id);
            s->changed = false;
        }
        c->began = true;
        fprintf(c->out, "#%" PRIu64 "\n0!\n", 2 * c->cycle + 1);
    }
}

static void copy_cycles(struct copy *c)
{
    char *line = NULL;
    size_t room = 0;
    bool defined = false;

    while (getline(&line, &room, c->in) > 0) {
        if (strncmp(line, "$enddefinitions", 15) == 0) {
            write_header(c);
            defined = true;
        } else if (!defined) {
            read_variable(c, line);
        } else if (*line == '#') {
            write_cycles(c, strtoull(line + 1, NULL, 10) / c->period);
        } else {
            read_value(c, line);
        }
    }
    write_cycles(c, c->cycle + 1);
    free(line);
}

static enum as_status write_gtkw(struct as_arena *arena, const struct copy *c, const char *wave,
                                 const char *path, struct as_diag *diag)
{
    struct as_output out;

    AS_TRY(as_output_open(&out, arena, path, diag));
    fprintf(out.file, "[dumpfile] \"%s\"\n@28\n" PLACE ".clk_i\n", wave);
    for (int i = 0; i < c->count; i++) {
        const struct signal *s = &c->signal[i];
        if (s->width > 1)
            fprintf(out.file, "@22\n" PLACE ".%s[%d:0]\n", s->name, s->width - 1);
        else
            fprintf(out.file, "@28\n" PLACE ".%s\n", s->name);
    }
    return as_output_close(&out, diag);
}

static enum as_status write_window(struct as_arena *arena, struct copy *c,
                                   const struct as_run_setup *setup, struct as_diag *diag)
{
    struct as_output out;

    AS_TRY(as_output_open(&out, arena, setup->wave_path, diag));
    c->out = out.file;
    copy_cycles(c);
    if (c->first >= c->cycle) {
        as_output_discard(&out);
        return as_fail(diag, AS_ERR_RANGE,
                       "--wave-window begins with cycle %" PRIu64 ", expected 0..%" PRIu64,
                       c->first, c->cycle - 1);
    }
    return as_output_close(&out, diag);
}

enum as_status as_platform_wave(struct as_arena *arena, const char *traced, int clock_khz,
                                const struct as_run_setup *setup, struct as_run *run,
                                struct as_diag *diag)
{
    const struct as_run_window *window = setup->wave_window;
    struct copy *c = AS_NEW(arena, struct copy, 1);
    const char *gtkw = as_wave_gtkw_path(arena, setup->wave_path);

    c->period = (UINT64_C(2000000000) / (uint64_t)clock_khz + 1) / 2;
    c->first = window ? window->first : 0;
    c->last = window ? window->last : UINT64_MAX;
    c->in = fopen(traced, "r");
    if (!c->in)
        return as_fail(diag, AS_ERR_IO, "%s: %s", traced, strerror(errno));
    enum as_status status = write_window(arena, c, setup, diag);
    fclose(c->in);
    AS_TRY(status);
    AS_TRY(write_gtkw(arena, c, setup->wave_path, gtkw, diag));
    run->wave = as_arena_printf(
        arena,
        "%s, cycles %" PRIu64 "..%" PRIu64 " of the platform's clock; cycle n at time 2n; for "
        "GTKWave %s",
        setup->wave_path, c->first, c->last < c->cycle ? c->last : c->cycle - 1, gtkw);
    return AS_OK;
}
