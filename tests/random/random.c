/* The random lockstep regression: model and Verilog together on drawn accelerators, layers and
 * mappings.
 *
 *   build/tests/random [--dataflow NAME|all] [--configs N] [--cases N] [--seed S]
 *                      [--config N [--case N]] [--need-all] [--list]
 *
 * Each dataflow gets N accelerators, each accelerator cases/N one-layer networks, run twice in
 * lockstep with memory stalls; every output is compared with the reference engine.  Prints the
 * coverage that was reached and the command that reruns a failing case.  Exit status 0: no
 * disagreement, and with --need-all every cell is covered: as many more cases are run as that
 * takes.  --list only prints the accelerators, a line of options each. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataflows/build.h"
#include "gen/config/dataflow.h"
#include "gen/config/params.h"
#include "gen/program/program.h"
#include "sim/engines/engine.h"
#include "cli/run_inputs.h"
#include "tests/random/draw.h"
#include "tests/random/options.h"

#define ROUNDS_MAX     5000 /* of cases on every accelerator, for cells that are empty */
#define POWER_UP_EVERY 8    /* cases: one also runs from random registers */

enum edge { EDGE_EVEN, EDGE_ROWS, EDGE_COLS, EDGE_ONE, EDGES };
enum cause { CAUSE_IFMAP, CAUSE_WEIGHT, CAUSE_PSUM, CAUSE_BUBBLE, CAUSE_MEMORY, CAUSES };

static const char *const edge_names[EDGES] = {"even", "row edge", "column edge", "size 1"};
static const char *const cause_names[CAUSES] = {"ifmap", "weight", "psum", "bubble", "memory"};

struct coverage {
    int cell[DRAW_KINDS][EDGES][CAUSES];
    int cases[DRAW_KINDS], refused[DRAW_KINDS];
    int total;        /* cases run */
    bool ifmap_stays; /* on every accelerator */
};

/* The flags, and their bits: every cell has to be covered; print the accelerators as options of
 * `arraysmith gen`. */
static const char *const flag_names[] = {"--need-all", "--list", NULL};
enum { NEED_ALL = 1, LIST_ONLY = 2 };

/* How the layer meets the array. */
static enum edge edge_of(const struct as_config *cfg, const struct as_network *net)
{
    const struct as_layer *layer = &net->layers[0];
    const struct as_tensor *in = &net->tensors[layer->input[0]];
    const struct as_tensor *out = &net->tensors[layer->output];
    int rows = cfg->hw.output_kind ? out->h * out->w : in->c;
    int cols = cfg->hw.stays == AS_STAYS_IFMAP ? out->h * out->w : out->c;

    if (in->h * in->w == 1 || in->c == 1 || out->c == 1)
        return EDGE_ONE;
    if (cols % cfg->hw.cols != 0)
        return EDGE_COLS;
    return rows % cfg->hw.rows != 0 ? EDGE_ROWS : EDGE_EVEN;
}

static void cover(struct coverage *c, enum draw_kind kind, enum edge edge, const uint64_t *events,
                  int stall_percent)
{
    int *cell = c->cell[kind][edge];

    c->cases[kind]++;
    cell[CAUSE_IFMAP] += events[AS_PERF_WAIT_IFMAP] > 0;
    cell[CAUSE_WEIGHT] += events[AS_PERF_WAIT_WEIGHT] > 0;
    cell[CAUSE_PSUM] += events[AS_PERF_WAIT_ACC] > 0;
    cell[CAUSE_BUBBLE] += events[AS_PERF_RUN_IDLE] > 0;
    cell[CAUSE_MEMORY] += stall_percent > 0;
}

static void print_rerun(const struct random_options *o, const char *dataflow, int config, int n)
{
    printf("  again: build/tests/random --dataflow %s --seed %" PRIu64 " --config %d --case %d\n",
           dataflow, o->seed, config, n);
}

