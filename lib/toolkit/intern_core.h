/* SPDX-License-Identifier: MIT
 *
 * toolkit/intern_core.h - the inside of a table of interned strings.
 *
 * Shape    intern.c         lookups, which take no lock and write nothing
 *          intern_insert.c  what is not there yet, under a lock
 *          intern_grow.c    pages and the directory
 *          intern_text.c    texts, and memory
 *          intern_begin.c   begin, end, the global table, fork
 *          intern_check.c   statistics, and the validator
 *          intern_counted.c the counted table
 *
 *          directory: [keys][shift][page][page][page][page]   a tag's page: page[tag >> shift]
 *                                     \     /                  several places may have one page
 *          page: [header][bucket][bucket]...                  a tag's bucket: by its low bits,
 *          bucket: [8 tags][8 handles], a line of the cache   or the next one that is not full
 *                                                             a tag is 32 bits of the hash
 * Units    bytes; texts in units of 4 bytes, up to 2^16 units a granule
 * Owner    A table owns all of it, and gives memory back when it is destroyed and not before: a
 *          thread that reads may be in any page that there ever was, however late.
 * Threads  What a slot says is a hint. A reader compares the text; if that is the string, the
 *          handle is right, whatever page it was read from and whatever tag stands beside it. So a
 *          hit needs one thing:
 *            1. Text and granule are written before the handle is stored (release), and handles
 *               are read by acquire: who sees a handle sees its text. One that is copied is stored
 *               by release again, by a thread that has the lock under which it was stored.
 *          A miss may be a mistake, when the page is one that was replaced. So
 *            2. insert looks again under the lock of the page's stripe, after it has seen that the
 *               directory still names this page. A page is replaced under that lock only, and its
 *               stripe never changes.
 *            3. find reads the page's version, then sees that the directory names the page, looks
 *               again, and reads the version again. A replaced page is as it was until it is used
 *               for another range of hashes; the version is changed before that (the store comes
 *               before the release store of each tag and handle, which find reads by acquire).
 *               Equal versions: the slots were those of the page that was the right one when the
 *               directory was asked.
 *          A page is filled before the directory names it (release), which readers read by acquire.
 *          So is the directory, whose keys, shift and places are there before it is.
 *          Locks, in this order: of all tables, stripe, growth. Memory is taken with locks held.
 * Errors   0, NULL or false: no memory
 * Cost     as in tare/intern.h
 * Source   as in tare/intern.h
 */
#ifndef TARE_TOOLKIT_INTERN_CORE_H
#define TARE_TOOLKIT_INTERN_CORE_H

#include <pthread.h>
#include <stdbool.h>

#include <tare/intern.h>

#include "toolkit/intern_hash.h"

/* Logarithm of the number of buckets of a page that is split when it is full. A test has it less. */
#ifndef INTERN_SPLIT_LOG
#define INTERN_SPLIT_LOG 8
#endif

enum {
    INTERN_BUCKET_SLOTS = 8,
    INTERN_LINE_BYTES = 64,
    /* Likewise of the smallest page, and of the largest of those that cannot be split, since their
     * hashes are equal. */
    INTERN_PAGE_LOG_MIN = 3,
    INTERN_PAGE_LOG_MAX = 25,
    INTERN_STRIPES = 64,
    INTERN_UNIT_BYTES = 4,
    INTERN_GRANULE_UNITS = 1 << TARE__INTERN_GRANULE_BITS,
    INTERN_GRANULES = 1 << (32 - TARE__INTERN_GRANULE_BITS),
    INTERN_LONG_BYTES = 255, /* such a text has its length in a word before it */
    INTERN_BATCH = 16,
};

/* Slot i is tags[i] and handles[i]; handle 0: it is free. */
struct intern_bucket {
    _Alignas(INTERN_LINE_BYTES) uint32_t tags[INTERN_BUCKET_SLOTS];
    uint32_t handles[INTERN_BUCKET_SLOTS];
};

struct intern_page {
    _Alignas(INTERN_LINE_BYTES) uint32_t stripe; /* for ever */
    uint32_t version;                            /* how often it was used again */
    uint32_t log;                                /* of the buckets' number; for ever */
    uint32_t used;                               /* slots; under the stripe's lock */
    uint32_t shift;                              /* its tags are equal above so many bits */
    struct intern_page *next_spare;              /* under the growth lock */
    struct intern_bucket buckets[];
};

struct intern_directory {
    uint64_t keys[INTERN_KEYS]; /* of the hash */
    uint32_t shift;
    uint32_t count;
    /* A page and, in the bits that its alignment leaves, the logarithm of its number of buckets. */
    uintptr_t places[];
};

/* Inserters whose pages have the same stripe wait for each other. */
struct intern_stripe {
    _Alignas(INTERN_LINE_BYTES) pthread_mutex_t lock;
    uint32_t unit, end_unit; /* where the next text goes */
    uint64_t inserts, races, refused, failed;
};

