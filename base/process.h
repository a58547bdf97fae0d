/* Other programs, found and started: several at once, their output in files, none of which outlives
 * it.
 */
#ifndef AS_BASE_PROCESS_H
#define AS_BASE_PROCESS_H

#include <sys/types.h>

#include "base/arena.h"

#define AS_PROCESSES_MAX 256 /* at a time */

/* The program of that name in the folders of PATH, or `name` itself where it has a slash; a folder
 * of that name does not hide it.  NULL: none. */
const char *as_process_find(struct as_arena *arena, const char *name);

/* Starts argv[0] in folder `dir` with its output in the file `log` and nothing to read; after
 * `limit_seconds` the system ends it.  Returns its process, or -1 with errno.
 *
 * It leads a process group, which ends as a whole: with the program itself, or when this one is
 * ended by SIGINT, SIGTERM or SIGHUP; after SIGKILL the program alone ends. */
pid_t as_process_start(const char *const *argv, const char *dir, const char *log,
                       unsigned limit_seconds);

/* Waits for any process of as_process_start; -1 when there is none.  The exit status is -1 for one
 * that did not exit by itself. */
pid_t as_process_wait(int *exit_status);

/* The last line with "ERROR" of the file `log`, else its last line; "" for none. */
const char *as_process_complaint(struct as_arena *arena, const char *log);

#endif
