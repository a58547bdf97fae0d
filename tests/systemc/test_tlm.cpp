// The accelerator's sockets keep the rules of TLM-2.0, and a checker that says so would notice.
#include <criterion/criterion.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include "bench/systemc/memory.hpp"
#include "tests/systemc/tlm_checker.hpp"

using namespace checker;

int sc_main(int, char **) { return 0; } // libsystemc wants one; Criterion has the main

namespace
{

constexpr int TRANSACTIONS = 10000;
constexpr uint64_t MEMORY_BASE = 0x1000;

uint64_t next_random(uint64_t &state)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return state >> 33;
}

// What the register target must answer, said a second way.
tlm::tlm_response_status expected(const tlm::tlm_generic_payload &t)
{
    if (t.get_byte_enable_ptr())
        return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
    if (t.get_data_length() != 4 || t.get_streaming_width() < 4)
        return tlm::TLM_BURST_ERROR_RESPONSE;
    if ((t.get_address() & 3) != 0 || t.get_address() > AS_REGMAP_BYTES - 4)
        return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    return tlm::TLM_OK_RESPONSE;
}

// Random accesses: all registers, wrong lengths, wrong addresses, byte enables; read-back of what
// can be written.
class random_initiator : public sc_core::sc_module
{
public:
    tlm_utils::simple_initiator_socket<random_initiator, 32> socket{"socket"};
    int wrong = 0, done = 0;

    SC_HAS_PROCESS(random_initiator);
    random_initiator(sc_core::sc_module_name name, uint64_t seed) : sc_core::sc_module(name), random_(seed)
    {
        SC_THREAD(run);
    }

private:
    void run()
    {
        for (done = 0; done < TRANSACTIONS; done++)
            once();
        sc_core::sc_stop();
    }

    void once()
    {
        static const unsigned lengths[] = {4, 4, 4, 4, 4, 4, 1, 2, 8, 16};
        uint8_t data[16] = {}, enable[4] = {0xff, 0, 0xff, 0xff};
        tlm::tlm_generic_payload t;
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        const bool write = next_random(random_) % 2;
        const unsigned length = lengths[next_random(random_) % 10];
        uint64_t address = next_random(random_) % (AS_REGMAP_BYTES + 32) & ~3ull;

        if (next_random(random_) % 16 == 0)
            address++;
        for (uint8_t &byte : data)
            byte = uint8_t(next_random(random_));
        if (write && address == AS_REG_CONTROL)
            data[0] &= uint8_t(~AS_CONTROL_START); // the accelerator rests in this test
        t.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
        t.set_address(address);
        t.set_data_ptr(data);
        t.set_data_length(length);
        t.set_streaming_width(next_random(random_) % 16 == 0 ? 2 : length);
        t.set_byte_enable_ptr(next_random(random_) % 16 == 0 ? enable : nullptr);
        t.set_byte_enable_length(4);
        t.set_dmi_allowed(false);
        t.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        const tlm::tlm_response_status want = expected(t);
        socket->b_transport(t, delay);
        wrong += t.get_response_status() != want;
        if (t.is_response_ok())
            note(write, uint32_t(address), data);
        wait(delay);
    }

    void note(bool write, uint32_t address, const uint8_t *data)
    {
        uint32_t value;
        std::memcpy(&value, data, 4);
        const bool kept = address == AS_REG_PC_LOAD || address == AS_REG_PC_COMPUTE || address == AS_REG_PC_STORE;
        if (write && kept)
            shadow_[address] = value;
        else if (!write && kept)
            wrong += value != shadow_[address];
        else if (!write && address == AS_REG_ID)
            wrong += value != AS_REGMAP_ID;
    }

    uint64_t random_;
    std::map<uint32_t, uint32_t> shadow_;
};

struct bench {
    arraysmith::accelerator<32> accel;
    platform::storage bytes{MEMORY_BASE, 131072};
    platform::tlm_memory<32> memory;
    tlm_checker<32> registers{"registers"}, port{"port"};
    sc_core::sc_signal<bool> irq;

    explicit bench(arraysmith::timing style = arraysmith::timing::loose)
        : accel("accel", std::make_unique<arraysmith::core_unit>(arraysmith::configuration{"icebreaker", {}}),
                sc_core::sc_time(10, sc_core::SC_NS), MEMORY_BASE, style),
          memory("memory", bytes, 1, sc_core::sc_time(10, sc_core::SC_NS), false)
    {
        registers.out.bind(accel.registers);
        accel.memory.bind(port.in);
        port.out.bind(memory.port);
        accel.irq(irq);
    }
};

class idle_initiator : public sc_core::sc_module
{
public:
    tlm_utils::simple_initiator_socket<idle_initiator, 32> socket{"socket"};
    explicit idle_initiator(sc_core::sc_module_name name) : sc_core::sc_module(name) {}
};

