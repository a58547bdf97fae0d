#include "sim/cosim/timeline.h"

#include <stdbool.h>
#include <string.h>

#include "base/output.h"
#include "sim/blocks/load_unit.h"
#include "sim/blocks/store_unit.h"
#include "sim/cosim/probe.h"
#include "sim/cosim/track_events.h"

#define BUCKET_CYCLES 64 /* that a value of the memory counters is the sum of */

enum track { TRACK_PROCESS = 1, LAYERS, LOAD, COMPUTE, STORE, REQUANT, READ, WRITTEN, TRACKS };

/* Names of slices; those of layers follow. */
enum slice {
    NOTHING,
    INFERENCE,
    FETCH,
    WAIT_IFMAP,
    WAIT_WEIGHT,
    WAIT_ACC,
    DRAIN,
    ARRAY,
    LOOKUP,
    BUBBLE,
    WAIT,
    BUSY,
    LAYER
};

static const char *const names[LAYER] = {
    [INFERENCE] = "inference",
    [FETCH] = "fetch",
    [WAIT_IFMAP] = "ifmap wait",
    [WAIT_WEIGHT] = "weights wait",
    [WAIT_ACC] = "psum wait",
    [DRAIN] = "drain",
    [ARRAY] = "array busy",
    [LOOKUP] = "lookup",
    [BUBBLE] = "bubbles",
    [WAIT] = "wait",
    [BUSY] = "busy",
};

struct as_timeline {
    struct as_output output;
    FILE *out; /* of it */
    const struct as_program *program;
    const struct as_hw *hw;
    int load_state, store_state, requant_empty; /* probes */

    bool busy;
    uint64_t inference, started; /* from 1; its first cycle */
    int layer;                   /* layer_done pulses seen */
    unsigned open[TRACKS][2];    /* slices, of enum slice; the outer one first */

    /* of an engine: descriptors begun, the layer of the last of them, its number there from 0 */
    uint64_t begun[TRACKS];
    int layer_of[TRACKS];
    uint64_t number[TRACKS];

    uint64_t read, written; /* bytes of this bucket */
};

/* ---- the file ---- */

static int find_probe(struct as_arena *arena, const struct as_hw *hw, const char *id)
{
    const struct as_probe *probes = as_probe_list(arena, hw);
    int i = 0;

    while (strcmp(probes[i].id, id) != 0)
        i++;
    return i;
}

static void declare(struct as_timeline *t, struct as_arena *arena, const struct as_run_setup *setup)
{
    as_track_process(t->out,
                     as_arena_printf(arena, "%s on %s", setup->net->name, setup->cfg->name));
    as_track_slices(t->out, LAYERS, "layers");
    as_track_slices(t->out, LOAD, "load");
    as_track_slices(t->out, COMPUTE, "compute");
    as_track_slices(t->out, STORE, "store");
    as_track_slices(t->out, REQUANT, "requant");
    as_track_counter(t->out, READ, "memory read", "bytes in 64 cycles");
    as_track_counter(t->out, WRITTEN, "memory written", "bytes in 64 cycles");
    for (unsigned i = NOTHING + 1; i < LAYER; i++)
        as_track_name(t->out, i, names[i]);
    for (int i = 0; i < t->program->layer_count; i++) {
        const struct as_program_layer *layer = &t->program->layers[i];
        as_track_name(t->out, LAYER + (unsigned)i,
                      as_arena_printf(arena, "%d %s", layer->index, layer->name));
    }
}

enum as_status as_timeline_open(struct as_timeline **timeline, struct as_arena *arena,
                                const struct as_run_setup *setup, struct as_diag *diag)
{
    struct as_timeline *t = AS_NEW(arena, struct as_timeline, 1);

    AS_TRY(as_output_open(&t->output, arena, setup->trace_path, diag));
    t->out = t->output.file;
    t->program = setup->program;
    t->hw = &setup->cfg->hw;
    t->load_state = find_probe(arena, t->hw, "load_unit.state_q");
    t->store_state = find_probe(arena, t->hw, "store_unit.state_q");
    t->requant_empty = find_probe(arena, t->hw, "requant_empty");
    declare(t, arena, setup);
    *timeline = t;
    return AS_OK;
}

/* ---- slices ---- */

/* The stream that the engine of a track executes. */
static enum as_stream stream_of(enum track track)
{
    return track == LOAD ? AS_STREAM_LOAD : track == COMPUTE ? AS_STREAM_COMPUTE : AS_STREAM_STORE;
}

static void begin(struct as_timeline *t, enum track track, int level, unsigned slice,
                  uint64_t cycle)
{
    t->open[track][level] = slice;
    if (slice == INFERENCE)
        as_track_begin(t->out, track, cycle, slice, "inference", t->inference);
    else if (slice >= LAYER && track != LAYERS)
        as_track_begin(t->out, track, cycle, slice, "descriptor", t->number[track]);
    else if (slice != NOTHING)
        as_track_begin(t->out, track, cycle, slice, NULL, 0);
}

static void end(struct as_timeline *t, enum track track, int level, uint64_t cycle)
{
    if (t->open[track][level] != NOTHING)
        as_track_end(t->out, track, cycle);
    t->open[track][level] = NOTHING;
}

/* From this cycle on the track shows one slice inside another. */
static void show(struct as_timeline *t, enum track track, unsigned outer, unsigned inner,
                 uint64_t cycle)
{
    unsigned *open = t->open[track];

    if (open[0] == outer && open[1] == inner)
        return;
    end(t, track, 1, cycle);
    if (open[0] != outer) {
        end(t, track, 0, cycle);
        begin(t, track, 0, outer, cycle);
    }
    begin(t, track, 1, inner, cycle);
}

