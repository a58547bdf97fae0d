/* Inside boards/flow: the steps of `build`, and the marks that let one be skipped. */
#ifndef AS_BOARDS_FLOW_BUILD_STEPS_H
#define AS_BOARDS_FLOW_BUILD_STEPS_H

#include <stdint.h>

#include "boards/flow/build.h"
#include "gen/emit/emit.h"

/* ---- marks ---- */

/* A hash of all that a result is made from. */
struct as_key;

struct as_key *as_key_new(void);
void as_key_text(struct as_key *key, const char *text);
enum as_status as_key_file(struct as_key *key, const char *path, struct as_diag *diag);
uint64_t as_key_done(struct as_key *key); /* releases it */

/* A mark is a small file that is written last: the key of what a step was made from, a hash of the
 * files that came out, and the seconds that took.  `results` ends with NULL. */
struct as_mark {
    const char *path;
    const char *results[3];
    uint64_t key;
};

/* Whether the mark is there for that key and the results are what they were then. */
bool as_mark_holds(const struct as_mark *mark, double *seconds);

enum as_status as_mark_write(struct as_arena *arena, const struct as_mark *mark, double seconds,
                             struct as_diag *diag);

/* ---- steps ---- */

double as_seconds_now(void);

enum as_status as_load_json(const char *path, json_t **out, struct as_diag *diag);

/* Runs one program alone; `what` names it in messages. */
enum as_status as_run_alone(struct as_arena *arena, const char *const *argv, const char *dir,
                            const char *log, const char *what, struct as_diag *diag);

/* Yosys: netlist.json from the Verilog of `set`, which is in the folder rtl. */
enum as_status as_build_synthesize(struct as_arena *arena, struct as_build *build,
                                   const struct as_emit_set *set, struct as_diag *diag);

/* Counts the netlist, prints the sum, and refuses what the device has not. */
enum as_status as_build_count(struct as_arena *arena, struct as_build *build, struct as_diag *diag);

/* Places and routes every seed, `jobs` at a time. */
enum as_status as_build_route(struct as_arena *arena, struct as_build *build, int jobs,
                              struct as_diag *diag);

/* Turns the fastest seed that reaches the clock into the bitstream. */
enum as_status as_build_pack(struct as_arena *arena, struct as_build *build, struct as_diag *diag);

#endif
