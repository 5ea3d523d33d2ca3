/* SPDX-License-Identifier: MIT */
#include "cli/resident_account.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    RECORDS_PER_EXTENT = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_record),
    GUARD_MOST = 64 << 10,  /* of a thread's stack */
    STACK_UNIT = 1 << 20,   /* stacks with their guard are whole ones */
    ARENA_BYTES = 64 << 20, /* further heaps of glibc begin at such addresses */
    LINE_BYTES = 4096 + 256,
};

enum mapped_what { MAPPED_ANONYMOUS, MAPPED_FILE, MAPPED_SHARED, MAPPED_OWN, MAPPED_NAMED };

struct mapping {
    uint64_t start, end, device_inode, rss_bytes;
    enum mapped_what what;
    char access[5];
    bool is_heap, is_stack, is_table;
};

struct mappings {
    struct mapping *list;
    uint32_t count, room;
};

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static enum mapped_what what_is(const char *path, uint64_t found, uint64_t inode)
{
    const char *slash = strrchr(path, '/');

    if ((found && found == inode) || (slash && begins(slash, "/libtare-preload.so")))
        return MAPPED_OWN;
    if (begins(path, "/dev/shm/") || begins(path, "/SYSV") || begins(path, "/memfd:") ||
        begins(path, "/dev/zero"))
        return MAPPED_SHARED;
    if (!*path || begins(path, "[heap]") || begins(path, "[anon"))
        return MAPPED_ANONYMOUS;
    return *path == '/' ? MAPPED_FILE : MAPPED_NAMED;
}

static int add(struct mappings *to, const struct mapping *mapping)
{
    if (to->count == to->room) {
        uint32_t room = to->room ? 2 * to->room : 256;
        struct mapping *list = realloc(to->list, room * sizeof *list);

        if (!list)
            return -ENOMEM;
        to->list = list;
        to->room = room;
    }
    to->list[to->count++] = *mapping;
    return 0;
}

/* The line that begins a mapping; false: it is one that says something of the latest. */
static bool parse_head(struct mapping *to, const char *line, uint64_t inode)
{
    unsigned device_major;
    unsigned device_minor;
    uint64_t number;
    int path = 0;

    *to = (struct mapping){0};
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*x %x:%x %" SCNu64 " %n", &to->start,
               &to->end, to->access, &device_major, &device_minor, &number, &path) != 6 ||
        !path)
        return false;
    to->device_inode = number ^ (uint64_t)device_major << 52 ^ (uint64_t)device_minor << 40;
    to->what = what_is(line + path, number, inode);
    to->is_heap = begins(line + path, "[heap]");
    to->is_stack = begins(line + path, "[stack]");
    return true;
}

/* Not reserved, and either nothing for a child or nothing for a core: only the recorder's are. */
static bool is_table(const char *flags)
{
    return strstr(flags, " nr") && (strstr(flags, " wf") || strstr(flags, " dd"));
}

static int read_mappings(struct mappings *to, FILE *smaps, uint64_t inode)
{
    char line[LINE_BYTES];
    struct mapping head;
    int err = 0;

    while (!err && fgets(line, sizeof line, smaps)) {
        struct mapping *latest = to->count ? &to->list[to->count - 1] : NULL;

        line[strcspn(line, "\n")] = '\0';
        if (latest && begins(line, "Rss:"))
            latest->rss_bytes = strtoull(line + 4, NULL, 10) * 1024;
        else if (latest && begins(line, "VmFlags:"))
            latest->is_table = is_table(line);
        else if (!isupper((unsigned char)line[0]) && parse_head(&head, line, inode))
            err = add(to, &head);
    }
    return err;
}

/* Mappings of one file follow one another. */
static bool is_of_code(const struct mappings *all, uint32_t index)
{
    const struct mapping *at = &all->list[index];
    uint32_t first = index;

    while (first && all->list[first - 1].device_inode == at->device_inode)
        first--;
    for (uint32_t i = first;
         i < all->count && all->list[i].device_inode == at->device_inode; i++)
        if (all->list[i].access[2] == 'x')
            return true;
    return false;
}

/* A page without access lies before the stack of a thread, and the rest of another heap before a
 * heap, which begins where none else does. */
static bool is_thread_stack(const struct mapping *before, const struct mapping *at)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

    if (before->end != at->start || before->what != MAPPED_ANONYMOUS ||
        !begins(before->access, "---") || at->start % ARENA_BYTES == 0)
        return false;
    return before->end - before->start <= GUARD_MOST ||
           (at->end - at->start + page) % STACK_UNIT == 0;
}

