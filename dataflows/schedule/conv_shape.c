#include "dataflows/schedule/conv_shape.h"

struct as_conv_shape as_conv_shape_of(const struct as_network *net, const struct as_layer *layer)
{
    const struct as_tensor *in = &net->tensors[layer->input[0]];
    const struct as_tensor *out = &net->tensors[layer->output];

    if (layer->op == AS_OP_FULLY_CONNECTED) {
        int channels = (int)(layer->conv.weight_bytes / (size_t)out->c);
        int pixels = (int)(in->bytes / (size_t)channels);
        return (struct as_conv_shape){.in_h = 1,
                                      .in_w = pixels,
                                      .in_c = channels,
                                      .out_h = 1,
                                      .out_w = pixels,
                                      .out_k = out->c,
                                      .kernel_h = 1,
                                      .kernel_w = 1,
                                      .stride_h = 1,
                                      .stride_w = 1,
                                      .dilation_h = 1,
                                      .dilation_w = 1,
                                      .image_c = channels,
                                      .images = 1,
                                      .sets = 1};
    }
    return (struct as_conv_shape){
        .in_h = in->h,
        .in_w = in->w,
        .in_c = in->c,
        .out_h = out->h,
        .out_w = out->w,
        .out_k = out->c,
        .kernel_h = layer->conv.kernel_h,
        .kernel_w = layer->conv.kernel_w,
        .stride_h = out->h > 1 ? layer->conv.stride_h : 1,
        .stride_w = out->w > 1 ? layer->conv.stride_w : 1,
        .dilation_h = layer->conv.dilation_h > 0 ? layer->conv.dilation_h : 1,
        .dilation_w = layer->conv.dilation_w > 0 ? layer->conv.dilation_w : 1,
        .pad_top = layer->conv.pad_top,
        .pad_left = layer->conv.pad_left,
        .multiplier = layer->op == AS_OP_DEPTHWISE_CONV_2D ? layer->conv.depth_multiplier : 0,
        .image_c = in->c,
        .images = 1,
        .sets = 1,
    };
}

int as_extent(int tile, int stride, int taps, int dilation)
{
    return taps == 1 ? tile : (tile - 1) * stride + (taps - 1) * dilation + 1;
}

int as_loaded_stride(int stride, int taps)
{
    return taps == 1 ? 1 : stride;
}
