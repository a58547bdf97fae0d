#include "gen/config.h"

#include <string.h>
#include <unistd.h>

#include "dataflows/dataflow.h"
#include "gen/config_read.h"
#include "gen/home.h"
#include "gen/hw.h"
#include "gen/params.h"
#include "gen/strutil.h"
#include "gen/yaml.h"

#define PROBLEMS_MAX            10
#define UART_CYCLES_PER_BIT_MIN 8

/* What the fields of a descriptor and the addresses of a buffer can hold, and what a tile needs,
 * follows from the bounds of gen/params.def; a bound that breaks it does not compile. */
enum {
#define AS_PARAM(name, key, dflt, min, max, unit, meaning) name##_min = (min), name##_max = (max),
#define AS_TEXT(name, key, dflt, choices, meaning)
#include "gen/params.def"
#undef AS_PARAM
#undef AS_TEXT
};
_Static_assert(2 * ibuf_words_max <= 65536, "the ifmap buffer is addressed with 16 bits");
_Static_assert(2 * wbuf_words_max <= 65536, "the weight buffer is addressed with 16 bits");
_Static_assert(2 * acc_words_max <= 65536, "the accumulators are addressed with 16 bits");
_Static_assert(mem_width_max <= 128, "a descriptor of 16 bytes is at least one memory word");

/* A combination that cannot be built, and the parameters to blame, the likeliest first. */
struct problem {
    int at[2];
    char text[256];
};

static bool is_power_of_two(int value)
{
    return value > 0 && (value & (value - 1)) == 0;
}

/* The smallest n with 2^n >= value. */
static int ceil_log2(int value)
{
    int n = 0;

    while (n < 30 && 1 << n < value)
        n++;
    return n;
}

static int find_power_problems(const struct as_config *cfg, struct problem *problems)
{
    static const int powers[] = {AS_INDEX_mem_bytes,  AS_INDEX_mem_width, AS_INDEX_ibuf_words,
                                 AS_INDEX_wbuf_words, AS_INDEX_acc_words, AS_INDEX_requant_stages};
    int count = 0;

    for (size_t i = 0; i < sizeof powers / sizeof powers[0]; i++) {
        const struct as_param *param = &as_params[powers[i]];
        int value = as_param_get(cfg, param);
        char bound[64];

        if (is_power_of_two(value))
            continue;
        struct problem *problem = &problems[count++];
        problem->at[0] = problem->at[1] = powers[i];
        as_param_bound(param, bound, sizeof bound);
        snprintf(problem->text, sizeof problem->text,
                 "%s is %d, expected a power of two, %s (near it: %d, %d)", param->key, value,
                 bound, 1 << (ceil_log2(value) - 1), 1 << ceil_log2(value));
    }
    return count;
}

/* Every parameter is inside its bound.  Returns how many problems were written. */
static int find_problems(const struct as_config *cfg, struct problem *problems)
{
    int count = find_power_problems(cfg, problems);
    int cycles_per_bit = (int)(cfg->clock_khz * 1000LL / cfg->host_baud);
    int target_bits = ceil_log2(cfg->mem_bytes / AS_STREAM_ALIGN);

    if (cfg->order_count > 0 && cfg->order[cfg->order_count - 1] != AS_DIM_C) {
        struct problem *problem = &problems[count++];
        problem->at[0] = AS_INDEX_order;
        problem->at[1] = AS_INDEX_dataflow;
        snprintf(problem->text, sizeof problem->text,
                 "order ends with %c, expected C last: %s keeps partial sums in the accumulators "
                 "until the reduction over C is complete",
                 "PQCK"[cfg->order[cfg->order_count - 1]], cfg -> dataflow);
    }
    if (2 * cfg->count_bits < target_bits) {
        struct problem *problem = &problems[count++];
        problem->at[0] = AS_INDEX_count_bits;
        problem->at[1] = AS_INDEX_mem_bytes;
        snprintf(problem->text, sizeof problem->text,
                 "descriptor.count is %d, expected at least %d with memory.bytes %d: a loop of "
                 "descriptors holds its target in two counts",
                 cfg->count_bits, (target_bits + 1) / 2, cfg->mem_bytes);
    }
    if (cycles_per_bit < UART_CYCLES_PER_BIT_MIN) {
        struct problem *problem = &problems[count++];
        problem->at[0] = AS_INDEX_host_baud;
        problem->at[1] = AS_INDEX_clock_khz;
        snprintf(problem->text, sizeof problem->text,
                 "host.baud %d at clock.khz %d is %d cycles per bit, expected at least %d",
                 cfg->host_baud, cfg->clock_khz, cycles_per_bit, UART_CYCLES_PER_BIT_MIN);
    }
    return count;
}

static enum as_move move_of(const char *text, enum as_move preset)
{
    static const char *const names[] = {"forwarded", "broadcast", "stationary", "tree"};

    for (int i = 0; i < 4; i++)
        if (strcmp(text, names[i]) == 0)
            return (enum as_move)i;
    return preset;
}

