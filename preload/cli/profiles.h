/* SPDX-License-Identifier: MIT
 *
 * cli/profiles.h - the profiles that verbs are given, and what of them is wanted.
 *
 * Shape    FILE, or FOLDER for all *.tare in it -> profile -> selection
 * Units    none
 * Owner    The caller owns the profile and the selection.
 * Threads  Single owner.
 * Errors   The exit status, with a message printed.
 * Cost     As profile/profile.h and profile/selection.h.
 * Source   none
 */
#ifndef TARE_CLI_PROFILES_H
#define TARE_CLI_PROFILES_H

#include "cli/arguments.h"
#include "profile/selection.h"
#include "profile/site_table.h"

/* Letters of the options that select, which a verb puts into its table. */
enum { OPTION_FOCUS = 512, OPTION_IGNORE, OPTION_MODULE, OPTION_THREAD, OPTION_DEBUGINFOD };

#define PROFILES_OPTION_LINES                                               \
    {OPTION_FOCUS, "focus", "PATTERN",                                      \
     "only stacks with such a function, file or module"},                   \
        {OPTION_IGNORE, "ignore", "PATTERN",                                \
         "no stacks with such a function, file or module"},                 \
        {OPTION_MODULE, "module", "PATTERN",                                \
         "only what this program or library allocates, itself or through\n" \
         "the C and C++ libraries"},                                        \
        {OPTION_THREAD, "thread", "PATTERN",                                \
         "only what threads of that name or number did"},                   \
        PROFILES_DEBUGINFOD_LINE

/* A verb that selects nothing may have this one alone. */
#define PROFILES_DEBUGINFOD_LINE                                               \
    {                                                                          \
        OPTION_DEBUGINFOD, "debuginfod", NULL,                                 \
            "ask the servers of DEBUGINFOD_URLS for debug files: names, lines" \
    }

#define PROFILES_PATTERN_HELP                                                        \
    "A PATTERN is found anywhere in a name; * is anything, ^ the beginning, $ the\n" \
    "end. Given several times, one has to fit.\n"

/* One of those letters, with optarg; false: it cannot be, and that is said. */
bool profiles_select(struct selection *selection, const char *verb, int letter);

int profiles_add(struct profile *profile, const char *path);

/* Where no file is named. */
int profiles_add_newest(struct profile *profile);

/* After the last one. */
int profiles_finish(struct profile *profile, const struct selection *selection,
                    const char *verb);

/* All of that: the words, or the newest one where there are none. */
int profiles_read(struct profile *profile, const struct selection *selection,
                  const char *verb, int count, char **paths);

/* Of those that are to be compared, before they are finished. Where one was imported, and that is
 * said, sites are what imports can tell. */
void profiles_with_imports(struct profile *profiles, uint32_t count, const char *verb);

/* profiles_finish, and its sites by id. */
int profiles_finish_table(struct profile *profile, struct site_table *table,
                          const struct selection *selection, const char *verb);

/* Say on standard error what keeps a profile from being the whole truth; true: nothing does. */
bool profiles_are_whole(const struct profile *profile);

#endif
