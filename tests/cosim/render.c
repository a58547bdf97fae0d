/* Renders Verilog templates for the co-simulation of a block, by the generator's own code.
 *
 *   render DIR [NAME=VALUE]... FILE...
 *
 * The names are those of an accelerator with every parameter at its default; NAME=VALUE replaces
 * one.  FILE is MODULE.v or MODULE.v.tpl and becomes DIR/MODULE.v. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/template.h"
#include "gen/config/config.h"
#include "gen/emit/emit.h"

static enum as_status render_file(struct as_arena *arena, const struct as_symbols *symbols,
                                  const char *from, const char *dir, struct as_diag *diag)
{
    const char *slash = strrchr(from, '/');
    const char *file = slash ? slash + 1 : from;
    const char *path = as_arena_printf(arena, "%s/%.*s.v", dir, (int)strcspn(file, "."), file);
    FILE *out = fopen(path, "w");

    if (!out)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    enum as_status status = as_template_render_file(arena, from, symbols, out, diag);
    if (fclose(out) != 0 && status == AS_OK)
        status = as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    return status;
}

int main(int argc, char **argv)
{
    struct as_arena *arena = as_arena_new();
    struct as_config *cfg = AS_NEW(arena, struct as_config, 1);
    struct as_diag diag;
    enum as_status status = AS_OK;

    as_diag_init(&diag);
    as_config_default(cfg);
    struct as_symbols *symbols = as_emit_symbols(arena, cfg);
    for (int i = 2; i < argc && status == AS_OK; i++) {
        char *equals = strchr(argv[i], '=');
        if (equals) {
            *equals = '\0';
            as_symbols_set_text(symbols, argv[i], equals + 1);
        } else {
            status = render_file(arena, symbols, argv[i], argv[1], &diag);
        }
    }
    if (status != AS_OK)
        fprintf(stderr, "render: %s\n", diag.text);
    as_arena_free(arena);
    return status == AS_OK ? 0 : 1;
}
