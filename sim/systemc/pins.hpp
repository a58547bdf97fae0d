// pins.hpp - the cycle model as SystemC modules with the pins of the Verilog.
//
// system_model has the pins of system.v, core_model<BYTES> those of core.v (BYTES: of a memory word).
// Names and types are those of `verilator --sc`: bool for one bit, uint32_t up to 32, uint64_t up
// to 64, sc_bv above.  So the Verilated module takes the model's place without an edit.
//
// Timing: outputs settle combinationally from inputs and registers, in delta cycles; registers move
// at the rising edge of clk_i with the inputs as they are before it.
#ifndef ARRAYSMITH_PINS_HPP
#define ARRAYSMITH_PINS_HPP

#include <cstring>
#include <stdexcept>
#include <string>
#include <systemc>
#include <type_traits>
#include <vector>

#include "sim/systemc/unit.h"

namespace arraysmith
{

// Type of a port of W bits.
template <int W>
using pin = std::conditional_t<
    W == 1, bool,
    std::conditional_t<(W <= 32), uint32_t,
                       std::conditional_t<(W <= 64), uint64_t, sc_dt::sc_bv<(W > 64 ? W : 65)>>>>;

// A word as bytes, lowest first, and back.
template <class T> inline void to_bytes(const T &word, uint8_t *bytes, int count)
{
    if constexpr (std::is_integral_v<T>) {
        for (int i = 0; i < count; i++)
            bytes[i] = uint8_t(word >> (8 * i));
    } else {
        for (int i = 0; i < count; i += 4) {
            const uint32_t part = uint32_t(word.get_word(i / 4));
            for (int k = 0; k < 4; k++)
                bytes[i + k] = uint8_t(part >> (8 * k));
        }
    }
}

template <class T> inline T from_bytes(const uint8_t *bytes, int count)
{
    T word;
    if constexpr (std::is_integral_v<T>) {
        word = 0;
        for (int i = 0; i < count; i++)
            word |= T(bytes[i]) << (8 * i);
    } else {
        for (int i = 0; i < count; i += 4)
            word.set_word(i / 4, uint32_t(bytes[i]) | uint32_t(bytes[i + 1]) << 8 |
                                     uint32_t(bytes[i + 2]) << 16 | uint32_t(bytes[i + 3]) << 24);
    }
    return word;
}

// An accelerator: a description or the name of a board, and what of it is changed.
struct configuration {
    std::string accel;
    std::vector<std::string> sets; // "key=value"
};

enum class realisation { model, rtl }; // the cycle model, or the Verilated RTL

// One accelerator, seen at a cut of sim/systemc/unit.h.  A description that is refused throws its
// message, and so does RTL that this machine cannot compile.
class unit
{
public:
    unit(as_unit_cut cut, const configuration &what) { take(what, as_unit_open, cut); }
    // AS_UNIT_CORE
    unit(realisation by, const configuration &what)
    {
        if (by == realisation::model)
            take(what, as_unit_open, AS_UNIT_CORE);
        else
            take(what, as_unit_open_rtl);
    }
    unit(const unit &) = delete;
    unit &operator=(const unit &) = delete;
    ~unit() { as_unit_close(self_); }

    const as_unit_info &info() const { return *as_unit_about(self_); }
    void eval(const as_pins_in &in, as_pins_out &out) { as_unit_eval_system(self_, &in, &out); }
    void eval(const as_core_pins_in &in, as_core_pins_out &out) { as_unit_eval_core(self_, &in, &out); }
    void tick() { as_unit_tick(self_); }
    const as_unit_program &program(const std::string &path)
    {
        char error[4096];
        const as_unit_program *program = as_unit_load_program(self_, path.c_str(), error, sizeof error);
        if (!program)
            throw std::invalid_argument(error);
        return *program;
    }

private:
    template <class Open, class... Cut> void take(const configuration &what, Open open, Cut... cut)
    {
        std::vector<const char *> sets;
        char error[4096];

        for (const std::string &set : what.sets)
            sets.push_back(set.c_str());
        self_ = open(cut..., what.accel.c_str(), sets.data(), int(sets.size()), error, sizeof error);
        if (!self_)
            throw std::invalid_argument(error);
    }

