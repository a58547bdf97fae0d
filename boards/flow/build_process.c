#include "boards/flow/build.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_BYTES_MAX 512

pid_t as_process_start(const char *const *argv, const char *dir, const char *log,
                       unsigned limit_seconds)
{
    int file = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    if (file < 0)
        return -1;
    pid_t child = fork();
    if (child == 0) {
        dup2(file, STDOUT_FILENO);
        dup2(file, STDERR_FILENO);
        alarm(limit_seconds);             /* survives exec */
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* and it does not outlive us */
        if (chdir(dir) == 0)
            execv(argv[0], (char *const *)argv);
        dprintf(STDERR_FILENO, "ERROR: %s: %s\n", argv[0], strerror(errno));
        _exit(127);
    }
    close(file);
    return child;
}

pid_t as_process_wait(int *exit_status)
{
    int status;
    pid_t child;

    do {
        child = wait(&status);
    } while (child < 0 && errno == EINTR);
    *exit_status = child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return child;
}

const char *as_process_complaint(struct as_arena *arena, const char *log)
{
    char line[LINE_BYTES_MAX], last[LINE_BYTES_MAX] = "", error[LINE_BYTES_MAX] = "";
    FILE *in = fopen(log, "r");

    if (!in)
        return "";
    while (fgets(line, sizeof line, in)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '\0')
            continue;
        memcpy(last, line, sizeof last);
        if (strstr(line, "ERROR"))
            memcpy(error, line, sizeof error);
    }
    fclose(in);
    return as_arena_strdup(arena, error[0] ? error : last);
}
