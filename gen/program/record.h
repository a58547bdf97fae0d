/* The parameter record of an output channel (gen/config/record.def): as the mapper writes it into
 * memory and as the store engine reads it, a word at a time. */
#ifndef AS_GEN_PROGRAM_RECORD_H
#define AS_GEN_PROGRAM_RECORD_H

#include <stdint.h>
#include <stdio.h>

#include "gen/config/hw.h"

struct as_record {
#define AS_RECORD_FIELD(name, bits, meaning) uint32_t name;
#include "gen/config/record.def"
};

/* AS_RECORD_BYTES bytes, little endian. */
void as_record_put(const struct as_record *record, uint8_t *at);

/* Takes word `word` of a record from memory; words past the last are padding. */
static inline void as_record_take(struct as_record *record, uint32_t word, uint32_t value)
{
    switch (word) {
#define AS_RECORD_FIELD(name, bits, meaning)                                                       \
    case AS_RECORD_WORD_##name:                                                                    \
        record->name = value & (uint32_t)((UINT64_C(1) << (bits)) - 1);                            \
        break;
#include "gen/config/record.def"
    default:
        break;
    }
}

/* The table of docs/blocks.md. */
void as_record_print(FILE *out);
/* A localparam of store_unit for each field: the bit at which it begins. */
void as_record_print_verilog(FILE *out);

#endif
