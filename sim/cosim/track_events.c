#include "sim/cosim/track_events.h"

#include <stdbool.h>
#include <string.h>

#define MESSAGE_MAX 1024
#define ROOT        1 /* track of the process */
#define SEQUENCE    1 /* all packets are of one */

/* Numbers of the fields. */
enum { TRACE_PACKET = 1 };
enum {
    PACKET_TIMESTAMP = 8,
    PACKET_SEQUENCE = 10,
    PACKET_EVENT = 11,
    PACKET_INTERNED = 12,
    PACKET_FLAGS = 13,
    PACKET_TRACK = 60
};
enum { TRACK_UUID = 1, TRACK_NAME, TRACK_PROCESS, TRACK_PARENT = 5, TRACK_COUNTER = 8 };
enum { TRACK_CHILDREN = 11, TRACK_RANK = 12 };
enum { PROCESS_PID = 1, PROCESS_NAME = 6 };
enum { COUNTER_UNIT_NAME = 6 };
enum { INTERNED_EVENT_NAMES = 2, NAME_IID = 1, NAME_TEXT = 2 };
enum { EVENT_ANNOTATION = 4, EVENT_TYPE = 9, EVENT_NAME = 10, EVENT_TRACK = 11, EVENT_VALUE = 30 };
enum { ANNOTATION_UINT = 3, ANNOTATION_NAME = 10 };

/* Values of fields. */
enum { FLAG_CLEARED = 1, FLAG_NEEDS_NAMES = 2 };
enum { BEGIN = 1, END = 2, COUNTER = 4 };
enum { CHILDREN_BY_RANK = 3 };

/* Wire types. */
enum { VARINT = 0, BYTES = 2 };

struct message {
    uint8_t bytes[MESSAGE_MAX]; /* room for every message that is made here */
    size_t count;
};

static void put_varint(struct message *m, uint64_t value)
{
    for (; value > 127; value >>= 7)
        m->bytes[m->count++] = (uint8_t)(value | 128);
    m->bytes[m->count++] = (uint8_t)value;
}

static void put_number(struct message *m, unsigned field, uint64_t value)
{
    put_varint(m, field << 3 | VARINT);
    put_varint(m, value);
}

static void put_bytes(struct message *m, unsigned field, const void *bytes, size_t count)
{
    put_varint(m, field << 3 | BYTES);
    put_varint(m, count);
    memcpy(m->bytes + m->count, bytes, count);
    m->count += count;
}

/* Cut before the character that has no room. */
static void put_text(struct message *m, unsigned field, const char *text)
{
    size_t count = strnlen(text, AS_TRACK_TEXT_MAX + 1);

    if (count > AS_TRACK_TEXT_MAX)
        for (count = AS_TRACK_TEXT_MAX; count > 0 && (text[count] & 0xC0) == 0x80;)
            count--;
    put_bytes(m, field, text, count);
}

static void put_message(struct message *m, unsigned field, const struct message *inner)
{
    put_bytes(m, field, inner->bytes, inner->count);
}

static void write_packet(FILE *out, struct message *packet, unsigned flags)
{
    struct message head = {.count = 0};

    put_number(packet, PACKET_SEQUENCE, SEQUENCE);
    put_number(packet, PACKET_FLAGS, flags);
    put_varint(&head, TRACE_PACKET << 3 | BYTES);
    put_varint(&head, packet->count);
    fwrite(head.bytes, 1, head.count, out);
    fwrite(packet->bytes, 1, packet->count, out);
}

/* ---- tracks and names ---- */

static void write_track(FILE *out, const struct message *track, unsigned flags)
{
    struct message packet = {.count = 0};

    put_message(&packet, PACKET_TRACK, track);
    write_packet(out, &packet, flags);
}

void as_track_process(FILE *out, const char *name)
{
    struct message track = {.count = 0}, process = {.count = 0};

    put_number(&process, PROCESS_PID, 1);
    put_text(&process, PROCESS_NAME, name);
    put_number(&track, TRACK_UUID, ROOT);
    put_message(&track, TRACK_PROCESS, &process);
    put_number(&track, TRACK_CHILDREN, CHILDREN_BY_RANK);
    write_track(out, &track, FLAG_CLEARED);
}

static struct message child(uint64_t number, const char *name)
{
    struct message track = {.count = 0};

    put_number(&track, TRACK_UUID, number);
    put_text(&track, TRACK_NAME, name);
    put_number(&track, TRACK_PARENT, ROOT);
    put_number(&track, TRACK_RANK, number);
    return track;
}

void as_track_slices(FILE *out, uint64_t track, const char *name)
{
    const struct message message = child(track, name);

    write_track(out, &message, FLAG_NEEDS_NAMES);
}

void as_track_counter(FILE *out, uint64_t track, const char *name, const char *unit)
{
    struct message message = child(track, name), counter = {.count = 0};

    put_text(&counter, COUNTER_UNIT_NAME, unit);
    put_message(&message, TRACK_COUNTER, &counter);
    write_track(out, &message, FLAG_NEEDS_NAMES);
}

void as_track_name(FILE *out, uint64_t number, const char *text)
{
    struct message packet = {.count = 0}, interned = {.count = 0}, name = {.count = 0};

    put_number(&name, NAME_IID, number);
    put_text(&name, NAME_TEXT, text);
    put_message(&interned, INTERNED_EVENT_NAMES, &name);
    put_message(&packet, PACKET_INTERNED, &interned);
    write_packet(out, &packet, FLAG_NEEDS_NAMES);
}

/* ---- events ---- */

static void write_event(FILE *out, const struct message *event, uint64_t time)
{
    struct message packet = {.count = 0};

    put_number(&packet, PACKET_TIMESTAMP, time);
    put_message(&packet, PACKET_EVENT, event);
    write_packet(out, &packet, FLAG_NEEDS_NAMES);
}

static struct message event_of(unsigned type, uint64_t track)
{
    struct message event = {.count = 0};

    put_number(&event, EVENT_TYPE, type);
    put_number(&event, EVENT_TRACK, track);
    return event;
}

void as_track_begin(FILE *out, uint64_t track, uint64_t time, uint64_t name, const char *key,
                    uint64_t value)
{
    struct message event = event_of(BEGIN, track), annotation = {.count = 0};

    put_number(&event, EVENT_NAME, name);
    if (key) {
        put_text(&annotation, ANNOTATION_NAME, key);
        put_number(&annotation, ANNOTATION_UINT, value);
        put_message(&event, EVENT_ANNOTATION, &annotation);
    }
    write_event(out, &event, time);
}

void as_track_end(FILE *out, uint64_t track, uint64_t time)
{
    const struct message event = event_of(END, track);

    write_event(out, &event, time);
}

void as_track_count(FILE *out, uint64_t track, uint64_t time, uint64_t value)
{
    struct message event = event_of(COUNTER, track);

    put_number(&event, EVENT_VALUE, value);
    write_event(out, &event, time);
}
