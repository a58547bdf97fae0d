/* The folder of verilated libraries, an entry a key: what a crash, a signal or a neighbour can do
 * to it is noticed and made good. */
#ifndef AS_SIM_COSIM_RTL_CACHE_H
#define AS_SIM_COSIM_RTL_CACHE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"

#define AS_RTL_FILE "rtl.so" /* the library in the folder of an entry */

/* True when the entry's library is the one that as_rtl_entry_seal saw. */
bool as_rtl_entry_good(struct as_arena *arena, const char *entry);

/* Notes what the library in `folder` is: the last thing that is written before the folder becomes
 * an entry. */
enum as_status as_rtl_entry_seal(struct as_arena *arena, const char *folder, struct as_diag *diag);

/* Makes the folder beside `entry` in which it is built.  It is locked until *lock is closed or this
 * program ends. */
enum as_status as_rtl_workshop_open(struct as_arena *arena, const char *entry, const char **folder,
                                    int *lock, struct as_diag *diag);

/* Puts `folder` in the place of `entry` in one step.  An entry that is good stays: somebody else
 * built the same. */
enum as_status as_rtl_entry_place(struct as_arena *arena, const char *folder, const char *entry,
                                  struct as_diag *diag);

/* Removes the folder and closes its lock. */
void as_rtl_workshop_close(const char *folder, int lock);

/* Removes the folders in the folder of `entry` whose builders have ended without doing so. */
void as_rtl_cache_sweep(struct as_arena *arena, const char *entry);

#endif
