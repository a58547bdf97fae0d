#include "sim/host/link_driver.h"

#include <assert.h>
#include <string.h>

#include "base/crc16.h"

#define FRAME_MAX   (3 + 9 + 2 + AS_LINK_PAYLOAD_MAX + 2)
#define STATUS_SIZE 4
#define STALE_MAX   4096
#define ADDRESS_END 0x1000000u

/* One request and where its answer's payload goes. */
struct request {
    enum as_link_command command;
    uint32_t address[3];
    int address_count;
    const uint8_t *payload; /* sent, NULL unless WRITE */
    uint8_t *answer;        /* received, NULL if the answer has none */
    size_t length;          /* of either, 1..256; 1 for START, where it does not count */
};

enum outcome { ANSWERED, REFUSED, DAMAGED, SILENT };

void as_link_init(struct as_link *link, const struct as_link_port *port,
                  const struct as_link_timing *timing)
{
    assert(timing->attempts >= 1);
    memset(link, 0, sizeof *link);
    link->port = *port;
    link->timing = *timing;
    link->unsure = true;
}

static size_t append_crc(uint8_t *frame, size_t from, size_t to)
{
    uint16_t crc = as_crc16_bytes(AS_CRC16_START, frame + from, to - from);
    frame[to] = (uint8_t)(crc >> 8);
    frame[to + 1] = (uint8_t)crc;
    return to + 2;
}

static size_t encode(const struct request *r, uint8_t sequence, uint8_t frame[FRAME_MAX])
{
    size_t at = 0;
    assert(r->length >= 1 && r->length <= AS_LINK_PAYLOAD_MAX);
    frame[at++] = AS_LINK_SYNC;
    frame[at++] = (uint8_t)((unsigned)sequence << 4 | (unsigned)r->command);
    frame[at++] = (uint8_t)(AS_LINK_PAYLOAD_MAX - r->length);
    for (int i = 0; i < r->address_count; i++) {
        for (int byte = 0; byte < 3; byte++)
            frame[at++] = (uint8_t)(r->address[i] >> (8 * byte));
    }
    at = append_crc(frame, 1, at);
    if (r->payload != NULL) {
        memcpy(frame + at, r->payload, r->length);
        at = append_crc(frame, at, at + r->length);
    }
    return at;
}

/* False after answer_units in which the transport took nothing. */
static bool send_byte(struct as_link *link, uint8_t byte)
{
    for (uint32_t waited = 0; !link->port.send(link->port.context, byte); waited++) {
        if (waited >= link->timing.answer_units)
            return false;
        link->port.wait(link->port.context);
    }
    return true;
}

/* The next byte, or -1 after answer_units of silence. */
static int receive_byte(struct as_link *link)
{
    int byte;
    for (uint32_t waited = 0; (byte = link->port.poll(link->port.context)) < 0; waited++) {
        if (waited >= link->timing.answer_units)
            return -1;
        link->port.wait(link->port.context);
    }
    return byte;
}

/* Drops what comes until the line has been quiet.  A line that never is gives up after a while:
 * the next attempt will fail like this one. */
static void wait_quiet(struct as_link *link)
{
    uint64_t bound = (uint64_t)link->timing.answer_units * 16 + link->timing.quiet_units;
    uint32_t quiet = 0;
    for (uint64_t waited = 0; quiet < link->timing.quiet_units && waited < bound; waited++) {
        bool heard = false;
        while (waited < bound && link->port.poll(link->port.context) >= 0) {
            heard = true;
            waited++;
        }
        quiet = heard ? 0 : quiet + 1;
        link->port.wait(link->port.context);
    }
}

