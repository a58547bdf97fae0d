/* The fields of descriptors as text: rows of documents, localparams of the Verilog. */
#include <ctype.h>
#include <string.h>

#include "gen/program/descriptor.h"

#define VERILOG_COLUMNS 96

enum kind { KIND_FLAG, KIND_COUNT, KIND_UINT, KIND_SINT, KIND_ADDRESS };
enum when { WHEN_ALWAYS, WHEN_BOX, WHEN_MAC, WHEN_LOOKUP };

struct field {
    const char *name;
    enum kind kind;
    enum when when;
    int word, low, bits;
    const char *meaning;
};

#define ROW(name, kind, when, word, low, bits, meaning)                                            \
    {#name, KIND_##kind, WHEN_##when, word, low, bits, meaning},
static const struct field load_fields[] = {
#define AS_LOAD_FIELD ROW
#include "gen/program/descriptors.def"
};
static const struct field compute_fields[] = {
#define AS_COMPUTE_FIELD ROW
#include "gen/program/descriptors.def"
};
static const struct field store_fields[] = {
#define AS_STORE_FIELD ROW
#include "gen/program/descriptors.def"
};

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])
static const struct {
    const char *name, *prefix;
    const struct field *fields;
    int count;
} streams[AS_STREAM_COUNT] = {
    [AS_STREAM_LOAD] = {"load", "LD_", load_fields, COUNT(load_fields)},
    [AS_STREAM_COMPUTE] = {"compute", "CD_", compute_fields, COUNT(compute_fields)},
    [AS_STREAM_STORE] = {"store", "SD_", store_fields, COUNT(store_fields)},
};

const char *as_stream_name(enum as_stream stream)
{
    return streams[stream].name;
}

/* What a field can hold. */
static void print_values(FILE *out, const struct field *field)
{
    switch (field->kind) {
    case KIND_COUNT:
        fprintf(out, "count - 1");
        break;
    case KIND_SINT:
        fprintf(out, "signed");
        break;
    case KIND_ADDRESS:
        fprintf(out, "address");
        break;
    case KIND_FLAG:
    case KIND_UINT:
        fprintf(out, field->bits == 1 ? "0, 1" : "unsigned");
        break;
    }
}

void as_fields_print(FILE *out, enum as_stream stream)
{
    static const char *const only[] = {
        [WHEN_ALWAYS] = "", [WHEN_BOX] = "", [WHEN_MAC] = "MAC, ", [WHEN_LOOKUP] = "lookup: "};

    fprintf(out, "| word | bits | field | values | meaning |\n|---|---|---|---|---|\n");
    for (int i = 0; i < streams[stream].count; i++) {
        const struct field *f = &streams[stream].fields[i];

        fprintf(out, "| %d | ", f->word);
        if (f->bits == 1)
            fprintf(out, "%d", f->low);
        else
            fprintf(out, "%d:%d", f->low + f->bits - 1, f->low);
        fprintf(out, " | %s | ", f->name);
        print_values(out, f);
        fprintf(out, " | %s%s |\n", only[f->when], f->meaning);
    }
}

/* ---- LOOP ---- */

struct loop_role {
    const char *role, *field;
};

#define LOOP_ROW(role, field) {#role, #field},
static const struct loop_role loop_roles[AS_STREAM_COUNT][6] = {
    [AS_STREAM_LOAD] =
        {
#define AS_LOAD_LOOP LOOP_ROW
#include "gen/program/descriptors.def"
        },
    [AS_STREAM_COMPUTE] =
        {
#define AS_COMPUTE_LOOP LOOP_ROW
#include "gen/program/descriptors.def"
        },
    [AS_STREAM_STORE] =
        {
#define AS_STORE_LOOP LOOP_ROW
#include "gen/program/descriptors.def"
        },
};

static int word_of(enum as_stream stream, const char *field)
{
    for (int i = 0; i < streams[stream].count; i++)
        if (strcmp(streams[stream].fields[i].name, field) == 0)
            return streams[stream].fields[i].word;
    return -1;
}

/* "nc (word 2)", or nothing where the stream has no field for it. */
static void print_role(FILE *out, enum as_stream stream, const char *role)
{
    const char *field = NULL;

    for (const struct loop_role *row = loop_roles[stream]; row->role && !field; row++)
        field = strcmp(row->role, role) == 0 ? row->field : NULL;
    if (field)
        fprintf(out, " %s (word %d) |", field, word_of(stream, field));
    else
        fprintf(out, " |");
}

void as_loops_print(FILE *out)
{
    static const char *const roles[] = {"count", "low", "high", "inc", "yinc"};

    fprintf(out,
            "| stream | count (iterations - 1) | target / 16, low CNT_W bits | high CNT_W bits "
            "| inc, byte address | yinc, unsigned |\n|---|---|---|---|---|---|\n");
    for (int stream = 0; stream < AS_STREAM_COUNT; stream++) {
        fprintf(out, "| %s |", streams[stream].name);
        for (int i = 0; i < COUNT(roles); i++)
            print_role(out, (enum as_stream)stream, roles[i]);
        fprintf(out, "\n");
    }
}

void as_fields_print_verilog(FILE *out, enum as_stream stream)
{
    int word = -1, column = 0;

    for (int i = 0; i < streams[stream].count; i++) {
        const struct field *f = &streams[stream].fields[i];
        char item[64];
        int length = snprintf(item, sizeof item, "%s%s = %d*32 + %d", streams[stream].prefix,
                              f->name, f->word, f->low);

        for (char *c = item; *c; c++)
            *c = (char)toupper((unsigned char)*c);
        if (f->word != word)
            column = fprintf(out, "%slocalparam ", i == 0 ? "" : ";\n  ") + length;
        else if (column + length > VERILOG_COLUMNS)
            column = fprintf(out, ",\n             ") + length;
        else
            column += fprintf(out, ", ") + length;
        fprintf(out, "%s", item);
        word = f->word;
    }
    fprintf(out, ";");
}
