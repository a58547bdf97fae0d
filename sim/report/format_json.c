#include <jansson.h>
#include <string.h>

#include "base/version.h"
#include "gen/config/config_json.h"
#include "gen/emit/emit.h"
#include "models/arith/edge.h"
#include "sim/report/columns.h"

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* The object that holds the last member of `path`; *key is that member. */
static json_t *place(json_t *object, const char *path, const char **key)
{
    const char *dot = strchr(path, '.');

    *key = path;
    if (!dot)
        return object;
    *key = dot + 1;
    char name[32];
    snprintf(name, sizeof name, "%.*s", (int)(dot - path), path);
    json_t *inner = json_object_get(object, name);
    if (!inner) {
        inner = json_object();
        json_object_set_new(object, name, inner);
    }
    return inner;
}

/* The members that the totals and a layer share. */
static void put_row(json_t *object, const struct as_report_row *row)
{
    for (int i = 0; i < AS_COLUMN_COUNT; i++) {
        const struct as_column *column = &as_columns[i];
        const char *key;
        json_t *in = place(object, column->json, &key);
        json_object_set_new(in, key,
                            column->is_share ? json_real(as_column_share(column, row))
                                             : number(as_column_count(column, row)));
    }
}

static json_t *make_layer(int index, const char *name)
{
    json_t *object = json_object();

    json_object_set_new(object, "index", json_integer(index));
    json_object_set_new(object, "name", json_string(name));
    return object;
}

/* An engine that ran the network itself knows the MACs alone. */
static json_t *make_network_layers(const struct as_network *net)
{
    json_t *list = json_array();

    for (int i = 0; i < net->layer_count; i++) {
        json_t *object = make_layer(net->layers[i].index, net->layers[i].name);
        json_object_set_new(object, "macs", number(net->layers[i].macs));
        json_array_append_new(list, object);
    }
    return list;
}

/* Every parameter, and the ID that follows from them. */
static json_t *make_accelerator(const struct as_config *cfg)
{
    json_t *object = as_config_json(cfg);

    json_object_set_new(object, "config_id", json_integer(as_config_id(cfg)));
    return object;
}

static json_t *make_layers(const struct as_report *report)
{
    json_t *list = json_array();

    for (int i = 0; report->run->inference_count > 0 && i < report->program->layer_count; i++) {
        const struct as_program_layer *layer = &report->program->layers[i];
        struct as_report_row row = as_report_layer(report, i);
        json_t *object = make_layer(layer->index, layer->name);
        put_row(object, &row);
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *make_network_totals(const struct as_network *net)
{
    uint64_t macs = 0;

    for (int i = 0; i < net->layer_count; i++)
        macs += net->layers[i].macs;
    return json_pack("{s:I}", "macs", (json_int_t)macs);
}

static json_t *make_totals(const struct as_report *report)
{
    const struct as_run *run = report->run;
    json_t *object = json_object();

    if (run->inference_count > 0) {
        struct as_report_row row = as_report_total(report);
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

/* The model's own inputs or outputs; `host` is the operator that the host runs there. */
static json_t *make_ports(const struct as_network *net, const struct as_ports *ports)
{
    json_t *list = json_array();

    for (int i = 0; i < ports->count; i++) {
        const struct as_port *port = &ports->port[i];
        json_t *object = json_object();
        json_object_set_new(object, "name", json_string(port->name));
        json_object_set_new(object, "type", json_string(as_value_name(port->value)));
        json_object_set_new(object, "values", number(net->tensors[port->tensor].bytes));
        if (port->op)
            json_object_set_new(object, "host", json_string(port->op));
        json_array_append_new(list, object);
    }
    return list;
}

/* What is kept from one inference to the next. */
static json_t *make_state(const struct as_report *report)
{
    json_t *object = json_object();

    json_object_set_new(object, "variables", json_integer(report->net->variable_count));
    json_object_set_new(object, "bytes", number(as_state_bytes(report->net)));
    json_object_set_new(object, "inferences_since_reset", json_integer(report->frames));
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
    json_object_set_new(root, "inputs", make_ports(report->net, &report->net->inputs));
    json_object_set_new(root, "outputs", make_ports(report->net, &report->net->outputs));
    if (report->net->variable_count > 0)
        json_object_set_new(root, "state", make_state(report));
    if (report->cfg)
        json_object_set_new(root, "accelerator", make_accelerator(report->cfg));
    if (report->program) {
        json_object_set_new(root, "totals", make_totals(report));
        json_object_set_new(root, "layers", make_layers(report));
        json_object_set_new(root, "simulation", make_simulation(report));
    } else {
        json_object_set_new(root, "totals", make_network_totals(report->net));
        json_object_set_new(root, "layers", make_network_layers(report->net));
    }
    if (report->run->probes > 0)
        json_object_set_new(root, "disagreements", json_integer(report->run->disagreements));
    if (report->program) {
        json_object_set_new(root, "layers_compared", json_integer(report->run->layers_compared));
        json_object_set_new(root, "layers_wrong", json_integer(report->run->layers_wrong));
    }
    json_object_set_new(root, "golden_compared", json_integer(report->golden_compared));
    json_object_set_new(root, "golden_wrong", json_integer(report->golden_wrong));
    json_object_set_new(root, "versions", make_versions(report));
    return root;
}

/* An object; side by side a list of them. */
static void write_json(FILE *out, const struct as_report_set *set)
{
    json_t *root = set->side_by_side ? json_array() : make_report(&set->reports[0]);

    for (int i = 0; set->side_by_side && i < set->count; i++)
        json_array_append_new(root, set->reports[i].run
                                        ? make_report(&set->reports[i])
                                        : json_pack("{ss}", "refused", set->refusals[i]));
    json_dumpf(root, out, JSON_INDENT(2));
    json_decref(root);
}

const struct as_report_format as_format_json = {
    .name = "json",
    .help = "Write the report for machines",
    .write = write_json,
};
