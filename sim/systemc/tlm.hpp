// tlm.hpp - an accelerator behind TLM-2.0: registers at a target socket, memory at an initiator
// socket, an interrupt.
//
//   accelerator<BITS>   BITS: width of the memory port of the configuration
//
//   registers   simple_target_socket<32>: gen/regmap/registers.def, one clock period an access.  An
//               access is one aligned word: others get the standard error responses.
//   memory      simple_initiator_socket<BITS>: one word a transaction, byte enables on writes, at
//               base + the accelerator's own byte address.
//   irq         high while a bit of IRQ_STATE is set that IRQ_ENABLE has.
//
// Loosely timed: runs ahead of simulation time by up to the global quantum.  A word costs what the
// memory annotates, rounded up to whole clock periods; the port accepts a request every
// memory.interval cycles.  Where nothing else uses the memory, and it annotates memory.latency
// periods, the time from the end of the write to CONTROL until irq is the RTL's cycle count.
// Approximately timed: four phases on the memory socket, one request between BEGIN_REQ and END_REQ.
// Then the memory decides when it accepts (END_REQ) and when it answers (BEGIN_RESP).
//
// What runs inside is any `core`; core_unit is the cycle model or the Verilated RTL.
#ifndef ARRAYSMITH_TLM_HPP
#define ARRAYSMITH_TLM_HPP

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <tlm_utils/tlm_quantumkeeper.h>

#include "gen/regmap/regmap.h"
#include "sim/systemc/pins.hpp"

