/* SPDX-License-Identifier: MIT
 *
 * shim/mappings.h - the target's anonymous private mappings, which one munmap can end in part.
 *
 * Shape    A table of ranges, sorted by address, of at most MAPPINGS_MAX. A range out of whose
 *          middle a part is taken becomes two of one mapping.
 * Units    addresses
 * Owner    The process: a fork's child begins with an empty table.
 * Threads  thread-safe, async-signal-safe.
 * Errors   No room, or a lock that does not come free: the mapping is not counted, or its end is
 *          not, and mappings_add and mappings_take say so.
 * Cost     A binary search; adding or taking moves what lies behind.
 * Source   none
 */
#ifndef TARE_SHIM_MAPPINGS_H
#define TARE_SHIM_MAPPINGS_H

#include <stdbool.h>
#include <stdint.h>

enum { MAPPINGS_MAX = 8192 };

bool mappings_add(uint64_t start, uint64_t bytes, uint32_t site);

struct mapping_part {
    uint64_t bytes;
    uint32_t site;
    bool is_last; /* nothing is left of the mapping */
};

enum mappings_answer { MAPPINGS_NONE, MAPPINGS_PART, MAPPINGS_LOST };

/* Take a part of one mapping out that lies in the range. Again, until there is none. */
enum mappings_answer mappings_take(uint64_t start, uint64_t end, struct mapping_part *part);

/* Does a mapping hold this address? */
bool mappings_have(const void *start);

/* The table, if the calling thread holds its lock. */
struct region;
bool mappings_held(struct region *region);

/* In a fork's child: it is a new one. */
void mappings_forget(void);

/* What the target's calls report; `at` is the hook's frame. */
struct call_frame;
void mapping_came(const void *start, uint64_t bytes, const struct call_frame *at);
void mapping_goes(const void *start, uint64_t bytes);

#endif
