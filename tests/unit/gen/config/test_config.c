/* Laws of the configuration: what a description means, what is derived from it, and that every
 * mistake of tests/errors/ gets its exact message.  Runs from the root of the repository. */
#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen/config/dataflow.h"
#include "gen/config/config.h"
#include "gen/config/params.h"
#include "base/yaml.h"
#include "models/network.h"

static struct as_arena *arena;
static struct as_diag diag;

static void setup(void)
{
    arena = as_arena_new();
    as_diag_init(&diag);
}

static void teardown(void)
{
    as_arena_free(arena);
}

TestSuite(config, .init = setup, .fini = teardown);
TestSuite(config_errors, .init = setup, .fini = teardown);

static enum as_status parse_with(const char *text, const char *override, struct as_config **cfg)
{
    as_diag_init(&diag);
    *cfg = NULL;
    return as_config_parse(arena, "t.yaml", text, strlen(text), &override, override ? 1 : 0, cfg,
                           &diag);
}

static const struct as_config *parse(const char *text, const char *override)
{
    struct as_config *cfg;

    cr_assert_eq(parse_with(text, override, &cfg), AS_OK, "%s", diag.text);
    return cfg;
}

static void expect_refusal(const char *override, const char *message)
{
    struct as_config *cfg;

    cr_assert_neq(parse_with("name: x", override, &cfg), AS_OK, "accepted %s", override);
    cr_assert_str_eq(diag.text, message);
    cr_assert_null(cfg);
}

/* ---- meaning ---- */

Test(config, missing_keys_take_their_defaults)
{
    const struct as_config *cfg = parse("name: x", NULL);
    struct as_config dflt;

    as_config_default(&dflt);
    strcpy(dflt.name, "x");
    for (int i = 0; i < AS_PARAM_COUNT; i++) {
        if (as_params[i].is_text)
            continue;
        cr_assert_eq(as_param_get(cfg, &as_params[i]), as_params[i].dflt, "%s", as_params[i].key);
        cr_assert_eq(as_param_get(&dflt, &as_params[i]), as_params[i].dflt);
    }
    cr_assert_eq(memcmp(cfg, &dflt, sizeof dflt), 0);
    cr_assert_eq(cfg->hw.rows, 4);
    cr_assert_eq(dflt.hw.rows, 4);
    cr_assert_str_eq(cfg->dataflow, "systolic-ws");
    cr_assert_str_eq(cfg->board.folder, "none");
}

Test(config, the_board_accelerator_loads_by_name_and_by_path)
{
    struct as_config *by_name, *by_path;

    cr_assert_eq(as_config_load(arena, "icebreaker", NULL, 0, &by_name, &diag), AS_OK, "%s",
                 diag.text);
    cr_assert_eq(as_config_load(arena, "boards/icebreaker/accel.yaml", NULL, 0, &by_path, &diag),
                 AS_OK);
    cr_assert_eq(memcmp(by_name, by_path, sizeof *by_name), 0);
    cr_assert_str_eq(by_name->name, "icebreaker-4x4");
    cr_assert_str_eq(by_name->board.folder, "icebreaker");
    cr_assert_eq(by_name->board.clock_khz, 24000);
}

