#include "sim/cosim/inference.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "gen/emit/emit.h"
#include "base/progress.h"
#include "base/text.h"
#include "sim/cosim/rtl_build.h"
#include "sim/host/link_driver.h"

#define ANSWER_CYCLES (4 << AS_HOST_TIMEOUT_BITS) /* longest silence of the host link */
#define QUIET_CYCLES  16
#define POLL_CYCLES   16  /* less than a request of the status and its answer take */
#define WAVE_BEFORE   200 /* cycles of the waveform before a disagreement */
#define WAVE_AFTER    50

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- one inference ---- */

/* The hardware's own counters against what was seen in every cycle. */
static enum as_status check_counters(struct as_link *link, const struct as_layer_run *total,
                                     struct as_diag *diag)
{
    uint32_t counters[AS_LINK_COUNTERS];

    AS_TRY(as_link_counters(link, counters, diag));
    for (int i = 0; i < AS_LINK_COUNTERS; i++) {
        uint32_t seen = i < AS_PERF_USED ? (uint32_t)total->events[i] : 0;
        if (counters[i] != seen)
            return as_fail(diag, AS_ERR_MISMATCH,
                           "performance counter %d reads %" PRIu32 ", %" PRIu32 " events were seen",
                           i, counters[i], seen);
    }
    return AS_OK;
}

static void take_layers(struct as_arena *arena, const struct as_session *s,
                        struct as_inference *inference)
{
    int count = s->setup->program->layer_count;

    inference->layers = AS_NEW(arena, struct as_layer_run, count);
    memcpy(inference->layers, s->layers, sizeof *s->layers * (size_t)count);
    for (int i = 0; i < count; i++)
        for (int n = 0; n < AS_PERF_USED; n++)
            inference->total.events[n] += s->layers[i].events[n];
}

static enum as_status write_inputs(struct as_link *link, const struct as_program_ports *ports,
                                   const uint8_t *bytes, struct as_diag *diag)
{
    for (int i = 0; i < ports->count; bytes += ports->port[i++].bytes)
        AS_TRY(as_link_write(link, ports->port[i].address, bytes, ports->port[i].bytes, diag));
    return AS_OK;
}

static enum as_status read_outputs(struct as_link *link, const struct as_program_ports *ports,
                                   uint8_t *bytes, struct as_diag *diag)
{
    for (int i = 0; i < ports->count; bytes += ports->port[i++].bytes)
        AS_TRY(as_link_read(link, ports->port[i].address, bytes, ports->port[i].bytes, diag));
    return AS_OK;
}

static enum as_status infer(struct as_session *s, struct as_link *link, const int8_t *input,
                            struct as_inference *inference, struct as_diag *diag)
{
    const struct as_program *program = s->setup->program;

    AS_TRY(write_inputs(link, &program->input, (const uint8_t *)input, diag));
    AS_TRY(as_link_start(link, program->stream[AS_STREAM_LOAD], program->stream[AS_STREAM_COMPUTE],
                         program->stream[AS_STREAM_STORE], diag));
    /* longer than a unit may be busy, so that one whose status alone is busy does not stop the run
     */
    AS_TRY(as_link_wait_idle(link, s->busy_limit / POLL_CYCLES + 1, diag));
    take_layers(s->arena, s, inference);
    uint8_t *output = AS_NEW(s->arena, uint8_t, program->output.bytes);
    inference->output = (const int8_t *)output;
    AS_TRY(read_outputs(link, &program->output, output, diag));
    AS_TRY(check_counters(link, &inference->total, diag));
    if (s->dut_count == 2 && !as_session_compare_memory(s))
        return as_fail(diag, AS_ERR_MISMATCH, "%s", s->difference);
    return AS_OK;
}

/* The variables' initial values, which the program brought with it, again. */
static enum as_status reset_state(struct as_link *link, const struct as_program *program,
                                  struct as_diag *diag)
{
    uint32_t at = as_program_state(program);

    return as_link_write(link, at, program->image + at, program->state_bytes, diag);
}

