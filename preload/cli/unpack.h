/* SPDX-License-Identifier: MIT
 *
 * cli/unpack.h - whole files, unpacked where gzip or zstd has packed them.
 *
 * Shape    file -> bytes
 * Units    bytes
 * Owner    The caller frees the bytes, after an error too.
 * Threads  Single owner.
 * Errors   Of the file; -ENOMEM; -EBADMSG: packed, and damaged or cut off; -EFBIG: it unpacks to more
 *          than 64 MiB and a thousand times its size; -EPROTONOSUPPORT: zstd has packed it, and this
 *          command was built without zstd.
 * Cost     the unpacked file's memory
 * Source   none
 */
#ifndef TARE_CLI_UNPACK_H
#define TARE_CLI_UNPACK_H

#include <stddef.h>
#include <stdint.h>

struct content {
    uint8_t *bytes;
    size_t count, room;
};

int unpack_file(struct content *content, const char *path);

#endif
