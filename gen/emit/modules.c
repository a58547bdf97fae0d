/* The modules of a design: which of them a top needs, in which order, and under which names.
 *
 * A template names a module where it declares it, `module NAME`, where it places one, `NAME #(` or
 * `NAME u_PLACE`, and in comments, as NAME.v or between backquotes.  Nothing else is a name of a
 * module here: a wire may be called like one. */
#include "gen/emit/emit.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define VERILOG ".v"

const char *as_emit_module(struct as_arena *arena, const struct as_config *cfg, const char *name)
{
    bool digit = isdigit((unsigned char)cfg->name[0]); /* what no identifier may begin with */
    char *text = as_arena_printf(arena, "%s%s_%s", digit ? "_" : "", cfg->name, name);

    for (char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c))
            *c = '_';
    return text;
}

/* ---- words of Verilog ---- */

struct cursor {
    const char *at;
    bool comment;  /* a line comment; templates have no other */
    bool declares; /* the last word of code was `module` */
};

struct word {
    const char *at;
    size_t bytes;
    bool declares, comment;
};

static bool is_part(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool next_word(struct cursor *cursor, struct word *word)
{
    const char *c = cursor->at;

    for (; *c && !is_part(*c); c++) {
        if (*c == '\n')
            cursor->comment = false;
        else if (c[0] == '/' && c[1] == '/')
            cursor->comment = true;
    }
    *word = (struct word){.at = c, .declares = cursor->declares, .comment = cursor->comment};
    while (is_part(c[word->bytes]))
        word->bytes++;
    if (!cursor->comment)
        cursor->declares = word->bytes == 6 && strncmp(c, "module", 6) == 0;
    cursor->at = c + word->bytes;
    return word->bytes > 0;
}

/* What stands behind a module that is placed: its parameters, or the name of the place. */
static bool is_placed(const struct word *word)
{
    const char *next = word->at + word->bytes;

    next += strspn(next, " \n");
    return strncmp(next, "#(", 2) == 0 || strncmp(next, "u_", 2) == 0;
}

static bool is_mentioned(const char *begin, const struct word *word)
{
    const char *next = word->at + word->bytes;
    char before = word->at > begin ? word->at[-1] : ' ';

    if (before == '`')
        return *next == '`';
    return before != '/' && strncmp(next, VERILOG, 2) == 0 && !is_part(next[2]);
}

/* ---- the files of a set ---- */

/* The module in a file of the set: NAME, without its folder. */
static const char *module_of(const struct as_emit_file *file, size_t *bytes)
{
    const char *slash = strrchr(file->name, '/');
    const char *name = slash ? slash + 1 : file->name;

    *bytes = strlen(name) - strlen(VERILOG);
    return name;
}

/* The first file of the set with that module; -1: none has it. */
static int find_module(const struct as_emit_set *set, const char *name, size_t bytes)
{
    for (int i = 0; i < set->count; i++) {
        size_t n;
        const char *module = module_of(&set->file[i], &n);
        if (n == bytes && strncmp(module, name, n) == 0)
            return i;
    }
    return -1;
}

/* ---- what a top needs ---- */

struct selection {
    const struct as_emit_set *all;
    struct as_emit_set kept;
    bool seen[AS_EMIT_FILES_MAX];
};

/* Keeps the module of file `index` behind all that it places. */
static void keep_module(struct selection *selection, int index)
{
    const struct as_emit_set *all = selection->all;
    struct word word;

    if (index < 0 || selection->seen[index])
        return;
    selection->seen[index] = true;
    struct cursor cursor = {.at = all->file[index].text};
    while (next_word(&cursor, &word))
        if (!word.comment && is_placed(&word))
            keep_module(selection, find_module(all, word.at, word.bytes));
    selection->kept.file[selection->kept.count++] = all->file[index];
}

/* The forms of kept modules that a device has cells for; they come behind the general ones. */
static void keep_primitives(struct selection *selection)
{
    const struct as_emit_set *all = selection->all;

    for (int i = 0; i < all->count; i++) {
        size_t bytes;
        const char *module = module_of(&all->file[i], &bytes);
        int general = find_module(all, module, bytes);
        if (general != i && selection->seen[general])
            selection->kept.file[selection->kept.count++] = all->file[i];
    }
}

/* ---- names ---- */

static const char *rename_text(struct as_arena *arena, const struct as_config *cfg,
                               const struct as_emit_set *set, const char *text, bool comment)
{
    struct cursor cursor = {.at = text, .comment = comment};
    struct word word;
    const char *done = text;
    char *renamed = NULL;
    size_t bytes;
    FILE *out = open_memstream(&renamed, &bytes);

    if (!out)
        abort(); /* out of memory, as in the arena */
    while (next_word(&cursor, &word)) {
        bool named = word.comment ? is_mentioned(text, &word) : word.declares || is_placed(&word);
        if (!named || find_module(set, word.at, word.bytes) < 0)
            continue;
        fwrite(done, 1, (size_t)(word.at - done), out);
        fputs(as_emit_module(arena, cfg, as_arena_printf(arena, "%.*s", (int)word.bytes, word.at)),
              out);
        done = word.at + word.bytes;
    }
    fputs(done, out);
    fclose(out);
    const char *kept = as_arena_strdup(arena, renamed);
    free(renamed);
    return kept;
}

static struct as_emit_file rename_file(struct as_arena *arena, const struct as_config *cfg,
                                       const struct as_emit_set *set,
                                       const struct as_emit_file *file)
{
    size_t bytes;
    const char *module = module_of(file, &bytes);
    const char *name =
        as_emit_module(arena, cfg, as_arena_printf(arena, "%.*s", (int)bytes, module));
    struct as_emit_file renamed = {
        .name =
            as_arena_printf(arena, "%.*s%s" VERILOG, (int)(module - file->name), file->name, name),
        .text = rename_text(arena, cfg, set, file->text, false),
        .purpose = rename_text(arena, cfg, set, file->purpose, true)};

    renamed.bytes = strlen(renamed.text);
    return renamed;
}

void as_emit_design(struct as_arena *arena, const struct as_config *cfg, const char *top,
                    struct as_emit_set *set)
{
    struct selection *selection = AS_NEW(arena, struct selection, 1);

    selection->all = set;
    keep_module(selection, find_module(set, top, strlen(top)));
    keep_primitives(selection);
    const struct as_emit_set *kept = &selection->kept;
    struct as_emit_set *renamed = AS_NEW(arena, struct as_emit_set, 1);
    for (int i = 0; i < kept->count; i++)
        renamed->file[renamed->count++] = rename_file(arena, cfg, kept, &kept->file[i]);
    renamed->design_count = renamed->count;
    *set = *renamed;
}
