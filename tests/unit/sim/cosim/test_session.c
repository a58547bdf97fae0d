/* Laws of a disagreement: a fault in the Verilog is found in its first cycle, named, placed in the
 * program and recorded.  Runs build/arraysmith (or $ARRAYSMITH) from the root of the repository, on
 * a copy of the templates with one fault. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char home[] = "/tmp/test_lockstep-XXXXXX";
static char output[65536];

static void shell(const char *command)
{
    cr_assert_eq(system(command), 0, "%s", command);
}

/* A home whose system.v.tpl differs by that edit of sed. */
static void make_home(const char *edit)
{
    char command[1024];

    cr_assert_not_null(mkdtemp(home));
    snprintf(command, sizeof command,
             "ln -s \"$PWD\"/boards \"$PWD\"/models \"$PWD\"/sim %s && cp -r rtl_templates %s && "
             "sed -i '%s' %s/rtl_templates/system.v.tpl && "
             "! cmp -s rtl_templates/system.v.tpl %s/rtl_templates/system.v.tpl",
             home, home, edit, home, home);
    shell(command);
}

static void remove_home(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf %s", home);
    shell(command);
}

TestSuite(lockstep, .fini = remove_home, .timeout = 300);

static int run(const char *arguments)
{
    char command[1024];
    const char *tool = getenv("ARRAYSMITH");

    snprintf(command, sizeof command, "ARRAYSMITH_HOME=%s %s run digits --accel icebreaker %s 2>&1",
             home, tool ? tool : "build/arraysmith", arguments);
    FILE *pipe = popen(command, "r");
    cr_assert_not_null(pipe);
    output[fread(output, 1, sizeof output - 1, pipe)] = '\0';
    int status = pclose(pipe);
    cr_assert(WIFEXITED(status), "%s", command);
    return WEXITSTATUS(status);
}

static void expect_says(const char *text)
{
    cr_assert_not_null(strstr(output, text), "no \"%s\" in\n%s", text, output);
}

Test(lockstep, a_fault_is_named_placed_and_recorded)
{
    char arguments[192], wave[128], check[256];
    struct stat status;

    make_home("s/\\.req_wdata_i(mem_wdata)/.req_wdata_i(mem_wdata ^ busy_o)/");
    snprintf(wave, sizeof wave, "%s/fault.fst", home);
    snprintf(arguments, sizeof arguments, "--engine lockstep --wave %s", wave);
    cr_assert_eq(run(arguments), 1, "%s", output);
    expect_says("model and RTL disagree in cycle ");
    expect_says("memory_req_wdata[0]");
    expect_says("place     inference 1, its cycle ");
    expect_says("0 of 13 layers written");
    expect_says("compute   layer 0 CONV_2D, job 0 of ");
    expect_says("again     arraysmith run digits --accel icebreaker --engine lockstep");
    expect_says(wave);
    cr_assert_eq(stat(wave, &status), 0, "%s", wave);
    cr_assert_gt(status.st_size, 1000);
    /* and in a VCD, where the RTL has the model beside it: 200 cycles before, 50 after */
    snprintf(wave, sizeof wave, "%s/fault.vcd", home);
    snprintf(arguments, sizeof arguments, "--engine lockstep --wave %s", wave);
    cr_assert_eq(run(arguments), 1, "%s", output);
    snprintf(check, sizeof check,
             "cd %s && grep -q 'module model' fault.vcd && grep -q 'module rtl' fault.vcd && "
             "[ $(grep -c ^# fault.vcd) = 502 ]",
             home);
    shell(check);
}

Test(lockstep, verilog_that_no_tool_accepts_is_an_error_with_its_log)
{
    make_home("s/^  core u_core (/  core u_core ((/");
    cr_assert_eq(run("--engine rtl"), 1, "%s", output);
    expect_says("building the simulation of the RTL failed; the end of ");
    expect_says("system.v:");
}

Test(lockstep, a_run_that_agrees_leaves_the_waveform_that_was_asked_for)
{
    static const char *const engines[] = {"rtl", "lockstep"};
    char arguments[192], wave[128];
    struct stat status;

    make_home("s/^module system/module system /");
    for (int i = 0; i < 2; i++) {
        snprintf(wave, sizeof wave, "%s/%s.fst", home, engines[i]);
        snprintf(arguments, sizeof arguments, "--stall-percent 5 --engine %s --wave %s", engines[i],
                 wave);
        cr_assert_eq(run(arguments), 0, "%s", output);
        expect_says(wave);
        cr_assert_eq(stat(wave, &status), 0, "%s", wave);
        cr_assert_gt(status.st_size, 100000);
    }
}
