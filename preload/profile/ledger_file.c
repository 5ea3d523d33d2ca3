/* SPDX-License-Identifier: MIT */
#include "profile/ledger_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { UNITS_PER_LINE = LEDGER_LINE_BYTES / LEDGER_UNIT_BYTES };

#define GREAT_PAGE_BYTES ((size_t)2 << 20)

/* Shorter files cannot hold the header's fields. */
static const size_t least_bytes = sizeof(struct ledger_header);

static int check_header(const struct ledger_header *header, size_t bytes)
{
    if (bytes == 0) /* created, and no more */
        return -ENODATA;
    if (bytes < least_bytes)
        return -EBADMSG;
    if (header->magic == 0)
        return -ENODATA;
    if (header->magic != LEDGER_MAGIC)
        return -EBADMSG;
    return header->version == LEDGER_VERSION ? 0 : -ENOTSUP;
}

/* How many extents to read, from a header that is checked and a file of `bytes`. */
static void count_extents(struct ledger_file *file, const struct ledger_header *header,
                          size_t bytes)
{
    uint64_t there = bytes / LEDGER_EXTENT_BYTES;

    file->extents = header->extents;
    if (file->extents > LEDGER_MAX_EXTENTS) {
        file->extents = LEDGER_MAX_EXTENTS;
        file->truncated = true;
    }
    if (file->extents > there) {
        file->extents = (uint32_t)there;
        file->truncated = true;
    }
    file->used_bytes = (size_t)file->extents * LEDGER_EXTENT_BYTES;
    if (file->used_bytes < LEDGER_HEADER_BYTES)
        file->used_bytes = LEDGER_HEADER_BYTES;
}

/* To get pages costs more than to read them: where as much as that is used, ask for great ones,
 * and give back what lies before the first of them. `memory` has room for one more. */
static uint8_t *align_greatly(uint8_t *memory, size_t bytes)
{
    size_t before = -(uintptr_t)memory & (GREAT_PAGE_BYTES - 1);

    if (before)
        munmap(memory, before);
    munmap(memory + before + bytes, GREAT_PAGE_BYTES - before);
    madvise(memory + before, bytes, MADV_HUGEPAGE);
    return memory + before;
}

/* Memory of its own, zero and aligned to pages. Untouched pages cost nothing, so a sparse
 * file needs only what it holds. */
