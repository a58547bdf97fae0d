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
//
// --and begins a further accelerator in the same platform, with all the options of its own.  Behind
// TLM-2.0 they share one memory, each at a base address and through a port of its own; at pins each
// has its memory.
#include <cstdio>
#include <iostream>

#include "bench/systemc/sites.hpp"
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
              << "usage: platform OF-AN-ACCELERATOR [--and OF-AN-ACCELERATOR ...]\n"
                 "  --accel ACCEL --program FILE --input FILE [--input FILE ...]\n"
                 "         [--reset-state N] [--set KEY=VALUE ...] [--unit model|rtl|both] [--level system|core|lt|at]\n"
                 "         [--output FILE] [--report FILE] [--trace FILE]\n"
                 "         [--latency CYCLES] [--late CYCLES] [--stall-percent P] [--seed N] [--quantum-us T] [--dmi]\n";
    std::exit(2);
}

void set(options &o, const std::string &name, const std::string &value)
{
    if (name == "--accel") o.what.accel = value;
    else if (name == "--set") o.what.sets.push_back(value);
    else if (name == "--unit") o.unit = value;
    else if (name == "--level") o.level = value;
    else if (name == "--program") o.program = value;
    else if (name == "--input") o.inputs.push_back(value);
    else if (name == "--reset-state") o.reset_every = std::stoi(value);
    else if (name == "--output") o.output = value;
    else if (name == "--report") o.report = value;
    else if (name == "--trace") o.trace = value;
    else if (name == "--latency") o.latency = std::stoi(value);
    else if (name == "--stall-percent") o.stall_percent = std::stoi(value);
    else if (name == "--late") o.late = std::stoi(value);
    else if (name == "--seed") o.seed = std::stoull(value);
    else if (name == "--quantum-us") o.quantum_us = std::stod(value);
    else usage("unknown option " + name);
}

void check(const options &o)
{
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
    if (!o.trace.empty() && o.trace.rfind(".vcd") != o.trace.size() - 4)
        usage("--trace is " + o.trace + ", expected a name that ends in .vcd");
    if (o.level != "lt" && o.dmi)
        usage("--dmi is for --level lt");
}

std::vector<options> parse(int argc, char **argv)
{
    std::vector<options> all(1);
    for (int i = 1; i < argc; i++) {
        const std::string name = argv[i];
        if (name == "--and")
            all.emplace_back();
        else if (name == "--dmi")
            all.back().dmi = true;
        else if (++i == argc)
            usage(name + " wants a value");
        else
            set(all.back(), name, argv[i]);
    }
    for (const options &o : all) {
        check(o);
        if (&o != &all[0] && (o.quantum_us != options().quantum_us || !o.trace.empty()))
            usage("--quantum-us and --trace are the whole platform's and stand before --and");
    }
    return all;
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

// ---- the platform ----

constexpr uint64_t memory_base = 0x80000000u;

// An accelerator and the program for it.
struct place {
    const options &o;
    arraysmith::unit facts;
    const as_unit_program &program;
    uint64_t base;

    place(const options &opts, uint64_t at)
        : o(opts), facts(AS_UNIT_CORE, opts.what), program(facts.program(opts.program)), base(at)
    {
    }
};

// RTL: the Verilated module with the pins of LEVEL::model, or that model where there is none.
template <class LEVEL, class RTL> std::unique_ptr<site> make_pins(const char *name, const place &p)
{
    using model = typename LEVEL::model;
    const options &o = p.o;
    const as_unit_info &info = p.facts.info();
    const std::string model_name = std::string(name) + "_model", rtl_name = std::string(name) + "_rtl";
    const auto make_model = [&] { return std::make_unique<model>(model_name.c_str(), o.what); };
    if (o.unit == "model")
        return std::make_unique<pins_site<LEVEL, model, model>>(name, o, info, p.program, make_model(), nullptr);
    if constexpr (!std::is_same_v<RTL, model>) {
        auto rtl = std::make_unique<RTL>(rtl_name.c_str());
        if (o.unit == "rtl")
            return std::make_unique<pins_site<LEVEL, RTL, RTL>>(name, o, info, p.program, std::move(rtl), nullptr);
        return std::make_unique<pins_site<LEVEL, model, RTL>>(name, o, info, p.program, make_model(), std::move(rtl));
    }
    usage("--unit " + o.unit + ": this platform was built without the RTL of " + info.name +
          " (bench/systemc/build.sh ACCEL)");
}

template <int BYTES> std::unique_ptr<site> make_site(const char *name, const place &p, storage &memory)
{
    const bool system = p.o.level == "system";
    if (p.o.level == "lt" || p.o.level == "at")
        return std::make_unique<tlm_site<BYTES * 8>>(name, p.o, p.facts.info(), p.program, memory, p.base);
#ifdef AS_PLATFORM_RTL
    if constexpr (BYTES == AS_PLATFORM_BYTES)
        if (p.facts.info().config_id == AS_PLATFORM_CONFIG)
            return system ? make_pins<system_level, rtl_system>(name, p)
                          : make_pins<core_level<BYTES>, rtl_core>(name, p);
#endif
    return system ? make_pins<system_level, system_level::model>(name, p)
                  : make_pins<core_level<BYTES>, arraysmith::core_model<BYTES>>(name, p);
}

int run(const std::vector<options> &all)
{
    std::vector<std::unique_ptr<place>> places;
    std::vector<std::unique_ptr<site>> sites;
    uint64_t end = memory_base;

    for (const options &o : all) {
        places.push_back(std::make_unique<place>(o, end));
        end += places.back()->facts.info().memory_bytes;
    }
    const clock_t before = clock();
    storage memory(memory_base, end - memory_base);
    tlm::tlm_global_quantum::instance().set(sc_time(all[0].quantum_us, SC_US));
    for (const auto &p : places) {
        const std::string name = "site" + std::to_string(sites.size());
        switch (p->facts.info().word_bytes) {
        case 4: sites.push_back(make_site<4>(name.c_str(), *p, memory)); break;
        case 8: sites.push_back(make_site<8>(name.c_str(), *p, memory)); break;
        default: sites.push_back(make_site<16>(name.c_str(), *p, memory)); break;
        }
    }
    sc_trace_file *waves = nullptr;
    if (!all[0].trace.empty())
        waves = sc_create_vcd_trace_file(all[0].trace.substr(0, all[0].trace.size() - 4).c_str());
    for (const auto &s : sites)
        if (waves)
            s->trace(waves);
    sc_start();
    if (waves)
        sc_close_vcd_trace_file(waves);
    const double cpu = double(clock() - before) / CLOCKS_PER_SEC;
    for (size_t i = 0; i < sites.size(); i++) {
        sites[i]->judge();
        if (sites[i]->results().size() != all[i].inputs.size())
            throw std::runtime_error("the simulation ended before the last inference");
        if (!all[i].output.empty())
            write_outputs(all[i].output, sites[i]->results());
        report(all[i], sites[i]->results(), cpu);
    }
    return 0;
}

} // namespace platform

int sc_main(int argc, char **argv)
{
    sc_report_handler::set_actions("/IEEE_Std_1666/deprecated", SC_DO_NOTHING);
    sc_report_handler::set_actions("/OSCI/SystemC", SC_DO_NOTHING);
    const std::vector<platform::options> all = platform::parse(argc, argv);
    try {
        return platform::run(all);
    } catch (const std::exception &refused) {
        std::cerr << "platform: " << refused.what() << "\n";
        return 1;
    }
}