void set(tlm_utils::simple_initiator_socket<idle_initiator, 32> &socket, uint32_t address, uint32_t value)
{
    tlm::tlm_generic_payload t;
    sc_core::sc_time delay;
    t.set_command(tlm::TLM_WRITE_COMMAND);
    t.set_address(address);
    t.set_data_ptr(reinterpret_cast<uint8_t *>(&value));
    t.set_data_length(4);
    t.set_streaming_width(4);
    t.set_byte_enable_ptr(nullptr);
    t.set_dmi_allowed(false);
    t.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    socket->b_transport(t, delay);
}

// The engines fetch descriptors from a memory of zeros and wait for tokens that never come: enough
// traffic for the rules.
void run_on_memory(arraysmith::timing style)
{
    bench b(style);
    idle_initiator cpu("cpu");
    platform::storage unused_bytes(0, 16);
    platform::tlm_memory<32> host_memory("unused", unused_bytes, 1, sc_core::sc_time(10, sc_core::SC_NS), false);
    idle_initiator unused("unused_cpu"), unused2("unused_cpu2"), unused3("unused_cpu3");
    cpu.socket.bind(b.registers.in);
    unused.socket.bind(b.memory.host);
    unused2.socket.bind(host_memory.host);
    unused3.socket.bind(host_memory.port);
    tlm::tlm_global_quantum::instance().set(sc_core::sc_time(1, sc_core::SC_US));
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    set(cpu.socket, AS_REG_CONTROL, AS_CONTROL_START);
    sc_core::sc_start(sc_core::sc_time(200, sc_core::SC_US));
    cr_assert_gt(b.port.transactions, 3u);
    for (int r = 0; r < RULES; r++)
        cr_assert_eq(b.port.violations[size_t(r)], 0u, "%s", rule_name(r));
}

} // namespace

Test(tlm, ten_thousand_random_register_accesses_break_no_rule_and_get_the_standard_answers)
{
    bench b;
    random_initiator cpu("cpu", 1);
    idle_initiator unused("unused_cpu");
    cpu.socket.bind(b.registers.in);
    unused.socket.bind(b.memory.host);
    sc_core::sc_start();
    cr_assert_eq(cpu.done, TRANSACTIONS);
    cr_assert_eq(b.registers.transactions, uint64_t(TRANSACTIONS));
    cr_assert_eq(cpu.wrong, 0);
    for (int r = 0; r < RULES; r++)
        cr_assert_eq(b.registers.violations[size_t(r)], 0u, "%s", rule_name(r));
}

Test(tlm, a_waveform_has_the_pins_of_core_by_their_names)
{
    char folder[] = "/tmp/test_tlm-XXXXXX";
    cr_assert_not_null(mkdtemp(folder));
    const std::string stem = std::string(folder) + "/wave";
    {
        bench b(arraysmith::timing::approximate);
        idle_initiator cpu("cpu"), unused("unused_cpu");
        cpu.socket.bind(b.registers.in);
        unused.socket.bind(b.memory.host);
        sc_core::sc_trace_file *file = sc_core::sc_create_vcd_trace_file(stem.c_str());
        b.accel.trace(file);
        sc_core::sc_start(sc_core::SC_ZERO_TIME);
        set(cpu.socket, AS_REG_CONTROL, AS_CONTROL_START);
        sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_US));
        sc_core::sc_close_vcd_trace_file(file);
    }
    std::ifstream in(stem + ".vcd");
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    for (const char *pin : {"busy_o", "layer_done_o", "mem_valid_o", "mem_ready_i", "mem_write_o", "mem_addr_o",
                            "mem_wstrb_o", "mem_rvalid_i", "irq_state"})
        cr_assert_neq(text.find(pin), std::string::npos, "%s is not in the waveform", pin);
    // the identifier of a variable stands before its name; each of these two rises
    for (const char *pin : {"busy_o", "mem_valid_o"}) {
        const size_t end = text.find_last_not_of(' ', text.find(pin) - 1), space = text.rfind(' ', end);
        const std::string code = text.substr(space + 1, end - space);
        cr_assert_neq(text.find("\n1" + code + "\n"), std::string::npos, "%s never rises", pin);
    }
    cr_assert_eq(std::remove((stem + ".vcd").c_str()), 0);
    cr_assert_eq(std::remove(folder), 0);
}

Test(tlm, memory_traffic_breaks_no_rule_loosely_timed) { run_on_memory(arraysmith::timing::loose); }
Test(tlm, memory_traffic_breaks_no_rule_approximately_timed) { run_on_memory(arraysmith::timing::approximate); }

// ---- the checker itself: ten planted violations ----

