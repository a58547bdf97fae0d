// compare.hpp - the outputs of core.v and of system.v as signals, and whether two modules agree in them
// at every clock edge.
#ifndef ARRAYSMITH_PLATFORM_COMPARE_HPP
#define ARRAYSMITH_PLATFORM_COMPARE_HPP

#include <iostream>

#include "sim/systemc/pins.hpp"

namespace platform
{

// visit(a, b, f): f(name, signal of a, signal of b) for every pin.
struct system_outputs {
    sc_core::sc_signal<bool> rx_ready, tx_valid, busy, layer_done;
    sc_core::sc_signal<uint32_t> tx_data;

    template <class System> void bind(System &system)
    {
        system.rx_ready_o(rx_ready);
        system.tx_valid_o(tx_valid);
        system.tx_data_o(tx_data);
        system.busy_o(busy);
        system.layer_done_o(layer_done);
    }

    template <class Visit> static void visit(const system_outputs &a, const system_outputs &b, Visit pin)
    {
        pin("rx_ready_o", a.rx_ready, b.rx_ready);
        pin("tx_valid_o", a.tx_valid, b.tx_valid);
        pin("tx_data_o", a.tx_data, b.tx_data);
        pin("busy_o", a.busy, b.busy);
        pin("layer_done_o", a.layer_done, b.layer_done);
    }
};

template <int BYTES> struct core_outputs {
    sc_core::sc_signal<bool> busy, layer_done, ho_ready, ho_rvalid, mem_valid, mem_write;
    sc_core::sc_signal<uint32_t> stat_data, ho_rdata, mem_addr, mem_wstrb;
    sc_core::sc_signal<arraysmith::pin<BYTES * 8>> mem_wdata;

    template <class Core> void bind(Core &core)
    {
        core.busy_o(busy);
        core.layer_done_o(layer_done);
        core.stat_data_o(stat_data);
        core.ho_ready_o(ho_ready);
        core.ho_rvalid_o(ho_rvalid);
        core.ho_rdata_o(ho_rdata);
        core.mem_valid_o(mem_valid);
        core.mem_write_o(mem_write);
        core.mem_addr_o(mem_addr);
        core.mem_wdata_o(mem_wdata);
        core.mem_wstrb_o(mem_wstrb);
    }

    template <class Visit> static void visit(const core_outputs &a, const core_outputs &b, Visit pin)
    {
        pin("busy_o", a.busy, b.busy);
        pin("layer_done_o", a.layer_done, b.layer_done);
        pin("stat_data_o", a.stat_data, b.stat_data);
        pin("ho_ready_o", a.ho_ready, b.ho_ready);
        pin("ho_rvalid_o", a.ho_rvalid, b.ho_rvalid);
        pin("ho_rdata_o", a.ho_rdata, b.ho_rdata);
        pin("mem_valid_o", a.mem_valid, b.mem_valid);
        pin("mem_write_o", a.mem_write, b.mem_write);
        pin("mem_addr_o", a.mem_addr, b.mem_addr);
        pin("mem_wdata_o", a.mem_wdata, b.mem_wdata);
        pin("mem_wstrb_o", a.mem_wstrb, b.mem_wstrb);
    }
};

// OUTPUTS: one of the two.  Says the first ten differences.
template <class OUTPUTS> class comparer : public sc_core::sc_module
{
public:
    sc_core::sc_in<bool> clk{"clk"};
    uint64_t edges = 0, differ = 0;

    SC_HAS_PROCESS(comparer);

    comparer(sc_core::sc_module_name name, const OUTPUTS &model, const OUTPUTS &rtl)
        : sc_core::sc_module(name), model_(model), rtl_(rtl)
    {
        SC_METHOD(compare);
        sensitive << clk.pos();
        dont_initialize();
    }

private:
    void compare()
    {
        edges++;
        OUTPUTS::visit(model_, rtl_, [this](const char *what, const auto &model, const auto &rtl) {
            if (model.read() == rtl.read() || differ++ >= 10)
                return;
            std::cerr << "edge " << edges << ": " << what << " is " << model.read() << " in the model, "
                      << rtl.read() << " in the RTL\n";
        });
    }

    const OUTPUTS &model_, &rtl_;
};

} // namespace platform

#endif
