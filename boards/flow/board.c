#include "boards/flow/board.h"

#include <ctype.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/home.h"
#include "base/text.h"
#include "base/yaml.h"
#include "boards/flow/families.h"

#define CLOCK_SLACK   1.0    /* kHz between the clock that was asked for and what the PLL makes */
#define CLOCK_MAX     1000.0 /* MHz */
#define MEMORY_MAX    (1 << 24) /* bytes, as memory.bytes */
#define PIN_BYTES_MAX 8

/* ---- board.yaml ---- */

enum key_kind { WORDS, FILE_NAME, FAMILY, DEVICE, PLL, NUMBER, PIN, PIN_OR_LEVEL };

/* Every key of a board.yaml. */
struct board_key {
    const char *key;
    enum key_kind kind;
    size_t offset;    /* in struct as_board */
    double max;       /* NUMBER: above 0 and up to this */
    const char *port; /* PIN: of the top level */
    bool optional;
};

#define AT(field)   offsetof(struct as_board, field)
#define WIRE(which) AT(pin) + sizeof(struct as_pin) * (which)

/* Family before what depends on it. */
static const struct board_key keys[] = {
    {"name", WORDS, AT(name), 0, NULL, false},
    {"description", WORDS, AT(description), 0, NULL, false},
    {"family", FAMILY, AT(family), 0, NULL, false},
    {"device", DEVICE, AT(device), 0, NULL, false},
    {"package", WORDS, AT(package), 0, NULL, false},
    {"pll", PLL, AT(pll), 0, NULL, false},
    {"clock_mhz", NUMBER, AT(clock_mhz), CLOCK_MAX, NULL, false},
    {"clock_pin", PIN, WIRE(AS_WIRE_CLOCK), 0, "clk", false},
    {"uart_rx", PIN, WIRE(AS_WIRE_UART_RX), 0, "uart_rx", false},
    {"uart_tx", PIN, WIRE(AS_WIRE_UART_TX), 0, "uart_tx", false},
    {"led_red", PIN_OR_LEVEL, WIRE(AS_WIRE_LED_RED), 0, "led_red", true},
    {"led_green", PIN_OR_LEVEL, WIRE(AS_WIRE_LED_GREEN), 0, "led_green", true},
    {"button", PIN_OR_LEVEL, WIRE(AS_WIRE_BUTTON), 0, "button", true},
    {"memory_bytes", NUMBER, AT(memory_bytes), MEMORY_MAX, NULL, false},
    {"bitstream", FILE_NAME, AT(bitstream), 0, NULL, false},
    {"flash", WORDS, AT(flash), 0, NULL, false},
};

#define KEY_COUNT ((int)(sizeof keys / sizeof keys[0]))

struct reader {
    struct as_arena *arena;
    struct as_board *board;
    struct as_diag *diag;
    enum as_status status; /* of the first refusal */
};

