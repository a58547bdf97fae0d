#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cosim/session_parts.h"

#define SHOWN_MAX 8 /* signals of a disagreement */

/* ---- the text ---- */

FILE *as_session_begin_text(struct as_session *s)
{
    return open_memstream(&s->text, &s->text_bytes);
}

void as_session_end_text(struct as_session *s, FILE *out)
{
    fclose(out);
    s->difference = as_arena_strdup(s->arena, s->text);
    free(s->text);
    s->state = AS_SESSION_DIFFERS;
    s->differs_at = s->cycle;
}

/* The layer whose compute descriptors include number `job`, and the job's number in it. */
static const struct as_program_layer *layer_of_job(const struct as_program *program, uint64_t job,
                                                   uint64_t *number)
{
    for (int i = 0; i < program->layer_count; i++) {
        const struct as_program_layer *layer = &program->layers[i];
        uint64_t first = layer->first[AS_STREAM_COMPUTE];
        if (job >= first && job < first + layer->count[AS_STREAM_COMPUTE]) {
            *number = job - first;
            return layer;
        }
    }
    return NULL;
}

/* The place of the first unit that can tell one. */
static bool find_place(const struct as_session *s, struct as_dut_place *place)
{
    for (int i = 0; i < s->dut_count; i++) {
        if (s->dut[i].place) {
            s->dut[i].place(s->dut[i].self, place);
            return true;
        }
    }
    return false;
}

void as_session_print_place(FILE *out, const struct as_session *s)
{
    const struct as_program *program = s->setup->program;
    struct as_dut_place place;
    uint64_t number = 0;

    if (s->inference == 0) {
        fprintf(out, "\n  place     before the first start");
        return;
    }
    fprintf(out, "\n  place     inference %d, its cycle %" PRIu64 ", %d of %d layers written",
            s->inference, s->cycle - s->started, s->layer, program->layer_count);
    if (!find_place(s, &place))
        return;
    const struct as_program_layer *layer = layer_of_job(program, place.jobs, &number);
    if (layer)
        fprintf(out,
                "\n  compute   layer %d %s, job %" PRIu64 " of %" PRIu32
                ", tile k=%u r=%u s=%u c=%u, beat p=%u q=%u",
                layer->index, layer->name, number, layer->count[AS_STREAM_COMPUTE], place.k,
                place.r, place.s, place.c, place.p, place.q);
}

/* ---- unit against unit ---- */

static void print_value(FILE *out, const struct as_session *s, const char *name, uint64_t first,
                        uint64_t second)
{
    fprintf(out,
            "\n  signal    %-28s %s %" PRIu64 " (0x%" PRIx64 "), %s %" PRIu64 " (0x%" PRIx64 ")",
            name, s->dut[0].name, first, first, s->dut[1].name, second, second);
}

/* Prints the probes that differ; returns how many. */
static int print_probes(FILE *out, const struct as_session *s, const void *first,
                        const void *second)
{
    int differ = 0;

    for (int i = 0; i < s->probe_count; i++)
        if (as_probe_value(first, i) != as_probe_value(second, i) && differ++ < SHOWN_MAX)
            print_value(out, s, s->probes[i].id, as_probe_value(first, i),
                        as_probe_value(second, i));
    if (differ > SHOWN_MAX)
        fprintf(out, "\n            and %d more", differ - SHOWN_MAX);
    return differ;
}

static void describe(struct as_session *s, const void *first, const void *second,
                     const struct as_pins_out out[2])
{
    FILE *to = as_session_begin_text(s);

    fprintf(to, "%s and %s disagree in cycle %" PRIu64, s->dut[0].name, s->dut[1].name, s->cycle);
    if (print_probes(to, s, first, second) == 0) {
        print_value(to, s, "rx_ready_o", out[0].rx_ready, out[1].rx_ready);
        print_value(to, s, "tx_valid_o", out[0].tx_valid, out[1].tx_valid);
        print_value(to, s, "tx_data_o", out[0].tx_data, out[1].tx_data);
    }
    as_session_print_place(to, s);
    as_session_end_text(s, to);
}

void as_session_compare(struct as_session *s, const struct as_pins_out out[2])
{
    const void *first = s->dut[0].probes(s->dut[0].self);
    const void *second = s->dut[1].probes(s->dut[1].self);

    if (memcmp(first, second, sizeof(uint64_t) * (size_t)s->probe_count) != 0 ||
        out[0].rx_ready != out[1].rx_ready || out[0].tx_valid != out[1].tx_valid ||
        out[0].tx_data != out[1].tx_data)
        describe(s, first, second, out);
}

bool as_session_compare_memory(struct as_session *s)
{
    size_t bytes = (size_t)s->setup->cfg->hw.mem_bytes;
    const uint8_t *first = s->dut[0].memory(s->dut[0].self);
    const uint8_t *second = s->dut[1].memory(s->dut[1].self);
    size_t at = 0;

    if (memcmp(first, second, bytes) == 0)
        return true;
    while (first[at] == second[at])
        at++;
    FILE *out = as_session_begin_text(s);
    fprintf(out,
            "%s and %s disagree about the memory after inference %d\n"
            "  byte      0x%zx: %s 0x%02x, %s 0x%02x",
            s->dut[0].name, s->dut[1].name, s->inference, at, s->dut[0].name, first[at],
            s->dut[1].name, second[at]);
    as_session_end_text(s, out);
    return false;
}
