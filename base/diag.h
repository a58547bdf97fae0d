/* Diagnostics: how every part of arraysmith says that an input was refused.
 *
 * Bad input is a returned status plus one message in a diagnostic that the caller owns.
 * A programming mistake is an assert.  Only the command line prints and exits. */
#ifndef AS_BASE_DIAG_H
#define AS_BASE_DIAG_H

#include <stddef.h>

enum as_status {
    AS_OK = 0,
    AS_ERR_IO,          /* a file could not be read or written */
    AS_ERR_PARSE,       /* malformed input */
    AS_ERR_RANGE,       /* a value outside its bound */
    AS_ERR_UNSUPPORTED, /* well formed, and nothing here executes it */
    AS_ERR_NOFIT,       /* legal, but a memory or buffer is too small */
    AS_ERR_MISMATCH,    /* two realisations disagree */
    AS_ERR_TOOL         /* an external program failed */
};

#define AS_DIAG_TEXT_MAX 8192

struct as_diag {
    char text[AS_DIAG_TEXT_MAX]; /* newline-separated messages, NUL-terminated, cut when full */
    size_t length;               /* bytes used in text */
    int count;                   /* messages reported */
};

void as_diag_init(struct as_diag *diag);

/* Appends one message (no trailing newline in `fmt`) and returns `status`. */
enum as_status as_fail(struct as_diag *diag, enum as_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#define AS_TRY(call)                                                                               \
    do {                                                                                           \
        enum as_status as_try_st = (call);                                                         \
        if (as_try_st != AS_OK)                                                                    \
            return as_try_st;                                                                      \
    } while (0)

#endif
