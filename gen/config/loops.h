/* The loops of a layer, once: their numbers, their letters, and the order in which users see them.
 */
#ifndef AS_GEN_CONFIG_LOOPS_H
#define AS_GEN_CONFIG_LOOPS_H

/* The loops that an array can unroll, in the order of `unroll:`. */
#define AS_LOOP_LIST(X) X(K) X(C) X(P) X(Q) X(R) X(S)

/* The loops over tiles, outside the buffers, in the order of `tile:`. */
#define AS_DIM_LIST(X) X(P) X(Q) X(C) X(K)

#define AS_LOOP_NUMBER(letter) AS_LOOP_##letter,
#define AS_DIM_NUMBER(letter)  AS_DIM_##letter,
#define AS_LOOP_LETTER(letter) #letter
#define AS_LOOP_WORD(letter)   #letter,

enum as_loop_index { AS_LOOP_LIST(AS_LOOP_NUMBER) AS_LOOPS };
enum as_dim { AS_DIM_LIST(AS_DIM_NUMBER) AS_DIM_COUNT };

/* Strings of the letters, one by enum as_loop_index, one by enum as_dim: AS_LOOP_LETTERS[AS_LOOP_K]
 * is 'K'.  AS_DIM_WORDS initialises an array of strings of one letter each. */
#define AS_LOOP_LETTERS (AS_LOOP_LIST(AS_LOOP_LETTER))
#define AS_DIM_LETTERS  (AS_DIM_LIST(AS_LOOP_LETTER))
#define AS_DIM_WORDS    AS_DIM_LIST(AS_LOOP_WORD)

#endif
