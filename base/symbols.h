/* Names and their values, as a template uses them: numbers, texts, lists of numbers. */
#ifndef AS_BASE_SYMBOLS_H
#define AS_BASE_SYMBOLS_H

#include "base/arena.h"

enum as_symbol_kind { AS_SYMBOL_INT, AS_SYMBOL_TEXT, AS_SYMBOL_RANGE };

struct as_symbol {
    const char *name;
    enum as_symbol_kind kind;
    long long value;  /* int; first number of a range */
    int count;        /* numbers of a range */
    const char *text; /* text */
    struct as_symbol *next;
};

struct as_symbols {
    struct as_arena *arena;
    struct as_symbol *first;
    int count;
};

/* Setting a name again replaces its value. */
struct as_symbols *as_symbols_new(struct as_arena *arena);
void as_symbols_set_int(struct as_symbols *symbols, const char *name, long long value);
void as_symbols_set_text(struct as_symbols *symbols, const char *name, const char *value);
/* The list first, first+1, ... of `count` numbers. */
void as_symbols_set_range(struct as_symbols *symbols, const char *name, int first, int count);

/* NULL: there is none of that name. */
struct as_symbol *as_symbols_find(const struct as_symbols *symbols, const char *name);

#endif
