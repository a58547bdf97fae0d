// The only C++ of the simulator: struct as_rtl_library around the verilated cosim_top.
// Built by sim/cosim/rtl_build.c together with Verilator's output.
#include "sim/cosim/rtl_abi.h"

#include "Vdut.h"
#include "Vdut___024root.h"
#if VM_TRACE
#include "verilated_fst_c.h"
#endif

#include <memory>

struct as_rtl_instance {
    VerilatedContext context;
    std::unique_ptr<Vdut> top;
#if VM_TRACE
    std::unique_ptr<VerilatedFstC> trace;
    uint64_t trace_first = 0;
    uint64_t trace_last = 0;
#endif
    uint64_t cycle = 0;
};

namespace
{
// Cycle n is the time 2n (inputs settled) and 2n+1 (after the edge).
void dump(as_rtl_instance *rtl, bool after_edge)
{
#if VM_TRACE
    if (rtl->trace && rtl->cycle >= rtl->trace_first && rtl->cycle <= rtl->trace_last)
        rtl->trace->dump(2 * rtl->cycle + after_edge);
#else
    (void)rtl;
    (void)after_edge;
#endif
}

as_rtl_instance *make(uint64_t power_up_seed)
{
    auto *rtl = new as_rtl_instance;
    rtl->context.randReset(power_up_seed == 0 ? 0 : 2);
    rtl->context.randSeed(int(power_up_seed % 0x7fffffff) + 1);
#if VM_TRACE
    rtl->context.traceEverOn(true);
#endif
    rtl->top = std::make_unique<Vdut>(&rtl->context, "cosim");
    rtl->top->clk_i = 0;
    rtl->top->eval();
    return rtl;
}

void release(as_rtl_instance *rtl)
{
#if VM_TRACE
    if (rtl->trace)
        rtl->trace->close();
#endif
    rtl->top->final();
    delete rtl;
}

void eval(as_rtl_instance *rtl, const as_pins_in *in, as_pins_out *out)
{
    Vdut &top = *rtl->top;
    top.clk_i = 0;
    top.rst_i = in->rst;
    top.mem_stall_i = in->stall;
    top.rx_valid_i = in->rx_valid;
    top.rx_data_i = in->rx_data;
    top.tx_ready_i = in->tx_ready;
    top.eval();
    dump(rtl, false);
    out->rx_ready = top.rx_ready_o;
    out->tx_valid = top.tx_valid_o;
    out->tx_data = top.tx_data_o;
    out->busy = top.busy_o;
    out->layer_done = top.layer_done_o;
    out->events = top.events_o;
}

void tick(as_rtl_instance *rtl)
{
    rtl->top->clk_i = 1;
    rtl->top->eval();
    dump(rtl, true);
    rtl->cycle++;
}

const void *probes(const as_rtl_instance *rtl)
{
    return &rtl->top->probes_o[0];
}

const uint8_t *memory(const as_rtl_instance *rtl)
{
    const auto &words = rtl->top->rootp->cosim_top__DOT__u_system__DOT__u_memory__DOT__u_ram__DOT__mem;
    return reinterpret_cast<const uint8_t *>(&words[0]);
}

int trace(as_rtl_instance *rtl, const char *path, uint64_t first, uint64_t last)
{
#if VM_TRACE
    rtl->trace = std::make_unique<VerilatedFstC>();
    rtl->top->trace(rtl->trace.get(), 99);
    rtl->trace->open(path);
    rtl->trace_first = first;
    rtl->trace_last = last;
    return rtl->trace->isOpen();
#else
    (void)rtl;
    (void)path;
    (void)first;
    (void)last;
    return 0;
#endif
}
} // namespace

extern "C" __attribute__((visibility("default"))) const struct as_rtl_library
    as_rtl_library = {
        make, release, eval, tick, probes, memory, trace};
