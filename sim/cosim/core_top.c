#include "sim/cosim/core_top.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/blocks/memory.h"
#include "sim/blocks/perf.h"

enum width { BIT, COUNTER, BYTE, VALUE, ADDRESS, WORD_ADDRESS, WORD, STROBE };

static const struct pin {
    const char *name;
    enum width width;
    bool output;
} pins[] = {
    {"clk_i", BIT, false},
    {"rst_i", BIT, false},
    {"start_i", BIT, false},
    {"pc_load_i", ADDRESS, false},
    {"pc_compute_i", ADDRESS, false},
    {"pc_store_i", ADDRESS, false},
    {"busy_o", BIT, true},
    {"layer_done_o", BIT, true},
    {"stat_index_i", COUNTER, false},
    {"stat_data_o", VALUE, true},
    {"ho_valid_i", BIT, false},
    {"ho_ready_o", BIT, true},
    {"ho_write_i", BIT, false},
    {"ho_addr_i", ADDRESS, false},
    {"ho_wdata_i", BYTE, false},
    {"ho_rvalid_o", BIT, true},
    {"ho_rdata_o", BYTE, true},
    {"mem_valid_o", BIT, true},
    {"mem_ready_i", BIT, false},
    {"mem_write_o", BIT, true},
    {"mem_addr_o", WORD_ADDRESS, true},
    {"mem_wdata_o", WORD, true},
    {"mem_wstrb_o", STROBE, true},
    {"mem_rvalid_i", BIT, false},
    {"mem_rdata_i", WORD, false},
};

#define PINS ((int)(sizeof pins / sizeof pins[0]))

static int bits(enum width width, const struct as_hw *hw)
{
    switch (width) {
    case COUNTER:
        return 4;
    case BYTE:
        return 8;
    case VALUE:
        return 32;
    case ADDRESS:
        return hw->addr_bits;
    case WORD_ADDRESS:
        return hw->addr_bits - as_word_shift(hw);
    case WORD:
        return 8 * hw->mem_width_bytes;
    case STROBE:
        return hw->mem_width_bytes;
    default:
        return 1;
    }
}

static void print(FILE *out, struct as_arena *arena, const struct as_config *cfg)
{
    fprintf(out,
            "// core_top.v - core with the events of its performance counters: simulation only.\n"
            "`default_nettype none\n\n"
            "module core_top (\n");
    for (int i = 0; i < PINS; i++)
        fprintf(out, "  %s wire [%d:0] %s,\n", pins[i].output ? "output" : "input ",
                bits(pins[i].width, &cfg->hw) - 1, pins[i].name);
    fprintf(out, "  output wire [31:0] events_o\n);\n\n  %s u_core (\n",
            as_emit_module(arena, cfg, "core"));
    for (int i = 0; i < PINS; i++)
        fprintf(out, "    .%s(%s)%s\n", pins[i].name, pins[i].name, i + 1 < PINS ? "," : "");
    fprintf(out,
            "  );\n  assign events_o = busy_o ? {%d'd0, u_core.u_perf.event_i} : 32'd0;\n"
            "endmodule\n`default_nettype wire\n",
            32 - AS_PERF_USED);
}

void as_core_top_emit(struct as_arena *arena, const struct as_config *cfg, struct as_emit_set *set)
{
    struct as_emit_file *file = &set->file[set->count++];
    char *verilog = NULL;
    size_t bytes = 0;

    assert(set->count <= AS_EMIT_FILES_MAX);
    FILE *out = open_memstream(&verilog, &bytes);
    if (!out)
        abort(); /* out of memory, as in the arena */
    print(out, arena, cfg);
    fclose(out);
    file->name = "core_top.v";
    file->text = as_arena_strdup(arena, verilog);
    file->bytes = bytes;
    file->purpose = "";
    free(verilog);
}
