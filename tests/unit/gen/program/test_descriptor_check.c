/* Laws of refusals: what a descriptor may not ask for is told with what it does and the bound, one
 * case for each demand of descriptor_check.c. */
#include <criterion/criterion.h>
#include <string.h>

#include "gen/program/descriptor_check.h"
#include "tests/unit/helpers/config_make.h"

/* 4 x 4, weights stay; 64 words a half of the ifmap buffer, 64 accumulators, counts up to 64. */
static struct as_config held;
/* The same with a line buffer of 16 columns for kernels of 3 x 2. */
static struct as_config lined;
/* 4 x 4, psums stay. */
static struct as_config output;
/* The ifmap stays: store drains by address. */
static struct as_config by_address;

static void set_sizes(struct as_config *cfg)
{
    as_config_default(cfg);
    strcpy(cfg->dataflow, "custom");
    memset(cfg->hw.unroll_given, 0, sizeof cfg->hw.unroll_given);
    cfg->hw.ibuf_words = cfg->hw.acc_words = 64;
    cfg->hw.wbuf_words = 256; /* a table */
    cfg->hw.count_bits = 6;
    cfg->hw.mem_bytes = 1 << 16;
    cfg->hw.products = 0;
}

static void move(struct as_config *cfg, const char *ifmap, const char *weight, const char *psum)
{
    strcpy(cfg->hw.move_ifmap, ifmap);
    strcpy(cfg->hw.move_weight, weight);
    strcpy(cfg->hw.move_psum, psum);
    test_config_derive(cfg);
}

static void setup(void)
{
    set_sizes(&held);
    held.hw.unroll_given[AS_LOOP_C] = held.hw.unroll_given[AS_LOOP_K] = 4;
    move(&held, "forwarded", "stationary", "forwarded");

    set_sizes(&lined);
    lined.hw.unroll_given[AS_LOOP_R] = 3;
    lined.hw.unroll_given[AS_LOOP_S] = 2;
    lined.hw.unroll_given[AS_LOOP_C] = lined.hw.unroll_given[AS_LOOP_K] = 4;
    lined.hw.line_given = 16;
    move(&lined, "forwarded", "stationary", "tree");

    set_sizes(&output);
    output.hw.unroll_given[AS_LOOP_P] = output.hw.unroll_given[AS_LOOP_Q] = 2;
    output.hw.unroll_given[AS_LOOP_K] = 4;
    output.hw.psum_limit = 20;
    move(&output, "forwarded", "forwarded", "stationary");

    set_sizes(&by_address);
    by_address.hw.unroll_given[AS_LOOP_C] = by_address.hw.unroll_given[AS_LOOP_P] = 4;
    move(&by_address, "stationary", "broadcast", "forwarded");
}

TestSuite(descriptor_check, .init = setup);

static void expect(bool suits, const char *got, const char *fault)
{
    cr_expect_eq(suits, fault == NULL, "%s instead of %s", suits ? "suits" : got, fault);
    if (!suits && fault)
        cr_expect_str_eq(got, fault);
}

#define LOAD(cfg, fault_text, ...)                                                                 \
    do {                                                                                           \
        char fault[AS_FAULT_ROOM];                                                                 \
        struct as_load_desc d = {__VA_ARGS__};                                                     \
        expect(as_load_check(&(cfg).hw, &d, fault), fault, fault_text);                            \
    } while (0)

/* 64 words of either buffer were loaded. */
#define COMPUTE(cfg, fault_text, ...)                                                              \
    do {                                                                                           \
        char fault[AS_FAULT_ROOM];                                                                 \
        struct as_compute_desc d = {__VA_ARGS__};                                                  \
        expect(as_compute_check(&(cfg).hw, &d, 64, 64, fault), fault, fault_text);                 \
    } while (0)

/* Bytes 1000 to 1999 are the activations. */
#define STORE(cfg, fault_text, ...)                                                                \
    do {                                                                                           \
        char fault[AS_FAULT_ROOM];                                                                 \
        struct as_store_desc d = {__VA_ARGS__};                                                    \
        expect(as_store_check(&(cfg).hw, &d, 1000, 2000, fault), fault, fault_text);               \
    } while (0)

