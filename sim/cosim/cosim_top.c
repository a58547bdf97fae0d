#include "sim/cosim/cosim_top.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/blocks/perf.h"
#include "sim/cosim/probe.h"

static const char head[] =
    "// cosim_top.v - system with every probe on an output port: simulation only.\n"
    "// GENERATED from sim/cosim/probe.def.\n"
    "`default_nettype none\n"
    "\n"
    "module cosim_top (\n"
    "  input  wire        clk_i,\n"
    "  input  wire        rst_i,\n"
    "  input  wire        mem_stall_i,\n"
    "  input  wire        rx_valid_i,\n"
    "  output wire        rx_ready_o,\n"
    "  input  wire [7:0]  rx_data_i,\n"
    "  output wire        tx_valid_o,\n"
    "  input  wire        tx_ready_i,\n"
    "  output wire [7:0]  tx_data_o,\n"
    "  output wire        busy_o,\n"
    "  output wire        layer_done_o,\n"
    "  output wire [31:0] events_o";

static const char body[] =
    "\n);\n"
    "\n"
    "  %s u_system (\n"
    "    .clk_i(clk_i), .rst_i(rst_i), .mem_stall_i(mem_stall_i),\n"
    "    .rx_valid_i(rx_valid_i), .rx_ready_o(rx_ready_o), .rx_data_i(rx_data_i),\n"
    "    .tx_valid_o(tx_valid_o), .tx_ready_i(tx_ready_i), .tx_data_o(tx_data_o),\n"
    "    .busy_o(busy_o), .layer_done_o(layer_done_o)\n"
    "  );\n";

/* The upper half of a narrow value is a constant of its own: assigned once, not in every cycle. */
static void emit_probe(FILE *out, int i, const struct as_probe *probe)
{
    if (probe->width > 32) {
        fprintf(out, "  assign probes_o[%d +: 64] = {u_system.%s}; // %s\n", 64 * i, probe->path,
                probe->id);
        return;
    }
    fprintf(out, "  assign probes_o[%d +: 32] = {u_system.%s}; // %s\n", 64 * i, probe->path,
            probe->id);
    fprintf(out, "  assign probes_o[%d +: 32] = 32'd0;\n", 64 * i + 32);
}

void as_cosim_top_emit(struct as_arena *arena, const struct as_config *cfg, struct as_emit_set *set)
{
    const struct as_probe *probes = as_probe_list(arena, &cfg->hw);
    int count = as_probe_count(&cfg->hw);
    struct as_emit_file *file = &set->file[set->count++];
    char *verilog = NULL;
    size_t bytes = 0;

    assert(set->count <= AS_EMIT_FILES_MAX);
    FILE *out = open_memstream(&verilog, &bytes);
    if (!out)
        abort(); /* out of memory, as in the arena */
    fputs(head, out);
    fprintf(out, ",\n  output wire [%d:0] probes_o", 64 * count - 1);
    fprintf(out, body, as_emit_module(arena, cfg, "system"));
    fprintf(out, "  assign events_o = busy_o ? {%d'd0, u_system.u_core.u_perf.event_i} : 32'd0;\n",
            32 - AS_PERF_USED);
    for (int i = 0; i < count; i++)
        emit_probe(out, i, &probes[i]);
    fputs("endmodule\n`default_nettype wire\n", out);
    fclose(out);
    file->name = "cosim_top.v";
    file->text = as_arena_strdup(arena, verilog);
    file->bytes = bytes;
    file->purpose = "";
    free(verilog);
}