static void refuse(struct reader *reader, const struct as_yaml_node *node, bool at_key,
                   const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void refuse(struct reader *reader, const struct as_yaml_node *node, bool at_key,
                   const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    as_yaml_vfail(reader->diag, AS_ERR_PARSE, node, at_key, fmt, args);
    va_end(args);
    reader->status = AS_ERR_PARSE;
}

static const char *show(const struct as_yaml_node *node)
{
    static const char *const kinds[] = {"empty", "a mapping", "a list"};

    return node->kind == AS_YAML_SCALAR && *node->text ? node->text : kinds[node->kind];
}

static const char *join(struct as_arena *arena, const char *const *words, int count)
{
    const char *text = "";

    for (int i = 0; i < count; i++)
        text = as_arena_printf(arena, "%s%s%s", text,
                               i == 0           ? ""
                               : i == count - 1 ? " or "
                                                : ", ",
                               words[i]);
    return text;
}

/* The index of the node's text in `words`; -1: refused. */
static int take_choice(struct reader *reader, const char *key, const struct as_yaml_node *node,
                       const char *const *words, int count)
{
    for (int i = 0; i < count; i++)
        if (node->kind == AS_YAML_SCALAR && strcmp(node->text, words[i]) == 0)
            return i;
    refuse(reader, node, false, "%s is %s, expected %s", key, show(node),
           join(reader->arena, words, count));
    return -1;
}

static void take_family(struct reader *reader, const struct board_key *row,
                        const struct as_yaml_node *node)
{
    int count;
    const char *const *names = as_family_names(&count);
    int i = take_choice(reader, row->key, node, names, count);

    if (i >= 0)
        reader->board->family = as_family_find(names[i]);
}

static void take_device(struct reader *reader, const struct board_key *row,
                        const struct as_yaml_node *node)
{
    const struct as_family *family = reader->board->family;
    const char **names = AS_NEW(reader->arena, const char *, family->device_count);

    for (int i = 0; i < family->device_count; i++)
        names[i] = family->devices[i].name;
    int i = take_choice(reader, row->key, node, names, family->device_count);
    if (i >= 0)
        reader->board->device = &family->devices[i];
}

static void take_pll(struct reader *reader, const struct board_key *row,
                     const struct as_yaml_node *node)
{
    const char *const *words = reader->board->family->plls;
    int count = 0;

    while (words[count])
        count++;
    int i = take_choice(reader, row->key, node, words, count);
    if (i >= 0)
        reader->board->pll = words[i];
}

static void take_number(struct reader *reader, const struct board_key *row,
                        const struct as_yaml_node *node, double *out)
{
    char *end = NULL;
    double value = node->kind == AS_YAML_SCALAR ? strtod(node->text, &end) : 0;

    if (end && *end == '\0' && value > 0 && value <= row->max)
        *out = value;
    else
        refuse(reader, node, false, "%s is %s, expected a number above 0 and up to %.0f", row->key,
               show(node), row->max);
}

static bool is_pin(const struct as_yaml_node *node)
{
    if (!node || node->kind != AS_YAML_SCALAR || *node->text == '\0')
        return false;
    for (const char *c = node->text; *c; c++)
        if (!isalnum((unsigned char)*c))
            return false;
    return strlen(node->text) <= PIN_BYTES_MAX;
}

/* 11, or {pin: 11, active: low} where a level means something. */
static void take_pin(struct reader *reader, const struct board_key *row,
                     const struct as_yaml_node *node, struct as_pin *out)
{
    static const char *const levels[] = {"low", "high"};
    const struct as_yaml_node *pin = node;
    const char *level = row->kind == PIN_OR_LEVEL ? ", or {pin: 11, active: low}" : "";
    int active = 1;

    if (node->kind == AS_YAML_MAP && row->kind == PIN_OR_LEVEL) {
        pin = as_yaml_get(node, "pin");
        for (const struct as_yaml_node *member = node->first; member; member = member->next) {
            if (strcmp(member->key, "active") == 0)
                active = take_choice(reader, as_arena_printf(reader->arena, "%s.active", row->key),
                                     member, levels, 2);
            else if (strcmp(member->key, "pin") != 0)
                refuse(reader, member, true, "unknown key \"%s.%.40s\"; expected pin or active",
                       row->key, member->key);
        }
    }
    if (!is_pin(pin))
        refuse(reader, pin ? pin : node, false,
               "%s is %s, expected the name of a pin, up to %d letters and digits%s", row->key,
               show(pin ? pin : node), PIN_BYTES_MAX, level);
    else
        *out = (struct as_pin){.port = row->port, .pin = pin->text, .active_low = active == 0};
}

static void take_text(struct reader *reader, const struct board_key *row,
                      const struct as_yaml_node *node, const char **out)
{
    bool words = node->kind == AS_YAML_SCALAR && *node->text != '\0';
    bool file = words && !strchr(node->text, '/') && *node->text != '.' && *node->text != '-';

    if (row->kind == FILE_NAME ? file : words)
        *out = node->text;
    else
        refuse(reader, node, false, "%s is %s, expected %s", row->key, show(node),
               row->kind == FILE_NAME ? "the name of a file, without a folder" : "words");
}

static void take(struct reader *reader, const struct board_key *row,
                 const struct as_yaml_node *node)
{
    void *field = (char *)reader->board + row->offset;

    switch (row->kind) {
    case FAMILY:
        take_family(reader, row, node);
        return;
    case DEVICE:
        if (reader->board->family)
            take_device(reader, row, node);
        return;
    case PLL:
        if (reader->board->family)
            take_pll(reader, row, node);
        return;
    case NUMBER:
        take_number(reader, row, node, field);
        return;
    case PIN:
    case PIN_OR_LEVEL:
        take_pin(reader, row, node, field);
        return;
    case WORDS:
    case FILE_NAME:
        take_text(reader, row, node, field);
        return;
    }
}

static void refuse_unknown(struct reader *reader, const struct as_yaml_node *root)
{
    const char *names[KEY_COUNT];

    for (int i = 0; i < KEY_COUNT; i++)
        names[i] = keys[i].key;
    for (const struct as_yaml_node *node = root->first; node; node = node->next) {
        bool known = false;
        for (int i = 0; i < KEY_COUNT && !known; i++)
            known = strcmp(names[i], node->key) == 0;
        if (known)
            continue;
        const char *nearest = as_nearest(node->key, names, KEY_COUNT);
        if (nearest)
            refuse(reader, node, true, "unknown key \"%.40s\"; did you mean \"%s\"?", node->key,
                   nearest);
        else
            refuse(reader, node, true, "unknown key \"%.40s\"; expected one of %s", node->key,
                   join(reader->arena, names, KEY_COUNT));
    }
}

/* One pin carries one wire. */
static void refuse_shared(struct reader *reader, const struct as_yaml_node *root)
{
    const struct board_key *wires[AS_WIRE_COUNT];
    int count = 0;

    for (int i = 0; i < KEY_COUNT; i++) {
        const struct as_pin *pin = (const void *)((const char *)reader->board + keys[i].offset);
        if (!keys[i].port || !pin->pin)
            continue;
        for (int j = 0; j < count; j++) {
            const struct as_pin *other =
                (const void *)((const char *)reader->board + wires[j]->offset);
            if (strcmp(other->pin, pin->pin) == 0)
                refuse(reader, as_yaml_get(root, keys[i].key), false,
                       "%s is pin %s, which is %s already", keys[i].key, pin->pin, wires[j]->key);
        }
        wires[count++] = &keys[i];
    }
}

enum as_status as_board_load(struct as_arena *arena, const char *name, const struct as_board **out,
                             struct as_diag *diag)
{
    struct as_board *board = AS_NEW(arena, struct as_board, 1);
    struct reader reader = {arena, board, diag, AS_OK};
    const struct as_yaml_node *root;

    *out = NULL;
    board->folder = as_home_path(arena, as_arena_printf(arena, "boards/%s", name));
    board->file = as_arena_printf(arena, "%s/board.yaml", board->folder);
    AS_TRY(as_yaml_read(arena, board->file, &root, diag));
    if (root->kind != AS_YAML_MAP)
        return as_yaml_fail(diag, AS_ERR_PARSE, root, false, "a board is a list of keys");
    for (int i = 0; i < KEY_COUNT; i++) {
        const struct as_yaml_node *node = as_yaml_get(root, keys[i].key);
        if (node)
            take(&reader, &keys[i], node);
        else if (!keys[i].optional)
            refuse(&reader, root, false, "%s is missing", keys[i].key);
    }
    refuse_unknown(&reader, root);
    refuse_shared(&reader, root);
    AS_TRY(reader.status);
    board->memory_line = as_yaml_get(root, "memory_bytes")->line;
    *out = board;
    return AS_OK;
}

/* ---- does it fit? ---- */

bool as_board_clock_is_plain(const struct as_board *board, const struct as_config *cfg)
{
    return fabs(1000 * board->clock_mhz - cfg->board.clock_khz) < CLOCK_SLACK;
}

static enum as_status check_clock(const struct as_board *board, const struct as_config *cfg,
                                  const char *label, struct as_diag *diag)
{
    double board_khz = 1000 * board->clock_mhz, nearest = board_khz, made;

    if (as_board_clock_is_plain(board, cfg))
        return AS_OK;
    if (board->family->clock(board->pll, board_khz, cfg->board.clock_khz, &made, NULL)) {
        if (fabs(made - cfg->board.clock_khz) < CLOCK_SLACK)
            return AS_OK;
        if (fabs(made - cfg->board.clock_khz) < fabs(nearest - cfg->board.clock_khz))
            nearest = made;
    }
    return as_fail(diag, AS_ERR_RANGE,
                   "%s: clock.khz is %d, which %s cannot make of its %g MHz; the nearest is %.0f",
                   label, cfg->board.clock_khz, board->name, board->clock_mhz, nearest);
}

enum as_status as_board_check(const struct as_board *board, const struct as_config *cfg,
                              const char *label, struct as_diag *diag)
{
    enum as_status status = AS_OK;

    if (cfg->hw.mem_bytes > board->memory_bytes)
        status = as_fail(diag, AS_ERR_NOFIT,
                         "%s: memory.bytes is %d, expected 4096..%.0f, what %s has (%s:%d)", label,
                         cfg->hw.mem_bytes, board->memory_bytes, board->name, board->file,
                         board->memory_line);
    enum as_status fits = board->family->check(board->device, board->name, cfg, label, diag);
    if (fits != AS_OK)
        status = fits;
    if (check_clock(board, cfg, label, diag) != AS_OK)
        status = AS_ERR_RANGE;
    return status;
}

void as_board_symbols(const struct as_board *board, const struct as_config *cfg,
                      struct as_symbols *symbols)
{
    double board_khz = 1000 * board->clock_mhz, made;

    as_symbols_set_text(symbols, "board_name", board->name);
    as_symbols_set_int(symbols, "board_khz", lround(board_khz));
    as_symbols_set_int(symbols, "pll", 0);
    if (!as_board_clock_is_plain(board, cfg)) {
        as_symbols_set_text(symbols, "pll", board->pll);
        board->family->clock(board->pll, board_khz, cfg->board.clock_khz, &made, symbols);
    }
    for (int i = 0; i < KEY_COUNT; i++) {
        const struct as_pin *pin = (const void *)((const char *)board + keys[i].offset);
        char active[64];
        if (!keys[i].port)
            continue;
        as_symbols_set_int(symbols, keys[i].port, pin->pin != NULL);
        snprintf(active, sizeof active, "%s_active", keys[i].port);
        as_symbols_set_text(symbols, active, pin->active_low ? "low" : "high");
    }
}