namespace arraysmith
{

// What core.v does, whatever computes it.
class core
{
public:
    virtual ~core() = default;
    virtual const as_unit_info &info() const = 0;
    virtual void eval(const as_core_pins_in &in, as_core_pins_out &out) = 0;
    virtual void tick() = 0;
};

class core_unit : public core
{
public:
    explicit core_unit(const configuration &what, realisation by = realisation::model) : unit_(by, what) {}
    const as_unit_info &info() const override { return unit_.info(); }
    void eval(const as_core_pins_in &in, as_core_pins_out &out) override { unit_.eval(in, out); }
    void tick() override { unit_.tick(); }

private:
    unit unit_;
};

enum class timing { loose, approximate };

template <unsigned BITS> class accelerator : public sc_core::sc_module
{
public:
    static constexpr int BYTES = BITS / 8;

    tlm_utils::simple_target_socket<accelerator, 32> registers{"registers"};
    tlm_utils::simple_initiator_socket<accelerator, BITS> memory{"memory"};
    sc_core::sc_out<bool> irq{"irq"};

    SC_HAS_PROCESS(accelerator);

    accelerator(sc_core::sc_module_name name, std::unique_ptr<core> inside, sc_core::sc_time period,
                uint64_t base, timing style = timing::loose)
        : sc_core::sc_module(name), inside_(std::move(inside)), period_(period), base_(base), style_(style)
    {
        if (inside_->info().word_bytes != BYTES)
            throw std::invalid_argument(std::string(inside_->info().name) + ": memory.width is " +
                                        std::to_string(inside_->info().word_bytes * 8) +
                                        ", accelerator<" + std::to_string(BITS) + "> wants " +
                                        std::to_string(BITS));
        registers.register_b_transport(this, &accelerator::access);
        registers.register_transport_dbg(this, &accelerator::debug);
        memory.register_nb_transport_bw(this, &accelerator::from_memory);
        memory.register_invalidate_direct_mem_ptr(this, &accelerator::forget_dmi);
        SC_THREAD(run);
        SC_METHOD(drive_irq);
        sensitive << irq_changed_;
    }

    const as_unit_info &info() const { return inside_->info(); }
    uint32_t cycles() const { return counters_[0]; } // of the last run
    uint64_t runs() const { return runs_; }

    // The performance counters of each layer of the last run.  A layer ends with its last byte
    // written; what follows that of the last layer is the last layer's.
    using layer_counters = std::array<uint64_t, AS_UNIT_COUNTERS>;
    const std::vector<layer_counters> &layers() const { return layers_; }

    // Adds the pins of core.v, by their names there, and irq_state to a waveform.  Approximately
    // timed they change cycle by cycle; loosely timed they show the state at each synchronisation.
    void trace(sc_core::sc_trace_file *file) const
    {
        const std::string prefix = std::string(this->name()) + ".";
        const auto add = [&](const auto &value, const char *pin, int bits) {
            sc_core::sc_trace(file, value, prefix + pin, bits);
        };
        add(seen_.busy, "busy_o", 1);
        add(seen_.layer_done, "layer_done_o", 1);
        add(seen_.mem_valid, "mem_valid_o", 1);
        add(ready_, "mem_ready_i", 1);
        add(seen_.mem_write, "mem_write_o", 1);
        add(seen_.mem_addr, "mem_addr_o", 32);
        add(seen_.mem_wstrb, "mem_wstrb_o", BYTES);
        add(answered_, "mem_rvalid_i", 1);
        add(irq_state_, "irq_state", 1);
    }

private:
    // ---- registers ----

    uint32_t read_register(uint32_t offset) const
    {
        switch (offset) {
        case AS_REG_ID: return AS_REGMAP_ID;
        case AS_REG_VERSION: return AS_REGMAP_VERSION | uint32_t(info().program_version) << 16;
        case AS_REG_CONFIG: return info().config_id;
        case AS_REG_STATUS: return (busy_ ? AS_STATUS_BUSY : 0) | (done_ ? AS_STATUS_DONE : 0);
        case AS_REG_PC_LOAD: return pc_load_;
        case AS_REG_PC_COMPUTE: return pc_compute_;
        case AS_REG_PC_STORE: return pc_store_;
        case AS_REG_IRQ_ENABLE: return irq_enable_;
        case AS_REG_IRQ_STATE: return irq_state_;
        default: break;
        }
        if (offset >= AS_REG_COUNTERS && offset < AS_REG_COUNTERS + 4 * AS_UNIT_COUNTERS)
            return counters_[(offset - AS_REG_COUNTERS) / 4];
        return 0; // CONTROL, and what is reserved
    }

    void write_register(uint32_t offset, uint32_t value, sc_core::sc_time delay)
    {
        switch (offset) {
        case AS_REG_CONTROL:
            if ((value & AS_CONTROL_START) && !busy_) {
                busy_ = true;
                done_ = false;
                start_.notify(delay - period_); // this access is the cycle of the start
            }
            break;
        case AS_REG_PC_LOAD: pc_load_ = value; break;
        case AS_REG_PC_COMPUTE: pc_compute_ = value; break;
        case AS_REG_PC_STORE: pc_store_ = value; break;
        case AS_REG_IRQ_ENABLE: irq_enable_ = value & AS_IRQ_DONE; break;
        case AS_REG_IRQ_STATE: irq_state_ &= ~value; break;
        default: break; // read only, or reserved
        }
        irq_changed_.notify(delay);
    }

    static tlm::tlm_response_status refusal(const tlm::tlm_generic_payload &trans)
    {
        if (trans.get_byte_enable_ptr())
            return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
        if (trans.get_data_length() != 4 || trans.get_streaming_width() < 4)
            return tlm::TLM_BURST_ERROR_RESPONSE;
        if (trans.get_address() % 4 != 0 || trans.get_address() >= AS_REGMAP_BYTES)
            return tlm::TLM_ADDRESS_ERROR_RESPONSE;
        if (trans.get_command() != tlm::TLM_READ_COMMAND && trans.get_command() != tlm::TLM_WRITE_COMMAND)
            return tlm::TLM_COMMAND_ERROR_RESPONSE;
        return tlm::TLM_OK_RESPONSE;
    }

    void access(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay)
    {
        trans.set_dmi_allowed(false);
        trans.set_response_status(refusal(trans));
        if (!trans.is_response_ok())
            return;
        const uint32_t offset = uint32_t(trans.get_address());
        delay += period_;
        if (trans.is_read()) {
            const uint32_t value = read_register(offset);
            std::memcpy(trans.get_data_ptr(), &value, 4);
        } else {
            uint32_t value;
            std::memcpy(&value, trans.get_data_ptr(), 4);
            write_register(offset, value, delay);
        }
    }

    // Reads without time and without effect; writes nothing.
    unsigned debug(tlm::tlm_generic_payload &trans)
    {
        if (!trans.is_read() || trans.get_data_length() != 4 || trans.get_address() % 4 != 0 ||
            trans.get_address() >= AS_REGMAP_BYTES)
            return 0;
        const uint32_t value = read_register(uint32_t(trans.get_address()));
        std::memcpy(trans.get_data_ptr(), &value, 4);
        return 4;
    }

    void drive_irq() { irq.write((irq_state_ & irq_enable_) != 0); }

    // ---- running ----

    void run()
    {
        reset();
        for (;;) {
            wait(start_);
            layers_.assign(1, {});
            if (style_ == timing::loose)
                run_loosely();
            else
                run_approximately();
            end_layers();
            read_counters();
            busy_ = false;
            done_ = true;
            runs_++;
            irq_state_ |= AS_IRQ_DONE;
            irq_changed_.notify(sc_core::SC_ZERO_TIME);
        }
    }

    void reset()
    {
        as_core_pins_in in{};
        in.rst = 1;
        for (int i = 0; i < 4; i++) {
            inside_->eval(in, seen_);
            inside_->tick();
        }
    }

    // One cycle: what is driven is in `in`; true while the core is busy.
    bool cycle(as_core_pins_in &in)
    {
        inside_->eval(in, seen_);
        ready_ = in.mem_ready;
        answered_ = in.mem_rvalid;
        for (uint32_t events = seen_.events; events != 0; events &= events - 1)
            layers_.back()[unsigned(__builtin_ctz(events))]++;
        if (seen_.layer_done)
            layers_.push_back({});
        return seen_.busy || in.start;
    }

    void end_layers()
    {
        if (layers_.size() == 1)
            return;
        const layer_counters rest = layers_.back();
        layers_.pop_back();
        for (size_t i = 0; i < rest.size(); i++)
            layers_.back()[i] += rest[i];
    }

    // The hardware's own counters, in no simulated time: they settle 19 cycles after busy falls,
    // and show one cycle after their index.
    void read_counters()
    {
        as_core_pins_in in{};
        for (int i = 0; i < 20 + AS_UNIT_COUNTERS; i++) {
            in.stat_index = uint8_t(i < 20 ? 0 : i - 20);
            inside_->eval(in, seen_);
            inside_->tick();
            inside_->eval(in, seen_);
            if (i >= 20)
                counters_[i - 20] = seen_.stat_data;
        }
    }

    as_core_pins_in first_cycle() const
    {
        as_core_pins_in in{};
        in.start = 1;
        in.pc_load = pc_load_;
        in.pc_compute = pc_compute_;
        in.pc_store = pc_store_;
        return in;
    }

    struct answer {
        uint64_t due; // cycle
        uint8_t data[AS_CORE_PINS_BYTES];
    };

    // A word of memory at `delay` from now; `delay` then ends when the answer is there.
    void transport(bool write, uint64_t address, uint8_t *data, uint32_t strobe, sc_core::sc_time &delay)
    {
        uint8_t enable[BYTES];
        if (dmi_ && address >= dmi_data_.get_start_address() &&
            address + BYTES - 1 <= dmi_data_.get_end_address() &&
            (write ? dmi_data_.is_write_allowed() : dmi_data_.is_read_allowed())) {
            uint8_t *at = dmi_data_.get_dmi_ptr() + (address - dmi_data_.get_start_address());
            if (!write)
                std::memcpy(data, at, BYTES);
            else
                for (int i = 0; i < BYTES; i++)
                    if (strobe >> i & 1)
                        at[i] = data[i];
            delay += write ? dmi_data_.get_write_latency() : dmi_data_.get_read_latency();
            return;
        }
        for (int i = 0; i < BYTES; i++)
            enable[i] = (strobe >> i & 1) ? TLM_BYTE_ENABLED : TLM_BYTE_DISABLED;
        tlm::tlm_generic_payload trans;
        fill(trans, write, address, data, write ? enable : nullptr);
        memory->b_transport(trans, delay);
        if (!trans.is_response_ok())
            SC_REPORT_FATAL(this->name(), ("memory answers " + trans.get_response_string()).c_str());
        if (trans.is_dmi_allowed() && !dmi_)
            dmi_ = memory->get_direct_mem_ptr(trans, dmi_data_);
    }

    static void fill(tlm::tlm_generic_payload &trans, bool write, uint64_t address, uint8_t *data,
                     uint8_t *enable)
    {
        trans.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
        trans.set_address(address);
        trans.set_data_ptr(data);
        trans.set_data_length(BYTES);
        trans.set_streaming_width(BYTES);
        trans.set_byte_enable_ptr(enable);
        trans.set_byte_enable_length(enable ? BYTES : 0);
        trans.set_dmi_allowed(false);
        trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    }

    // What is given to the core in this cycle: the answer that is due.
    static void take_answer(std::deque<answer> &answers, as_core_pins_in &in, uint64_t now)
    {
        in.mem_rvalid = !answers.empty() && answers.front().due <= now;
        if (in.mem_rvalid) {
            std::memcpy(in.mem_rdata, answers.front().data, BYTES);
            answers.pop_front();
        }
    }

    void run_loosely()
    {
        tlm_utils::tlm_quantumkeeper keeper;
        std::deque<answer> answers;
        as_core_pins_in in = first_cycle();
        uint64_t now = 0, free_at = 0;

        keeper.reset();
        for (;; now++) {
            in.mem_ready = now >= free_at;
            take_answer(answers, in, now);
            if (!cycle(in))
                break;
            if (seen_.mem_valid && in.mem_ready) {
                request_loosely(now, keeper, answers);
                free_at = now + uint64_t(info().interval);
            }
            inside_->tick();
            in.start = 0;
            keeper.inc(period_);
            if (keeper.need_sync())
                keeper.sync();
        }
        keeper.sync();
    }

    void request_loosely(uint64_t now, tlm_utils::tlm_quantumkeeper &keeper, std::deque<answer> &answers)
    {
        answer a{};
        sc_core::sc_time delay = keeper.get_local_time();
        const sc_core::sc_time before = delay;

        std::memcpy(a.data, seen_.mem_wdata, BYTES);
        transport(seen_.mem_write, base_ + uint64_t(seen_.mem_addr) * BYTES, a.data, seen_.mem_wstrb, delay);
        if (seen_.mem_write)
            return;
        uint64_t periods = uint64_t((delay - before) / period_ + 0.999999);
        a.due = now + (periods > 0 ? periods : 1);
        if (!answers.empty() && a.due <= answers.back().due)
            a.due = answers.back().due + 1; // in order, one a cycle
        answers.push_back(a);
    }

    // ---- approximately timed ----

    struct flight {
        tlm::tlm_generic_payload trans;
        uint8_t data[AS_CORE_PINS_BYTES];
        uint8_t enable[AS_CORE_PINS_BYTES];
        bool answered = false;
    };

    void run_approximately()
    {
        as_core_pins_in in = first_cycle();
        uint64_t free_at = 0;

        for (uint64_t now = 0;; now++) {
            wait(sc_core::SC_ZERO_TIME); // what the memory says at this time has been said
            wait(sc_core::SC_ZERO_TIME);
            in.mem_ready = requesting_ == nullptr && now >= free_at;
            take_flight(in);
            if (!cycle(in))
                break;
            if (seen_.mem_valid && in.mem_ready) {
                request_approximately();
                free_at = now + uint64_t(info().interval);
            }
            inside_->tick();
            in.start = 0;
            wait(period_);
        }
    }

    void take_flight(as_core_pins_in &in)
    {
        in.mem_rvalid = !flights_.empty() && flights_.front()->answered;
        if (in.mem_rvalid) {
            std::memcpy(in.mem_rdata, flights_.front()->data, BYTES);
            flights_.pop_front();
        }
    }

    void request_approximately()
    {
        auto f = std::make_shared<flight>();
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;

        std::memcpy(f->data, seen_.mem_wdata, BYTES);
        for (int i = 0; i < BYTES; i++)
            f->enable[i] = (seen_.mem_wstrb >> i & 1) ? TLM_BYTE_ENABLED : TLM_BYTE_DISABLED;
        fill(f->trans, seen_.mem_write, base_ + uint64_t(seen_.mem_addr) * BYTES, f->data,
             seen_.mem_write ? f->enable : nullptr);
        under_way_.push_back(f);
        if (!seen_.mem_write)
            flights_.push_back(f);
        requesting_ = f.get();
        const tlm::tlm_sync_enum status = memory->nb_transport_fw(f->trans, phase, delay);
        if (status == tlm::TLM_UPDATED)
            step(f->trans, phase);
        else if (status == tlm::TLM_COMPLETED)
            complete(f->trans);
    }

    tlm::tlm_sync_enum from_memory(tlm::tlm_generic_payload &trans, tlm::tlm_phase &phase, sc_core::sc_time &)
    {
        return step(trans, phase);
    }

    tlm::tlm_sync_enum step(tlm::tlm_generic_payload &trans, tlm::tlm_phase &phase)
    {
        if (phase == tlm::END_REQ) {
            if (requesting_ && &requesting_->trans == &trans)
                requesting_ = nullptr;
            return tlm::TLM_ACCEPTED;
        }
        if (phase != tlm::BEGIN_RESP) {
            SC_REPORT_FATAL(this->name(), "the memory sent a phase that is neither END_REQ nor BEGIN_RESP");
            return tlm::TLM_ACCEPTED;
        }
        complete(trans); // BEGIN_RESP implies END_REQ
        phase = tlm::END_RESP;
        return tlm::TLM_COMPLETED;
    }

    void complete(tlm::tlm_generic_payload &trans)
    {
        if (!trans.is_response_ok())
            SC_REPORT_FATAL(this->name(), ("memory answers " + trans.get_response_string()).c_str());
        if (requesting_ && &requesting_->trans == &trans)
            requesting_ = nullptr;
        for (auto f = under_way_.begin(); f != under_way_.end(); ++f) {
            if (&(*f)->trans == &trans) {
                (*f)->answered = true;
                finished_ = *f; // its last phase is still under way in the caller
                under_way_.erase(f);
                return;
            }
        }
    }

    void forget_dmi(sc_dt::uint64, sc_dt::uint64) { dmi_ = false; }

    std::unique_ptr<core> inside_;
    const sc_core::sc_time period_;
    const uint64_t base_;
    const timing style_;

    bool busy_ = false, done_ = false;
    uint32_t pc_load_ = 0, pc_compute_ = 0, pc_store_ = 0;
    uint32_t irq_enable_ = 0, irq_state_ = 0;
    uint32_t counters_[AS_UNIT_COUNTERS] = {};
    uint64_t runs_ = 0;
    std::vector<layer_counters> layers_;
    as_core_pins_out seen_{};
    uint8_t ready_ = 0, answered_ = 0; // of the inputs, for the waveform
    sc_core::sc_event start_, irq_changed_;

    bool dmi_ = false;
    tlm::tlm_dmi dmi_data_;

    std::deque<std::shared_ptr<flight>> under_way_; // not answered yet
    std::deque<std::shared_ptr<flight>> flights_;   // reads, in order
    std::shared_ptr<flight> finished_;
    flight *requesting_ = nullptr; // between BEGIN_REQ and END_REQ
};

} // namespace arraysmith

#endif
