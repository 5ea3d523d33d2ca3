/* SPDX-License-Identifier: MIT
 *
 * html/page_index.h - numbers for keys, in the order in which they are first asked for.
 *
 * Shape    a map of keys, which are two words
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

#include <tare/map_hash.h>

struct page_key {
    uint64_t a, b;
};

#define TARE_MAP_NAME page_keys
#define TARE_MAP_KEY struct page_key
#define TARE_MAP_HASH(key, seed) \
    tare_hash_integer((key)->a, tare_hash_integer((key)->b, seed))
#define TARE_MAP_EQUAL(x, y) ((x)->a == (y)->a && (x)->b == (y)->b)
#define TARE_MAP_VALUE uint32_t
#include <tare/map.h>

struct page_index {
    struct page_keys keys;
    uint32_t count;
};

/* Sets `is_new` when the key is first seen. */
uint32_t page_index_find(struct page_index *index, struct page_key key, bool *is_new);
void page_index_fini(struct page_index *index);

#endif
