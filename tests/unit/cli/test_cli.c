/* Laws of the command line: exit status, messages that name the mistake, and a report that adds up.
 */
#include <criterion/criterion.h>
#include "gen/config/dataflow.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/helpers/tool_run.h"

static char scratch[] = "/tmp/test_cli-XXXXXX";

static void setup(void)
{
    cr_assert_not_null(mkdtemp(scratch));
}

static void teardown(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf %s", scratch);
    cr_assert_eq(system(command), 0);
}

TestSuite(cli, .init = setup, .fini = teardown, .timeout = 60);

/* `arraysmith ARGUMENTS`; %s in `arguments` is the scratch folder. */
static void expect(const char *arguments, int status, const char *says)
{
    char full[1024], command[2048];

    snprintf(full, sizeof full, arguments, scratch, scratch, scratch);
    snprintf(command, sizeof command, "$T %s", full);
    tool_expect(command, status, says);
}

static void write_bytes(const char *name, size_t bytes)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", scratch, name);
    FILE *out = fopen(path, "wb");
    cr_assert_not_null(out);
    for (size_t i = 0; i < bytes; i++)
        fputc(0, out);
    fclose(out);
}

/* ---- usage: 2 ---- */

Test(cli, usage_errors_exit_with_2)
{
    expect("", 2, "no verb given");
    expect("gen icebreaker -o x --input x", 2, "--input is of a network");
    expect("rum digits", 2, "did you mean \"run\"?");
    expect("--frobnicate", 2, "unrecognized option");
    expect("gen", 2, "no ACCEL given");
    expect("list models --fit 3x5", 2, "--fit goes with the list of dataflows, not with models");
    expect("list dataflows --fit 3", 2, "--fit is 3, expected RxC");
    expect("list dataflows --fit 3x65", 2, "rows and columns of 1..64 PEs");
    expect("list dataflows --fit 3x5x", 2, "--fit is 3x5x");
    expect("gen icebreaker", 2, "-o DIR");
    expect("gen icebreaker other -o %s/x", 2, "\"other\" is too much");
    expect("list", 2, "which list?");
    expect("list colours", 2, "no list and no model \"colours\"");
    expect("list dataflow", 2, "did you mean \"dataflows\"?");
    expect("list models boards", 2, "\"boards\" is too much");
    expect("list models --markdown", 2, "--markdown goes with the list of parameters");
    expect("run --accel icebreaker", 2, "no MODEL given");
    expect("run digits", 2, "no accelerator given");
    expect("run digits --accel icebreaker --engine lokstep", 2, "did you mean \"lockstep\"?");
    expect("run digits --accel icebreaker --wrong", 2, "unrecognized option");
    expect("run digits --accel icebreaker --stall-percent 100", 2, "expected 0..99");
}

Test(cli, help_teaches_and_exits_with_0)
{
    expect("--help", 0, "Examples:");
    expect("gen --help", 0, "unroll.C");
    expect("run --help", 0, "lockstep");
    expect("list --help", 0, "dataflows");
    expect("--version", 0, "arraysmith ");
}

/* ---- refused input: 1 ---- */

Test(cli, refused_input_exits_with_1)
{
    write_bytes("short.bin", 255);
    write_bytes("long.bin", 257);
    expect("run digitz --accel icebreaker", 1, "built-in models: digits");
    expect("run %s/none.tflite --accel icebreaker", 1, "none.tflite: No such file");
    expect("run digits --accel icebraker", 1, "icebreaker");
    expect("run digits --accel icebreaker --input %s/none.bin", 1, "none.bin: No such file");
    expect("run digits --accel icebreaker --input %s/short.bin", 1,
           "short.bin: the file has 255 bytes, the input of the network 256");
    expect("run digits --accel icebreaker --input %s/long.bin", 1,
           "long.bin: the file has 257 bytes, the input of the network 256");
    expect("run digits --accel icebreaker --set unroll.C=65", 1, "expected 0..64");
    expect("run digits --accel icebreaker --set unrol.C=4", 1, "did you mean \"unroll\"?");
    expect("gen icebreaker -o /nowhere/at/all", 1, "/nowhere/at/all");
    expect("run digits --accel icebreaker --json /nowhere/x.json", 1, "/nowhere/x.json");
}

Test(cli, a_wrong_golden_file_exits_with_1)
{
    write_bytes("wrong.bin", 10);
    expect("run digits --engine reference --golden %s/wrong.bin --golden %s/wrong.bin", 1,
           "--golden gives the outputs of 2 inferences, --input the inputs of 1");
    expect("run digits --accel icebreaker --golden %s/wrong.bin", 1, "the golden file has 0");
    expect("run digits --engine reference --golden %s/wrong.bin", 1, "the golden file has 0");
}

