#include "tests/random/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_flag(struct random_options *o, const char *word)
{
    for (int n = 0; o->flag_name[n]; n++)
        if (strcmp(word, o->flag_name[n]) == 0) {
            o->flags |= 1u << n;
            return true;
        }
    return false;
}

/* An option with a value; false when there is none of this name. */
static bool read_value(struct random_options *o, const char *word, const char *value)
{
    const struct {
        const char *name;
        int *number;
    } numbers[] = {{"--configs", &o->configs},
                   {"--cases", &o->cases},
                   {"--config", &o->config},
                   {"--case", &o->one_case}};

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (strcmp(word, numbers[i].name) == 0) {
            *numbers[i].number = atoi(value);
            return true;
        }
    if (strcmp(word, "--dataflow") == 0)
        o->dataflow = value;
    else if (strcmp(word, "--seed") == 0)
        o->seed = strtoull(value, NULL, 10);
    else
        return false;
    return true;
}

void random_options_read(struct random_options *o, int first, int argc, char **argv)
{
    for (int i = first; i < argc; i++) {
        if (read_flag(o, argv[i]))
            continue;
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (!read_value(o, argv[i], value)) {
            fprintf(stderr, "unknown option %s\n", argv[i]);
            exit(2);
        }
        if (++i == argc) {
            fprintf(stderr, "%s needs a value\n", argv[i - 1]);
            exit(2);
        }
    }
    if (o->configs < 1 || o->cases < o->configs) {
        fprintf(stderr, "--cases has to be at least --configs, and that at least 1\n");
        exit(2);
    }
}

bool random_options_want(const struct random_options *o, const char *dataflow)
{
    return strcmp(o->dataflow, "all") == 0 || strcmp(o->dataflow, dataflow) == 0;
}

uint64_t random_options_seed(const struct random_options *o, const char *dataflow, int config,
                             int n)
{
    uint64_t seed = o->seed * UINT64_C(0x9E3779B97F4A7C15) + o->salt;

    for (const char *c = dataflow; *c; c++)
        seed = (seed ^ (uint64_t)*c) * UINT64_C(0x100000001B3);
    seed = (seed ^ (uint64_t)config) * UINT64_C(0x100000001B3);
    return (seed ^ (uint64_t)(n + 1)) * UINT64_C(0x9E3779B97F4A7C15);
}
