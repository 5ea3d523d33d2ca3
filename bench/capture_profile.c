/* SPDX-License-Identifier: MIT */
#include "bench/capture_profile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/ledger.h"

static void add_records(struct profile_sums *sums, const struct ledger_record *records)
{
    for (size_t i = 0; i < LEDGER_EXTENT_BYTES / sizeof *records; i++) {
        if (!records[i].site)
            continue;
        sums->pairs++;
        sums->allocations += records[i].allocations;
        sums->bytes += records[i].bytes;
        sums->frees += records[i].frees;
    }
}

static void add_nodes(struct profile_sums *sums, const struct ledger_node *nodes)
{
    for (size_t i = 0; i < LEDGER_EXTENT_BYTES / sizeof *nodes; i++)
        sums->nodes += nodes[i].ip != 0;
}

static void add_threads(struct profile_sums *sums, const struct ledger_thread *threads)
{
    for (size_t i = 0; i < LEDGER_EXTENT_BYTES / sizeof *threads; i++)
        sums->trace_lost += threads[i].lost_trace;
}

static int add_ledger(struct profile_sums *sums, const uint8_t *bytes, uint64_t file_bytes)
{
    const struct ledger_header *header = (const void *)bytes;
    const uint8_t *directory = bytes + LEDGER_HEADER_BYTES;

    if (header->magic != LEDGER_MAGIC || header->version != LEDGER_VERSION ||
        header->extents > LEDGER_MAX_EXTENTS ||
        (uint64_t)header->extents * LEDGER_EXTENT_BYTES > file_bytes)
        return -EBADMSG;
    for (uint32_t i = LEDGER_FIRST_EXTENT; i < header->extents; i++) {
        const void *extent = bytes + (uint64_t)i * LEDGER_EXTENT_BYTES;

        if (directory[i] == LEDGER_RECORDS)
            add_records(sums, extent);
        else if (directory[i] == LEDGER_NODES)
            add_nodes(sums, extent);
        else if (directory[i] == LEDGER_THREADS)
            add_threads(sums, extent);
        else if (directory[i] == LEDGER_TRACE)
            sums->trace_bytes += LEDGER_EXTENT_BYTES;
    }
    sums->extent_bytes += (uint64_t)header->extents * LEDGER_EXTENT_BYTES;
    sums->lost += header->lost_events + header->lost_stacks;
    return 0;
}

static int add_file(struct profile_sums *sums, int folder, const char *name)
{
    struct stat status;
    int file = openat(folder, name, O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return -errno;
    if (fstat(file, &status) || status.st_size < LEDGER_HEADER_BYTES + LEDGER_MAX_EXTENTS) {
        close(file);
        return -EBADMSG;
    }
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, file, 0);
    int err = bytes == MAP_FAILED ? -errno : 0;
    close(file);
    if (!err) {
        err = add_ledger(sums, bytes, (uint64_t)status.st_size);
        munmap(bytes, (size_t)status.st_size);
    }
    return err;
}

static bool ends_in(const char *name, const char *suffix)
{
    size_t bytes = strlen(name), suffix_bytes = strlen(suffix);

    return bytes >= suffix_bytes && strcmp(name + bytes - suffix_bytes, suffix) == 0;
}

int profile_sums_read(struct profile_sums *sums, const char *folder)
{
    DIR *open_folder = opendir(folder);
    int err = open_folder ? -ENOENT : -errno;

    *sums = (struct profile_sums){0};
    for (struct dirent *entry; open_folder && (entry = readdir(open_folder));) {
        if (!ends_in(entry->d_name, ".tare"))
            continue;
        err = add_file(sums, dirfd(open_folder), entry->d_name);
        if (err)
            break;
    }
    if (open_folder)
        closedir(open_folder);
    return err;
}

void folder_clear(const char *folder)
{
    DIR *open_folder = opendir(folder);

    for (struct dirent *entry; open_folder && (entry = readdir(open_folder));)
        unlinkat(dirfd(open_folder), entry->d_name, 0);
    if (open_folder)
        closedir(open_folder);
}

int folder_has(const char *folder, const char *suffix)
{
    DIR *open_folder = opendir(folder);
    bool found = false;
    struct stat status;

    for (struct dirent *entry; !found && open_folder && (entry = readdir(open_folder));)
        found = ends_in(entry->d_name, suffix) &&
                fstatat(dirfd(open_folder), entry->d_name, &status, 0) == 0 &&
                status.st_size > 0;
    if (open_folder)
        closedir(open_folder);
    return found ? 0 : -ENOENT;
}
