/* SPDX-License-Identifier: MIT */
#include "cli/find_ledger.h"

#include "cli/arguments.h"
#include "profile/ledger_file.h"
#include "profile/process_end.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_later(const struct timespec *one, const struct timespec *other)
{
    if (one->tv_sec != other->tv_sec)
        return one->tv_sec > other->tv_sec;
    return one->tv_nsec > other->tv_nsec;
}

char *find_ledger_newest(void)
{
    struct timespec latest = {0};
    const struct dirent *entry;
    char *found = NULL;
    DIR *here = opendir(".");

    while (here && (entry = readdir(here))) {
        struct stat status;

        if (fnmatch("*.tare", entry->d_name, FNM_PERIOD) || stat(entry->d_name, &status) ||
            !S_ISREG(status.st_mode) || (found && !is_later(&status.st_mtim, &latest)))
            continue;
        latest = status.st_mtim;
        free(found);
        found = strdup(entry->d_name);
    }
    if (here)
        closedir(here);
    return found;
}

static bool is_ledger(const char *path)
{
    struct ledger_file file;
    bool found = ledger_file_read(&file, path) == 0;

    if (found)
        ledger_file_fini(&file);
    return found;
}

/* The path to open for one line of maps; NULL when it is no shared file. A file without a name
 * any more is still there under map_files. */
static char *path_of_mapping(const char *pid, char *line)
{
    char range[40];
    char permissions[5];
    int at = 0;
    char *path = NULL;

    line[strcspn(line, "\n")] = '\0';
    if (sscanf(line, "%39s %4s %*s %*s %*s %n", range, permissions, &at) < 2 || !at ||
        permissions[3] != 's' || line[at] != '/')
        return NULL;
    const char *deleted = strstr(line + at, " (deleted)");
    if (deleted && asprintf(&path, "/proc/%s/map_files/%s", pid, range) < 0)
        return NULL;
    return deleted ? path : strdup(line + at);
}

/* Several mappings may belong to one ledger; the first that can be read is taken. */
static char *ledger_of_process(const char *pid, int *error)
{
    char line[4400];
    char *path = NULL;

    snprintf(line, sizeof line, "/proc/%s/maps", pid);
    FILE *maps = fopen(line, "re");
    *error = maps ? 0 : errno;
    if (!maps)
        return NULL;
    while (!path && fgets(line, sizeof line, maps)) {
        path = path_of_mapping(pid, line);
        if (path && !is_ledger(path)) {
            free(path);
            path = NULL;
        }
    }
    if (ferror(maps))
        *error = errno;
    fclose(maps);
    return path;
}

static int find_by_number(const char *word, char **path)
{
    int error;

    *path = ledger_of_process(word, &error);
    if (*path)
        return STATUS_DONE;
    if (error)
        message(word, "cannot look into the process: %s",
                error == ENOENT ? "there is none of that number" : strerror(error));
    else
        message(word, "the process is not being recorded");
    return error ? STATUS_UNREADABLE : STATUS_NO;
}

int find_ledger_live(const char *word, char **path)
{
    struct ledger_file file;

    if (*word && word[strspn(word, "0123456789")] == '\0')
        return find_by_number(word, path);
    int err = ledger_file_read(&file, word);
    if (err) {
        message(word, "cannot read: %s", ledger_file_error(err));
        return STATUS_UNREADABLE;
    }
    bool runs =
        process_life(ledger_file_header(&file), file.device, file.inode) == LIFE_GOES_ON;
    ledger_file_fini(&file);
    if (!runs) {
        message(word,
                "its process does not run any more; without --live this shows the file");
        return STATUS_NO;
    }
    *path = strdup(word);
    return *path ? STATUS_DONE : STATUS_UNREADABLE;
}
