/* Laws of the options of `run`: one that is given is done or refused with status 2, on every
 * engine. Runs build/arraysmith (or $ARRAYSMITH) from the root of the repository. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "sim/engines/engine.h"
#include "sim/report/report.h"
#include "tests/unit/helpers/tool_run.h"

static char scratch[] = "/tmp/test_run_options-XXXXXX";

static void setup(void)
{
    cr_assert_not_null(mkdtemp(scratch));
}

static void teardown(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf %s %s.asprog", scratch, scratch);
    cr_assert_eq(system(command), 0);
}

TestSuite(run_options, .init = setup, .fini = teardown, .timeout = 300);

/* `arraysmith run ARGUMENTS` where $D is the scratch folder, emptied. */
static const char *command_of(const char *arguments)
{
    static char command[8192];

    snprintf(command, sizeof command, "D=%s; rm -f $D/*; $T run %s", scratch, arguments);
    return command;
}

static int run(const char *arguments)
{
    return tool_run(command_of(arguments));
}

static void expect(const char *arguments, int status, const char *says)
{
    tool_expect(command_of(arguments), status, says);
}

/* Every option, and how to see that it was done. */
static const struct {
    const char *name, *arguments;
    unsigned needs;
    const char *shell; /* true afterwards when it was done; NULL: the output differs */
} options[] = {
    {"--input", "--input models/digits/inputs/003.bin", AS_OPTION_DATA, NULL},
    {"--output", "--output $D/out", AS_OPTION_DATA, "[ $(wc -c <$D/out) = 10 ]"},
    {"--image-range", "--input tests/images/photo.png --image-range 0:2", AS_OPTION_DATA, NULL},
    {"--golden", "--golden models/digits/golden/000.bin", AS_OPTION_DATA, NULL},
    {"--dataflow", "--dataflow systolic-os", AS_OPTION_DATAFLOW, NULL},
    {"--stall-percent", "--stall-percent 30", AS_OPTION_STALL, NULL},
    {"--stall-seed", "--stall-percent 30 --stall-seed 9", AS_OPTION_STALL, NULL},
    {"--wave", "--wave $D/wave.vcd", AS_OPTION_WAVE,
     "grep -q '^#40000$' $D/wave.vcd && [ -s $D/wave.gtkw ]"},
    {"--wave FST", "--wave $D/wave.fst", AS_OPTION_WAVE | AS_OPTION_FST, "[ -s $D/wave.fst ]"},
    {"--wave-window", "--wave $D/wave.vcd --wave-window 10:11", AS_OPTION_WAVE,
     "[ \"$(grep ^# $D/wave.vcd | tr -d '\\n')\" = '#20#21#22#23' ]"},
    {"--trace", "--trace $D/t.pftrace", AS_OPTION_TRACE, "[ -s $D/t.pftrace ]"},
    {"--save-program", "--save-program $D.asprog", AS_OPTION_PROGRAM, "[ -s $D.asprog ]"},
    {"--program", "--program $D.asprog", AS_OPTION_PROGRAM, "[ -s $D.asprog ]"},
    {"--json", "--json $D/r.json", 0, "[ -s $D/r.json ]"},
    {"--csv", "--csv $D/r.csv", 0, "grep -q ^[^,]*,,.total.,133584, $D/r.csv"},
    {"--accel", "--accel icebreaker", 0, NULL},
    {"--set", "--accel icebreaker --set memory.latency=3", 0, NULL},
    {"--set wrong", "--accel icebreaker --set memory.latenzy=3", 0, NULL},
};

/* The RTL takes a minute to build; tests/unit/sim/cosim/test_session.c and
 * tests/systemc/platform.sh run what it honours.  The platform is there after `make systemc`. */
static bool is_quick(const struct as_engine *engine)
{
    if (strcmp(engine->name, "systemc") == 0)
        return access("build/systemc/platform", X_OK) == 0;
    return !strstr(engine->name, "rtl") && strcmp(engine->name, "lockstep") != 0;
}

