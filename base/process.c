#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_BYTES_MAX 512

/* ---- finding ---- */

static bool is_program(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

const char *as_process_find(struct as_arena *arena, const char *name)
{
    const char *path = getenv("PATH");
    char *folders = as_arena_strdup(arena, path ? path : "");
    char *rest = folders;

    if (strchr(name, '/'))
        return is_program(name) ? name : NULL;
    for (char *folder; (folder = strsep(&rest, ":")) != NULL;) {
        const char *file = as_arena_printf(arena, "%s/%s", *folder ? folder : ".", name);
        if (is_program(file))
            return file;
    }
    return NULL;
}

/* ---- the groups that run ---- */

static volatile pid_t running[AS_PROCESSES_MAX]; /* 0: free; a signal handler reads it */

static const int ends[] = {SIGINT, SIGTERM, SIGHUP};

#define END_COUNT (sizeof ends / sizeof ends[0])

/* Ends every group and then this program, as it would have ended. */
static void end_all(int number)
{
    for (int i = 0; i < AS_PROCESSES_MAX; i++)
        if (running[i] > 0)
            kill(-running[i], SIGKILL);
    signal(number, SIG_DFL);
    raise(number);
}

/* Takes over the signals that end a program, but for those that are ignored or handled already. */
static void watch_signals(void)
{
    static bool watched;

    for (size_t i = 0; !watched && i < END_COUNT; i++) {
        struct sigaction old;
        if (sigaction(ends[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL) {
            struct sigaction action = {.sa_handler = end_all};
            sigaction(ends[i], &action, NULL);
        }
    }
    watched = true;
}

static int find_running(pid_t process)
{
    int i = 0;

    while (i < AS_PROCESSES_MAX && running[i] != process)
        i++;
    return i;
}

/* ---- one of them ---- */

static void become(const char *const *argv, const char *dir, int log, unsigned limit_seconds,
                   pid_t parent, const sigset_t *mask)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

    for (size_t i = 0; i < END_COUNT; i++)
        signal(ends[i], SIG_DFL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    setpgid(0, 0);
    dup2(nothing, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    alarm(limit_seconds);             /* survives exec */
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* and so does this */
    if (getppid() != parent)
        _exit(127);
    if (chdir(dir) == 0)
        execv(argv[0], (char *const *)argv);
    dprintf(STDERR_FILENO, "ERROR: %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

pid_t as_process_start(const char *const *argv, const char *dir, const char *log,
                       unsigned limit_seconds)
{
    int slot = find_running(0);
    pid_t parent = getpid();
    sigset_t all, mask;

    if (slot == AS_PROCESSES_MAX) {
        errno = EAGAIN;
        return -1;
    }
    int file = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0)
        return -1;
    watch_signals();
    sigfillset(&all); /* a signal between fork and note would miss the child */
    sigprocmask(SIG_BLOCK, &all, &mask);
    pid_t child = fork();
    if (child == 0)
        become(argv, dir, file, limit_seconds, parent, &mask);
    if (child > 0) {
        setpgid(child, child); /* whichever of both comes first */
        running[slot] = child;
    }
    sigprocmask(SIG_SETMASK, &mask, NULL);
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
    int slot = child > 0 ? find_running(child) : AS_PROCESSES_MAX;
    if (slot < AS_PROCESSES_MAX) {
        kill(-child, SIGKILL); /* what it started and left behind */
        running[slot] = 0;
    }
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
