#include "base/output.h"
#include "base/version.h"
#include "boards/flow/build.h"

#include <stdlib.h>
#include <string.h>

#include "gen/emit/emit.h"
#include "gen/config/config_json.h"

struct as_block as_build_total(const struct as_build *build)
{
    struct as_block total = {.path = "", .name = "total"};

    for (int i = 0; i < build->blocks.count; i++) {
        const struct as_block *block = &build->blocks.block[i];
        total.budget_cells += block->budget_cells;
        for (int k = 0; k < AS_COUNT_KINDS_MAX; k++)
            total.n[k] += block->n[k];
    }
    return total;
}

static int compare_mhz(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int as_build_spread(const struct as_build *build, double *median, double *least, double *most)
{
    double mhz[AS_BUILD_SEEDS_MAX];
    int n = 0;

    *median = *least = *most = 0;
    for (int i = 0; i < build->seed_count; i++)
        if (build->seed[i].done)
            mhz[n++] = build->seed[i].mhz;
    if (n == 0)
        return 0;
    qsort(mhz, (size_t)n, sizeof mhz[0], compare_mhz);
    *median = n % 2 == 1 ? mhz[n / 2] : (mhz[n / 2 - 1] + mhz[n / 2]) / 2;
    *least = mhz[0];
    *most = mhz[n - 1];
    return n;
}

static int count_closing(const struct as_build *build)
{
    int n = 0;

    for (int i = 0; i < build->seed_count; i++)
        n += build->seed[i].done && build->seed[i].closes;
    return n;
}

/* The seed that stands for the others: the best, else the first one that was routed. */
static const struct as_seed *shown_seed(const struct as_build *build)
{
    if (build->best >= 0)
        return &build->seed[build->best];
    for (int i = 0; i < build->seed_count; i++)
        if (build->seed[i].done)
            return &build->seed[i];
    return NULL;
}

/* ---- for a person ---- */

/* The heading of a column, for its width: at least five. */
static int column(const struct as_count_kind *kind)
{
    int length = (int)strlen(kind->resource.name);

    return length > 5 ? length : 5;
}

static void print_block(FILE *out, const struct as_family *family, const struct as_block *block)
{
    int logic = as_block_logic(family, block);
    char budget[16] = "-", left[16] = "-";

    if (block->budget_cells > 0) {
        snprintf(budget, sizeof budget, "%d", block->budget_cells);
        snprintf(left, sizeof left, "%d", block->budget_cells - logic);
    }
    fprintf(out, "%-16s %6d %7s %6s |", block->name, logic, budget, left);
    for (int k = 0; k < family->kind_count; k++)
        fprintf(out, " %*d", column(&family->kinds[k]), block->n[k]);
    fprintf(out, "%s\n",
            block->budget_cells > 0 && logic > block->budget_cells ? "  OVER BUDGET" : "");
}

static void print_blocks(FILE *out, const struct as_build *build)
{
    const struct as_family *family = build->board->family;
    struct as_block total = as_build_total(build);
    const struct as_seed *seed = shown_seed(build);

    fprintf(out, "\n%-16s %6s %7s %6s |", "block", family->cells, "budget", "left");
    for (int k = 0; k < family->kind_count; k++)
        fprintf(out, " %*s", column(&family->kinds[k]), family->kinds[k].resource.name);
    fprintf(out, "\n");
    for (int i = 0; i < build->blocks.count; i++)
        print_block(out, family, &build->blocks.block[i]);
    print_block(out, family, &total);
    if (seed && family->added)
        fprintf(out, "%-16s %6d\n", family->added,
                seed->logic.used - as_block_logic(family, &total));
    fprintf(out, "%s\n", family->note);
}

static void print_resource(FILE *out, const char *name, const struct as_utilization *resource)
{
    fprintf(out, "  %-12s %5d of %5d used, %5d free (%.1f %%)\n", name, resource->used,
            resource->available, resource->available - resource->used,
            resource->available > 0 ? 100.0 * resource->used / resource->available : 0.0);
}

void as_build_print(FILE *out, const struct as_build *build)
{
    const struct as_family *family = build->board->family;
    const struct as_seed *seed = shown_seed(build);
    double wanted = build->cfg->board.clock_khz / 1000.0;
    double median, least, most;
    int routed = as_build_spread(build, &median, &least, &most);

    print_blocks(out, build);
    if (!seed)
        return;
    fprintf(out, "\n%s, %s %s, seed %d:\n", build->board->name, family->name,
            build->board->device->name, seed->seed);
    print_resource(out, family->logic_cell.name, &seed->logic);
    for (int k = 0; k < family->kind_count; k++)
        if (family->kinds[k].resource.report)
            print_resource(out, family->kinds[k].resource.name, &seed->used[k]);
    fprintf(out, "\nFmax (%d routed): median %.2f MHz, %.2f to %.2f (spread %.1f %%); ", routed,
            median, least, most, 100 * (most - least) / median);
    fprintf(out, "%d of %d close %.3f MHz\n", count_closing(build), build->seed_count, wanted);
    fprintf(out, "critical path of seed %d: %s\n  %.2f ns logic in %d LUTs, %.2f ns routing\n",
            seed->seed, seed->critical, seed->logic_ns, seed->levels, seed->routing_ns);
    fprintf(out, "  from %s\n  to   %s\n", seed->from, seed->to);
    if (build->bitstream)
        fprintf(out, "\n%s: seed %d, %.2f MHz\n", build->bitstream, seed->seed, seed->mhz);
}

/* ---- for a machine ---- */

static json_t *pack_utilization(const struct as_utilization *resource)
{
    return json_pack("{s:i, s:i}", "used", resource->used, "available", resource->available);
}

static json_t *pack_seed(const struct as_family *family, const struct as_seed *seed)
{
    if (!seed->done)
        return json_pack("{s:i, s:b, s:s}", "seed", seed->seed, "routed", 0, "complaint",
                         seed->complaint);
    json_t *object = json_pack("{s:i, s:b, s:f, s:b, s:f, s:o}", "seed", seed->seed, "routed", 1,
                               "mhz", seed->mhz, "closes", seed->closes, "seconds", seed->seconds,
                               family->logic_cell.key, pack_utilization(&seed->logic));
    for (int k = 0; k < family->kind_count; k++)
        if (family->kinds[k].resource.report)
            json_object_set_new(object, family->kinds[k].resource.key,
                                pack_utilization(&seed->used[k]));
    json_object_set_new(object, "critical_path",
                        json_pack("{s:s, s:s, s:s, s:f, s:f, s:i}", "blocks", seed->critical,
                                  "from", seed->from, "to", seed->to, "logic_ns", seed->logic_ns,
                                  "routing_ns", seed->routing_ns, "luts", seed->levels));
    return object;
}

static json_t *pack_block(const struct as_family *family, const struct as_block *block)
{
    char budget[32];

    snprintf(budget, sizeof budget, "budget_%s", family->logic_cell.key);
    json_t *object = json_pack("{s:s, s:i, s:i}", "block", block->name, family->logic_cell.key,
                               as_block_logic(family, block), budget, block->budget_cells);

    for (int k = 0; k < family->kind_count; k++)
        json_object_set_new(object, family->kinds[k].resource.key, json_integer(block->n[k]));
    return object;
}

static const char *saved_path(struct as_arena *arena, const char *dir)
{
    return as_arena_printf(arena, "%s/build.json", dir);
}

enum as_status as_build_save(struct as_arena *arena, const struct as_build *build,
                             struct as_diag *diag)
{
    const char *path = saved_path(arena, build->dir);
    struct as_output out;
    const struct as_family *family = build->board->family;
    struct as_block total = as_build_total(build);
    json_t *blocks = json_array(), *seeds = json_array();
    double median, least, most;

    as_build_spread(build, &median, &least, &most);
    for (int i = 0; i < build->blocks.count; i++)
        json_array_append_new(blocks, pack_block(family, &build->blocks.block[i]));
    for (int i = 0; i < build->seed_count; i++)
        json_array_append_new(seeds, pack_seed(family, &build->seed[i]));
    json_t *root =
        json_pack("{s:s, s:s, s:o, s:i, s:{s:s, s:s}, s:f, s:{s:f, s:f, s:f}, s:i, s:o, s:o, s:o}",
                  "arraysmith", AS_VERSION, "board", build->board->name, "parameters",
                  as_config_json(build->cfg), "config_id", (int)as_config_id(build->cfg), "tools",
                  "yosys", build->tools.yosys.version, "nextpnr", build->tools.route.version,
                  "clock_mhz", build->cfg->board.clock_khz / 1000.0, "fmax_mhz", "median", median,
                  "least", least, "most", most, "seeds_closing", count_closing(build), "seeds",
                  seeds, "blocks", blocks, "total", pack_block(family, &total));
    if (build->best >= 0)
        json_object_set_new(root, "best_seed", json_integer(build->seed[build->best].seed));
    if (build->bitstream)
        json_object_set_new(root, "bitstream", json_string(build->board->bitstream));
    enum as_status status =
        root ? as_output_open(&out, arena, path, diag)
             : as_fail(diag, AS_ERR_IO, "%s: cannot be written: a name is no UTF-8", path);
    if (status == AS_OK) {
        json_dumpf(root, out.file, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        status = as_output_close(&out, diag);
    }
    json_decref(root);
    return status;
}

/* True for what only maps a network: no bit of the bitstream depends on it. */
static bool is_mapping(const char *key)
{
    return strcmp(key, "name") == 0 || strncmp(key, "tile.", 5) == 0;
}

enum as_status as_build_check_saved(struct as_arena *arena, const char *dir,
                                    const struct as_config *cfg, struct as_diag *diag)
{
    const char *path = saved_path(arena, dir);
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    json_t *wanted = as_config_json(cfg);
    enum as_status status = AS_OK;
    const char *key;
    json_t *value;

    if (!root)
        status = as_fail(diag, AS_ERR_IO, "%s: %s; `arraysmith build` first", path, error.text);
    json_object_foreach(wanted, key, value)
    {
        const json_t *saved = json_object_get(json_object_get(root, "parameters"), key);
        if (status != AS_OK || is_mapping(key) || json_equal(saved, value))
            continue;
        char *is = json_dumps(saved, JSON_ENCODE_ANY), *want = json_dumps(value, JSON_ENCODE_ANY);
        status = as_fail(diag, AS_ERR_MISMATCH,
                         "%s: built with %s = %s, the accelerator has %s; `arraysmith build` again",
                         path, key, is ? is : "nothing", want);
        free(is);
        free(want);
    }
    if (status == AS_OK && !json_object_get(root, "bitstream"))
        status = as_fail(diag, AS_ERR_MISMATCH,
                         "%s: no seed reached the clock, there is no bitstream", path);
    json_decref(root);
    json_decref(wanted);
    return status;
}
