/* Plain loops in C.  Every engine is compared with them, so the setup brings their tensors. */
#include "sim/engines/engine.h"

static enum as_status run_reference(struct as_arena *arena, const struct as_run_setup *setup,
                                    struct as_run *run, struct as_diag *diag)
{
    (void)diag;
    run->inferences = AS_NEW(arena, struct as_inference, setup->input_count);
    for (int i = 0; i < setup->input_count; i++) {
        int8_t *output = AS_NEW(arena, int8_t, as_ports_bytes(setup->net, &setup->net->outputs));
        as_ports_gather(setup->net, setup->expected[i], output);
        run->inferences[i].output = output;
    }
    run->inference_count = setup->input_count;
    return AS_OK;
}

const struct as_engine as_engine_reference = {
    .name = "reference",
    .help = "plain C; needs no accelerator, prints the MACs of each layer",
    .honours = AS_OPTION_DATA,
    .run = run_reference,
};
