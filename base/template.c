#include "base/template.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define FILE_BYTES_MAX  (1 << 20)
#define NAME_MAX_LENGTH 63

/* ---- lines ---- */

enum line_kind { LINE_TEXT, LINE_DROP, LINE_FOR, LINE_IF, LINE_ELSE, LINE_END };

struct line {
    enum line_kind kind;
    const char *text; /* whole line with its newline */
    size_t bytes;
    int column;  /* of the directive's first word, from 1 */
    char *words; /* directive: what follows its keyword */
    int partner; /* for: its end; if: its else or end; else: its end; end: its for or if */
};

struct loop {
    const char *name;
    long long value, last;
};

struct render {
    struct as_arena *arena;
    const char *label;
    const struct as_symbols *symbols;
    struct as_diag *diag;
    struct line *lines;
    int line_count;
    struct loop loops[AS_TEMPLATE_DEPTH_MAX];
    int loop_count;
    FILE *out;
};

static enum as_status fail(const struct render *r, int line, int column, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Reports with place, the line and a caret; `line` counts from 0, `column` from 1. */
static enum as_status fail(const struct render *r, int line, int column, const char *fmt, ...)
{
    char message[256];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    const struct line *at = &r->lines[line];
    int shown = (int)(at->bytes < 200 ? at->bytes : 200);
    while (shown > 0 && (at->text[shown - 1] == '\n' || at->text[shown - 1] == '\r'))
        shown--;
    return as_fail(r->diag, AS_ERR_PARSE, "%s:%d:%d: %s\n  %.*s\n  %*s^", r->label, line + 1,
                   column, message, shown, at->text, column - 1, "");
}

/* ---- directives ---- */

static enum as_status read_directive(struct render *r, int number)
{
    static const struct {
        const char *word;
        enum line_kind kind;
    } directives[] = {{"for", LINE_FOR}, {"if", LINE_IF}, {"else", LINE_ELSE}, {"end", LINE_END}};
    struct line *line = &r->lines[number];
    size_t at = 0;

    while (at < line->bytes && (line->text[at] == ' ' || line->text[at] == '\t'))
        at++;
    if (line->bytes - at < 3 || line->text[at] != '/' || line->text[at + 1] != '/')
        return AS_OK;
    if (line->text[at + 2] == '#')
        line->kind = LINE_DROP;
    if (line->text[at + 2] != '%')
        return AS_OK;
    at += 3;
    while (at < line->bytes && line->text[at] == ' ')
        at++;
    char *words = as_arena_printf(r->arena, "%.*s", (int)(line->bytes - at), line->text + at);
    size_t end = strlen(words);
    while (end > 0 && isspace((unsigned char)words[end - 1]))
        words[--end] = '\0';
    size_t length = strcspn(words, " ");
    line->column = (int)at + 1;
    for (size_t i = 0; i < sizeof directives / sizeof directives[0]; i++) {
        if (length == strlen(directives[i].word) &&
            memcmp(words, directives[i].word, length) == 0) {
            line->kind = directives[i].kind;
            line->words = words + length + strspn(words + length, " ");
            if ((line->kind == LINE_ELSE || line->kind == LINE_END) && *line->words)
                return fail(r, number, line->column, "nothing follows %s", directives[i].word);
            return AS_OK;
        }
    }
    return fail(r, number, line->column, "unknown directive, expected for, if, else or end");
}

/* Pairs every for and if with its else and end. */
static enum as_status pair_directives(struct render *r)
{
    int open[AS_TEMPLATE_DEPTH_MAX];
    int depth = 0;

    for (int i = 0; i < r->line_count; i++) {
        struct line *line = &r->lines[i];
        if (line->kind == LINE_FOR || line->kind == LINE_IF) {
            if (depth == AS_TEMPLATE_DEPTH_MAX)
                return fail(r, i, line->column, "nested deeper than %d", AS_TEMPLATE_DEPTH_MAX);
            open[depth++] = i;
        } else if (line->kind == LINE_ELSE || line->kind == LINE_END) {
            bool is_else = line->kind == LINE_ELSE;
            if (depth == 0 || (is_else && r->lines[open[depth - 1]].kind != LINE_IF))
                return fail(r, i, line->column, "%s",
                            is_else ? "else without if" : "end without for or if");
            r->lines[open[depth - 1]].partner = i;
            line->partner = open[depth - 1];
            if (is_else)
                open[depth - 1] = i;
            else
                depth--;
        }
    }
    if (depth > 0)
        return fail(r, open[depth - 1], r->lines[open[depth - 1]].column, "no end for this");
    return AS_OK;
}

static enum as_status read_lines(struct render *r, const char *text, size_t bytes)
{
    const char *end = text + bytes;

    for (const char *c = text; c < end; c++)
        r->line_count += *c == '\n' || c + 1 == end;
    r->lines = AS_NEW(r->arena, struct line, r->line_count + 1);
    for (int i = 0; i < r->line_count; i++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *next = newline ? newline + 1 : end;
        r->lines[i].text = text;
        r->lines[i].bytes = (size_t)(next - text);
        text = next;
        AS_TRY(read_directive(r, i));
    }
    return pair_directives(r);
}

/* ---- values ---- */

static bool is_word(const char *text, size_t length)
{
    if (length == 0 || length > NAME_MAX_LENGTH || isdigit((unsigned char)text[0]))
        return false;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)text[i]) && text[i] != '_')
            return false;
    return true;
}

