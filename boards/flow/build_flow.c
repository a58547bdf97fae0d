#include "boards/flow/package.h"
#include "boards/flow/build.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/files.h"
#include "base/text.h"
#include "gen/emit/emit.h"

#define SYNTHESIS_LIMIT 1800 /* seconds */
#define ROUTE_LIMIT     3600
#define FILE_BYTES_MAX  (256 << 20)
#define ARGS_MAX        32

/* Area first: place and route suffers more from full tiles than from deeper logic, and the mapping
 * of `synth_ice40` takes 3 to 4 % more LCs.  A third round gains nothing.  The steps around ABC are
 * those of `synth_ice40`. */
#define MAP_ROUND "strash;dch,-f;if,-a;mfs2,-a;lutpack,-S,1"

static const char mapping[] =
    "abc -dress -lut 4 -script +strash;ifraig;scorr;dc2;dc2;" MAP_ROUND ";" MAP_ROUND "\n"
    "ice40_wrapcarry -unwrap\n"
    "techmap -map +/ice40/ff_map.v\n"
    "clean\n"
    "opt_lut -tech ice40\n";

static double now_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ---- keys: what a result was made from ---- */

static void hash_text(XXH3_state_t *state, const char *text)
{
    XXH3_64bits_update(state, text, strlen(text) + 1);
}

static enum as_status hash_file(XXH3_state_t *state, const char *path, struct as_diag *diag)
{
    char block[65536];
    size_t n;
    FILE *in = fopen(path, "r");

    if (!in)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    while ((n = fread(block, 1, sizeof block, in)) > 0)
        XXH3_64bits_update(state, block, n);
    bool good = !ferror(in);
    fclose(in);
    return good ? AS_OK : as_fail(diag, AS_ERR_IO, "%s: cannot be read", path);
}

/* Whether the file `path` records that key; *seconds is what the result took. */
static bool has_key(const char *path, uint64_t key, double *seconds)
{
    uint64_t saved = 0;
    FILE *in = fopen(path, "r");
    bool good = in && fscanf(in, "%" SCNx64 " %lf", &saved, seconds) == 2 && saved == key;

    if (in)
        fclose(in);
    return good;
}

static enum as_status write_key(const char *path, uint64_t key, double seconds,
                                struct as_diag *diag)
{
    FILE *out = fopen(path, "w");

    if (!out || fprintf(out, "%016" PRIx64 " %.1f\n", key, seconds) < 0 || fclose(out) != 0)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    return AS_OK;
}

/* ---- folders and files ---- */

const char *as_build_dir(struct as_arena *arena, const struct as_config *cfg)
{
    return as_arena_printf(arena, "build/boards/%s", cfg->name);
}

static enum as_status load_json(const char *path, json_t **out, struct as_diag *diag)
{
    json_error_t error;
    struct stat status;

    *out = NULL;
    if (stat(path, &status) != 0 || status.st_size > FILE_BYTES_MAX)
        return as_fail(diag, AS_ERR_IO, "%s: missing, or more than %d bytes", path, FILE_BYTES_MAX);
    *out = json_load_file(path, 0, &error);
    if (!*out)
        return as_fail(diag, AS_ERR_PARSE, "%s:%d: %s", path, error.line, error.text);
    return AS_OK;
}

/* One step that runs alone; `what` names it in messages. */
static enum as_status run_alone(struct as_arena *arena, const char *const *argv, const char *dir,
                                const char *log, const char *what, struct as_diag *diag)
{
    int status = -1;

    if (as_process_start(argv, dir, log, SYNTHESIS_LIMIT) > 0)
        as_process_wait(&status);
    if (status == 0)
        return AS_OK;
    return as_fail(diag, AS_ERR_TOOL, "%s failed: %s (%s)", what, as_process_complaint(arena, log),
                   log);
}

/* ---- synthesis ---- */

