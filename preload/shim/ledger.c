/* SPDX-License-Identifier: MIT */
#include "shim/ledger.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "format/pattern.h"
#include "shim/memory_group.h"
#include "shim/options.h"
#include "shim/sys.h"

enum {
    NAMES_TRIED = 1000,
    LEDGER_BYTES_MIN = (LEDGER_FIRST_EXTENT + 8) * LEDGER_EXTENT_BYTES,
    SHARE = 16,               /* the part of a limit that is ours */
    RESERVED_BYTES = 8 << 20, /* at once, where pages cannot be reserved one by one */
    STAT_BYTES = 1024,
};

/* Field 22 of /proc/self/stat; the name in field 2 may hold anything, ')' too. */
static uint64_t process_start(void)
{
    char text[STAT_BYTES];
    uint64_t value = 0;

    sys_read_file("/proc/self/stat", text, sizeof text);
    const char *at = strrchr(text, ')');
    for (int field = 2; at && *at && field < 22; at++)
        field += *at == ' ';
    for (; at && *at >= '0' && *at <= '9'; at++)
        value = value * 10 + (uint64_t)(*at - '0');
    return value;
}

static void read_boot_id(uint8_t id[16])
{
    char text[64];
    unsigned nibbles = 0;

    sys_read_file("/proc/sys/kernel/random/boot_id", text, sizeof text);
    for (const char *at = text; *at && nibbles < 32; at++) {
        int digit = *at >= '0' && *at <= '9'   ? *at - '0'
                    : *at >= 'a' && *at <= 'f' ? *at - 'a' + 10
                                               : -1;
        if (digit < 0)
            continue;
        id[nibbles / 2] = (uint8_t)(id[nibbles / 2] << 4 | digit);
        nibbles++;
    }
}

static void fill_header(struct ledger *ledger, bool fork_child)
{
    struct ledger_header *header = ledger->header;

    header->version = LEDGER_VERSION;
    header->header_bytes = sizeof *header;
    header->pid = (uint32_t)getpid();
    header->parent_pid = (uint32_t)getppid();
    header->process_start = process_start();
    read_boot_id(header->boot_id);
    header->start_realtime_ns = sys_clock_ns(CLOCK_REALTIME);
    header->start_monotonic_ns = sys_clock_ns(CLOCK_MONOTONIC);
    header->flags =
        (options.sites ? LEDGER_SITES : 0u) | (options.check_stacks ? LEDGER_CHECKED : 0u) |
        (options.advise ? LEDGER_ADVISED : 0u) | (options.fill ? LEDGER_FILLED : 0u) |
        (options.trace_bytes ? LEDGER_TRACED : 0u) | (fork_child ? LEDGER_FORK_CHILD : 0u);
    header->stack_depth = options.stack_depth;
    header->looker = options.looker;
    header->allocator =
        options.mimalloc ? LEDGER_ALLOCATOR_MIMALLOC : LEDGER_ALLOCATOR_SYSTEM;
    header->max_extents = (uint32_t)(ledger->bytes / LEDGER_EXTENT_BYTES);
    header->command_bytes = (uint32_t)sys_read_file("/proc/self/cmdline", header->command,
                                                    sizeof header->command);
    long length =
        readlink("/proc/self/exe", header->executable, sizeof header->executable - 1);
    header->executable[length > 0 ? length : 0] = '\0';
    __atomic_store_n(&header->extents, LEDGER_FIRST_EXTENT, __ATOMIC_RELEASE);
    ledger->extents = LEDGER_FIRST_EXTENT;
}

/* Create the file under the first free name of the pattern; -1 and `why` if that fails. */
static int create_file(struct ledger *ledger)
{
    char executable[LEDGER_PATH_BYTES];
    struct utsname host = {0};
    long length = readlink("/proc/self/exe", executable, sizeof executable - 1);
    int fd = -1;

    executable[length > 0 ? length : 0] = '\0';
    uname(&host);
    const char *slash = strrchr(executable, '/');
    struct pattern_values values = {
        .pid = (uint64_t)getpid(),
        .program = slash ? slash + 1 : executable,
        .host = host.nodename,
        .start_seconds = sys_clock_ns(CLOCK_REALTIME) / 1000000000u,
    };
    for (; fd < 0 && values.sequence < NAMES_TRIED; values.sequence++) {
        ledger->why =
            -pattern_expand(ledger->path, sizeof ledger->path, options.output, &values);
        if (ledger->why)
            return -1;
        fd = sys_open(ledger->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                      0600);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    if (fd < 0)
        ledger->why = errno;
    return fd;
}

static uint64_t less(uint64_t bytes, uint64_t most)
{
    return bytes < most ? bytes : most;
}

/* How much to map: less where a limit says that all of it would be too much. */
static uint64_t affordable_bytes(void)
{
    struct rlimit limit;
    uint64_t bytes = LEDGER_MAX_BYTES;

    if (getrlimit(RLIMIT_AS, &limit) == 0)
        bytes = less(bytes, limit.rlim_cur / SHARE);
    /* Past this one, ftruncate would end the target with SIGXFSZ. */
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0)
        bytes = less(bytes, limit.rlim_cur);
    /* Past this one, the target would be ended for want of memory, or wait for the disk. */
    if (!sys_may_be_filtered)
        bytes = less(bytes, memory_group_limit() / SHARE);
    return bytes - bytes % LEDGER_EXTENT_BYTES;
}

/* Addresses for the ledger: fewer where there are not so many in a row, or all memory is locked
 * (mlockall) and that is limited. */
