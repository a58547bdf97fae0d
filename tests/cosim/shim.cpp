// The only C++ of the block tests: struct as_cosim around the verilated block (class Vdut).
// Built by block.sh together with Verilator's output; everything here comes from the ports file.
#include "tests/cosim/cosim.h"

#include "Vdut.h"
#include "Vdut___024root.h"
#if VM_TRACE
#include "verilated_vcd_c.h"
#endif

#include <cstdio>
#include <cstdlib>
#include <memory>

#define JOIN_(a, b)    a##__DOT__##b
#define JOIN(a, b)     JOIN_(a, b)
#define INSIDE(signal) JOIN(COSIM_TOP, signal)

struct as_cosim {
    std::unique_ptr<VerilatedContext> context;
    std::unique_ptr<Vdut> top;
#if VM_TRACE
    std::unique_ptr<VerilatedVcdC> trace;
#endif
    uint64_t seed = 0;
    uint64_t cycle = 0;
};

namespace
{
[[noreturn]] void bad_width(const char *name, int width)
{
    std::fprintf(stderr, "%s: a value does not fit the %d bits of the ports file\n", name, width);
    std::abort();
}

constexpr uint64_t mask(int width)
{
    return width >= 64 ? ~uint64_t(0) : (uint64_t(1) << width) - 1;
}

// Verilator holds 1..8, 9..16, 17..32, 33..64 bits in CData, SData, IData, QData.
template <class T> constexpr bool holds(int width)
{
    return width >= 1 && width <= int(8 * sizeof(T)) &&
           (sizeof(T) == 1 || width > int(4 * sizeof(T)));
}

template <int W, class T> uint64_t get(const char *name, const T &signal)
{
    static_assert(holds<T>(W), "the ports file has another width than the Verilog");
    if ((uint64_t(signal) & ~mask(W)) != 0)
        bad_width(name, W);
    return uint64_t(signal);
}

template <int W, class T> void set(const char *name, T &signal, uint64_t value)
{
    static_assert(holds<T>(W), "the ports file has another width than the Verilog");
    if ((value & ~mask(W)) != 0)
        bad_width(name, W);
    signal = T(value);
}

template <int W, class T> void get_wide(const char *name, const T &signal, uint32_t *word)
{
    const uint64_t value = get<W>(name, signal);
    word[0] = uint32_t(value);
    if (W > 32)
        word[1] = uint32_t(value >> 32);
}

template <int W, std::size_t N>
void get_wide(const char *name, const VlWide<N> &signal, uint32_t *word)
{
    static_assert((W + 31) / 32 == N, "the ports file has another width than the Verilog");
    for (std::size_t i = 0; i < N; i++)
        word[i] = signal[i];
    if ((uint64_t(word[N - 1]) & ~mask(W - 32 * (int(N) - 1))) != 0)
        bad_width(name, W);
}

template <int W, class T> void set_wide(const char *name, T &signal, const uint32_t *word)
{
    set<W>(name, signal, word[0] | (W > 32 ? uint64_t(word[W > 32]) << 32 : 0));
}

template <int W, std::size_t N>
void set_wide(const char *name, VlWide<N> &signal, const uint32_t *word)
{
    static_assert((W + 31) / 32 == N, "the ports file has another width than the Verilog");
    if ((uint64_t(word[N - 1]) & ~mask(W - 32 * (int(N) - 1))) != 0)
        bad_width(name, W);
    for (std::size_t i = 0; i < N; i++)
        signal[i] = word[i];
}

template <class T, std::size_t N> constexpr std::size_t depth_of(const VlUnpacked<T, N> &)
{
    return N;
}

void set_clock(Vdut &top, bool level)
{
    (void)top;
    (void)level;
#undef CLOCK
#define CLOCK(name) top.name = level;
#include COSIM_PORTS
#include "tests/cosim/ports_default.h"
}

void settle(as_cosim *c, bool second_half)
{
    (void)second_half;
    c->top->eval();
#if VM_TRACE
    c->trace->dump(2 * c->cycle + second_half);
#endif
}
} // namespace

as_cosim *as_cosim_new(uint64_t seed)
{
    as_cosim *c = new as_cosim;
    c->seed = seed;
    c->context = std::make_unique<VerilatedContext>();
    c->context->randReset(2);
    c->context->randSeed(int(seed % 0x7fffffff) + 1);
#if VM_TRACE
    c->context->traceEverOn(true);
#endif
    c->top = std::make_unique<Vdut>(c->context.get());
#if VM_TRACE
    c->trace = std::make_unique<VerilatedVcdC>();
    c->top->trace(c->trace.get(), 99);
    c->trace->open(COSIM_TRACE_FILE);
    std::fprintf(stderr, "waveform: %s (cycle n is time 2n)\n", COSIM_TRACE_FILE);
#endif
    set_clock(*c->top, false);
    c->top->eval();
    return c;
}

