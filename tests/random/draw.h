/* Random accelerators and one-layer networks for the lockstep regression.  Everything follows from
 * the seeds: the same seed draws the same accelerator, or the same network, on every machine. */
#ifndef AS_RANDOM_DRAW_H
#define AS_RANDOM_DRAW_H

#include <stdbool.h>
#include <stdint.h>

#include "gen/config/config.h"
#include "models/network.h"

/* xorshift64*; never 0. */
struct draw {
    uint64_t state;
};

void draw_seed(struct draw *d, uint64_t seed);
uint32_t draw_u32(struct draw *d);
int draw_in(struct draw *d, int low, int high); /* both included */
bool draw_chance(struct draw *d, int percent);

/* What the regression walks over: the presets, and `custom` for the unnamed rows of the movement
 * table. */
#define DRAW_DATAFLOWS_MAX 16
int draw_dataflows(const char *names[DRAW_DATAFLOWS_MAX]);

/* A legal accelerator: movement, unroll, buffers, memory latency and bandwidth, pipeline registers.
 */
void draw_config(struct draw *d, const char *dataflow, struct as_config *cfg);

/* Tile sizes and orders: soft parameters, drawn anew for every case on the same hardware. */
void draw_mapping(struct draw *d, const struct as_network *net, struct as_config *cfg);

/* Layer kinds of the regression: convolutions by what makes them different. */
enum draw_kind {
    DRAW_CONV,
    DRAW_CONV_1X1,
    DRAW_CONV_DILATED,
    DRAW_CONV_STRIDED,
    DRAW_CONV_GROUPED,
    DRAW_CONV_BATCH,
    DRAW_DEPTHWISE,
    DRAW_FULLY_CONNECTED,
    DRAW_AVERAGE_POOL,
    DRAW_MAX_POOL,
    DRAW_ADD,
    DRAW_SOFTMAX,
    DRAW_PAD,
    DRAW_CONCATENATION,
    DRAW_MEAN,
    DRAW_MUL,
    DRAW_HARD_SWISH,
    DRAW_BATCH_MATMUL,
    DRAW_TRANSPOSE,
    DRAW_SLICE,
    DRAW_KINDS
};
const char *draw_kind_name(enum draw_kind kind);

/* A network of one layer of that kind, or of one and the copy that keeps part of its output in a
 * variable, whose sizes are multiples of the array's axes as often as
 * not; NULL when the draw makes none (draw again). */
struct as_network *draw_network(struct draw *d, struct as_arena *arena, const struct as_config *cfg,
                                enum draw_kind kind);
int8_t *draw_input(struct draw *d, struct as_arena *arena, const struct as_network *net);

#endif
