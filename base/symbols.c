#include "base/symbols.h"

#include <string.h>

struct as_symbols *as_symbols_new(struct as_arena *arena)
{
    struct as_symbols *symbols = AS_NEW(arena, struct as_symbols, 1);

    symbols->arena = arena;
    return symbols;
}

struct as_symbol *as_symbols_find(const struct as_symbols *symbols, const char *name)
{
    struct as_symbol *symbol = symbols->first;

    while (symbol && strcmp(symbol->name, name) != 0)
        symbol = symbol->next;
    return symbol;
}

static struct as_symbol *set_symbol(struct as_symbols *symbols, const char *name,
                                    enum as_symbol_kind kind)
{
    struct as_symbol *symbol = as_symbols_find(symbols, name);

    if (!symbol) {
        symbol = AS_NEW(symbols->arena, struct as_symbol, 1);
        symbol->name = as_arena_strdup(symbols->arena, name);
        symbol->next = symbols->first;
        symbols->first = symbol;
        symbols->count++;
    }
    symbol->kind = kind;
    return symbol;
}

void as_symbols_set_int(struct as_symbols *symbols, const char *name, long long value)
{
    set_symbol(symbols, name, AS_SYMBOL_INT)->value = value;
}

void as_symbols_set_text(struct as_symbols *symbols, const char *name, const char *value)
{
    set_symbol(symbols, name, AS_SYMBOL_TEXT)->text = as_arena_strdup(symbols->arena, value);
}

void as_symbols_set_range(struct as_symbols *symbols, const char *name, int first, int count)
{
    struct as_symbol *symbol = set_symbol(symbols, name, AS_SYMBOL_RANGE);

    symbol->value = first;
    symbol->count = count > 0 ? count : 0;
}
