/* Place and route: one process a seed, several at once; then the bitstream of the best. */
#include "boards/flow/build_steps.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/process.h"
#include "base/progress.h"

#define ROUTE_LIMIT 3600 /* seconds */

/* A seed that is being routed. */
struct route {
    pid_t process; /* 0: not running */
    double start;
    const char *argv[AS_FAMILY_ARGS_MAX + 1];
    struct as_mark mark;
};

static const char *seed_file(struct as_arena *arena, const struct as_build *build, int index,
                             const char *end)
{
    return as_arena_printf(arena, "%s/seed_%d.%s", build->dir, build->seed[index].seed, end);
}

static void print_seed(const struct as_build *build, const struct as_seed *seed)
{
    if (!seed->done)
        printf("seed %d: not routed: %s\n", seed->seed, seed->complaint);
    else
        printf("seed %d: %.2f MHz, %s %.3f MHz%s, %.0f s\n", seed->seed, seed->mhz,
               seed->closes ? "closes" : "MISSES", build->cfg->board.clock_khz / 1000.0,
               seed->reused ? ", as before" : "", seed->seconds);
    fflush(stdout);
}

/* Reads the report of a seed that was routed, now or earlier. */
static enum as_status take_report(struct as_arena *arena, struct as_build *build, int index,
                                  struct as_diag *diag)
{
    const char *path = seed_file(arena, build, index, "json");
    json_t *report;

    AS_TRY(as_load_json(path, &report, diag));
    enum as_status status = as_seed_parse(arena, build->board->family, report, path, &build->blocks,
                                          &build->seed[index], diag);
    json_decref(report);
    if (status == AS_OK)
        print_seed(build, &build->seed[index]);
    return status;
}

/* What a seed is made from and where it goes. */
static enum as_status plan_route(struct as_arena *arena, const struct as_build *build, int index,
                                 struct route *route, struct as_diag *diag)
{
    const struct as_board *board = build->board;
    int seed = build->seed[index].seed;
    struct as_route_job job = {.device = board->device,
                               .package = board->package,
                               .clock_khz = build->cfg->board.clock_khz,
                               .seed = seed,
                               .netlist = "netlist.json",
                               .constraints =
                                   as_arena_printf(arena, "rtl/%s", board->family->constraints),
                               .placed = as_arena_printf(arena, "seed_%d.placed", seed),
                               .report = as_arena_printf(arena, "seed_%d.json", seed)};
    struct as_key *key = as_key_new();

    route->argv[0] = build->tools.route.path;
    board->family->route_arguments(arena, &job, route->argv + 1);
    as_key_text(key, build->tools.route.version);
    for (int i = 1; route->argv[i]; i++)
        as_key_text(key, route->argv[i]);
    enum as_status status =
        as_key_file(key, as_arena_printf(arena, "%s/%s", build->dir, job.netlist), diag);
    if (status == AS_OK)
        status =
            as_key_file(key, as_arena_printf(arena, "%s/%s", build->dir, job.constraints), diag);
    route->mark = (struct as_mark){.path = seed_file(arena, build, index, "key"),
                                   .results = {seed_file(arena, build, index, "placed"),
                                               seed_file(arena, build, index, "json")},
                                   .key = as_key_done(key)};
    return status;
}

static bool start_route(struct as_arena *arena, struct as_build *build, int index,
                        struct route *route)
{
    unlink(route->mark.path);
    route->start = as_seconds_now();
    route->process = as_process_start(route->argv, build->dir,
                                      seed_file(arena, build, index, "log"), ROUTE_LIMIT);
    return route->process > 0;
}

static int count_done(const struct as_build *build)
{
    int done = 0;

    for (int i = 0; i < build->seed_count; i++)
        done += build->seed[i].done || build->seed[i].complaint;
    return done;
}

/* Waits until one of the running seeds ends, and takes its result. */
static enum as_status finish_route(struct as_arena *arena, struct as_build *build,
                                   struct route *routes, struct as_diag *diag)
{
    int status, index = 0;