static void walk(const struct as_engine *engine)
{
    static char plain[sizeof tool_output];
    char arguments[512];
    const char *accel = engine->needs_accelerator ? "--accel icebreaker" : "";

    if (is_quick(engine)) {
        snprintf(arguments, sizeof arguments, "digits %s --engine %s | grep -v 'CPU s'", accel,
                 engine->name);
        run(arguments);
        memcpy(plain, tool_output, sizeof plain);
    }
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        bool honoured = (options[i].needs & ~engine->honours) == 0;
        bool has_accel = strncmp(options[i].arguments, "--accel", 7) == 0;
        if (honoured && (!is_quick(engine) || (has_accel && engine->needs_accelerator)))
            continue;
        snprintf(arguments, sizeof arguments,
                 "digits %s --engine %s %s >$D/t; s=$?; grep -v 'CPU s' $D/t; %s%s exit $s", accel,
                 engine->name, options[i].arguments,
                 options[i].shell && honoured ? options[i].shell : "true", " || s=99;");
        int status = run(arguments);
        if (!honoured) {
            cr_assert_eq(status, 2, "%s on %s: %d\n%s", options[i].name, engine->name, status,
                         tool_output);
            cr_assert_not_null(strstr(tool_output, "has no effect on engine"), "%s", tool_output);
            continue;
        }
        bool wrong = strstr(options[i].name, "wrong") != NULL;
        cr_assert_eq(status, wrong ? 1 : 0, "%s on %s: %d\n%s", options[i].name, engine->name,
                     status, tool_output);
        if (!options[i].shell)
            cr_assert_str_neq(tool_output, plain, "%s on %s changes nothing", options[i].name,
                              engine->name);
    }
}

Test(run_options, each_is_done_or_refused_on_every_engine)
{
    int count;
    const struct as_engine *const *engines = as_engines(&count);

    for (int i = 0; i < count; i++)
        walk(engines[i]);
}

Test(run_options, the_help_names_every_engine_and_format)
{
    int count;
    const struct as_engine *const *engines = as_engines(&count);
    const struct as_report_format *const *formats;

    cr_assert_eq(run("--help"), 0);
    for (int i = 0; i < count; i++)
        cr_assert_not_null(strstr(tool_output, engines[i]->name), "%s", engines[i]->name);
    formats = as_report_formats(&count);
    for (int i = 0; i < count; i++)
        cr_assert_not_null(strstr(tool_output, formats[i]->help), "%s", formats[i]->name);
}

/* A saved program runs in the place of a mapping, and only where it belongs. */
Test(run_options, a_saved_program_is_read_again)
{
    expect("digits --accel icebreaker --save-program $D.asprog", 0, "equal to the reference");
    expect("digits --accel icebreaker --program $D.asprog", 0, "equal to the reference");
    expect("digits --accel icebreaker --set memory.latency=3 --program $D.asprog", 0,
           "equal to the reference");
    expect("digits --accel icebreaker --set unroll.K=8 --program $D.asprog", 1,
           ".asprog: built for unroll.K 4, the accelerator's is 8");
    expect("digits --accel icebreaker --program $D/none", 1, "none: No such file");
    expect("digits --accel icebreaker --program models/digits/inputs/000.bin", 1,
           "000.bin: not a program");
    expect("digits --accel icebreaker --dataflow all --program $D.asprog", 2,
           "--program is one file");
    expect("digits --accel icebreaker --dataflow all --save-program $D/p", 2,
           "--save-program is one file");
    expect("digits --accel icebreaker --program $D.asprog --save-program $D/q", 2,
           "--save-program would write what --program reads");
    expect("digits --accel icebreaker --save-program /nowhere/p", 1, "/nowhere/p: cannot");
}

Test(run_options, what_has_no_effect_is_refused)
{
    expect("digits --engine reference --set unroll.K=8", 2,
           "--set unroll.K=8 changes no accelerator");
    expect("digits --engine reference --set unrol.K=8", 2, "--accel ACCEL");
    expect("digits --set unroll.K=8", 2, "no accelerator given");
    expect("digits --accel icebreaker --stall-seed 3", 2, "without --stall-percent");
    expect("digits --accel icebreaker --stall-percent 9 --stall-seed 18446744073709551616", 2,
           "expected 0..18446744073709551615");
    expect("digits --accel icebreaker --stall-percent 9 --stall-seed 18446744073709551615", 0, "");
    expect("digits --accel icebreaker --image-range 0:1", 2, "no effect without an image");
    expect("digits --accel icebreaker --input a.png --image-range 1:0", 2,
           "numbers with LOW < HIGH");
    expect("digits --accel icebreaker --input a.png --image-range 1", 2, "expected LOW:HIGH");
    expect("digits --accel icebreaker --json $D/a --json $D/b", 2, "--json is given twice");
    expect("digits --accel icebreaker --accel example", 2, "--accel is given twice");
    expect("digits --accel icebreaker --engine rtl --engine model", 2, "--engine is given twice");
    expect("digits --accel icebreaker --engine lockstep --dataflow all --wave $D/w.vcd", 2,
           "--dataflow all are several runs");
    expect("digits --accel icebreaker --dataflow all --trace $D/t", 2, "--trace is one file");
}

