/* Mutates model files, .tflite and .onnx, and parses them; what is accepted is listed and, small,
 * run.
 *
 *   fuzz_model SEED COUNT [FILE...]
 *
 * Meant for a build with -fsanitize=address,undefined -fno-sanitize-recover=all: a finding stops
 * the program.  The same arguments give the same mutations.  Without FILEs, the seeds are
 * models/digits/digits.tflite and, where it is there, the kws model below $ARRAYSMITH_SHARED
 * (default ../shared).  Prints how many mutants were refused, accepted and run. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/list_model.h"
#include "models/arith/edge.h"
#include "models/import/importers.h"
#include "sim/reference/reference.h"

#define SEEDS_MAX     64
#define RUN_WORK_MAX  5000000u   /* taps of one inference */
#define RUN_BYTES_MAX (1u << 20) /* of all its tensors */
#define HEAD_BYTES    2048       /* at each end, where tables and vtables gather */

struct seed {
    const char *name; /* of its mutants: "mutant.onnx" */
    uint8_t *data;
    size_t bytes;
};

/* The mutant that is being parsed, for the message of a finding. */
static struct {
    uint64_t seed;
    uint64_t number;
} current;

static uint64_t state;

static uint64_t next_random(void) /* splitmix64 */
{
    uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static size_t below(size_t bound)
{
    return bound ? (size_t)(next_random() % bound) : 0;
}

static struct seed read_seed(const char *path)
{
    struct seed s = {as_ends_with(path, ".onnx") ? "mutant.onnx" : "mutant.tflite", NULL, 0};
    FILE *file = fopen(path, "rb");
    if (!file)
        return s;
    size_t room = (size_t)1 << 20;
    s.data = malloc(room);
    if (s.data)
        s.bytes = fread(s.data, 1, room, file);
    fclose(file);
    return s;
}

/* A byte to change: mostly near a 4-byte word that looks like an offset, a count or a small
 * number, seldom in the middle of weights. */
static size_t place(const uint8_t *data, size_t bytes)
{
    size_t at = below(bytes);
    switch (below(4)) {
    case 0:
        return at;
    case 1:
        return below(bytes < HEAD_BYTES ? bytes : HEAD_BYTES);
    default:
        for (int tries = 0; tries < 64; tries++) {
            at = below(bytes) & ~(size_t)3;
            if (at + 4 <= bytes && data[at + 2] == 0 && data[at + 3] == 0)
                return at + below(4);
        }
        return at;
    }
}

static void overwrite_word(uint8_t *data, size_t bytes)
{
    static const uint32_t words[] = {0,          1,          2,          3,          4,
                                     5,          7,          8,          9,          16,
                                     255,        256,        4096,       65535,      65536,
                                     0x3f800000, 0x7f800000, 0x7fc00000, 0x00000001, 0x0da24260,
                                     0x7f7fffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
    size_t at = place(data, bytes) & ~(size_t)3;
    if (at + 4 > bytes)
        return;
    uint32_t word, old;
    memcpy(&old, data + at, 4);
    switch (below(4)) {
    case 0:
        word = (uint32_t)next_random();
        break;
    case 1:
        word = (uint32_t)below(bytes);
        break;
    case 2:
        word = old + (uint32_t)below(17) - 8;
        break;
    default:
        word = words[below(sizeof words / sizeof words[0])];
    }
    memcpy(data + at, &word, 4);
}

static void overwrite_half(uint8_t *data, size_t bytes)
{
    size_t at = place(data, bytes) & ~(size_t)1;
    if (at + 2 > bytes)
        return;
    uint16_t half = (uint16_t)(below(2) ? below(64) : next_random());
    memcpy(data + at, &half, 2);
}

/* Copies a stretch of `from` over the mutant. */
static void splice(uint8_t *data, size_t bytes, const struct seed *from)
{
    size_t length = 1 + below(below(2) ? 16 : 256);
    if (length > bytes || length > from->bytes)
        return;
    memcpy(data + below(bytes - length + 1), from->data + below(from->bytes - length + 1), length);
}

/* One mutation in place; returns the new length. */
static size_t mutate(uint8_t *data, size_t bytes, const struct seed *other)
{
    static const uint8_t values[] = {0, 1, 2, 3, 4, 8, 9, 16, 17, 22, 25, 32, 127, 128, 254, 255};
    switch (below(16)) {
    case 0:
    case 1:
    case 2:
        data[place(data, bytes)] ^= (uint8_t)(1u << below(8));
        break;
    case 3:
    case 4:
    case 5:
        data[place(data, bytes)] = values[below(sizeof values)];
        break;
    case 6:
    case 7:
    case 8:
    case 9:
    case 10:
        overwrite_word(data, bytes);
        break;
    case 11:
    case 12:
    case 13:
        overwrite_half(data, bytes);
        break;
    case 14:
        splice(data, bytes, other);
        break;
    default:
        if (below(4) == 0)
            return 1 + below(bytes);
    }
    return bytes;
}

/* Window taps and elements of one inference, which bound the reference's time. */
static uint64_t work_of(const struct as_network *net)
{
    uint64_t work = 0;
    for (int i = 0; i < net->layer_count; i++) {
        const struct as_layer *l = &net->layers[i];
        uint64_t out = net->tensors[l->output].bytes;
        bool window = as_op_work(l->op) == AS_WORK_WINDOW;
        work +=
            l->macs + out * (window ? (uint64_t)l->conv.kernel_h * (uint64_t)l->conv.kernel_w : 1);
    }
    return work;
}

/* Runs an accepted network on random input; false when it is too large for that. */
static bool run(struct as_arena *arena, const struct as_network *net, struct as_diag *diag)
{
    size_t bytes = 0;
    for (int i = 0; i < net->tensor_count; i++)
        bytes += net->tensors[i].bytes;
    if (bytes > RUN_BYTES_MAX || work_of(net) > RUN_WORK_MAX)
        return false;
    int8_t **tensors = AS_NEW(arena, int8_t *, net->tensor_count);
    for (int i = 0; i < net->tensor_count; i++)
        if (net->tensors[i].bytes > 0)
            tensors[i] = as_arena_alloc(arena, net->tensors[i].bytes);
    size_t n = as_edge_bytes(net, &net->inputs);
    uint8_t *own = as_arena_alloc(arena, n);
    int8_t *input = as_arena_alloc(arena, as_ports_bytes(net, &net->inputs));
    for (size_t i = 0; i < n; i++)
        own[i] = (uint8_t)below(256);
    as_edge_take(net, own, input);
    as_state_enter(net, NULL, tensors);
    if (as_reference_run(net, input, tensors, diag) != AS_OK)
        return false;
    as_state_enter(net, tensors, tensors);
    int8_t *output = as_arena_alloc(arena, as_ports_bytes(net, &net->outputs));
    as_ports_gather(net, tensors, output);
    as_edge_give(net, output, as_arena_alloc(arena, as_edge_bytes(net, &net->outputs)));
    return true;
}

/* Called by the sanitizers' runtime when it is about to abort. */
static void name_the_mutant(void)
{
    char text[128];
    int n = snprintf(text, sizeof text, "fuzz_model: mutant %" PRIu64 " of seed %" PRIu64 "\n",
                     current.number, current.seed);
    if (write(STDERR_FILENO, text, (size_t)n) != n)
        _exit(3);
}

void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static int default_seeds(struct seed *seeds)
{
    int count = 0;
    char path[1024];
    const char *shared = getenv("ARRAYSMITH_SHARED");
    seeds[count] = read_seed("models/digits/digits.tflite");
    count += seeds[count].bytes > 0;
    snprintf(path, sizeof path, "%s/models/kws/kws_ref_model.tflite",
             shared && *shared ? shared : "../shared");
    seeds[count] = read_seed(path);
    count += seeds[count].bytes > 0;
    return count;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: fuzz_model SEED COUNT [FILE...]\n", stderr);
        return 2;
    }
    struct seed seeds[SEEDS_MAX];
    int seed_count = argc == 3 ? default_seeds(seeds) : 0;
    for (int i = 3; i < argc && seed_count < SEEDS_MAX; i++) {
        seeds[seed_count] = read_seed(argv[i]);
        seed_count += seeds[seed_count].bytes > 0;
    }
    if (seed_count == 0) {
        fputs("fuzz_model: no seed file could be read\n", stderr);
        return 2;
    }
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(name_the_mutant);

    current.seed = strtoull(argv[1], NULL, 0);
    uint64_t count = strtoull(argv[2], NULL, 0), refused = 0, accepted = 0, ran = 0;
    static struct as_diag diag;
    FILE *nowhere = fopen("/dev/null", "w");
    if (!nowhere)
        return 3;
    for (current.number = 0; current.number < count; current.number++) {
        state = current.seed * UINT64_C(0x100000001B3) + current.number;
        const struct seed *from = &seeds[below((size_t)seed_count)];
        /* A block of exactly the mutant's size, so that one byte past it is a finding. */
        uint8_t *work = malloc(from->bytes);
        if (!work)
            return 3;
        memcpy(work, from->data, from->bytes);
        size_t bytes = from->bytes;
        for (size_t n = 1 + below(below(4) ? 2 : 12); n > 0; n--)
            bytes = mutate(work, bytes, &seeds[below((size_t)seed_count)]);
        uint8_t *mutant = bytes == from->bytes ? work : realloc(work, bytes);
        if (!mutant)
            return 3;

        struct as_arena *arena = as_arena_new();
        struct as_network *net;
        const struct as_source source = {.model = from->name, .data = mutant, .bytes = bytes};
        as_diag_init(&diag);
        if (as_model_read(arena, &source, &net, &diag) == AS_OK) {
            accepted++;
            as_list_model(nowhere, arena, net);
            ran += run(arena, net, &diag);
        } else {
            refused++;
            if (diag.count == 0) {
                fputs("fuzz_model: refused without a message\n", stderr);
                abort();
            }
        }
        as_arena_free(arena);
        free(mutant);
    }
    printf("fuzz_model: %" PRIu64 " mutants: %" PRIu64 " refused, %" PRIu64 " accepted, %" PRIu64
           " run\n",
           count, refused, accepted, ran);
    for (int i = 0; i < seed_count; i++)
        free(seeds[i].data);
    return 0;
}
