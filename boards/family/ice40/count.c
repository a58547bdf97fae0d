/* Cells of a Yosys netlist of SB_ cells.  A LUT and the flip-flop that alone it drives share a
 * logic cell. */
#include "boards/family/ice40/ice40.h"

#include <stdlib.h>
#include <string.h>

#define BITS_MAX (1 << 20) /* nets of a netlist */

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

enum as_status as_ice40_count(struct as_blocks *blocks, const json_t *netlist, struct as_diag *diag)
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
            block->n[AS_ICE40_PAIR]++;
            as_blocks_find(blocks, nets[out].reader)
                ->n[AS_ICE40_FF]--; /* its flip-flop, counted below */
        } else if (strcmp(type, "SB_LUT4") == 0) {
            block->n[AS_ICE40_LUT]++;
        }
        block->n[AS_ICE40_FF] += is_ff(type);
        block->n[AS_ICE40_CARRY] += strcmp(type, "SB_CARRY") == 0;
        block->n[AS_ICE40_EBR] += strncmp(type, "SB_RAM40_4K", 11) == 0;
        block->n[AS_ICE40_DSP] += strcmp(type, "SB_MAC16") == 0;
        block->n[AS_ICE40_SPRAM] += strcmp(type, "SB_SPRAM256KA") == 0;
    }
    free(nets);
    return AS_OK;
}
