/* SPDX-License-Identifier: MIT */
#include "cli/run_dir.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
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

static void watch(struct run_dir *dir)
{
    dir->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (dir->watch >= 0 &&
        inotify_add_watch(dir->watch, dir->path, IN_ATTRIB | IN_DELETE) < 0) {
        close(dir->watch);
        dir->watch = -1;
    }
}

int run_dir_create(struct run_dir *dir, const char *pattern)
{
    int err = create_in_memory(dir, getenv("XDG_RUNTIME_DIR"));

    if (err)
        err = create_in_memory(dir, "/dev/shm");
    if (err)
        err = create_beside(dir, pattern);
    dir->watch = -1;
    if (!err)
        watch(dir);
    return err;
}

/* A process that finds no room for its ledger changes the file's mode, and then removes it. */
struct given_up {
    char **names;
    size_t count;
};

static void note_given_up(struct given_up *given_up, const char *name)
{
    char **names = realloc(given_up->names, (given_up->count + 1) * sizeof *names);

    if (!names)
        return;
    given_up->names = names;
    names[given_up->count] = strdup(name);
    given_up->count += names[given_up->count] != NULL;
}

static bool is_given_up(const struct given_up *given_up, const char *name)
{
    for (size_t i = 0; i < given_up->count; i++)
        if (strcmp(given_up->names[i], name) == 0)
            return true;
    return false;
}

static void look_at_event(struct run_dir_lost *lost, struct given_up *given_up,
                          const struct inotify_event *event, pid_t program)
{
    if (!event->len) /* of the folder itself */
        return;
    if (event->mask & IN_ATTRIB) {
        note_given_up(given_up, event->name);
        lost->program_gave_up |= strtol(event->name, NULL, 10) == program;
    } else if (!is_given_up(given_up, event->name)) {
        lost->deleted++;
    }
}

struct run_dir_lost run_dir_lost(const struct run_dir *dir, pid_t program)
{
    _Alignas(struct inotify_event) char events[8192];
    struct run_dir_lost lost = {0};
    struct given_up given_up = {0};
    ssize_t got;

    while (dir->watch >= 0 && (got = read(dir->watch, events, sizeof events)) > 0) {
        const struct inotify_event *event;

        for (ssize_t at = 0; at < got; at += (ssize_t)(sizeof *event + event->len)) {
            event = (const void *)(events + at);
            look_at_event(&lost, &given_up, event, program);
        }
    }
    for (size_t i = 0; i < given_up.count; i++)
        free(given_up.names[i]);
    free(given_up.names);
    return lost;
}

/* The directory's name stands in a pattern, where a percent sign has a meaning. */
char *run_dir_pattern(const struct run_dir *dir)
{
    static const char name[] = "/%p.tare";
    char *pattern = malloc(2 * strlen(dir->path) + sizeof name);
    char *to = pattern;

    for (const char *from = dir->path; pattern && *from; from++) {
        if (*from == '%')
            *to++ = '%';
        *to++ = *from;
    }
    if (pattern)
        memcpy(to, name, sizeof name);
    return pattern;
}

void run_dir_remove(const struct run_dir *dir)
{
    if (dir->watch >= 0)
        close(dir->watch);
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
