/* SPDX-License-Identifier: MIT
 *
 * html/page_index.h - numbers for keys, in the order in which they are first asked for.
 *
 * Shape    open addressing; a key is two words
 * Units    none
 * Owner    Caller owns the struct; it owns the keys.
 * Threads  Single owner.
 * Errors   UINT32_MAX for want of memory.
 * Cost     O(1).
 * Source   none
 */
#ifndef TARE_HTML_PAGE_INDEX_H
#define TARE_HTML_PAGE_INDEX_H

#include <stdbool.h>
#include <stdint.h>

struct page_key {
    uint64_t a, b;
};

struct page_index {
    struct page_key *keys; /* by number */
    uint32_t *slots;       /* number + 1 */
    uint32_t count, room, slot_count;
};

/* Sets `is_new` when the key is first seen. */
uint32_t page_index_find(struct page_index *index, struct page_key key, bool *is_new);
void page_index_fini(struct page_index *index);

#endif