void as_cosim_free(as_cosim *c)
{
    if (c == nullptr)
        return;
    c->top->final();
#if VM_TRACE
    c->trace->close();
#endif
    delete c;
}

void as_cosim_eval(as_cosim *c, const dut_in *in)
{
    Vdut &top = *c->top;
    (void)top;
    (void)in;
#undef RESET
#undef PIN_IN
#undef PIN_IN_WIDE
#define RESET(name)              set<1>(#name, top.name, in->name);
#define PIN_IN(name, width)      set<width>(#name, top.name, in->name);
#define PIN_IN_WIDE(name, width) set_wide<width>(#name, top.name, in->name);
#include COSIM_PORTS
#include "tests/cosim/ports_default.h"
    set_clock(top, false);
    settle(c, false);
#if VM_TRACE
    c->trace->flush(); // a failing comparison ends the process
#endif
}

void as_cosim_outputs(const as_cosim *c, dut_out *out)
{
    const Vdut &top = *c->top;
    (void)top;
    out->unused = 0;
#undef PIN_OUT
#undef PIN_OUT_WIDE
#define PIN_OUT(name, width)      out->name = get<width>(#name, top.name);
#define PIN_OUT_WIDE(name, width) get_wide<width>(#name, top.name, out->name);
#include COSIM_PORTS
#include "tests/cosim/ports_default.h"
}

void as_cosim_registers(const as_cosim *c, dut_reg *reg)
{
    const Vdut___024root &root = *c->top->rootp;
    (void)root;
    reg->unused = 0;
#undef PEEK
#undef PEEK_WIDE
#undef PEEK_ARRAY
#undef PEEK_WIRE
#define PEEK(name, signal, width)      reg->name = get<width>(#name, root.INSIDE(signal));
#define PEEK_WIRE(name, signal, width) reg->name = get<width>(#name, root.INSIDE(signal));
#define PEEK_WIDE(name, signal, width) get_wide<width>(#name, root.INSIDE(signal), reg->name);
#define PEEK_ARRAY(name, signal, width, n)                                                         \
    static_assert(depth_of(decltype(root.INSIDE(signal)){}) == (n), "depth differs");              \
    for (int i = 0; i < (n); i++)                                                                  \
        reg->name[i] = get<width>(#name, root.INSIDE(signal)[std::size_t(i)]);
#include COSIM_PORTS
#include "tests/cosim/ports_default.h"
}

void as_cosim_deposit(as_cosim *c, const dut_reg *reg)
{
    Vdut___024root &root = *c->top->rootp;
    (void)root;
    (void)reg;
#undef PEEK
#undef PEEK_WIDE
#undef PEEK_ARRAY
#define PEEK(name, signal, width)      set<width>(#name, root.INSIDE(signal), reg->name);
#define PEEK_WIDE(name, signal, width) set_wide<width>(#name, root.INSIDE(signal), reg->name);
#define PEEK_ARRAY(name, signal, width, n)                                                         \
    for (int i = 0; i < (n); i++)                                                                  \
        set<width>(#name, root.INSIDE(signal)[std::size_t(i)], reg->name[i]);
#include COSIM_PORTS
#include "tests/cosim/ports_default.h"
    c->top->eval();
}

void as_cosim_tick(as_cosim *c)
{
    set_clock(*c->top, true);
    settle(c, true);
    c->cycle++;
    set_clock(*c->top, false);
    c->top->eval();
}

uint64_t as_cosim_cycle(const as_cosim *c)
{
    return c->cycle;
}

uint64_t as_cosim_seed_of(const as_cosim *c)
{
    return c->seed;
}

#undef MEM
#define MEM(name, signal, width, depth)                                                            \
    void as_cosim_mem_##name##_read(const as_cosim *c, uint32_t index, uint32_t *word)             \
    {                                                                                              \
        if (index >= uint32_t(depth))                                                              \
            bad_width(#name, width);                                                               \
        get_wide<width>(#name, c->top->rootp->INSIDE(signal)[index], word);                        \
    }                                                                                              \
    void as_cosim_mem_##name##_write(as_cosim *c, uint32_t index, const uint32_t *word)            \
    {                                                                                              \
        if (index >= uint32_t(depth))                                                              \
            bad_width(#name, width);                                                               \
        set_wide<width>(#name, c->top->rootp->INSIDE(signal)[index], word);                        \
    }
#include COSIM_PORTS
#include "tests/cosim/ports_default.h"
