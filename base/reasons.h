/* Several reasons why something is refused, told together: the same one of several members is told
 * once for all of them. */
#ifndef AS_BASE_REASONS_H
#define AS_BASE_REASONS_H

#include "base/arena.h"
#include "base/diag.h"

/* Opaque; arena-owned with all that is in it. */
struct as_reasons;

struct as_reasons *as_reasons_new(struct as_arena *arena);

/* Adds a reason of member `index`, a `noun` ("operator") called `name` ("ADD"; "": it has none);
 * `more` follows the index where there is room: " 'sum'".  Reasons of the same noun, name and text
 * are one.  A `noun` of "" is about the whole, and has no members. */
void as_reasons_add(struct as_reasons *reasons, enum as_status status, const char *noun,
                    const char *name, int index, const char *more, const char *text);

/* Puts them into the diagnostic; the status of the first, AS_OK when there are none.
 *   one      "PREFIXoperator 3 ADD 'sum': text"
 *   several  "WHO cannot run: 2 reasons", then a line each, "  ADD (operators 3 'sum', 7): text",
 *            of which the first sixteen are told */
enum as_status as_reasons_tell(const struct as_reasons *reasons, const char *prefix,
                               const char *who, struct as_diag *diag);

#endif
