#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>

void as_diag_init(struct as_diag *diag)
{
    diag->text[0] = '\0';
    diag->length = 0;
    diag->count = 0;
}

enum as_status as_fail(struct as_diag *diag, enum as_status status, const char *fmt, ...)
{
    size_t room = sizeof diag->text - diag->length;
    va_list args;

    diag->count++;
    if (diag->length > 0 && room > 1) {
        diag->text[diag->length++] = '\n';
        diag->text[diag->length] = '\0';
        room--;
    }
    va_start(args, fmt);
    int n = vsnprintf(diag->text + diag->length, room, fmt, args);
    va_end(args);
    if (n > 0)
        diag->length += (size_t)n < room ? (size_t)n : room - 1;
    return status;
}