    ::as_unit *self_;
};

// The pins that both have, and the two processes of a clocked module.
class clocked_pins : public sc_core::sc_module
{
public:
    sc_core::sc_in<bool> clk_i{"clk_i"};
    sc_core::sc_in<bool> rst_i{"rst_i"}; // synchronous, active high
    sc_core::sc_out<bool> busy_o{"busy_o"};
    sc_core::sc_out<bool> layer_done_o{"layer_done_o"};

    const as_unit_info &info() const { return unit_.info(); }

protected:
    clocked_pins(sc_core::sc_module_name name, as_unit_cut cut, const configuration &what)
        : sc_core::sc_module(name), unit_(cut, what)
    {
    }

    // For the derived constructor: behind SC_METHOD(settle), and behind SC_METHOD(edge).
    void settles() { sensitive << rst_i << ticked_; }
    void clocked()
    {
        sensitive << clk_i.pos();
        dont_initialize();
    }

    virtual void eval() = 0;  // what the pins drive into the unit, and what it then shows
    virtual void drive() = 0; // ... onto the pins

    void settle()
    {
        eval();
        drive();
    }

    void edge()
    {
        eval();
        unit_.tick();
        ticked_.notify(sc_core::SC_ZERO_TIME);
    }

    unit unit_;

private:
    sc_core::sc_event ticked_;
};

class system_model : public clocked_pins
{
public:
    sc_core::sc_in<bool> mem_stall_i{"mem_stall_i"}; // the memory inside accepts nothing
    sc_core::sc_in<bool> rx_valid_i{"rx_valid_i"};
    sc_core::sc_out<bool> rx_ready_o{"rx_ready_o"};
    sc_core::sc_in<uint32_t> rx_data_i{"rx_data_i"};
    sc_core::sc_out<bool> tx_valid_o{"tx_valid_o"};
    sc_core::sc_in<bool> tx_ready_i{"tx_ready_i"};
    sc_core::sc_out<uint32_t> tx_data_o{"tx_data_o"};

    SC_HAS_PROCESS(system_model);

    system_model(sc_core::sc_module_name name, const configuration &what)
        : clocked_pins(name, AS_UNIT_SYSTEM, what)
    {
        SC_METHOD(settle);
        settles();
        sensitive << mem_stall_i << rx_valid_i << rx_data_i << tx_ready_i;
        SC_METHOD(edge);
        clocked();
    }

private:
    void eval() override
    {
        as_pins_in in{};
        in.rst = rst_i.read();
        in.stall = mem_stall_i.read();
        in.rx_valid = rx_valid_i.read();
        in.rx_data = uint8_t(rx_data_i.read());
        in.tx_ready = tx_ready_i.read();
        unit_.eval(in, out_);
    }

    void drive() override
    {
        rx_ready_o.write(out_.rx_ready);
        tx_valid_o.write(out_.tx_valid);
        tx_data_o.write(out_.tx_data);
        busy_o.write(out_.busy);
        layer_done_o.write(out_.layer_done);
    }

