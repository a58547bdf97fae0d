// memory.hpp - memories of the platform: at the pins of core.v, and behind TLM-2.0.
//
// Both have a second socket for whoever loads programs and inputs.  Both accept a request every `interval` cycles and answer a read `latency` cycles later.
#ifndef ARRAYSMITH_PLATFORM_MEMORY_HPP
#define ARRAYSMITH_PLATFORM_MEMORY_HPP

#include <tlm_utils/peq_with_cb_and_phase.h>

#include "bench/systemc/random.hpp"
#include "sim/systemc/tlm.hpp"

namespace platform
{

// The bytes, and what a transaction does to them.
class storage
{
public:
    storage(uint64_t base, uint64_t bytes) : base_(base), bytes_(bytes) {}

    uint64_t base() const { return base_; }
    std::vector<uint8_t> &bytes() { return bytes_; }

    bool inside(uint64_t address, uint64_t length) const
    {
        return address >= base_ && length <= bytes_.size() && address - base_ <= bytes_.size() - length;
    }

    void move(tlm::tlm_generic_payload &trans)
    {
        const uint64_t length = trans.get_data_length();
        if (!inside(trans.get_address(), length)) {
            trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
            return;
        }
        uint8_t *at = &bytes_[trans.get_address() - base_];
        const uint8_t *enable = trans.get_byte_enable_ptr();
        for (uint64_t i = 0; i < length; i++) {
            if (enable && enable[i % trans.get_byte_enable_length()] != TLM_BYTE_ENABLED)
                continue;
            if (trans.is_write())
                at[i] = trans.get_data_ptr()[i];
            else
                trans.get_data_ptr()[i] = at[i];
        }
        trans.set_response_status(tlm::TLM_OK_RESPONSE);
    }

private:
    const uint64_t base_;
    std::vector<uint8_t> bytes_;
};

// A memory at the pins of core.v.  stall_percent: share of the cycles in which it accepts nothing;
// late: an answer comes up to so many cycles after the latency.
template <int BYTES> class pin_memory : public sc_core::sc_module
{
public:
    using word = arraysmith::pin<BYTES * 8>;

    sc_core::sc_in<bool> clk_i{"clk_i"};
    sc_core::sc_in<bool> rst_i{"rst_i"};
    sc_core::sc_in<bool> valid_i{"valid_i"};
    sc_core::sc_out<bool> ready_o{"ready_o"};
    sc_core::sc_in<bool> write_i{"write_i"};
    sc_core::sc_in<uint32_t> addr_i{"addr_i"};
    sc_core::sc_in<word> wdata_i{"wdata_i"};
    sc_core::sc_in<uint32_t> wstrb_i{"wstrb_i"};
    sc_core::sc_out<bool> rvalid_o{"rvalid_o"};
    sc_core::sc_out<word> rdata_o{"rdata_o"};
    tlm_utils::simple_target_socket<pin_memory, 32> host{"host"}; // takes no time

    SC_HAS_PROCESS(pin_memory);

    pin_memory(sc_core::sc_module_name name, uint64_t bytes, int latency, int interval, int stall_percent,
               int late, uint64_t seed)
        : sc_core::sc_module(name), storage_(0, bytes), latency_(latency), interval_(interval),
          stall_percent_(stall_percent), late_(late), random_(seed)
    {
        host.register_b_transport(this, &pin_memory::transport);
        SC_METHOD(edge);
        sensitive << clk_i.pos();
    }

private:
    struct answer {
        uint64_t due;
        uint8_t data[AS_CORE_PINS_BYTES];
    };

    void transport(tlm::tlm_generic_payload &trans, sc_core::sc_time &) { storage_.move(trans); }

    // Registered outputs: ready and the answer of the next cycle are known at the edge before it.
    void edge()
    {
        if (ready_o.read() && valid_i.read() && !rst_i.read())
            accept();
        cycle_++;
        const bool stalls = random_.below(100) < stall_percent_;
        ready_o.write(!stalls && cycle_ >= free_at_);
        const bool answers = !answers_.empty() && answers_.front().due <= cycle_;
        rvalid_o.write(answers);
        if (answers) {
            rdata_o.write(arraysmith::from_bytes<word>(answers_.front().data, BYTES));
            answers_.pop_front();
        }
    }

    void accept()
    {
        uint8_t *at = &storage_.bytes()[uint64_t(addr_i.read()) * BYTES % storage_.bytes().size()];
        free_at_ = cycle_ + uint64_t(interval_);
        if (write_i.read()) {
            uint8_t data[AS_CORE_PINS_BYTES];
            arraysmith::to_bytes(wdata_i.read(), data, BYTES);
            for (int i = 0; i < BYTES; i++)
                if (wstrb_i.read() >> i & 1)
                    at[i] = data[i];
            return;
        }
        answer a{};
        a.due = cycle_ + uint64_t(latency_) + uint64_t(random_.below(late_ + 1));
        std::memcpy(a.data, at, BYTES);
        answers_.push_back(a);
    }

    storage storage_;
    const int latency_, interval_, stall_percent_, late_;
    random_numbers random_;
    uint64_t cycle_ = 0, free_at_ = 0;
    std::deque<answer> answers_;
};

// A port of a memory behind TLM-2.0, with two sockets: the accelerator's, and the initiator's.  Ports do
// not wait for each other.  Loosely timed
// it annotates `latency` periods; approximately timed it takes the four phases.
template <unsigned BITS> class tlm_memory : public sc_core::sc_module
{
public:
    tlm_utils::simple_target_socket<tlm_memory, BITS> port{"port"};
    tlm_utils::simple_target_socket<tlm_memory, 32> host{"host"};

    SC_HAS_PROCESS(tlm_memory);

    tlm_memory(sc_core::sc_module_name name, storage &bytes, int latency, sc_core::sc_time period, bool dmi)
        : sc_core::sc_module(name), storage_(bytes), latency_(latency * period), dmi_(dmi),
          queue_(this, &tlm_memory::later)
    {
        port.register_b_transport(this, &tlm_memory::transport);
        port.register_nb_transport_fw(this, &tlm_memory::from_accelerator);
        port.register_get_direct_mem_ptr(this, &tlm_memory::direct);
        port.register_transport_dbg(this, &tlm_memory::debug);
        host.register_b_transport(this, &tlm_memory::transport);
        host.register_transport_dbg(this, &tlm_memory::debug);
    }

private:
    void move(tlm::tlm_generic_payload &trans)
    {
        storage_.move(trans);
        trans.set_dmi_allowed(dmi_ && trans.is_response_ok());
    }

    void transport(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay)
    {
        move(trans);
        delay += latency_;
    }

    unsigned debug(tlm::tlm_generic_payload &trans)
    {
        if (!storage_.inside(trans.get_address(), trans.get_data_length()))
            return 0;
        move(trans);
        return trans.get_data_length();
    }

    bool direct(tlm::tlm_generic_payload &, tlm::tlm_dmi &data)
    {
        if (!dmi_)
            return false;
        data.allow_read_write();
        data.set_dmi_ptr(storage_.bytes().data());
        data.set_start_address(storage_.base());
        data.set_end_address(storage_.base() + storage_.bytes().size() - 1);
        data.set_read_latency(latency_);
        data.set_write_latency(latency_);
        return true;
    }

    // Accepts at once; the answer comes `latency` later.
    tlm::tlm_sync_enum from_accelerator(tlm::tlm_generic_payload &trans, tlm::tlm_phase &phase,
                                        sc_core::sc_time &delay)
    {
        if (phase == tlm::BEGIN_REQ) {
            move(trans);
            queue_.notify(trans, tlm::BEGIN_RESP, delay + latency_);
            phase = tlm::END_REQ;
            return tlm::TLM_UPDATED;
        }
        return tlm::TLM_COMPLETED; // END_RESP
    }

    void later(tlm::tlm_generic_payload &trans, const tlm::tlm_phase &)
    {
        tlm::tlm_phase phase = tlm::BEGIN_RESP;
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        port->nb_transport_bw(trans, phase, delay);
    }

    storage &storage_;
    const sc_core::sc_time latency_;
    const bool dmi_;
    tlm_utils::peq_with_cb_and_phase<tlm_memory> queue_;
};

} // namespace platform

#endif
