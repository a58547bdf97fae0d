// struct as_rtl_core_library around the verilated core_top.
// Built by sim/cosim/rtl_build.c together with Verilator's output.
#include "sim/cosim/rtl_abi.h"

#include "Vdut.h"

#include <cstring>
#include <memory>

struct as_rtl_core_instance {
    VerilatedContext context;
    std::unique_ptr<Vdut> top;
};

namespace
{
as_rtl_core_instance *make()
{
    auto *rtl = new as_rtl_core_instance;
    rtl->context.randReset(0);
    rtl->top = std::make_unique<Vdut>(&rtl->context, "core");
    rtl->top->clk_i = 0;
    rtl->top->eval();
    return rtl;
}

void release(as_rtl_core_instance *rtl)
{
    rtl->top->final();
    delete rtl;
}

void eval(as_rtl_core_instance *rtl, const as_core_pins_in *in, as_core_pins_out *out)
{
    Vdut &top = *rtl->top;
    top.clk_i = 0;
    top.rst_i = in->rst;
    top.start_i = in->start;
    top.pc_load_i = in->pc_load;
    top.pc_compute_i = in->pc_compute;
    top.pc_store_i = in->pc_store;
    top.stat_index_i = in->stat_index;
    top.ho_valid_i = in->ho_valid;
    top.ho_write_i = in->ho_write;
    top.ho_wdata_i = in->ho_wdata;
    top.ho_addr_i = in->ho_addr;
    top.mem_ready_i = in->mem_ready;
    top.mem_rvalid_i = in->mem_rvalid;
    std::memcpy(&top.mem_rdata_i, in->mem_rdata, sizeof top.mem_rdata_i);
    top.eval();
    out->busy = top.busy_o;
    out->layer_done = top.layer_done_o;
    out->stat_data = top.stat_data_o;
    out->ho_ready = top.ho_ready_o;
    out->ho_rvalid = top.ho_rvalid_o;
    out->ho_rdata = top.ho_rdata_o;
    out->mem_valid = top.mem_valid_o;
    out->mem_write = top.mem_write_o;
    out->mem_addr = top.mem_addr_o;
    out->mem_wstrb = top.mem_wstrb_o;
    std::memcpy(out->mem_wdata, &top.mem_wdata_o, sizeof top.mem_wdata_o);
    out->events = top.events_o;
}

void tick(as_rtl_core_instance *rtl)
{
    rtl->top->clk_i = 1;
    rtl->top->eval();
}
} // namespace

extern "C" __attribute__((visibility("default"))) const struct as_rtl_core_library
    as_rtl_core_library = {make, release, eval, tick};