    as_progress("placing and routing: %d of %d seeds done", count_done(build), build->seed_count);
    pid_t process = as_process_wait(&status);
    as_progress_done();
    if (process <= 0)
        return as_fail(diag, AS_ERR_TOOL, "%s: lost a process: %s", build->tools.route.path,
                       strerror(errno));
    while (index < build->seed_count && routes[index].process != process)
        index++;
    assert(index < build->seed_count);
    routes[index].process = 0;
    struct as_seed *seed = &build->seed[index];
    seed->seconds = as_seconds_now() - routes[index].start;
    if (status == 0) {
        AS_TRY(as_mark_write(arena, &routes[index].mark, seed->seconds, diag));
        return take_report(arena, build, index, diag);
    }
    seed->complaint = as_process_complaint(arena, seed_file(arena, build, index, "log"));
    if (status < 0)
        seed->complaint = seed->seconds >= ROUTE_LIMIT
                              ? as_arena_printf(arena, "no result in %d s", ROUTE_LIMIT)
                              : "ended by a signal";
    print_seed(build, seed);
    return AS_OK;
}

enum as_status as_build_route(struct as_arena *arena, struct as_build *build, int jobs,
                              struct as_diag *diag)
{
    struct route *routes = AS_NEW(arena, struct route, build->seed_count);
    enum as_status status = AS_OK;
    int running = 0;

    for (int i = 0; i < build->seed_count; i++) {
        struct as_seed *seed = &build->seed[i];
        AS_TRY(plan_route(arena, build, i, &routes[i], diag));
        seed->reused = as_mark_holds(&routes[i].mark, &seed->seconds);
        if (seed->reused)
            AS_TRY(take_report(arena, build, i, diag));
    }
    for (int next = 0; next < build->seed_count || running > 0;) {
        if (next < build->seed_count && build->seed[next].reused) {
            next++;
        } else if (status == AS_OK && next < build->seed_count && running < jobs) {
            if (start_route(arena, build, next, &routes[next]))
                running++;
            else
                status =
                    as_fail(diag, AS_ERR_TOOL, "%s: %s", routes[next].argv[0], strerror(errno));
            next++;
        } else if (running > 0) {
            enum as_status finished = finish_route(arena, build, routes, diag);
            status = status == AS_OK ? finished : status;
            running--;
        } else {
            break; /* a failure, and nothing is running any more */
        }
    }
    return status;
}

enum as_status as_build_pack(struct as_arena *arena, struct as_build *build, struct as_diag *diag)
{
    const char *argv[AS_FAMILY_ARGS_MAX + 1] = {build->tools.pack.path};
    const char *log = as_arena_printf(arena, "%s/pack.log", build->dir);
    int routed = 0;

    for (int i = 0; i < build->seed_count; i++) {
        const struct as_seed *seed = &build->seed[i];
        routed += seed->done;
        if (seed->done && seed->closes &&
            (build->best < 0 || seed->mhz > build->seed[build->best].mhz))
            build->best = i;
    }
    unlink(as_arena_printf(arena, "%s/%s", build->dir, build->board->bitstream));
    if (routed == 0)
        return as_fail(diag, AS_ERR_TOOL, "%s: none of %d seeds could be routed", build->cfg->name,
                       build->seed_count);
    if (build->best < 0)
        return as_fail(diag, AS_ERR_NOFIT,
                       "%s: clock.khz is %d, which none of %d seeds reaches; there is no bitstream",
                       build->cfg->name, build->cfg->board.clock_khz, build->seed_count);
    build->board->family->pack_arguments(
        as_arena_printf(arena, "seed_%d.placed", build->seed[build->best].seed),
        build->board->bitstream, argv + 1);
    AS_TRY(as_run_alone(arena, argv, build->dir, log, "packing the bitstream", diag));
    build->bitstream = as_arena_printf(arena, "%s/%s", build->dir, build->board->bitstream);
    return AS_OK;
}