/* Cases go through the layer kinds. */
static enum draw_kind kind_of(int config, int n)
{
    return (enum draw_kind)((7 * config + n) % DRAW_KINDS);
}

/* A cell that is still empty.  Where the ifmap stays, a mean on one column of PEs never waits for
 * the store engine: each channel is a job and a store of one byte, and the loads of the next job
 * read more words than that store does. */
static bool is_missing(const struct coverage *c, int kind, int edge, int cause)
{
    if (c->ifmap_stays && kind == DRAW_MEAN && edge < EDGE_COLS && cause == CAUSE_PSUM)
        return false;
    return c->cell[kind][edge][cause] == 0;
}

static int missing(const struct coverage *c, int kind, int edge)
{
    int empty = 0;

    for (int i = 0; i < CAUSES; i++)
        empty += is_missing(c, kind, edge, i);
    return empty;
}

/* What became of a case: one that the mapper refuses, or that meets no empty cell where only such
 * are wanted, is not run and counts as none. */
enum outcome { CASE_OK, CASE_FAILED, CASE_NOT_RUN };

/* The Verilog alone from random registers is right, and as fast as from zeros. */
static enum as_status run_from_power_up(struct as_arena *arena, const struct as_run_setup *setup,
                                        uint64_t cycles, struct as_diag *diag)
{
    struct as_run run = {0};

    AS_TRY(as_engine_find("rtl")->run(arena, setup, &run, diag));
    if (run.cycles != cycles || run.layers_compared != 2 * setup->net->layer_count)
        return as_fail(diag, AS_ERR_MISMATCH,
                       "from random registers: %" PRIu64 " cycles and %d outputs compared, "
                       "expected %" PRIu64 " and %d",
                       run.cycles, run.layers_compared, cycles, 2 * setup->net->layer_count);
    return AS_OK;
}

static enum outcome run_case(const struct random_options *o, const char *dataflow,
                             struct as_config cfg, int config, int n, bool missing_only,
                             struct coverage *coverage)
{
    struct as_arena *arena = as_arena_new();
    struct as_diag diag;
    struct draw d;
    struct as_network *net = NULL;
    enum draw_kind kind = kind_of(config, n);
    struct as_program *program;
    struct as_run run;
    struct as_run_setup setup;
    enum outcome outcome = CASE_OK;

    draw_seed(&d, random_options_seed(o, dataflow, config, n));
    as_diag_init(&diag);
    while (!net)
        net = draw_network(&d, arena, &cfg, kind);
    if (missing_only && missing(coverage, kind, edge_of(&cfg, net)) == 0) {
        as_arena_free(arena);
        return CASE_NOT_RUN;
    }
    draw_mapping(&d, net, &cfg);
    int stall = draw_chance(&d, 50) ? draw_in(&d, 1, 60) : 0;
    int8_t *inputs[2] = {draw_input(&d, arena, net), draw_input(&d, arena, net)};
    int8_t **tensors[2];
    enum as_status status = as_program_build(arena, &cfg, net, &program, &diag);
    if (status == AS_ERR_NOFIT || status == AS_ERR_UNSUPPORTED) {
        coverage->refused[kind]++;
        if (o->one_case >= 0)
            printf("refused: %s\n", diag.text);
        as_arena_free(arena);
        return CASE_NOT_RUN;
    }
    for (int i = 0; i < 2 && status == AS_OK; i++)
        status = as_reference_tensors(arena, net, inputs[i], i > 0 ? tensors[0] : NULL, &tensors[i],
                                      &diag);
    if (status == AS_OK) {
        setup = (struct as_run_setup){.cfg = &cfg,
                                      .net = net,
                                      .program = program,
                                      .input_count = 2,
                                      .inputs = (const int8_t *const *)inputs,
                                      .expected = (int8_t *const *const *)tensors,
                                      .stall_percent = stall,
                                      .stall_seed = draw_u32(&d),
                                      .command = "see below"};
        memset(&run, 0, sizeof run);
        status = as_engine_find("lockstep")->run(arena, &setup, &run, &diag);
    }
    if (status == AS_OK && run.layers_compared != 2 * net->layer_count)
        status = as_fail(&diag, AS_ERR_MISMATCH, "%d of %d outputs were compared",
                         run.layers_compared, 2 * net->layer_count);
    if (status == AS_OK && n % POWER_UP_EVERY == 0)
        status = run_from_power_up(arena, &setup, run.cycles, &diag);
    if (status != AS_OK) {
        printf("FAIL %s config %d case %d %s: %s\n", dataflow, config, n, draw_kind_name(kind),
               diag.text);
        print_rerun(o, dataflow, config, n);
        outcome = CASE_FAILED;
    } else {
        cover(coverage, kind, edge_of(&cfg, net), run.inferences[0].total.events, stall);
        if (o->one_case >= 0)
            printf("ok: %s, %" PRIu64 " cycles\n", draw_kind_name(kind),
                   run.inferences[0].total.events[AS_PERF_CYCLES]);
    }
    as_arena_free(arena);
    return outcome;
}

