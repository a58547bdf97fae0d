#include "base/progress.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define TEXT_MAX 160

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool on, running; /* shown at all; the thread was started */
    struct as_progress_view view;
    bool busy;          /* between the first as_progress() and as_progress_done() */
    bool visible;       /* a line stands on the terminal */
    double start, next; /* of the work; of the next line */
    char text[TEXT_MAX];
} progress = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static double now_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now); /* the clock of pthread_cond_timedwait */
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Waits for a change, at most until `until`. */
static void wait_until(double until)
{
    struct timespec time = {.tv_sec = (time_t)until};

    time.tv_nsec = (long)((until - (double)time.tv_sec) * 1e9);
    pthread_cond_timedwait(&progress.changed, &progress.lock, &time);
}

static void show(double now)
{
    char line[TEXT_MAX + 64];
    int length = snprintf(line, sizeof line, "%s%s (%.0f s)%s",
                          progress.view.rewrite ? "\r\033[K" : "arraysmith: ", progress.text,
                          now - progress.start, progress.view.rewrite ? "" : "\n");

    progress.visible = write(progress.view.fd, line, (size_t)length) == length;
    progress.next = now + progress.view.next_seconds;
}

static void *watch(void *unused)
{
    pthread_mutex_lock(&progress.lock);
    for (;;) {
        if (!progress.busy) {
            pthread_cond_wait(&progress.changed, &progress.lock);
            continue;
        }
        double now = now_seconds();
        if (now >= progress.next)
            show(now);
        else
            wait_until(progress.next);
    }
    return unused;
}

void as_progress_on_view(const struct as_progress_view *view)
{
    progress.view = *view;
    progress.on = true;
}

void as_progress_on(void)
{
    bool terminal = isatty(STDERR_FILENO) != 0;

    as_progress_on_view(
        &(struct as_progress_view){STDERR_FILENO, terminal, 1, terminal ? 0.2 : 10});
}

/* The work begins; the thread is started with the first. */
static void begin(void)
{
    pthread_t thread;

    progress.busy = true;
    progress.start = now_seconds();
    progress.next = progress.start + progress.view.first_seconds;
    if (!progress.running)
        progress.running = pthread_create(&thread, NULL, watch, NULL) == 0;
    pthread_cond_signal(&progress.changed);
}

void as_progress(const char *fmt, ...)
{
    va_list args;

    if (!progress.on)
        return;
    pthread_mutex_lock(&progress.lock);
    va_start(args, fmt);
    vsnprintf(progress.text, sizeof progress.text, fmt, args);
    va_end(args);
    if (!progress.busy)
        begin();
    pthread_mutex_unlock(&progress.lock);
}

void as_progress_done(void)
{
    if (!progress.on)
        return;
    pthread_mutex_lock(&progress.lock);
    if (progress.view.rewrite && progress.visible && write(progress.view.fd, "\r\033[K", 4) != 4)
        progress.on = false; /* standard error is gone */
    progress.busy = false;
    progress.visible = false;
    pthread_mutex_unlock(&progress.lock);
}
