/* The order of the steps of `build`, and who may work in a folder. */
#include "boards/flow/build_steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "base/process.h"
#include "base/progress.h"
#include "boards/flow/package.h"

#define STEP_LIMIT     1800 /* seconds of synthesis or packing */
#define FILE_BYTES_MAX (256 << 20)

double as_seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

enum as_status as_load_json(const char *path, json_t **out, struct as_diag *diag)
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

enum as_status as_run_alone(struct as_arena *arena, const char *const *argv, const char *dir,
                            const char *log, const char *what, struct as_diag *diag)
{
    int status = -1;

    as_progress("%s", what);
    if (as_process_start(argv, dir, log, STEP_LIMIT) > 0)
        as_process_wait(&status);
    as_progress_done();
    if (status == 0)
        return AS_OK;
    return as_fail(diag, AS_ERR_TOOL, "%s failed: %s (%s)", what, as_process_complaint(arena, log),
                   log);
}

/* ---- the folder ---- */

const char *as_build_dir(struct as_arena *arena, const struct as_config *cfg)
{
    return as_arena_printf(arena, "build/boards/%s", cfg->name);
}

/* Whoever holds the lock of the folder may change it: two builds in one would record one's marks
 * for the other's results.  The system gives it back when the process ends, however it ends. */
static enum as_status lock_folder(struct as_arena *arena, const char *dir, int *lock,
                                  struct as_diag *diag)
{
    const char *path = as_arena_printf(arena, "%s/build.lock", dir);
    char holder[16] = "";

    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (*lock < 0)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    if (flock(*lock, LOCK_EX | LOCK_NB) != 0) {
        if (pread(*lock, holder, sizeof holder - 1, 0) < 0)
            holder[0] = '\0';
        close(*lock);
        return as_fail(
            diag, AS_ERR_IO,
            "%s: another `arraysmith build` (process %s) is at work in this folder; wait "
            "for it, or name another folder with -o",
            dir, *holder ? holder : "unknown");
    }
    int length = snprintf(holder, sizeof holder, "%d", (int)getpid());
    if (ftruncate(*lock, 0) != 0 || pwrite(*lock, holder, (size_t)length, 0) != length) {
        close(*lock);
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    }
    return AS_OK;
}

/* ---- the whole ---- */

static void print_start(const struct as_build *build)
{
    printf("%s for %s at %.3f MHz, in %s\n  %s: %s\n  %s: %s\n", build->cfg->name,
           build->board->name, build->cfg->board.clock_khz / 1000.0, build->dir,
           build->tools.yosys.path, build->tools.yosys.version, build->tools.route.path,
           build->tools.route.version);
    fflush(stdout);
}

/* All that writes into the folder. */
static enum as_status run_steps(struct as_arena *arena, const struct as_build_options *options,
                                const struct as_emit_set *set, struct as_build *build,
                                struct as_diag *diag)
{
    AS_TRY(as_emit_write(arena, set, as_arena_printf(arena, "%s/rtl", build->dir), diag));
    print_start(build);
    AS_TRY(as_build_synthesize(arena, build, set, diag));
    AS_TRY(as_build_count(arena, build, diag));
    for (int i = 0; i < build->seed_count; i++)
        build->seed[i].seed = options->first_seed + i;
    AS_TRY(as_build_route(arena, build, options->jobs, diag));
    return as_build_pack(arena, build, diag);
}

enum as_status as_build_run(struct as_arena *arena, const struct as_config *cfg,
                            const struct as_build_options *options, struct as_build *build,
                            struct as_diag *diag)
{
    struct as_emit_set *set = AS_NEW(arena, struct as_emit_set, 1);
    int lock;

    *build = (struct as_build){.cfg = cfg, .best = -1, .seed_count = options->seed_count};
    if (strcmp(cfg->board.folder, "none") == 0)
        return as_fail(diag, AS_ERR_RANGE, "%s: board is none, expected a folder of boards/",
                       options->accel);
    AS_TRY(as_board_load(arena, cfg->board.folder, &build->board, diag));
    AS_TRY(as_board_check(build->board, cfg, options->accel, diag));
    AS_TRY(as_tools_find(arena, build->board->family, &build->tools, diag));
    AS_TRY(as_blocks_read(arena, as_arena_printf(arena, "%s/budget.csv", build->board->folder),
                          &build->blocks, diag));
    build->dir = options->dir ? options->dir : as_build_dir(arena, cfg);
    AS_TRY(as_emit_check_place(build->dir, diag));
    AS_TRY(as_package(arena, cfg, NULL, set, diag));
    AS_TRY(as_make_folders(arena, build->dir, diag));
    AS_TRY(lock_folder(arena, build->dir, &lock, diag));
    enum as_status status = run_steps(arena, options, set, build, diag);
    if (build->netlist_counted) {
        enum as_status saved = as_build_save(arena, build, diag);
        status = status == AS_OK ? saved : status;
    }
    close(lock);
    return status;
}
