/* SPDX-License-Identifier: MIT */
#include "shim/ledger.h"

#include <errno.h>
#include <string.h>

#include "shim/sys.h"

#define DELETED " (deleted)"

/* Reads /proc/self/maps by the byte: RANGE ... PATH, a line each. */
struct reader {
    const char *base;
    uint64_t address; /* the number that the line begins with */
    bool in_address, is_ours;
    char last[sizeof DELETED - 1]; /* of our line */
};

static void begin_line(struct reader *reader)
{
    *reader = (struct reader){.base = reader->base, .in_address = true};
}

/* True at the end of our line. */
static bool read_byte(struct reader *reader, char byte)
{
    int digit = byte >= '0' && byte <= '9'   ? byte - '0'
                : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10
                                             : -1;

    if (byte == '\n') {
        if (reader->is_ours)
            return true;
        begin_line(reader);
    } else if (reader->is_ours) {
        memmove(reader->last, reader->last + 1, sizeof reader->last - 1);
        reader->last[sizeof reader->last - 1] = byte;
    } else if (reader->in_address && digit >= 0) {
        reader->address = reader->address << 4 | (uint64_t)digit;
    } else if (reader->in_address) {
        reader->in_address = false;
        reader->is_ours =
            byte == '-' && reader->address == (uint64_t)(uintptr_t)reader->base;
    }
    return false;
}

/* A name may be out of sight, and the file still there: in another root, or renamed. */
static bool kernel_says_deleted(const char *base)
{
    struct reader reader = {.base = base};
    int fd = sys_open("/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
    char bytes[512];
    bool done = false;
    long got;

    if (fd < 0)
        return false;
    begin_line(&reader);
    while (!done && (got = sys_read(fd, bytes, sizeof bytes)) > 0)
        for (long i = 0; i < got && !done; i++)
            done = read_byte(&reader, bytes[i]);
    sys_close(fd);
    return done && memcmp(reader.last, DELETED, sizeof reader.last) == 0;
}

bool ledger_is_deleted(const struct ledger *ledger)
{
    int saved_errno = errno;
    char target[1];

    if (ledger->why || readlink(ledger->path, target, sizeof target) >= 0)
        return false;
    bool deleted =
        (errno == ENOENT || errno == ENOTDIR) && kernel_says_deleted(ledger->base);
    errno = saved_errno;
    return deleted;
}
