/* SPDX-License-Identifier: MIT */
#include "cli/doctor.h"

#include "cli/arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const settings[] = {
    "TARE_OUTPUT",       "TARE_TRACK_SITES", "TARE_STACK_DEPTH",  "TARE_ALLOCATOR",
    "TARE_PRINT_REPORT", "TARE_VERBOSE",     "TARE_CHECK_STACKS", "TARE_ADVISE",
    "TARE_LOOKER",       "TARE_TRACE",       "TARE_PAGER",
};

enum { SETTINGS = sizeof settings / sizeof *settings };

static void look_at_setting(struct diagnosis *to, const char *setting)
{
    char name[64];
    char mend[160];

    snprintf(name, sizeof name, "%.*s", (int)strcspn(setting, "="), setting);
    for (size_t i = 0; i < SETTINGS; i++)
        if (!strcmp(name, settings[i]))
            return;
    const char *nearest = nearest_name(name, settings, SETTINGS);
    snprintf(mend, sizeof mend, nearest ? "did you mean %s?" : "take it out",
             nearest ? nearest : "");
    diagnose(to, HEALTH_BLUNTS, "environment", mend, "%s means nothing to the recorder",
             name);
}

/* Those that stand in LD_PRELOAD already, one word each. */
static void look_at_preloads(struct diagnosis *to)
{
    static const char *const allocators[] = {"jemalloc", "tcmalloc", "mimalloc",
                                             "hoard",    "snmalloc", "scudo"};
    static const char *const trackers[] = {"heaptrack", "asan",      "tsan",
                                           "memray",    "bytehound", "libtare-preload"};
    const char *list = getenv("LD_PRELOAD");

    if (!list || !*list)
        return;
    for (size_t i = 0; i < sizeof trackers / sizeof *trackers; i++)
        if (strstr(list, trackers[i])) {
            diagnose(to, HEALTH_BREAKS, "environment", "unset LD_PRELOAD",
                     "LD_PRELOAD has %s, which records or checks allocations itself", list);
            return;
        }
    for (size_t i = 0; i < sizeof allocators / sizeof *allocators; i++)
        if (strstr(list, allocators[i])) {
            diagnose(to, HEALTH_GOOD, "environment", NULL,
                     "LD_PRELOAD has %s: tare run puts the recorder in front of it", list);
            return;
        }
    diagnose(to, HEALTH_GOOD, "environment", NULL, "LD_PRELOAD has %s", list);
}

static void look_at_value(struct diagnosis *to, const char *name, const char *first,
                          const char *second)
{
    const char *value = getenv(name);
    char mend[80];

    if (!value || !strcmp(value, first) || !strcmp(value, second))
        return;
    snprintf(mend, sizeof mend, "%s is %s or %s", name, first, second);
    diagnose(to, HEALTH_BLUNTS, "environment", mend, "%s=%s is not understood", name,
             value);
}

void diagnose_environment(struct diagnosis *to)
{
    for (char **at = environ; at && *at; at++)
        if (!strncmp(*at, "TARE_", 5))
            look_at_setting(to, *at);
    look_at_value(to, "TARE_ALLOCATOR", "system", "mimalloc");
    look_at_value(to, "TARE_TRACK_SITES", "0", "1");
    look_at_preloads(to);
}
