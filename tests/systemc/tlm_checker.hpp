// tlm_checker.hpp - stands between an initiator and a target and checks the rules of TLM-2.0's base
// protocol (IEEE 1666-2011, sections 14 to 16) on everything that passes.
//
// The checker never changes what passes.  A violation is counted under its rule; the first of each
// is kept as a message.
#ifndef ARRAYSMITH_TLM_CHECKER_HPP
#define ARRAYSMITH_TLM_CHECKER_HPP

#include <array>
#include <map>
#include <string>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

namespace checker
{

enum rule {
    DATA_POINTER,        // data pointer is null, or the data length is 0
    STREAMING_WIDTH,     // streaming width is 0
    BYTE_ENABLE_LENGTH,  // byte enables without a length
    RESPONSE_AT_CALL,    // the response is not TLM_INCOMPLETE_RESPONSE when the request arrives
    DMI_HINT_AT_CALL,    // the DMI hint is set when the request arrives
    NO_RESPONSE,         // the response is still TLM_INCOMPLETE_RESPONSE at the end
    PAYLOAD_CHANGED,     // command, length, width, pointers changed while the target had the payload
    DELAY_SHRANK,        // the annotated delay became shorter
    DATA_AFTER_ERROR,    // a read that failed changed the data
    PHASE_ORDER,         // a phase out of its order
    PHASE_DIRECTION,     // a phase on the path of the other side
    REQUEST_EXCLUSION,   // BEGIN_REQ while another request has not ended
    RESPONSE_EXCLUSION,  // BEGIN_RESP while another response has not ended
    AFTER_COMPLETED,     // a transaction goes on after it was completed
    RULES
};

inline const char *rule_name(int r)
{
    static const char *const names[RULES] = {
        "data pointer", "streaming width", "byte enable length", "response at call", "DMI hint at call",
        "no response", "payload changed", "delay shrank", "data after error", "phase order",
        "phase direction", "request exclusion", "response exclusion", "after completed"};
    return names[r];
}

template <unsigned BITS> class tlm_checker : public sc_core::sc_module
{
public:
    tlm_utils::simple_target_socket<tlm_checker, BITS> in{"in"};
    tlm_utils::simple_initiator_socket<tlm_checker, BITS> out{"out"};

    uint64_t transactions = 0;
    std::array<uint64_t, RULES> violations{};

    explicit tlm_checker(sc_core::sc_module_name name) : sc_core::sc_module(name)
    {
        in.register_b_transport(this, &tlm_checker::blocking);
        in.register_nb_transport_fw(this, &tlm_checker::forward);
        in.register_get_direct_mem_ptr(this, &tlm_checker::direct);
        in.register_transport_dbg(this, &tlm_checker::debug);
        out.register_nb_transport_bw(this, &tlm_checker::backward);
        out.register_invalidate_direct_mem_ptr(this, &tlm_checker::invalidate);
    }

    uint64_t total() const
    {
        uint64_t sum = 0;
        for (uint64_t n : violations)
            sum += n;
        return sum;
    }

private:
    struct shape { // what the target may not change
        tlm::tlm_command command;
        unsigned length, width, enable_length;
        unsigned char *data, *enable;

        explicit shape(const tlm::tlm_generic_payload &t)
            : command(t.get_command()), length(t.get_data_length()), width(t.get_streaming_width()),
              enable_length(t.get_byte_enable_length()), data(t.get_data_ptr()), enable(t.get_byte_enable_ptr())
        {
        }
        bool operator==(const shape &o) const
        {
            return command == o.command && length == o.length && width == o.width &&
                   enable_length == o.enable_length && data == o.data && enable == o.enable;
        }
    };

    struct open_transaction {
        shape was;
        std::string data; // before
        int phase;        // last seen
    };

    void fail(rule r) { violations[r]++; }
    void require(bool holds, rule r)
    {
        if (!holds)
            fail(r);
    }

    static std::string data_of(const tlm::tlm_generic_payload &t)
    {
        return t.get_data_ptr() ? std::string(reinterpret_cast<char *>(t.get_data_ptr()), t.get_data_length()) : "";
    }

    void check_request(const tlm::tlm_generic_payload &t)
    {
        transactions++;
        if (t.get_command() != tlm::TLM_IGNORE_COMMAND)
            require(t.get_data_ptr() && t.get_data_length() > 0, DATA_POINTER);
        require(t.get_streaming_width() > 0, STREAMING_WIDTH);
        require(!t.get_byte_enable_ptr() || t.get_byte_enable_length() > 0, BYTE_ENABLE_LENGTH);
        require(t.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE, RESPONSE_AT_CALL);
        require(!t.is_dmi_allowed(), DMI_HINT_AT_CALL);
    }

    void check_response(const tlm::tlm_generic_payload &t, const shape &was, const std::string &data)
    {
        require(t.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE, NO_RESPONSE);
        require(shape(t) == was, PAYLOAD_CHANGED);
        if (t.is_read() && t.is_response_error())
            require(data_of(t) == data, DATA_AFTER_ERROR);
    }

    void blocking(tlm::tlm_generic_payload &t, sc_core::sc_time &delay)
    {
        const shape was(t);
        const std::string data = data_of(t);
        const sc_core::sc_time before = sc_core::sc_time_stamp() + delay;

        check_request(t);
        out->b_transport(t, delay);
        check_response(t, was, data);
        require(sc_core::sc_time_stamp() + delay >= before, DELAY_SHRANK);
    }

    // One phase of one transaction, seen on one of the paths.
    void see(tlm::tlm_generic_payload &t, unsigned phase, bool forwards)
    {
        require(forwards == (phase == tlm::BEGIN_REQ || phase == tlm::END_RESP), PHASE_DIRECTION);
        auto found = open_.find(&t);
        if (phase == tlm::BEGIN_REQ) {
            check_request(t);
            require(found == open_.end(), PHASE_ORDER);
            require(!requesting_ || requesting_ == &t, REQUEST_EXCLUSION);
            requesting_ = &t;
            open_.insert_or_assign(&t, open_transaction{shape(t), data_of(t), int(phase)});
            return;
        }
        if (found == open_.end()) {
            fail(AFTER_COMPLETED);
            return;
        }
        open_transaction &o = found->second;
        require(int(phase) > o.phase, PHASE_ORDER);
        o.phase = int(phase);
        if (requesting_ == &t)
            requesting_ = nullptr; // END_REQ, or a response that implies it
        if (phase == tlm::BEGIN_RESP) {
            check_response(t, o.was, o.data);
            require(!responding_ || responding_ == &t, RESPONSE_EXCLUSION);
            responding_ = &t;
        }
        if (phase == tlm::END_RESP)
            close(t);
    }

    void close(tlm::tlm_generic_payload &t)
    {
        auto found = open_.find(&t);
        if (found != open_.end() && found->second.phase < int(tlm::BEGIN_RESP))
            check_response(t, found->second.was, found->second.data);
        open_.erase(&t);
        if (requesting_ == &t)
            requesting_ = nullptr;
        if (responding_ == &t)
            responding_ = nullptr;
    }

    void see_answer(tlm::tlm_generic_payload &t, tlm::tlm_sync_enum status, unsigned phase, bool forwards)
    {
        if (status == tlm::TLM_UPDATED)
            see(t, phase, !forwards);
        else if (status == tlm::TLM_COMPLETED)
            close(t);
    }

    tlm::tlm_sync_enum forward(tlm::tlm_generic_payload &t, tlm::tlm_phase &phase, sc_core::sc_time &delay)
    {
        see(t, phase, true);
        const bool ends = phase == tlm::END_RESP;
        const tlm::tlm_sync_enum status = out->nb_transport_fw(t, phase, delay);
        if (!ends)
            see_answer(t, status, phase, true);
        return status;
    }

    tlm::tlm_sync_enum backward(tlm::tlm_generic_payload &t, tlm::tlm_phase &phase, sc_core::sc_time &delay)
    {
        see(t, phase, false);
        const tlm::tlm_sync_enum status = in->nb_transport_bw(t, phase, delay);
        see_answer(t, status, phase, false);
        return status;
    }

    bool direct(tlm::tlm_generic_payload &t, tlm::tlm_dmi &dmi) { return out->get_direct_mem_ptr(t, dmi); }
    unsigned debug(tlm::tlm_generic_payload &t) { return out->transport_dbg(t); }
    void invalidate(sc_dt::uint64 first, sc_dt::uint64 last) { in->invalidate_direct_mem_ptr(first, last); }

    std::map<tlm::tlm_generic_payload *, open_transaction> open_;
    tlm::tlm_generic_payload *requesting_ = nullptr, *responding_ = nullptr;
};

} // namespace checker

#endif
