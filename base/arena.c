#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct block {
    struct block *next;
    max_align_t data[];
};

struct as_arena {
    struct block *blocks;
};

static void (*exhausted)(void) = abort;

void as_arena_on_exhaustion(void (*handler)(void))
{
    exhausted = handler;
}

static void *must(void *p)
{
    if (!p)
        exhausted();
    return p;
}

struct as_arena *as_arena_new(void)
{
    return must(calloc(1, sizeof(struct as_arena)));
}

void as_arena_free(struct as_arena *arena)
{
    if (!arena)
        return;
    while (arena->blocks) {
        struct block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
    free(arena);
}

void *as_arena_alloc(struct as_arena *arena, size_t bytes)
{
    struct block *b = must(calloc(1, sizeof *b + bytes));
    b->next = arena->blocks;
    arena->blocks = b;
    return b->data;
}

char *as_arena_strdup(struct as_arena *arena, const char *text)
{
    size_t n = strlen(text) + 1;
    return memcpy(as_arena_alloc(arena, n), text, n);
}

char *as_arena_printf(struct as_arena *arena, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    char *text = as_arena_alloc(arena, (size_t)n + 1);
    va_start(args, fmt);
    vsnprintf(text, (size_t)n + 1, fmt, args);
    va_end(args);
    return text;
}