static enum outcome receive_answer(struct as_link *link, const struct request *r)
{
    uint8_t body[1 + AS_LINK_PAYLOAD_MAX + 2];
    int byte = receive_byte(link);
    if (byte < 0)
        return SILENT;
    if (byte != AS_LINK_SYNC)
        return DAMAGED;
    byte = receive_byte(link);
    if (byte < 0)
        return SILENT;
    body[0] = (uint8_t)byte;
    unsigned reason = body[0] & 3;
    /* Only requests with a payload of their own, and START, may be refused. */
    if (body[0] >> 4 != link->sequence || (body[0] & 12) != 0 || (reason != 0 && r->answer != NULL))
        return DAMAGED;
    size_t length = 1 + (r->answer != NULL ? r->length : 0) + 2;
    for (size_t i = 1; i < length; i++) {
        byte = receive_byte(link);
        if (byte < 0)
            return SILENT;
        body[i] = (uint8_t)byte;
    }
    if (as_crc16_bytes(AS_CRC16_START, body, length) != 0)
        return DAMAGED;
    if ((reason & AS_LINK_NAK_BAD) != 0)
        return DAMAGED;
    if ((reason & AS_LINK_NAK_BUSY) != 0)
        return REFUSED;
    if (r->answer != NULL)
        memcpy(r->answer, body + 1, r->length);
    return ANSWERED;
}

static const char *command_name(enum as_link_command command)
{
    switch (command) {
    case AS_LINK_READ:
        return "READ";
    case AS_LINK_READ_COUNTERS:
        return "COUNTERS";
    case AS_LINK_READ_STATUS:
        return "STATUS";
    case AS_LINK_WRITE:
        return "WRITE";
    case AS_LINK_START:
        return "START";
    }
    return "?";
}

/* One frame until it is answered.  Every repetition has the same number. */
static enum as_status transact(struct as_link *link, const struct request *r, struct as_diag *diag)
{
    uint8_t frame[FRAME_MAX];
    enum outcome outcome = SILENT;

    link->sequence = (link->sequence + 1) & AS_LINK_SEQUENCE_MASK;
    link->requests++;
    size_t length = encode(r, link->sequence, frame);
    for (unsigned attempt = 0; attempt < link->timing.attempts; attempt++) {
        if (attempt != 0) {
            link->retries++;
            wait_quiet(link);
        }
        /* What came unasked answers nothing; a line that never stops is left to the timing. */
        for (int i = 0; i < STALE_MAX && link->port.poll(link->port.context) >= 0; i++) {
        }
        size_t sent = 0;
        while (sent < length && send_byte(link, frame[sent]))
            sent++;
        outcome = sent == length ? receive_answer(link, r) : SILENT;
        if (outcome == ANSWERED)
            return AS_OK;
        if (outcome == REFUSED)
            return as_fail(diag, AS_ERR_IO, "host link: %s refused, the engines are running",
                           command_name(r->command));
    }
    link->unsure = true;
    return as_fail(diag, AS_ERR_IO, "host link: %s failed %u times, the last time %s",
                   command_name(r->command), link->timing.attempts,
                   outcome == SILENT ? "without an answer" : "with a damaged answer");
}

static enum as_status ask_status(struct as_link *link, struct as_link_status *status,
                                 struct as_diag *diag)
{
    uint8_t bytes[STATUS_SIZE];
    const struct request r = {.command = AS_LINK_READ_STATUS,
                              .address_count = 1,
                              .answer = bytes,
                              .length = sizeof bytes};
    AS_TRY(transact(link, &r, diag));
    if (bytes[1] != AS_LINK_VERSION)
        return as_fail(diag, AS_ERR_UNSUPPORTED,
                       "host link: the board speaks protocol version %d, expected %u", bytes[1],
                       AS_LINK_VERSION);
    status->busy = (bytes[0] & 1) != 0;
    status->version = bytes[1];
    status->id = (uint16_t)(bytes[2] | bytes[3] << 8);
    return AS_OK;
}

/* After a failure, or at first, the block may remember a START with the number that comes next; a
 * STATUS makes it forget. */
