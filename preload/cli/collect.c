/* SPDX-License-Identifier: MIT */
#include "cli/collect.h"

#include "cli/arguments.h"
#include "cli/copy_ledger.h"
#include "cli/survivors.h"
#include "profile/ledger_file.h"
#include "profile/process_end.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* One ledger in the run directory. */
struct found {
    char *path;
    struct ledger_header *header;
    pid_t pid;
    enum process_life life;
    int error; /* it cannot be read */
};

struct found_list {
    struct found *list;
    uint32_t count;
};

/* The header's fields that say how a process ended stand together. */
struct end_fields {
    uint32_t end, end_status;
    uint64_t end_monotonic_ns, cpu_ns;
};
_Static_assert(offsetof(struct ledger_header, end_status) ==
                       offsetof(struct ledger_header, end) + 4 &&
                   offsetof(struct ledger_header, end_monotonic_ns) ==
                       offsetof(struct ledger_header, end) + 8 &&
                   offsetof(struct ledger_header, cpu_ns) ==
                       offsetof(struct ledger_header, end) + 16,
               "the fields follow one another");

static void found_list_fini(struct found_list *found)
{
    for (uint32_t i = 0; i < found->count; i++) {
        free(found->list[i].path);
        free(found->list[i].header);
    }
    free(found->list);
    *found = (struct found_list){0};
}

static void look_at(struct found *found)
{
    struct ledger_file file;

    found->error = ledger_file_read(&file, found->path);
    if (found->error) {
        /* The name has the number of a process that is just about to begin its ledger. */
        found->pid = (pid_t)strtol(strrchr(found->path, '/') + 1, NULL, 10);
        bool is_alive = found->pid > 0 && kill(found->pid, 0) == 0;
        found->life = found->error == -ENODATA && is_alive ? LIFE_GOES_ON : LIFE_OVER;
        return;
    }
    found->header = ledger_file_copy_header(&file);
    found->pid = (pid_t)ledger_file_header(&file)->pid;
    if (found->header)
        found->life = process_life(found->header, file.device, file.inode);
    else
        found->error = -ENOMEM;
    ledger_file_fini(&file);
}

static int add_found(struct found_list *found, const char *folder, const char *name)
{
    struct found *list = realloc(found->list, ((size_t)found->count + 1) * sizeof *list);

    if (!list)
        return -ENOMEM;
    found->list = list;
    list[found->count] = (struct found){0};
    if (asprintf(&list[found->count].path, "%s/%s", folder, name) < 0)
        return -ENOMEM;
    look_at(&list[found->count++]);
    return 0;
}

static uint64_t start_of(const struct found *found)
{
    return found->header ? found->header->start_monotonic_ns : 0;
}

static int by_start(const void *a, const void *b)
{
    return (start_of(a) > start_of(b)) - (start_of(a) < start_of(b));
}

static int find_all(struct found_list *found, const char *folder)
{
    const struct dirent *entry;
    DIR *dir = opendir(folder);
    int err = 0;

    if (!dir)
        return -errno;
    while (!err && (entry = readdir(dir)))
        if (fnmatch("*.tare*", entry->d_name, 0) == 0)
            err = add_found(found, folder, entry->d_name);
    closedir(dir);
    if (found->count)
        qsort(found->list, found->count, sizeof *found->list, by_start);
    return err;
}

static bool any_runs(const struct found_list *found)
{
    for (uint32_t i = 0; i < found->count; i++)
        if (found->list[i].life == LIFE_GOES_ON)
            return true;
    return false;
}

/* Processes that end together with the program need not have ended before it. */
static int find_settled(struct found_list *found, const struct collect_from *from,
                        bool *survivors)
{
    enum { ATTEMPTS = 10 };
    const struct timespec pause = {.tv_nsec = 10000000};
    int err = find_all(found, from->dir->path);

    *survivors = survivors_exist("TARE_OUTPUT", from->setting);
    for (int i = 0; !err && (*survivors || any_runs(found)) && i < ATTEMPTS; i++) {
        found_list_fini(found);
        nanosleep(&pause, NULL);
        *survivors = survivors_exist("TARE_OUTPUT", from->setting);
        err = find_all(found, from->dir->path);
    }
    return err;
}