static const char *write_script(struct as_arena *arena, const struct as_build *build,
                                const struct as_emit_set *set)
{
    const char *defines = "";
    const char *device = build->board->device->name[0] == 'u'   ? "u"
                         : build->board->device->name[0] == 'l' ? "lp"
                                                                : "hx";
    char *text = as_arena_printf(arena, "# by `arraysmith build`\n");

    for (const char *const *name = build->board->device->defines; *name; name++)
        defines = as_arena_printf(arena, "%s%s-D%s", defines, *defines ? " " : "", *name);

    for (int i = 0; i < set->count; i++)
        if (as_ends_with(set->file[i].name, ".v"))
            text = as_arena_printf(arena, "%sread_verilog %s rtl/%s\n", text, defines,
                                   set->file[i].name);
    return as_arena_printf(arena,
                           "%s"
                           "synth_ice40 -device %s -top top -run begin:map_luts\n"
                           "%s"
                           "synth_ice40 -device %s -top top -run map_cells:\n"
                           "delete t:$scopeinfo\n"
                           "write_json netlist.json\n",
                           text, device, mapping, device);
}

static enum as_status synthesize(struct as_arena *arena, struct as_build *build,
                                 const struct as_emit_set *set, struct as_diag *diag)
{
    const char *dir = build->dir;
    const char *script = write_script(arena, build, set);
    const char *script_path = as_arena_printf(arena, "%s/synth.ys", dir);
    const char *key_path = as_arena_printf(arena, "%s/netlist.key", dir);
    const char *argv[] = {build->tools.yosys.path, "-q", "-s", "synth.ys", NULL};
    XXH3_state_t *state = XXH3_createState();
    double seconds;

    XXH3_64bits_reset(state);
    hash_text(state, build->tools.yosys.version);
    hash_text(state, script);
    for (int i = 0; i < set->count; i++)
        if (as_ends_with(set->file[i].name, ".v"))
            hash_text(state, set->file[i].text);
    uint64_t key = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    if (has_key(key_path, key, &seconds) &&
        access(as_arena_printf(arena, "%s/netlist.json", dir), R_OK) == 0) {
        build->netlist_reused = true;
        return AS_OK;
    }
    unlink(key_path);
    FILE *out = fopen(script_path, "w");
    if (!out || fputs(script, out) < 0 || fclose(out) != 0)
        return as_fail(diag, AS_ERR_IO, "%s: %s", script_path, strerror(errno));
    double start = now_seconds();
    AS_TRY(run_alone(arena, argv, dir, as_arena_printf(arena, "%s/synth.log", dir), "synthesis",
                     diag));
    build->synthesis_seconds = now_seconds() - start;
    return write_key(key_path, key, build->synthesis_seconds, diag);
}

static enum as_status check_resource(const struct as_build *build, const char *what, int used,
                                     int available, const char *hint, struct as_diag *diag)
{
    if (used <= available)
        return AS_OK;
    return as_fail(diag, AS_ERR_NOFIT, "%s needs %d %s, expected 0..%d, what %s has%s",
                   build->cfg->name, used, what, available, build->board->name, hint);
}

static enum as_status count_netlist(struct as_arena *arena, struct as_build *build,
                                    struct as_diag *diag)
{
    const struct as_device *device = build->board->device;
    json_t *netlist;

    AS_TRY(load_json(as_arena_printf(arena, "%s/netlist.json", build->dir), &netlist, diag));
    enum as_status status = as_blocks_count(&build->blocks, netlist, diag);
    json_decref(netlist);
    AS_TRY(status);
    struct as_block total = as_build_total(build);
    printf("synthesis: %d LCs (%d LUTs, %d of them with a flip-flop; %d flip-flops alone), %d EBR, "
           "%d DSP, %d SPRAM, ",
           as_block_lcs(&total), total.luts + total.pairs, total.pairs, total.ffs, total.ebrs,
           total.dsps, total.sprams);
    if (build->netlist_reused)
        printf("as before\n");
    else
        printf("%.0f s\n", build->synthesis_seconds);
    AS_TRY(check_resource(build, "logic cells", as_block_lcs(&total), device->lcs, "", diag));
    AS_TRY(check_resource(build, "EBR blocks", total.ebrs, device->ebrs,
                          "; lower buffers.ifmap, buffers.weight or buffers.accumulator", diag));
    AS_TRY(check_resource(build, "DSP blocks", total.dsps, device->dsps,
                          "; lower unroll.C or unroll.K", diag));
    return check_resource(build, "SPRAM blocks", total.sprams, device->sprams, "", diag);
}

/* ---- place and route ---- */

struct route {
    pid_t process; /* 0: not running */
    double start;
    uint64_t key;
};

static const char *seed_file(struct as_arena *arena, const struct as_build *build, int index,
                             const char *end)
{
    return as_arena_printf(arena, "%s/seed_%d.%s", build->dir, build->seed[index].seed, end);
}

