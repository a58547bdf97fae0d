/* Laws of programs that cannot be: what cannot be built, or read from a file, is refused with its
 * reason. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "dataflows/build.h"
#include "models/arith/quantization.h"
#include "tests/unit/helpers/program_make.h"

TestSuite(build_refusals, .init = program_setup, .fini = program_teardown, .timeout = 900);

static void expect_refusal(const struct as_config *cfg, const struct as_network *net,
                           enum as_status status, const char *message)
{
    struct as_program *program = NULL;
    as_diag_init(&diag);
    cr_assert_eq(as_program_build(arena, cfg, net, &program, &diag), status, "%s", diag.text);
    cr_assert(strstr(diag.text, message) != NULL, "%s", diag.text);
    cr_assert_null(program);
}

Test(build_refusals, weights_that_become_sums_of_too_many_are_refused)
{
    struct as_config cfg = config_of(4, 4, 32, 1 << 20);
    random_state = 9;
    struct as_network *net = new_network(1, 1, 6);
    cr_assert(grow_network(net, AS_OP_FULLY_CONNECTED));
    struct as_layer *l = &net->layers[0];
    ((int8_t *)l->conv.weights)[1] = 127;
    ((int8_t *)l->conv.shift)[0] = 9;
    expect_refusal(&cfg, net, AS_ERR_UNSUPPORTED,
                   "layer 0 FULLY_CONNECTED: channel 0 scales by a left shift of 9: its weights "
                   "become sums of 512 weights of int8, expected at most 256");
}

Test(build_refusals, a_layer_that_rounds_in_float_is_refused_where_no_requantizer_does)
{
    struct as_config cfg = config_of(4, 4, 32, 1 << 20);
    random_state = 9;
    struct as_network *net = new_network(1, 1, 6);
    cr_assert(grow_network(net, AS_OP_FULLY_CONNECTED));
    net->layers[0].rounding = AS_ROUNDING_FLOAT;
    expect_refusal(
        &cfg, net, AS_ERR_UNSUPPORTED,
        "layer 0 FULLY_CONNECTED: requant.float is 0, expected 1 for a layer that rounds "
        "as float32 does");
}

Test(build_refusals, a_network_larger_than_the_memory_is_refused_with_what_it_is_short_by)
{
    struct as_config cfg = config_of(4, 4, 32, 4096);
    random_state = 10;
    struct as_network *net = new_network(13, 11, 19);
    while (!grow_network(net, AS_OP_CONV_2D))
        net = new_network(13, 11, 19);
    expect_refusal(&cfg, net, AS_ERR_NOFIT, "made does not fit memory.bytes 4096: ");
}

/* No mapping is looked for: there is none, and the refusal is about memory all the same. */
Test(build_refusals, weights_that_exceed_the_memory_are_refused_before_a_layer_is_mapped)
{
    struct as_config cfg = config_of(4, 4, 32, 1 << 20);
    cfg.map.all.tile[AS_DIM_P] = cfg.map.all.tile[AS_DIM_Q] = 64;
    struct as_network *net = new_network(64, 64, 1);
    struct as_layer *l = add_layer(net, AS_OP_CONV_2D, 0);
    set_channels(l, 1 << 20, 1);
    cr_assert(set_window(net, l, 1, true));
    net->outputs = as_ports_single(l->output);
    expect_refusal(&cfg, net, AS_ERR_NOFIT,
                   "made does not fit memory.bytes 1048576: short by at least 4108 bytes in main "
                   "memory (weights and parameters 1048588, the largest tensor 4096)");
}

Test(build_refusals, all_layers_that_cannot_be_mapped_are_told_at_once)
{
    struct as_config cfg = config_of(4, 4, 32, 1 << 20);
    random_state = 9;
    struct as_network *net = new_network(1, 1, 6);
    cfg.hw.products = 0;
    while (net->layer_count < 2)
        grow_network(net, AS_OP_MUL);
    cr_assert(grow_network(net, AS_OP_FULLY_CONNECTED));
    while (net->layer_count < 4)
        grow_network(net, AS_OP_MUL);
    expect_refusal(&cfg, net, AS_ERR_UNSUPPORTED,
                   "MUL (layers 0, 1, 3): operators.products is 0, expected 1");
}

Test(build_refusals, a_rule_for_a_layer_that_the_network_lacks_is_refused)
{
    struct as_config cfg = config_of(4, 4, 32, 1 << 20);
    random_state = 12;
    struct as_network *net = new_network(5, 5, 6);
    cr_assert(grow_network(net, AS_OP_FULLY_CONNECTED));
    cfg.map.rule_count = 2;
    cfg.map.rule[0] = (struct as_config_rule){.layer = 0, .op = -1, .tile = {-1, -1, -1, 4}};
    cfg.map.rule[1] = (struct as_config_rule){.layer = 7, .op = -1, .tile = {-1, -1, -1, 4}};
    expect_refusal(&cfg, net, AS_ERR_RANGE, "mapping: rule 2 names layer 7, made has 0..0");
}

