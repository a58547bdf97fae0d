// initiators.hpp - what loads a program and inputs, starts the accelerator and reads the outputs: by
// registers behind TLM-2.0, by the pins of core.v, or by the byte stream of system.v.
#ifndef ARRAYSMITH_PLATFORM_INITIATORS_HPP
#define ARRAYSMITH_PLATFORM_INITIATORS_HPP

#include <fstream>
#include <functional>
#include <iterator>

extern "C" {
#include "sim/host/link_driver.h"
}
#include "bench/systemc/random.hpp"
#include "sim/systemc/tlm.hpp"

namespace platform
{

using namespace sc_core;

struct options {
    arraysmith::configuration what;
    std::string unit = "model", level = "lt", program, output, report, trace;
    std::vector<std::string> inputs;
    int latency = -1;        // cycles; -1: the configuration's
    int stall_percent = 0;   // core, system: of the cycles in which the memory accepts nothing
    int late = 0;            // core: an answer comes up to so many cycles later
    uint64_t seed = 1;       // of both
    double quantum_us = 100; // lt
    unsigned reset_every = 0; // inferences after which the variables begin anew; 0: never
    bool dmi = false;
};

struct result {
    uint64_t cycles = 0; // of the last inference, by the accelerator's own counter
    double time_ns = 0;  // from start to interrupt, simulated
    std::vector<uint8_t> output;
    uint32_t counters[16] = {};
    std::vector<std::array<uint64_t, AS_UNIT_COUNTERS>> layers; // lt, at: the counters of each layer
};

inline std::vector<uint8_t> read_file(const std::string &path, size_t bytes)
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

protected:
    initiator(sc_module_name name, const options &opts, const as_unit_program &program)
        : sc_module(name), opts_(opts), program_(program)
    {
        working_++;
    }

    virtual void load(const uint8_t *image, size_t count) { write(0, image, count); }
    virtual void write(uint32_t address, const uint8_t *bytes, size_t count) = 0;
    virtual void read(uint32_t address, uint8_t *bytes, size_t count) = 0;
    virtual void start_and_wait(result &r) = 0;

    void work()
    {
        load(program_.image, program_.image_bytes);
        for (const std::string &path : opts_.inputs) {
            result r;
            if (!results.empty() && opts_.reset_every > 0 && results.size() % opts_.reset_every == 0) {
                const uint32_t state = program_.image_bytes - program_.state_bytes;
                write(state, program_.image + state, program_.state_bytes);
            }
            const std::vector<uint8_t> input = read_file(path, program_.input.bytes);
            const uint8_t *in = input.data();
            for (int i = 0; i < program_.input.count; in += program_.input.port[i++].bytes)
                write(program_.input.port[i].address, in, program_.input.port[i].bytes);
            start_and_wait(r);
            r.output.resize(program_.output.bytes);
            uint8_t *out = r.output.data();
            for (int i = 0; i < program_.output.count; out += program_.output.port[i++].bytes)
                read(program_.output.port[i].address, out, program_.output.port[i].bytes);
            results.push_back(r);
        }
        if (--working_ == 0)
            sc_stop();
    }

    const options &opts_;
    const as_unit_program &program_;

private:
    static inline int working_ = 0; // initiators of the platform that have not finished
};

// A blocking access, in the time that the target annotates.
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
        SC_REPORT_FATAL(socket.name(), trans.get_response_string().c_str());
    wait(delay);
}

// ---- behind TLM-2.0 ----

class tlm_initiator : public initiator
{
public:
    tlm_utils::simple_initiator_socket<tlm_initiator, 32> registers{"registers"}, memory{"memory"};
    sc_in<bool> irq{"irq"};

    SC_HAS_PROCESS(tlm_initiator);

    // layers: asked after every inference.
    tlm_initiator(sc_module_name name, const options &opts, const as_unit_program &program, uint64_t base,
                  std::function<decltype(result::layers)()> layers)
        : initiator(name, opts, program), base_(base), layers_(std::move(layers))
    {
        SC_THREAD(work);
    }

private:
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
        r.layers = layers_();
    }

    const uint64_t base_;
    const std::function<decltype(result::layers)()> layers_;
};

// ---- at the pins of core.v ----