Test(config, every_accelerator_of_the_tree_loads)
{
    glob_t files;

    cr_assert_eq(glob("bench/accels/*.yaml", 0, NULL, &files), 0);
    cr_assert_eq(glob("boards/icebreaker/*.yaml", GLOB_APPEND, NULL, &files), 0);
    cr_assert_eq(glob("tests/fuzz/*.yaml", GLOB_APPEND, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        if (strcmp(files.gl_pathv[i], "boards/icebreaker/board.yaml") == 0)
            continue;
        struct as_config *cfg;
        cr_assert_eq(as_config_load(arena, files.gl_pathv[i], NULL, 0, &cfg, &diag), AS_OK, "%s",
                     diag.text);
    }
    globfree(&files);
}

Test(config, flow_and_block_style_and_line_ends_mean_the_same)
{
    const struct as_config *flow = parse("unroll: {C: 8, K: 2}\ntile: {P: 5}", NULL);
    const struct as_config *block = parse("unroll:\n  C: 8\n  K: 2\ntile:\n  P: 5\n", NULL);
    const struct as_config *crlf =
        parse("unroll:\r\n  C: 8\r\n  K: 2\r\ntile:\r\n  P: 5\r\n", NULL);

    cr_assert_eq(memcmp(flow, block, sizeof *flow), 0);
    cr_assert_eq(memcmp(flow, crlf, sizeof *flow), 0);
    cr_assert_eq(flow->hw.unroll_given[AS_LOOP_C], 8);
    cr_assert_eq(flow->map.all.tile[AS_DIM_P], 5);
}

Test(config, order_and_tile_read_lists_mappings_and_auto)
{
    const struct as_config *cfg = parse("order: [K, P, Q, C]\ntile: {P: 5, Q: auto, C: 64}", NULL);
    const enum as_dim order[] = {AS_DIM_K, AS_DIM_P, AS_DIM_Q, AS_DIM_C};

    cr_assert_eq(cfg->map.all.order_count, 4);
    cr_assert_eq(memcmp(cfg->map.all.order, order, sizeof order), 0);
    cr_assert_eq(cfg->map.all.tile[AS_DIM_P], 5);
    cr_assert_eq(cfg->map.all.tile[AS_DIM_Q], 0);
    cr_assert_eq(cfg->map.all.tile[AS_DIM_C], 64);
    cfg = parse("order: auto\ntile: auto", NULL);
    cr_assert_eq(cfg->map.all.order_count, 0);
    cr_assert_eq(cfg->map.all.tile[AS_DIM_P], 0);
}

/* ---- derived numbers ---- */

Test(config, derived_widths_hold_their_largest_value)
{
    for (int rows = 1; rows <= 64; rows++) {
        for (int width = 32; width <= 128; width *= 2) {
            struct as_config cfg;
            as_config_default(&cfg);
            cfg.hw.unroll_given[AS_LOOP_C] = rows;
            cfg.hw.unroll_given[AS_LOOP_K] = rows;
            cfg.hw.mem_width = width;
            cr_assert_eq(as_config_check(&cfg, &diag), AS_OK, "%s", diag.text);
            /* a psum of `rows` products of -128 * -128, and no bit more than rows needs */
            cr_assert_geq(1LL << (cfg.hw.psum_bits - 1), rows * 16384LL);
            cr_assert(cfg.hw.psum_bits == 16 || 1LL << (cfg.hw.psum_bits - 17) < rows);
            cr_assert_eq(cfg.hw.mem_width_bytes * 8, width);
            cr_assert_eq(cfg.hw.mem_words * cfg.hw.mem_width_bytes, cfg.hw.mem_bytes);
            cr_assert_geq(cfg.hw.wbuf_beats * cfg.hw.mem_width_bytes, rows > 4 ? rows : 4);
            cr_assert_lt((cfg.hw.wbuf_beats - 1) * cfg.hw.mem_width_bytes, rows > 4 ? rows : 4);
            cr_assert_eq(cfg.hw.ibuf_word_mode, rows % (width / 8) == 0);
        }
    }
}

Test(config, addresses_cover_both_halves_exactly)
{
    struct as_config cfg;

    for (int words = 256; words <= 8192; words *= 2) {
        as_config_default(&cfg);
        cfg.hw.ibuf_words = cfg.hw.wbuf_words = cfg.hw.acc_words = words;
        cfg.hw.mem_bytes = words * 16;
        cr_assert_eq(as_config_check(&cfg, &diag), AS_OK, "%s", diag.text);
        cr_assert_eq(1 << cfg.hw.ibuf_addr_bits, 2 * words);
        cr_assert_eq(1 << cfg.hw.wbuf_addr_bits, 2 * words);
        cr_assert_eq(1 << cfg.hw.acc_addr_bits, words);
        cr_assert_eq(1 << cfg.hw.addr_bits, cfg.hw.mem_bytes);
    }
}

Test(config, both_ends_of_every_bound_are_kept)
{
    for (int i = 0; i < AS_PARAM_COUNT; i++) {
        const struct as_param *param = &as_params[i];
        if (param->is_text)
            continue;
        struct as_config *cfg;
        for (int end = 0; end < 2; end++) {
            int inside = end ? param->max : param->min;
            const char *in = as_arena_printf(arena, "%s=%d", param->key, inside);
            const char *out = as_arena_printf(arena, "%s=%d", param->key, inside + (end ? 1 : -1));
            enum as_status status = parse_with("clock: {khz: 500000}", in, &cfg);
            bool too_slow = strcmp(param->key, "clock.khz") == 0 && !end;
            bool too_few = strcmp(param->key, "descriptor.count") == 0 && !end;
            bool no_table = strcmp(param->key, "buffers.weight") == 0 && !end;
            bool no_taps = strcmp(param->key, "buffers.line") == 0 && end;
            /* systolic-ws unrolls C, K, R and S alone */
            bool pixels = (strcmp(param->key, "unroll.P") == 0 && end) ||
                          (strcmp(param->key, "unroll.Q") == 0 && end);
            cr_assert(status == AS_OK || too_slow || too_few || no_table || no_taps || pixels,
                      "%s: %s", in, diag.text);
            cr_assert_eq(parse_with("clock: {khz: 500000}", out, &cfg), AS_ERR_RANGE, "%s", out);
        }
    }
}

/* Its bound says so; what the C types of the operands are is what the description may say. */
Test(config, a_width_that_is_the_only_one_so_far_is_the_operands)
{
    static const struct {
        enum as_param_index index;
        int bits;
    } widths[] = {{AS_INDEX_activation_bits, 8 * AS_X_BYTES},
                  {AS_INDEX_weight_bits, 8 * AS_W_BYTES},
                  {AS_INDEX_acc_bits, 8 * AS_P_BYTES}};

    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        const struct as_param *param = &as_params[widths[i].index];
        const int beside[] = {widths[i].bits - 1, widths[i].bits / 2, widths[i].bits + 1};
        char bound[64];
        as_param_bound(param, bound, sizeof bound);
        cr_assert_str_eq(bound,
                         as_arena_printf(arena, "%d bits, the only width so far", widths[i].bits));
        for (size_t k = 0; k < sizeof beside / sizeof beside[0]; k++) {
            const char *text = as_arena_printf(arena, "%s=%d", param->key, beside[k]);
            struct as_config *cfg = NULL;
            as_diag_init(&diag);
            cr_assert_eq(as_config_load(arena, "icebreaker", &text, 1, &cfg, &diag), AS_ERR_RANGE);
            cr_assert_str_eq(diag.text, as_arena_printf(arena, "--set %s: %s is %d, expected %s",
                                                        text, param->key, beside[k], bound));
        }
    }
}

