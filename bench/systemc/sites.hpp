// sites.hpp - the accelerators of a platform: each with its initiator and its memory, in one sc_module.
#ifndef ARRAYSMITH_PLATFORM_SITES_HPP
#define ARRAYSMITH_PLATFORM_SITES_HPP

#include "bench/systemc/compare.hpp"
#include "bench/systemc/initiators.hpp"
#include "bench/systemc/memory.hpp"

namespace platform
{

class site : public sc_module
{
public:
    explicit site(sc_module_name name) : sc_module(name) {}
    virtual const std::vector<result> &results() const = 0;
    virtual void trace(sc_trace_file *file) const = 0; // adds the outputs of core.v or system.v
    virtual void judge() {} // after the simulation; throws when what was compared differs
};

inline sc_time period_of(const as_unit_info &info) { return sc_time(1e6 / info.clock_khz, SC_NS); }

inline int latency_of(const options &o, const as_unit_info &info)
{
    return o.latency < 0 ? info.latency : o.latency;
}

// Behind TLM-2.0: a part of the platform's memory, from `base`, and a port of its own to it.
template <unsigned BITS> class tlm_site : public site
{
public:
    tlm_site(sc_module_name name, const options &o, const as_unit_info &info, const as_unit_program &program,
             storage &bytes, uint64_t base)
        : site(name),
          accel_("accel", std::make_unique<arraysmith::core_unit>(o.what, by(o)), period_of(info), base,
                 o.level == "at" ? arraysmith::timing::approximate : arraysmith::timing::loose),
          memory_("memory", bytes, latency_of(o, info), period_of(info), o.dmi),
          cpu_("cpu", o, program, base, [this] { return accel_.layers(); })
    {
        cpu_.registers.bind(accel_.registers);
        cpu_.memory.bind(memory_.host);
        accel_.memory.bind(memory_.port);
        accel_.irq(irq_);
        cpu_.irq(irq_);
    }

    const std::vector<result> &results() const override { return cpu_.results; }
    void trace(sc_trace_file *file) const override { accel_.trace(file); }

private:
    static arraysmith::realisation by(const options &o)
    {
        return o.unit == "rtl" ? arraysmith::realisation::rtl : arraysmith::realisation::model;
    }

    arraysmith::accelerator<BITS> accel_;
    tlm_memory<BITS> memory_;
    tlm_initiator cpu_;
    sc_signal<bool> irq_;
};

// At pins: one module, or two that see the same inputs and are compared.
//   LEVEL   core_level<BYTES> or system_level: what is around the pins
template <class LEVEL, class MODULE, class OTHER> class pins_site : public site
{
public:
    pins_site(sc_module_name name, const options &o, const as_unit_info &info, const as_unit_program &program,
              std::unique_ptr<MODULE> module, std::unique_ptr<OTHER> other)
        : site(name), module_(std::move(module)), other_(std::move(other)), clk_("clk", period_of(info)),
          around_(o, info, program)
    {
        out_.bind(*module_);
        inputs(*module_);
        around_.outputs(out_);
        around_.clock(clk_, rst_);
        if (!other_)
            return;
        others_.bind(*other_);
        inputs(*other_);
        compared_ = std::make_unique<comparer<typename LEVEL::outputs_type>>("compared", out_, others_);
        compared_->clk(clk_);
    }

    const std::vector<result> &results() const override { return around_.host.results; }
    void trace(sc_trace_file *file) const override
    {
        LEVEL::outputs_type::visit(out_, out_, [&](const char *pin, const auto &signal, const auto &) {
            sc_trace(file, signal, std::string(name()) + "." + pin);
        });
    }

    void judge() override
    {
        if (!compared_)
            return;
        std::cerr << compared_->edges << " edges compared, " << compared_->differ << " pins differ\n";
        if (compared_->differ)
            throw std::runtime_error("model and RTL disagree at their pins");
    }

private:
    template <class TO> void inputs(TO &to)
    {
        to.clk_i(clk_);
        to.rst_i(rst_);
        around_.inputs(to);
    }

    std::unique_ptr<MODULE> module_;
    std::unique_ptr<OTHER> other_;
    sc_clock clk_;
    sc_signal<bool> rst_;
    typename LEVEL::outputs_type out_, others_;
    LEVEL around_;
    std::unique_ptr<comparer<typename LEVEL::outputs_type>> compared_;
};

// core.v: a memory of its own, and an initiator at start, status and the host's port.
template <int BYTES> class core_level
{
public:
    using model = arraysmith::core_model<BYTES>;
    using outputs_type = core_outputs<BYTES>;

    core_initiator host;

    core_level(const options &o, const as_unit_info &info, const as_unit_program &program)
        : host("host", o, program), memory_("memory", info.memory_bytes, latency_of(o, info), info.interval,
                                            o.stall_percent, o.late, o.seed)
    {
        host.memory.bind(memory_.host);
        host.start(start_);
        host.pc_load(pc_load_);
        host.pc_compute(pc_compute_);
        host.pc_store(pc_store_);
        host.stat_index(stat_index_);
        host.ho_valid(ho_valid_);
        host.ho_write(ho_write_);
        host.ho_addr(ho_addr_);
        host.ho_wdata(ho_wdata_);
        memory_.ready_o(ready_);
        memory_.rvalid_o(rvalid_);
        memory_.rdata_o(rdata_);
    }

    void clock(sc_clock &clk, sc_signal<bool> &rst)
    {
        memory_.clk_i(clk);
        memory_.rst_i(rst);
        host.clk(clk);
        host.rst(rst);
    }

    template <class TO> void inputs(TO &to)
    {
        to.start_i(start_);
        to.pc_load_i(pc_load_);
        to.pc_compute_i(pc_compute_);
        to.pc_store_i(pc_store_);
        to.stat_index_i(stat_index_);
        to.ho_valid_i(ho_valid_);
        to.ho_write_i(ho_write_);
        to.ho_addr_i(ho_addr_);
        to.ho_wdata_i(ho_wdata_);
        to.mem_ready_i(ready_);
        to.mem_rvalid_i(rvalid_);
        to.mem_rdata_i(rdata_);
    }

    void outputs(core_outputs<BYTES> &out)
    {
        memory_.valid_i(out.mem_valid);
        memory_.write_i(out.mem_write);
        memory_.addr_i(out.mem_addr);
        memory_.wdata_i(out.mem_wdata);
        memory_.wstrb_i(out.mem_wstrb);
        host.busy(out.busy);
        host.stat_data(out.stat_data);
        host.ho_ready(out.ho_ready);
        host.ho_rvalid(out.ho_rvalid);
        host.ho_rdata(out.ho_rdata);
    }

private:
    pin_memory<BYTES> memory_;
    sc_signal<bool> start_, ho_valid_, ho_write_, ready_, rvalid_;
    sc_signal<uint32_t> pc_load_, pc_compute_, pc_store_, stat_index_, ho_addr_, ho_wdata_;
    sc_signal<arraysmith::pin<BYTES * 8>> rdata_;
};

// system.v: an initiator at the byte stream.
class system_level
{
public:
    using model = arraysmith::system_model;
    using outputs_type = system_outputs;

    system_initiator host;

    system_level(const options &o, const as_unit_info &, const as_unit_program &program) : host("host", o, program)
    {
        host.mem_stall(mem_stall_);
        host.rx_valid(rx_valid_);
        host.tx_ready(tx_ready_);
        host.rx_data(rx_data_);
    }

    void clock(sc_clock &clk, sc_signal<bool> &rst)
    {
        host.clk(clk);
        host.rst(rst);
    }

    template <class TO> void inputs(TO &to)
    {
        to.mem_stall_i(mem_stall_);
        to.rx_valid_i(rx_valid_);
        to.tx_ready_i(tx_ready_);
        to.rx_data_i(rx_data_);
    }

    void outputs(system_outputs &out)
    {
        host.rx_ready(out.rx_ready);
        host.tx_valid(out.tx_valid);
        host.tx_data(out.tx_data);
        host.busy(out.busy);
    }

private:
    sc_signal<bool> mem_stall_, rx_valid_, tx_ready_;
    sc_signal<uint32_t> rx_data_;
};

} // namespace platform

#endif