/* As many cases as asked for, besides what the mapper refuses: at most as many again; how many
 * failed or are missing. */
static int run_cases(const struct random_options *o, const char *dataflow,
                     const struct as_config *cfg, int config, struct coverage *coverage)
{
    int want = o->one_case >= 0 ? 1 : o->cases / o->configs, ran = 0, failed = 0;
    int first = o->one_case >= 0 ? o->one_case : 0;

    for (int n = first; ran < want && n < first + 2 * want; n++) {
        enum outcome outcome = run_case(o, dataflow, *cfg, config, n, false, coverage);
        ran += outcome != CASE_NOT_RUN;
        failed += outcome == CASE_FAILED;
        if (o->one_case >= 0)
            break;
    }
    coverage->total += ran;
    if (ran < want) {
        printf("FAIL %s config %d: %d of %d cases ran, the mapper refused the rest\n", dataflow,
               config, ran, want);
        failed += want - ran;
    }
    return failed;
}

static int empty_cells(const struct coverage *c)
{
    int empty = 0;

    for (int k = 0; k < DRAW_KINDS; k++)
        for (int e = 0; e < EDGES; e++)
            empty += missing(c, k, e);
    return empty;
}

/* Further cases on the same accelerators, of those that meet a cell which is still empty; how many
 * failed. */
static int cover_rest(const struct random_options *o, const char *dataflow,
                      const struct as_config *configs, struct coverage *coverage)
{
    int first = 2 * (o->cases / o->configs), ran = 0, failed = 0;

    for (int n = first; n < first + ROUNDS_MAX && empty_cells(coverage) > 0; n++) {
        for (int config = 0; config < o->configs; config++) {
            enum outcome outcome =
                run_case(o, dataflow, configs[config], config, n, true, coverage);
            ran += outcome != CASE_NOT_RUN;
            failed += outcome == CASE_FAILED;
        }
    }
    printf("%d more cases for cells that were empty\n", ran);
    coverage->total += ran;
    return failed;
}

static void describe(const struct as_config *cfg, int config)
{
    char unroll[64];

    as_unroll_text(cfg->hw.unroll, unroll, sizeof unroll);
    printf("  config %2d  ifmap %s, weight %s, psum %s, unroll {%s}, memory %d bits latency %d "
           "interval %d\n",
           config, as_move_name(cfg->hw.ifmap_move), as_move_name(cfg->hw.weight_move),
           as_move_name(cfg->hw.psum_move), unroll, cfg->hw.mem_width, cfg->hw.mem_latency,
           cfg->hw.mem_interval);
    fflush(stdout);
}

