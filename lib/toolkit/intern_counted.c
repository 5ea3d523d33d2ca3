/* SPDX-License-Identifier: MIT
 *
 * The counted table: shards of chains, each under its lock. A string that is in a chain has a count
 * of at least 1: the last reference is given up under the lock, and the string with it, so that who
 * finds a string under the lock may count. Other references come and go without it.
 */
#include <errno.h>

#include "base/debug.h"
#include "toolkit/intern_core.h"

enum { SHARDS = 16, CHAINS_FIRST = 16 };

struct counted_text {
    struct counted_text *next;
    uint64_t hash;
    size_t bytes;
    uint32_t count; /* UINT32_MAX: it stays */
    char text[];
};

struct counted_shard {
    _Alignas(INTERN_LINE_BYTES) pthread_mutex_t lock;
    struct counted_text **chains;
    size_t chain_count; /* a power of two, or 0 */
    size_t strings;
    uint64_t refused, failed;
};

struct tare_intern_counted {
    uint64_t keys[INTERN_KEYS];
    struct tare_mem *mem;
    size_t strings_max, bytes_max;
    size_t strings, bytes; /* of all shards; atomic */
    struct intern_fork_item fork_item;
    struct counted_shard shards[SHARDS];
};

static struct counted_text *entry_of(const char *text)
{
    return (struct counted_text *)(uintptr_t)(text - offsetof(struct counted_text, text));
}

static size_t entry_bytes(size_t bytes)
{
    return offsetof(struct counted_text, text) + bytes + 1;
}

static struct counted_shard *shard_of(struct tare_intern_counted *table, uint64_t hash)
{
    return &table->shards[hash >> 32 & (SHARDS - 1)];
}

static void hold_counted(void *of, bool take)
{
    struct tare_intern_counted *table = of;

    for (size_t i = 0; i < SHARDS; i++)
        (take ? pthread_mutex_lock : pthread_mutex_unlock)(&table->shards[i].lock);
}

int tare_intern_counted_create(struct tare_intern_counted **table,
                               const struct tare_intern_options *options)
{
    static const struct tare_intern_options defaults;

    options = options ? options : &defaults;
    if (options->constants)
        return -EINVAL;
    struct tare_mem *mem = options->mem ? options->mem : tare_mem_default();
    struct tare_intern_counted *made =
        tare_mem_alloc(mem, sizeof *made, _Alignof(struct tare_intern_counted));
    if (!made)
        return -ENOMEM;
    *made = (struct tare_intern_counted){
        .mem = mem,
        .strings_max = options->strings_max ? options->strings_max : TARE_INTERN_STRINGS,
        .bytes_max = options->bytes_max ? options->bytes_max : TARE_INTERN_BYTES,
        .fork_item = {.hold = hold_counted, .of = made},
    };
    tare__intern_keys(made->keys, options->seed);
    for (size_t i = 0; i < SHARDS; i++)
        pthread_mutex_init(&made->shards[i].lock, NULL);
    tare__intern_fork_add(&made->fork_item);
    *table = made;
    return 0;
}

static void free_chains(struct tare_intern_counted *table, struct counted_shard *shard)
{
    tare_mem_free(table->mem, shard->chains, shard->chain_count * sizeof *shard->chains,
                  _Alignof(struct counted_text *));
}

/* As many chains as strings. What cannot be had is done without, but for the first ones. */
static bool make_chains(struct tare_intern_counted *table, struct counted_shard *shard)
{
    size_t count = shard->chain_count ? 2 * shard->chain_count : CHAINS_FIRST;
    struct counted_text **chains;

    if (shard->strings < shard->chain_count)
        return true;
    chains =
        tare_mem_alloc(table->mem, count * sizeof *chains, _Alignof(struct counted_text *));
    if (!chains)
        return shard->chain_count > 0;
    memset(chains, 0, count * sizeof *chains);
    for (size_t i = 0; i < shard->chain_count; i++)
        for (struct counted_text *entry = shard->chains[i], *next; entry; entry = next) {
            struct counted_text **chain = &chains[entry->hash & (count - 1)];

            next = entry->next;
            entry->next = *chain;
            *chain = entry;
        }
    free_chains(table, shard);
    shard->chains = chains;
    shard->chain_count = count;
    return true;
}

