/* Descriptors: what one engine does next, in words of 32 bits that model and RTL read alike.
 *
 * Fields: gen/program/descriptors.def.  Meaning: docs/blocks.md, descriptors. */
#ifndef AS_GEN_PROGRAM_DESCRIPTOR_H
#define AS_GEN_PROGRAM_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "gen/config/hw.h"

enum as_stream { AS_STREAM_LOAD, AS_STREAM_COMPUTE, AS_STREAM_STORE, AS_STREAM_COUNT };

/* ---- descriptors as structs ---- */

/* The C type of each kind of field. */
#define AS_FIELD_FLAG    bool
#define AS_FIELD_COUNT   int
#define AS_FIELD_UINT    int
#define AS_FIELD_SINT    int
#define AS_FIELD_ADDRESS uint32_t

#define AS_MEMBER(name, kind, when, word, low, bits, meaning) AS_FIELD_##kind name;
struct as_load_desc {
#define AS_LOAD_FIELD AS_MEMBER
#include "gen/program/descriptors.def"
};

struct as_compute_desc {
#define AS_COMPUTE_FIELD AS_MEMBER
#include "gen/program/descriptors.def"
};

struct as_store_desc {
#define AS_STORE_FIELD AS_MEMBER
#include "gen/program/descriptors.def"
};
#undef AS_MEMBER

/* Field `lanes` of LOAD: ibuf lanes that the beats of a word fill. */
enum as_load_lanes { AS_LANES_ALL, AS_LANES_TAP, AS_LANES_COLUMNS };

/* Repeats the descriptors of its stream from `target` on.  One that has `step` moves on with every
 * iteration. */
struct as_loop {
    int count;       /* iterations, minus 1 */
    uint32_t target; /* byte address, a multiple of AS_STREAM_ALIGN */
    uint32_t inc;    /* of src or dst; COMPUTE has none */
    int yinc;        /* of y0; LOAD alone has it */
};

/* ---- descriptors as words ---- */

/* Where each field lies: AS_LOAD_WORD_nc, AS_LOAD_LOW_nc, AS_LOAD_BITS_nc. */
#define AS_PLACE(stream, name, word, low, bits)                                                    \
    AS_##stream##_WORD_##name = (word), AS_##stream##_LOW_##name = (low),                          \
    AS_##stream##_BITS_##name = (bits),
enum as_field_place {
#define AS_LOAD_FIELD(name, kind, when, word, low, bits, meaning)                                  \
    AS_PLACE(LOAD, name, word, low, bits)
#define AS_COMPUTE_FIELD(name, kind, when, word, low, bits, meaning)                               \
    AS_PLACE(COMPUTE, name, word, low, bits)
#define AS_STORE_FIELD(name, kind, when, word, low, bits, meaning)                                 \
    AS_PLACE(STORE, name, word, low, bits)
#include "gen/program/descriptors.def"
    AS_FIELD_PLACE_END
};
#undef AS_PLACE

/* The bits of one field, as they lie in the words of a descriptor: AS_FIELD(LOAD, nc, words). */
#define AS_FIELD(stream, name, words)                                                              \
    ((words)[AS_##stream##_WORD_##name] >> AS_##stream##_LOW_##name &                              \
     UINT32_MAX >> (32 - AS_##stream##_BITS_##name))

/* Sizes in words.  A descriptor ends with the word of its last field, filled up to a multiple of
 * AS_STREAM_ALIGN bytes; the size of the union below is the number of that word, plus 1. */
#define AS_TO_ALIGN(words)                                                                         \
    (((int)(words) + AS_STREAM_ALIGN / 4 - 1) / (AS_STREAM_ALIGN / 4) * (AS_STREAM_ALIGN / 4))
#define AS_REACH(name, kind, when, word, low, bits, meaning) char name[(word) + 1];
union as_load_reach {
#define AS_LOAD_FIELD AS_REACH
#include "gen/program/descriptors.def"
};
union as_compute_reach {
#define AS_COMPUTE_FIELD AS_REACH
#include "gen/program/descriptors.def"
};
union as_store_reach {
#define AS_STORE_FIELD AS_REACH
#include "gen/program/descriptors.def"
};
#undef AS_REACH
/* Of a LOAD that is no box: the words that every LOAD has. */
union as_load_linear_reach {
#define AS_REACH_ALWAYS(word)                                     (word) + 1
#define AS_REACH_BOX(word)                                        1
#define AS_LOAD_FIELD(name, kind, when, word, low, bits, meaning) char name[AS_REACH_##when(word)];
#include "gen/program/descriptors.def"
#undef AS_REACH_ALWAYS
#undef AS_REACH_BOX
};
enum {
    AS_LOAD_WORDS = AS_TO_ALIGN(sizeof(union as_load_reach)),
    AS_LOAD_LINEAR_WORDS = AS_TO_ALIGN(sizeof(union as_load_linear_reach)),
    AS_COMPUTE_WORDS = AS_TO_ALIGN(sizeof(union as_compute_reach)),
    AS_STORE_WORDS = AS_TO_ALIGN(sizeof(union as_store_reach)),
    AS_DESC_WORDS_MAX = AS_LOAD_WORDS /* of any stream */
};

/* Each encoder writes whole words and returns how many: AS_LOAD_LINEAR_WORDS or AS_LOAD_WORDS,
 * AS_COMPUTE_WORDS, AS_STORE_WORDS.  Values outside their field are a programming mistake. */
int as_load_encode(const struct as_load_desc *desc, uint32_t words[AS_LOAD_WORDS]);
int as_compute_encode(const struct as_compute_desc *desc, uint32_t words[AS_COMPUTE_WORDS]);
int as_store_encode(const struct as_store_desc *desc, uint32_t words[AS_STORE_WORDS]);

/* Each decoder returns the words consumed, or 0 when fewer than those are `available`. */
int as_load_decode(const uint32_t *words, size_t available, struct as_load_desc *desc);
int as_compute_decode(const uint32_t *words, size_t available, struct as_compute_desc *desc);
int as_store_decode(const uint32_t *words, size_t available, struct as_store_desc *desc);

/* The same for a LOOP of one of the streams; its target is spread over two fields of the
 * accelerator's `count_bits`.  Decodes the words that made a decoder set `loop`. */
int as_loop_encode(enum as_stream stream, const struct as_loop *loop, int count_bits,
                   uint32_t words[AS_DESC_WORDS_MAX]);
void as_loop_decode(enum as_stream stream, const uint32_t *words, int count_bits,
                    struct as_loop *loop);

/* A store of `lanes` channels at a time: they lie in neighbouring columns and in one memory word.
 */
bool as_store_may_be_side_by_side(const struct as_store_desc *desc, int lanes);

/* ---- descriptors as tables ---- */

const char *as_stream_name(enum as_stream stream); /* "load" */

/* Writes the fields of a stream's descriptors as rows of a Markdown table: word, bits, field,
 * values, meaning. */
void as_fields_print(FILE *out, enum as_stream stream);

/* In which fields a LOOP of each stream keeps what it needs, as a table of Markdown. */
void as_loops_print(FILE *out);

/* Writes them as Verilog: `localparam LD_NC = 2*32 + 0;` is where the field begins, in bits from
 * the start of the descriptor.  Prefixes: LD_, CD_, SD_. */
void as_fields_print_verilog(FILE *out, enum as_stream stream);

#endif