/* The arguments of nextpnr, without those that differ by seed. */
static int common_arguments(struct as_arena *arena, const struct as_build *build, const char *pcf,
                            const char *argv[ARGS_MAX])
{
    int n = 0;

    argv[n++] = build->tools.nextpnr.path;
    argv[n++] = as_arena_printf(arena, "--%s", build->board->device->name);
    argv[n++] = "--package";
    argv[n++] = build->board->package;
    argv[n++] = "--json";
    argv[n++] = "netlist.json";
    argv[n++] = "--pcf";
    argv[n++] = as_arena_printf(arena, "rtl/%s", pcf);
    argv[n++] = "--freq";
    argv[n++] = as_arena_printf(arena, "%.3f", build->cfg->clock_khz / 1000.0);
    argv[n++] = "--timing-allow-fail";
    argv[n++] = "--placer-heap-timingweight"; /* more seeds reach the clock than at 10 */
    argv[n++] = "30";
    return n;
}

static enum as_status hash_route(const struct as_build *build, const char *const *argv, int count,
                                 const char *netlist, const char *pcf, uint64_t *key,
                                 struct as_diag *diag)
{
    XXH3_state_t *state = XXH3_createState();

    XXH3_64bits_reset(state);
    hash_text(state, build->tools.nextpnr.version);
    for (int i = 1; i < count; i++)
        hash_text(state, argv[i]);
    enum as_status status = hash_file(state, netlist, diag);
    if (status == AS_OK)
        status = hash_file(state, pcf, diag);
    *key = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return status;
}

static void print_seed(const struct as_build *build, const struct as_seed *seed)
{
    if (!seed->done)
        printf("seed %d: not routed: %s\n", seed->seed, seed->complaint);
    else
        printf("seed %d: %.2f MHz, %s %.3f MHz%s, %.0f s\n", seed->seed, seed->mhz,
               seed->closes ? "closes" : "MISSES", build->cfg->clock_khz / 1000.0,
               seed->reused ? ", as before" : "", seed->seconds);
    fflush(stdout);
}

/* Reads the report of a seed that was routed, now or earlier. */
static enum as_status take_report(struct as_arena *arena, struct as_build *build, int index,
                                  struct as_diag *diag)
{
    const char *path = seed_file(arena, build, index, "json");
    json_t *report;

    AS_TRY(load_json(path, &report, diag));
    enum as_status status =
        as_seed_parse(arena, report, path, &build->blocks, &build->seed[index], diag);
    json_decref(report);
    if (status == AS_OK)
        print_seed(build, &build->seed[index]);
    return status;
}

static bool start_route(struct as_arena *arena, struct as_build *build, int index,
                        const char *const *common, int count, struct route *route)
{
    const char *argv[ARGS_MAX];
    int seed = build->seed[index].seed;

    memcpy(argv, common, sizeof argv[0] * (size_t)count);
    argv[count++] = "--seed";
    argv[count++] = as_arena_printf(arena, "%d", seed);
    argv[count++] = "--asc";
    argv[count++] = as_arena_printf(arena, "seed_%d.asc", seed);
    argv[count++] = "--report";
    argv[count++] = as_arena_printf(arena, "seed_%d.json", seed);
    argv[count] = NULL;
    assert(count < ARGS_MAX);
    unlink(seed_file(arena, build, index, "key"));
    route->start = now_seconds();
    route->process =
        as_process_start(argv, build->dir, seed_file(arena, build, index, "log"), ROUTE_LIMIT);
    return route->process > 0;
}

/* Waits until one of the running seeds ends, and takes its result. */
static enum as_status finish_route(struct as_arena *arena, struct as_build *build,
                                   struct route *routes, struct as_diag *diag)
{
    int status, index = 0;
    pid_t process = as_process_wait(&status);

