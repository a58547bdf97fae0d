#include "sim/cosim/session_parts.h"

static void step(void *context)
{
    struct as_session *s = context;
    struct as_pins_in in = {
        .rx_valid = s->tx_full, .rx_data = s->tx, .tx_ready = s->rx_count < AS_SESSION_RX_MAX};

    if (as_session_is_over(s))
        return;
    struct as_pins_out out = as_session_cycle(s, &in);
    if (out.rx_ready)
        s->tx_full = false;
    if (out.tx_valid && in.tx_ready)
        s->rx[(s->rx_first + s->rx_count++) % AS_SESSION_RX_MAX] = out.tx_data;
}

static bool send(void *context, uint8_t byte)
{
    struct as_session *s = context;

    if (s->tx_full || as_session_is_over(s))
        return false;
    s->tx_full = true;
    s->tx = byte;
    return true;
}

static int poll_byte(void *context)
{
    struct as_session *s = context;

    if (s->rx_count == 0 || as_session_is_over(s))
        return -1;
    int byte = s->rx[s->rx_first];
    s->rx_first = (s->rx_first + 1) % AS_SESSION_RX_MAX;
    s->rx_count--;
    return byte;
}

struct as_link_port as_session_port(struct as_session *s)
{
    return (struct as_link_port){.context = s, .send = send, .poll = poll_byte, .wait = step};
}
