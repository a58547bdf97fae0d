/* Are PNG and JPEG decoded to the pixels that were put in, and is what is damaged or too large
 * refused before it costs memory? */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

#include "cli/image.h"

static struct as_diag diag;
static uint8_t file[1 << 20];

static uint8_t pixel(int y, int x, int c)
{
    return (uint8_t)(31 * y + 17 * x + 83 * c + 5);
}

/* A PNG of the pixels above, in `file`; its bytes. */
static size_t make_png(int width, int height, uint32_t format)
{
    static uint8_t pixels[64 * 64 * 4];
    int channels = (int)PNG_IMAGE_SAMPLE_CHANNELS(format);
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (uint32_t)width,
                       .height = (uint32_t)height,
                       .format = format};
    png_alloc_size_t bytes = sizeof file;

    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < channels; c++)
                pixels[(y * width + x) * channels + c] = pixel(y, x, c);
    cr_assert(png_image_write_to_memory(&image, file, &bytes, 0, pixels, 0, NULL));
    return bytes;
}

/* A JPEG of one colour. */
static size_t make_jpeg(int width, int height, int channels, bool progressive)
{
    struct jpeg_error_mgr errors;
    struct jpeg_compress_struct info = {.err = jpeg_std_error(&errors)};
    unsigned char *out = NULL;
    unsigned long bytes = 0;
    uint8_t row[64 * 4];

    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &out, &bytes);
    info.image_width = (JDIMENSION)width;
    info.image_height = (JDIMENSION)height;
    info.input_components = channels;
    info.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, 100, TRUE);
    if (progressive)
        jpeg_simple_progression(&info);
    jpeg_start_compress(&info, TRUE);
    for (int i = 0; i < width * channels; i++)
        row[i] = (uint8_t)(60 + 70 * (i % channels));
    for (int y = 0; y < height; y++) {
        uint8_t *rows[1] = {row};
        jpeg_write_scanlines(&info, rows, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    cr_assert_leq(bytes, sizeof file);
    memcpy(file, out, bytes);
    free(out);
    return bytes;
}

/* From a buffer of just that size. */
static enum as_status decode(struct as_arena *arena, size_t bytes, struct as_image *image)
{
    uint8_t *copy = malloc(bytes + (bytes == 0));
    memcpy(copy, file, bytes);
    as_diag_init(&diag);
    enum as_status status = as_image_decode(arena, copy, bytes, "photo", image, &diag);
    free(copy);
    return status;
}

Test(image, a_png_has_the_pixels_that_were_put_in)
{
    static const uint32_t formats[] = {PNG_FORMAT_GRAY, PNG_FORMAT_GA, PNG_FORMAT_RGB,
                                       PNG_FORMAT_RGBA};
    for (int i = 0; i < 4; i++) {
        struct as_arena *arena = as_arena_new();
        struct as_image image;
        cr_assert_eq(decode(arena, make_png(7, 5, formats[i]), &image), AS_OK, "%s", diag.text);
        cr_assert(image.width == 7 && image.height == 5 && image.channels == i + 1);
        for (int at = 0; at < 7 * 5 * (i + 1); at++)
            cr_assert_eq(image.pixels[at], pixel(at / (i + 1) / 7, at / (i + 1) % 7, at % (i + 1)));
        as_arena_free(arena);
    }
}

Test(image, a_jpeg_of_one_colour_has_it)
{
    for (int i = 0; i < 4; i++) {
        struct as_arena *arena = as_arena_new();
        struct as_image image;
        int channels = i < 2 ? 1 : 3;
        cr_assert_eq(decode(arena, make_jpeg(33, 9, channels, i % 2), &image), AS_OK, "%s",
                     diag.text);
        cr_assert(image.width == 33 && image.height == 9 && image.channels == channels);
        for (int at = 0; at < 33 * 9 * channels; at++)
            cr_assert(abs(image.pixels[at] - (60 + 70 * (at % channels))) <= 2);
        as_arena_free(arena);
    }
}

Test(image, colours_of_printers_are_refused)
{
    struct as_arena *arena = as_arena_new();
    struct as_image image;
    cr_assert_eq(decode(arena, make_jpeg(8, 8, 4, false), &image), AS_ERR_PARSE);
    cr_assert_str_eq(diag.text, "photo: JPEG: 4 colours, expected grey or RGB");
    as_arena_free(arena);
}

Test(image, what_is_neither_is_refused)
{
    struct as_arena *arena = as_arena_new();
    struct as_image image;
    memcpy(file, "GIF89a..", 8);
    cr_assert_eq(decode(arena, 8, &image), AS_ERR_PARSE);
    cr_assert_str_eq(diag.text, "photo: its bytes are neither of a PNG nor of a JPEG");
    cr_assert_eq(decode(arena, 0, &image), AS_ERR_PARSE);
    as_arena_free(arena);
}

/* Of a cut file no pixel is made up. */
Test(image, a_file_that_ends_early_is_refused)
{
    for (int kind = 0; kind < 3; kind++) {
        size_t bytes =
            kind == 0 ? make_png(20, 20, PNG_FORMAT_RGB) : make_jpeg(40, 40, 3, kind == 2);
        for (size_t kept = 0; kept < bytes; kept += kept + 40 < bytes ? 7 : 1) {
            struct as_arena *arena = as_arena_new();
            struct as_image image;
            cr_assert_eq(decode(arena, kept, &image), AS_ERR_PARSE, "%d: %zu of %zu", kind, kept,
                         bytes);
            cr_assert_eq(diag.count, 1);
            as_arena_free(arena);
        }
    }
}

/* A byte of the compressed data that differs is noticed by its checksum. */
Test(image, a_damaged_png_is_refused)
{
    size_t bytes = make_png(20, 20, PNG_FORMAT_RGB);
    struct as_arena *arena = as_arena_new();
    struct as_image image;
    file[bytes / 2] ^= 0x10;
    cr_assert_eq(decode(arena, bytes, &image), AS_ERR_PARSE);
    cr_assert(strstr(diag.text, "photo: PNG: "), "%s", diag.text);
    as_arena_free(arena);
}

/* The size is in the header: it is refused before anything is decoded. */
Test(image, a_small_file_of_a_large_image_is_refused)
{
    static const struct {
        uint32_t width, height;
        const char *want;
    } sizes[] = {
        {16385, 1, "photo: PNG: 16385x1 pixels, expected sides of 1..16384 and at most 33554432"},
        {1, 16385, "photo: PNG: 1x16385 pixels"},
        {16384, 16384, "photo: PNG: 16384x16384 pixels"},
        {0x7fffffff, 0x7fffffff, "photo: PNG: 2147483647x2147483647 pixels"},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct as_arena *arena = as_arena_new();
        struct as_image image;
        size_t bytes = make_png(4, 4, PNG_FORMAT_GRAY);
        png_save_uint_32(file + 16, sizes[i].width);
        png_save_uint_32(file + 20, sizes[i].height);
        uint32_t crc = 0xffffffff;
        for (int at = 12; at < 29; at++) {
            crc ^= file[at];
            for (int bit = 0; bit < 8; bit++)
                crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
        }
        png_save_uint_32(file + 29, ~crc);
        cr_assert_eq(decode(arena, bytes, &image), AS_ERR_PARSE);
        cr_assert_eq(strncmp(diag.text, sizes[i].want, strlen(sizes[i].want)), 0, "%s", diag.text);
        as_arena_free(arena);
    }
    struct as_arena *arena = as_arena_new();
    struct as_image image;
    size_t bytes = make_jpeg(16, 16, 1, false);
    uint8_t *frame = memmem(file, bytes, "\xFF\xC0", 2);
    memcpy(frame + 5, "\xFF\xDC\xFF\xDC", 4);
    cr_assert_eq(decode(arena, bytes, &image), AS_ERR_PARSE);
    cr_assert(strstr(diag.text, "photo: JPEG: 65500x65500 pixels"), "%s", diag.text);
    as_arena_free(arena);
}

/* Whatever the bytes, the decoder ends, and an image that it gives has all its pixels. */
Test(image, mutated_files_are_refused_or_read)
{
    uint32_t state = 1;
    for (int round = 0; round < 3000; round++) {
        struct as_arena *arena = as_arena_new();
        struct as_image image = {0};
        size_t bytes = round % 3 == 0   ? make_png(9, 9, PNG_FORMAT_RGBA)
                       : round % 3 == 1 ? make_jpeg(17, 9, 3, false)
                                        : make_jpeg(17, 9, 3, true);
        for (int i = 0; i <= round % 3; i++) {
            state = state * 1664525u + 1013904223u;
            file[(state >> 8) % (uint32_t)bytes] = (uint8_t)(state >> 24);
        }
        if (decode(arena, bytes, &image) == AS_OK) {
            uint32_t sum = 0;
            for (size_t at = 0;
                 at < (size_t)image.width * (size_t)image.height * (size_t)image.channels; at++)
                sum += image.pixels[at];
            cr_assert_leq(sum, 0xffffffffu);
        }
        as_arena_free(arena);
    }
}
