#include <jansson.h>

#include "base/output.h"
#include "base/version.h"
#include "gen/emit/emit.h"
#include "gen/config/config_json.h"
#include "sim/report/side_by_side.h"
#include "sim/report/report_parts.h"

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* The members that the totals and a layer share. */
static void put_row(json_t *object, const struct as_report_row *row)
{
    json_t *stalls = json_object();
    json_t *bytes = json_object();

    json_object_set_new(object, "macs", number(row->macs));
    json_object_set_new(object, "cycles", number(row->cycles));
    json_object_set_new(object, "ideal_cycles", number(row->ideal_cycles));
    json_object_set_new(object, "utilization", json_real(row->utilization));
    json_object_set_new(object, "array_beats", number(row->beats));
    json_object_set_new(object, "lookup_beats", number(row->lookup));
    json_object_set_new(stalls, "ifmap", number(row->wait_ifmap));
    json_object_set_new(stalls, "weight", number(row->wait_weight));
    json_object_set_new(stalls, "psum", number(row->wait_acc));
    json_object_set_new(stalls, "bubble", number(row->bubble));
    json_object_set_new(stalls, "fetch", number(row->fetch));
    json_object_set_new(stalls, "drain", number(row->drain));
    json_object_set_new(object, "stalls", stalls);
    json_object_set_new(bytes, "read", number(row->bytes_read));
    json_object_set_new(bytes, "written", number(row->bytes_written));
    json_object_set_new(object, "bytes", bytes);
}

static json_t *make_accelerator(const struct as_config *cfg)
{
    json_t *object = as_config_json(cfg);

    json_object_set_new(object, "config_id", json_integer(as_config_id(cfg)));
    return object;
}

static json_t *make_layers(const struct as_report *report)
{
    const struct as_run *run = report->run;
    json_t *list = json_array();

    for (int i = 0; run->inference_count > 0 && i < report->program->layer_count; i++) {
        const struct as_program_layer *layer = &report->program->layers[i];
        struct as_report_row row =
            as_report_row(report, &run->inferences[0].layers[i], layer->macs);
        json_t *object = json_object();
        json_object_set_new(object, "index", json_integer(layer->index));
        json_object_set_new(object, "name", json_string(layer->name));
        put_row(object, &row);
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *make_totals(const struct as_report *report)
{
    const struct as_run *run = report->run;
    json_t *object = json_object();

    if (run->inference_count > 0) {
        struct as_report_row row =
            as_report_row(report, &run->inferences[0].total, as_report_macs_total(report->program));
        put_row(object, &row);
        json_object_set_new(
            object, "seconds",
            json_real((double)row.cycles / (1000.0 * report->cfg->board.clock_khz)));
    }
    json_object_set_new(object, "memory_used_bytes", number(report->program->used_bytes));
    return object;
}

static json_t *make_simulation(const struct as_report *report)
{
    const struct as_run *run = report->run;
    json_t *object = json_object();
    json_t *cycles = json_array();

    for (int i = 0; i < run->inference_count; i++)
        json_array_append_new(cycles, number(run->inferences[i].total.events[AS_PERF_CYCLES]));
    json_object_set_new(object, "inference_cycles", cycles);
    json_object_set_new(object, "cycles", number(run->cycles));
    json_object_set_new(object, "cpu_seconds", json_real(run->seconds));
    json_object_set_new(object, "probes", json_integer(run->probes));
    return object;
}

static json_t *make_versions(const struct as_report *report)
{
    json_t *object = json_object();

    json_object_set_new(object, "arraysmith", json_string(AS_VERSION));
    json_object_set_new(object, "program_format", json_integer(AS_PROGRAM_VERSION));
    json_object_set_new(object, "compiler", json_string(__VERSION__));
    if (report->run->verilator)
        json_object_set_new(object, "verilator", json_string(report->run->verilator));
    return object;
}

static json_t *make_report(const struct as_report *report)
{
    json_t *root = json_object();

    json_object_set_new(root, "model", json_string(report->model));
    json_object_set_new(root, "engine", json_string(report->engine));
    json_object_set_new(root, "command", json_string(report->command));
    json_object_set_new(root, "input", json_string(report->input));
    json_object_set_new(root, "accelerator", make_accelerator(report->cfg));
    json_object_set_new(root, "totals", make_totals(report));
    json_object_set_new(root, "layers", make_layers(report));
    json_object_set_new(root, "simulation", make_simulation(report));
    if (report->run->probes > 0)
        json_object_set_new(root, "disagreements", json_integer(report->run->disagreements));
    json_object_set_new(root, "layers_compared", json_integer(report->run->layers_compared));
    json_object_set_new(root, "layers_wrong", json_integer(report->run->layers_wrong));
    json_object_set_new(root, "golden_compared", json_integer(report->golden_compared));
    json_object_set_new(root, "golden_wrong", json_integer(report->golden_wrong));
    json_object_set_new(root, "versions", make_versions(report));
    return root;
}

static enum as_status write_json(struct as_arena *arena, json_t *root, const char *path,
                                 struct as_diag *diag)
{
    struct as_output out;
    enum as_status status = as_output_open(&out, arena, path, diag);

    if (status == AS_OK) {
        json_dumpf(root, out.file, JSON_INDENT(2));
        status = as_output_close(&out, diag);
    }
    json_decref(root);
    return status;
}

enum as_status as_report_json(struct as_arena *arena, const struct as_report *report,
                              const char *path, struct as_diag *diag)
{
    return write_json(arena, make_report(report), path, diag);
}

enum as_status as_compare_json(struct as_arena *arena, const struct as_report *reports,
                               const char *const *refusals, int count, const char *path,
                               struct as_diag *diag)
{
    json_t *list = json_array();

    for (int i = 0; i < count; i++)
        json_array_append_new(list, reports[i].run ? make_report(&reports[i])
                                                   : json_pack("{ss}", "refused", refusals[i]));
    return write_json(arena, list, path, diag);
}