/* Cycles of the waveform: digits takes 99,980. */
Test(run_options, a_window_is_told_its_bounds)
{
#define WAVE "digits --accel icebreaker --wave $D/w.vcd --wave-window "
    expect("digits --accel icebreaker --wave $D/w", 2, "expected FILE.vcd or FILE.fst");
    expect("digits --accel icebreaker --wave-window 1:2", 2, "no effect without --wave");
    expect(WAVE "5", 2, "--wave-window is \"5\", expected FROM:TO, FROM: or :TO");
    expect(WAVE ":", 2, "expected FROM:TO, FROM: or :TO");
    expect(WAVE "5:4", 2, "--wave-window is \"5:4\", expected FROM <= TO");
    expect(WAVE "-5:4", 2, "FROM of --wave-window is \"-5\", expected 0..4611686018427387903");
    expect(WAVE "5:4611686018427387904", 2, "TO of --wave-window is");
    expect(WAVE "99980:", 1, "begins with cycle 99980, expected 0..99979");
    expect(WAVE "99979: && grep -c ^# $D/w.vcd", 0, "cycles 99979..99979; cycle n at time 2n");
    expect(WAVE ":3 && grep -c ^# $D/w.vcd", 0, "cycles 0..3; cycle n at time 2n");
    expect(WAVE "99978:200000", 0, "cycles 99978..99979, where the run ends before 200000;");
#undef WAVE
}

Test(run_options, a_dataflow_counts_behind_as_many_sets_as_there_may_be)
{
    char arguments[4096] = "digits --accel icebreaker --dataflow systolic-os";

    for (int i = 0; i < AS_CLI_SETS_MAX; i++)
        strcat(arguments, " --set memory.latency=2");
    expect(arguments, 0, "systolic-os, ");
    strcat(arguments, " --set memory.latency=2");
    expect(arguments, 2, "more than 64 --set");
}

Test(run_options, all_dataflows_are_compared_and_written_like_one)
{
    expect("digits --accel icebreaker --dataflow all --golden models/digits/golden/000.bin "
           "--output $D/out && cmp $D/out models/digits/golden/000.bin",
           0, "golden  6 of 6 outputs equal");
    expect("digits --accel icebreaker --dataflow all --golden models/digits/golden/001.bin "
           "--json $D/r.json; s=$?; grep -c golden_wrong.*1 $D/r.json; exit $s",
           1, "golden  0 of 6 outputs equal");
    cr_assert_not_null(strstr(tool_output, "the golden file has"), "%s", tool_output);
    expect("digits --accel icebreaker --dataflow all --set memory.bytes=4096", 1,
           "no dataflow runs digits");
}

Test(run_options, the_reference_writes_a_report_of_macs)
{
    expect("digits --engine reference --json $D/r.json && cat $D/r.json", 0,
           "\"totals\": {\n    \"macs\": 133584\n  }");
    expect("digits --engine reference --accel icebreaker --json $D/r.json && cat $D/r.json", 0,
           "\"accelerator\": {");
    cr_assert_not_null(strstr(tool_output, "accel   icebreaker-4x4: a legal description"), "%s",
                       tool_output);
}

Test(run_options, a_path_that_cannot_be_written_is_told_before_the_run)
{
    expect("digits --accel icebreaker --json /nowhere/r", 1, "/nowhere/r: cannot be written");
    cr_assert_null(strstr(tool_output, "layer"), "%s", tool_output);
    expect("digits --accel icebreaker --trace /nowhere/t", 1, "/nowhere/t: cannot be written");
    expect("digits --accel icebreaker --output /nowhere/o", 1, "/nowhere/o: cannot be written");
    expect("digits --accel icebreaker --engine rtl --wave /nowhere/w.fst", 1,
           "/nowhere/w.fst: cannot");
}
