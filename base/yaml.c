#include "base/yaml.h"

#include <errno.h>
#include <libfyaml.h>
#include <stdio.h>
#include <string.h>

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"
#define SHOWN_MAX       100 /* characters of a line that a message quotes */

struct parse {
    struct as_arena *arena;
    const struct as_yaml_source *source;
    struct as_diag *diag;
    int node_count;
    int depth;
    struct as_yaml_node *open[AS_YAML_DEPTH_MAX];
    struct as_yaml_node *last[AS_YAML_DEPTH_MAX]; /* last member of open[] */
    const char *key;                              /* key that waits for its value */
    int key_line, key_column;
    struct as_yaml_node *root;
};

/* ---- characters ---- */

/* Length of the UTF-8 sequence at `s`, or 0 if it is malformed or no character of a text file. */
static size_t utf8_length(const unsigned char *s, size_t room)
{
    size_t n = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;

    if (n == 1)
        return (s[0] >= 0x20 && s[0] != 0x7F) || s[0] == '\n' ? 1 : 0;
    if (n == 0 || s[0] > 0xF4 || n > room)
        return 0;
    unsigned long code = s[0] & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (s[i] & 0x3F);
    }
    bool overlong = (n == 3 && code < 0x800) || (n == 4 && code < 0x10000);
    bool excluded = code < 0xA0 || code == 0x2028 || code == 0x2029 || code == 0xFEFF ||
                    (code >= 0xD800 && code < 0xE000) || (code & 0xFFFE) == 0xFFFE ||
                    code > 0x10FFFF;
    return overlong || excluded ? 0 : n;
}

/* ---- messages ---- */

/* The bytes of line `number` (from 1), without its end; an empty line when there is none. */
static const char *find_line(const struct as_yaml_source *source, int number, size_t *length)
{
    const char *line = source->text;
    const char *end = source->text + source->bytes;

    for (int i = 1; i < number; i++) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        if (!newline) {
            line = end;
            break;
        }
        line = newline + 1;
    }
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    if (!stop)
        stop = end;
    if (stop > line && stop[-1] == '\r')
        stop--;
    *length = (size_t)(stop - line);
    return line;
}

/* Quotes the line with a caret under `column`; a long line is cut around the caret, and what is not
 * text shows as '?'. */
static void quote_line(const struct as_yaml_source *source, int number, int column, char *out,
                       size_t room)
{
    char shown[4 * SHOWN_MAX + 1];
    size_t length, n, used = 0;
    const char *line = find_line(source, number, &length);
    int first = column > SHOWN_MAX ? column - SHOWN_MAX / 2 : 1; /* leftmost column shown */
    int at = 1;

    for (size_t i = 0; i < length && at < first + SHOWN_MAX; i += n, at++) {
        n = utf8_length((const unsigned char *)line + i, length - i);
        bool text = n > 0;
        n = text ? n : 1;
        if (at >= first) {
            memcpy(shown + used, text ? line + i : line[i] == '\t' ? " " : "?", n);
            used += n;
        }
    }
    snprintf(out, room, "\n  %.*s\n  %*s^", (int)used, shown, column - first, "");
}

static enum as_status fail_at(struct as_diag *diag, enum as_status status,
                              const struct as_yaml_source *source, int line, int column,
                              const char *fmt, va_list args)
{
    char message[512];
    char quoted[6 * SHOWN_MAX];

    vsnprintf(message, sizeof message, fmt, args);
    if (!source->text)
        return as_fail(diag, status, "%s: %s", source->label, message);
    quote_line(source, line, column, quoted, sizeof quoted);
    return as_fail(diag, status, "%s:%d:%d: %s%s", source->label, line, column, message, quoted);
}

