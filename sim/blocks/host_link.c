#include "sim/blocks/host_link.h"

#include <assert.h>
#include <string.h>

#include "base/crc16.h"

/* Place in the frame; an answer has SYNC, CMD (its status byte), PAY, C0 and C1. */
enum {
    POS_SYNC = 0,
    POS_CMD,
    POS_COUNT,
    POS_A0,
    POS_A1,
    POS_A2,
    POS_HC0,
    POS_HC1,
    POS_PAY,
    POS_C0,
    POS_C1
};

/* The wires that both eval and tick need. */
struct wires {
    bool heard; /* a byte of a request is looked at */
    bool storing;
    bool reading;
    bool asking;
    bool take;
    bool fill;
};

static struct wires wires_of(const struct as_host_link *m, const struct as_host_link_in *in)
{
    struct wires w;
    bool pay = m->pos_q == POS_PAY;
    w.heard = m->full_q && !m->tx_q && !m->pause_q;
    w.storing = w.heard && pay && !m->refuse_q;
    w.reading = m->tx_q && pay && (m->cmd_q & 3) == 0;
    w.asking = w.reading && !m->full_q && !m->wait_q;
    bool source;
    if (m->tx_q)
        w.take = m->full_q && in->tx_ready_i;
    else
        w.take = w.heard && (!w.storing || in->mem_ready_i);
    if (!m->tx_q)
        source = in->rx_valid_i;
    else if (w.reading)
        source = in->mem_rvalid_i;
    else
        source = !m->pause_q;
    w.fill = !m->full_q && source;
    return w;
}

void as_host_link_init(struct as_host_link *m, unsigned addr_w, unsigned timeout_w, unsigned id)
{
    assert(addr_w >= 12 && addr_w <= 24);
    assert(timeout_w >= 2 && timeout_w <= 31);
    memset(m, 0, sizeof *m);
    m->addr_w = (uint8_t)addr_w;
    m->timeout_w = (uint8_t)timeout_w;
    m->id = (uint16_t)id;
}

struct as_host_link_out as_host_link_eval(const struct as_host_link *m,
                                          const struct as_host_link_in *in)
{
    struct wires w = wires_of(m, in);
    struct as_host_link_out out;
    out.rx_ready_o = m->tx_q || !m->full_q;
    out.tx_valid_o = m->tx_q && m->full_q;
    out.tx_data_o = m->data_q;
    out.mem_valid_o = w.storing || w.asking;
    out.mem_write_o = (m->cmd_q & 4) != 0;
    out.mem_addr_o = m->pc_load_q;
    out.mem_wdata_o = m->data_q;
    out.start_o = m->start_q;
    out.pc_load_o = m->pc_load_q;
    out.pc_compute_o = m->pc_compute_q;
    out.pc_store_o = m->pc_store_q;
    out.stat_index_o = (m->cnt_q >> 2) & 15;
    return out;
}

/* The byte that a fill brings. */
static uint8_t source_byte(const struct as_host_link *m, const struct as_host_link_in *in)
{
    if (!m->tx_q)
        return in->rx_data_i;
    switch (m->pos_q) {
    case POS_SYNC:
        return AS_LINK_SYNC;
    case POS_CMD:
        return (uint8_t)(m->seq_q << 4 | m->refuse_q << 1 | m->bad_q);
    case POS_PAY:
        if ((m->cmd_q & 2) != 0) {
            uint8_t status[4] = {in->busy_i, AS_LINK_VERSION, (uint8_t)m->id,
                                 (uint8_t)(m->id >> 8)};
            return status[m->cnt_q & 3];
        }
        if ((m->cmd_q & 1) != 0)
            return (uint8_t)(in->stat_data_i >> (8 * (m->cnt_q & 3)));
        return in->mem_rdata_i;
    default: /* C0 and C1 */
        return (uint8_t)(m->crc_q >> 8);
    }
}

static bool is_command(unsigned nibble)
{
    return nibble == AS_LINK_READ || nibble == AS_LINK_READ_COUNTERS ||
           nibble == AS_LINK_READ_STATUS || nibble == AS_LINK_WRITE || nibble == AS_LINK_START;
}

/* Replaces byte `index` of an address of addr_w bits. */
static uint32_t put_byte(const struct as_host_link *m, uint32_t old, int index, uint32_t from)
{
    uint32_t mask = 0xFFu << (8 * index) & ((1u << m->addr_w) - 1);
    return (old & ~mask) | (from & mask);
}

