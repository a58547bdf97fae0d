#include "cli/image.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

#define SCANS_MAX 64 /* of a progressive JPEG: more only cost time */

/* What a decoder works on. */
struct decoder {
    struct as_arena *arena;
    const uint8_t *bytes;
    size_t count, at;
    struct as_image *image;
    char why[JMSG_LENGTH_MAX]; /* it gave up */
};

/* Room for an image of that size; false when it is too large. */
static bool make_room(struct decoder *d, unsigned long width, unsigned long height, int channels)
{
    if (width < 1 || height < 1 || width > AS_IMAGE_SIDE_MAX || height > AS_IMAGE_SIDE_MAX ||
        width * height > AS_IMAGE_PIXELS_MAX) {
        snprintf(d->why, sizeof d->why, "%lux%lu pixels, expected sides of 1..%d and at most %d",
                 width, height, AS_IMAGE_SIDE_MAX, AS_IMAGE_PIXELS_MAX);
        return false;
    }
    d->image->width = (int)width;
    d->image->height = (int)height;
    d->image->channels = channels;
    d->image->pixels = as_arena_alloc(d->arena, width * height * (size_t)channels);
    return true;
}

/* ---- PNG ---- */

static void png_give_up(png_structp png, png_const_charp text)
{
    struct decoder *d = png_get_error_ptr(png);

    snprintf(d->why, sizeof d->why, "%s", text);
    longjmp(png_jmpbuf(png), 1);
}

static void png_go_on(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void png_take(png_structp png, png_bytep out, size_t count)
{
    struct decoder *d = png_get_io_ptr(png);

    if (count > d->count - d->at)
        png_error(png, "it ends early");
    memcpy(out, d->bytes + d->at, count);
    d->at += count;
}

/* Leaves by png_give_up() when the file is damaged. */
static bool decode_png_body(struct decoder *d, png_structp png, png_infop info)
{
    png_set_read_fn(png, d, png_take);
    png_set_user_limits(png, 0x7fffffff, 0x7fffffff); /* make_room() says which they are */
    png_read_info(png, info);
    unsigned long width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_interlace_handling(png);
    if (width > AS_IMAGE_SIDE_MAX) /* of which a row would be allocated */
        return make_room(d, width, height, 1);
    png_read_update_info(png, info);
    if (!make_room(d, width, height, png_get_channels(png, info)))
        return false;
    uint8_t **rows = AS_NEW(d->arena, uint8_t *, height);
    for (unsigned long y = 0; y < height; y++)
        rows[y] = d->image->pixels + y * png_get_rowbytes(png, info);
    png_read_image(png, rows);
    png_read_end(png, NULL);
    return true;
}

static bool decode_png(struct decoder *d)
{
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, d, png_give_up, png_go_on);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    bool done = false;

    snprintf(d->why, sizeof d->why, "out of memory");
    if (info && setjmp(png_jmpbuf(png)) == 0)
        done = decode_png_body(d, png, info);
    else
        done = false;
    png_destroy_read_struct(&png, &info, NULL);
    return done;
}

/* ---- JPEG ---- */

struct jpeg_job {
    struct jpeg_error_mgr errors; /* first: libjpeg knows this part only */
    struct jpeg_progress_mgr progress;
    struct decoder *decoder;
    jmp_buf escape;
};

static void jpeg_give_up(j_common_ptr info)
{
    struct jpeg_job *job = (struct jpeg_job *)info->err;

    info->err->format_message(info, job->decoder->why);
    longjmp(job->escape, 1);
}

/* A warning, level -1, is of damaged data, which libjpeg would make up. */
static void jpeg_message(j_common_ptr info, int level)
{
    if (level < 0)
        jpeg_give_up(info);
}

static void jpeg_watch(j_common_ptr info)
{
    struct jpeg_job *job = (struct jpeg_job *)info->err;

    if (((j_decompress_ptr)info)->input_scan_number <= SCANS_MAX)
        return;
    snprintf(job->decoder->why, sizeof job->decoder->why, "more than %d scans", SCANS_MAX);
    longjmp(job->escape, 1);
}

/* Leaves by longjmp() when the file is damaged. */
static bool decode_jpeg_body(struct jpeg_job *job, struct jpeg_decompress_struct *info)
{
    struct decoder *d = job->decoder;

    jpeg_mem_src(info, d->bytes, d->count);
    jpeg_read_header(info, TRUE);
    bool grey = info->num_components == 1;
    if (!grey && info->num_components != 3) {
        snprintf(d->why, sizeof d->why, "%d colours, expected grey or RGB", info->num_components);
        return false;
    }
    if (!make_room(d, info->image_width, info->image_height, grey ? 1 : 3))
        return false;
    info->out_color_space = grey ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(info);
    while (info->output_scanline < info->output_height) {
        uint8_t *row = d->image->pixels + (size_t)info->output_scanline * info->output_width *
                                              (size_t)info->output_components;
        jpeg_read_scanlines(info, &row, 1);
    }
    jpeg_finish_decompress(info);
    return true;
}

static bool decode_jpeg(struct decoder *d)
{
    struct jpeg_job job = {.decoder = d};
    struct jpeg_decompress_struct info = {.err = jpeg_std_error(&job.errors)};
    bool done = false;

    job.errors.error_exit = jpeg_give_up;
    job.errors.emit_message = jpeg_message;
    job.progress.progress_monitor = jpeg_watch;
    if (setjmp(job.escape) == 0) {
        jpeg_create_decompress(&info);
        info.progress = &job.progress;
        done = decode_jpeg_body(&job, &info);
    } else {
        done = false;
    }
    jpeg_destroy_decompress(&info);
    return done;
}

/* ---- either ---- */

enum as_status as_image_decode(struct as_arena *arena, const uint8_t *bytes, size_t count,
                               const char *path, struct as_image *image, struct as_diag *diag)
{
    struct decoder d = {.arena = arena, .bytes = bytes, .count = count, .image = image};
    bool png = count >= 8 && png_sig_cmp(bytes, 0, 8) == 0;
    bool jpeg = count >= 3 && memcmp(bytes, "\xFF\xD8\xFF", 3) == 0;

    if (!png && !jpeg)
        return as_fail(diag, AS_ERR_PARSE, "%s: its bytes are neither of a PNG nor of a JPEG",
                       path);
    if (!(png ? decode_png(&d) : decode_jpeg(&d)))
        return as_fail(diag, AS_ERR_PARSE, "%s: %s: %s", path, png ? "PNG" : "JPEG", d.why);
    return AS_OK;
}
