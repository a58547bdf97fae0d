#include "tests/timing/layer_time.h"

#include <string.h>

#include "sim/blocks/system.h"

#define AHEAD_CYCLES 300 /* for which a layer before is taken to be under way, at most */

void layer_model_time(const struct as_hw *hw, const uint8_t *image, uint32_t image_bytes,
                      const uint32_t stream[AS_STREAM_COUNT], bool ahead, struct as_layer_time *out)
{
    struct as_arena *arena = as_arena_new();
    struct as_system *s = as_system_new(arena, hw);
    struct as_system_in in = {
        .start = true, .pc_load = stream[0], .pc_compute = stream[1], .pc_store = stream[2]};
    bool given = !ahead;
    int passed = 0, waits = 0; /* a descriptor that need not wait spends one cycle in WAIT */

    memcpy(s->memory.bytes, image, image_bytes);
    *out = (struct as_layer_time){0};
    do {
        as_system_eval(s, &in);
        bool accepted = s->wires.arb.mem.valid && s->memory_out.req_ready;
        waits = s->wires.load.waiting ? waits + 1 : 0;
        bool asks = waits > 1 || passed == AHEAD_CYCLES;
        if (accepted) /* a write moves the bytes that it strobes */
            out->bytes += s->wires.arb.mem.write
                              ? (uint64_t)__builtin_popcount(s->wires.arb.mem.wstrb)
                              : (uint64_t)hw->mem_width_bytes;
        out->cycles += given && s->wires.busy;
        as_system_tick(s);
        if (!given && asks && !in.start) {
            s->core.tokens.mem_tok_q = 1;
            given = true;
        }
        passed++;
        in.start = false;
    } while (passed == 1 || s->wires.busy);
    as_arena_free(arena);
}