static void take_byte(struct as_host_link *n, const struct as_host_link *m, uint16_t crc_next)
{
    bool start = m->cmd_q == AS_LINK_START;
    bool write = m->cmd_q == AS_LINK_WRITE;
    bool reject =
        !m->tx_q && ((m->pos_q == POS_SYNC && (m->drain_q || m->data_q != AS_LINK_SYNC)) ||
                     (m->pos_q == POS_CMD && !is_command(m->data_q & 15)) ||
                     (m->pos_q == POS_HC1 && !m->good_q));
    bool answer = !m->tx_q && (m->pos_q == POS_C1 || (m->pos_q == POS_HC1 && !write));
    bool again = start && m->pos_q == POS_A2 && m->group_q < 2;

    n->crc_q = m->pos_q == POS_SYNC || m->pos_q == POS_HC1 ? AS_CRC16_START : crc_next;
    if (m->pos_q == POS_PAY)
        n->cnt_q = (uint8_t)(m->cnt_q + 1);
    n->drain_q = reject;
    n->tx_q = (answer && !reject) || (m->tx_q && m->pos_q != POS_C1);
    if (reject || answer || m->pos_q == POS_C1)
        n->pos_q = POS_SYNC;
    else if (again)
        n->pos_q = POS_A0;
    else if (m->pos_q == POS_PAY && m->cnt_q != 255)
        n->pos_q = POS_PAY;
    else if (m->tx_q && m->pos_q == POS_CMD)
        n->pos_q = (m->cmd_q & 4) != 0 ? POS_C0 : POS_PAY;
    else
        n->pos_q = (m->pos_q + 1) & 15;
}

/* What a byte of a request does, apart from its place in the frame. */
static void hear_byte(struct as_host_link *n, const struct as_host_link *m,
                      const struct as_host_link_in *in)
{
    bool start = m->cmd_q == AS_LINK_START;
    bool write = m->cmd_q == AS_LINK_WRITE;
    bool dup = m->started_q && m->seq_q == m->last_q;

    n->bad_q = !m->good_q;
    switch (m->pos_q) {
    case POS_SYNC:
        n->group_q = 0;
        break;
    case POS_CMD:
        n->cmd_q = m->data_q & 7;
        n->seq_q = m->data_q >> 4;
        break;
    case POS_COUNT:
        n->cnt_q = m->data_q;
        break;
    case POS_A0:
    case POS_A1:
    case POS_A2: {
        int index = m->pos_q - POS_A0;
        n->pc_store_q = put_byte(m, m->pc_store_q, index, m->pc_compute_q);
        n->pc_compute_q = put_byte(m, m->pc_compute_q, index, m->pc_load_q);
        n->pc_load_q = put_byte(m, m->pc_load_q, index, (uint32_t)m->data_q << (8 * index));
        if (m->pos_q == POS_A2)
            n->group_q = (m->group_q + 1) & 3;
        break;
    }
    case POS_HC1:
        n->refuse_q = in->busy_i && (write || (start && !dup));
        if (m->good_q && !(start && in->busy_i)) {
            n->started_q = start;
            if (start && !dup) {
                n->start_q = true;
                n->last_q = m->seq_q;
            }
        }
        break;
    default:
        break;
    }
}

/* The address counts byte by byte, a carry one cycle later. */
static void count_address(struct as_host_link *n, const struct as_host_link *m, bool moved)
{
    bool count[3] = {moved, (m->carry_q & 1) != 0, (m->carry_q & 2) != 0};
    for (int i = 0; i < 3; i++) {
        if (count[i])
            n->pc_load_q = put_byte(m, n->pc_load_q, i, m->pc_load_q + (1u << (8 * i)));
    }
    bool first = moved && (m->pc_load_q & 0xFF) == 0xFF;
    uint32_t low = m->addr_w < 16 ? (1u << m->addr_w) - 1 : 0xFFFF;
    bool second = moved && (m->pc_load_q & low) == low;
    n->carry_q = (uint8_t)(second << 1 | first);
}

void as_host_link_tick(struct as_host_link *m, const struct as_host_link_in *in)
{
    struct wires w = wires_of(m, in);
    struct as_host_link n = *m;
    uint16_t crc_next = as_crc16_byte(m->crc_q, m->data_q);
    bool moved = (w.storing || w.asking) && in->mem_ready_i;
    uint32_t gap_wrap = (2u << m->timeout_w) - 1;
    bool expired = (m->gap_q >> m->timeout_w & 1) != 0 && !m->full_q;

    n.start_q = false;
    n.pause_q = w.take || w.fill;
    n.good_q = crc_next == 0;
    n.wait_q = m->wait_q ? !in->mem_rvalid_i : w.asking && in->mem_ready_i;
    n.gap_q = m->full_q || m->tx_q ? 0 : (m->gap_q + 1) & gap_wrap;
    if (w.fill) {
        n.full_q = true;
        n.data_q = source_byte(m, in);
    }
    if (w.heard)
        hear_byte(&n, m, in);
    if (w.take) {
        n.full_q = false;
        take_byte(&n, m, crc_next);
    }
    count_address(&n, m, moved);
    if (expired) {
        n.pos_q = POS_SYNC;
        n.drain_q = false;
    }
    *m = n;
}

void as_host_link_reset(struct as_host_link *m, const struct as_host_link_in *in)
{
    as_host_link_tick(m, in);
    m->pos_q = POS_SYNC;
    m->tx_q = false;
    m->drain_q = false;
    m->full_q = false;
    m->wait_q = false;
    m->start_q = false;
    m->started_q = false;
    m->gap_q = 0;
}
