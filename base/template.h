/* Templates: text in which directives ride in comments.  A template substitutes, repeats and
 * chooses; every number is computed by the caller and given a name.
 *
 *     //# a line that is dropped
 *     //% for x in list           once for each number of the list, @{x} is the number
 *     //% if name                 also: if !name, if name == value, if name != value
 *     //% else
 *     //% end
 *     wire [@{width}-1:0] lane@{x};
 *
 * A name is true unless it is 0, the empty text or an empty list.  A value on the right of == or !=
 * is compared as text and may hold @{name}.  A loop variable hides nothing: its name must be free.
 */
#ifndef AS_BASE_TEMPLATE_H
#define AS_BASE_TEMPLATE_H

#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/symbols.h"

#define AS_TEMPLATE_DEPTH_MAX 16

/* Renders `bytes` bytes of `text` to `out`; `label` names the template in messages
 * ("label:line:column: ...").  Nothing is written unless the whole template renders. */
enum as_status as_template_render(struct as_arena *arena, const char *label, const char *text,
                                  size_t bytes, const struct as_symbols *symbols, FILE *out,
                                  struct as_diag *diag);

/* The same for the file at `path`. */
enum as_status as_template_render_file(struct as_arena *arena, const char *path,
                                       const struct as_symbols *symbols, FILE *out,
                                       struct as_diag *diag);

#endif
