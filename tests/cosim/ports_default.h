/* Sets every macro of a ports file back to nothing; included once for each use of a ports file. */
#undef CLOCK
#undef RESET
#undef PIN_IN
#undef PIN_OUT
#undef PIN_IN_WIDE
#undef PIN_OUT_WIDE
#undef PEEK
#undef PEEK_WIDE
#undef PEEK_ARRAY
#undef PEEK_WIRE
#undef MEM
#define CLOCK(name)
#define RESET(name)
#define PIN_IN(name, width)
#define PIN_OUT(name, width)
#define PIN_IN_WIDE(name, width)
#define PIN_OUT_WIDE(name, width)
#define PEEK(name, signal, width)
#define PEEK_WIDE(name, signal, width)
#define PEEK_ARRAY(name, signal, width, n)
#define PEEK_WIRE(name, signal, width)
#define MEM(name, signal, width, depth)