/* The movement and the unroll: the preset's, where the description leaves them open. */
static void derive_movement(struct as_config *cfg)
{
    const struct as_dataflow *dataflow = as_dataflow_find(cfg->dataflow);
    const int given[] = {cfg->unroll_k, cfg->unroll_c, cfg->unroll_p,
                         cfg->unroll_q, cfg->unroll_r, cfg->unroll_s};
    int *unroll[] = {&cfg->k, &cfg->c, &cfg->p, &cfg->q, &cfg->r, &cfg->s};
    bool any = false;

    for (int i = 0; i < 6; i++)
        any = any || given[i] > 0;
    for (int i = 0; i < 6; i++) {
        *unroll[i] = any ? given[i] : dataflow->unroll[i];
        if (*unroll[i] == 0)
            *unroll[i] = 1;
    }
    cfg->ifmap_move = move_of(cfg->move_ifmap, dataflow->ifmap);
    cfg->weight_move = move_of(cfg->move_weight, dataflow->weight);
    cfg->psum_move = move_of(cfg->move_psum, dataflow->psum);
    cfg->stays = cfg->psum_move == AS_MOVE_STATIONARY    ? AS_STAYS_PSUM
                 : cfg->ifmap_move == AS_MOVE_STATIONARY ? AS_STAYS_IFMAP
                                                         : AS_STAYS_WEIGHT;
    cfg->output_kind = cfg->stays == AS_STAYS_PSUM;
    cfg->rows = cfg->output_kind ? cfg->p * cfg->q : cfg->r * cfg->s * cfg->c;
    cfg->cols = cfg->stays == AS_STAYS_IFMAP ? cfg->p * cfg->q : cfg->k;
    cfg->x_forwarded =
        (cfg->stays == AS_STAYS_IFMAP ? cfg->weight_move : cfg->ifmap_move) == AS_MOVE_FORWARDED;
    cfg->psum_forwarded = cfg->psum_move == AS_MOVE_FORWARDED;
    cfg->w_forwarded = cfg->output_kind && cfg->weight_move == AS_MOVE_FORWARDED;
    cfg->wide = !cfg->output_kind && !cfg->psum_forwarded && cfg->rows > 1;
    if (cfg->line_words < 0)
        cfg->line_words = dataflow->line_words;
    if (cfg->stays != AS_STAYS_WEIGHT || cfg->r * cfg->s == 1)
        cfg->line_words = 0;
    cfg->line = cfg->line_words > 0;
}

static void derive_timing(struct as_config *cfg)
{
    int levels = ceil_log2(cfg->rows);

    cfg->tree_stages = (levels + cfg->tree_levels - 1) / cfg->tree_levels;
    if (cfg->tree_stages == 0)
        cfg->tree_stages = 1;
    cfg->latency = cfg->output_kind
                       ? 5 + cfg->broadcast + cfg->tree_stages - cfg->w_forwarded
                       : 3 + cfg->broadcast + (cfg->psum_forwarded ? cfg->rows : cfg->tree_stages);
    cfg->line_latency = cfg->latency + (cfg->line && !cfg->psum_forwarded ? cfg->s - 1 : 0);
    cfg->drain_cycles = cfg->line_latency + cfg->cols + (cfg->output_kind ? cfg->rows : 0);
}

static int largest_power_of_two(int most)
{
    int power = 1;

    while (2 * power <= most)
        power *= 2;
    return power;
}

static void derive(struct as_config *cfg)
{
    derive_movement(cfg);
    derive_timing(cfg);
    cfg->mem_width_bytes = cfg->mem_width / 8;
    cfg->mem_words = cfg->mem_bytes / cfg->mem_width_bytes;
    cfg->addr_bits = ceil_log2(cfg->mem_bytes);
    cfg->psum_bits = cfg->output_kind ? cfg->psum_limit : 16 + ceil_log2(cfg->rows);
    cfg->load_lanes = cfg->output_kind ? cfg->mem_width_bytes : cfg->rows;
    cfg->ibuf_lanes = cfg->output_kind                     ? cfg->rows * cfg->mem_width_bytes
                      : cfg->line && cfg->cols > cfg->rows ? cfg->cols
                                                           : cfg->rows;
    cfg->line_lanes = !cfg->line ? 0 : cfg->c > cfg->cols ? cfg->c : cfg->cols;
    cfg->wbuf_bytes = cfg->wide ? cfg->rows * cfg->cols : cfg->cols;
    int wbuf_word_bytes = cfg->wbuf_bytes > 4 ? cfg->wbuf_bytes : 4; /* a table entry is 4 bytes */
    cfg->wbuf_beats = (wbuf_word_bytes + cfg->mem_width_bytes - 1) / cfg->mem_width_bytes;
    int entries = cfg->wide ? cfg->rows * (cfg->cols > 1 ? 2 : 1) / 4 : 1;
    cfg->table_pack = largest_power_of_two(entries < 8 ? entries : 8);
    cfg->ibuf_addr_bits = ceil_log2(2 * cfg->ibuf_words);
    cfg->wbuf_addr_bits = ceil_log2(2 * cfg->wbuf_words);
    cfg->acc_addr_bits = ceil_log2(cfg->acc_words);
    cfg->ibuf_word_mode = cfg->load_lanes % cfg->mem_width_bytes == 0;
    cfg->parts = cfg->output_kind || cfg->stays == AS_STAYS_IFMAP || cfg->products != 0;
    cfg->by_address = cfg->stays == AS_STAYS_IFMAP;
}

