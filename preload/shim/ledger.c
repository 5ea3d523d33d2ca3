/* SPDX-License-Identifier: MIT */
#include "shim/ledger.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "format/pattern.h"
#include "shim/options.h"
#include "shim/sys.h"

enum {
    NAMES_TRIED = 1000,
    LEDGER_BYTES_MIN = (LEDGER_FIRST_EXTENT + 8) * LEDGER_EXTENT_BYTES,
    RESERVED_BYTES = 8 << 20, /* at once, where pages cannot be reserved one by one */
    STAT_BYTES = 1024,
};

/* Up to `bytes` - 1 of a file of /proc, with a NUL; the number read. */
static size_t read_file(const char *path, char *out, size_t bytes)
{
    int fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
    size_t used = 0;
    long got;

    if (fd >= 0) {
        while (used < bytes - 1 && (got = sys_read(fd, out + used, bytes - 1 - used)) > 0)
            used += (size_t)got;
        sys_close(fd);
    }
    out[used] = '\0';
    return used;
}

/* Field 22 of /proc/self/stat; the name in field 2 may hold anything, ')' too. */
static uint64_t process_start(void)
{
    char text[STAT_BYTES];
    uint64_t value = 0;

    read_file("/proc/self/stat", text, sizeof text);
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

    read_file("/proc/sys/kernel/random/boot_id", text, sizeof text);
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
    header->flags = (options.sites ? LEDGER_SITES : 0u) |
                    (options.check_stacks ? LEDGER_CHECKED : 0u) |
                    (fork_child ? LEDGER_FORK_CHILD : 0u);
    header->stack_depth = options.stack_depth;
    header->allocator =
        options.mimalloc ? LEDGER_ALLOCATOR_MIMALLOC : LEDGER_ALLOCATOR_SYSTEM;
    header->max_extents = (uint32_t)(ledger->bytes / LEDGER_EXTENT_BYTES);
    header->command_bytes =
        (uint32_t)read_file("/proc/self/cmdline", header->command, sizeof header->command);
    long length =
        readlink("/proc/self/exe", header->executable, sizeof header->executable - 1);
    header->executable[length > 0 ? length : 0] = '\0';
    __atomic_store_n(&header->extents, LEDGER_FIRST_EXTENT, __ATOMIC_RELEASE);
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

/* How much to map: less where a limit says that all of it would be too much. */
static uint64_t affordable_bytes(void)
{
    struct rlimit limit;
    uint64_t bytes = LEDGER_MAX_BYTES;

    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur / 16 < bytes)
        bytes = limit.rlim_cur / 16;
    /* Past this one, ftruncate would end the target with SIGXFSZ. */
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < bytes)
        bytes = limit.rlim_cur;
    return bytes - bytes % LEDGER_EXTENT_BYTES;
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
    void *base = MAP_FAILED;

    ledger->bytes = affordable_bytes();
    if (ledger->bytes < LEDGER_BYTES_MIN)
        ledger->why = EFBIG;
    else if (ftruncate(fd, (off_t)ledger->bytes) != 0)
        ledger->why = errno;
    else if ((base = sys_map(NULL, ledger->bytes, PROT_NONE, MAP_SHARED | MAP_NORESERVE,
                             fd)) == MAP_FAILED)
        ledger->why = errno;
    if (ledger->why)
        return false;
    ledger->base = base;
    madvise(base, ledger->bytes, MADV_DONTFORK);
    if (mprotect(base, LEDGER_PAGE_BYTES, PROT_READ | PROT_WRITE) == 0 &&
        reserve_at_once(ledger, fd) && populate(ledger, 0, 2 * LEDGER_PAGE_BYTES))
        return true;
    ledger->why = ENOSPC;
    sys_unmap(base, affordable_bytes());
    return false;
}

/* Recording goes on without a file: what it finds is only for the report at the end. */
static bool map_anonymous(struct ledger *ledger)
{
    ledger->bytes = affordable_bytes();
    if (ledger->bytes < LEDGER_BYTES_MIN)
        ledger->bytes = LEDGER_BYTES_MIN;
    void *base = sys_map(NULL, ledger->bytes, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    if (base == MAP_FAILED)
        return false;
    ledger->base = base;
    madvise(base, ledger->bytes, MADV_DONTFORK);
    return populate(ledger, 0, 2 * LEDGER_PAGE_BYTES);
}

bool ledger_open(struct ledger *ledger, bool fork_child)
{
    int fd = create_file(ledger);

    if (fd >= 0) {
        if (!map_file(ledger, fd))
            unlink(ledger->path);
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
