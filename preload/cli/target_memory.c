/* SPDX-License-Identifier: MIT */
#include "cli/target_memory.h"

#include "format/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE_IS_THERE ((uint64_t)1 << 63) /* and was not swapped out */

enum { PAGES_AT_ONCE = 512 };

static int add_range(struct target_memory *memory, uint64_t start, uint64_t end)
{
    uint32_t count = memory->range_count;

    if ((count & (count + 1)) == 0) { /* full at 1, 3, 7 ... */
        struct memory_range *ranges =
            realloc(memory->ranges, (2 * (size_t)count + 1) * sizeof *ranges);

        if (!ranges)
            return -ENOMEM;
        memory->ranges = ranges;
    }
    memory->ranges[memory->range_count++] = (struct memory_range){start, end};
    return 0;
}

/* Heaps have no file and no name but [heap]; stacks and what the kernel maps have others. */
static int read_maps(struct target_memory *memory, FILE *maps)
{
    char line[512];
    int err = 0;

    while (!err && fgets(line, sizeof line, maps)) {
        uint64_t start, end, inode;
        char may[5];
        int name = 0;

        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %" SCNu64 " %n", &start, &end,
                   may, &inode, &name) != 4 ||
            !name || may[0] != 'r' || may[1] != 'w' || may[3] != 'p' || inode ||
            (line[name] && strncmp(line + name, "[heap]", 6) != 0))
            continue;
        err = add_range(memory, start, end);
    }
    return err;
}

int target_memory_open(struct target_memory *memory, pid_t pid)
{
    char path[64];
    int err = 0;

    *memory = (struct target_memory){.pid = pid};
    snprintf(path, sizeof path, "/proc/%d/pagemap", (int)pid);
    memory->pagemap = open(path, O_RDONLY | O_CLOEXEC);
    if (memory->pagemap < 0)
        return -errno;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "re");
    if (maps) {
        err = read_maps(memory, maps);
        fclose(maps);
    } else {
        err = -errno;
    }
    if (err)
        target_memory_fini(memory);
    return err;
}

void target_memory_fini(struct target_memory *memory)
{
    close(memory->pagemap);
    free(memory->ranges);
    *memory = (struct target_memory){.pagemap = -1};
}

bool target_memory_read(const struct target_memory *memory, uint64_t at, void *to,
                        size_t bytes)
{
    struct iovec ours = {to, bytes};
    struct iovec theirs = {(void *)(uintptr_t)at, bytes};

    return process_vm_readv(memory->pid, &ours, 1, &theirs, 1, 0) == (ssize_t)bytes;
}

static bool read_some(const struct target_memory *memory, uint64_t at, char *to,
                      size_t pages)
{
    uint64_t states[PAGES_AT_ONCE];
    bool any = false;

    memset(to, 0, pages * LEDGER_PAGE_BYTES);
    if (pread(memory->pagemap, states, pages * sizeof *states,
              (off_t)(at / LEDGER_PAGE_BYTES * sizeof *states)) !=
        (ssize_t)(pages * sizeof *states))
        return false;
    for (size_t first = 0; first < pages; first++) {
        size_t end = first;

        while (end < pages && states[end] & PAGE_IS_THERE)
            end++;
        if (end > first)
            any |= target_memory_read(memory, at + first * LEDGER_PAGE_BYTES,
                                      to + first * LEDGER_PAGE_BYTES,
                                      (end - first) * LEDGER_PAGE_BYTES);
        first = end;
    }
    return any;
}

bool target_memory_pages(const struct target_memory *memory, uint64_t at, void *to,
                         size_t bytes)
{
    bool any = false;

    for (size_t done = 0; done < bytes;) {
        size_t pages = (bytes - done) / LEDGER_PAGE_BYTES;

        pages = pages < PAGES_AT_ONCE ? pages : PAGES_AT_ONCE;
        any |= read_some(memory, at + done, (char *)to + done, pages);
        done += pages * LEDGER_PAGE_BYTES;
    }
    return any;
}

const struct memory_range *target_memory_range(const struct target_memory *memory,
                                               uint64_t address)
{
    uint32_t from = 0, to = memory->range_count;

    while (from < to) {
        uint32_t middle = from + (to - from) / 2;

        if (memory->ranges[middle].end <= address)
            from = middle + 1;
        else
            to = middle;
    }
    return from < memory->range_count && memory->ranges[from].start <= address
               ? &memory->ranges[from]
               : NULL;
}
