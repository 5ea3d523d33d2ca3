/* SPDX-License-Identifier: MIT */
#include "advice/costs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first line of a file; another one is of another version, or of anything. */
static const char first_line[] = "tare.costs/1\n";
static const double most_ns = 1e9;

static bool read_cost(FILE *file, struct costs *costs, enum cost cost)
{
    char name[32];
    double ns, spread;

    if (fscanf(file, "%31s %lf %lf", name, &ns, &spread) != 3 ||
        strcmp(name, cost_name(cost)) != 0 || !(ns >= 0 && ns < most_ns) ||
        !(spread >= 0 && spread < most_ns))
        return false;
    costs->ns[cost] = ns;
    costs->spread[cost] = spread;
    return true;
}

int costs_read(struct costs *costs, const char *path)
{
    char line[sizeof first_line];
    struct costs found;
    FILE *file = fopen(path, "re");

    if (!file)
        return -errno;
    bool is_good = fgets(line, sizeof line, file) && !strcmp(line, first_line);
    for (enum cost cost = 0; is_good && cost < COST_COUNT; cost++)
        is_good = read_cost(file, &found, cost);
    fclose(file);
    if (!is_good)
        return -EBADMSG;
    *costs = found;
    return 0;
}

/* Beside it first: who reads at the same time finds the old one or the new one. */
int costs_write(const struct costs *costs, const char *path)
{
    char beside[4096];

    if (snprintf(beside, sizeof beside, "%s.%d", path, (int)getpid()) >= (int)sizeof beside)
        return -ENAMETOOLONG;
    FILE *file = fopen(beside, "we");
    if (!file)
        return -errno;
    fputs(first_line, file);
    for (enum cost cost = 0; cost < COST_COUNT; cost++)
        fprintf(file, "%s %.3f %.3f\n", cost_name(cost), costs->ns[cost],
                costs->spread[cost]);
    int err = ferror(file) ? -EIO : 0;
    if (fclose(file) && !err)
        err = -errno;
    if (!err && rename(beside, path))
        err = -errno;
    if (err)
        unlink(beside);
    return err;
}

/* An absolute path in XDG_CACHE_HOME, or .cache at home; the folders are made. False: there is no
 * such place. */
static bool cache_path(char *path, size_t room)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    int bytes;

    if (cache && *cache == '/')
        bytes = snprintf(path, room, "%s/tare", cache);
    else if (home && *home == '/')
        bytes = snprintf(path, room, "%s/.cache/tare", home);
    else
        return false;
    if (bytes < 0 || (size_t)bytes + sizeof "/costs" > room)
        return false;
    for (char *at = path + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        mkdir(path, 0777); /* that which cannot be made shows when the file is opened */
        *at = '/';
    }
    mkdir(path, 0777);
    strcpy(path + bytes, "/costs");
    return true;
}

bool costs_of_machine(struct costs *costs)
{
    char path[2048];
    bool has_path = cache_path(path, sizeof path);

    if (has_path && costs_read(costs, path) == 0)
        return true;
    if (costs_measure(costs)) {
        *costs = costs_typical;
        return false;
    }
    if (has_path)
        costs_write(costs, path); /* else it is measured again */
    return true;
}