/* The slice of the descriptor that an engine executes: its layer.  Between two descriptors is
 * another state. */
static unsigned work_of(struct as_timeline *t, enum track track)
{
    const struct as_program_layer *layers = t->program->layers;
    const enum as_stream stream = stream_of(track);
    int *layer = &t->layer_of[track];

    if (t->open[track][0] < LAYER) {
        uint64_t n = t->begun[track]++;
        while (*layer < t->program->layer_count - 1 &&
               n >= layers[*layer].first[stream] + layers[*layer].count[stream])
            ++*layer;
        t->number[track] = n - layers[*layer].first[stream];
    }
    return LAYER + (unsigned)*layer;
}

/* ---- engines ---- */

static bool counts(const struct as_pins_out *out, enum as_perf_counter counter)
{
    return out->events >> counter & 1;
}

/* What keeps the compute unit from work. */
static enum slice idle_of(const struct as_pins_out *out)
{
    return counts(out, AS_PERF_FETCH)         ? FETCH
           : counts(out, AS_PERF_WAIT_IFMAP)  ? WAIT_IFMAP
           : counts(out, AS_PERF_WAIT_WEIGHT) ? WAIT_WEIGHT
           : counts(out, AS_PERF_WAIT_ACC)    ? WAIT_ACC
                                              : DRAIN;
}

static void show_compute(struct as_timeline *t, uint64_t cycle, const struct as_pins_out *out)
{
    enum slice work = counts(out, AS_PERF_MAC_BEATS)      ? ARRAY
                      : counts(out, AS_PERF_LOOKUP_BEATS) ? LOOKUP
                      : counts(out, AS_PERF_RUN_IDLE)     ? BUBBLE
                                                          : NOTHING;

    if (work == NOTHING)
        show(t, COMPUTE, idle_of(out), NOTHING, cycle);
    else
        show(t, COMPUTE, work_of(t, COMPUTE), work, cycle);
}

static void show_load(struct as_timeline *t, uint64_t cycle, const struct as_pins_out *out,
                      uint64_t state)
{
    unsigned slice = FETCH;

    if (counts(out, AS_PERF_LOAD_WAIT))
        slice = WAIT;
    else if (state == AS_LOAD_IDLE)
        slice = NOTHING;
    else if (state == AS_LOAD_RUN || state == AS_LOAD_DRAIN)
        slice = work_of(t, LOAD);
    show(t, LOAD, slice, NOTHING, cycle);
}

/* In WAIT without waiting it looks at the descriptor. */
static void show_store(struct as_timeline *t, uint64_t cycle, const struct as_pins_out *out,
                       uint64_t state)
{
    unsigned slice = NOTHING;

    if (counts(out, AS_PERF_STORE_WAIT))
        slice = WAIT;
    else if (state == AS_STORE_FETCH || state == AS_STORE_WAIT)
        slice = FETCH;
    else if (state != AS_STORE_IDLE)
        slice = work_of(t, STORE);
    show(t, STORE, slice, NOTHING, cycle);
}

/* ---- memory ---- */

static void end_bucket(struct as_timeline *t, uint64_t first)
{
    as_track_count(t->out, READ, first, t->read);
    as_track_count(t->out, WRITTEN, first, t->written);
    t->read = t->written = 0;
}

static void count_memory(struct as_timeline *t, uint64_t cycle, const struct as_pins_out *out)
{
    bool write = counts(out, AS_PERF_WRITES);

    if (cycle > t->started && (cycle - t->started) % BUCKET_CYCLES == 0)
        end_bucket(t, cycle - BUCKET_CYCLES);
    if (counts(out, AS_PERF_REQUESTS) && !write)
        t->read += (uint64_t)t->hw->mem_width_bytes;
    t->written += write;
    if (counts(out, AS_PERF_SIDE_BY_SIDE_WRITES))
        t->written += (uint64_t)(t->hw->requant_lanes - 1);
}

/* ---- cycles ---- */

static void begin_inference(struct as_timeline *t, uint64_t cycle)
{
    t->busy = true;
    t->inference++;
    t->started = cycle;
    t->layer = 0;
    memset(t->begun, 0, sizeof t->begun);
    memset(t->layer_of, 0, sizeof t->layer_of);
}

static void end_inference(struct as_timeline *t, uint64_t cycle)
{
    t->busy = false;
    for (int track = LAYERS; track <= REQUANT; track++)
        show(t, (enum track)track, NOTHING, NOTHING, cycle);
    end_bucket(t, cycle - 1 - (cycle - 1 - t->started) % BUCKET_CYCLES);
    end_bucket(t, cycle);
}

void as_timeline_cycle(struct as_timeline *t, uint64_t cycle, const struct as_pins_out *out,
                       const void *probes)
{
    if (!out->busy) {
        if (t->busy)
            end_inference(t, cycle);
        return;
    }
    if (!t->busy)
        begin_inference(t, cycle);
    show(t, LAYERS, INFERENCE, LAYER + (unsigned)t->layer, cycle);
    show_load(t, cycle, out, as_probe_value(probes, t->load_state));
    show_compute(t, cycle, out);
    show_store(t, cycle, out, as_probe_value(probes, t->store_state));
    show(t, REQUANT, as_probe_value(probes, t->requant_empty) ? NOTHING : BUSY, NOTHING, cycle);
    count_memory(t, cycle, out);
    if (out->layer_done && t->layer < t->program->layer_count - 1)
        t->layer++;
}

enum as_status as_timeline_close(struct as_timeline *t, uint64_t end_cycle, struct as_diag *diag)
{
    if (t->busy)
        end_inference(t, end_cycle);
    return as_output_close(&t->output, diag);
}
