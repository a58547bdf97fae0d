/* The version of arraysmith, for reports and --version. */
#ifndef AS_BASE_VERSION_H
#define AS_BASE_VERSION_H

#define AS_VERSION "0.1.0"

#endif
