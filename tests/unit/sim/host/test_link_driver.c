/* Does the driver send the specified bytes, and does it believe nothing but a flawless answer? */
#include "sim/host/link_driver.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/crc16.h"

#define FRAMES_MAX 64
#define BYTES_MAX  1024

/* A peer that records frames and answers each with what the script says.  Frames are told apart by
 * their length field, as the block does. */
struct peer {
    uint8_t frame[FRAMES_MAX][300];
    size_t length[FRAMES_MAX];
    int frames; /* complete ones */
    uint8_t out[BYTES_MAX];
    size_t out_head, out_tail;
    bool deaf;    /* takes no byte */
    bool babbles; /* sends without end */
    uint64_t waits;
    /* What to answer to frame number `index`; appends to out. */
    void (*reply)(struct peer *p, int index);
    uint8_t version;
    int flip_bit; /* of the first answer after the STATUS */
    int cut;      /* bytes left of that answer */
    unsigned reason;
    int spoiled;     /* answers still to be spoiled */
    uint8_t started; /* number of START frames */
};

static size_t expected_length(const uint8_t *f, size_t have)
{
    if (have < 3)
        return 3;
    size_t payload = 256u - f[2];
    switch (f[1] & 15) {
    case AS_LINK_WRITE:
        return 8 + payload + 2;
    case AS_LINK_START:
        return 14;
    default:
        return 8;
    }
}

static void put(struct peer *p, uint8_t byte)
{
    cr_assert(p->out_tail < BYTES_MAX);
    p->out[p->out_tail++] = byte;
}

/* A flawless answer; reads give bytes that depend on the address. */
static void good_reply(struct peer *p, int index)
{
    const uint8_t *f = p->frame[index];
    unsigned command = f[1] & 15u;
    size_t payload = 256u - f[2], at = p->out_tail;
    bool start_or_write = command >= 4;
    put(p, AS_LINK_SYNC);
    put(p, (uint8_t)((f[1] & 0xF0u) | (start_or_write ? p->reason : 0)));
    if (command == AS_LINK_READ_STATUS) {
        put(p, 0);
        put(p, p->version);
        put(p, 0xCD);
        put(p, 0xAB);
    } else if (!start_or_write) {
        for (size_t i = 0; i < payload; i++)
            put(p, (uint8_t)(f[3] + 3 * i));
    }
    uint16_t crc = as_crc16_bytes(AS_CRC16_START, p->out + at + 1, p->out_tail - at - 1);
    put(p, (uint8_t)(crc >> 8));
    put(p, (uint8_t)crc);
}

/* As good_reply, but answers other than STATUS are spoiled `spoiled` times. */
static void spoiled_reply(struct peer *p, int index)
{
    size_t from = p->out_tail;
    good_reply(p, index);
    if ((p->frame[index][1] & 15) == AS_LINK_READ_STATUS || p->spoiled == 0)
        return;
    p->spoiled--;
    if (p->flip_bit >= 0)
        p->out[from + (size_t)p->flip_bit / 8] ^= (uint8_t)(1u << (p->flip_bit % 8));
    if (p->cut >= 0)
        p->out_tail = from + (size_t)p->cut;
}

static bool peer_send(void *context, uint8_t byte)
{
    struct peer *p = context;
    if (p->deaf || p->frames == FRAMES_MAX)
        return false;
    uint8_t *f = p->frame[p->frames];
    size_t *n = &p->length[p->frames];
    f[(*n)++] = byte;
    if (*n >= 3 && *n == expected_length(f, *n)) {
        p->started = (uint8_t)(p->started + ((f[1] & 15) == AS_LINK_START));
        p->frames++;
        if (p->reply != NULL)
            p->reply(p, p->frames - 1);
    }
    return true;
}

static int peer_poll(void *context)
{
    struct peer *p = context;
    if (p->babbles)
        return 0x33;
    if (p->out_head == p->out_tail) {
        p->out_head = p->out_tail = 0;
        return -1;
    }
    return p->out[p->out_head++];
}

static void peer_wait(void *context)
{
    ((struct peer *)context)->waits++;
}

static const struct as_link_timing timing = {.answer_units = 20, .quiet_units = 5, .attempts = 3};

