#include "sim/cosim/rtl_build.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "gen/emit/emit.h"
#include "base/files.h"
#include "base/home.h"
#include "base/process.h"
#include "base/progress.h"
#include "sim/cosim/core_top.h"
#include "sim/cosim/cosim_top.h"
#include "sim/cosim/rtl_cache.h"

#define LOG_SHOWN_BYTES  2000
#define SOURCE_BYTES_MAX 65536
#define RECIPE           "sim/cosim/verilate.sh"
#define BUILD_LIMIT      7200 /* seconds */

/* What is verilated: the module of the accelerator, the wrapper around it, and the shim in C++. */
struct design {
    const char *module, *top, *shim;
    void (*emit_top)(struct as_arena *arena, const struct as_config *cfg, struct as_emit_set *set);
    const char *symbol; /* of the library */
};

static const struct design system_design = {"system", "cosim_top", "sim/cosim/rtl_shim.cpp",
                                            as_cosim_top_emit, AS_RTL_SYMBOL};
static const struct design core_design = {"core", "core_top", "sim/cosim/core_shim.cpp",
                                          as_core_top_emit, AS_RTL_CORE_SYMBOL};

/* The main memory is read by the shim. */
static const char *public_vlt(struct as_arena *arena, const struct as_config *cfg)
{
    return as_arena_printf(arena,
                           "`verilator_config\n"
                           "public_flat_rd -module \"%s\" -var \"mem\"\n",
                           as_emit_module(arena, cfg, "memory_ram"));
}

/* The first `bytes` bytes that a shell command prints; NULL when it fails or prints nothing. */
static char *output_of(struct as_arena *arena, const char *command, size_t bytes)
{
    char *text = as_arena_alloc(arena, bytes + 1);
    FILE *in = popen(command, "r");

    if (!in)
        return NULL;
    size_t n = fread(text, 1, bytes, in);
    while (fgetc(in) != EOF) /* or the command ends by SIGPIPE */
        ;
    text[n] = '\0';
    return pclose(in) == 0 && n > 0 ? text : NULL;
}

const char *as_rtl_verilator_version(struct as_arena *arena)
{
    char *line = output_of(arena, "verilator --version 2>/dev/null", 128);

    if (line)
        line[strcspn(line, "\n")] = '\0';
    return line;
}

/* What a library depends on beside its sources: the compiler, and the processor that it compiles
 * for (-march=native). */
static const char *compiler_and_processor(struct as_arena *arena)
{
    const char *text = output_of(arena,
                                 "${CXX:-g++} --version | head -1; uname -m;"
                                 "grep -m1 -E '^(flags|Features)' /proc/cpuinfo",
                                 SOURCE_BYTES_MAX);

    return text ? text : "";
}

enum as_status as_rtl_check(struct as_arena *arena, struct as_diag *diag)
{
    if (as_process_find(arena, "verilator"))
        return AS_OK;
    return as_fail(diag, AS_ERR_TOOL,
                   "verilator is not on PATH; every engine that runs the RTL needs it");
}

const char *as_rtl_cache(struct as_arena *arena)
{
    return as_cache_folder(arena);
}

/* ---- folders ---- */

static enum as_status write_text(struct as_arena *arena, const char *dir, const char *name,
                                 const char *text, size_t bytes, struct as_diag *diag)
{
    const char *path = as_arena_printf(arena, "%s/%s", dir, name);
    FILE *out = fopen(path, "w");

    if (!out)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    bool good = fwrite(text, 1, bytes, out) == bytes;
    if (fclose(out) != 0 || !good)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    return AS_OK;
}

/* ---- the sources of a library ---- */

struct sources {
    const struct design *design;
    bool traced;
    struct as_emit_set rtl;
    const char *public; /* what Verilator keeps readable */
    char *key;          /* hash of everything, hexadecimal */
};

static enum as_status hash_file(struct as_arena *arena, XXH3_state_t *state, const char *name,
                                struct as_diag *diag)
{
    const char *path = as_home_path(arena, name);
    char *text = as_arena_alloc(arena, SOURCE_BYTES_MAX);
    FILE *in = fopen(path, "r");

    if (!in)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    XXH3_128bits_update(state, text, fread(text, 1, SOURCE_BYTES_MAX, in));
    fclose(in);
    return AS_OK;
}

static enum as_status hash_sources(struct as_arena *arena, struct sources *s, XXH3_state_t *state,
                                   const char *version, struct as_diag *diag)
{
    const char *cxx = getenv("CXX");
    const char *opt = getenv("ARRAYSMITH_RTL_OPT"); /* the compiler's: less for many small runs */
    const char *tools =
        as_arena_printf(arena, "%s\n%s\n%s\n%s\n%d\n%s", version, cxx ? cxx : "", opt ? opt : "",
                        compiler_and_processor(arena), s->traced, s->public);

    XXH3_128bits_reset(state);
    XXH3_128bits_update(state, tools, strlen(tools));
    for (int i = 0; i < s->rtl.count; i++)
        XXH3_128bits_update(state, s->rtl.file[i].text, s->rtl.file[i].bytes + 1);
    AS_TRY(hash_file(arena, state, RECIPE, diag));
    AS_TRY(hash_file(arena, state, s->design->shim, diag));
    AS_TRY(hash_file(arena, state, "sim/cosim/rtl_abi.h", diag));
    AS_TRY(hash_file(arena, state, "sim/blocks/pins.h", diag));
    XXH128_hash_t hash = XXH3_128bits_digest(state);
    s->key = as_arena_printf(arena, "%016llx%016llx", (unsigned long long)hash.high64,
                             (unsigned long long)hash.low64);
    return AS_OK;
}

