/* What a mapped layer is expected to cost, and the fixed costs of a descriptor that estimates are
 * made of.  Pure functions of the configuration. */
#ifndef AS_DATAFLOWS_SCHEDULE_COST_H
#define AS_DATAFLOWS_SCHEDULE_COST_H

#include <stdbool.h>
#include <stdint.h>

#include "gen/config/config.h"
#include "gen/program/descriptor.h"

/* Cycles of a layer by cause, and the memory it takes in bytes. */
struct as_cost {
    uint64_t compute;     /* array, job overheads included */
    uint64_t memory;      /* port and load engine */
    uint64_t requant;     /* requantizer and store engine */
    uint64_t fill, tail;  /* first load, last store: not overlapped */
    uint64_t first_tile;  /* compute before the first store can start */
    uint64_t descriptors; /* bytes */
    uint64_t constants;   /* bytes of weights and parameters */
    uint64_t overlap;     /* bytes that the output has to start below an input that it overwrites */
    uint64_t total;       /* the estimate */
};

/* Beats of a load: each is one access of the memory port. */
int64_t as_load_beats(const struct as_load_desc *desc);

/* An engine's fixed cost of one descriptor, cycles. */
int as_cost_load(const struct as_hw *hw, bool linear);
int as_cost_job(const struct as_hw *hw);
/* Stores of `runs` channels with `outputs` bytes in all, `lanes` of them side by side: cycles of
 * the store engine, and accesses of the memory port. */
int64_t as_cost_store(const struct as_hw *hw, int64_t outputs, int64_t runs, int lanes);
int64_t as_cost_store_accesses(const struct as_hw *hw, int64_t outputs, int64_t runs, int lanes);
/* Channels that a store takes side by side: of k tiles of `unit` channels, `channels` in all. */
int as_cost_lanes(const struct as_hw *hw, int unit, int channels);
/* What a layer computes and moves: what estimates come down to. */
struct as_traffic {
    int64_t array_cycles; /* of the beats */
    int64_t jobs;
    int64_t box_loads, linear_loads, load_beats;
    int64_t stores, outputs,
        channel_runs; /* outputs: bytes; channel_runs: as as_cost_store's runs */
    int store_lanes;
};

/* The compute, memory and requant cycles of `times` such layers, and their descriptors in bytes
 * when nothing repeats in a loop. */
void as_cost_of_traffic(const struct as_hw *hw, const struct as_traffic *traffic, int64_t times,
                        struct as_cost *cost);

/* Fills in cost->total from the rest. */
void as_cost_sum(struct as_cost *cost);

/* What mappings are ranked by, the least first: the estimate, what the memory port moves, and the
 * bytes that the program takes, each worth `byte_price` cycles. */
uint64_t as_cost_rank(const struct as_hw *hw, const struct as_layer_wish *wish,
                      const struct as_cost *cost, int byte_price);

#endif