static enum as_status fail_unknown(const struct render *r, int line, int column, const char *name)
{
    const char **names = AS_NEW(r->arena, const char *, r->symbols->count + AS_TEMPLATE_DEPTH_MAX);
    int count = 0;

    for (const struct as_symbol *symbol = r->symbols->first; symbol; symbol = symbol->next)
        names[count++] = symbol->name;
    for (int i = 0; i < r->loop_count; i++)
        names[count++] = r->loops[i].name;
    const char *nearest = as_nearest(name, names, count);
    return fail(r, line, column, "unknown name \"%s\"%s%s%s", name,
                nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
}

/* The symbol or loop variable called text[0..length); *out is a copy. */
static enum as_status look_up(const struct render *r, int line, int column, const char *text,
                              size_t length, struct as_symbol *out)
{
    char name[NAME_MAX_LENGTH + 1];

    if (!is_word(text, length))
        return fail(r, line, column, "expected a name");
    memcpy(name, text, length);
    name[length] = '\0';
    for (int i = 0; i < r->loop_count; i++) {
        if (strcmp(r->loops[i].name, name) == 0) {
            *out = (struct as_symbol){.kind = AS_SYMBOL_INT, .value = r->loops[i].value};
            return AS_OK;
        }
    }
    const struct as_symbol *symbol = as_symbols_find(r->symbols, name);
    if (!symbol)
        return fail_unknown(r, line, column, name);
    *out = *symbol;
    return AS_OK;
}

/* Writes what follows the last value of a line, text[0..bytes).  A comment at its end starts in the
 * column where the template has it, `shift` columns before where it would be now, or two blanks
 * after what comes before it when that is longer. */
static void write_rest(const char *text, size_t bytes, long shift, FILE *out)
{
    const char *comment = memmem(text, bytes, " //", 3);
    size_t code = comment ? (size_t)(comment - text) : bytes;

    if (!comment || shift == 0) {
        fwrite(text, 1, bytes, out);
        return;
    }
    while (code > 0 && text[code - 1] == ' ')
        code--;
    long blanks = (long)((size_t)(comment - text) - code) + 1 - shift;
    fwrite(text, 1, code, out);
    fprintf(out, "%*s", (int)(blanks < 2 ? 2 : blanks), "");
    fwrite(comment + 1, 1, bytes - (size_t)(comment - text) - 1, out);
}

/* Writes text[0..bytes), a part of line `line` from `column` on, with its @{names} replaced. */
static enum as_status substitute(const struct render *r, int line, int column, const char *text,
                                 size_t bytes, FILE *out)
{
    const char *end = text + bytes;
    const char *from = text;
    long longer = 0; /* by how many columns the line has grown */

    for (const char *at = text; at < end;) {
        if (end - at < 2 || at[0] != '@' || at[1] != '{') {
            at++;
            continue;
        }
        int place = column + (int)(at - text);
        const char *close = memchr(at, '}', (size_t)(end - at));
        struct as_symbol symbol;
        if (!close)
            return fail(r, line, place, "@{ without }");
        AS_TRY(look_up(r, line, place, at + 2, (size_t)(close - at - 2), &symbol));
        fwrite(from, 1, (size_t)(at - from), out);
        if (symbol.kind == AS_SYMBOL_INT)
            longer += fprintf(out, "%lld", symbol.value);
        else if (symbol.kind == AS_SYMBOL_TEXT)
            longer += fprintf(out, "%s", symbol.text);
        else
            return fail(r, line, place, "\"%s\" is a list; a value is one number or text",
                        symbol.name);
        longer -= close + 1 - at;
        at = from = close + 1;
    }
    write_rest(from, (size_t)(end - from), longer, out);
    return AS_OK;
}

static bool is_true(const struct as_symbol *symbol)
{
    switch (symbol->kind) {
    case AS_SYMBOL_INT:
        return symbol->value != 0;
    case AS_SYMBOL_TEXT:
        return symbol->text[0] != '\0';
    default:
        return symbol->count > 0;
    }
}

/* Compares a symbol as text with the value of an `if`. */
static enum as_status compare(const struct render *r, int number, const struct as_symbol *symbol,
                              const char *value, bool *equal)
{
    char digits[32];
    char *expanded = NULL;
    size_t length = 0;
    const struct line *line = &r->lines[number];
    FILE *memory = open_memstream(&expanded, &length);

    if (!memory)
        return as_fail(r->diag, AS_ERR_IO, "%s: %s", r->label, strerror(errno));
    enum as_status status = substitute(r, number, line->column, value, strlen(value), memory);
    fclose(memory);
    if (status == AS_OK) {
        snprintf(digits, sizeof digits, "%lld", symbol->value);
        *equal = strcmp(symbol->kind == AS_SYMBOL_TEXT ? symbol->text : digits, expanded) == 0;
    }
    free(expanded);
    return status;
}

static enum as_status test_condition(const struct render *r, int number, bool *holds)
{
    const struct line *line = &r->lines[number];
    bool negate = line->words[0] == '!';
    const char *name = line->words + negate;
    size_t length = strcspn(name, " =!");
    const char *rest = name + length + strspn(name + length, " ");
    struct as_symbol symbol;

