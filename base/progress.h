/* What long work is doing, on standard error: nothing for work of less than a second; then one
 * line, rewritten in place on a terminal, else repeated every ten seconds. */
#ifndef AS_BASE_PROGRESS_H
#define AS_BASE_PROGRESS_H

#include <stdbool.h>

/* How it is shown; as_progress_on() has the times of the comment above. */
struct as_progress_view {
    int fd;
    bool rewrite;                       /* the line, in place: a terminal */
    double first_seconds, next_seconds; /* until the first line, between lines */
};

/* From here on as_progress() shows.  Only the command line calls this: without it, as in tests and
 * in other programs, as_progress() does nothing. */
void as_progress_on(void);
void as_progress_on_view(const struct as_progress_view *view);

/* Says what is being done now, e.g. "mapping layer 3 of 31".  Cheap: a thread of its own shows it
 * when it is time, together with the seconds since the first call after as_progress_done(). */
void as_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The work is done: takes the line from a terminal.  Before anything else is printed. */
void as_progress_done(void);

#endif
