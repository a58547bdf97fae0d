/* Laws of progress: short work says nothing, long work says what it does, and the line goes. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/progress.h"

static int ends[2]; /* of a pipe: to read, to write */
static char text[4096];

static void setup(void)
{
    cr_assert_eq(pipe(ends), 0);
    cr_assert_neq(fcntl(ends[0], F_SETFL, O_NONBLOCK), -1);
}

TestSuite(progress, .init = setup, .timeout = 20);

static void show(bool rewrite, double first, double next)
{
    as_progress_on_view(&(struct as_progress_view){ends[1], rewrite, first, next});
}

/* What was shown since the last call. */
static const char *shown(void)
{
    ssize_t bytes = read(ends[0], text, sizeof text - 1);

    text[bytes > 0 ? bytes : 0] = '\0';
    return text;
}

/* Waits until something is shown. */
static const char *wait_for_text(void)
{
    while (!*shown())
        usleep(5000);
    return text;
}

Test(progress, nothing_is_shown_unless_it_was_asked_for)
{
    as_progress("working");
    as_progress_done();
    cr_assert_str_eq(shown(), "");
}

Test(progress, short_work_says_nothing)
{
    show(false, 60, 60);
    as_progress("working");
    usleep(20000);
    as_progress_done();
    cr_assert_str_eq(shown(), "");
}

Test(progress, long_work_says_what_it_does_line_by_line)
{
    show(false, 0.02, 60);
    as_progress("mapping layer %d of %d", 1, 9);
    as_progress("mapping layer %d of %d", 2, 9);
    cr_assert_str_eq(wait_for_text(), "arraysmith: mapping layer 2 of 9 (0 s)\n");
    usleep(50000); /* the next is due in a minute */
    cr_assert_str_eq(shown(), "");
    as_progress_done();
    cr_assert_str_eq(shown(), "");
    as_progress("running"); /* other work counts from its own start */
    cr_assert_str_eq(wait_for_text(), "arraysmith: running (0 s)\n");
}

Test(progress, a_terminal_has_one_line_that_goes)
{
    show(true, 0.01, 0.01);
    as_progress("mapping");
    cr_assert_str_eq(strncmp(wait_for_text(), "\r\033[Kmapping (0 s)", 17) == 0 ? "" : text, "");
    as_progress_done();
    shown();
    size_t length = strlen(text);
    cr_assert_geq(length, 4u);
    cr_assert_str_eq(text + length - 4, "\r\033[K");
    usleep(50000);
    cr_assert_str_eq(shown(), "");
}