Test(cli, a_shape_that_is_none_is_told_key_and_bound)
{
    expect("run conv:H=0 --accel icebreaker", 1, "H=0, expected H=1..65536");
    expect("run conv:X=3 --accel icebreaker", 1, "\"X=3\", expected one of N, H, W");
    expect("run conv:C=6,K=4,group=4 --accel icebreaker", 1, "expected a divisor of C 6 and K 4");
    expect("run fc:H=2 --accel icebreaker", 1, "fc has N, C and K only");
}

/* two_inputs has an int8 input of 48 values and one of 6, and 3 outputs */
#define TWO "run tests/golden/cases/two_inputs.tflite --engine reference "

Test(cli, several_inputs_are_one_file_or_one_each)
{
    expect("run digits --engine reference --input=y=%s/y", 1, "y=");
    expect("run digits --engine reference --input=x=models/digits/inputs/003.bin --golden "
           "models/digits/golden/003.bin",
           0, "golden  1 of 1 outputs equal");
    expect(TWO
           "--golden tests/golden/cases/two_inputs.gold --input tests/golden/cases/two_inputs.in",
           0, "golden  1 of 1 outputs equal");
    write_bytes("short.bin", 7);
    expect(TWO "--input %s/short.bin", 1, "a file of all, one after the other, or 2 files");
}

#define STREAM     "tests/golden/cases/stream.tflite"
#define STREAM_IN  "tests/golden/cases/stream.in"
#define STREAM_OUT "tests/golden/cases/stream.gold"

Test(cli, inferences_of_a_network_with_state_are_frames_of_a_sequence)
{
    expect("run " STREAM " --engine reference --input " STREAM_IN " --golden " STREAM_OUT, 0,
           "golden  50 of 50 outputs equal");
    expect("run " STREAM " --accel icebreaker --input " STREAM_IN " --golden " STREAM_OUT, 0,
           "state   2 variables of 72 bytes; 50 inferences since the initial values");
    expect("run " STREAM " --accel icebreaker --input " STREAM_IN " --reset-state 7", 0,
           "; 1 inference since the initial values");
    expect("run " STREAM " --engine reference --input " STREAM_IN
           " --reset-state 7 --golden " STREAM_OUT,
           1, "output 8");
    expect("run digits --engine reference --reset-state 2", 1, "digits has no variables");
    expect("run digits --engine reference --reset-state 0", 2, "expected 1..");
    expect("gen icebreaker --model " STREAM " --input " STREAM_IN " -o %s/none", 1,
           "the inputs of 50 inferences, expected 1..1");
    expect("list " STREAM, 0, "state      2 variables of 72 bytes: 1 CALL_ONCE");
}

/* ---- arrays and images ---- */

#define DIGITS "run digits --engine reference "

Test(cli, an_array_is_an_input_an_output_and_a_golden_file)
{
    expect(DIGITS "--input models/digits/inputs/003.bin --output %s/o.npy", 0, "CONV_2D");
    expect(DIGITS "--input models/digits/inputs/003.bin --golden %s/o.npy", 0,
           "golden  1 of 1 outputs equal");
    expect(DIGITS "--input models/digits/inputs/004.bin --golden %s/o.npy", 1,
           "golden  0 of 1 outputs equal");
    expect(DIGITS "--input %s/o.npy", 1,
           "/o.npy: an array of shape 1x10, input 'x' is of shape 1x16x16x1; dimensions of 1 may "
           "differ, and one of several inferences may stand in front");
    expect("run tests/golden/cases/float_in_out.tflite --engine reference --output %s/f.npy", 0,
           "DEQUANTIZE");
    expect(DIGITS "--golden %s/f.npy", 1,
           "/f.npy: values of float32 ('<f4'), output 'Identity' is of int8 ('|i1'); of a real "
           "number x the value is round(x / 0.00390625) + -128");
    expect(DIGITS "--input models/digits/inputs/003.bin --input models/digits/inputs/004.bin "
                  "--output %s/two.npy",
           0, "CONV_2D");
    expect(DIGITS "--golden %s/two.npy", 1,
           "--golden gives the outputs of 2 inferences, --input the inputs of 1");
    expect(DIGITS "--input models/digits/inputs/003.bin --input models/digits/inputs/004.bin "
                  "--golden %s/two.npy",
           0, "golden  2 of 2 outputs equal");
    write_bytes("zeros.npy", 100);
    expect(DIGITS "--input %s/zeros.npy", 1, "no .npy");
    expect(DIGITS "--input %s/none.npy", 1, "none.npy: No such file");
    expect(DIGITS "--input %s", 1, "Is a directory");
    expect("run net.tflite --engine reference --output %s/o.npy", 1, "net.tflite: No such file");
}