namespace
{

enum planted {
    NULL_DATA, ZERO_WIDTH, ZERO_ENABLE_LENGTH, STALE_RESPONSE, STALE_DMI, // the initiator's
    SILENT, RESIZES, TURNS_BACK, SPOILS_DATA,                              // the target's
    WRONG_PHASE, OVERTAKES, PLANTED
};

class bad_target : public sc_core::sc_module
{
public:
    tlm_utils::simple_target_socket<bad_target, 32> socket{"socket"};
    planted fault;

    bad_target(sc_core::sc_module_name name, planted f) : sc_core::sc_module(name), fault(f)
    {
        socket.register_b_transport(this, &bad_target::transport);
        socket.register_nb_transport_fw(this, &bad_target::forward);
    }

private:
    void transport(tlm::tlm_generic_payload &t, sc_core::sc_time &delay)
    {
        t.set_response_status(tlm::TLM_OK_RESPONSE);
        if (fault == SILENT)
            t.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        if (fault == RESIZES)
            t.set_data_length(8);
        if (fault == TURNS_BACK)
            delay = sc_core::SC_ZERO_TIME;
        if (fault == SPOILS_DATA) {
            t.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
            t.get_data_ptr()[0] ^= 1;
        }
    }
    tlm::tlm_sync_enum forward(tlm::tlm_generic_payload &t, tlm::tlm_phase &phase, sc_core::sc_time &)
    {
        t.set_response_status(tlm::TLM_OK_RESPONSE);
        if (fault == WRONG_PHASE) {
            phase = tlm::END_RESP; // never the target's
            return tlm::TLM_UPDATED;
        }
        return tlm::TLM_ACCEPTED;
    }
};

void plant(planted fault, rule wanted)
{
    idle_initiator cpu("cpu");
    tlm_checker<32> check("check");
    bad_target target("target", fault);
    uint8_t data[8] = {}, enable[4] = {0xff, 0xff, 0xff, 0xff};
    tlm::tlm_generic_payload t, second;
    sc_core::sc_time delay(5, sc_core::SC_NS);

    cpu.socket.bind(check.in);
    check.out.bind(target.socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    for (tlm::tlm_generic_payload *p : {&t, &second}) {
        p->set_command(tlm::TLM_READ_COMMAND);
        p->set_address(0);
        p->set_data_ptr(fault == NULL_DATA ? nullptr : data);
        p->set_data_length(4);
        p->set_streaming_width(fault == ZERO_WIDTH ? 0 : 4);
        p->set_byte_enable_ptr(fault == ZERO_ENABLE_LENGTH ? enable : nullptr);
        p->set_byte_enable_length(0);
        p->set_dmi_allowed(fault == STALE_DMI);
        p->set_response_status(fault == STALE_RESPONSE ? tlm::TLM_OK_RESPONSE : tlm::TLM_INCOMPLETE_RESPONSE);
    }
    if (fault == WRONG_PHASE || fault == OVERTAKES) {
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        cpu.socket->nb_transport_fw(t, phase, delay);
        if (fault == OVERTAKES) { // before the end of the first request
            phase = tlm::BEGIN_REQ;
            cpu.socket->nb_transport_fw(second, phase, delay);
        }
    } else {
        cpu.socket->b_transport(t, delay);
    }
    cr_assert_gt(check.violations[wanted], 0u, "%s is not noticed", rule_name(wanted));
}

} // namespace

Test(checker, notices_a_null_data_pointer) { plant(NULL_DATA, DATA_POINTER); }
Test(checker, notices_a_streaming_width_of_0) { plant(ZERO_WIDTH, STREAMING_WIDTH); }
Test(checker, notices_byte_enables_without_a_length) { plant(ZERO_ENABLE_LENGTH, BYTE_ENABLE_LENGTH); }
Test(checker, notices_a_response_that_was_not_reset) { plant(STALE_RESPONSE, RESPONSE_AT_CALL); }
Test(checker, notices_a_dmi_hint_that_was_not_reset) { plant(STALE_DMI, DMI_HINT_AT_CALL); }
Test(checker, notices_a_target_that_does_not_answer) { plant(SILENT, NO_RESPONSE); }
Test(checker, notices_a_target_that_changes_the_length) { plant(RESIZES, PAYLOAD_CHANGED); }
Test(checker, notices_a_delay_that_shrinks) { plant(TURNS_BACK, DELAY_SHRANK); }
Test(checker, notices_data_changed_by_a_failed_read) { plant(SPOILS_DATA, DATA_AFTER_ERROR); }
Test(checker, notices_a_phase_of_the_other_side) { plant(WRONG_PHASE, PHASE_DIRECTION); }
Test(checker, notices_a_request_before_the_end_of_the_last) { plant(OVERTAKES, REQUEST_EXCLUSION); }