static void write_end(const struct found *found, const struct end_fields *fields)
{
    int fd = open(found->path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || pwrite(fd, fields, sizeof *fields, offsetof(struct ledger_header, end)) !=
                      sizeof *fields)
        message(found->path, "cannot note how the process ended: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
}

static bool is_same_process(const struct ledger_header *one,
                            const struct ledger_header *other)
{
    return one->pid == other->pid && one->process_start == other->process_start;
}

/* A process has a ledger for each program that it was: the last one's end is the process's. */
static void note_end(const struct found_list *all, uint32_t index,
                     const struct launched *program, bool *has_program)
{
    const struct found *found = &all->list[index];
    struct end_fields fields = {found->header->end, found->header->end_status,
                                found->header->end_monotonic_ns, found->header->cpu_ns};

    for (uint32_t i = index + 1; i < all->count; i++) {
        if (all->list[i].error || !is_same_process(all->list[i].header, found->header))
            continue;
        fields.end = LEDGER_END_EXECED;
        if (!fields.end_monotonic_ns)
            fields.end_monotonic_ns = all->list[i].header->start_monotonic_ns;
        write_end(found, &fields);
        return;
    }
    if (found->life == LIFE_EXECED) {
        fields.end = LEDGER_END_EXECED;
        write_end(found, &fields);
    } else if (found->header->pid == (uint32_t)program->pid) {
        *has_program = true;
        fields.end = LEDGER_END_WAITED;
        fields.end_status = (uint32_t)program->status;
        fields.cpu_ns = program->cpu_ns;
        if (!fields.end_monotonic_ns)
            fields.end_monotonic_ns = program->end_monotonic_ns;
        write_end(found, &fields);
    }
}

static int keep_path(struct collected *collected, char *path)
{
    char **paths =
        realloc(collected->paths, ((size_t)collected->count + 1) * sizeof *paths);

    if (!paths)
        return -ENOMEM;
    collected->paths = paths;
    paths[collected->count++] = path;
    return 0;
}

static void bring(struct collected *collected, const struct found *found,
                  const char *pattern)
{
    char *to;
    int err = copy_ledger(found->path, pattern, &to);

    if (err) {
        message(to ? to : pattern, "cannot write the profile: %s; it stays in %s",
                ledger_file_error(err), found->path);
        collected->left++;
        free(to);
        to = strdup(found->path);
    } else {
        unlink(found->path);
    }
    if (!to || keep_path(collected, to))
        free(to);
}

/* A ledger that was never begun holds nothing. */
static void leave_or_drop(struct collected *collected, const struct found *found)
{
    if (found->error == -ENODATA) {
        unlink(found->path);
        return;
    }
    collected->left++;
    message(found->path, "left where it is: %s", ledger_file_error(found->error));
}

static void report_running(const struct found *found)
{
    message(found->path,
            "process %d still runs, and its profile stays here: "
            "tare report --live %d",
            (int)found->pid, (int)found->pid);
}

int collect(struct collected *collected, const struct collect_from *from,
            const char *pattern, const struct launched *program)
{
    struct found_list found = {0};
    bool survivors;
    int err = find_settled(&found, from, &survivors);

    *collected = (struct collected){0};
    for (uint32_t i = 0; !err && i < found.count; i++) {
        struct found *at = &found.list[i];

        if (at->life == LIFE_GOES_ON) {
            collected->left++;
            report_running(at);
        } else if (at->error) {
            leave_or_drop(collected, at);
        } else {
            note_end(&found, i, program, &collected->has_program);
            sampler_leave(from->sampler, at->path);
            bring(collected, at, pattern);
        }
    }
    found_list_fini(&found);
    /* Of those that run some may have no ledger yet: they need the directory. */
    if (!survivors)
        run_dir_remove(from->dir);
    if (survivors && !collected->left)
        message(from->dir->path, "processes that still run will leave their profiles here");
    return err;
}

void collected_fini(struct collected *collected)
{
    for (uint32_t i = 0; i < collected->count; i++)
        free(collected->paths[i]);
    free(collected->paths);
    *collected = (struct collected){0};
}