static enum as_status infer_all(struct as_session *s, struct as_run *run, struct as_diag *diag)
{
    const struct as_run_setup *setup = s->setup;
    const struct as_link_timing timing = {
        .answer_units = ANSWER_CYCLES, .quiet_units = QUIET_CYCLES, .attempts = 1};
    const struct as_link_port port = as_session_port(s);
    struct as_link link;
    struct as_link_status status;

    as_link_init(&link, &port, &timing);
    AS_TRY(as_link_status(&link, &status, diag));
    if (status.id != as_config_id(setup->cfg))
        return as_fail(diag, AS_ERR_MISMATCH, "the accelerator's ID is 0x%04x, expected 0x%04x",
                       status.id, as_config_id(setup->cfg));
    as_progress("%s: sending %u bytes of program", setup->net->name, setup->program->image_bytes);
    AS_TRY(as_link_write(&link, 0, setup->program->image, setup->program->image_bytes, diag));
    for (int i = 0; i < setup->input_count; i++) {
        if (i > 0 && as_run_resets(setup->reset_every, i))
            AS_TRY(reset_state(&link, setup->program, diag));
        AS_TRY(infer(s, &link, setup->inputs[i], &run->inferences[i], diag));
        run->inference_count = i + 1;
    }
    return AS_OK;
}

/* ---- waveforms ---- */

static const char *wave_path(struct as_arena *arena, const struct as_run_setup *setup)
{
    return setup->wave_path ? setup->wave_path
                            : as_arena_printf(arena, "%s/lockstep.fst", as_rtl_cache(arena));
}

static enum as_status start_fst(struct as_session *s, const char *path,
                                const struct as_run_window *window, struct as_diag *diag)
{
    for (int i = 0; i < s->dut_count; i++) {
        if (!s->dut[i].trace)
            continue;
        if (s->dut[i].trace(s->dut[i].self, path, window->first, window->last))
            return AS_OK;
        return as_fail(diag, AS_ERR_IO, "%s: cannot be written", path);
    }
    return as_fail(diag, AS_ERR_UNSUPPORTED,
                   "no unit of this engine records an FST; --wave FILE.vcd");
}

/* The same run again, until the window ends: it goes as it did before. */
static void replay(struct as_session *s, struct as_arena *arena, const struct as_run_setup *setup,
                   const struct as_run_window *window)
{
    struct as_run *run = AS_NEW(arena, struct as_run, 1);
    struct as_diag *ignored = AS_NEW(arena, struct as_diag, 1);

    run->inferences = AS_NEW(arena, struct as_inference, setup->input_count);
    s->cycles_after = WAVE_AFTER;
    s->cycle_limit = window->last + 1;
    as_session_open(s, arena, setup);
    infer_all(s, run, ignored);
}

/* Writes a waveform of the cycles of `window`: an FST of the RTL alone, a VCD of every unit. */
static enum as_status record_wave(struct as_arena *arena, const struct as_run_setup *setup,
                                  as_open_units *open, const struct as_run_window *window,
                                  struct as_diag *diag)
{
    struct as_session *s = AS_NEW(arena, struct as_session, 1);
    const struct as_hw *hw = &setup->cfg->hw;
    const char *path = wave_path(arena, setup);
    bool fst = as_ends_with(path, ".fst");

    AS_TRY(open(s, arena, setup, fst, diag));
    int units = fst ? 1 : s->dut_count;
    enum as_status status =
        fst ? start_fst(s, path, window, diag)
            : as_wave_open(&s->wave, arena, hw, path, units, window->first, window->last, diag);
    if (status == AS_OK)
        replay(s, arena, setup, window);
    as_session_close(s); /* completes an FST */
    if (status == AS_OK && s->wave)
        status = as_wave_close(s->wave, diag);
    return status == AS_OK ? as_wave_write_gtkw(arena, hw, path, units, diag) : status;
}

/* Records the cycles that were asked for, else those of `window`; no cycle comes after its last.
 * run->wave says what there is. */
static enum as_status write_wave(struct as_arena *arena, const struct as_run_setup *setup,
                                 as_open_units *open, struct as_run_window window,
                                 struct as_run *run, struct as_diag *diag)
{
    const struct as_run_window *asked = setup->wave_window;
    const char *path = wave_path(arena, setup);
    const char *end = "";

