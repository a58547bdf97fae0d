#include "dataflows/order.h"

#include <stdio.h>
#include <string.h>

/* The loops that go round more than once, as a number. */
static int code_of(const enum as_dim order[AS_DIM_COUNT], const bool once[AS_DIM_COUNT])
{
    int code = 0;

    for (int i = 0; i < AS_DIM_COUNT; i++)
        if (!once[order[i]])
            code = code * (AS_DIM_COUNT + 1) + (int)order[i] + 1;
    return code;
}

int as_orders_of(const bool once[AS_DIM_COUNT], enum as_dim orders[AS_ORDERS_MAX][AS_DIM_COUNT])
{
    int count = 0, codes[AS_ORDERS_MAX];

    for (int n = 0; n < AS_DIM_COUNT * AS_DIM_COUNT * AS_DIM_COUNT * AS_DIM_COUNT; n++) {
        enum as_dim *order = orders[count];
        int rest = n, seen = 0, at = 0;
        for (int i = 0; i < AS_DIM_COUNT; i++, rest /= AS_DIM_COUNT) {
            order[i] = (enum as_dim)(rest % AS_DIM_COUNT);
            seen |= 1 << order[i];
        }
        if (seen != (1 << AS_DIM_COUNT) - 1)
            continue;
        codes[count] = code_of(order, once);
        while (codes[at] != codes[count])
            at++;
        if (at == count && ++count == AS_ORDERS_MAX)
            break;
    }
    return count;
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

const char *as_order_text(const struct as_config *cfg, char text[16])
{
    static const char names[] = "PQCK";

    if (cfg->order_count == 0)
        return strcpy(text, "auto");
    snprintf(text, 16, "[%c, %c, %c, %c]", names[cfg->order[0]], names[cfg->order[1]],
             names[cfg->order[2]], names[cfg->order[3]]);
    return text;
}
