/* Runs build/arraysmith (or $ARRAYSMITH) from the root of the repository, in a shell. */
#ifndef AS_HELPERS_TOOL_RUN_H
#define AS_HELPERS_TOOL_RUN_H

extern char tool_output[1 << 17]; /* of the last command, both streams; cut when longer */

/* The exit status of a shell command in which $T is arraysmith; fails the test when a signal ended
 * it. */
int tool_run(const char *command);

/* Fails the test unless it ends with `status` and says `says`. */
void tool_expect(const char *command, int status, const char *says);

#endif