Test(config, check_refuses_what_a_file_could_not_say)
{
    struct as_config cfg;

    as_config_default(&cfg);
    cfg.hw.unroll_given[AS_LOOP_C] = 65;
    cr_assert_eq(as_config_check(&cfg, &diag), AS_ERR_RANGE);
    cr_assert_str_eq(diag.text, "unroll.C is 65, expected 0..64 PEs");
    as_diag_init(&diag);
    as_config_default(&cfg);
    cfg.hw.mem_bytes = 100000;
    cr_assert_eq(as_config_check(&cfg, &diag), AS_ERR_RANGE);
    cr_assert_str_eq(diag.text, "memory.bytes is 100000, expected a power of two, "
                                "4096..16777216 bytes (near it: 65536, 131072)");
    as_diag_init(&diag);
    as_config_default(&cfg);
    strcpy(cfg.dataflow, "none");
    cr_assert_eq(as_config_check(&cfg, &diag), AS_ERR_RANGE);
    as_diag_init(&diag);
    as_config_default(&cfg);
    strcpy(cfg.hw.move_psum, "sideways");
    cr_assert_eq(as_config_check(&cfg, &diag), AS_ERR_RANGE);
    cr_assert_str_eq(diag.text, "movement.psum is sideways, expected preset, forwarded, tree or "
                                "stationary");
    as_diag_init(&diag);
    as_config_default(&cfg);
    cfg.map.all.goal_cycles = 0;
    cr_assert_eq(as_config_check(&cfg, &diag), AS_ERR_RANGE);
    as_diag_init(&diag);
    as_config_default(&cfg);
    cfg.map.rule_count = 1; /* a rule of nothing but zeros names a layer and an operator */
    cr_assert_eq(as_config_check(&cfg, &diag), AS_ERR_RANGE);
}

