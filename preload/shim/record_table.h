/* SPDX-License-Identifier: MIT
 *
 * shim/record_table.h - a slot's records by the path that leads to them, and by site.
 *
 * Shape    paths: buckets of one cache line, five entries each: path hash -> record.
 *          sites: open addressing: a tag of the hash | record, which itself tells its site.
 *          Records are named by their offset in the ledger, in records; 0: none.
 * Units    records
 * Owner    The thread whose slot it is.
 * Threads  single owner
 * Errors   record_table_reserve: false when there is no room; nothing has changed then.
 * Cost     A path met before: one cache line. Memory: 15 to 40 bytes a path, 5 to 11 a site.
 * Source   none
 */
#ifndef TARE_SHIM_RECORD_TABLE_H
#define TARE_SHIM_RECORD_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "format/ledger.h"
#include "shim/compiler.h"

enum { PATH_BUCKET_ENTRIES = 5 };

struct path_bucket {
    uint64_t keys[PATH_BUCKET_ENTRIES]; /* 0: free, and so are those after it */
    uint32_t records[PATH_BUCKET_ENTRIES];
    uint32_t reserved;
};

struct record_table {
    char *base; /* of the ledger */
    struct path_bucket *paths;
    uint32_t *sites;
    uint32_t path_shift; /* 64 - log2 of the number of buckets */
    uint32_t site_shift;
    uint32_t path_count, site_count;
    void *first; /* the memory of record_table_place, which is never unmapped */
    void *old;   /* an array that is being left */
    uint64_t old_bytes;
};

/* Bytes that record_table_place needs. */
uint64_t record_table_bytes(void);

/* Bytes of its arrays: never more than there are, at any instruction. */
uint64_t record_table_path_bytes(const struct record_table *table);
uint64_t record_table_site_bytes(const struct record_table *table);

/* Begin in `memory`, which is zero and aligned to a line, over the ledger at `base`. */
void record_table_place(struct record_table *table, void *memory, char *base);

/* Room for one more path and one more site. */
bool record_table_reserve(struct record_table *table);

/* Enter what is not there yet. After record_table_reserve. */
void record_table_put_path(struct record_table *table, uint64_t path, uint32_t record);
void record_table_put_site(struct record_table *table, uint32_t record);

/* The record of a site and class; 0: none. */
uint32_t record_of_site(const struct record_table *table, uint32_t site,
                        enum ledger_class class);

INLINE struct ledger_record *record_at(const struct record_table *table, uint32_t record)
{
    return (void *)(table->base + (size_t)record * sizeof(struct ledger_record));
}

/* No path has the key 0, which means free. */
INLINE uint64_t path_key(uint64_t path)
{
    return path | 1;
}

INLINE uint32_t path_home(const struct record_table *table, uint64_t key)
{
    return (uint32_t)((key * 0x9e3779b97f4a7c15u) >> table->path_shift);
}

/* The record of a path; 0: none. */
INLINE uint32_t record_of_path(const struct record_table *table, uint64_t path)
{
    uint64_t key = path_key(path);
    uint32_t last = (uint32_t)(UINT64_MAX >> table->path_shift);

    for (uint32_t i = path_home(table, key);; i++) {
        const struct path_bucket *bucket = &table->paths[i & last];

        for (uint32_t entry = 0; entry < PATH_BUCKET_ENTRIES; entry++) {
            if (bucket->keys[entry] == key)
                return bucket->records[entry];
            if (!bucket->keys[entry])
                return 0;
        }
    }
}

#endif