Test(cli, an_array_is_one_input_of_several)
{
    expect(TWO "--output %s/o.npy", 0, "CONCATENATION");
    expect(TWO "--input t1=%s/o.npy --input tests/golden/cases/two_inputs.in", 1,
           "an array of shape 1x3, input 't1' is of shape 1x5");
}

Test(cli, an_image_is_an_input_and_what_was_done_is_told)
{
    expect(DIGITS "--input tests/images/photo.png", 0,
           "tests/images/photo.png 32x24 -> 16x16, bilinear; int8 is the pixel - 128, which is "
           "0..1\n");
    expect(DIGITS "--input x=tests/images/photo.jpg --image-range -1:1", 0,
           "tests/images/photo.jpg 32x24 -> 16x16, bilinear; pixels 0..255 are -1..1, as int8\n");
    expect("gen icebreaker --model digits --input tests/images/photo.png -o %s/image", 0,
           "tests/images/photo.png 32x24 -> 16x16, bilinear");
    expect(DIGITS "--golden tests/images/photo.png", 1,
           "photo.png: an image, expected raw values or .npy for an output");
    expect("run fc:C=9,K=4 --engine reference --input tests/images/photo.png", 1,
           "is of shape 1x9; expected one of an image");
    write_bytes("zeros.jpeg", 100);
    expect(DIGITS "--input %s/zeros.jpeg", 1, "its bytes are neither of a PNG nor of a JPEG");
}

/* ---- done: 0 ---- */

Test(cli, a_layer_by_its_shape_runs)
{
    expect("run conv:H=9,W=7,C=6,K=5,R=3,S=2,stride=2 --accel icebreaker", 0,
           "1 of 1 layers' outputs are equal");
    expect("run depthwise:N=2,H=6,W=5,C=7,R=3,S=3 --accel icebreaker", 0, "1 of 1 layers' outputs");
    expect("run fc:N=3,C=20,K=11 --accel icebreaker", 0, "1 of 1 layers' outputs are equal");
}

Test(cli, lists_name_what_there_is)
{
    expect("list models", 0, "digits");
    expect("list dataflows", 0, "systolic-ws");
    expect("list dataflows", 0, "forwarded   forwarded   stationary  {K: 4, P: 4}");
    expect("list dataflows --fit 3x5", 0, "--set dataflow=systolic-os --set unroll.K=5");
    expect("list boards", 0, "icebreaker");
    expect("list layers", 0, "DEPTHWISE_CONV_2D");
    expect("list layers", 0, "BATCH_MATMUL");
    expect("list layers", 0,
           "operators of a .onnx file: QuantizeLinear, DequantizeLinear, Constant, Conv, Gemm");
    expect("list layers", 0, "CALL_ONCE, VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE");
    expect("list parameters", 0, "  memory.bytes ");
    expect("list parameters --markdown", 0, "| `memory.bytes` | 131072 | 4096..16777216 bytes |");
    expect("list digits", 0, "total      133584 MACs");
    expect("list conv:H=4,W=4,C=2,K=2", 0, "array: CONV_2D");
    expect("list no/such.tflite", 1, "no/such.tflite: No such file or directory");
    expect("list digits --markdown", 2, "not with a model");
    expect("list layers", 0, "STRIDED_COPY       TRANSPOSE, SLICE, STRIDED_SLICE, SPLIT, SPLIT_V");
}

Test(cli, gen_writes_the_accelerator)
{
    char path[256];

    expect("gen icebreaker -o %s/accel", 0, "4 x 4 PEs");
    snprintf(path, sizeof path, "%s/accel/icebreaker_4x4_system.v", scratch);
    cr_assert_eq(access(path, R_OK), 0);
    expect("gen icebreaker --model digits --input models/digits/golden/003.bin -o %s/none", 1,
           "the input of the network");
    snprintf(path, sizeof path, "%s/none", scratch);
    cr_assert_neq(access(path, F_OK), 0, "a folder was written before the refusal");
}