    as_pins_out out_{};
};

template <int BYTES> class core_model : public clocked_pins
{
public:
    using word = pin<BYTES * 8>;

    // Start: a pulse while not busy.  The byte addresses of the three streams count in its cycle.
    sc_core::sc_in<bool> start_i{"start_i"};
    sc_core::sc_in<uint32_t> pc_load_i{"pc_load_i"};
    sc_core::sc_in<uint32_t> pc_compute_i{"pc_compute_i"};
    sc_core::sc_in<uint32_t> pc_store_i{"pc_store_i"};
    // A performance counter, in the cycle after its index; complete 19 cycles after busy_o falls.
    sc_core::sc_in<uint32_t> stat_index_i{"stat_index_i"};
    sc_core::sc_out<uint32_t> stat_data_o{"stat_data_o"};
    // A host's access to the memory port, a byte at a time; the engines come first.  The next
    // request waits for the byte of the last read, which is there in the cycle of ho_rvalid_o.
    sc_core::sc_in<bool> ho_valid_i{"ho_valid_i"};
    sc_core::sc_out<bool> ho_ready_o{"ho_ready_o"};
    sc_core::sc_in<bool> ho_write_i{"ho_write_i"};
    sc_core::sc_in<uint32_t> ho_addr_i{"ho_addr_i"};
    sc_core::sc_in<uint32_t> ho_wdata_i{"ho_wdata_i"};
    sc_core::sc_out<bool> ho_rvalid_o{"ho_rvalid_o"};
    sc_core::sc_out<uint32_t> ho_rdata_o{"ho_rdata_o"};
    // Memory port: a request moves at an edge where valid and ready are high; read data comes in
    // order, without back-pressure.
    sc_core::sc_out<bool> mem_valid_o{"mem_valid_o"};
    sc_core::sc_in<bool> mem_ready_i{"mem_ready_i"};
    sc_core::sc_out<bool> mem_write_o{"mem_write_o"};
    sc_core::sc_out<uint32_t> mem_addr_o{"mem_addr_o"}; // in words
    sc_core::sc_out<word> mem_wdata_o{"mem_wdata_o"};
    sc_core::sc_out<uint32_t> mem_wstrb_o{"mem_wstrb_o"};
    sc_core::sc_in<bool> mem_rvalid_i{"mem_rvalid_i"};
    sc_core::sc_in<word> mem_rdata_i{"mem_rdata_i"};

    SC_HAS_PROCESS(core_model);

    core_model(sc_core::sc_module_name name, const configuration &what)
        : clocked_pins(name, AS_UNIT_CORE, what)
    {
        if (this->info().word_bytes != BYTES)
            throw std::invalid_argument(std::string(this->info().name) + ": memory.width is " +
                                        std::to_string(this->info().word_bytes * 8) + ", core_model<" +
                                        std::to_string(BYTES) + "> wants " + std::to_string(BYTES * 8));
        SC_METHOD(settle);
        settles();
        sensitive << start_i << pc_load_i << pc_compute_i << pc_store_i << stat_index_i << ho_valid_i
                  << ho_write_i << ho_addr_i << ho_wdata_i << mem_ready_i << mem_rvalid_i << mem_rdata_i;
        SC_METHOD(edge);
        clocked();
    }

private:
    void eval() override
    {
        as_core_pins_in in{};
        in.rst = rst_i.read();
        in.start = start_i.read();
        in.pc_load = pc_load_i.read();
        in.pc_compute = pc_compute_i.read();
        in.pc_store = pc_store_i.read();
        in.stat_index = uint8_t(stat_index_i.read());
        in.ho_valid = ho_valid_i.read();
        in.ho_write = ho_write_i.read();
        in.ho_addr = ho_addr_i.read();
        in.ho_wdata = uint8_t(ho_wdata_i.read());
        in.mem_ready = mem_ready_i.read();
        in.mem_rvalid = mem_rvalid_i.read();
        to_bytes(mem_rdata_i.read(), in.mem_rdata, BYTES);
        unit_.eval(in, out_);
    }

    void drive() override
    {
        busy_o.write(out_.busy);
        layer_done_o.write(out_.layer_done);
        stat_data_o.write(out_.stat_data);
        ho_ready_o.write(out_.ho_ready);
        ho_rvalid_o.write(out_.ho_rvalid);
        ho_rdata_o.write(out_.ho_rdata);
        mem_valid_o.write(out_.mem_valid);
        mem_write_o.write(out_.mem_write);
        mem_addr_o.write(out_.mem_addr);
        mem_wdata_o.write(from_bytes<word>(out_.mem_wdata, BYTES));
        mem_wstrb_o.write(out_.mem_wstrb);
    }

    as_core_pins_out out_{};
};

} // namespace arraysmith

#endif