static enum ledger_resident_part part_of_anonymous(const struct mappings *all,
                                                   uint32_t index)
{
    const struct mapping *at = &all->list[index];
    const struct mapping *before = index ? at - 1 : NULL;

    if (at->is_heap)
        return RESIDENT_BRK;
    if (at->is_table)
        return RESIDENT_TABLES;
    if (at->access[2] == 'x')
        return RESIDENT_GENERATED;
    if (before && is_thread_stack(before, at))
        return RESIDENT_STACKS;
    if (before && before->end == at->start && before->what == MAPPED_FILE &&
        is_of_code(all, index - 1))
        return RESIDENT_STATIC;
    return RESIDENT_ANONYMOUS;
}

static enum ledger_resident_part part_of(const struct mappings *all, uint32_t index)
{
    const struct mapping *at = &all->list[index];

    switch (at->what) {
    case MAPPED_ANONYMOUS:
        return part_of_anonymous(all, index);
    case MAPPED_FILE:
        return is_of_code(all, index) ? RESIDENT_CODE : RESIDENT_FILES;
    case MAPPED_SHARED:
        return RESIDENT_SHARED;
    case MAPPED_OWN:
        return RESIDENT_LEDGER;
    default:
        return at->is_stack ? RESIDENT_STACK : RESIDENT_OTHER;
    }
}

int resident_account_mappings(struct ledger_resident *account, FILE *smaps, uint64_t inode)
{
    struct mappings all = {0};
    int err = read_mappings(&all, smaps, inode);

    for (uint32_t i = 0; !err && i < all.count; i++) {
        account->rss_bytes += all.list[i].rss_bytes;
        account->parts[part_of(&all, i)] += all.list[i].rss_bytes;
    }
    free(all.list);
    return err;
}

static uint64_t most_resident(uint32_t pid)
{
    char line[LINE_BYTES];
    uint64_t kib = 0;

    snprintf(line, sizeof line, "/proc/%" PRIu32 "/status", pid);
    FILE *file = fopen(line, "re");
    if (!file)
        return 0;
    while (!kib && fgets(line, sizeof line, file))
        if (begins(line, "VmHWM:"))
            kib = strtoull(line + 6, NULL, 10);
    fclose(file);
    return kib * 1024;
}

/* The share of `blocks` in what the allocations whose slack is noted got. */
static int64_t slack_of(const struct ledger_record *record, int64_t blocks)
{
    const double most = 1e15;

    if (record->allocations <= record->size_run)
        return 0;
    double noted = (double)(record->allocations - record->size_run);
    double slack = (double)record->slack_bytes / noted * (double)blocks;
    return slack > -most && slack < most ? (int64_t)slack : 0;
}

static void add_record(struct ledger_resident *to, const struct ledger_record *record)
{
    int64_t bytes = (int64_t)(record->bytes - record->freed_bytes);
    int64_t blocks = (int64_t)(record->allocations - record->frees);

    if (record->class == LEDGER_MAPPING)
        to->mapped_bytes += bytes;
    if (record->class != LEDGER_HEAP)
        return;
    to->live_bytes += bytes;
    to->live_blocks += blocks;
    to->slack_bytes += slack_of(record, blocks);
}

static int add_extent(struct ledger_resident *to, int fd, uint32_t extent)
{
    static struct ledger_record list[RECORDS_PER_EXTENT];

    if (pread(fd, list, sizeof list, (off_t)extent * LEDGER_EXTENT_BYTES) !=
        (ssize_t)sizeof list)
        return -EIO;
    for (uint32_t i = 0; i < RECORDS_PER_EXTENT; i++)
        if (list[i].site)
            add_record(to, &list[i]);
    return 0;
}

static int add_records(struct ledger_resident *to, int fd)
{
    static struct ledger_header header;
    uint8_t kinds[LEDGER_MAX_EXTENTS];
    int err = 0;

    if (pread(fd, &header, sizeof header, 0) != (ssize_t)sizeof header ||
        header.extents > LEDGER_MAX_EXTENTS ||
        pread(fd, kinds, header.extents, LEDGER_HEADER_BYTES) != (ssize_t)header.extents)
        return -EIO;
    for (uint32_t i = LEDGER_FIRST_EXTENT; !err && i < header.extents; i++)
        if (kinds[i] == LEDGER_RECORDS)
            err = add_extent(to, fd, i);
    to->peak_bytes = header.peak_bytes;
    return err;
}

int resident_account_take(struct ledger_resident *account, uint32_t pid, int fd,
                          uint64_t inode)
{
    char path[64];

    *account = (struct ledger_resident){0};
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/smaps", pid);
    FILE *smaps = fopen(path, "re");
    if (!smaps)
        return -errno;
    int err = resident_account_mappings(account, smaps, inode);
    fclose(smaps);
    if (!err)
        err = add_records(account, fd);
    account->most_rss_bytes = most_resident(pid);
    return err;
}