static int reserve(struct ledger_file *file, size_t bytes)
{
    bool is_great = file->used_bytes >= GREAT_PAGE_BYTES;
    size_t rounded = (bytes + GREAT_PAGE_BYTES - 1) & ~(GREAT_PAGE_BYTES - 1);
    size_t taken = is_great ? rounded + GREAT_PAGE_BYTES : bytes;
    uint8_t *memory = mmap(NULL, taken, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (memory == MAP_FAILED)
        return -ENOMEM;
    file->bytes = is_great ? align_greatly(memory, rounded) : memory;
    file->mapped_bytes = is_great ? rounded : bytes;
    return 0;
}

/* Read [from, to); what the file lacks by now stays zero. */
static int read_range(const struct ledger_file *file, int fd, size_t from, size_t to)
{
    while (from < to) {
        ssize_t got = pread(fd, file->bytes + from, to - from, (off_t)from);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            return 0;
        from += (size_t)got;
    }
    return 0;
}

/* Read the ranges that hold data. */
static int read_data(const struct ledger_file *file, int fd)
{
    off_t end = 0;
    off_t used = (off_t)file->used_bytes;

    while (end < used) {
        off_t start = lseek(fd, end, SEEK_DATA);

        if (start < 0 && errno == ENXIO)
            return 0;
        end = start < 0 ? -1 : lseek(fd, start, SEEK_HOLE);
        if (end < 0)
            return read_range(file, fd, 0, file->used_bytes);
        int err = start < used ? read_range(file, fd, (size_t)start,
                                            (size_t)(end < used ? end : used))
                               : 0;
        if (err)
            return err;
    }
    return 0;
}

/* The directory once more, with the extents that were added meanwhile. */
static int read_directory(struct ledger_file *file, int fd)
{
    struct ledger_header now;
    struct stat status;

    if (fstat(fd, &status))
        return -errno;
    if (pread(fd, &now, sizeof now, 0) != (ssize_t)sizeof now ||
        now.extents < file->extents)
        return 0;
    count_extents(file, &now,
                  (size_t)status.st_size < file->mapped_bytes ? (size_t)status.st_size
                                                              : file->mapped_bytes);
    return read_range(file, fd, LEDGER_HEADER_BYTES, LEDGER_HEADER_BYTES + file->extents);
}

/* What a running process's records name was complete before them, but may have been written after
 * it was read here. So read that again, each kind before those that it names. */
static int read_named(struct ledger_file *file, int fd)
{
    static const enum ledger_kind kinds[] = {LEDGER_EVIDENCE, LEDGER_NODES, LEDGER_MODULES,
                                             LEDGER_STRINGS};
    int err = 0;

    for (size_t i = 0; !err && i < sizeof kinds / sizeof *kinds; i++) {
        err = read_directory(file, fd);
        for (size_t at = 0; !err && at < file->extents; at++)
            if (ledger_file_kind(file, (uint32_t)at) == kinds[i])
                err = read_range(file, fd, at * LEDGER_EXTENT_BYTES,
                                 (at + 1) * LEDGER_EXTENT_BYTES);
    }
    return err;
}

static int read_open(struct ledger_file *file, int fd)
{
    struct ledger_header header = {0};
    struct stat status;

    if (fstat(fd, &status))
        return -errno;
    if (!S_ISREG(status.st_mode))
        return S_ISDIR(status.st_mode) ? -EISDIR : -EBADMSG;
    file->device = status.st_dev;
    file->inode = status.st_ino;
    ssize_t got = pread(fd, &header, sizeof header, 0);
    if (got < 0)
        return -errno;
    int err = check_header(&header, (size_t)got);
    if (err)
        return err;
    count_extents(file, &header, (size_t)status.st_size);
    /* One that may run may grow while it is read. */
    bool may_run = header.end == LEDGER_END_OPEN;
    size_t room = may_run && (uint64_t)status.st_size <= LEDGER_MAX_BYTES
                      ? (size_t)status.st_size
                      : file->used_bytes;
    err = reserve(file, room > file->used_bytes ? room : file->used_bytes);
    if (!err)
        err = read_data(file, fd);
    if (!err && may_run)
        err = read_named(file, fd);
    /* A second look: what was copied is what the accessors will trust. */
    return err ? err : check_header(ledger_file_header(file), file->used_bytes);
}

int ledger_file_read(struct ledger_file *file, const char *path)
{
    *file = (struct ledger_file){0};
    /* Not blocking on a pipe that somebody named like a profile. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    int err = read_open(file, fd);
    close(fd);
    if (err)
        ledger_file_fini(file);
    return err;
}

int ledger_file_parse(struct ledger_file *file, const void *data, size_t bytes)
{
    struct ledger_header header = {0};

    *file = (struct ledger_file){0};
    memcpy(&header, data, bytes < sizeof header ? bytes : sizeof header);
    int err = check_header(&header, bytes);
    if (err)
        return err;
    count_extents(file, &header, bytes);
    err = reserve(file, file->used_bytes);
    if (err)
        return err;
    memcpy(file->bytes, data, bytes < file->used_bytes ? bytes : file->used_bytes);
    return 0;
}

void ledger_file_fini(struct ledger_file *file)
{
    if (file->bytes)
        munmap(file->bytes, file->mapped_bytes);
    *file = (struct ledger_file){0};
}

const char *ledger_file_error(int error)
{
    switch (error) {
    case -EBADMSG:
        return "not a profile of tare";
    case -ENODATA:
        return "empty: recording had not begun";
    case -ENOTSUP:
        return "of a format version that this tare does not know";
    default:
        return strerror(-error);
    }
}

const struct ledger_header *ledger_file_header(const struct ledger_file *file)
{
    return (const struct ledger_header *)(const void *)file->bytes;
}

struct ledger_header *ledger_file_copy_header(const struct ledger_file *file)
{
    struct ledger_header *copy =
        aligned_alloc(_Alignof(struct ledger_header), sizeof(struct ledger_header));

    if (copy)
        memcpy(copy, file->bytes, sizeof *copy);
    return copy;
}

enum ledger_kind ledger_file_kind(const struct ledger_file *file, uint32_t extent)
{
    if (extent < LEDGER_FIRST_EXTENT || extent >= file->extents)
        return LEDGER_FREE;
    return file->bytes[LEDGER_HEADER_BYTES + extent];
}

void *ledger_file_extent(const struct ledger_file *file, uint32_t extent)
{
    return file->bytes + (size_t)extent * LEDGER_EXTENT_BYTES;
}

const struct ledger_record *ledger_file_record(const struct ledger_file *file,
                                               uint32_t number)
{
    enum { PER_EXTENT = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_record) };
    const struct ledger_record *records = ledger_file_extent(file, number / PER_EXTENT);

    return &records[number % PER_EXTENT];
}

void ledger_file_drop(const struct ledger_file *file, enum ledger_kind kind)
{
    for (uint32_t extent = 0; extent < file->extents; extent++) {
        uint32_t first = extent;

        while (ledger_file_kind(file, extent) == kind)
            extent++;
        if (extent > first)
            madvise(ledger_file_extent(file, first),
                    (size_t)(extent - first) * LEDGER_EXTENT_BYTES, MADV_DONTNEED);
    }
}

/* `id` in units, for an object that does not cross its extent. */
static void *object(const struct ledger_file *file, uint64_t id, size_t bytes,
                    enum ledger_kind kind)
{
    uint64_t at = id * LEDGER_UNIT_BYTES;
    uint64_t extent = at / LEDGER_EXTENT_BYTES;

    if (extent >= file->extents || ledger_file_kind(file, (uint32_t)extent) != kind ||
        bytes > LEDGER_EXTENT_BYTES - at % LEDGER_EXTENT_BYTES)
        return NULL;
    return file->bytes + at;
}

const struct ledger_node *ledger_file_node(const struct ledger_file *file, uint32_t id)
{
    return object(file, id, sizeof(struct ledger_node), LEDGER_NODES);
}

const struct ledger_module *ledger_file_module(const struct ledger_file *file, uint32_t id)
{
    return object(file, id, sizeof(struct ledger_module), LEDGER_MODULES);
}

const char *ledger_file_string(const struct ledger_file *file, uint32_t id, uint32_t bytes)
{
    return object(file, id, bytes, LEDGER_STRINGS);
}

struct ledger_histogram *ledger_file_histogram(const struct ledger_file *file, uint32_t id)
{
    return object(file, (uint64_t)id * UNITS_PER_LINE, sizeof(struct ledger_histogram),
                  LEDGER_EVIDENCE);
}

struct ledger_growth *ledger_file_growth(const struct ledger_file *file, uint32_t id)
{
    return object(file, (uint64_t)id * UNITS_PER_LINE, sizeof(struct ledger_growth),
                  LEDGER_EVIDENCE);
}
