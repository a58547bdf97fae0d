// platform.cpp - a platform around an accelerator: memory, an initiator, and one of
//
//   --level system|core     at the pins of system.v or core.v
//   --level lt|at           behind TLM-2.0, loosely or approximately timed
//   --unit model|rtl|both   the cycle model; the Verilated RTL, which at pins has to be built in
//                           (bench/systemc/build.sh); at pins both, compared in every pin at every
//                           clock edge
//
// The initiator loads a program and an input, starts the accelerator, waits for it and reads the
// output.  Prints the report as JSON.  docs/systemc.md walks through it.
#include <cstdio>
#include <iostream>

#include "bench/systemc/compare.hpp"
#include "bench/systemc/initiators.hpp"
#include "bench/systemc/memory.hpp"
#ifdef AS_PLATFORM_RTL
#include "bench/systemc/rtl.hpp"
#endif

using namespace sc_core;

namespace platform
{

// ---- command line ----

[[noreturn]] void usage(const std::string &why)
{
    std::cerr << "platform: " << why << "\n"
              << "usage: platform --accel ACCEL --program FILE --input FILE [--input FILE ...]\n"
                 "         [--set KEY=VALUE ...] [--unit model|rtl|both] [--level system|core|lt|at]\n"
                 "         [--output FILE] [--report FILE]\n"
                 "         [--latency CYCLES] [--late CYCLES] [--stall-percent P] [--seed N] [--quantum-us T] [--dmi]\n";
    std::exit(2);
}

options parse(int argc, char **argv)
{
    options o;
    for (int i = 1; i < argc; i++) {
        const std::string name = argv[i];
        if (name == "--dmi") {
            o.dmi = true;
            continue;
        }
        if (++i == argc)
            usage(name + " wants a value");
        const std::string value = argv[i];
        if (name == "--accel") o.what.accel = value;
        else if (name == "--set") o.what.sets.push_back(value);
        else if (name == "--unit") o.unit = value;
        else if (name == "--level") o.level = value;
        else if (name == "--program") o.program = value;
        else if (name == "--input") o.inputs.push_back(value);
        else if (name == "--output") o.output = value;
        else if (name == "--report") o.report = value;
        else if (name == "--latency") o.latency = std::stoi(value);
        else if (name == "--stall-percent") o.stall_percent = std::stoi(value);
        else if (name == "--late") o.late = std::stoi(value);
        else if (name == "--seed") o.seed = std::stoull(value);
        else if (name == "--quantum-us") o.quantum_us = std::stod(value);
        else usage("unknown option " + name);
    }
    if (o.what.accel.empty() || o.program.empty() || o.inputs.empty())
        usage("--accel, --program and --input are needed");
    if (o.unit != "model" && o.unit != "rtl" && o.unit != "both")
        usage("--unit is " + o.unit + ", expected model, rtl or both");
    const bool pins = o.level == "system" || o.level == "core";
    if (!pins && o.level != "lt" && o.level != "at")
        usage("--level is " + o.level + ", expected system, core, lt or at");
    if (o.unit == "both" && !pins)
        usage("--unit both is for --level system and core, --level is " + o.level);
    if (!pins && o.stall_percent != 0)
        usage("--stall-percent is for --level system and core");
    if (o.level != "core" && o.late != 0)
        usage("--late is for --level core");
    if (o.level == "system" && o.latency >= 0)
        usage("--latency: the memory inside system.v has memory.latency of the configuration");
    if (o.level != "lt" && o.dmi)
        usage("--dmi is for --level lt");
    return o;
}

template <class Values> void print_list(FILE *out, const Values &values)
{
    const char *before = "[";
    for (const auto value : values) {
        std::fprintf(out, "%s%llu", before, (unsigned long long)value);
        before = ", ";
    }
    std::fprintf(out, "]");
}

void print_report(FILE *out, const options &o, const std::vector<result> &results, double cpu)
{
    std::fprintf(out, "{\n  \"unit\": \"%s\",\n  \"level\": \"%s\",\n  \"cpu_seconds\": %.6f,\n  \"inferences\": [",
                 o.unit.c_str(), o.level.c_str(), cpu);
    for (size_t i = 0; i < results.size(); i++) {
        const result &r = results[i];
        std::fprintf(out, "%s\n    {\"cycles\": %llu, \"time_ns\": %.3f, \"counters\": ", i ? "," : "",
                     (unsigned long long)r.cycles, r.time_ns);
        print_list(out, r.counters);
        if (!r.layers.empty())
            std::fprintf(out, ",\n     \"layers\": [");
        for (size_t k = 0; k < r.layers.size(); k++) {
            std::fprintf(out, "%s\n       ", k ? "," : "");
            print_list(out, r.layers[k]);
        }
        std::fprintf(out, r.layers.empty() ? "}" : "]}");
    }
    std::fprintf(out, "\n  ]\n}\n");
}

// To standard output, or to the file of --report.
void report(const options &o, const std::vector<result> &results, double cpu)
{
    FILE *out = o.report.empty() ? stdout : std::fopen(o.report.c_str(), "w");
    if (!out)
        throw std::runtime_error(o.report + ": cannot be written");
    print_report(out, o, results, cpu);
    if (out != stdout && std::fclose(out) != 0)
        throw std::runtime_error(o.report + ": cannot be written");
}

void write_outputs(const std::string &path, const std::vector<result> &results)
{
    std::ofstream out(path, std::ios::binary);
    for (const result &r : results)
        out.write(reinterpret_cast<const char *>(r.output.data()), std::streamsize(r.output.size()));
    if (!out.flush())
        throw std::runtime_error(path + ": cannot be written");
}

constexpr uint64_t memory_base = 0x80000000u;

template <unsigned BITS> std::vector<result> run_tlm(const options &o, arraysmith::unit &facts, const as_unit_program &program)
{
    const as_unit_info &info = facts.info();
    const sc_time period(1e6 / info.clock_khz, SC_NS);
    const auto by = o.unit == "rtl" ? arraysmith::realisation::rtl : arraysmith::realisation::model;
    tlm::tlm_global_quantum::instance().set(sc_time(o.quantum_us, SC_US));
    arraysmith::accelerator<BITS> accel("accel", std::make_unique<arraysmith::core_unit>(o.what, by), period, memory_base,
                                        o.level == "at" ? arraysmith::timing::approximate : arraysmith::timing::loose);
    tlm_memory<BITS> memory("memory", memory_base, info.memory_bytes, o.latency < 0 ? info.latency : o.latency, period, o.dmi);
    tlm_initiator cpu("cpu", o, program, memory_base, [&accel] { return accel.layers(); });
    sc_signal<bool> irq("irq");
    cpu.registers.bind(accel.registers);
    cpu.memory.bind(memory.host);
    accel.memory.bind(memory.port);
    accel.irq(irq);
    cpu.irq(irq);
    sc_start();
    return cpu.results;
}

// One module at its pins, or two that see the same inputs and are compared.
template <class MODULE, class OTHER, class OUTPUTS> class at_pins
{
public:
    sc_clock clk;
    sc_signal<bool> rst;
    OUTPUTS out;

    at_pins(sc_time period, MODULE &module, OTHER *other) : clk("clk", period), module_(module), other_(other)
    {
        out.bind(module);
        if (other) {
            others_.bind(*other);
            compared_ = std::make_unique<comparer<OUTPUTS>>("compared", out, others_);
            compared_->clk(clk);
        }
        inputs([this](auto &m) {
            m.clk_i(clk);
            m.rst_i(rst);
        });
    }

    template <class Bind> void inputs(Bind bind)
    {
        bind(module_);
        if (other_)
            bind(*other_);
    }

    void simulate()
    {
        sc_start();
        if (!compared_)
            return;
        std::cerr << compared_->edges << " edges compared, " << compared_->differ << " pins differ\n";
        if (compared_->differ)
            throw std::runtime_error("model and RTL disagree at their pins");
    }

private:
    MODULE &module_;
    OTHER *other_;
    OUTPUTS others_;
    std::unique_ptr<comparer<OUTPUTS>> compared_;
};

template <int BYTES> struct core_level {
    using model = arraysmith::core_model<BYTES>;

    template <class MODULE, class OTHER>
    static std::vector<result> run(const options &o, MODULE &module, OTHER *other, const as_unit_info &info,
                                   const as_unit_program &program)
    {
        at_pins<MODULE, OTHER, core_outputs<BYTES>> pins(sc_time(1e6 / info.clock_khz, SC_NS), module, other);
        core_outputs<BYTES> &out = pins.out;
        sc_signal<bool> start, ho_valid, ho_write, ready, rvalid;
        sc_signal<uint32_t> pc_load, pc_compute, pc_store, stat_index, ho_addr, ho_wdata;
        sc_signal<arraysmith::pin<BYTES * 8>> rdata;
        pin_memory<BYTES> memory("memory", info.memory_bytes, o.latency < 0 ? info.latency : o.latency,
                                 info.interval, o.stall_percent, o.late, o.seed);
        core_initiator host("host", o, program);

        pins.inputs([&](auto &to) {
            to.start_i(start);
            to.pc_load_i(pc_load);
            to.pc_compute_i(pc_compute);
            to.pc_store_i(pc_store);
            to.stat_index_i(stat_index);
            to.ho_valid_i(ho_valid);
            to.ho_write_i(ho_write);
            to.ho_addr_i(ho_addr);
            to.ho_wdata_i(ho_wdata);
            to.mem_ready_i(ready);
            to.mem_rvalid_i(rvalid);
            to.mem_rdata_i(rdata);
        });
        memory.clk_i(pins.clk);
        memory.rst_i(pins.rst);
        memory.valid_i(out.mem_valid);
        memory.ready_o(ready);
        memory.write_i(out.mem_write);
        memory.addr_i(out.mem_addr);
        memory.wdata_i(out.mem_wdata);
        memory.wstrb_i(out.mem_wstrb);
        memory.rvalid_o(rvalid);
        memory.rdata_o(rdata);
        host.memory.bind(memory.host);
        host.clk(pins.clk);
        host.rst(pins.rst);
        host.start(start);
        host.pc_load(pc_load);
        host.pc_compute(pc_compute);
        host.pc_store(pc_store);
        host.stat_index(stat_index);
        host.stat_data(out.stat_data);
        host.busy(out.busy);
        host.ho_valid(ho_valid);
        host.ho_ready(out.ho_ready);
        host.ho_write(ho_write);
        host.ho_addr(ho_addr);
        host.ho_wdata(ho_wdata);
        host.ho_rvalid(out.ho_rvalid);
        host.ho_rdata(out.ho_rdata);
        pins.simulate();
        return host.results;
    }
};

struct system_level {
    using model = arraysmith::system_model;

