#include "boards/flow/build.h"

#include <string.h>

#define ASYNC "<async>"

static double number_at(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static void read_utilization(const json_t *report, const char *key, struct as_utilization *out)
{
    const json_t *row = json_object_get(json_object_get(report, "utilization"), key);

    out->used = (int)json_integer_value(json_object_get(row, "used"));
    out->available = (int)json_integer_value(json_object_get(row, "available"));
}

/* ---- critical path ---- */

static double path_delay(const json_t *path)
{
    const json_t *steps = json_object_get(path, "path");
    double sum = 0;

    for (size_t i = 0; i < json_array_size(steps); i++)
        sum += number_at(json_array_get(steps, i), "delay");
    return sum;
}

/* The slowest path that begins and ends at a clock. */
static const json_t *slowest_path(const json_t *report)
{
    const json_t *paths = json_object_get(report, "critical_paths");
    const json_t *slowest = NULL;

    for (size_t i = 0; i < json_array_size(paths); i++) {
        const json_t *path = json_array_get(paths, i);
        if (strstr(text_at(path, "from"), ASYNC) || strstr(text_at(path, "to"), ASYNC))
            continue;
        if (!slowest || path_delay(path) > path_delay(slowest))
            slowest = path;
    }
    return slowest;
}

static void read_path(struct as_arena *arena, const struct as_family *family, const json_t *steps,
                      struct as_blocks *blocks, struct as_seed *seed)
{
    const char *last = "";

    seed->critical = "";
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        const char *cell = text_at(json_object_get(step, "to"), "cell");
        bool routing = strcmp(text_at(step, "type"), "routing") == 0;
        const char *block = as_blocks_find(blocks, cell)->name;

        *(routing ? &seed->routing_ns : &seed->logic_ns) += number_at(step, "delay");
        seed->levels +=
            strcmp(text_at(step, "type"), "logic") == 0 &&
            strcmp(text_at(json_object_get(step, "to"), "port"), family->lut_output) == 0;
        if (i == 0)
            seed->from = as_arena_strdup(arena, text_at(json_object_get(step, "from"), "cell"));
        seed->to = as_arena_strdup(arena, cell);
        if (strcmp(block, last) != 0)
            seed->critical =
                as_arena_printf(arena, "%s%s%s", seed->critical, i == 0 ? "" : " > ", block);
        last = block;
    }
}

/* ---- report ---- */

enum as_status as_seed_parse(struct as_arena *arena, const struct as_family *family,
                             const json_t *report, const char *label, struct as_blocks *blocks,
                             struct as_seed *seed, struct as_diag *diag)
{
    json_t *clocks = json_object_get(report, "fmax");
    json_t *clock;
    const char *name;

    seed->closes = true;
    seed->mhz = 0;
    seed->from = seed->to = "";
    json_object_foreach(clocks, name, clock)
    {
        double achieved = number_at(clock, "achieved");
        if (achieved <= 0)
            return as_fail(diag, AS_ERR_PARSE, "%s: clock %s has no achieved frequency", label,
                           name);
        if (achieved < number_at(clock, "constraint"))
            seed->closes = false;
        if (seed->mhz <= 0 || achieved < seed->mhz)
            seed->mhz = achieved;
    }
    if (seed->mhz <= 0)
        return as_fail(diag, AS_ERR_PARSE, "%s: no clock in the report", label);
    read_utilization(report, family->logic_cell.report, &seed->logic);
    if (seed->logic.available <= 0)
        return as_fail(diag, AS_ERR_PARSE, "%s: no %s in the report", label,
                       family->logic_cell.report);
    for (int i = 0; i < family->kind_count; i++)
        if (family->kinds[i].resource.report)
            read_utilization(report, family->kinds[i].resource.report, &seed->used[i]);
    read_path(arena, family, json_object_get(slowest_path(report), "path"), blocks, seed);
    seed->done = true;
    return AS_OK;
}