// The program goes into the memory by the memory's own socket, inputs and outputs through the core's
// port for a host.
class core_initiator : public initiator
{
public:
    sc_in<bool> clk{"clk"};
    sc_out<bool> rst{"rst"}, start{"start"};
    sc_out<uint32_t> pc_load{"pc_load"}, pc_compute{"pc_compute"}, pc_store{"pc_store"};
    sc_out<uint32_t> stat_index{"stat_index"};
    sc_in<uint32_t> stat_data{"stat_data"};
    sc_in<bool> busy{"busy"};
    sc_out<bool> ho_valid{"ho_valid"}, ho_write{"ho_write"};
    sc_out<uint32_t> ho_addr{"ho_addr"}, ho_wdata{"ho_wdata"};
    sc_in<bool> ho_ready{"ho_ready"}, ho_rvalid{"ho_rvalid"};
    sc_in<uint32_t> ho_rdata{"ho_rdata"};
    tlm_utils::simple_initiator_socket<core_initiator, 32> memory{"memory"};

    SC_HAS_PROCESS(core_initiator);

    core_initiator(sc_module_name name, const options &opts, const as_unit_program &program)
        : initiator(name, opts, program)
    {
        SC_THREAD(run);
    }

private:
    void edge() { wait(clk.posedge_event()); }

    void run()
    {
        rst.write(true);
        for (int i = 0; i < 4; i++)
            edge();
        rst.write(false);
        edge();
        work();
    }

    void load(const uint8_t *image, size_t count) override
    {
        transfer(memory, true, 0, const_cast<uint8_t *>(image), unsigned(count));
        edge();
    }
    void request(bool writes, uint32_t address, uint8_t byte)
    {
        ho_valid.write(true);
        ho_write.write(writes);
        ho_addr.write(address);
        ho_wdata.write(byte);
        do
            edge();
        while (!ho_ready.read());
        ho_valid.write(false);
    }
    void write(uint32_t address, const uint8_t *bytes, size_t count) override
    {
        for (size_t i = 0; i < count; i++)
            request(true, uint32_t(address + i), bytes[i]);
    }
    void read(uint32_t address, uint8_t *bytes, size_t count) override
    {
        for (size_t i = 0; i < count; i++) {
            request(false, uint32_t(address + i), 0);
            do
                edge();
            while (!ho_rvalid.read());
            bytes[i] = uint8_t(ho_rdata.read());
        }
    }

    void start_and_wait(result &r) override
    {
        start.write(true);
        pc_load.write(program_.pc_load);
        pc_compute.write(program_.pc_compute);
        pc_store.write(program_.pc_store);
        edge();
        start.write(false);
        const sc_time started = sc_time_stamp();
        for (edge(); busy.read(); edge())
            r.cycles++;
        r.time_ns = (sc_time_stamp() - started).to_seconds() * 1e9;
        for (int i = 0; i < 19; i++) // until the counters are complete
            edge();
        for (uint32_t i = 0; i < 16; i++) {
            stat_index.write(i);
            edge();
            edge();
            edge();
            r.counters[i] = stat_data.read();
        }
    }
};

// ---- at the pins of system.v ----

// The host's end of the byte stream: the link driver of the boards, a cycle at a time.
class system_initiator : public initiator
{
public:
    sc_in<bool> clk{"clk"};
    sc_out<bool> rst{"rst"};
    sc_out<bool> mem_stall{"mem_stall"};
    sc_out<bool> rx_valid{"rx_valid"}, tx_ready{"tx_ready"};
    sc_out<uint32_t> rx_data{"rx_data"};
    sc_in<bool> rx_ready{"rx_ready"}, tx_valid{"tx_valid"}, busy{"busy"};
    sc_in<uint32_t> tx_data{"tx_data"};

    SC_HAS_PROCESS(system_initiator);

    system_initiator(sc_module_name name, const options &opts, const as_unit_program &program)
        : initiator(name, opts, program), random_(opts.seed)
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
    static system_initiator *self(void *context) { return static_cast<system_initiator *>(context); }
    static bool send(void *context, uint8_t byte)
    {
        system_initiator *me = self(context);
        if (me->sending_)
            return false;
        me->sending_ = true;
        me->rx_valid.write(true);
        me->rx_data.write(byte);
        return true;
    }
    static int poll(void *context)
    {
        system_initiator *me = self(context);
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

    void count()
    {
        busy_cycles_ += busy.read();
        mem_stall.write(random_.below(100) < opts_.stall_percent);
    }

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
    random_numbers random_; // of the stalls
};

} // namespace platform

#endif
