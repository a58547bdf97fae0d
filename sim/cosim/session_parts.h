/* Between the files of a session. */
#ifndef AS_SIM_COSIM_SESSION_PARTS_H
#define AS_SIM_COSIM_SESSION_PARTS_H

#include <stdio.h>

#include "sim/cosim/session.h"

/* Advances the units by a cycle in which a stream drives `in`; what the first unit shows.  The
 * caller adds no stall: the session does. */
struct as_pins_out as_session_cycle(struct as_session *s, struct as_pins_in *in);
/* True when no more time passes. */
bool as_session_is_over(const struct as_session *s);

/* Counts a cycle of the first unit, before its clock edge. */
void as_session_account(struct as_session *s, const struct as_pins_out *out);

/* The pins of both units that are no probes, and every probe, before their clock edge. */
void as_session_compare(struct as_session *s, const struct as_pins_out out[2]);

/* The text of a disagreement: written to the stream that the first returns, ended by the second. */
FILE *as_session_begin_text(struct as_session *s);
/* Adds where in the program the units are. */
void as_session_print_place(FILE *out, const struct as_session *s);
/* The run has failed in this cycle, for the reason in the text. */
void as_session_end_text(struct as_session *s, FILE *out);

#endif
