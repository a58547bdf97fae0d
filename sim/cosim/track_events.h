/* The protobuf form of a Perfetto trace: tracks of slices and counters, written as they happen.
 * Messages and their numbers: protos/perfetto/trace/perfetto_trace.proto of Perfetto. */
#ifndef AS_SIM_COSIM_TRACK_EVENTS_H
#define AS_SIM_COSIM_TRACK_EVENTS_H

#include <stdint.h>
#include <stdio.h>

/* Texts are cut to this many bytes. */
#define AS_TRACK_TEXT_MAX 200

/* Tracks are numbered from 1, in the order in which they are shown; 1 is the parent of the rest. */
void as_track_process(FILE *out, const char *name);
void as_track_slices(FILE *out, uint64_t track, const char *name);
void as_track_counter(FILE *out, uint64_t track, const char *name, const char *unit);

/* Gives a name of slices its number, from 1, before it is used. */
void as_track_name(FILE *out, uint64_t number, const char *text);

/* A slice begins inside those that its track has open; `key` and `value` are shown with it when
 * `key` is not NULL.  The innermost ends. */
void as_track_begin(FILE *out, uint64_t track, uint64_t time, uint64_t name, const char *key,
                    uint64_t value);
void as_track_end(FILE *out, uint64_t track, uint64_t time);

/* A counter has this value from then on. */
void as_track_count(FILE *out, uint64_t track, uint64_t time, uint64_t value);

#endif
