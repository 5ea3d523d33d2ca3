/* SPDX-License-Identifier: MIT
 *
 * cli/verbs.h - all verbs, with what is said of each.
 *
 * Shape    a list; what help, completions and the manual say is made from it
 * Units    none
 * Owner    none
 * Threads  thread-safe.
 * Errors   none
 * Cost     none
 * Source   none
 */
#ifndef TARE_CLI_VERBS_H
#define TARE_CLI_VERBS_H

#include "cli/arguments.h"

struct verb {
    const char *name;
    int (*run)(int argc, char **argv);
    const struct option_table *options;
    const char *about;
};

extern const struct verb verbs[];
extern const size_t verb_count;

/* NULL: there is no such verb. */
const struct verb *find_verb(const char *name);

#endif
