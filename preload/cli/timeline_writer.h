/* SPDX-License-Identifier: MIT
 *
 * cli/timeline_writer.h - samples of a process as they are taken, and into its ledger at the end.
 *
 * Shape    samples, each with its changes as docs/format.md has them. When they become too many,
 *          or too long, each two neighbours are made one: nothing that was added gets lost.
 * Units    Bytes, nanoseconds.
 * Owner    Caller owns the struct; it owns the samples.
 * Threads  Single owner.
 * Errors   -ENOMEM; -ENOSPC: the ledger has no room for it; others of the system calls.
 * Cost     At most TIMELINE_SAMPLES samples, and TIMELINE_BYTES while they are more than a few.
 * Source   none
 */
#ifndef TARE_CLI_TIMELINE_WRITER_H
#define TARE_CLI_TIMELINE_WRITER_H

#include "format/ledger.h"

#include <stdbool.h>
#include <stddef.h>

enum { TIMELINE_SAMPLES = 512, TIMELINE_BYTES = 8 << 20 };

struct written_sample {
    struct ledger_sample head;
    uint8_t *changes;
};

struct timeline_writer {
    struct written_sample *samples;
    uint32_t count, room;
    size_t bytes;       /* of all changes */
    uint32_t thinnings; /* how often neighbours were made one */
};

/* `changes` are copied. Samples come in the order of time. */
int timeline_add(struct timeline_writer *writer, const struct ledger_sample *head,
                 const uint8_t *changes);
void timeline_writer_fini(struct timeline_writer *writer);

/* Behind what the ledger has; it must not be written by anybody else any more. */
int timeline_write(const struct timeline_writer *writer, const char *path);

#endif
