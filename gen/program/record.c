#include "gen/program/record.h"

#include <ctype.h>

static const struct {
    const char *name;
    int bits;
    const char *meaning;
} fields[AS_RECORD_WORDS] = {
#define AS_RECORD_FIELD(name, bits, meaning) {#name, bits, meaning},
#include "gen/config/record.def"
};

static void put_word(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

void as_record_put(const struct as_record *record, uint8_t *at)
{
#define AS_RECORD_FIELD(name, bits, meaning) put_word(at + 4 * AS_RECORD_WORD_##name, record->name);
#include "gen/config/record.def"
}

void as_record_print(FILE *out)
{
    fprintf(out, "| word | bits | field | meaning |\n|---|---|---|---|\n");
    for (int i = 0; i < AS_RECORD_WORDS; i++)
        fprintf(out, "| %d | %d:0 | %s | %s |\n", i, fields[i].bits - 1, fields[i].name,
                fields[i].meaning);
}

void as_record_print_verilog(FILE *out)
{
    for (int i = 0; i < AS_RECORD_WORDS; i++) {
        fputs(i == 0 ? "localparam PR_" : ", PR_", out);
        for (const char *c = fields[i].name; *c; c++)
            fputc(toupper((unsigned char)*c), out);
        fprintf(out, " = %d*32", i);
    }
    fputc(';', out);
}