struct intern_region;

/* All that a fork must not find locked: `hold` takes its locks, or gives them back. */
struct intern_fork_item {
    void (*hold)(void *of, bool take);
    void *of;
    struct intern_fork_item *next, *previous;
};

struct tare__intern_core {
    struct tare_intern open;
    struct intern_directory *directory;
    struct tare_mem *mem;
    uint32_t strings_max, units_max;
    uint64_t used; /* strings << 32 | units of texts */

    pthread_mutex_t growth; /* what follows, and each place of the directory */
    struct intern_region *regions;
    char *region_next, *region_end;
    size_t held_bytes;
    struct intern_page *spare[INTERN_PAGE_LOG_MAX + 1]; /* were replaced */
    size_t pages, slots;
    uint32_t page_serial;
    uint64_t grown;
    uint32_t granule_count, granule_room;
    uint32_t unit, end_unit; /* of the granule that texts are put into */

    struct intern_fork_item fork_item;
    struct intern_stripe stripes[INTERN_STRIPES];
};

TARE_INLINE struct tare__intern_core *intern_core_of(const struct tare_intern *table)
{
    return (struct tare__intern_core *)(uintptr_t)table;
}

TARE_INLINE struct intern_directory *
intern_directory_of(const struct tare__intern_core *core)
{
    return __atomic_load_n(&core->directory, __ATOMIC_ACQUIRE);
}

TARE_INLINE uintptr_t intern_place_of(const struct intern_directory *directory,
                                      uint32_t tag)
{
    return __atomic_load_n(&directory->places[(uint64_t)tag >> directory->shift],
                           __ATOMIC_ACQUIRE);
}

TARE_INLINE struct intern_page *intern_page_at(uintptr_t place)
{
    return (struct intern_page *)(place & ~(uintptr_t)(INTERN_LINE_BYTES - 1));
}

/* Of the page's number of buckets, which is a power of two, less one. */
TARE_INLINE uint32_t intern_mask_at(uintptr_t place)
{
    return (UINT32_C(1) << (place & (INTERN_LINE_BYTES - 1))) - 1;
}

/* intern_insert.c */

/* The table has no such string, or so it seemed. */
uint32_t tare__intern_insert(struct tare__intern_core *core, const char *start,
                             size_t bytes);

/* The text of this handle is there already: name it. -EINVAL: there is another one that is equal. For
 * a table that nobody has yet. */
int tare__intern_insert_at(struct tare__intern_core *core, uint32_t handle);

/* The handle in the page, or 0. */
uint32_t tare__intern_probe(const struct tare__intern_core *core, uintptr_t place,
                            uint32_t tag, const char *start, size_t bytes);

/* intern_grow.c */

/* The page of a new table, which has the whole directory; false. */
bool tare__intern_grow_first(struct tare__intern_core *core,
                             const uint64_t keys[INTERN_KEYS]);

/* Replace the page, which is full, by a larger one or by two; with its stripe's lock. */
bool tare__intern_grow(struct tare__intern_core *core, uintptr_t place, uint32_t tag);

bool tare__intern_is_full(const struct intern_page *page);

/* Into a free slot of a page that is not full. */
void tare__intern_put(struct intern_page *page, uint32_t tag, uint32_t handle);

/* intern_text.c */

/* The place for constants, or for none; false. */
bool tare__intern_text_first(struct tare__intern_core *core,
                             const struct tare_intern_constants *constants);

/* A copy of the string, its handle; 0. With the stripe's lock. */
uint32_t tare__intern_text_add(struct tare__intern_core *core, struct intern_stripe *stripe,
                               const char *start, size_t bytes);

/* Room for a string under the limits: taken, or not and false. */
bool tare__intern_take_room(struct tare__intern_core *core, size_t bytes);
void tare__intern_give_room(struct tare__intern_core *core, size_t bytes);

/* Memory that stays, aligned to a line; with the growth lock. NULL. */
void *tare__intern_memory(struct tare__intern_core *core, size_t bytes);
void tare__intern_memory_fini(struct tare__intern_core *core);

/* intern_begin.c */

/* Is it without a directory of its own? */
bool tare__intern_is_unbegun(const struct intern_directory *directory);

/* Keys for a hash; of seed 0: random ones. */
void tare__intern_keys(uint64_t keys[INTERN_KEYS], uint64_t seed);

void tare__intern_fork_add(struct intern_fork_item *item);
void tare__intern_fork_remove(struct intern_fork_item *item);

/* intern_check.c */

/* Is the whole of it as it should be? For a table that nobody inserts into now. */
bool tare__intern_valid(const struct tare_intern *table);
bool tare__intern_counted_valid(struct tare_intern_counted *table);

#endif