static enum as_status fail_pos(const struct parse *p, int line, int column, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static enum as_status fail_pos(const struct parse *p, int line, int column, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    enum as_status status = fail_at(p->diag, AS_ERR_PARSE, p->source, line, column, fmt, args);
    va_end(args);
    return status;
}

enum as_status as_yaml_vfail(struct as_diag *diag, enum as_status status,
                             const struct as_yaml_node *node, bool at_key, const char *fmt,
                             va_list args)
{
    return fail_at(diag, status, node->source, at_key ? node->key_line : node->line,
                   at_key ? node->key_column : node->column, fmt, args);
}

enum as_status as_yaml_fail(struct as_diag *diag, enum as_status status,
                            const struct as_yaml_node *node, bool at_key, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    as_yaml_vfail(diag, status, node, at_key, fmt, args);
    va_end(args);
    return status;
}

/* Refuses what no description contains, before the YAML scanner sees it. */
static enum as_status check_bytes(const struct parse *p)
{
    const unsigned char *s = (const unsigned char *)p->source->text;
    size_t bytes = p->source->bytes;
    int line = 1, column = 1;

    if (bytes > AS_YAML_BYTES_MAX)
        return as_fail(p->diag, AS_ERR_RANGE, "%s: larger than %d bytes", p->source->label,
                       AS_YAML_BYTES_MAX);
    for (size_t i = 0; i < bytes;) {
        if (s[i] == '\r' && i + 1 < bytes && s[i + 1] == '\n') {
            i++;
            continue;
        }
        if (s[i] == '\t')
            return fail_pos(p, line, column, "a tab; indent and separate with spaces");
        if (s[i] == '%' && column == 1)
            return fail_pos(p, line, column, "YAML directives are not read");
        size_t n = utf8_length(s + i, bytes - i);
        if (n == 0)
            return fail_pos(p, line, column, "byte 0x%02x is not text", s[i]);
        if (s[i] == '\n') {
            line++;
            column = 1;
        } else {
            column++;
        }
        i += n;
    }
    return AS_OK;
}

/* ---- events ---- */

static void event_place(const struct parse *p, struct fy_event *event, int *line, int *column)
{
    const struct fy_mark *mark = fy_event_start_mark(event);

    *line = mark ? mark->line + 1 : p->key ? p->key_line : 1;
    *column = mark ? mark->column + 1 : p->key ? p->key_column : 1;
}

/* The text of a scalar as a string of the arena. */
static enum as_status scalar_text(const struct parse *p, struct fy_event *event, int line,
                                  int column, const char **out)
{
    size_t length = 0;
    const char *text = event->scalar.value ? fy_token_get_text(event->scalar.value, &length) : "";

    if (!text)
        return fail_pos(p, line, column, "the value cannot be read");
    for (size_t i = 0; i < length; i++)
        if (text[i] < 0x20 || text[i] > 0x7E)
            return fail_pos(p, line, column, "a value is one line of printable ASCII");
    char *copy = as_arena_alloc(p->arena, length + 1);
    memcpy(copy, text, length);
    *out = copy;
    return AS_OK;
}

static enum as_status take_key(struct parse *p, struct fy_event *event)
{
    const struct as_yaml_node *map = p->open[p->depth - 1];
    int line, column;

    event_place(p, event, &line, &column);
    if (event->type != FYET_SCALAR)
        return fail_pos(p, line, column, "a key is a word");
    AS_TRY(scalar_text(p, event, line, column, &p->key));
    p->key_line = line;
    p->key_column = column;
    const struct as_yaml_node *twin = as_yaml_get(map, p->key);
    if (twin)
        return fail_pos(p, line, column, "duplicate key \"%.40s\", first used on line %d", p->key,
                        twin->key_line);
    return AS_OK;
}

/* Appends a value to the innermost open mapping or list, or makes it the root. */
static enum as_status take_value(struct parse *p, struct fy_event *event)
{
    struct as_yaml_node *node;
    int line, column;

    event_place(p, event, &line, &column);
    if (++p->node_count > AS_YAML_NODES_MAX)
        return fail_pos(p, line, column, "more than %d values", AS_YAML_NODES_MAX);
    node = AS_NEW(p->arena, struct as_yaml_node, 1);
    node->source = p->source;
    node->line = line;
    node->column = column;
    node->key = p->key;
    node->key_line = p->key_line;
    node->key_column = p->key_column;
    p->key = NULL;
    if (event->type == FYET_SCALAR) {
        node->kind = AS_YAML_SCALAR;
        AS_TRY(scalar_text(p, event, line, column, &node->text));
        node->plain =
            !event->scalar.value || fy_token_scalar_style(event->scalar.value) == FYSS_PLAIN;
    } else {
        node->kind = event->type == FYET_MAPPING_START ? AS_YAML_MAP : AS_YAML_LIST;
    }
    if (p->depth == 0) {
        p->root = node;
    } else {
        struct as_yaml_node *parent = p->open[p->depth - 1];
        struct as_yaml_node *previous = p->last[p->depth - 1];
        *(previous ? &previous->next : &parent->first) = node;
        p->last[p->depth - 1] = node;
        parent->count++;
    }
    if (node->kind != AS_YAML_SCALAR) {
        if (p->depth == AS_YAML_DEPTH_MAX)
            return fail_pos(p, line, column, "nested deeper than %d levels", AS_YAML_DEPTH_MAX);
        p->open[p->depth] = node;
        p->last[p->depth++] = NULL;
    }
    return AS_OK;
}

static enum as_status take_event(struct parse *p, struct fy_event *event)
{
    struct fy_token *anchor = NULL, *tag = NULL;
    int line, column;

    event_place(p, event, &line, &column);
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (p->root)
            return fail_pos(p, line, column, "a second document; a file holds one");
        return AS_OK;
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        p->depth--;
        return AS_OK;
    case FYET_ALIAS:
        return fail_pos(p, line, column, "aliases (*name) are not read; write the value");
    case FYET_SCALAR:
        anchor = event->scalar.anchor;
        tag = event->scalar.tag;
        break;
    case FYET_MAPPING_START:
        anchor = event->mapping_start.anchor;
        tag = event->mapping_start.tag;
        break;
    case FYET_SEQUENCE_START:
        anchor = event->sequence_start.anchor;
        tag = event->sequence_start.tag;
        break;
    default:
        return AS_OK;
    }
    if (anchor || tag)
        return fail_pos(p, line, column, "%s are not read; write the value",
                        anchor ? "anchors (&name)" : "tags (!name)");
    if (p->depth > 0 && p->open[p->depth - 1]->kind == AS_YAML_MAP && !p->key)
        return take_key(p, event);
    return take_value(p, event);
}