    if (process <= 0)
        return as_fail(diag, AS_ERR_TOOL, "nextpnr: lost a process: %s", strerror(errno));
    while (index < build->seed_count && routes[index].process != process)
        index++;
    assert(index < build->seed_count);
    routes[index].process = 0;
    struct as_seed *seed = &build->seed[index];
    seed->seconds = now_seconds() - routes[index].start;
    if (status == 0) {
        AS_TRY(write_key(seed_file(arena, build, index, "key"), routes[index].key, seed->seconds,
                         diag));
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

static enum as_status route_all(struct as_arena *arena, struct as_build *build, const char *pcf,
                                int jobs, struct as_diag *diag)
{
    const char *common[ARGS_MAX];
    int count = common_arguments(arena, build, pcf, common), running = 0;
    struct route *routes = AS_NEW(arena, struct route, build->seed_count);
    enum as_status status = AS_OK;
    uint64_t key;

    AS_TRY(hash_route(build, common, count, as_arena_printf(arena, "%s/netlist.json", build->dir),
                      as_arena_printf(arena, "%s/rtl/%s", build->dir, pcf), &key, diag));
    for (int i = 0; i < build->seed_count; i++) {
        struct as_seed *seed = &build->seed[i];
        routes[i].key = key;
        if (has_key(seed_file(arena, build, i, "key"), key, &seed->seconds)) {
            seed->reused = true;
            AS_TRY(take_report(arena, build, i, diag));
        }
    }
    for (int next = 0; next < build->seed_count || running > 0;) {
        if (next < build->seed_count && build->seed[next].reused) {
            next++;
        } else if (status == AS_OK && next < build->seed_count && running < jobs) {
            if (start_route(arena, build, next, common, count, &routes[next]))
                running++;
            else
                status = as_fail(diag, AS_ERR_TOOL, "%s: %s", common[0], strerror(errno));
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

/* ---- bitstream ---- */

static enum as_status pack_best(struct as_arena *arena, struct as_build *build,
                                struct as_diag *diag)
{
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
                       build->cfg->name, build->cfg->clock_khz, build->seed_count);
    const char *argv[] = {build->tools.icepack.path,
                          as_arena_printf(arena, "seed_%d.asc", build->seed[build->best].seed),
                          build->board->bitstream, NULL};
    AS_TRY(run_alone(arena, argv, build->dir, as_arena_printf(arena, "%s/icepack.log", build->dir),
                     "icepack", diag));
    build->bitstream = as_arena_printf(arena, "%s/%s", build->dir, build->board->bitstream);
    return AS_OK;
}

/* ---- the whole ---- */

static const char *find_pcf(const struct as_emit_set *set)
{
    for (int i = 0; i < set->count; i++)
        if (as_ends_with(set->file[i].name, ".pcf"))
            return set->file[i].name;
    return NULL;
}

enum as_status as_build_run(struct as_arena *arena, const struct as_config *cfg,
                            const struct as_build_options *options, struct as_build *build,
                            struct as_diag *diag)
{
    struct as_emit_set *set = AS_NEW(arena, struct as_emit_set, 1);

    *build = (struct as_build){.cfg = cfg, .best = -1, .seed_count = options->seed_count};
    if (strcmp(cfg->board, "none") == 0)
        return as_fail(diag, AS_ERR_RANGE, "%s: board is none, expected a folder of boards/",
                       options->accel);
    AS_TRY(as_board_load(arena, cfg->board, &build->board, diag));
    AS_TRY(as_board_check(build->board, cfg, options->accel, diag));
    AS_TRY(as_tools_find(arena, &build->tools, diag));
    AS_TRY(as_blocks_read(arena, as_arena_printf(arena, "%s/budget.csv", build->board->folder),
                          &build->blocks, diag));
    build->dir = options->dir ? options->dir : as_build_dir(arena, cfg);
    AS_TRY(as_package(arena, cfg, set, diag));
    const char *pcf = find_pcf(set);
    if (!pcf)
        return as_fail(diag, AS_ERR_IO, "%s: no .pcf file", build->board->folder);
    AS_TRY(as_make_folders(arena, build->dir, diag));
    AS_TRY(as_emit_write(arena, set, as_arena_printf(arena, "%s/rtl", build->dir), diag));
    printf("%s for %s at %.3f MHz, in %s\n  %s: %s\n  %s: %s\n", cfg->name, build->board->name,
           cfg->clock_khz / 1000.0, build->dir, build->tools.yosys.path, build->tools.yosys.version,
           build->tools.nextpnr.path, build->tools.nextpnr.version);
    fflush(stdout);
    AS_TRY(synthesize(arena, build, set, diag));
    AS_TRY(count_netlist(arena, build, diag));
    fflush(stdout);
    for (int i = 0; i < build->seed_count; i++)
        build->seed[i].seed = options->first_seed + i;
    AS_TRY(route_all(arena, build, pcf, options->jobs, diag));
    return pack_best(arena, build, diag);
}
