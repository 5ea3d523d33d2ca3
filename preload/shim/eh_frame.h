/* SPDX-License-Identifier: MIT
 *
 * shim/eh_frame.h - the unwind data of a loaded module: where it is for an address.
 *
 * Shape    .eh_frame_hdr: a sorted table (start of code -> FDE); an FDE (one function's
 *          instructions) names a CIE (what many have in common).
 * Units    Addresses.
 * Owner    The module: all pointers are into its mapped .eh_frame.
 * Threads  thread-safe, async-signal-safe.
 * Errors   EH_FRAME_NONE: no data for the address; EH_FRAME_UNKNOWN: in a form not known here.
 * Cost     One binary search.
 * Source   LSB 5, 10.6 (.eh_frame, .eh_frame_hdr); DWARF 5, 7.6 (LEB128).
 */
#ifndef TARE_SHIM_EH_FRAME_H
#define TARE_SHIM_EH_FRAME_H

#include <stdbool.h>
#include <stdint.h>

enum eh_frame_result { EH_FRAME_FOUND, EH_FRAME_NONE, EH_FRAME_UNKNOWN };

struct cie {
    uint64_t code_align;
    int64_t data_align;
    uint8_t pointer_encoding;
    bool has_augmentation;
    const uint8_t *code, *code_end;
};

struct fde {
    struct cie cie;
    uint64_t start; /* of the function */
    const uint8_t *code, *code_end;
};

/* The description of the function at `pc`; `eh_frame_hdr` may be NULL. */
enum eh_frame_result eh_frame_find(struct fde *fde, const uint8_t *eh_frame_hdr,
                                   uint64_t pc);

/* Read a value at `*at` and step over it. */
uint64_t read_uleb(const uint8_t **at);
int64_t read_sleb(const uint8_t **at);
uint64_t read_fixed(const uint8_t **at, unsigned bytes);
uint64_t read_encoded(const uint8_t **at, uint8_t encoding);

#endif
