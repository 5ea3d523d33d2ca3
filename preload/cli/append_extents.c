/* SPDX-License-Identifier: MIT */
#include "cli/append_extents.h"

#include "format/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

static int write_at(int fd, const void *data, size_t bytes, uint64_t offset)
{
    const uint8_t *from = data;

    while (bytes) {
        ssize_t wrote = pwrite(fd, from, bytes, (off_t)offset);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return wrote ? -errno : -EIO;
        from += wrote;
        offset += (uint64_t)wrote;
        bytes -= (size_t)wrote;
    }
    return 0;
}

static int append(int fd, const uint8_t *bytes, const uint8_t *kinds, uint32_t count)
{
    uint32_t first;

    if (pread(fd, &first, sizeof first, offsetof(struct ledger_header, extents)) !=
        (ssize_t)sizeof first)
        return -EIO;
    if (first < LEDGER_FIRST_EXTENT || first > LEDGER_MAX_EXTENTS ||
        count > LEDGER_MAX_EXTENTS - first)
        return -ENOSPC;
    uint64_t end = (uint64_t)first * LEDGER_EXTENT_BYTES;
    int err = write_at(fd, bytes, (size_t)count * LEDGER_EXTENT_BYTES, end);
    if (!err)
        err = write_at(fd, kinds, count, LEDGER_HEADER_BYTES + first);
    first += count;
    if (!err)
        err = write_at(fd, &first, sizeof first, offsetof(struct ledger_header, extents));
    /* What was written is in nobody's way if it cannot be cut off. */
    if (err && ftruncate(fd, (off_t)end))
        return err;
    return err;
}

int append_extents(const char *path, const uint8_t *bytes, const uint8_t *kinds,
                   uint32_t count)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    int err = fd < 0 ? -errno : append(fd, bytes, kinds, count);

    if (fd >= 0 && close(fd) && !err)
        err = -errno;
    return err;
}
