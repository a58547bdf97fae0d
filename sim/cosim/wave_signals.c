#include "sim/cosim/wave_signals.h"

#include <string.h>

/* The pins of the system module but its clock: name, width, value from `in` and `out`. */
#define PINS(PIN)                                                                                  \
    PIN("rst_i", 1, in->rst)                                                                       \
    PIN("mem_stall_i", 1, in->stall)                                                               \
    PIN("rx_valid_i", 1, in->rx_valid)                                                             \
    PIN("rx_ready_o", 1, out->rx_ready)                                                            \
    PIN("rx_data_i", 8, in->rx_data)                                                               \
    PIN("tx_valid_o", 1, out->tx_valid)                                                            \
    PIN("tx_ready_i", 1, in->tx_ready)                                                             \
    PIN("tx_data_o", 8, out->tx_data)                                                              \
    PIN("busy_o", 1, out->busy)                                                                    \
    PIN("layer_done_o", 1, out->layer_done)

static const struct pin {
    const char *name;
    int width;
} pins[] = {
#define PIN(name, width, value) {name, width},
    PINS(PIN)
#undef PIN
};

#define PIN_COUNT ((int)(sizeof pins / sizeof pins[0]))

/* The signal that a probe is a part of: its path without the part select. */
static struct as_wave_signal signal_of(struct as_arena *arena, const struct as_probe *probe, int i)
{
    const char *select = strstr(probe->path, " +: ");
    size_t length = strlen(probe->path);

    if (select)
        while (probe->path[--length] != '[')
            ;
    char *path = as_arena_printf(arena, "%.*s", (int)length, probe->path);
    char *dot = strrchr(path, '.');
    *dot = '\0';
    return (struct as_wave_signal){.scope = path,
                                   .name = dot + 1,
                                   .width = probe->width,
                                   .first = i,
                                   .parts = 1,
                                   .part_width = probe->width};
}

static bool is_next_part(const struct as_wave_signal *signal, const struct as_wave_signal *part)
{
    return signal->part_width == part->part_width && strcmp(signal->name, part->name) == 0 &&
           strcmp(signal->scope, part->scope) == 0;
}

struct as_wave_signals as_wave_signals(struct as_arena *arena, const struct as_hw *hw)
{
    const struct as_probe *probes = as_probe_list(arena, hw);
    const int count = as_probe_count(hw);
    struct as_wave_signals list = {.values = count + PIN_COUNT, .probes = count};

    list.signal = AS_NEW(arena, struct as_wave_signal, list.values);
    for (int i = 0; i < PIN_COUNT; i++)
        list.signal[list.count++] = (struct as_wave_signal){.scope = "",
                                                            .name = pins[i].name,
                                                            .width = pins[i].width,
                                                            .first = count + i,
                                                            .parts = 1,
                                                            .part_width = pins[i].width};
    for (int i = 0; i < count; i++) {
        const struct as_wave_signal part = signal_of(arena, &probes[i], i);
        struct as_wave_signal *last = &list.signal[list.count - 1];
        if (is_next_part(last, &part)) {
            last->parts++;
            last->width += part.width;
        } else {
            list.signal[list.count++] = part;
        }
    }
    return list;
}

void as_wave_values(const struct as_wave_signals *signals, const struct as_pins_in *in,
                    const struct as_pins_out *out, const void *probes, uint64_t *values)
{
    memcpy(values, probes, sizeof *values * (size_t)signals->probes);
    values += signals->probes;
#define PIN(name, width, value) *values++ = (value);
    PINS(PIN)
#undef PIN
}