Test(build_refusals, what_no_descriptor_expresses_is_refused)
{
    struct as_config cfg = config_of(4, 4, 32, 1 << 20);
    random_state = 11;
    struct as_network *net = new_network(1, 1, 1025);
    cr_assert(grow_network(net, AS_OP_SOFTMAX));
    expect_refusal(&cfg, net, AS_ERR_UNSUPPORTED,
                   "layer 0 SOFTMAX: 1025 values in a row, descriptor.count counts to 1024");
    net = new_network(1, 1, 200);
    cr_assert(grow_network(net, AS_OP_SOFTMAX));
    expect_refusal(&cfg, net, AS_ERR_NOFIT, "layer 0 SOFTMAX: 200 values in a row");
    cfg.map.all.tile[AS_DIM_P] = cfg.map.all.tile[AS_DIM_Q] = 64;
    net = new_network(64, 64, 1);
    struct as_layer *l = add_layer(net, AS_OP_CONV_2D, 0);
    set_channels(l, 1, 1);
    cr_assert(set_window(net, l, 1, true));
    net->outputs = as_ports_single(l->output);
    expect_refusal(&cfg, net, AS_ERR_NOFIT, "no tile of tile.P 64, tile.Q 64");
}

static struct as_program *small_program(const struct as_config *cfg, uint8_t **file, size_t *bytes)
{
    struct as_program *program;
    random_state = 12;
    struct as_network *net = new_network(5, 5, 6);
    cr_assert(grow_network(net, AS_OP_CONV_2D));
    cr_assert_eq(as_program_build(arena, cfg, net, &program, &diag), AS_OK, "%s", diag.text);
    as_program_serialise(arena, program, file, bytes);
    return program;
}

Test(build_refusals, a_file_of_another_accelerator_is_refused_by_name_and_value)
{
    struct as_config cfg = config_of(4, 4, 32, 1 << 20), other = config_of(8, 4, 32, 1 << 20);
    struct as_program *parsed = NULL;
    uint8_t *file;
    size_t bytes;
    small_program(&cfg, &file, &bytes);
    cr_assert_eq(as_program_parse(arena, file, bytes, "a.prog", &other.hw, &parsed, &diag),
                 AS_ERR_MISMATCH);
    cr_assert_str_eq(diag.text, "a.prog: built for unroll.C 4, the accelerator's is 8");
}

Test(build_refusals, every_cut_and_every_flipped_byte_of_a_file_is_refused)
{
    struct as_config cfg = config_of(4, 4, 32, 1 << 20);
    struct as_program *parsed = NULL;
    uint8_t *file;
    size_t bytes;
    small_program(&cfg, &file, &bytes);
    for (size_t n = 0; n < bytes; n++) {
        uint8_t *cut = malloc(n + 1); /* exactly as long: a sanitizer sees any read past it */
        memcpy(cut, file, n);
        as_diag_init(&diag);
        cr_assert_neq(as_program_parse(arena, cut, n, "cut", &cfg.hw, &parsed, &diag), AS_OK);
        free(cut);
        if (n >= 12 && n < 16)
            continue; /* reserved */
        file[n] ^= 0x41;
        as_diag_init(&diag);
        cr_assert_neq(as_program_parse(arena, file, bytes, "flip", &cfg.hw, &parsed, &diag), AS_OK,
                      "byte %zu", n);
        file[n] ^= 0x41;
    }
}

Test(build_refusals, a_stream_that_waits_for_ever_is_found)
{
    struct as_config cfg = config_of(4, 4, 32, 1 << 20);
    uint8_t *file;
    size_t bytes;
    struct as_program *program = small_program(&cfg, &file, &bytes);
    cr_assert_eq(as_program_check(program, &cfg.hw, &diag), AS_OK, "%s", diag.text);
    program->image[program->stream[AS_STREAM_LOAD]] |= 1 << 4; /* waits for a memory token */
    cr_assert_eq(as_program_check(program, &cfg.hw, &diag), AS_ERR_MISMATCH);
    cr_assert(strstr(diag.text, "load descriptor 0 waits for ever for a memory token") != NULL,
              "%s", diag.text);
}

Test(build_refusals, a_loop_inside_a_loop_is_found)
{
    struct as_config cfg = config_of(4, 4, 32, 1 << 20);
    struct as_program *program;
    random_state = 13;
    struct as_network *net = new_network(40, 40, 8);
    struct as_layer *l = add_layer(net, AS_OP_ADD, 0);
    l->input[1] = 0;
    cr_assert(as_quant_add(0.5f, 0.5f, 0.5f, &l->sum));
    l->output = 1;
    net->outputs = as_ports_single(1);
    net->tensors[net->tensor_count++] = net->tensors[0];
    cr_assert_eq(as_program_build(arena, &cfg, net, &program, &diag), AS_OK, "%s", diag.text);

    uint32_t at = program->stream[AS_STREAM_LOAD], words[AS_LOAD_WORDS];
    while (!(program->image[at + 16] & 1)) /* the LOOP before END */
        at += 16;
    cr_assert(program->image[at + 2] & 1);
    const struct as_loop outer = {.count = 2, .target = at};
    as_loop_encode(AS_STREAM_LOAD, &outer, cfg.hw.count_bits, words);
    for (uint32_t i = 0; i < 16; i++)
        program->image[at + 16 + i] = (uint8_t)(words[i / 4] >> (8 * (i % 4)));
    cr_assert_eq(as_program_check(program, &cfg.hw, &diag), AS_ERR_MISMATCH);
    cr_assert(strstr(diag.text, "comes before a LOOP inside another LOOP") != NULL, "%s",
              diag.text);
}
