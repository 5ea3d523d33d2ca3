/* SPDX-License-Identifier: MIT */
#include "cli/append_extents.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static int write_all(int fd, const void *bytes, size_t count, uint64_t at)
{
    ssize_t wrote = pwrite(fd, bytes, count, (off_t)at);

    if (wrote < 0)
        return -errno;
    return (size_t)wrote == count ? 0 : -ENOSPC;
}

int append_extents(int fd, const void *bytes, uint32_t count, enum ledger_kind kind)
{
    uint8_t kinds[LEDGER_MAX_EXTENTS];
    uint32_t first;

    if (pread(fd, &first, sizeof first, offsetof(struct ledger_header, extents)) !=
        sizeof first)
        return -EIO;
    if (first < LEDGER_FIRST_EXTENT || first > LEDGER_MAX_EXTENTS ||
        count > LEDGER_MAX_EXTENTS - first)
        return -ENOSPC;
    memset(kinds, kind, count);
    int err = write_all(fd, bytes, (size_t)count * LEDGER_EXTENT_BYTES,
                        (uint64_t)first * LEDGER_EXTENT_BYTES);
    if (!err)
        err = write_all(fd, kinds, count, LEDGER_HEADER_BYTES + first);
    first += count;
    if (!err)
        err = write_all(fd, &first, sizeof first, offsetof(struct ledger_header, extents));
    return err;
}