static void begin(struct peer *p, struct as_link *link, struct as_diag *diag)
{
    memset(p, 0, sizeof *p);
    p->reply = good_reply;
    p->version = AS_LINK_VERSION;
    p->flip_bit = p->cut = -1;
    const struct as_link_port port = {p, peer_send, peer_poll, peer_wait};
    as_link_init(link, &port, &timing);
    as_diag_init(diag);
}

Test(link_driver, crc_has_its_check_value)
{
    cr_assert(as_crc16_bytes(AS_CRC16_START, (const uint8_t *)"123456789", 9) == 0x29B1);
}

Test(link_driver, frames_are_the_specified_bytes)
{
    struct peer p;
    struct as_link link;
    struct as_diag diag;
    static const uint8_t data[3] = {1, 2, 3};
    begin(&p, &link, &diag);
    cr_assert(as_link_write(&link, 0x123456, data, 3, &diag) == AS_OK);
    cr_assert(as_link_start(&link, 0x010203, 0x040506, 0x070809, &diag) == AS_OK);
    cr_assert(p.frames == 3);
    const uint8_t *status = p.frame[0], *write = p.frame[1], *start = p.frame[2];
    cr_assert(memcmp(status, "\xA5\x12\xFC\0\0\0", 6) == 0);
    cr_assert(memcmp(write, "\xA5\x24\xFD\x56\x34\x12", 6) == 0);
    cr_assert(memcmp(write + 8, data, 3) == 0 && p.length[1] == 13);
    cr_assert(memcmp(start, "\xA5\x35\xFF\x09\x08\x07\x06\x05\x04\x03\x02\x01", 12) == 0);
    cr_assert(as_crc16_bytes(AS_CRC16_START, status + 1, 7) == 0);
    cr_assert(as_crc16_bytes(AS_CRC16_START, write + 1, 7) == 0);
    cr_assert(as_crc16_bytes(AS_CRC16_START, write + 8, 5) == 0);
    cr_assert(as_crc16_bytes(AS_CRC16_START, start + 1, 13) == 0);
}

Test(link_driver, long_transfers_are_cut_into_frames)
{
    struct peer p;
    struct as_link link;
    struct as_diag diag;
    uint8_t data[513];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i ^ i >> 8);
    begin(&p, &link, &diag);
    cr_assert(as_link_write(&link, 0xFFFDFF, data, 513, &diag) == AS_OK);
    cr_assert(p.frames == 4);
    cr_assert(p.frame[1][2] == 0 && p.frame[2][2] == 0 && p.frame[3][2] == 255);
    cr_assert(memcmp(p.frame[3] + 3, "\xFF\xFF\xFF", 3) == 0 && p.frame[3][8] == data[512]);
    cr_assert(as_link_read(&link, 0, data, 257, &diag) == AS_OK);
    cr_assert(p.frames == 6 && data[255] == (uint8_t)(3 * 255) && data[256] == 0);
    cr_assert(as_link_write(&link, 0xFFFDFF, data, 514, &diag) == AS_ERR_RANGE);
    cr_assert(as_link_read(&link, 0x1000001, data, 0, &diag) == AS_ERR_RANGE);
    cr_assert(p.frames == 6);
}

/* Every single-bit error of an answer leads to one retry with the same number. */
Test(link_driver, no_flipped_bit_is_believed)
{
    for (int bit = 0; bit < 8 * (2 + 10 + 2); bit++) {
        struct peer p;
        struct as_link link;
        struct as_diag diag;
        uint8_t data[10];
        begin(&p, &link, &diag);
        p.reply = spoiled_reply;
        p.flip_bit = bit;
        p.spoiled = 1;
        cr_assert(as_link_read(&link, 7, data, 10, &diag) == AS_OK, "bit %d: %s", bit, diag.text);
        for (unsigned i = 0; i < 10; i++)
            cr_assert(data[i] == 7 + 3 * i, "bit %d was believed", bit);
        cr_assert(p.frames == 3 && link.retries == 1, "bit %d: %d frames", bit, p.frames);
        cr_assert(p.frame[1][1] == p.frame[2][1]);
    }
}

