/* Random networks and accelerators for the tests of programs. */
#ifndef AS_HELPERS_PROGRAM_MAKE_H
#define AS_HELPERS_PROGRAM_MAKE_H

#include "gen/config/config.h"
#include "models/network.h"

#define MEM_BYTES_MOST (1 << 22) /* of a random accelerator */

/* Of the running test; what is made here lives in the arena. */
extern struct as_arena *arena;
extern struct as_diag diag;
extern uint32_t random_state;

/* What random_config keeps in the PEs. */
extern enum as_stays random_stays;

void program_setup(void);
void program_teardown(void);

uint32_t random_u32(void);
int random_in(int low, int high);
int8_t *random_bytes(size_t count);

/* Defaults but for these. */
struct as_config config_of(int rows, int cols, int mem_width, int mem_bytes);
void random_config(struct as_config *cfg);
/* Another operand stays, in an array of about as many rows and columns. */
void set_stays(struct as_config *cfg, enum as_stays stays);

/* Kernel taps in the rows of an array in which weights stay. */
void set_taps(struct as_config *cfg);
/* A random order of tile loops in which C is not the innermost. */
void set_order(struct as_config *cfg);

struct as_network *new_network(int h, int w, int c);
/* A layer on tensor `input`, without weights and output. */
struct as_layer *add_layer(struct as_network *net, enum as_op op, int input);
void set_channels(struct as_layer *l, size_t weights, int channels);
bool set_window(struct as_network *net, struct as_layer *l, int channels, bool same);
/* Makes the channels of a convolution, the only layer, form up to `most` groups. */
void set_groups(struct as_network *net, int most);
/* About every second layer that has a factor rounds as float32 does. */
void round_in_float(struct as_network *net);
/* A random layer on the network's output; false when the draw makes no layer. */
bool grow_network(struct as_network *net, enum as_op op);

#endif