    AS_TRY(look_up(r, number, line->column, name, length, &symbol));
    if (*rest == '\0') {
        *holds = is_true(&symbol) != negate;
        return AS_OK;
    }
    if (negate || (rest[0] != '=' && rest[0] != '!') || rest[1] != '=' ||
        symbol.kind == AS_SYMBOL_RANGE)
        return fail(r, number, line->column,
                    "expected if NAME, if !NAME, if NAME == VALUE or if NAME != VALUE");
    const char *value = rest + 2 + strspn(rest + 2, " ");
    if (*value == '\0')
        return fail(r, number, line->column, "no value after %.2s", rest);
    AS_TRY(compare(r, number, &symbol, value, holds));
    *holds = *holds == (rest[0] == '=');
    return AS_OK;
}

/* ---- execution ---- */

/* Opens the loop of line *number, or skips it when its list is empty. */
static enum as_status enter_loop(struct render *r, int *number)
{
    const struct line *line = &r->lines[*number];
    char *name = as_arena_strdup(r->arena, line->words);
    size_t length = strcspn(name, " ");
    const char *list = name + length + strspn(name + length, " ");
    struct as_symbol symbol;

    if (!is_word(name, length) || strncmp(list, "in ", 3) != 0)
        return fail(r, *number, line->column, "expected for NAME in LIST");
    name[length] = '\0';
    list += 3 + strspn(list + 3, " ");
    AS_TRY(look_up(r, *number, line->column, list, strlen(list), &symbol));
    if (symbol.kind != AS_SYMBOL_RANGE)
        return fail(r, *number, line->column, "\"%s\" is not a list", list);
    bool taken = as_symbols_find(r->symbols, name) != NULL;
    for (int i = 0; i < r->loop_count && !taken; i++)
        taken = strcmp(r->loops[i].name, name) == 0;
    if (taken)
        return fail(r, *number, line->column, "\"%s\" has a value already", name);
    if (symbol.count == 0) {
        *number = line->partner;
        return AS_OK;
    }
    r->loops[r->loop_count++] = (struct loop){name, symbol.value, symbol.value + symbol.count - 1};
    return AS_OK;
}

static enum as_status run_lines(struct render *r)
{
    for (int i = 0; i < r->line_count; i++) {
        const struct line *line = &r->lines[i];
        bool holds = false;

        switch (line->kind) {
        case LINE_TEXT:
            AS_TRY(substitute(r, i, 1, line->text, line->bytes, r->out));
            break;
        case LINE_DROP:
            break;
        case LINE_FOR:
            AS_TRY(enter_loop(r, &i));
            break;
        case LINE_IF:
            AS_TRY(test_condition(r, i, &holds));
            if (!holds)
                i = line->partner; /* past the else, or to the end */
            break;
        case LINE_ELSE:
            i = line->partner; /* the if held */
            break;
        case LINE_END:
            if (r->lines[line->partner].kind == LINE_FOR) {
                struct loop *loop = &r->loops[r->loop_count - 1];
                if (loop->value < loop->last) {
                    loop->value++;
                    i = line->partner;
                } else {
                    r->loop_count--;
                }
            }
            break;
        }
    }
    return AS_OK;
}

enum as_status as_template_render(struct as_arena *arena, const char *label, const char *text,
                                  size_t bytes, const struct as_symbols *symbols, FILE *out,
                                  struct as_diag *diag)
{
    struct render r = {.arena = arena, .label = label, .symbols = symbols, .diag = diag};
    char *rendered = NULL;
    size_t length = 0;