Test(descriptor_check, a_load_is_refused_with_what_it_does_and_the_bound)
{
    LOAD(held, NULL, .nc = 63);
    LOAD(held, "has a count nc of 65 iterations; descriptor.count allows 64", .nc = 64);
    LOAD(held, "has a count np of 71 iterations; descriptor.count allows 64", .np = 70);
    LOAD(held, "leaves its half to a later load; this accelerator has no partial loads",
         .partial = true);
    LOAD(held, "begins at word 5 of its half; this accelerator has no partial loads", .word0 = 5);
    LOAD(held, "brings weights byte by byte; this accelerator has no partial loads",
         .to_weights = true, .bytes = true);
    LOAD(output, NULL, .array_row = 3, .word0 = 5, .partial = true);
    LOAD(output, "fills lanes of array row 4; the array has 4 rows", .array_row = 4);
    LOAD(output, "fills lanes of array row 1; rows have no lanes of their own in this buffer",
         .array_row = 1, .to_weights = true);
    LOAD(held, "fills lanes of array row 1; rows have no lanes of their own in this buffer",
         .array_row = 1);
    LOAD(held, "fills the lanes of a tap or of the columns; only a line buffer has such lanes",
         .lanes = AS_LANES_TAP);
    LOAD(lined, NULL, .lanes = AS_LANES_TAP);
    struct as_config odd;
    set_sizes(&odd);
    odd.hw.unroll_given[AS_LOOP_C] = 3;
    odd.hw.unroll_given[AS_LOOP_K] = 4;
    move(&odd, "forwarded", "stationary", "forwarded");
    LOAD(odd, "moves memory words into 3 lanes; a word has 4 bytes", .nc = 1);
    LOAD(odd, NULL, .nc = 1, .bytes = true);
    LOAD(held, NULL, .nc = 15, .ns = 3);
    LOAD(held, "fills words up to 80 of a half; a half has 64 words", .nc = 15, .ns = 4);
    LOAD(held, "fills words up to 320 of a half; a half has 256 words", .nc = 63, .ns = 4,
         .to_weights = true);
}

Test(descriptor_check, a_line_job_is_refused_with_what_it_does_and_the_bound)
{
    COMPUTE(lined, NULL, .line = true, .nq = 9, .np = 2, .vq = 8);
    COMPUTE(lined, "gives each column its own lane and does not use the line buffer", .dw = true);
    COMPUTE(lined, "counts psums up to column 2 only and does not use the line buffer", .vq = 2);
    COMPUTE(lined, "uses the line buffer for a lookup; only MAC jobs can", .line = true, .nq = 9,
            .np = 2, .lookup = true);
    COMPUTE(held, "uses the line buffer, which this accelerator does not have", .line = true,
            .nq = 9);
    COMPUTE(output, "uses the line buffer, which this accelerator does not have", .line = true,
            .nq = 9);
    COMPUTE(lined, "walks a line of 1 column; the line buffer needs at least 2", .line = true,
            .np = 2);
    COMPUTE(lined, "walks a line of 17 columns; the line buffer holds 16", .line = true, .nq = 16,
            .np = 2);
    COMPUTE(lined, "counts psums up to column 10; the last column of the line is 9", .line = true,
            .nq = 9, .np = 2, .vq = 10);
    COMPUTE(lined, "walks 2 rows of the image; the kernel in the array has 3", .line = true,
            .nq = 9, .np = 1);
}

Test(descriptor_check, a_job_is_refused_with_what_it_does_and_the_bound)
{
    COMPUTE(held, NULL, .nq = 7, .np = 7, .dq = 1, .dp = 1);
    COMPUTE(held, "has a count nk of 65 iterations; descriptor.count allows 64", .nk = 64);
    COMPUTE(held, "reads ifmap word -1; the first word of a half is 0", .nq = 1, .dq = -1);
    COMPUTE(held, "reads ifmap word 64; the loads filled 64 words", .nq = 1, .dq = 1, .ibase = 63);
    COMPUTE(held, "multiplies psums; only lookup jobs can", .mul = true);
    COMPUTE(held, "says that it loads 3 weight tiles; it uses 2", .nc = 1, .ntiles = 2);
    COMPUTE(held, "says that it loads 2 weight tiles; it uses 1", .nc = 1, .ntiles = 1,
            .hold = true);
    COMPUTE(held, "reads 68 weight words; the loads filled 64", .nc = 16, .ntiles = 16);
    COMPUTE(held, "ends at accumulator 65; there are 64", .nq = 7, .np = 7, .abase = 1);
}