/* An answer that breaks off anywhere is repeated; one that never comes leaves the buffer alone. */
Test(link_driver, no_shortened_answer_is_believed)
{
    for (int cut = 0; cut < 14; cut++) {
        struct peer p;
        struct as_link link;
        struct as_diag diag;
        uint8_t data[10];
        begin(&p, &link, &diag);
        p.reply = spoiled_reply;
        p.cut = cut;
        p.spoiled = 2;
        cr_assert(as_link_read(&link, 7, data, 10, &diag) == AS_OK);
        cr_assert(data[9] == 7 + 27 && p.frames == 4 && link.retries == 2);
        memset(data, 0x77, sizeof data);
        p.spoiled = 99;
        cr_assert(as_link_read(&link, 7, data, 10, &diag) == AS_ERR_IO);
        for (int i = 0; i < 10; i++)
            cr_assert(data[i] == 0x77, "part of a broken answer was handed out");
        cr_assert(strstr(diag.text, "READ failed 3 times") != NULL, "%s", diag.text);
    }
}

/* The answer to an earlier request (another number) answers nothing. */
static void stale_reply(struct peer *p, int index)
{
    if (index == 1)
        p->frame[index][1] ^= 0x10;
    good_reply(p, index);
    if (index == 1)
        p->frame[index][1] ^= 0x10;
}

Test(link_driver, another_number_is_not_the_answer)
{
    struct peer p;
    struct as_link link;
    struct as_diag diag;
    begin(&p, &link, &diag);
    p.reply = stale_reply;
    cr_assert(as_link_start(&link, 1, 2, 3, &diag) == AS_OK);
    cr_assert(p.frames == 3 && p.started == 2 && p.frame[1][1] == p.frame[2][1]);
}

Test(link_driver, busy_is_reported_and_not_repeated)
{
    struct peer p;
    struct as_link link;
    struct as_diag diag;
    begin(&p, &link, &diag);
    p.reason = AS_LINK_NAK_BUSY;
    cr_assert(as_link_start(&link, 1, 2, 3, &diag) == AS_ERR_IO);
    cr_assert(p.started == 1 && strstr(diag.text, "START refused") != NULL);
}

Test(link_driver, bad_payload_is_sent_again)
{
    struct peer p;
    struct as_link link;
    struct as_diag diag;
    uint8_t data[2] = {1, 2};
    begin(&p, &link, &diag);
    p.reason = AS_LINK_NAK_BAD;
    cr_assert(as_link_write(&link, 0, data, 2, &diag) == AS_ERR_IO);
    cr_assert(p.frames == 4 && link.retries == 2);
    cr_assert(memcmp(p.frame[1], p.frame[3], p.length[1]) == 0);
}

/* After a failed request the block's memory of a START is unknown: STATUS goes first. */
Test(link_driver, status_precedes_the_request_after_a_failure)
{
    struct peer p;
    struct as_link link;
    struct as_diag diag;
    begin(&p, &link, &diag);
    cr_assert(as_link_start(&link, 1, 2, 3, &diag) == AS_OK);
    cr_assert((p.frame[0][1] & 15) == AS_LINK_READ_STATUS && p.frames == 2);
    cr_assert(as_link_start(&link, 1, 2, 3, &diag) == AS_OK && p.frames == 3);
    p.reply = NULL;
    cr_assert(as_link_start(&link, 1, 2, 3, &diag) == AS_ERR_IO && p.frames == 6);
    p.reply = good_reply;
    cr_assert(as_link_start(&link, 1, 2, 3, &diag) == AS_OK && p.frames == 8);
    cr_assert((p.frame[6][1] & 15) == AS_LINK_READ_STATUS);
}

Test(link_driver, another_protocol_version_is_refused)
{
    struct peer p;
    struct as_link link;
    struct as_diag diag;
    struct as_link_status status;
    begin(&p, &link, &diag);
    cr_assert(as_link_status(&link, &status, &diag) == AS_OK && status.id == 0xABCD);
    p.version = 2;
    cr_assert(as_link_status(&link, &status, &diag) == AS_ERR_UNSUPPORTED);
}

/* Neither a transport that takes nothing nor one that never stops sending hangs the driver. */
Test(link_driver, every_call_ends, .timeout = 10)
{
    struct peer p;
    struct as_link link;
    struct as_diag diag;
    struct as_link_status status;
    begin(&p, &link, &diag);
    p.deaf = true;
    cr_assert(as_link_status(&link, &status, &diag) == AS_ERR_IO);
    cr_assert(p.waits < 3 * 20 * 20);
    begin(&p, &link, &diag);
    p.babbles = true;
    cr_assert(as_link_status(&link, &status, &diag) == AS_ERR_IO);
    begin(&p, &link, &diag);
    cr_assert(as_link_wait_idle(&link, 2, &diag) == AS_OK);
}