/* ---- movement ---- */

/* The theory of docs/presets.md: of 64 combinations of movements those work in which exactly one
 * operand stays, and of the unrolls those that do not copy it. */
Test(config, a_movement_works_when_exactly_one_operand_stays)
{
    static const char *const ifmap[] = {"forwarded", "broadcast", "stationary"};
    static const char *const weight[] = {"stationary", "forwarded", "broadcast"};
    static const char *const psum[] = {"forwarded", "tree", "stationary"};
    int accepted = 0;

    for (int n = 0; n < 27; n++) {
        int stay = (n % 3 == 2) + (n / 3 % 3 == 0) + (n / 9 == 2);
        struct as_config cfg;

        as_config_default(&cfg);
        strcpy(cfg.dataflow, "custom");
        strcpy(cfg.hw.move_ifmap, ifmap[n % 3]);
        strcpy(cfg.hw.move_weight, weight[n / 3 % 3]);
        strcpy(cfg.hw.move_psum, psum[n / 9]);
        cfg.hw.unroll_given[AS_LOOP_K] = n % 3 == 2 ? 1 : 4;
        cfg.hw.unroll_given[AS_LOOP_C] = n / 9 == 2 ? 1 : 4;
        cfg.hw.unroll_given[AS_LOOP_Q] = n / 3 % 3 == 0 ? 1 : 4;
        as_diag_init(&diag);
        cr_assert_eq(as_config_check(&cfg, &diag) == AS_OK, stay == 1, "%s %s %s: %s",
                     cfg.hw.move_ifmap, cfg.hw.move_weight, cfg.hw.move_psum, diag.text);
        accepted += stay == 1;
        if (stay != 1)
            continue;
        cr_assert_eq(cfg.hw.rows, 4);
        cr_assert_eq(cfg.hw.cols, 4);
        /* a second unroll along what stays would copy it */
        cfg.hw.unroll_given[AS_LOOP_K] = cfg.hw.unroll_given[AS_LOOP_C] =
            cfg.hw.unroll_given[AS_LOOP_Q] = 2;
        as_diag_init(&diag);
        cr_assert_eq(as_config_check(&cfg, &diag), AS_ERR_RANGE);
        cr_assert_not_null(strstr(diag.text, "is 2, expected 1 where"), "%s", diag.text);
    }
    cr_assert_eq(accepted, 12);
}

Test(config, every_preset_is_a_movement_and_its_own_unroll_is_legal)
{
    int count;
    const char *const *names = as_dataflow_names(&count);

    for (int i = 0; i < count; i++) {
        const struct as_dataflow *row = as_dataflow_find(names[i]);
        const struct as_config *cfg =
            parse("name: x", as_arena_printf(arena, "dataflow=%s", names[i]));
        cr_assert_eq(cfg->hw.ifmap_move, row->ifmap);
        cr_assert_eq(cfg->hw.weight_move, row->weight);
        cr_assert_eq(cfg->hw.psum_move, row->psum);
        cr_assert_eq(cfg->hw.rows * cfg->hw.cols, 16, "%s", names[i]);
        /* naming the preset's own movement is no contradiction */
        parse(as_arena_printf(arena, "dataflow: %s\nmovement: {ifmap: %s, weight: %s, psum: %s}",
                              names[i], as_move_name(row->ifmap), as_move_name(row->weight),
                              as_move_name(row->psum)),
              NULL);
    }
}