static enum as_status make_sure(struct as_link *link, struct as_diag *diag)
{
    struct as_link_status status;
    if (!link->unsure)
        return AS_OK;
    AS_TRY(ask_status(link, &status, diag));
    link->unsure = false;
    return AS_OK;
}

static enum as_status check_range(uint32_t addr, size_t length, struct as_diag *diag)
{
    if (addr > ADDRESS_END || length > ADDRESS_END - addr)
        return as_fail(diag, AS_ERR_RANGE,
                       "host link: %zu bytes at address %u, expected an end of at most %u", length,
                       addr, ADDRESS_END);
    return AS_OK;
}

static size_t chunk_of(size_t length)
{
    return length < AS_LINK_PAYLOAD_MAX ? length : AS_LINK_PAYLOAD_MAX;
}

enum as_status as_link_write(struct as_link *link, uint32_t addr, const uint8_t *bytes,
                             size_t length, struct as_diag *diag)
{
    AS_TRY(check_range(addr, length, diag));
    AS_TRY(make_sure(link, diag));
    for (size_t done = 0; done < length; done += chunk_of(length - done)) {
        const struct request r = {.command = AS_LINK_WRITE,
                                  .address = {(uint32_t)(addr + done)},
                                  .address_count = 1,
                                  .payload = bytes + done,
                                  .length = chunk_of(length - done)};
        AS_TRY(transact(link, &r, diag));
    }
    return AS_OK;
}

enum as_status as_link_read(struct as_link *link, uint32_t addr, uint8_t *bytes, size_t length,
                            struct as_diag *diag)
{
    AS_TRY(check_range(addr, length, diag));
    AS_TRY(make_sure(link, diag));
    for (size_t done = 0; done < length; done += chunk_of(length - done)) {
        const struct request r = {.command = AS_LINK_READ,
                                  .address = {(uint32_t)(addr + done)},
                                  .address_count = 1,
                                  .answer = bytes + done,
                                  .length = chunk_of(length - done)};
        AS_TRY(transact(link, &r, diag));
    }
    return AS_OK;
}

enum as_status as_link_start(struct as_link *link, uint32_t pc_load, uint32_t pc_compute,
                             uint32_t pc_store, struct as_diag *diag)
{
    const struct request r = {.command = AS_LINK_START,
                              .address = {pc_store, pc_compute, pc_load},
                              .address_count = 3,
                              .length = 1};
    AS_TRY(check_range(pc_load, 1, diag));
    AS_TRY(check_range(pc_compute, 1, diag));
    AS_TRY(check_range(pc_store, 1, diag));
    AS_TRY(make_sure(link, diag));
    return transact(link, &r, diag);
}

enum as_status as_link_status(struct as_link *link, struct as_link_status *status,
                              struct as_diag *diag)
{
    AS_TRY(ask_status(link, status, diag));
    link->unsure = false;
    return AS_OK;
}

enum as_status as_link_counters(struct as_link *link, uint32_t counters[AS_LINK_COUNTERS],
                                struct as_diag *diag)
{
    uint8_t bytes[4 * AS_LINK_COUNTERS];
    const struct request r = {.command = AS_LINK_READ_COUNTERS,
                              .address_count = 1,
                              .answer = bytes,
                              .length = sizeof bytes};
    AS_TRY(make_sure(link, diag));
    AS_TRY(transact(link, &r, diag));
    for (int i = 0; i < AS_LINK_COUNTERS; i++) {
        const uint8_t *b = bytes + 4 * (size_t)i;
        counters[i] = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    }
    return AS_OK;
}

enum as_status as_link_wait_idle(struct as_link *link, uint64_t polls, struct as_diag *diag)
{
    struct as_link_status status = {0};
    for (uint64_t i = 0; i < polls; i++) {
        AS_TRY(as_link_status(link, &status, diag));
        if (!status.busy)
            return AS_OK;
    }
    return as_fail(diag, AS_ERR_IO, "host link: still busy after %llu status requests",
                   (unsigned long long)polls);
}
