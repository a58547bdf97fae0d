/* A network in the words of one accelerator: what the machine does not do as a layer says becomes
 * what it does, exactly.  The reference computes the network as it is given, so that every engine
 * is compared with what the layers mean. */
#ifndef AS_DATAFLOWS_REWRITE_H
#define AS_DATAFLOWS_REWRITE_H

#include "gen/config/hw.h"
#include "models/network.h"

/* The network to map, `net` itself where nothing changes.  Tensors keep their numbers, new ones
 * follow them.  A layer may get one more in front of it, of the same index: both together are that
 * layer of the program.  At least one layer does machine work.
 *
 *   - a multiplier of 1 and more (shift > 0): weights and biases are multiplied by 2^shift;
 *   - a zero point of weights is subtracted from them;
 *   - array.block_sum adds two products in 16 bits: no two weights of -128 in a channel;
 *   - weights that leave int8 so are sums of several that do not: the layer in front copies the
 *     input's channels as many times, side by side;
 *   - a network that only renames: its last layer copies.
 *
 * AS_ERR_UNSUPPORTED where weights are sums of too many, AS_ERR_NOFIT where no memory holds the
 * copies. */
enum as_status as_rewrite(struct as_arena *arena, const struct as_hw *hw,
                          const struct as_network *net, const struct as_network **out,
                          struct as_diag *diag);

#endif
