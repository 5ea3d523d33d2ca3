/* SPDX-License-Identifier: MIT
 *
 * shim/advice_look.h - reads a block that is about to be freed.
 *
 * Shape    block -> fingerprint, text or not, bytes at its end that are as they were
 * Units    Bytes.
 * Owner    none
 * Threads  thread-safe, async-signal-safe.
 * Errors   false: it could not be read. A block of a page or more may be protected in part: such
 *          are read by the kernel, which then says so.
 * Cost     See format/content.h; two system calls for a block of a page or more.
 * Source   process_vm_readv(2), mincore(2)
 */
#ifndef TARE_SHIM_ADVICE_LOOK_H
#define TARE_SHIM_ADVICE_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct advice_look {
    uint64_t hash;
    bool is_text;
    size_t tail;
};

/* `tail`: how many of the last bytes are `byte`, where that is asked for. */
bool advice_look(struct advice_look *look, const void *block, size_t bytes, uint8_t byte,
                 bool with_tail);

/* Bytes at the end in pages that nobody touched. The trailer's own page is left out. */
bool advice_untouched(const void *block, size_t bytes, size_t *untouched);

#endif
