/* Yosys, and whether its netlist fits the device. */
#include "boards/flow/build_steps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boards/flow/package.h"

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Reads every module, of those of one name the one that the device has cells for.  The order, which
 * moves a few cells, does not depend on the accelerator's name; nor does the name of the top. */
static const char *write_script(struct as_arena *arena, const struct as_build *build,
                                const struct as_emit_set *set)
{
    const char *text = "# by `arraysmith build`\n", *general[AS_EMIT_FILES_MAX];
    int count = 0;

    for (int i = 0; i < set->design_count; i++)
        if (!strchr(set->file[i].name, '/') && !as_package_is_replaced(set, set->file[i].name))
            general[count++] = set->file[i].name;
    qsort(general, (size_t)count, sizeof *general, compare_names);
    for (int i = 0; i < count; i++)
        text = as_arena_printf(arena, "%sread_verilog rtl/%s\n", text, general[i]);
    for (int i = 0; i < set->design_count; i++)
        if (strchr(set->file[i].name, '/'))
            text = as_arena_printf(arena, "%sread_verilog rtl/%s\n", text, set->file[i].name);
    return as_arena_printf(arena, "%shierarchy -top %s\nrename -top top\n%s", text,
                           as_emit_module(arena, build->cfg, "top"),
                           build->board->family->synthesis(arena, build->board->device));
}

enum as_status as_build_synthesize(struct as_arena *arena, struct as_build *build,
                                   const struct as_emit_set *set, struct as_diag *diag)
{
    const char *dir = build->dir;
    const char *script = write_script(arena, build, set);
    const char *script_path = as_arena_printf(arena, "%s/synth.ys", dir);
    const char *argv[] = {build->tools.yosys.path, "-q", "-s", "synth.ys", NULL};
    struct as_mark mark = {.path = as_arena_printf(arena, "%s/netlist.key", dir),
                           .results = {as_arena_printf(arena, "%s/netlist.json", dir)}};
    struct as_key *key = as_key_new();
    double seconds;

    as_key_text(key, build->tools.yosys.version);
    as_key_text(key, script);
    for (int i = 0; i < set->design_count; i++)
        as_key_text(key, set->file[i].text);
    mark.key = as_key_done(key);
    build->netlist_reused = as_mark_holds(&mark, &seconds);
    if (build->netlist_reused)
        return AS_OK;
    unlink(mark.path);
    FILE *out = fopen(script_path, "w");
    if (!out || fputs(script, out) < 0 || fclose(out) != 0)
        return as_fail(diag, AS_ERR_IO, "%s: %s", script_path, strerror(errno));
    double start = as_seconds_now();
    AS_TRY(as_run_alone(arena, argv, dir, as_arena_printf(arena, "%s/synth.log", dir), "synthesis",
                        diag));
    build->synthesis_seconds = as_seconds_now() - start;
    return as_mark_write(arena, &mark, build->synthesis_seconds, diag);
}

static enum as_status check_resource(const struct as_build *build,
                                     const struct as_resource *resource, int used, int available,
                                     struct as_diag *diag)
{
    if (used <= available)
        return AS_OK;
    return as_fail(diag, AS_ERR_NOFIT, "%s needs %d %s, expected 0..%d, what %s has%s",
                   build->cfg->name, used, resource->what, available, build->board->name,
                   resource->hint);
}

enum as_status as_build_count(struct as_arena *arena, struct as_build *build, struct as_diag *diag)
{
    const struct as_family *family = build->board->family;
    const struct as_device *device = build->board->device;
    json_t *netlist;

    AS_TRY(as_load_json(as_arena_printf(arena, "%s/netlist.json", build->dir), &netlist, diag));
    enum as_status status = family->count(&build->blocks, netlist, diag);
    json_decref(netlist);
    AS_TRY(status);
    build->netlist_counted = true;
    struct as_block total = as_build_total(build);
    int logic = as_block_logic(family, &total);
    printf("synthesis: %d %s", logic, family->logic_cell.name);
    for (int k = 0; k < family->kind_count; k++)
        printf(", %d %s", total.n[k], family->kinds[k].resource.name);
    if (build->netlist_reused)
        printf(", as before\n");
    else
        printf(", %.0f s\n", build->synthesis_seconds);
    fflush(stdout);
    AS_TRY(check_resource(build, &family->logic_cell, logic, device->logic_cells, diag));
    for (int k = 0; k < family->kind_count; k++)
        if (family->kinds[k].resource.report)
            AS_TRY(check_resource(build, &family->kinds[k].resource, total.n[k], device->has[k],
                                  diag));
    return AS_OK;
}
