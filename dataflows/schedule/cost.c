#include "dataflows/schedule/cost.h"

#include "dataflows/schedule/limits.h"
#include "dataflows/schedule/tiling.h"
#include "gen/program/descriptor.h"

int64_t as_load_beats(const struct as_load_desc *d)
{
    return (int64_t)(d->nc + 1) * (d->ns + 1) * (d->nr + 1) * (d->nq + 1) * (d->np + 1);
}

/* The load unit: two fetches of a descriptor, WAIT, DRAIN. */
int as_cost_load(const struct as_hw *hw, bool linear)
{
    int words = linear ? AS_LOAD_LINEAR_WORDS : AS_LOAD_WORDS;
    return words * 4 / hw->mem_width_bytes + (linear ? 2 : 3) * hw->mem_latency + 5;
}

/* The compute unit: fetch, WAIT, the first weight tile. */
int as_cost_job(const struct as_hw *hw)
{
    return AS_COMPUTE_WORDS * 4 / hw->mem_width_bytes + hw->mem_latency + 2 + hw->latency;
}

/* Outputs, and for each channel its parameters and the requantizer running empty. */
int64_t as_cost_store(const struct as_hw *hw, int64_t outputs, int64_t runs, int lanes)
{
    int record = hw->param_beats * hw->mem_interval;
    int output = as_max(8 / hw->requant_stages, hw->mem_interval);

    return outputs / lanes * output + runs * record + runs / lanes * (hw->mem_latency + 9);
}

int64_t as_cost_store_accesses(const struct as_hw *hw, int64_t outputs, int64_t runs, int lanes)
{
    return outputs / lanes + runs * hw->param_beats;
}

int as_cost_lanes(const struct as_hw *hw, int unit, int channels)
{
    bool whole = unit % hw->requant_lanes == 0 && channels % hw->requant_lanes == 0;

    return whole ? hw->requant_lanes : 1;
}

void as_cost_of_traffic(const struct as_hw *hw, const struct as_traffic *t, int64_t times,
                        struct as_cost *cost)
{
    int64_t descriptors =
        4 * (t->box_loads * AS_LOAD_WORDS + t->linear_loads * AS_LOAD_LINEAR_WORDS +
             t->jobs * AS_COMPUTE_WORDS + t->stores * AS_STORE_WORDS);
    int64_t beats = t->load_beats + descriptors / hw->mem_width_bytes +
                    as_cost_store_accesses(hw, t->outputs, t->channel_runs, t->store_lanes);

    cost->compute = (uint64_t)(times * (t->array_cycles + t->jobs * as_cost_job(hw)));
    cost->memory =
        (uint64_t)(times * (beats * hw->mem_interval + t->box_loads * as_cost_load(hw, false) +
                            t->linear_loads * as_cost_load(hw, true)));
    cost->requant =
        (uint64_t)(times * as_cost_store(hw, t->outputs, t->channel_runs, t->store_lanes));
    cost->descriptors = (uint64_t)(times * descriptors);
}

void as_cost_sum(struct as_cost *cost)
{
    uint64_t busy = cost->compute > cost->memory ? cost->compute : cost->memory;
    uint64_t stores = cost->first_tile + cost->requant;
    cost->total = cost->fill + (busy + cost->tail > stores ? busy + cost->tail : stores);
}

/* The estimate; the memory cycles at an eighth, because the busier the port is, the more the
 * engines wait for one another, which the estimate leaves out; and memory. */
uint64_t as_cost_rank(const struct as_hw *hw, const struct as_layer_wish *wish,
                      const struct as_cost *cost, int byte_price)
{
    uint64_t bytes = cost->memory / (uint64_t)hw->mem_interval * (uint64_t)hw->mem_width_bytes;
    uint64_t goal = (uint64_t)wish->goal_cycles * (cost->total + cost->memory / 8) +
                    (uint64_t)wish->goal_bytes * bytes;
    return goal / AS_GOAL_ONE +
           (uint64_t)byte_price * (cost->descriptors + cost->constants + cost->overlap);
}
