#include "dataflows/mapper/order.h"

#include <stdio.h>
#include <string.h>

void as_orders(enum as_dim orders[AS_ORDERS_MAX][AS_DIM_COUNT])
{
    int count = 0;

    for (int n = 0; count < AS_ORDERS_MAX; n++) {
        int rest = n, seen = 0;
        for (int i = 0; i < AS_DIM_COUNT; i++, rest /= AS_DIM_COUNT) {
            orders[count][i] = (enum as_dim)(rest % AS_DIM_COUNT);
            seen |= 1 << orders[count][i];
        }
        count += seen == (1 << AS_DIM_COUNT) - 1;
    }
}

bool as_order_inside(const enum as_dim order[AS_DIM_COUNT], enum as_dim dim)
{
    for (int i = AS_DIM_COUNT - 1; i >= 0 && order[i] != AS_DIM_C; i--)
        if (order[i] == dim)
            return true;
    return false;
}

void as_order_without_c(const enum as_dim order[AS_DIM_COUNT], enum as_dim out[3])
{
    int n = 0;

    for (int i = 0; i < AS_DIM_COUNT; i++)
        if (order[i] != AS_DIM_C)
            out[n++] = order[i];
}

const char *as_order_text(const struct as_layer_wish *wish, char text[16])
{
    if (wish->order_count == 0)
        return strcpy(text, "auto");
    snprintf(text, 16, "[%c, %c, %c, %c]", AS_DIM_LETTERS[wish->order[0]],
             AS_DIM_LETTERS[wish->order[1]], AS_DIM_LETTERS[wish->order[2]],
             AS_DIM_LETTERS[wish->order[3]]);
    return text;
}