/* The table of cells; - stands for one that cannot be met. */
static void print_coverage(const char *dataflow, const struct coverage *c)
{
    printf("\ncoverage of %s: cases by layer kind, tile edge and stall cause\n%-16s %6s %7s",
           dataflow, "", "cases", "refused");
    for (int e = 0; e < EDGES; e++)
        printf(" | %-*s", CAUSES * 7 - 1, edge_names[e]);
    printf("\n%-16s %6s %7s", "kind", "", "");
    for (int e = 0; e < EDGES; e++) {
        printf(" |");
        for (int i = 0; i < CAUSES; i++)
            printf(" %6s", cause_names[i]);
    }
    printf("\n");
    for (int k = 0; k < DRAW_KINDS; k++) {
        printf("%-16s %6d %7d", draw_kind_name((enum draw_kind)k), c->cases[k], c->refused[k]);
        for (int e = 0; e < EDGES; e++) {
            printf(" |");
            for (int i = 0; i < CAUSES; i++)
                if (c->cell[k][e][i] == 0 && !is_missing(c, k, e, i))
                    printf(" %6s", "-");
                else
                    printf(" %6d", c->cell[k][e][i]);
        }
        printf("\n");
    }
}

/* One accelerator as --set options. */
static void list_config(const struct as_config *cfg)
{
    for (int i = 0; i < AS_PARAM_COUNT; i++) {
        const struct as_param *param = &as_params[i];
        if (strcmp(param->key, "name") == 0)
            continue;
        if (param->is_text)
            printf("--set %s=%s ", param->key, as_param_text(cfg, param));
        else
            printf("--set %s=%d ", param->key, as_param_get(cfg, param));
    }
    printf("\n");
}

static int run_dataflow(const struct random_options *o, const char *dataflow, int *cases)
{
    struct coverage *coverage = calloc(1, sizeof *coverage);
    struct as_config *configs = calloc((size_t)o->configs, sizeof *configs);
    int failed = 0;

    coverage->ifmap_stays = as_dataflow_find(dataflow)->ifmap == AS_MOVE_STATIONARY;
    if (!(o->flags & LIST_ONLY))
        printf("%s: %d accelerators, %d cases, seed %" PRIu64 "\n", dataflow, o->configs, o->cases,
               o->seed);
    for (int config = 0; config < o->configs || config == o->config; config++) {
        struct draw d;
        struct as_config cfg;
        if (o->config >= 0 && config != o->config)
            continue;
        draw_seed(&d, random_options_seed(o, dataflow, config, -1));
        draw_config(&d, dataflow, &cfg);
        if (config < o->configs)
            configs[config] = cfg;
        if (o->flags & LIST_ONLY) {
            list_config(&cfg);
            continue;
        }
        describe(&cfg, config);
        failed += run_cases(o, dataflow, &cfg, config, coverage);
    }
    if (o->flags & LIST_ONLY) {
        free(coverage);
        free(configs);
        return 0;
    }
    if (o->flags & NEED_ALL)
        failed += cover_rest(o, dataflow, configs, coverage);
    print_coverage(dataflow, coverage);
    int empty = empty_cells(coverage);
    free(configs);
    *cases += coverage->total;
    printf("%d cells are empty\n\n", empty);
    if ((o->flags & NEED_ALL) && empty > 0)
        failed++;
    free(coverage);
    return failed;
}

int main(int argc, char **argv)
{
    struct random_options o = {.dataflow = "all",
                               .configs = 4,
                               .cases = 80,
                               .config = -1,
                               .one_case = -1,
                               .seed = 1,
                               .salt = 1,
                               .flag_name = flag_names};
    const char *names[DRAW_DATAFLOWS_MAX];
    int count = draw_dataflows(names), failed = 0, cases = 0;

    random_options_read(&o, 1, argc, argv);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 0; i < count; i++)
        if (random_options_want(&o, names[i]))
            failed += run_dataflow(&o, names[i], &cases);
    if (o.flags & LIST_ONLY)
        return 0;
    printf("%d cases, %d failed\n", cases, failed);
    return failed > 0 || cases == 0;
}
