#include "boards/flow/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES_MAX 256
#define LCS_MAX        1000000
#define BITS_MAX       (1 << 20) /* nets of a netlist */

int as_block_lcs(const struct as_block *block)
{
    return block->luts + block->pairs + block->ffs;
}

/* ---- budget ---- */

static struct as_block *add_block(struct as_blocks *blocks, const char *path, const char *name,
                                  int budget_lcs)
{
    struct as_block *block = &blocks->block[blocks->count++];

    *block = (struct as_block){.path = path, .name = name, .budget_lcs = budget_lcs};
    return block;
}

static enum as_status read_line(struct as_arena *arena, const char *file, int number, char *line,
                                struct as_blocks *out, struct as_diag *diag)
{
    const char *path = strsep(&line, ",");
    const char *name = strsep(&line, ",");
    char *end = NULL;
    long lcs = line ? strtol(line, &end, 10) : -1;

    if (!name || !line || end == line || *end != '\0' || *path == '\0' || *name == '\0')
        return as_fail(diag, AS_ERR_PARSE, "%s:%d: expected path,block,LCs", file, number);
    if (lcs < 0 || lcs > LCS_MAX)
        return as_fail(diag, AS_ERR_RANGE, "%s:%d: budget of %s is %ld, expected 0..%d", file,
                       number, name, lcs, LCS_MAX);
    if (out->count == AS_BUILD_BLOCKS_MAX - 1)
        return as_fail(diag, AS_ERR_RANGE, "%s:%d: more than %d blocks", file, number,
                       AS_BUILD_BLOCKS_MAX - 1);
    add_block(out, as_arena_strdup(arena, path), as_arena_strdup(arena, name), (int)lcs);
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

struct as_block *as_blocks_find(struct as_blocks *blocks, const char *name)
{
    struct as_block *found = &blocks->block[blocks->count - 1];

    for (int i = 0; i < blocks->count; i++) {
        struct as_block *block = &blocks->block[i];
        size_t n = strlen(block->path);
        bool below = strncmp(name, block->path, n) == 0 &&
                     (name[n] == '.' || name[n] == '['); /* a module, or one of a generate loop */
        if (n > strlen(found->path) && below)
            found = block;
    }
    return found;
}

/* ---- netlist ---- */

/* Readers of a net. */
struct net {
    int readers;
    const char *reader; /* name of the flip-flop whose D reads it last, or NULL */
};

static bool is_ff(const char *type)
{
    return strncmp(type, "SB_DFF", 6) == 0;
}

static const char *cell_type(const json_t *cell)
{
    const char *type = json_string_value(json_object_get(cell, "type"));

    return type ? type : "";
}

/* The net of bit `index` of that port; -1: a constant or no such bit. */
static long find_net(const json_t *cell, const char *port, size_t index)
{
    const json_t *bits = json_object_get(json_object_get(cell, "connections"), port);
    const json_t *bit = json_array_get(bits, index);

    if (!json_is_integer(bit) || json_integer_value(bit) < 0 || json_integer_value(bit) >= BITS_MAX)
        return -1;
    return (long)json_integer_value(bit);
}

static void read_readers(const char *name, json_t *cell, struct net *nets)
{
    json_t *directions = json_object_get(cell, "port_directions");
    bool ff = is_ff(cell_type(cell));
    const char *port;
    json_t *direction;

    json_object_foreach(directions, port, direction)
    {
        const char *way = json_string_value(direction);
        size_t width = json_array_size(json_object_get(json_object_get(cell, "connections"), port));
        if (!way || strcmp(way, "output") == 0)
            continue;
        for (size_t i = 0; i < width; i++) {
            long net = find_net(cell, port, i);
            if (net < 0)
                continue;
            nets[net].readers++;
            nets[net].reader = ff && strcmp(port, "D") == 0 ? name : NULL;
        }
    }
}

/* A port of the top counts as a reader that is no flip-flop. */
static void read_ports(json_t *module, struct net *nets)
{
    const char *name;
    json_t *port, *bit;
    size_t i;

    json_object_foreach(json_object_get(module, "ports"), name, port)
    {
        json_array_foreach(json_object_get(port, "bits"), i, bit)
        {
            json_int_t net = json_is_integer(bit) ? json_integer_value(bit) : -1;
            if (net >= 0 && net < BITS_MAX)
                nets[net].readers += 2;
        }
    }
}

static json_t *find_top(const json_t *netlist)
{
    return json_object_get(json_object_get(netlist, "modules"), "top");
}

enum as_status as_blocks_count(struct as_blocks *blocks, const json_t *netlist,
                               struct as_diag *diag)
{
    json_t *module = find_top(netlist);
    json_t *cells = json_object_get(module, "cells");
    struct net *nets = calloc(BITS_MAX, sizeof *nets);
    const char *name;
    json_t *cell;

    if (!cells || !nets) {
        free(nets);
        return as_fail(diag, AS_ERR_PARSE, "the netlist has no module \"top\" with cells");
    }
    read_ports(module, nets);
    json_object_foreach(cells, name, cell) read_readers(name, cell, nets);
    json_object_foreach(cells, name, cell)
    {
        const char *type = cell_type(cell);
        struct as_block *block = as_blocks_find(blocks, name);
        long out = strcmp(type, "SB_LUT4") == 0 ? find_net(cell, "O", 0) : -1;
        if (out >= 0 && nets[out].readers == 1 && nets[out].reader) {
            block->pairs++;
            as_blocks_find(blocks, nets[out].reader)->ffs--; /* its flip-flop, counted below */
        } else if (strcmp(type, "SB_LUT4") == 0) {
            block->luts++;
        }
        block->ffs += is_ff(type);
        block->carries += strcmp(type, "SB_CARRY") == 0;
        block->ebrs += strncmp(type, "SB_RAM40_4K", 11) == 0;
        block->dsps += strcmp(type, "SB_MAC16") == 0;
        block->sprams += strcmp(type, "SB_SPRAM256KA") == 0;
    }
    free(nets);
    return AS_OK;
}
