#include "tests/unit/helpers/tool_run.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

char tool_output[1 << 17];

int tool_run(const char *command)
{
    static char full[16384];
    const char *tool = getenv("ARRAYSMITH");

    snprintf(full, sizeof full, "exec 2>&1; T=%s; %s", tool ? tool : "build/arraysmith", command);
    FILE *pipe = popen(full, "r");
    cr_assert_not_null(pipe);
    tool_output[fread(tool_output, 1, sizeof tool_output - 1, pipe)] = '\0';
    int status = pclose(pipe);
    cr_assert(WIFEXITED(status), "%s crashed", full);
    return WEXITSTATUS(status);
}

void tool_expect(const char *command, int status, const char *says)
{
    int got = tool_run(command);

    cr_assert_eq(got, status, "%s: exit status %d, expected %d\n%s", command, got, status,
                 tool_output);
    cr_assert_not_null(strstr(tool_output, says), "%s: no \"%s\" in\n%s", command, says,
                       tool_output);
}