    AS_TRY(read_lines(&r, text, bytes));
    r.out = open_memstream(&rendered, &length);
    if (!r.out)
        return as_fail(diag, AS_ERR_IO, "%s: %s", label, strerror(errno));
    enum as_status status = run_lines(&r);
    if (fclose(r.out) != 0 && status == AS_OK)
        status = as_fail(diag, AS_ERR_IO, "%s: %s", label, strerror(errno));
    if (status == AS_OK && fwrite(rendered, 1, length, out) != length)
        status = as_fail(diag, AS_ERR_IO, "%s: %s", label, strerror(errno));
    free(rendered);
    return status;
}

enum as_status as_template_render_file(struct as_arena *arena, const char *path,
                                       const struct as_symbols *symbols, FILE *out,
                                       struct as_diag *diag)
{
    FILE *file = fopen(path, "rb");

    if (!file)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    char *text = as_arena_alloc(arena, FILE_BYTES_MAX + 1);
    size_t bytes = fread(text, 1, FILE_BYTES_MAX + 1, file);
    int error = ferror(file) ? errno : 0;
    fclose(file);
    if (error)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(error));
    if (bytes > FILE_BYTES_MAX)
        return as_fail(diag, AS_ERR_RANGE, "%s: larger than %d bytes", path, FILE_BYTES_MAX);
    return as_template_render(arena, path, text, bytes, symbols, out, diag);
}