static bool reserve(struct ledger *ledger, int flags, int fd)
{
    for (; ledger->bytes >= LEDGER_BYTES_MIN;
         ledger->bytes -= ledger->bytes / 2 + ledger->bytes / 2 % LEDGER_EXTENT_BYTES) {
        void *base = sys_map(NULL, ledger->bytes, PROT_NONE, flags | MAP_NORESERVE, fd);

        if (base != MAP_FAILED) {
            ledger->base = base;
            madvise(base, ledger->bytes, MADV_DONTFORK);
            return true;
        }
        ledger->why = errno;
    }
    ledger->why = ledger->why ? ledger->why : EFBIG;
    return false;
}

/* Make pages present and writable without ever touching them: where there is no room, a touch
 * would be SIGBUS, this is an error. */
static bool populate(const struct ledger *ledger, uint64_t offset, uint64_t bytes)
{
    char *start = ledger->base + offset;
    int saved_errno = errno;

    bool done = mprotect(start, bytes, PROT_READ | PROT_WRITE) == 0 &&
                (madvise(start, bytes, MADV_POPULATE_WRITE) == 0 || errno == EINVAL);
    errno = saved_errno;
    return done;
}

/* Before Linux 5.14, MADV_POPULATE_WRITE is EINVAL: take the room on the disk at once, and never
 * use more of the file. */
static bool reserve_at_once(struct ledger *ledger, int fd)
{
    if (madvise(ledger->base, LEDGER_PAGE_BYTES, MADV_POPULATE_WRITE) == 0 ||
        errno != EINVAL)
        return true;
    if (ledger->bytes > RESERVED_BYTES)
        ledger->bytes = RESERVED_BYTES;
    return syscall(SYS_fallocate, fd, 0, 0L, (long)ledger->bytes) == 0;
}

static bool map_file(struct ledger *ledger, int fd)
{
    ledger->bytes = affordable_bytes();
    if (!reserve(ledger, MAP_SHARED, fd))
        return false;
    uint64_t mapped = ledger->bytes;
    ledger->why = ftruncate(fd, (off_t)mapped) == 0 ? 0 : errno;
    if (ledger->why == 0 &&
        mprotect(ledger->base, LEDGER_PAGE_BYTES, PROT_READ | PROT_WRITE) == 0 &&
        reserve_at_once(ledger, fd) && populate(ledger, 0, 2 * LEDGER_PAGE_BYTES))
        return true;
    if (ledger->why == 0)
        ledger->why = ENOSPC;
    sys_unmap(ledger->base, mapped);
    return false;
}

/* Recording goes on without a file: what it finds is only for the report at the end. */
static bool map_anonymous(struct ledger *ledger)
{
    int why = ledger->why;

    ledger->bytes = affordable_bytes();
    if (ledger->bytes < LEDGER_BYTES_MIN)
        ledger->bytes = LEDGER_BYTES_MIN;
    bool mapped = reserve(ledger, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    ledger->why = why;
    return mapped && populate(ledger, 0, 2 * LEDGER_PAGE_BYTES);
}

bool ledger_open(struct ledger *ledger, bool fork_child)
{
    int fd = create_file(ledger);

    if (fd >= 0) {
        if (!map_file(ledger, fd)) {
            syscall(SYS_fchmod, fd,
                    0); /* tells those who watch who it is that removes it */
            unlink(ledger->path);
        }
        sys_close(fd);
    }
    if (ledger->why && !map_anonymous(ledger))
        return false;
    ledger->header = (void *)ledger->base;
    fill_header(ledger, fork_child);
    return true;
}

void ledger_publish(struct ledger *ledger)
{
    __atomic_store_n(&ledger->header->magic, LEDGER_MAGIC, __ATOMIC_RELEASE);
}

/* The next extent for `kind`; 0 when there is none. */
static uint32_t open_extent(struct ledger *ledger, enum ledger_kind kind)
{
    struct ledger_header *header = ledger->header;
    uint32_t extent = header->extents, directory = LEDGER_HEADER_BYTES + extent;

    if (ledger->full || extent >= header->max_extents)
        return 0;
    ledger->full =
        !populate(ledger, (uint64_t)extent * LEDGER_EXTENT_BYTES, LEDGER_EXTENT_BYTES) ||
        (directory % LEDGER_PAGE_BYTES == 0 &&
         !populate(ledger, directory, LEDGER_PAGE_BYTES));
    if (ledger->full)
        return 0;
    *(uint8_t *)ledger_at(ledger, directory) = (uint8_t)kind;
    __atomic_store_n(&header->extents, extent + 1, __ATOMIC_RELEASE);
    __atomic_store_n(&ledger->extents, extent + 1, __ATOMIC_RELEASE);
    return extent * LEDGER_EXTENT_BYTES;
}

uint32_t ledger_new(struct ledger *ledger, enum ledger_kind kind, uint32_t bytes)
{
    if (ledger->end[kind] - ledger->next[kind] < bytes) {
        uint32_t extent = open_extent(ledger, kind);

        if (!extent)
            return 0;
        ledger->next[kind] = extent;
        ledger->end[kind] = extent + LEDGER_EXTENT_BYTES;
    }
    uint32_t offset = ledger->next[kind];
    ledger->next[kind] += bytes;
    return offset;
}

bool ledger_give_back(struct ledger *ledger, uint64_t keep_bytes)
{
    uint64_t unused = ledger_unused_bytes(ledger);

    keep_bytes += LEDGER_EXTENT_BYTES - keep_bytes % LEDGER_EXTENT_BYTES;
    if (keep_bytes >= unused)
        return false;
    ledger->bytes -= unused - keep_bytes;
    ledger->header->max_extents = (uint32_t)(ledger->bytes / LEDGER_EXTENT_BYTES);
    sys_unmap(ledger->base + ledger->bytes, unused - keep_bytes);
    return true;
}