    if (asked) {
        window.first = asked->first;
        if (window.first > window.last)
            return as_fail(diag, AS_ERR_RANGE,
                           "--wave-window begins with cycle %" PRIu64 ", expected 0..%" PRIu64
                           ", the cycles of this run",
                           window.first, window.last);
        if (asked->last <= window.last)
            window.last = asked->last;
        else if (asked->last != AS_RUN_CYCLE_MAX)
            end = as_arena_printf(arena, ", where the run ends before %" PRIu64, asked->last);
    }
    AS_TRY(record_wave(arena, setup, open, &window, diag));
    run->wave =
        as_arena_printf(arena,
                        "%s, cycles %" PRIu64 "..%" PRIu64 "%s; cycle n at time 2n; for "
                        "GTKWave %s",
                        path, window.first, window.last, end, as_wave_gtkw_path(arena, path));
    return AS_OK;
}

static enum as_status report_difference(struct as_session *s, as_open_units *open,
                                        struct as_run *run, struct as_diag *diag)
{
    struct as_diag *wave = AS_NEW(s->arena, struct as_diag, 1);
    uint64_t at = s->differs_at;
    const struct as_run_window window = {at > WAVE_BEFORE ? at - WAVE_BEFORE : 0, at + WAVE_AFTER};

    run->disagreements = 1;
    if (write_wave(s->arena, s->setup, open, window, run, wave) != AS_OK)
        run->wave = as_arena_printf(s->arena, "none: %s", wave->text);
    as_diag_init(diag); /* what the host link said about the silence is a consequence */
    return as_fail(diag, AS_ERR_MISMATCH, "%s\n  waveform  %s\n  again     %s", s->difference,
                   run->wave, s->setup->command);
}

/* ---- the run ---- */

static enum as_status report_hang(const struct as_session *s, struct as_diag *diag)
{
    const struct as_program *program = s->setup->program;

    as_diag_init(diag);
    return as_fail(diag, AS_ERR_MISMATCH,
                   "the accelerator does not finish: busy for %" PRIu64
                   " cycles, in layer %d of %d (%s)\n  again     %s",
                   s->busy_cycles, s->layer, program->layer_count,
                   s->layer < program->layer_count ? program->layers[s->layer].name : "end",
                   s->setup->command);
}

/* Completes the timeline, after a run that failed too. */
static enum as_status end_timeline(struct as_session *s, struct as_run *run, enum as_status status,
                                   struct as_diag *diag)
{
    if (!s->timeline)
        return status;
    enum as_status written = as_timeline_close(s->timeline, s->cycle, diag);
    run->trace = written == AS_OK ? s->setup->trace_path : NULL;
    return status == AS_OK ? written : status;
}

enum as_status as_cosim_run(struct as_arena *arena, const struct as_run_setup *setup,
                            as_open_units *open, struct as_run *run, struct as_diag *diag)
{
    struct as_session *s = AS_NEW(arena, struct as_session, 1);

    run->inferences = AS_NEW(arena, struct as_inference, setup->input_count);
    AS_TRY(open(s, arena, setup, false, diag));
    if (setup->trace_path)
        AS_TRY(as_timeline_open(&s->timeline, arena, setup, diag));
    double start = cpu_seconds();
    as_session_open(s, arena, setup);
    run->probes = s->probe_count;
    enum as_status status = infer_all(s, run, diag);
    run->cycles = s->cycle;
    run->host_link = true;
    run->layers_compared = s->layers_compared;
    run->layers_wrong = s->layers_wrong;
    run->seconds = cpu_seconds() - start;
    as_session_close(s); /* before a waveform opens the units again: a library has one at a time */
    if (s->state == AS_SESSION_DIFFERS)
        status = report_difference(s, open, run, diag);
    else if (s->state == AS_SESSION_HANGS)
        status = report_hang(s, diag);
    else if (status == AS_OK && s->layers_wrong > 0)
        status = as_fail(diag, AS_ERR_MISMATCH, "%s", s->first_wrong);
    status = end_timeline(s, run, status, diag);
    if (setup->wave_path && !run->wave) {
        const struct as_run_window all = {0, run->cycles - 1};
        AS_TRY(write_wave(arena, setup, open, all, run, diag));
    }
    return status;
}
