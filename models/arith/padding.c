#include "models/arith/padding.h"

#include <stdint.h>

bool as_padding_axis(int in, int kernel, int stride, int dilation, bool same, int *out,
                     int *pad_before, int *pad_after)
{
    int64_t extent = (int64_t)(kernel - 1) * dilation + 1;
    int64_t total = 0;
    if (same) {
        *out = (in - 1) / stride + 1;
        total = (int64_t)(*out - 1) * stride + extent - in;
        if (total < 0)
            total = 0;
    } else {
        if (extent > in)
            return false;
        *out = (int)((in - extent) / stride) + 1;
    }
    *pad_before = (int)(total / 2);
    *pad_after = (int)(total - total / 2);
    return true;
}
