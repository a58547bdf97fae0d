/* Orders of the tile loops P, Q, K and C, outermost first.  Where C is last, the sums of a tile are
 * complete before the next tile starts; the loops behind C go round for every chunk of the
 * reduction, and the accumulators keep all their sums. */
#ifndef AS_DATAFLOWS_MAPPER_ORDER_H
#define AS_DATAFLOWS_MAPPER_ORDER_H

#include <stdbool.h>

#include "gen/config/mapping_wish.h"

#define AS_ORDERS_MAX 24

/* All orders. */
void as_orders(enum as_dim orders[AS_ORDERS_MAX][AS_DIM_COUNT]);

/* Whether loop `dim` is behind C. */
bool as_order_inside(const enum as_dim order[AS_DIM_COUNT], enum as_dim dim);

/* P, Q and K of an order. */
void as_order_without_c(const enum as_dim order[AS_DIM_COUNT], enum as_dim out[3]);

/* What is configured: "auto" or "[P, Q, C, K]". */
const char *as_order_text(const struct as_layer_wish *wish, char text[16]);

#endif
