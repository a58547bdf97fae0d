#include "sim/systemc/platform_run.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/home.h"
#include "base/process.h"
#include "base/progress.h"
#include "gen/config/config_write.h"
#include "sim/systemc/platform_wave.h"

#define LIMIT  86400 /* seconds */
#define TRACED "wave.vcd"

/* In a source tree, and where `make install` puts it. */
static const char *const places[] = {"build/systemc/platform", "../../lib/arraysmith/platform"};

static const char *find_platform(struct as_arena *arena)
{
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char *path = realpath(as_home_path(arena, places[i]), NULL);
        const char *found = path ? as_arena_strdup(arena, path) : NULL;
        free(path);
        if (found && access(found, X_OK) == 0)
            return found;
    }
    return NULL;
}

enum as_status as_platform_check(struct as_arena *arena, struct as_diag *diag)
{
    if (find_platform(arena))
        return AS_OK;
    return as_fail(diag, AS_ERR_TOOL,
                   "%s is not there; the engines systemc and systemc-rtl need it: `make systemc` "
                   "builds it",
                   as_home_path(arena, places[0]));
}

/* ---- what the platform is given ---- */

static enum as_status write_bytes(struct as_arena *arena, const char *dir, const char *name,
                                  const void *bytes, size_t count, struct as_diag *diag)
{
    const char *path = as_arena_printf(arena, "%s/%s", dir, name);
    FILE *out = fopen(path, "wb");

    if (!out)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    bool good = fwrite(bytes, 1, count, out) == count;
    if (fclose(out) != 0 || !good)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    return AS_OK;
}

static enum as_status write_config(struct as_arena *arena, const char *dir,
                                   const struct as_config *cfg, struct as_diag *diag)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);

    if (!out)
        return as_fail(diag, AS_ERR_IO, "%s", strerror(errno));
    as_config_write(out, cfg);
    fclose(out);
    enum as_status status = write_bytes(arena, dir, "accel.yaml", text, bytes, diag);
    free(text);
    return status;
}

static const char *input_name(struct as_arena *arena, int i)
{
    return as_arena_printf(arena, "input-%d.bin", i);
}

static enum as_status write_files(struct as_arena *arena, const char *dir,
                                  const struct as_run_setup *setup, struct as_diag *diag)
{
    uint8_t *bytes;
    size_t count;

    AS_TRY(write_config(arena, dir, setup->cfg, diag));
    as_program_serialise(arena, setup->program, &bytes, &count);
    AS_TRY(write_bytes(arena, dir, "program", bytes, count, diag));
    for (int i = 0; i < setup->input_count; i++)
        AS_TRY(write_bytes(arena, dir, input_name(arena, i), setup->inputs[i],
                           setup->program->input.bytes, diag));
    return AS_OK;
}

/* Loosely timed; where it is traced at pins, which loosely timed processes run ahead of. */
static enum as_status start_platform(struct as_arena *arena, const char *dir,
                                     const struct as_run_setup *setup, const char *unit,
                                     bool traced, struct as_diag *diag)
{
    const char *const fixed[] = {find_platform(arena),
                                 "--unit",
                                 unit,
                                 "--level",
                                 traced ? "core" : "lt",
                                 "--accel",
                                 "accel.yaml",
                                 "--program",
                                 "program",
                                 "--output",
                                 "outputs",
                                 "--report",
                                 "report.json",
                                 "--trace",
                                 TRACED};
    const int count = (int)(sizeof fixed / sizeof fixed[0]) - (traced ? 0 : 2);
    const char **argv = AS_NEW(arena, const char *, count + 2 * (setup->input_count + 1) + 1);
    const char *log = as_arena_printf(arena, "%s/log", dir);
    int status = -1;

    memcpy(argv, fixed, (size_t)count * sizeof *fixed);
    for (int i = 0; i < setup->input_count; i++) {
        argv[count + 2 * i] = "--input";
        argv[count + 2 * i + 1] = input_name(arena, i);
    }
    if (setup->reset_every > 0) {
        argv[count + 2 * setup->input_count] = "--reset-state";
        argv[count + 2 * setup->input_count + 1] = as_arena_printf(arena, "%d", setup->reset_every);
    }
    as_progress("%s: %d inference%s in SystemC", setup->net->name, setup->input_count,
                setup->input_count == 1 ? "" : "s");
    if (as_process_start(argv, dir, log, LIMIT) > 0)
        as_process_wait(&status);
    if (status == 0)
        return AS_OK;
    return as_fail(diag, AS_ERR_TOOL, "%s ends with status %d: %s", argv[0], status,
                   as_process_complaint(arena, log));
}

/* ---- what it gives ---- */