/* ---- the library ---- */

static void discard_output(struct fy_diag *diag, void *user, const char *text, size_t length)
{
    (void)diag;
    (void)user;
    (void)text;
    (void)length;
}

/* Turns the first error that the library collected into a message of ours. */
static enum as_status syntax_error(const struct parse *p, struct fy_diag *collected)
{
    void *iterator = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(collected, &iterator);

    if (!error || !error->msg || error->line < 1)
        return as_fail(p->diag, AS_ERR_PARSE, "%s: malformed YAML", p->source->label);
    return fail_pos(p, error->line, error->column > 0 ? error->column : 1, "malformed YAML: %.*s",
                    (int)strcspn(error->msg, "\n"), error->msg);
}

static enum as_status run_parser(struct parse *p, struct fy_parser *parser,
                                 struct fy_diag *collected)
{
    enum as_status status = AS_OK;
    struct fy_event *event;

    while (status == AS_OK && (event = fy_parser_parse(parser)) != NULL) {
        bool end = event->type == FYET_STREAM_END;
        status = take_event(p, event);
        fy_parser_event_free(parser, event);
        if (end)
            return status;
    }
    return status == AS_OK ? syntax_error(p, collected) : status;
}

enum as_status as_yaml_parse(struct as_arena *arena, const char *label, const char *text,
                             size_t bytes, const struct as_yaml_node **root, struct as_diag *diag)
{
    struct as_yaml_source *source = AS_NEW(arena, struct as_yaml_source, 1);
    struct parse p = {.arena = arena, .source = source, .diag = diag};
    struct fy_diag_cfg diag_cfg;
    enum as_status status;

    if (bytes >= 3 && memcmp(text, BYTE_ORDER_MARK, 3) == 0) {
        text += 3;
        bytes -= 3;
    }
    source->label = as_arena_strdup(arena, label);
    source->text = text;
    source->bytes = bytes;
    AS_TRY(check_bytes(&p));
    char *copy = as_arena_alloc(arena, bytes + 1); /* quoted by messages after `text` is gone */
    if (bytes > 0)
        memcpy(copy, text, bytes);
    source->text = copy;

    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    diag_cfg.output_fn = discard_output;
    diag_cfg.level = FYET_ERROR;
    diag_cfg.colorize = false;
    struct fy_diag *collected = fy_diag_create(&diag_cfg);
    if (!collected)
        return as_fail(diag, AS_ERR_IO, "%s: the YAML reader cannot start", label);
    fy_diag_set_collect_errors(collected, true);
    struct fy_parse_cfg parse_cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = collected};
    struct fy_parser *parser = fy_parser_create(&parse_cfg);
    if (!parser || fy_parser_set_string(parser, copy, bytes) != 0)
        status = as_fail(diag, AS_ERR_IO, "%s: the YAML reader cannot start", label);
    else
        status = run_parser(&p, parser, collected);
    if (parser)
        fy_parser_destroy(parser);
    fy_diag_destroy(collected);
    if (status == AS_OK && !p.root)
        status = as_fail(diag, AS_ERR_PARSE, "%s: the file is empty", label);
    *root = p.root;
    return status;
}

enum as_status as_yaml_read(struct as_arena *arena, const char *path,
                            const struct as_yaml_node **root, struct as_diag *diag)
{
    char *text = as_arena_alloc(arena, AS_YAML_BYTES_MAX + 1);
    FILE *file = fopen(path, "rb");

    if (!file)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    size_t bytes = fread(text, 1, AS_YAML_BYTES_MAX + 1, file);
    int error = ferror(file) ? errno : 0;
    fclose(file);
    if (error)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(error));
    return as_yaml_parse(arena, path, text, bytes, root, diag);
}

const struct as_yaml_node *as_yaml_get(const struct as_yaml_node *map, const char *key)
{
    for (const struct as_yaml_node *node = map->first; node; node = node->next)
        if (node->key && strcmp(node->key, key) == 0)
            return node;
    return NULL;
}
