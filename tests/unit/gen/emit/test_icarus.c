/* Does the generated Verilog also run in a second simulator?  A whole inference of the digits
 * model, host link included, in Icarus: every pin of the system equals the cycle model's in every
 * cycle. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dataflows/build.h"
#include "gen/emit/emit.h"
#include "gen/program/program.h"
#include "models/import/importers.h"
#include "sim/cosim/dut.h"
#include "sim/host/link_driver.h"
#include "cli/run_inputs.h"

#define DIR "build/icarus"

struct recorder {
    struct as_dut device;
    FILE *vectors;
    long cycles;
    bool tx_full;
    uint8_t tx;
    int rx; /* the byte received, -1: none */
};

static void cycle(struct recorder *r, bool rst)
{
    struct as_pins_in in = {
        .rst = rst, .rx_valid = r->tx_full, .rx_data = r->tx, .tx_ready = r->rx < 0};
    struct as_pins_out out;
    r->device.eval(r->device.self, &in, &out);
    uint32_t v = (uint32_t)(in.rst << 23 | in.stall << 22 | in.rx_valid << 21 | in.rx_data << 13 |
                            in.tx_ready << 12 | out.rx_ready << 11 | out.tx_valid << 10 |
                            out.tx_data << 2 | out.busy << 1 | out.layer_done);
    fprintf(r->vectors, "%06x\n", v);
    if (!rst && in.rx_valid && out.rx_ready)
        r->tx_full = false;
    if (!rst && out.tx_valid && in.tx_ready)
        r->rx = out.tx_data;
    r->device.tick(r->device.self);
    r->cycles++;
}

static bool send(void *context, uint8_t byte)
{
    struct recorder *r = context;
    if (r->tx_full)
        return false;
    r->tx = byte;
    r->tx_full = true;
    return true;
}

static int receive(void *context)
{
    struct recorder *r = context;
    int byte = r->rx;
    r->rx = -1;
    return byte;
}

static void wait_cycle(void *context)
{
    cycle(context, false);
}

Test(icarus, a_whole_inference_equals_the_model_in_every_cycle, .timeout = 600)
{
    struct as_arena *arena = as_arena_new();
    struct as_diag diag;
    as_diag_init(&diag);
    struct as_config *cfg;
    struct as_network *net;
    struct as_program *program;
    const int8_t *input, *golden;
    cr_assert_eq(as_config_load(arena, "icebreaker", NULL, 0, &cfg, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(as_model_open(arena, "digits", &net, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(as_program_build(arena, cfg, net, &program, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(as_read_tensor(arena, "models/digits/inputs/003.bin", program->input.bytes,
                                "input", &input, &diag),
                 AS_OK);
    cr_assert_eq(as_read_tensor(arena, "models/digits/golden/003.bin", program->output.bytes,
                                "golden output", &golden, &diag),
                 AS_OK);

    mkdir("build", 0777);
    mkdir(DIR, 0777);
    struct as_emit_set *set = AS_NEW(arena, struct as_emit_set, 1);
    cr_assert_eq(as_emit_rtl(arena, cfg, "system", set, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(as_emit_write(arena, set, DIR "/rtl", &diag), AS_OK, "%s", diag.text);
    struct recorder r = {.rx = -1, .vectors = fopen(DIR "/vectors.hex", "w")};
    cr_assert(r.vectors);
    as_dut_model(&r.device, arena, cfg);
    for (int i = 0; i < 4; i++)
        cycle(&r, true);

    struct as_link link;
    as_link_init(
        &link,
        &(struct as_link_port){.context = &r, .send = send, .poll = receive, .wait = wait_cycle},
        &(struct as_link_timing){.answer_units = 200000, .quiet_units = 100, .attempts = 1});
    int8_t output[64];
    cr_assert_leq(program->output.bytes, sizeof output);
    cr_assert_eq(as_link_write(&link, 0, program->image, program->image_bytes, &diag), AS_OK, "%s",
                 diag.text);
    cr_assert_eq(as_link_write(&link, program->input.port[0].address, (const uint8_t *)input,
                               program->input.bytes, &diag),
                 AS_OK);
    cr_assert_eq(
        as_link_start(&link, program->stream[0], program->stream[1], program->stream[2], &diag),
        AS_OK);
    cr_assert_eq(as_link_wait_idle(&link, 100000, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(as_link_read(&link, program->output.port[0].address, (uint8_t *)output,
                              program->output.bytes, &diag),
                 AS_OK);
    cr_assert_arr_eq(output, golden, program->output.bytes);
    fclose(r.vectors);

    char command[512];
    snprintf(command, sizeof command,
             "cd " DIR " && iverilog -g2005 -Wall -s tb -DSYSTEM=%s -Ptb.VECTORS=%ld -o tb.vvp "
             "../../tests/icarus/tb.v rtl/*.v > build.log 2>&1 && vvp tb.vvp > run.log 2>&1",
             as_emit_module(arena, cfg, "system"), r.cycles);
    cr_assert_eq(system(command), 0, "see " DIR "/build.log");
    char want[64], got[256] = "";
    snprintf(want, sizeof want, "%ld cycles equal\n", r.cycles);
    FILE *log = fopen(DIR "/run.log", "r");
    cr_assert(log);
    for (char line[256]; fgets(line, sizeof line, log);)
        strcpy(got, line);
    fclose(log);
    cr_assert_str_eq(got, want);
    as_arena_free(arena);
}

Test(icarus, ice40_primitives_equal_their_behavioural_twins, .timeout = 120)
{
    mkdir("build", 0777);
    mkdir(DIR, 0777);
    const char *command = "tests/icarus/ice40.sh rtl_templates " DIR;
    cr_assert_eq(system(command), 0, "see " DIR "/ice40.log");
}
