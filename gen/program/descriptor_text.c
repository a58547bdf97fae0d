/* The fields of descriptors as text: rows of documents, localparams of the Verilog. */
#include <ctype.h>

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