static enum as_status collect(struct as_arena *arena, const struct as_config *cfg,
                              struct sources *s, struct as_diag *diag)
{
    const char *version = as_rtl_verilator_version(arena);
    XXH3_state_t *state;
    enum as_status status;

    if (!version)
        return as_fail(diag, AS_ERR_TOOL, "`verilator --version` fails");
    AS_TRY(as_emit_rtl(arena, cfg, s->design->module, &s->rtl, diag));
    s->design->emit_top(arena, cfg, &s->rtl);
    s->public = public_vlt(arena, cfg);
    state = XXH3_createState();
    status = hash_sources(arena, s, state, version, diag);
    XXH3_freeState(state);
    return status;
}

/* ---- building ---- */

/* The last lines of the tool's log, and where all of it is. */
static enum as_status report_log(struct as_arena *arena, const char *log, struct as_diag *diag)
{
    char *text = as_arena_alloc(arena, LOG_SHOWN_BYTES + 1);
    FILE *in = fopen(log, "r");

    if (in) {
        if (fseek(in, -LOG_SHOWN_BYTES, SEEK_END) != 0)
            rewind(in);
        text[fread(text, 1, LOG_SHOWN_BYTES, in)] = '\0';
        fclose(in);
    }
    return as_fail(diag, AS_ERR_TOOL,
                   "building the simulation of the RTL failed; the end of %s:\n%s", log, text);
}

/* Runs in the folder of the library, which holds v/ and public.vlt. */
static bool run_recipe(struct as_arena *arena, const struct sources *s, const char *dir,
                       const char *log)
{
    char *home = realpath(as_home(), NULL);
    int status = -1;

    if (!home)
        return false;
    const char *argv[] = {"/bin/sh",
                          "-c",
                          "exec sh \"$1/" RECIPE "\" " AS_RTL_FILE
                          " \"$2\" \"$3\" \"$4\" .. public.vlt v/*.v -- -I\"$1\"",
                          "sh",
                          as_arena_strdup(arena, home),
                          s->design->top,
                          s->design->shim,
                          s->traced ? "fst" : "none",
                          NULL};
    free(home);
    if (as_process_start(argv, dir, log, BUILD_LIMIT) > 0)
        as_process_wait(&status);
    return status == 0;
}

static enum as_status build_in(struct as_arena *arena, const struct sources *s, const char *dir,
                               const char *log, struct as_diag *diag)
{
    const char *verilog = as_arena_printf(arena, "%s/v", dir);

    AS_TRY(as_make_folders(arena, verilog, diag));
    for (int i = 0; i < s->rtl.count; i++)
        AS_TRY(write_text(arena, verilog, s->rtl.file[i].name, s->rtl.file[i].text,
                          s->rtl.file[i].bytes, diag));
    AS_TRY(write_text(arena, dir, "public.vlt", s->public, strlen(s->public), diag));
    if (!run_recipe(arena, s, dir, log))
        return report_log(arena, log, diag);
    remove(log);
    return as_rtl_entry_seal(arena, dir, diag);
}

/* Builds beside `target` and moves there in one step: two processes may do the same at once. */
static enum as_status build(struct as_arena *arena, const struct sources *s, const char *target,
                            struct as_diag *diag)
{
    const char *folder;
    int lock;

    as_rtl_cache_sweep(arena, target);
    AS_TRY(as_rtl_workshop_open(arena, target, &folder, &lock, diag));
    enum as_status status =
        build_in(arena, s, folder, as_arena_printf(arena, "%s.log", target), diag);
    if (status == AS_OK)
        status = as_rtl_entry_place(arena, folder, target, diag);
    as_rtl_workshop_close(folder, lock);
    return status;
}

/* The library's symbol, after building it unless it is in the cache. */
static enum as_status open_design(struct as_arena *arena, const struct as_config *cfg,
                                  const struct design *design, bool traced, const void **symbol,
                                  struct as_diag *diag)
{
    struct sources *s = AS_NEW(arena, struct sources, 1);
    const char *cache = as_rtl_cache(arena);

    s->design = design;
    s->traced = traced;
    AS_TRY(collect(arena, cfg, s, diag));
    const char *target = as_arena_printf(arena, "%s/%s", cache, s->key);
    const char *file = as_arena_printf(arena, "%s/" AS_RTL_FILE, target);
    if (!as_rtl_entry_good(arena, target)) {
        if (as_make_folders(arena, cache, diag) != AS_OK)
            return as_fail(diag, AS_ERR_IO, "ARRAYSMITH_CACHE names another folder");
        as_progress("%s: compiling a simulation of its RTL", cfg->name);
        AS_TRY(build(arena, s, target, diag));
    }
    /* a name with a slash, or dlopen searches the system's folders */
    char *path = realpath(file, NULL);
    void *handle = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    free(path);
    if (!handle)
        return as_fail(diag, AS_ERR_TOOL, "%s: %s", file, dlerror());
    *symbol = dlsym(handle, design->symbol);
    return *symbol ? AS_OK : as_fail(diag, AS_ERR_TOOL, "%s: %s", file, dlerror());
}

enum as_status as_rtl_open(struct as_arena *arena, const struct as_config *cfg, bool traced,
                           const struct as_rtl_library **library, struct as_diag *diag)
{
    const void *symbol;

    AS_TRY(open_design(arena, cfg, &system_design, traced, &symbol, diag));
    *library = symbol;
    return AS_OK;
}

enum as_status as_rtl_open_core(struct as_arena *arena, const struct as_config *cfg,
                                const struct as_rtl_core_library **library, struct as_diag *diag)
{
    const void *symbol;

    AS_TRY(open_design(arena, cfg, &core_design, false, &symbol, diag));
    *library = symbol;
    return AS_OK;
}
