/* A YAML file as a small tree in which every node knows its line and column.
 *
 * The subset: one document of mappings, lists and one-line printable ASCII scalars (comments may
 * hold UTF-8; a byte order mark in front is skipped).  Anchors, aliases, tags, directives, tabs,
 * duplicate keys, more than AS_YAML_DEPTH_MAX levels, AS_YAML_NODES_MAX nodes or AS_YAML_BYTES_MAX
 * bytes are refused, with the place. */
#ifndef AS_BASE_YAML_H
#define AS_BASE_YAML_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"

#define AS_YAML_BYTES_MAX 65536
#define AS_YAML_DEPTH_MAX 8
#define AS_YAML_NODES_MAX 4096

enum as_yaml_kind { AS_YAML_SCALAR, AS_YAML_MAP, AS_YAML_LIST };

struct as_yaml_source {
    const char *label; /* how messages call it: the path of a file, or "--set key=value" */
    const char *text;  /* whole input, to quote lines from; NULL: messages carry the label only */
    size_t bytes;
};

struct as_yaml_node {
    enum as_yaml_kind kind;
    const char *text; /* scalar: its value */
    bool plain;       /* scalar: written without quotes */
    const char *key;  /* member of a mapping: its key, else NULL */
    int key_line, key_column;
    int line, column;                  /* of the value; both from 1 */
    struct as_yaml_node *first, *next; /* members in file order; the next sibling */
    int count;                         /* members */
    const struct as_yaml_source *source;
};

/* Parses `bytes` bytes of `text`.  Nodes and copies live in `arena`; `label` names the input. */
enum as_status as_yaml_parse(struct as_arena *arena, const char *label, const char *text,
                             size_t bytes, const struct as_yaml_node **root, struct as_diag *diag);

/* Reads and parses the file at `path`. */
enum as_status as_yaml_read(struct as_arena *arena, const char *path,
                            const struct as_yaml_node **root, struct as_diag *diag);

/* The member of a mapping with that key, or NULL. */
const struct as_yaml_node *as_yaml_get(const struct as_yaml_node *map, const char *key);

/* as_fail with `label:line:column: ` before the message, the line and a caret after it; points at
 * the key when `at_key`, else at the value.  Returns `status`. */
enum as_status as_yaml_fail(struct as_diag *diag, enum as_status status,
                            const struct as_yaml_node *node, bool at_key, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
enum as_status as_yaml_vfail(struct as_diag *diag, enum as_status status,
                             const struct as_yaml_node *node, bool at_key, const char *fmt,
                             va_list args) __attribute__((format(printf, 5, 0)));

#endif
