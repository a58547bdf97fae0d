/* The hardware of one accelerator: constants that no configuration changes, and the struct of those
 * that it does.  Specification: docs/blocks.md. */
#ifndef AS_GEN_CONFIG_HW_H
#define AS_GEN_CONFIG_HW_H

#include <stdbool.h>

#include "gen/config/loops.h"
#include "gen/config/operands.h"

/* Widest fields of the descriptor format; a configuration's hardware may take fewer bits
 * (count_bits, coord_bits). */
#define AS_COUNT_BITS   10 /* a loop count field holds N-1: 1..1024 */
#define AS_COORD_BITS   11 /* signed image coordinate */
#define AS_STEP_BITS    4  /* coordinate step (stride, dilation): 0..15 */
#define AS_STEP_MAX     ((1 << AS_STEP_BITS) - 1)
#define AS_PERF_COUNT   16 /* performance counters, 32 bits each; the last three read 0 */
#define AS_STREAM_ALIGN 16 /* bytes; descriptor streams and parameter records start on this */

/* The control word that follows a beat to the accumulators, above its address. */
enum as_ctl_bit {
    AS_CTL_LAST,   /* hand the drain half to store */
    AS_CTL_HALF,   /* of the drain RAM */
    AS_CTL_EMIT,   /* write the drain RAM too */
    AS_CTL_OVR,    /* overwrite the accumulator */
    AS_CTL_LOOKUP, /* a table entry instead of a psum */
    AS_CTL_VALID,
    AS_CTL_MUL /* operators.products: multiply the accumulator */
};

/* What accompanies a beat of an array in which psums stay, above the byte of its ifmap word. */
enum as_mac_bit { AS_MAC_LAST, AS_MAC_FIRST, AS_MAC_EN };

#define AS_NAME_MAX 64

/* The words of a parameter record of store, 32 bits each. */
enum as_record_word {
#define AS_RECORD_FIELD(name, bits, meaning) AS_RECORD_WORD_##name,
#include "gen/config/record.def"
    AS_RECORD_WORDS
};

#define AS_RECORD_BYTES (4 * AS_RECORD_WORDS)

/* How an operand moves along the array: its axes. */
enum as_move { AS_MOVE_FORWARDED, AS_MOVE_BROADCAST, AS_MOVE_STATIONARY, AS_MOVE_TREE };

enum as_operand { AS_OPERAND_IFMAP, AS_OPERAND_WEIGHT, AS_OPERAND_PSUM, AS_OPERANDS };

/* The kind of an array: the operand that stays in its PE, as it is indexed by both unrolled axes.
 * What differs between kinds: gen/config/array_kind.h. */
enum as_stays { AS_STAYS_WEIGHT, AS_STAYS_PSUM, AS_STAYS_IFMAP, AS_ARRAY_KINDS };

/* What the RTL of an accelerator depends on, and nothing else (group HW of the parameters).  Every
 * number is inside its bound and every combination can be built, unless a caller set it itself. */
struct as_hw {
    /* from the description */
#define AS_FIELDS_OF_HW(field) field
#define AS_FIELDS_OF_MAP(field)
#define AS_FIELDS_OF_BOARD(field)
#define AS_FIELDS_OF_NAME(field)
#include "gen/config/params_fields.h"
    int unroll_given[AS_LOOPS]; /* 0 = 1, and the preset's own when all are 0 */

    /* derived; the names of docs/blocks.md are in capitals */
    enum as_move ifmap_move, weight_move, psum_move;
    enum as_stays stays;
    int unroll[AS_LOOPS]; /* at least 1 each */
    int rows; /* R: weight or ifmap stays: the unroll R * S * C, row (r * S + s) * C + c; psum
                 stays: P * Q, row p * Q + q */
    int cols; /* C: weight or psum stays: the unroll K; ifmap stays: P * Q */
    bool output_kind;    /* KIND output */
    bool x_forwarded;    /* XF */
    bool psum_forwarded; /* PF */
    bool w_forwarded;    /* WF */
    bool wide;           /* WIDE */
    bool line;           /* LINE */
    int line_stages; /* cycles from the first unrolled kernel column to the last; 0 without LINE */
    int wide_late;   /* cycles from the first read of a wide weight buffer for a beat to the last */
    int line_words;  /* columns of the line buffer; 0 without LINE */
    bool partial_loads;  /* PARTIAL_LOADS */
    bool by_address;     /* BYADDR */
    int tree_stages;     /* TL */
    int latency;         /* A */
    int line_latency;    /* AL */
    int drain_cycles;    /* AL + C, or A + R + C */
    int mem_width_bytes; /* MB: memory word, bytes */
    int mem_words;       /* memory words */
    int mem_reads;   /* READS: reads under way that arbiter and load unit track; a power of two */
    int addr_bits;   /* byte address into the memory */
    int psum_bits;   /* PW: psum inside the array */
    int ibuf_lanes;  /* IL: bytes of an ifmap-buffer word */
    int load_lanes;  /* D: of them, what a load fills when it says nothing else */
    int line_lanes;  /* LL: bytes of a line-memory word */
    int wbuf_bytes;  /* WL: bytes of a weight-buffer word that the array sees */
    int wbuf_beats;  /* WB: memory words per weight-buffer word */
    int word_fills;  /* most bytes, or memory words, that a load fills a buffer word with */
    int table_pack;  /* TP: table entries in a weight-buffer word */
    int param_beats; /* memory words of a parameter record */
    int ibuf_addr_bits;  /* word address into both ifmap halves */
    int wbuf_addr_bits;  /* word address into both weight halves */
    int acc_addr_bits;   /* address into one accumulator half */
    int ctl_bits;        /* CTL_W: the control word of the accumulators */
    bool ibuf_word_mode; /* load_lanes % mem_width_bytes == 0: the load unit may move whole words */
};

#endif