Test(config, another_dataflow_keeps_of_the_file_what_it_can_use)
{
    const char *text = "dataflow: pipeline\nunroll: {C: 2, S: 3, K: 5}\nbuffers: {line: 32}\n"
                       "array: {block_sum: 1}";
    const struct as_config *cfg = parse(text, "dataflow=streaming");

    cr_assert_eq(cfg->hw.rows, 6); /* weights stay in both: the same unroll, the same line buffer */
    cr_assert_eq(cfg->hw.cols, 5);
    cr_assert_eq(cfg->hw.line_words, 32);
    cr_assert_eq(cfg->hw.block_sum, 0);
    cfg = parse(text, "dataflow=systolic-os"); /* psums stay: its own unroll */
    cr_assert_eq(cfg->hw.unroll[AS_LOOP_P], 4);
    cr_assert_eq(cfg->hw.unroll[AS_LOOP_C], 1);
    cr_assert_eq(cfg->hw.line_words, 0);
    cfg = parse(text, "dataflow=pipeline");
    cr_assert_eq(cfg->hw.block_sum, 1);
    cfg = parse("dataflow: custom\nmovement: {ifmap: broadcast, weight: stationary, psum: tree}",
                "dataflow=systolic-ws");
    cr_assert(cfg->hw.x_forwarded && cfg->hw.psum_forwarded);
}

