#include "boards/flow/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES_MAX 256
#define CELLS_MAX      1000000

static struct as_block *add_block(struct as_blocks *blocks, const char *path, const char *name,
                                  int budget_cells)
{
    struct as_block *block = &blocks->block[blocks->count++];

    *block = (struct as_block){.path = path, .name = name, .budget_cells = budget_cells};
    return block;
}

static enum as_status read_line(struct as_arena *arena, const char *file, int number, char *line,
                                struct as_blocks *out, struct as_diag *diag)
{
    const char *path = strsep(&line, ",");
    const char *name = strsep(&line, ",");
    char *end = NULL;
    long cells = line ? strtol(line, &end, 10) : -1;

    if (!name || !line || end == line || *end != '\0' || *path == '\0' || *name == '\0')
        return as_fail(diag, AS_ERR_PARSE, "%s:%d: expected path,block,cells", file, number);
    if (cells < 0 || cells > CELLS_MAX)
        return as_fail(diag, AS_ERR_RANGE, "%s:%d: budget of %s is %ld, expected 0..%d", file,
                       number, name, cells, CELLS_MAX);
    if (out->count == AS_BUILD_BLOCKS_MAX - 1)
        return as_fail(diag, AS_ERR_RANGE, "%s:%d: more than %d blocks", file, number,
                       AS_BUILD_BLOCKS_MAX - 1);
    add_block(out, as_arena_strdup(arena, path), as_arena_strdup(arena, name), (int)cells);
    return AS_OK;
}

enum as_status as_blocks_read(struct as_arena *arena, const char *file, struct as_blocks *out,
                              struct as_diag *diag)
{
    char line[LINE_BYTES_MAX];
    enum as_status status = AS_OK;
    FILE *in = fopen(file, "r");
    bool heading = true;

    out->count = 0;
    if (!in && errno != ENOENT)
        return as_fail(diag, AS_ERR_IO, "%s: %s", file, strerror(errno));
    for (int number = 1; in && status == AS_OK && fgets(line, sizeof line, in); number++) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] == '\0' || line[0] == '#')
            continue;
        if (!heading)
            status = read_line(arena, file, number, line, out, diag);
        heading = false;
    }
    if (in)
        fclose(in);
    add_block(out, "", "top", 0);
    return status;
}