void as_config_unroll_text(const struct as_config *cfg, char *out, size_t room)
{
    const int values[] = {cfg->k, cfg->c, cfg->p, cfg->q, cfg->r, cfg->s};
    size_t n = 0;

    snprintf(out, room, "none");
    for (int i = 0; i < 6; i++)
        if (values[i] > 1 && n < room)
            n += (size_t)snprintf(out + n, room - n, "%s%c: %d", n ? ", " : "", "KCPQRS"[i],
                                  values[i]);
}

static void set_defaults(struct as_config *cfg)
{
    memset(cfg, 0, sizeof *cfg);
    for (int i = 0; i < AS_PARAM_COUNT; i++) {
        if (as_params[i].is_text)
            strcpy(as_param_text(cfg, &as_params[i]), as_params[i].text_dflt);
        else
            as_param_set(cfg, &as_params[i], as_params[i].dflt);
    }
}

void as_config_default(struct as_config *cfg)
{
    set_defaults(cfg);
    derive(cfg);
}

enum as_status as_config_check(struct as_config *cfg, struct as_diag *diag)
{
    struct problem problems[PROBLEMS_MAX];

    for (int i = 0; i < AS_PARAM_COUNT; i++) {
        const struct as_param *param = &as_params[i];
        char bound[64];

        if (param->is_text)
            continue;
        int value = as_param_get(cfg, param);
        as_param_bound(param, bound, sizeof bound);
        if (value < param->min || value > param->max)
            return as_fail(diag, AS_ERR_RANGE, "%s is %d, expected %s", param->key, value, bound);
    }
    if (!as_dataflow_find(cfg->dataflow))
        return as_fail(diag, AS_ERR_RANGE, "dataflow is %s, expected a name of `list dataflows`",
                       cfg->dataflow);
    if (find_problems(cfg, problems) > 0)
        return as_fail(diag, AS_ERR_RANGE, "%s", problems[0].text);
    derive(cfg);
    return AS_OK;
}

/* Refuses the combinations whose parameters were not refused already. */
static void refuse_problems(struct as_config_reader *reader, const struct as_yaml_node *root)
{
    struct problem problems[PROBLEMS_MAX];
    int count = find_problems(reader->cfg, problems);

    for (int i = 0; i < count; i++) {
        const int *at = problems[i].at;
        const struct as_yaml_node *node = reader->set[at[0]]   ? reader->set[at[0]]
                                          : reader->set[at[1]] ? reader->set[at[1]]
                                                               : root;
        if (!reader->failed[at[0]] && !reader->failed[at[1]])
            as_config_refuse(reader, AS_ERR_RANGE, node, false, "%s", problems[i].text);
    }
}

static enum as_status finish(struct as_arena *arena, const struct as_yaml_node *root,
                             const char *const *overrides, int override_count,
                             struct as_config **out, struct as_diag *diag)
{
    struct as_config_reader reader = {.arena = arena, .diag = diag, .status = AS_OK};

    reader.cfg = AS_NEW(arena, struct as_config, 1);
    set_defaults(reader.cfg);
    as_config_read(&reader, root);
    for (int i = 0; i < override_count; i++)
        as_config_override(&reader, overrides[i]);
    refuse_problems(&reader, root);
    if (reader.error_count > 0)
        return reader.status;
    derive(reader.cfg);
    *out = reader.cfg;
    return AS_OK;
}

enum as_status as_config_parse(struct as_arena *arena, const char *label, const char *text,
                               size_t bytes, const char *const *overrides, int override_count,
                               struct as_config **out, struct as_diag *diag)
{
    const struct as_yaml_node *root;

    AS_TRY(as_yaml_parse(arena, label, text, bytes, &root, diag));
    return finish(arena, root, overrides, override_count, out, diag);
}

enum as_status as_config_load(struct as_arena *arena, const char *accel,
                              const char *const *overrides, int override_count,
                              struct as_config **out, struct as_diag *diag)
{
    const struct as_yaml_node *root;
    const char *path = accel;

    if (!strchr(accel, '/')) {
        const char *board =
            as_home_path(arena, as_arena_printf(arena, "boards/%s/accel.yaml", accel));
        if (access(board, F_OK) == 0) {
            path = board;
        } else if (access(accel, F_OK) != 0) {
            int count;
            const char *const *boards = as_board_names(arena, &count);
            const char *nearest = as_nearest(accel, boards + 1, count - 1);
            return as_fail(diag, AS_ERR_IO, "%s: no such file and no such board%s%s%s", accel,
                           nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                           nearest ? "\"?" : "");
        }
    }
    AS_TRY(as_yaml_read(arena, path, &root, diag));
    return finish(arena, root, overrides, override_count, out, diag);
}
