/* SPDX-License-Identifier: MIT
 *
 * A system of governors: what an edge device takes, many devices, regions that fail, governors that come
 * and go; and a server of them, for anything that speaks Redis's protocol. README.md has the details.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "governors/scenarios.h"

static const char usage[] =
    "usage: governors device             30 governors of a device: memory, latency\n"
    "       governors fleet              100 such devices in three regions\n"
    "       governors failover [LAG]     a region fails; its standby is LAG requests "
    "behind (16)\n"
    "       governors scale              1 to 640 governors and back\n"
    "       governors start COUNT        so many are made, each is asked, and that is "
    "all\n";

/* A number of at most `most`, or -1. */
static long number(const char *word, long most)
{
    char *end;

    errno = 0;
    long value = strtol(word, &end, 10);
    return *word && !*end && !errno && value >= 0 && value <= most ? value : -1;
}

static int is(const char *word, const char *name, int count, int wanted)
{
    return count == wanted && strcmp(word, name) == 0;
}

int main(int count, char **words)
{
    const char *word = count > 1 ? words[1] : "";
    long argument = count == 3 ? number(words[2], 1000000) : 16;

    if (is(word, "device", count, 2))
        return scenario_device();
    if (is(word, "fleet", count, 2))
        return scenario_fleet();
    if (is(word, "failover", count, count == 3 ? 3 : 2) && argument >= 0)
        return scenario_failover((unsigned)argument);
    if (is(word, "scale", count, 2))
        return scenario_scale();
    if (is(word, "start", count, 3) && argument > 0)
        return scenario_start((unsigned)argument);
    int status =
        count > 1 && strcmp(word, "serve") == 0 ? scenario_serve(count - 2, words + 2) : 2;
    if (status == 2)
        fputs(usage, stderr);
    return status;
}
