/* SPDX-License-Identifier: MIT */
#include "cli/run_dir.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

static const uint64_t least_free_bytes = (uint64_t)32 << 20;

static int create_in(struct run_dir *dir, const char *place, const char *name)
{
    int bytes = snprintf(dir->path, sizeof dir->path, "%s/%s", place, name);

    if (bytes < 0 || (size_t)bytes >= sizeof dir->path)
        return -ENAMETOOLONG;
    return mkdtemp(dir->path) ? 0 : -errno;
}

static int create_in_memory(struct run_dir *dir, const char *place)
{
    struct statfs status;

    if (!place || place[0] != '/')
        return -ENOENT;
    if (statfs(place, &status))
        return -errno;
    if (status.f_type != TMPFS_MAGIC)
        return -ENOTSUP;
    if ((uint64_t)status.f_bavail * (uint64_t)status.f_bsize < least_free_bytes)
        return -ENOSPC;
    return create_in(dir, place, "tare-XXXXXX");
}

/* The folder of the pattern before anything that differs from file to file. */
static int create_beside(struct run_dir *dir, const char *pattern)
{
    char place[PATH_MAX];
    size_t bytes = strcspn(pattern, "%");

    while (bytes && pattern[bytes - 1] != '/')
        bytes--;
    if (bytes >= sizeof place)
        return -ENAMETOOLONG;
    memcpy(place, pattern, bytes);
    place[bytes] = '\0';
    int err = make_folders(place);
    if (err)
        return err;
    /* The program may change its working directory. */
    char *whole = realpath(bytes ? place : ".", NULL);
    if (!whole)
        return -errno;
    err = create_in(dir, whole, ".tare-XXXXXX");
    free(whole);
    return err;
}

int run_dir_create(struct run_dir *dir, const char *pattern)
{
    if (create_in_memory(dir, getenv("XDG_RUNTIME_DIR")) == 0 ||
        create_in_memory(dir, "/dev/shm") == 0)
        return 0;
    return create_beside(dir, pattern);
}

void run_dir_remove(const struct run_dir *dir)
{
    rmdir(dir->path);
}

int make_folders(const char *path)
{
    char folder[PATH_MAX];

    if (strlen(path) >= sizeof folder)
        return -ENAMETOOLONG;
    for (size_t i = 0; path[i]; i++) {
        folder[i] = path[i];
        folder[i + 1] = '\0';
        if (path[i] == '/' && i && mkdir(folder, 0777) && errno != EEXIST)
            return -errno;
    }
    return 0;
}