    template <class MODULE, class OTHER>
    static std::vector<result> run(const options &o, MODULE &module, OTHER *other, const as_unit_info &info,
                                   const as_unit_program &program)
    {
        at_pins<MODULE, OTHER, system_outputs> pins(sc_time(1e6 / info.clock_khz, SC_NS), module, other);
        sc_signal<bool> mem_stall, rx_valid, tx_ready;
        sc_signal<uint32_t> rx_data;
        system_initiator host("host", o, program);

        pins.inputs([&](auto &to) {
            to.mem_stall_i(mem_stall);
            to.rx_valid_i(rx_valid);
            to.rx_data_i(rx_data);
            to.tx_ready_i(tx_ready);
        });
        host.clk(pins.clk);
        host.rst(pins.rst);
        host.mem_stall(mem_stall);
        host.rx_valid(rx_valid);
        host.tx_ready(tx_ready);
        host.rx_data(rx_data);
        host.rx_ready(pins.out.rx_ready);
        host.tx_valid(pins.out.tx_valid);
        host.tx_data(pins.out.tx_data);
        host.busy(pins.out.busy);
        pins.simulate();
        return host.results;
    }
};

// RTL: the Verilated module with the pins of LEVEL::model.
template <class LEVEL, class RTL>
std::vector<result> run_pins(const options &o, const as_unit_info &info, const as_unit_program &program)
{
    using model = typename LEVEL::model;
    if (o.unit == "model") {
        model alone("model", o.what);
        return LEVEL::template run<model, RTL>(o, alone, nullptr, info, program);
    }
    if constexpr (std::is_same_v<RTL, model>) {
        usage("--unit " + o.unit + ": this platform was built without the RTL of a memory port of " +
              std::to_string(info.word_bytes * 8) + " bits (bench/systemc/build.sh ACCEL)");
    } else {
        RTL rtl("rtl");
        if (o.unit == "rtl")
            return LEVEL::template run<RTL, RTL>(o, rtl, nullptr, info, program);
        model beside("model", o.what);
        return LEVEL::template run<model, RTL>(o, beside, &rtl, info, program);
    }
}

template <int BYTES> std::vector<result> run_width(const options &o, arraysmith::unit &facts, const as_unit_program &program)
{
    using core = core_level<BYTES>;
    if (o.level == "lt" || o.level == "at")
        return run_tlm<BYTES * 8>(o, facts, program);
#ifdef AS_PLATFORM_RTL
    if constexpr (BYTES == AS_PLATFORM_BYTES) {
        if (o.level == "core")
            return run_pins<core, rtl_core>(o, facts.info(), program);
        return run_pins<system_level, rtl_system>(o, facts.info(), program);
    }
#endif
    if (o.level == "core")
        return run_pins<core, typename core::model>(o, facts.info(), program);
    return run_pins<system_level, system_level::model>(o, facts.info(), program);
}

int run(const options &o)
{
    arraysmith::unit facts(AS_UNIT_CORE, o.what);
    const as_unit_program &program = facts.program(o.program);
    const clock_t before = clock();
    std::vector<result> results;
    switch (facts.info().word_bytes) {
    case 4: results = run_width<4>(o, facts, program); break;
    case 8: results = run_width<8>(o, facts, program); break;
    default: results = run_width<16>(o, facts, program); break;
    }
    if (results.size() != o.inputs.size())
        throw std::runtime_error("the simulation ended before the last inference");
    if (!o.output.empty())
        write_outputs(o.output, results);
    report(o, results, double(clock() - before) / CLOCKS_PER_SEC);
    return 0;
}

} // namespace platform

int sc_main(int argc, char **argv)
{
    sc_report_handler::set_actions("/IEEE_Std_1666/deprecated", SC_DO_NOTHING);
    sc_report_handler::set_actions("/OSCI/SystemC", SC_DO_NOTHING);
    const platform::options o = platform::parse(argc, argv);
    try {
        return platform::run(o);
    } catch (const std::exception &refused) {
        std::cerr << "platform: " << refused.what() << "\n";
        return 1;
    }
}