/* `more` within the limit, and counted; or not. */
static bool take(size_t *total, size_t more, size_t limit)
{
    size_t seen = __atomic_load_n(total, __ATOMIC_RELAXED);

    do {
        if (seen > limit || more > limit - seen)
            return false;
    } while (!__atomic_compare_exchange_n(total, &seen, seen + more, true, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    return true;
}

static void give(size_t *total, size_t less)
{
    __atomic_sub_fetch(total, less, __ATOMIC_RELAXED);
}

/* One string more of so many bytes. */
static bool take_room(struct tare_intern_counted *table, size_t bytes)
{
    if (!take(&table->bytes, bytes, table->bytes_max))
        return false;
    bool is_taken = take(&table->strings, 1, table->strings_max);
    if (!is_taken)
        give(&table->bytes, bytes);
    return is_taken;
}

static void give_room(struct tare_intern_counted *table, size_t bytes)
{
    give(&table->bytes, bytes);
    give(&table->strings, 1);
}

static void free_text(struct tare_intern_counted *table, struct counted_text *entry)
{
    size_t bytes = entry_bytes(entry->bytes);

    tare_mem_free(table->mem, entry, bytes, _Alignof(struct counted_text));
    give_room(table, bytes);
}

size_t tare_intern_counted_destroy(struct tare_intern_counted **table)
{
    struct tare_intern_counted *ended = *table;

    if (!ended)
        return 0;
    size_t in_use = ended->strings;
    tare__intern_fork_remove(&ended->fork_item);
    for (size_t i = 0; i < SHARDS; i++) {
        struct counted_shard *shard = &ended->shards[i];

        for (size_t k = 0; k < shard->chain_count; k++)
            for (struct counted_text *entry = shard->chains[k], *next; entry;
                 entry = next) {
                next = entry->next;
                free_text(ended, entry);
            }
        free_chains(ended, shard);
        pthread_mutex_destroy(&shard->lock);
    }
    tare_mem_free(ended->mem, ended, sizeof *ended, _Alignof(struct tare_intern_counted));
    *table = NULL;
    return in_use;
}

/* With the shard's lock. */
static const char *add_text(struct tare_intern_counted *table, struct counted_shard *shard,
                            uint64_t hash, const char *start, size_t bytes)
{
    struct counted_text *entry = NULL;

    if (!take_room(table, entry_bytes(bytes))) {
        shard->refused++;
        return NULL;
    }
    if (make_chains(table, shard))
        entry =
            tare_mem_alloc(table->mem, entry_bytes(bytes), _Alignof(struct counted_text));
    if (!entry) {
        give_room(table, entry_bytes(bytes));
        shard->failed++;
        return NULL;
    }
    struct counted_text **chain = &shard->chains[hash & (shard->chain_count - 1)];
    *entry =
        (struct counted_text){.next = *chain, .hash = hash, .bytes = bytes, .count = 1};
    if (bytes)
        memcpy(entry->text, start, bytes);
    entry->text[bytes] = 0;
    *chain = entry;
    shard->strings++;
    return entry->text;
}

const char *tare_intern_counted_acquire(struct tare_intern_counted *table,
                                        const char *start, size_t bytes)
{
    uint64_t hash = intern_hash(table->keys, start, bytes);
    struct counted_shard *shard = shard_of(table, hash);
    struct counted_text *entry = NULL;
    const char *text;

    pthread_mutex_lock(&shard->lock);
    if (shard->chain_count)
        entry = shard->chains[hash & (shard->chain_count - 1)];
    while (entry && !(entry->hash == hash && entry->bytes == bytes &&
                      memcmp(entry->text, start, bytes) == 0))
        entry = entry->next;
    text = entry ? tare_intern_counted_retain(entry->text)
                 : add_text(table, shard, hash, start, bytes);
    pthread_mutex_unlock(&shard->lock);
    return text;
}

const char *tare_intern_counted_retain(const char *text)
{
    uint32_t *count = &entry_of(text)->count;
    uint32_t seen = __atomic_load_n(count, __ATOMIC_RELAXED);

    while (seen != UINT32_MAX &&
           !__atomic_compare_exchange_n(count, &seen, seen + 1, true, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
        ;
    return text;
}

/* Give up a reference unless it is the last. Release: what was done with the text comes before its
 * end, which acquires. */
static bool release_unless_last(struct counted_text *entry)
{
    uint32_t seen = __atomic_load_n(&entry->count, __ATOMIC_RELAXED);

    TARE_CHECK(seen > 0);
    while (seen > 1)
        if (seen == UINT32_MAX ||
            __atomic_compare_exchange_n(&entry->count, &seen, seen - 1, true,
                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED))
            return true;
    return false;
}

void tare_intern_counted_release(struct tare_intern_counted *table, const char *text)
{
    struct counted_text *entry = text ? entry_of(text) : NULL;

    if (!entry || release_unless_last(entry))
        return;
    struct counted_shard *shard = shard_of(table, entry->hash);
    pthread_mutex_lock(&shard->lock);
    /* meanwhile another may have acquired it */
    bool is_last = __atomic_sub_fetch(&entry->count, 1, __ATOMIC_ACQ_REL) == 0;
    if (is_last) {
        struct counted_text **at = &shard->chains[entry->hash & (shard->chain_count - 1)];

        while (*at != entry)
            at = &(*at)->next;
        *at = entry->next;
        shard->strings--;
        free_text(table, entry);
    }
    pthread_mutex_unlock(&shard->lock);
}

size_t tare_intern_counted_bytes(const char *text)
{
    return entry_of(text)->bytes;
}

void tare_intern_counted_get_stats(struct tare_intern_counted *table,
                                   struct tare_intern_counted_stats *stats)
{
    *stats = (struct tare_intern_counted_stats){
        .strings = __atomic_load_n(&table->strings, __ATOMIC_RELAXED),
        .strings_max = table->strings_max,
        .text_bytes = __atomic_load_n(&table->bytes, __ATOMIC_RELAXED),
        .text_bytes_max = table->bytes_max,
    };
    for (size_t i = 0; i < SHARDS; i++) {
        struct counted_shard *shard = &table->shards[i];

        pthread_mutex_lock(&shard->lock);
        stats->refused += shard->refused;
        stats->failed += shard->failed;
        pthread_mutex_unlock(&shard->lock);
    }
}

bool tare__intern_counted_valid(struct tare_intern_counted *table)
{
    size_t strings = 0, bytes = 0;

    for (size_t i = 0; i < SHARDS; i++) {
        struct counted_shard *shard = &table->shards[i];
        size_t listed = 0;

        for (size_t k = 0; k < shard->chain_count; k++)
            for (struct counted_text *entry = shard->chains[k]; entry;
                 entry = entry->next) {
                if (!entry->count || shard_of(table, entry->hash) != shard ||
                    (entry->hash & (shard->chain_count - 1)) != k ||
                    entry->hash != intern_hash(table->keys, entry->text, entry->bytes) ||
                    entry->text[entry->bytes])
                    return false;
                listed++;
                bytes += entry_bytes(entry->bytes);
            }
        if (listed != shard->strings)
            return false;
        strings += listed;
    }
    return strings == table->strings && bytes == table->bytes;
}
