/* One arena owns the memory of a run's configuration, network and plan, and is released whole. */
#ifndef AS_BASE_ARENA_H
#define AS_BASE_ARENA_H

#include <stddef.h>

struct as_arena;

struct as_arena *as_arena_new(void);
void as_arena_free(struct as_arena *arena);

/* What is called when the machine is out of memory; it must not return.  Without one the program
 * aborts.  Only the command line installs one. */
void as_arena_on_exhaustion(void (*handler)(void));

/* `bytes` zeroed bytes aligned for any type; calls the handler when the machine has no more.
 * Callers bound what an input may ask for before they call. */
void *as_arena_alloc(struct as_arena *arena, size_t bytes);
char *as_arena_strdup(struct as_arena *arena, const char *text);
char *as_arena_printf(struct as_arena *arena, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#define AS_NEW(arena, type, count) ((type *)as_arena_alloc((arena), sizeof(type) * (size_t)(count)))

#endif
