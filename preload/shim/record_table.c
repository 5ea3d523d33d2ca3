/* SPDX-License-Identifier: MIT */
#include "shim/record_table.h"

#include "shim/sys.h"

enum {
    PATH_SHIFT_FIRST = 64 - 5, /* 32 buckets */
    SITE_SHIFT_FIRST = 64 - 7,
    /* of a word of `sites`; the rest are the tag */
    RECORD_BITS = 21,
};

_Static_assert(LEDGER_MAX_BYTES / sizeof(struct ledger_record) <= 1u << RECORD_BITS,
               "a record's number fits");
_Static_assert(sizeof(struct path_bucket) == 64, "a bucket is a cache line");

static uint64_t slots_of(uint32_t shift)
{
    return (UINT64_MAX >> shift) + 1;
}

uint64_t record_table_bytes(void)
{
    return slots_of(PATH_SHIFT_FIRST) * sizeof(struct path_bucket) +
           slots_of(SITE_SHIFT_FIRST) * sizeof(uint32_t);
}

uint64_t record_table_path_bytes(const struct record_table *table)
{
    return slots_of(table->path_shift) * sizeof(struct path_bucket);
}

uint64_t record_table_site_bytes(const struct record_table *table)
{
    return slots_of(table->site_shift) * sizeof(uint32_t);
}

void record_table_place(struct record_table *table, void *memory, char *base)
{
    struct path_bucket *paths = memory;

    *table = (struct record_table){
        .base = base,
        .paths = paths,
        .sites = (void *)(paths + slots_of(PATH_SHIFT_FIRST)),
        .path_shift = PATH_SHIFT_FIRST,
        .site_shift = SITE_SHIFT_FIRST,
        .first = memory,
    };
}

static uint64_t site_hash(uint32_t site, enum ledger_class class)
{
    return ((uint64_t)site << 2 | class) * 0x9e3779b97f4a7c15u;
}

/* Of bits that the home does not depend on. */
static uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 16) << RECORD_BITS;
}

static uint32_t number_of(uint32_t word)
{
    return word & ((1u << RECORD_BITS) - 1);
}

uint32_t record_of_site(const struct record_table *table, uint32_t site,
                        enum ledger_class class)
{
    uint64_t hash = site_hash(site, class);
    uint32_t last = (uint32_t)(UINT64_MAX >> table->site_shift), word;

    for (uint32_t i = (uint32_t)(hash >> table->site_shift);
         (word = table->sites[i & last]); i++) {
        if ((word ^ tag_of(hash)) >> RECORD_BITS)
            continue;
        const struct ledger_record *record = record_at(table, number_of(word));
        if (record->site == site && record->class == class)
            return number_of(word);
    }
    return 0;
}

void record_table_put_site(struct record_table *table, uint32_t number)
{
    const struct ledger_record *record = record_at(table, number);
    uint64_t hash = site_hash(record->site, record->class);
    uint32_t last = (uint32_t)(UINT64_MAX >> table->site_shift);
    uint32_t i = (uint32_t)(hash >> table->site_shift);

    while (table->sites[i & last])
        i++;
    table->sites[i & last] = tag_of(hash) | number;
    table->site_count++;
}

void record_table_put_path(struct record_table *table, uint64_t path, uint32_t record)
{
    uint64_t key = path_key(path);
    uint32_t last = (uint32_t)(UINT64_MAX >> table->path_shift), entry = 0;
    uint32_t i = path_home(table, key);

    while (table->paths[i & last].keys[entry]) {
        if (++entry == PATH_BUCKET_ENTRIES) {
            entry = 0;
            i++;
        }
    }
    table->paths[i & last].keys[entry] = key;
    table->paths[i & last].records[entry] = record;
    table->path_count++;
}

/* An array's contents are about to move. */
static void leave(struct record_table *table, void *array, uint64_t bytes)
{
    table->old_bytes = bytes;
    COMPILER_BARRIER();
    table->old = array;
    COMPILER_BARRIER();
}

/* Arrays of which one moved; the others stay where they are. */
static void let_go(struct record_table *table, void *array, uint64_t bytes)
{
    const char *first = table->first;

    COMPILER_BARRIER();
    table->old = NULL;
    COMPILER_BARRIER();
    if ((char *)array < first || (char *)array >= first + record_table_bytes())
        sys_unmap(array, bytes);
}

static bool grow_paths(struct record_table *table)
{
    struct record_table old = *table;
    uint64_t buckets = slots_of(old.path_shift);
    struct path_bucket *paths = sys_map_private(2 * buckets * sizeof *paths);

    if (!paths)
        return false;
    leave(table, old.paths, buckets * sizeof *paths);
    table->paths = paths;
    COMPILER_BARRIER();
    table->path_shift--;
    table->path_count = 0;
    for (uint64_t i = 0; i < buckets; i++) {
        const struct path_bucket *bucket = &old.paths[i];

        for (uint32_t entry = 0; entry < PATH_BUCKET_ENTRIES && bucket->keys[entry];
             entry++)
            record_table_put_path(table, bucket->keys[entry], bucket->records[entry]);
    }
    let_go(table, old.paths, buckets * sizeof *paths);
    return true;
}

static bool grow_sites(struct record_table *table)
{
    struct record_table old = *table;
    uint64_t slots = slots_of(old.site_shift);
    uint32_t *sites = sys_map_private(2 * slots * sizeof *sites);

    if (!sites)
        return false;
    leave(table, old.sites, slots * sizeof *sites);
    table->sites = sites;
    COMPILER_BARRIER();
    table->site_shift--;
    table->site_count = 0;
    for (uint64_t i = 0; i < slots; i++) {
        if (old.sites[i])
            record_table_put_site(table, number_of(old.sites[i]));
    }
    let_go(table, old.sites, slots * sizeof *sites);
    return true;
}

/* Three quarters may be used; where no more can be had, all but one. */
bool record_table_reserve(struct record_table *table)
{
    uint64_t paths = slots_of(table->path_shift) * PATH_BUCKET_ENTRIES;
    uint64_t sites = slots_of(table->site_shift);

    return (table->path_count + 1u <= paths / 4 * 3 || grow_paths(table) ||
            table->path_count + 1u < paths) &&
           (table->site_count + 1u <= sites / 4 * 3 || grow_sites(table) ||
            table->site_count + 1u < sites);
}