/* An inference of the report: `layers`, by counter, add up to `counters`. */
static enum as_status read_inference(struct as_arena *arena, const json_t *json, int layer_count,
                                     struct as_inference *inference, struct as_diag *diag)
{
    const json_t *layers = json_object_get(json, "layers");
    const json_t *counters = json_object_get(json, "counters");

    if ((int)json_array_size(layers) != layer_count)
        return as_fail(diag, AS_ERR_MISMATCH, "layer_done is 1 for %zu layers, the program has %d",
                       json_array_size(layers), layer_count);
    inference->layers = AS_NEW(arena, struct as_layer_run, layer_count);
    for (int n = 0; n < AS_PERF_USED; n++) {
        for (int i = 0; i < layer_count; i++) {
            const json_t *events = json_array_get(layers, (size_t)i);
            uint64_t count = (uint64_t)json_integer_value(json_array_get(events, (size_t)n));
            inference->layers[i].events[n] = count;
            inference->total.events[n] += count;
        }
        uint64_t read = (uint64_t)json_integer_value(json_array_get(counters, (size_t)n));
        if (read != inference->total.events[n])
            return as_fail(diag, AS_ERR_MISMATCH,
                           "performance counter %d reads %" PRIu64 ", %" PRIu64 " events were seen",
                           n, read, inference->total.events[n]);
    }
    return AS_OK;
}

static enum as_status read_outputs(struct as_arena *arena, const char *dir,
                                   const struct as_run_setup *setup, struct as_run *run,
                                   struct as_diag *diag)
{
    const char *path = as_arena_printf(arena, "%s/outputs", dir);
    size_t each = setup->program->output.bytes, all = each * (size_t)setup->input_count;
    int8_t *bytes = AS_NEW(arena, int8_t, all);
    FILE *in = fopen(path, "rb");

    if (!in || fread(bytes, 1, all, in) != all) {
        if (in)
            fclose(in);
        return as_fail(diag, AS_ERR_IO, "%s: shorter than %zu bytes", path, all);
    }
    fclose(in);
    for (int i = 0; i < setup->input_count; i++)
        run->inferences[i].output = bytes + each * (size_t)i;
    return AS_OK;
}

static enum as_status read_report(struct as_arena *arena, const char *dir,
                                  const struct as_run_setup *setup, struct as_run *run,
                                  struct as_diag *diag)
{
    const char *path = as_arena_printf(arena, "%s/report.json", dir);
    json_error_t error;
    json_t *report = json_load_file(path, 0, &error);
    const json_t *inferences = json_object_get(report, "inferences");
    enum as_status status = AS_OK;

    if ((int)json_array_size(inferences) != setup->input_count)
        status =
            as_fail(diag, AS_ERR_PARSE, "%s: no report of %d inferences", path, setup->input_count);
    run->seconds = json_number_value(json_object_get(report, "cpu_seconds"));
    for (int i = 0; status == AS_OK && i < setup->input_count; i++) {
        status = read_inference(arena, json_array_get(inferences, (size_t)i),
                                setup->program->layer_count, &run->inferences[i], diag);
        run->cycles += run->inferences[i].total.events[AS_PERF_CYCLES];
    }
    json_decref(report);
    return status;
}

static enum as_status run_in(struct as_arena *arena, const char *dir,
                             const struct as_run_setup *setup, const char *unit, struct as_run *run,
                             struct as_diag *diag)
{
    AS_TRY(write_files(arena, dir, setup, diag));
    AS_TRY(start_platform(arena, dir, setup, unit, false, diag));
    run->inferences = AS_NEW(arena, struct as_inference, setup->input_count);
    AS_TRY(read_outputs(arena, dir, setup, run, diag));
    AS_TRY(read_report(arena, dir, setup, run, diag));
    run->inference_count = setup->input_count;
    if (!setup->wave_path)
        return AS_OK;
    AS_TRY(start_platform(arena, dir, setup, unit, true, diag));
    AS_TRY(as_platform_wave(arena, as_arena_printf(arena, "%s/" TRACED, dir),
                            setup->cfg->board.clock_khz, setup, run, diag));
    return AS_OK;
}

enum as_status as_platform_run(struct as_arena *arena, const struct as_run_setup *setup,
                               const char *unit, struct as_run *run, struct as_diag *diag)
{
    const char *temporary = getenv("TMPDIR");
    char *dir = as_arena_printf(arena, "%s/arraysmith-XXXXXX", temporary ? temporary : "/tmp");

    if (!mkdtemp(dir))
        return as_fail(diag, AS_ERR_IO, "%s: %s", dir, strerror(errno));
    enum as_status status = run_in(arena, dir, setup, unit, run, diag);
    as_remove_folder(dir);
    return status;
}