Test(descriptor_check, a_lookup_is_refused_with_what_it_does_and_the_bound)
{
    struct as_compute_desc d = {.lookup = true};
    struct as_config products = held;
    char fault[AS_FAULT_ROOM];

    products.hw.products = 1;
    test_config_derive(&products);
    expect(as_compute_check(&held.hw, &d, 64, 256, fault), fault, NULL);
    expect(as_compute_check(&held.hw, &d, 64, 255, fault), fault,
           "looks up a table of 256 weight words; the loads filled 255");
    d.nl = 4;
    expect(as_compute_check(&held.hw, &d, 64, 256, fault), fault,
           "looks at 5 lanes of a word; loads fill 4");
    d.nl = 3;
    d.mul = true;
    expect(as_compute_check(&held.hw, &d, 64, 256, fault), fault,
           "multiplies; this accelerator has operators.products 0");
    expect(as_compute_check(&products.hw, &d, 64, 256, fault), fault, NULL);
    d.mul = false;
    d.abase = 61;
    expect(as_compute_check(&held.hw, &d, 64, 256, fault), fault,
           "ends at accumulator 65; there are 64");
    d.scan = true;
    expect(as_compute_check(&held.hw, &d, 64, 256, fault), fault, NULL);
}

Test(descriptor_check, a_job_where_psums_stay_is_refused_with_what_it_does_and_the_bound)
{
    COMPUTE(output, NULL, .nc = 15, .nk = 3, .da = 1);
    COMPUTE(output, "reads 80 weight words; the loads filled 64", .nc = 15, .nk = 4, .da = 1);
    COMPUTE(output, NULL, .nc = 15, .nk = 3, .da = 1, .hold = true);
    COMPUTE(output, "writes 4 sums of an array row; the next row's begin 3 further on", .nq = 3,
            .da = 3);
    COMPUTE(output, "ends at accumulator 66; there are 64", .nq = 2, .da = 21);
    COMPUTE(output, "adds 33 products; a psum holds 32", .nc = 32, .da = 1);
}

Test(descriptor_check, a_store_is_refused_with_what_it_does_and_the_bound)
{
    STORE(held, NULL, .dst = 1000, .nq = 9, .dq = 4, .ncl = 3, .m = 9);
    STORE(held, "has a count nkt of 65 iterations; descriptor.count allows 64", .nkt = 64);
    STORE(held, "writes byte 996; activations begin at byte 1000", .dst = 996);
    STORE(held, "writes byte 2003; the memory in use ends at byte 2000", .dst = 1999, .nq = 1,
          .dq = 4, .m = 1);
    STORE(held, "drains 5 columns; the array has 4", .dst = 1000, .ncl = 4);
    STORE(held, "drains channel by accumulator address; this accelerator drains column by column",
          .dst = 1000, .by_address = true);
    STORE(held, "drains 3 elements of a channel; its loops write 2", .dst = 1000, .nq = 1, .m = 2);
    STORE(held, "ends at word 72 of a drain half; it has 64 words", .dst = 1000, .nq = 7, .m = 7,
          .nkt = 8, .nc = 3, .ncl = 3);
    STORE(held, "stores several channels at a time; this accelerator has requant.lanes 1",
          .dst = 1000, .side_by_side = true);
    STORE(held, "rounds as float32 does; this accelerator has requant.float 0", .dst = 1000,
          .in_float = true);
    STORE(by_address, NULL, .dst = 1000, .by_address = true, .np = 1, .nc = 3, .ncl = 1, .m = 5,
          .dq = 1, .dp = 1, .dk = 4);
    STORE(by_address, "drains 65 elements of a channel; a drain half has 64 words", .dst = 1000,
          .by_address = true, .np = 16, .nc = 3, .m = 64);
    STORE(by_address, "goes back 2 drain words from group to group; it can go on only", .dst = 1000,
          .by_address = true, .np = 1, .nc = 3, .m = 4, .dk = -2);
    struct as_config lanes = held;
    lanes.hw.requant_lanes = 2;
    test_config_derive(&lanes);
    STORE(lanes, NULL, .dst = 1000, .side_by_side = true, .ncl = 1);
    lanes.hw.requant_float = 1;
    STORE(lanes, NULL, .dst = 1000, .in_float = true);
    STORE(lanes, "normalises a softmax and rounds as float32 does", .dst = 1000, .in_float = true,
          .softmax = true);
    STORE(lanes, "stores 2 channels at a time across the words of memory", .dst = 1001,
          .side_by_side = true, .ncl = 1);
}
