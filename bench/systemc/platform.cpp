// platform.cpp - a platform around an accelerator: memory, an initiator, and one of
//
//   --level pins|lt|at      at its pins; behind TLM-2.0 loosely or approximately timed
//   --unit model|rtl|both   the cycle model; at pins also the Verilated RTL (when it was built in),
//                           or both, compared in every pin at every clock edge
//
// The initiator loads a program and an input, starts the accelerator, waits for it and reads the
// output.  Prints the report as JSON.  docs/systemc.md walks through it.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

extern "C" {
#include "sim/host/link_driver.h"
}
#include "bench/systemc/memory.hpp"
#ifdef AS_PLATFORM_RTL
#include "bench/systemc/rtl.hpp"
#endif

using namespace sc_core;

namespace platform
{

struct options {
    arraysmith::configuration what;
    std::string unit = "model", level = "lt", program, output;
    std::vector<std::string> inputs;
    int latency = -1;        // cycles; -1: the configuration's
    int stall_percent = 0;   // pins
    uint64_t seed = 1;       // of the stalls
    double quantum_us = 100; // lt
    bool dmi = false;
};

struct result {
    uint64_t cycles = 0; // of the last inference, by the accelerator's own counter
    double time_ns = 0;  // from start to interrupt, simulated
    std::vector<uint8_t> output;
    uint32_t counters[16] = {};
};

std::vector<uint8_t> read_file(const std::string &path, size_t bytes)
{
    std::ifstream in(path, std::ios::binary);
    std::vector<uint8_t> data((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (!in && data.empty())
        throw std::invalid_argument(path + ": cannot be read");
    if (data.size() != bytes)
        throw std::invalid_argument(path + ": " + std::to_string(data.size()) + " bytes, the program's input has " +
                                    std::to_string(bytes));
    return data;
}

// What every initiator does; how is the level's.
class initiator : public sc_module
{
public:
    std::vector<result> results;
    bool finished = false;

protected:
    initiator(sc_module_name name, const options &opts, const as_unit_program &program)
        : sc_module(name), opts_(opts), program_(program)
    {
    }

    virtual void write(uint32_t address, const uint8_t *bytes, size_t count) = 0;
    virtual void read(uint32_t address, uint8_t *bytes, size_t count) = 0;
    virtual void start_and_wait(result &r) = 0;

    void work()
    {
        write(0, program_.image, program_.image_bytes);
        for (const std::string &path : opts_.inputs) {
            result r;
            const std::vector<uint8_t> input = read_file(path, program_.input_bytes);
            write(program_.input_address, input.data(), input.size());
            start_and_wait(r);
            r.output.resize(program_.output_bytes);
            read(program_.output_address, r.output.data(), r.output.size());
            results.push_back(r);
        }
        finished = true;
        sc_stop();
    }

    const options &opts_;
    const as_unit_program &program_;
};

// ---- behind TLM ----

class tlm_initiator : public initiator
{
public:
    tlm_utils::simple_initiator_socket<tlm_initiator, 32> registers{"registers"}, memory{"memory"};
    sc_in<bool> irq{"irq"};

    SC_HAS_PROCESS(tlm_initiator);

    tlm_initiator(sc_module_name name, const options &opts, const as_unit_program &program, uint64_t base)
        : initiator(name, opts, program), base_(base)
    {
        SC_THREAD(work);
    }

private:
    template <class Socket> void transfer(Socket &socket, bool write, uint64_t address, uint8_t *data, unsigned count)
    {
        tlm::tlm_generic_payload trans;
        sc_time delay = SC_ZERO_TIME;
        trans.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
        trans.set_address(address);
        trans.set_data_ptr(data);
        trans.set_data_length(count);
        trans.set_streaming_width(count);
        trans.set_byte_enable_ptr(nullptr);
        trans.set_dmi_allowed(false);
        trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        socket->b_transport(trans, delay);
        if (!trans.is_response_ok())
            SC_REPORT_FATAL(name(), trans.get_response_string().c_str());
        wait(delay);
    }

    void write(uint32_t address, const uint8_t *bytes, size_t count) override
    {
        transfer(memory, true, base_ + address, const_cast<uint8_t *>(bytes), unsigned(count));
    }
    void read(uint32_t address, uint8_t *bytes, size_t count) override
    {
        transfer(memory, false, base_ + address, bytes, unsigned(count));
    }
    void set(uint32_t offset, uint32_t value)
    {
        transfer(registers, true, offset, reinterpret_cast<uint8_t *>(&value), 4);
    }
    uint32_t get(uint32_t offset)
    {
        uint32_t value = 0;
        transfer(registers, false, offset, reinterpret_cast<uint8_t *>(&value), 4);
        return value;
    }

    void start_and_wait(result &r) override
    {
        if (get(AS_REG_ID) != AS_REGMAP_ID)
            SC_REPORT_FATAL(name(), "no accelerator at these registers");
        set(AS_REG_PC_LOAD, program_.pc_load);
        set(AS_REG_PC_COMPUTE, program_.pc_compute);
        set(AS_REG_PC_STORE, program_.pc_store);
        set(AS_REG_IRQ_ENABLE, AS_IRQ_DONE);
        set(AS_REG_CONTROL, AS_CONTROL_START);
        const sc_time started = sc_time_stamp();
        wait(irq.posedge_event());
        r.time_ns = (sc_time_stamp() - started).to_seconds() * 1e9;
        set(AS_REG_IRQ_STATE, AS_IRQ_DONE);
        for (int i = 0; i < 16; i++)
            r.counters[i] = get(AS_REG_COUNTERS + 4 * uint32_t(i));
        r.cycles = r.counters[0];
    }

    const uint64_t base_;
};

// ---- at pins ----

// The host's end of the byte stream: the link driver of the boards, a cycle at a time.
class byte_initiator : public initiator
{
public:
    sc_in<bool> clk{"clk"};
    sc_out<bool> rst{"rst"};
    sc_out<bool> rx_valid{"rx_valid"}, tx_ready{"tx_ready"};
    sc_out<uint32_t> rx_data{"rx_data"};
    sc_in<bool> rx_ready{"rx_ready"}, tx_valid{"tx_valid"}, busy{"busy"};
    sc_in<uint32_t> tx_data{"tx_data"};

    SC_HAS_PROCESS(byte_initiator);

    byte_initiator(sc_module_name name, const options &opts, const as_unit_program &program)
        : initiator(name, opts, program)
    {
        const as_link_port port = {this, send, poll, pass};
        const as_link_timing timing = {4u << 16, 16, 1};
        as_link_init(&link_, &port, &timing);
        as_diag_init(&diag_);
        SC_THREAD(run);
        SC_METHOD(count);
        sensitive << clk.pos();
        dont_initialize();
    }

private:
    static byte_initiator *self(void *context) { return static_cast<byte_initiator *>(context); }
    static bool send(void *context, uint8_t byte)
    {
        byte_initiator *me = self(context);
        if (me->sending_)
            return false;
        me->sending_ = true;
        me->rx_valid.write(true);
        me->rx_data.write(byte);
        return true;
    }
    static int poll(void *context)
    {
        byte_initiator *me = self(context);
        if (me->received_.empty())
            return -1;
        const int byte = me->received_.front();
        me->received_.pop_front();
        return byte;
    }
    static void pass(void *context) { self(context)->cycle(); }

    void cycle()
    {
        wait(clk.posedge_event());
        if (sending_ && rx_ready.read()) {
            sending_ = false;
            rx_valid.write(false);
        }
        if (tx_valid.read())
            received_.push_back(uint8_t(tx_data.read()));
    }

    void count() { busy_cycles_ += busy.read(); }

    void run()
    {
        rst.write(true);
        tx_ready.write(true);
        for (int i = 0; i < 4; i++)
            wait(clk.posedge_event());
        rst.write(false);
        wait(clk.posedge_event());
        work();
    }

    void check(as_status status)
    {
        if (status != AS_OK)
            SC_REPORT_FATAL(name(), diag_.text);
    }

    void write(uint32_t address, const uint8_t *bytes, size_t count) override
    {
        check(as_link_write(&link_, address, bytes, count, &diag_));
    }
    void read(uint32_t address, uint8_t *bytes, size_t count) override
    {
        check(as_link_read(&link_, address, bytes, count, &diag_));
    }
    void start_and_wait(result &r) override
    {
        const uint64_t before = busy_cycles_;
        const sc_time started = sc_time_stamp();
        check(as_link_start(&link_, program_.pc_load, program_.pc_compute, program_.pc_store, &diag_));
        check(as_link_wait_idle(&link_, UINT64_MAX, &diag_));
        r.time_ns = (sc_time_stamp() - started).to_seconds() * 1e9;
        r.cycles = busy_cycles_ - before;
        check(as_link_counters(&link_, r.counters, &diag_));
    }

    as_link link_;
    as_diag diag_;
    bool sending_ = false;
    std::deque<uint8_t> received_;
    uint64_t busy_cycles_ = 0;
};

// ---- command line ----

[[noreturn]] void usage(const std::string &why)
{
    std::cerr << "platform: " << why << "\n"
              << "usage: platform --accel ACCEL --program FILE --input FILE [--input FILE ...]\n"
                 "         [--set KEY=VALUE ...] [--unit model|rtl|both] [--level pins|lt|at] [--output FILE]\n"
                 "         [--latency CYCLES] [--stall-percent P] [--stall-seed N] [--quantum-us T] [--dmi]\n";
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
        else if (name == "--latency") o.latency = std::stoi(value);
        else if (name == "--stall-percent") o.stall_percent = std::stoi(value);
        else if (name == "--stall-seed") o.seed = std::stoull(value);
        else if (name == "--quantum-us") o.quantum_us = std::stod(value);
        else usage("unknown option " + name);
    }
    if (o.what.accel.empty() || o.program.empty() || o.inputs.empty())
        usage("--accel, --program and --input are needed");
    if (o.unit != "model" && o.unit != "rtl" && o.unit != "both")
        usage("--unit is " + o.unit + ", expected model, rtl or both");
    if (o.unit != "model" && o.level != "pins")
        usage("--unit " + o.unit + " is for --level pins, behind TLM-2.0 runs the cycle model; --level is " + o.level);
    if (o.level != "pins" && o.level != "lt" && o.level != "at")
        usage("--level is " + o.level + ", expected pins, lt or at");
    if (o.level != "pins" && o.stall_percent != 0)
        usage("--stall-percent is for --level pins");
    if (o.level != "lt" && o.dmi)
        usage("--dmi is for --level lt");
    return o;
}

void report(const options &o, const std::vector<result> &results, double cpu)
{
    std::printf("{\n  \"unit\": \"%s\",\n  \"level\": \"%s\",\n  \"cpu_seconds\": %.6f,\n  \"inferences\": [\n",
                o.unit.c_str(), o.level.c_str(), cpu);
    for (size_t i = 0; i < results.size(); i++) {
        const result &r = results[i];
        std::printf("    {\"cycles\": %llu, \"time_ns\": %.3f, \"counters\": [", (unsigned long long)r.cycles, r.time_ns);
        for (int k = 0; k < 16; k++)
            std::printf("%s%u", k ? ", " : "", r.counters[k]);
        std::printf("]}%s\n", i + 1 < results.size() ? "," : "");
    }
    std::printf("  ]\n}\n");
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
    tlm::tlm_global_quantum::instance().set(sc_time(o.quantum_us, SC_US));
    arraysmith::accelerator<BITS> accel("accel", std::make_unique<arraysmith::engines_model>(o.what), period, memory_base,
                                        o.level == "at" ? arraysmith::timing::approximate : arraysmith::timing::loose);
    tlm_memory<BITS> memory("memory", memory_base, info.memory_bytes, o.latency < 0 ? info.latency : o.latency, period, o.dmi);
    tlm_initiator cpu("cpu", o, program, memory_base);
    sc_signal<bool> irq("irq");
    cpu.registers.bind(accel.registers);
    cpu.memory.bind(memory.host);
    accel.memory.bind(memory.port);
    accel.irq(irq);
    cpu.irq(irq);
    sc_start();
    return cpu.results;
}

// What a core drives.
template <int BYTES> struct core_outputs {
    sc_signal<bool> rx_ready, tx_valid, busy, layer_done, valid, write;
    sc_signal<uint32_t> tx_data, addr, wstrb;
    sc_signal<arraysmith::pin<BYTES * 8>> wdata;

    template <class Core> void bind(Core &core)
    {
        core.rx_ready_o(rx_ready);
        core.tx_valid_o(tx_valid);
        core.tx_data_o(tx_data);
        core.busy_o(busy);
        core.layer_done_o(layer_done);
        core.mem_valid_o(valid);
        core.mem_write_o(write);
        core.mem_addr_o(addr);
        core.mem_wdata_o(wdata);
        core.mem_wstrb_o(wstrb);
    }
};

// Compares the pins of two cores at every rising edge.
template <int BYTES> class comparer : public sc_module
{
public:
    sc_in<bool> clk{"clk"};
    uint64_t edges = 0, differ = 0;

    SC_HAS_PROCESS(comparer);

    comparer(sc_module_name name, const core_outputs<BYTES> &a, const core_outputs<BYTES> &b)
        : sc_module(name), a_(a), b_(b)
    {
        SC_METHOD(compare);
        sensitive << clk.pos();
        dont_initialize();
    }

private:
    template <class T> void pin(const char *what, const sc_signal<T> &a, const sc_signal<T> &b)
    {
        if (a.read() == b.read())
            return;
        if (differ++ < 10)
            std::cerr << "edge " << edges << ": " << what << " is " << a.read() << " in the model, " << b.read()
                      << " in the RTL\n";
    }

    void compare()
    {
        edges++;
        pin("rx_ready_o", a_.rx_ready, b_.rx_ready);
        pin("tx_valid_o", a_.tx_valid, b_.tx_valid);
        pin("tx_data_o", a_.tx_data, b_.tx_data);
        pin("busy_o", a_.busy, b_.busy);
        pin("layer_done_o", a_.layer_done, b_.layer_done);
        pin("mem_valid_o", a_.valid, b_.valid);
        pin("mem_write_o", a_.write, b_.write);
        pin("mem_addr_o", a_.addr, b_.addr);
        pin("mem_wdata_o", a_.wdata, b_.wdata);
        pin("mem_wstrb_o", a_.wstrb, b_.wstrb);
    }

    const core_outputs<BYTES> &a_, &b_;
};

// Core: core_model<BYTES> or the Verilated module: the same pins.  `other`, where there is one, sees
// the same inputs, and its pins are compared.
template <class Core, class Other, int BYTES>
std::vector<result> run_pins(const options &o, Core &core, Other *other, const as_unit_info &info, const as_unit_program &program)
{
    using word = arraysmith::pin<BYTES * 8>;
    sc_clock clk("clk", sc_time(1e6 / info.clock_khz, SC_NS));
    sc_signal<bool> rst, rx_valid, tx_ready, ready, rvalid;
    sc_signal<uint32_t> rx_data;
    sc_signal<word> rdata;
    core_outputs<BYTES> out, others;
    std::unique_ptr<comparer<BYTES>> compared;
    pin_memory<BYTES> memory("memory", info.memory_bytes, o.latency < 0 ? info.latency : o.latency, info.interval, o.stall_percent, o.seed);
    byte_initiator host("host", o, program);

    const auto bind_inputs = [&](auto &to) {
        to.clk_i(clk);
        to.rst_i(rst);
        to.rx_valid_i(rx_valid);
        to.rx_data_i(rx_data);
        to.tx_ready_i(tx_ready);
        to.mem_ready_i(ready);
        to.mem_rvalid_i(rvalid);
        to.mem_rdata_i(rdata);
    };
    bind_inputs(core);
    out.bind(core);
    if (other) {
        bind_inputs(*other);
        others.bind(*other);
        compared = std::make_unique<comparer<BYTES>>("compared", out, others);
        compared->clk(clk);
    }
    memory.clk_i(clk);
    memory.rst_i(rst);
    memory.valid_i(out.valid);
    memory.ready_o(ready);
    memory.write_i(out.write);
    memory.addr_i(out.addr);
    memory.wdata_i(out.wdata);
    memory.wstrb_i(out.wstrb);
    memory.rvalid_o(rvalid);
    memory.rdata_o(rdata);
    host.clk(clk);
    host.rst(rst);
    host.rx_valid(rx_valid);
    host.tx_ready(tx_ready);
    host.rx_data(rx_data);
    host.rx_ready(out.rx_ready);
    host.tx_valid(out.tx_valid);
    host.tx_data(out.tx_data);
    host.busy(out.busy);
    sc_start();
    if (compared) {
        std::cerr << compared->edges << " edges compared, " << compared->differ << " pins differ\n";
        if (compared->differ)
            throw std::runtime_error("model and RTL disagree at their pins");
    }
    return host.results;
}

template <int BYTES> std::vector<result> run_width(const options &o, arraysmith::unit &facts, const as_unit_program &program)
{
    if (o.level != "pins")
        return run_tlm<BYTES * 8>(o, facts, program);
#ifdef AS_PLATFORM_RTL
    if constexpr (BYTES == AS_PLATFORM_BYTES) {
        rtl_core rtl("rtl");
        if (o.unit == "rtl")
            return run_pins<rtl_core, rtl_core, BYTES>(o, rtl, nullptr, facts.info(), program);
        if (o.unit == "both") {
            arraysmith::core_model<BYTES> model("model", o.what);
            return run_pins<arraysmith::core_model<BYTES>, rtl_core, BYTES>(o, model, &rtl, facts.info(), program);
        }
    }
#endif
    if (o.unit != "model")
        usage("--unit " + o.unit + ": this platform was built without the RTL of a memory port of " +
              std::to_string(BYTES * 8) + " bits (bench/systemc/build.sh ACCEL)");
    using model = arraysmith::core_model<BYTES>;
    model core("core", o.what);
    return run_pins<model, model, BYTES>(o, core, nullptr, facts.info(), program);
}

int run(const options &o)
{
    arraysmith::unit facts(AS_UNIT_ENGINES, o.what);
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
    const platform::options o = platform::parse(argc, argv);
    try {
        return platform::run(o);
    } catch (const std::exception &refused) {
        std::cerr << "platform: " << refused.what() << "\n";
        return 1;
    }
}