/* tests/folder.sh runs what is in such a folder. */
Test(cli, gen_with_a_network_writes_what_its_testbench_reads)
{
    static const char *const files[] = {"tb.v",         "Makefile",     "program.hex", "input.hex",
                                        "expected.hex", "counters.hex", "filelist.f"};
    char path[256];

    expect("gen icebreaker --model digits -o %s/accel", 0, "4 x 4 PEs");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/accel/%s", scratch, files[i]);
        cr_expect_eq(access(path, R_OK), 0, "%s", path);
    }
    expect("gen icebreaker -o %s/accel", 0, "4 x 4 PEs");
    snprintf(path, sizeof path, "%s/accel/program.hex", scratch);
    cr_expect_neq(access(path, F_OK), 0, "the network's files stay");
}

Test(cli, reference_and_model_reproduce_the_golden_outputs)
{
    expect("run digits --engine reference --input models/digits/inputs/003.bin "
           "--golden models/digits/golden/003.bin --output %s/out.bin",
           0, "golden  1 of 1 outputs equal");
    expect("run digits --accel icebreaker --input models/digits/inputs/003.bin "
           "--input models/digits/inputs/004.bin --golden models/digits/golden/003.bin "
           "--golden models/digits/golden/004.bin --output %s/out.bin",
           0, "golden  2 of 2 outputs equal");
}

static json_int_t integer(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    cr_assert(json_is_integer(value), "no integer \"%s\"", key);
    return json_integer_value(value);
}

/* Beats and stalls of a row are its cycles. */
static void expect_cycles_add_up(const json_t *row)
{
    json_int_t sum = integer(row, "array_beats") + integer(row, "lookup_beats");
    json_t *stalls = json_object_get(row, "stalls");
    const char *key;
    json_t *value;

    json_object_foreach(stalls, key, value) sum += json_integer_value(value);
    cr_assert_eq(sum, integer(row, "cycles"));
}

Test(cli, the_json_report_adds_up)
{
    char path[256];
    json_error_t error;
    json_int_t cycles = 0, macs = 0;

    expect("run digits --accel icebreaker --json %s/r.json", 0, "cycles");
    snprintf(path, sizeof path, "%s/r.json", scratch);
    json_t *root = json_load_file(path, 0, &error);
    cr_assert_not_null(root, "%s", error.text);
    const json_t *totals = json_object_get(root, "totals");
    const json_t *layers = json_object_get(root, "layers");
    for (size_t i = 0; i < json_array_size(layers); i++) {
        const json_t *layer = json_array_get(layers, i);
        expect_cycles_add_up(layer);
        cycles += integer(layer, "cycles");
        macs += integer(layer, "macs");
    }
    expect_cycles_add_up(totals);
    cr_assert_eq(cycles, integer(totals, "cycles"));
    cr_assert_eq(macs, integer(totals, "macs"));
    cr_assert_eq(macs, 133584);
    cr_assert_eq(integer(root, "layers_wrong"), 0);
    json_decref(root);
}

Test(cli, stalls_cost_cycles_and_change_no_result)
{
    expect("run digits --accel icebreaker --stall-percent 40 --stall-seed 3 "
           "--golden models/digits/golden/000.bin",
           0, "golden  1 of 1 outputs equal");
}

/* PEs of the accelerator of a report. */
static json_int_t pes_of(const json_t *report)
{
    static const char *const keys[] = {"unroll.K", "unroll.C", "unroll.P",
                                       "unroll.Q", "unroll.R", "unroll.S"};
    json_t *accelerator = json_object_get(report, "accelerator");
    json_int_t pes = 1;

    for (int i = 0; i < 6; i++)
        if (integer(accelerator, keys[i]) > 0)
            pes *= integer(accelerator, keys[i]);
    return pes;
}

Test(cli, every_preset_runs_beside_the_others_on_as_many_PEs)
{
    char path[256];
    int count;
    const char *const *names = as_dataflow_names(&count);

    expect("run digits --accel icebreaker --dataflow all --json %s/all.json", 0, "fastest ");
    snprintf(path, sizeof path, "%s/all.json", scratch);
    json_t *reports = json_load_file(path, 0, NULL);
    cr_assert_eq(json_array_size(reports), (size_t)count);
    for (int i = 0; i < count; i++) {
        const json_t *report = json_array_get(reports, (size_t)i);
        cr_assert_null(json_object_get(report, "refused"), "%s was refused", names[i]);
        cr_assert_str_eq(
            json_string_value(json_object_get(json_object_get(report, "accelerator"), "dataflow")),
            names[i]);
        cr_assert_eq(pes_of(report), 16, "%s has %d PEs", names[i], (int)pes_of(report));
        cr_assert_eq(integer(report, "layers_compared"), 13);
        cr_assert_eq(integer(report, "layers_wrong"), 0);
        expect_cycles_add_up(json_object_get(report, "totals"));
    }
    json_decref(reports);
}
