/* The timing engine against the cycle model: all counters of every layer are equal.
 *
 *   build/tests/timing random [--dataflow NAME|all] [--configs N] [--cases N] [--seed S]
 *                             [--config N [--case N]] [--first]
 *   build/tests/timing programs < CASES      a case a line: MODEL ACCEL [KEY=VALUE ...]
 *
 * random: each dataflow gets N accelerators, drawn as those of build/tests/random but with a memory
 * of interval 1 to 12 and latency 1 to 64, and each accelerator cases/N layers.  Exit status 0: no
 * difference, and every case ran; those that the mapper refuses count as none.  --first: the first
 * difference ends it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataflows/build.h"
#include "gen/config/config.h"
#include "models/import/importers.h"
#include "tests/random/draw.h"
#include "tests/random/options.h"
#include "tests/timing/compare.h"

#define WORDS_MAX   64
#define LAYER_EVERY 4 /* cases: of one the time that a mapper asks for is compared too */

static const char *const flag_names[] = {"--first", NULL};
enum { FIRST = 1 };

struct tally {
    int cases, refused, failed;
    uint64_t cycles;
};

/* ---- random ---- */

/* Half of the memories accept a request a cycle. */
static void draw_memory(struct draw *d, struct as_config *cfg)
{
    struct as_diag diag;

    do {
        as_diag_init(&diag);
        cfg->hw.mem_interval = draw_chance(d, 50) ? 1 : draw_in(d, 2, 12);
        cfg->hw.mem_latency = draw_chance(d, 50) ? draw_in(d, 1, 8) : draw_in(d, 1, 64);
    } while (as_config_check(cfg, &diag) != AS_OK);
}

static void run_case(const struct random_options *o, const char *dataflow, struct as_config cfg,
                     int config, int n, struct tally *tally)
{
    struct as_arena *arena = as_arena_new();
    enum draw_kind kind = (enum draw_kind)((7 * config + n) % DRAW_KINDS);
    struct as_network *net = NULL;
    struct as_program *program;
    struct as_diag diag;
    struct draw d;
    uint64_t cycles = 0;

    draw_seed(&d, random_options_seed(o, dataflow, config, n));
    as_diag_init(&diag);
    while (!net)
        net = draw_network(&d, arena, &cfg, kind);
    draw_mapping(&d, net, &cfg);
    enum as_status status = as_program_build(arena, &cfg, net, &program, &diag);
    if (status == AS_OK) {
        tally->cases++;
        bool equal = compare_program(arena, &cfg.hw, program, stdout, &cycles);
        if (n % LAYER_EVERY == 0)
            equal = compare_layer(arena, &cfg.hw, program, stdout) && equal;
        if (!equal) {
            tally->failed++;
            printf("FAIL %s config %d case %d %s, memory %d bits latency %d interval %d, requant "
                   "%d stages %d lanes\n  again: build/tests/timing random --dataflow %s --seed "
                   "%" PRIu64 " --config %d --case %d\n",
                   dataflow, config, n, draw_kind_name(kind), cfg.hw.mem_width, cfg.hw.mem_latency,
                   cfg.hw.mem_interval, cfg.hw.requant_stages, cfg.hw.requant_lanes, dataflow,
                   o->seed, config, n);
        }
        tally->cycles += cycles;
    } else {
        tally->refused++;
    }
    as_arena_free(arena);
}

static void run_dataflow(const struct random_options *o, const char *dataflow, struct tally *all)
{
    struct tally tally = {0};

    for (int config = 0; config < o->configs || config == o->config; config++) {
        struct draw d;
        struct as_config cfg;
        int want = o->cases / o->configs, first = tally.cases;
        if (o->config >= 0 && config != o->config)
            continue;
        draw_seed(&d, random_options_seed(o, dataflow, config, -1));
        draw_config(&d, dataflow, &cfg);
        draw_memory(&d, &cfg);
        if (o->one_case >= 0)
            run_case(o, dataflow, cfg, config, o->one_case, &tally);
        else
            for (int n = 0; n < 2 * want && tally.cases - first < want; n++) {
                run_case(o, dataflow, cfg, config, n, &tally);
                if ((o->flags & FIRST) && tally.failed > 0)
                    exit(1);
            }
    }
    printf("%-12s %6d cases, %d refused, %d differ, %" PRIu64 " cycles\n", dataflow, tally.cases,
           tally.refused, tally.failed, tally.cycles);
    all->cases += tally.cases;
    all->refused += tally.refused;
    all->failed += tally.failed;
}

static int run_random(int argc, char **argv)
{
    struct random_options o = {.dataflow = "all",
                               .configs = 10,
                               .cases = 100,
                               .config = -1,
                               .one_case = -1,
                               .seed = 1,
                               .salt = 2,
                               .flag_name = flag_names};
    const char *names[DRAW_DATAFLOWS_MAX];
    struct tally tally = {0};

    random_options_read(&o, 2, argc, argv);
    int count = draw_dataflows(names);
    for (int i = 0; i < count; i++)
        if (random_options_want(&o, names[i]))
            run_dataflow(&o, names[i], &tally);
    printf("%d cases, %d differ\n", tally.cases, tally.failed);
    return tally.failed > 0 || tally.cases == 0;
}

/* ---- whole programs ---- */

/* Whether the case is equal; one that is refused is. */
static bool run_program(char **words, int count, const char *line)
{
    struct as_arena *arena = as_arena_new();
    struct as_config *cfg = NULL;
    struct as_network *net = NULL;
    struct as_program *program = NULL;
    struct as_diag diag;
    uint64_t cycles = 0;
    bool equal = true;

    as_diag_init(&diag);
    if (as_config_load(arena, words[1], (const char *const *)words + 2, count - 2, &cfg, &diag) ==
            AS_OK &&
        as_model_open(arena, words[0], &net, &diag) == AS_OK &&
        as_program_build(arena, cfg, net, &program, &diag) == AS_OK) {
        equal = compare_program(arena, &cfg->hw, program, stdout, &cycles);
        printf("%-8s %10" PRIu64 "  %s\n", equal ? "equal" : "DIFFERS", cycles, line);
    } else {
        printf("%-8s %10s  %s: %s\n", "refused", "", line, diag.text);
    }
    as_arena_free(arena);
    return equal;
}

static int run_programs(void)
{
    char line[4096], copy[4096];
    char *words[WORDS_MAX];
    int differ = 0, cases = 0;

    while (fgets(line, sizeof line, stdin)) {
        int count = 0;
        line[strcspn(line, "\n")] = '\0';
        memcpy(copy, line, sizeof copy);
        for (char *word = strtok(copy, " "); word && count < WORDS_MAX; word = strtok(NULL, " "))
            words[count++] = word;
        if (count < 2)
            continue;
        differ += !run_program(words, count, line);
        cases++;
    }
    printf("%d programs, %d differ\n", cases, differ);
    return differ > 0 || cases == 0;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc > 1 && strcmp(argv[1], "random") == 0)
        return run_random(argc, argv);
    if (argc == 2 && strcmp(argv[1], "programs") == 0)
        return run_programs();
    fprintf(stderr, "Usage: timing random [OPTION...] | timing programs < CASES\n");
    return 2;
}