Test(config, the_line_buffer_is_the_presets_where_taps_are_unrolled)
{
    cr_assert_eq(parse("dataflow: streaming\nunroll: {S: 3, K: 4}", NULL)->hw.line_words, 64);
    cr_assert_eq(parse("dataflow: streaming\nunroll: {C: 3, K: 4}", NULL)->hw.line_words, 0);
    cr_assert_eq(
        parse("dataflow: streaming\nunroll: {S: 3, K: 4}", "buffers.line=0")->hw.line_words, 0);
    cr_assert_eq(
        parse("dataflow: systolic-ws\nunroll: {S: 3, K: 4}", "buffers.line=8")->hw.line_words, 8);
    struct as_config cfg = *parse("dataflow: streaming\nunroll: {S: 3, K: 4}", NULL);
    cfg.hw.unroll_given[AS_LOOP_S] =
        0; /* a caller that goes on from here gets no line buffer without taps */
    cr_assert_eq(as_config_check(&cfg, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(cfg.hw.line_words, 0);
}

/* ---- mapping ---- */

Test(config, later_rules_of_a_mapping_win_field_by_field)
{
    const struct as_config *cfg =
        parse("tile: {P: 9, K: 8}\norder: [P, Q, K, C]\n"
              "mapping:\n"
              "  - {kind: CONV_2D, tile: {P: 5, C: 64}, order: [K, P, Q, C]}\n"
              "  - {layer: 3, tile: {P: 7}, order: auto}\n"
              "  - {layer: 4, tile: auto, order: [C, K, Q, P]}\n",
              NULL);
    struct as_layer_wish wish = as_mapping_wish_of(&cfg->map, 3, AS_OP_CONV_2D);

    cr_assert_eq(cfg->map.rule_count, 3);
    cr_assert_eq(wish.tile[AS_DIM_P], 7);
    cr_assert_eq(wish.tile[AS_DIM_C], 64);
    cr_assert_eq(wish.tile[AS_DIM_K], 8);
    cr_assert_eq(wish.tile[AS_DIM_Q], 0);
    cr_assert_eq(wish.order_count, 0);
    wish = as_mapping_wish_of(&cfg->map, 0, AS_OP_CONV_2D);
    cr_assert_eq(wish.tile[AS_DIM_P], 5);
    cr_assert_eq(wish.order[0], AS_DIM_K);
    wish = as_mapping_wish_of(&cfg->map, 0, AS_OP_SOFTMAX);
    cr_assert_eq(wish.tile[AS_DIM_P], 9);
    cr_assert_eq(wish.order_count, 4);
    cr_assert_eq(wish.order[0], AS_DIM_P);
    wish = as_mapping_wish_of(&cfg->map, 4, AS_OP_SOFTMAX);
    cr_assert_eq(wish.tile[AS_DIM_P] + wish.tile[AS_DIM_K], 0);
    cr_assert_eq(wish.order[0], AS_DIM_C);
}

Test(config, a_goal_weighs_cycles_and_bytes)
{
    const struct as_config *cfg = parse("name: x", NULL);

    cr_assert_eq(cfg->map.all.goal_cycles, 1000);
    cr_assert_eq(cfg->map.all.goal_bytes, 0);
    cfg = parse("goal: bytes", NULL);
    cr_assert_eq(cfg->map.all.goal_cycles, 0);
    cr_assert_eq(cfg->map.all.goal_bytes, 1000);
    cfg = parse("goal: {cycles: 2, bytes: 0.125}", NULL);
    cr_assert_eq(cfg->map.all.goal_cycles, 2000);
    cr_assert_eq(cfg->map.all.goal_bytes, 125);
    cfg = parse("goal: {bytes: 3}", NULL);
    cr_assert_eq(cfg->map.all.goal_cycles, 0);
    cfg = parse("goal: cycles", "goal.bytes=0.5"); /* an override adds to the file's */
    cr_assert_eq(cfg->map.all.goal_cycles, 1000);
    cr_assert_eq(cfg->map.all.goal_bytes, 500);
    cr_assert_eq(parse("goal: cycles", "goal=bytes")->map.all.goal_cycles, 0);
    cr_assert_eq(parse("goal: cycles", "goal.bytes=1000")->map.all.goal_bytes, 1000000);
}

/* ---- overrides ---- */

Test(config, an_override_replaces_what_the_file_says)
{
    const char *text = "unroll: {C: 8, K: 2}\ntile: {P: 5}\norder: [P, Q, K, C]";

    cr_assert_eq(parse(text, "unroll.C=3")->hw.rows, 3);
    cr_assert_eq(parse(text, "unroll.C=3")->hw.cols, 2);
    cr_assert_eq(parse(text, "tile=auto")->map.all.tile[AS_DIM_P], 0);
    cr_assert_eq(parse(text, "tile.P=7")->map.all.tile[AS_DIM_P], 7);
    cr_assert_eq(parse(text, "tile.P=auto")->map.all.tile[AS_DIM_P], 0);
    cr_assert_eq(parse(text, "order=auto")->map.all.order_count, 0);
    cr_assert_eq(parse(text, "order=K,P,Q,C")->map.all.order[0], AS_DIM_K);
    cr_assert_eq(parse(text, "order=[Q, P, K, C]")->map.all.order[0], AS_DIM_Q);
    cr_assert_str_eq(parse(text, "dataflow=systolic-ws")->dataflow, "systolic-ws");
    cr_assert_str_eq(parse(text, "name=y")->name, "y");
}

Test(config, the_last_of_two_overrides_wins)
{
    const char *const overrides[] = {"unroll.C=3", "unroll.C=5"};
    struct as_config *cfg;

    cr_assert_eq(as_config_parse(arena, "t", "name: x", 7, overrides, 2, &cfg, &diag), AS_OK);
    cr_assert_eq(cfg->hw.rows, 5);
}

Test(config, a_refused_override_is_named)
{
    expect_refusal("unroll.X=3",
                   "--set unroll.X=3: unknown key \"unroll.X\"; expected one of K, C, P, Q, R, S");
    expect_refusal("unrol.C=3", "--set unrol.C=3: unknown key \"unrol\"; did you mean \"unroll\"?");
    expect_refusal("unroll.C=65", "--set unroll.C=65: unroll.C is 65, expected 0..64 PEs");
    expect_refusal(
        "unroll=4",
        "--set unroll=4: unroll is 4, expected a mapping with the keys K, C, P, Q, R, S");
    expect_refusal("unroll.C", "--set unroll.C: expected key=value");
    expect_refusal("=4", "--set =4: expected key=value");
    expect_refusal("unroll.C=", "--set unroll.C=: unroll.C is empty, expected a whole number, "
                                "0..64 PEs");
    expect_refusal("mapping=x", "--set mapping=x: mapping is a list of rules, which only a file "
                                "can hold");
    expect_refusal(
        "dataflow=custom",
        "--set dataflow=custom: movement.ifmap is preset, expected forwarded, broadcast "
        "or stationary: dataflow custom says all three movements\n"
        "--set dataflow=custom: movement.weight is preset, expected stationary, forwarded "
        "or broadcast: dataflow custom says all three movements\n"
        "--set dataflow=custom: movement.psum is preset, expected forwarded, tree or "
        "stationary: dataflow custom says all three movements");
    expect_refusal("memory.width=48", "--set memory.width=48: memory.width is 48, expected a power "
                                      "of two, 32..128 bits (near it: 32, 64)");
}

/* ---- files and names ---- */

Test(config, an_unknown_accelerator_names_the_nearest_board)
{
    struct as_config *cfg;

    cr_assert_eq(as_config_load(arena, "icebraker", NULL, 0, &cfg, &diag), AS_ERR_IO);
    cr_assert_str_eq(diag.text,
                     "icebraker: no such file and no such board; did you mean \"icebreaker\"?");
    as_diag_init(&diag);
    cr_assert_eq(as_config_load(arena, "no/such.yaml", NULL, 0, &cfg, &diag), AS_ERR_IO);
    cr_assert_str_eq(diag.text, "no/such.yaml: No such file or directory");
    as_diag_init(&diag);
    cr_assert_eq(as_config_load(arena, "./boards", NULL, 0, &cfg, &diag), AS_ERR_IO);
    cr_assert_str_eq(diag.text, "./boards: Is a directory");
}

Test(config, a_number_is_decimal_or_hexadecimal)
{
    struct as_config *cfg;

    cr_assert_eq(parse_with("memory: {bytes: 0x20000}", NULL, &cfg), AS_OK, "%s", diag.text);
    cr_assert_eq(cfg->hw.mem_bytes, 0x20000);
    cr_assert_eq(parse_with("name: x", "memory.bytes=0x10000", &cfg), AS_OK, "%s", diag.text);
    cr_assert_eq(cfg->hw.mem_bytes, 0x10000);
    cr_assert_neq(parse_with("memory: {bytes: 0xffffffffffffffffff}", NULL, &cfg), AS_OK);
    cr_assert_not_null(strstr(diag.text, "expected 4096..16777216 bytes"), "%s", diag.text);
    for (const char *const *text = (const char *const[]){"0x", "0xg", "-0x10", "0b1", "010", NULL};
         *text; text++) {
        cr_assert_neq(parse_with(as_arena_printf(arena, "memory: {bytes: %s}", *text), NULL, &cfg),
                      AS_OK);
        cr_assert_not_null(strstr(diag.text, "expected a whole number, "), "%s", diag.text);
    }
}

Test(config, dataflow_names_are_the_table)
{
    int count;
    const char *const *names = as_dataflow_names(&count);

    cr_assert_geq(count, 1);
    for (int i = 0; i < count; i++)
        cr_assert_str_eq(as_dataflow_find(names[i])->name, names[i]);
    cr_assert_null(as_dataflow_find("nothing"));
}

Test(config, a_dataflow_that_is_near_to_none_is_told_all)
{
    struct as_config *cfg;
    int count;
    const char *const *names = as_dataflow_names(&count);

    cr_assert_eq(parse_with("dataflow: ws", NULL, &cfg), AS_ERR_PARSE);
    cr_assert_not_null(strstr(diag.text, "dataflow is ws, expected "), "%s", diag.text);
    for (int i = 0; i < count; i++)
        cr_assert_not_null(strstr(diag.text, names[i]), "%s", diag.text);
    cr_assert_not_null(strstr(diag.text, " or custom"), "%s", diag.text);
}

Test(config, the_parameter_table_has_every_key_once)
{
    char *text = NULL;
    size_t length = 0;

    for (int markdown = 0; markdown < 2; markdown++) {
        FILE *memory = open_memstream(&text, &length);
        as_config_print_params(memory, markdown);
        fclose(memory);
        const char *table = as_arena_printf(arena, "\n%s", text);
        for (int i = 0; i < AS_PARAM_COUNT; i++) {
            const char *key =
                as_arena_printf(arena, markdown ? "\n| `%s` |" : "\n  %s ", as_params[i].key);
            const char *found = strstr(table, key);
            cr_assert_not_null(found, "%s", key);
            cr_assert_null(strstr(found + 1, key), "%s twice", key);
            cr_assert_eq(as_param_find(as_params[i].key), &as_params[i]);
        }
        free(text);
    }
}

/* ---- mistakes ---- */

static char *read_text(const char *path)
{
    char *text = as_arena_alloc(arena, AS_DIAG_TEXT_MAX + 1);
    FILE *file = fopen(path, "rb");

    cr_assert_not_null(file, "%s is missing", path);
    size_t bytes = fread(text, 1, AS_DIAG_TEXT_MAX, file);
    fclose(file);
    if (bytes > 0 && text[bytes - 1] == '\n')
        text[bytes - 1] = '\0';
    return text;
}

Test(config_errors, each_mistake_gets_its_exact_message)
{
    glob_t files;

    cr_assert_eq(glob("tests/errors/bad_*.yaml", 0, NULL, &files), 0);
    cr_assert_geq(files.gl_pathc, 15);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        const char *path = files.gl_pathv[i];
        const char *expected =
            read_text(as_arena_printf(arena, "%.*s.err", (int)strlen(path) - 5, path));
        struct as_config *cfg = NULL;

        as_diag_init(&diag);
        cr_expect_neq(as_config_load(arena, path, NULL, 0, &cfg, &diag), AS_OK, "%s accepted",
                      path);
        cr_expect_str_eq(diag.text, expected, "%s\n got: %s\nwant: %s", path, diag.text, expected);
        cr_expect_null(cfg);
    }
    globfree(&files);
}

Test(config_errors, size_and_count_are_bounded)
{
    struct as_config *cfg;
    char *text = as_arena_alloc(arena, 2 * AS_YAML_BYTES_MAX);

    memset(text, '#', AS_YAML_BYTES_MAX + 1);
    memcpy(text, "name: x #", 9);
    cr_assert_eq(as_config_parse(arena, "t", text, AS_YAML_BYTES_MAX, NULL, 0, &cfg, &diag), AS_OK,
                 "%s", diag.text);
    cr_assert_eq(as_config_parse(arena, "t", text, AS_YAML_BYTES_MAX + 1, NULL, 0, &cfg, &diag),
                 AS_ERR_RANGE);
    cr_assert_str_eq(diag.text, "t: larger than 65536 bytes");
    as_diag_init(&diag);
    strcpy(text, "order: [");
    for (int i = 0; i < AS_YAML_NODES_MAX + 1; i++)
        strcat(text, "P, ");
    strcat(text, "C]");
    cr_assert_eq(as_config_parse(arena, "t", text, strlen(text), NULL, 0, &cfg, &diag),
                 AS_ERR_PARSE);
    cr_assert_not_null(strstr(diag.text, "more than 4096 values"));
}

Test(config, the_document_shows_every_parameter_as_it_is_declared)
{
    char *table = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&table, &bytes);
    as_config_print_params(out, true);
    fclose(out);
    FILE *in = fopen("docs/configuration.md", "r");
    cr_assert_not_null(in);
    static char document[65536];
    document[fread(document, 1, sizeof document - 1, in)] = '\0';
    fclose(in);
    cr_assert(strstr(document, table) != NULL,
              "the table of docs/configuration.md is not that of `list parameters --markdown`:\n%s",
              table);
    free(table);
}
