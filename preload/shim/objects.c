/* SPDX-License-Identifier: MIT */
#include "shim/objects.h"

#include <string.h>

#include "shim/lock.h"
#include "shim/sys.h"
#include "shim/thread.h"
#include "shim/trailer.h"

enum {
    PAGE_SHIFT = 12,
    GRANULE_SHIFT = 8,
    PAGE_GRANULES = 1 << (PAGE_SHIFT - GRANULE_SHIFT),
};

/* Its own cache line. `table` is the mapping's address, and in the bits below a page the logarithm
 * of its capacity: a fork may zero one of two words alone between their readings. */
struct shard {
    _Alignas(64) struct lock lock;
    uint64_t table; /* 0: none yet */
    uint64_t key;   /* trailer_key of the process that the entries are of */
    uint32_t used;  /* entries that were ever taken */
    uint32_t free;  /* list of those that were given back; 0: none */
    uint32_t count; /* of objects */
};

/* What `table` says. */
struct table {
    uint32_t *heads;
    struct object *entries; /* from 1 on */
    uint32_t capacity;
};

/* OBJECTS_SHARDS of them. A fork's child finds them zeroed. */
static struct shard *shards;

static uint64_t table_bytes(uint64_t capacity)
{
    return capacity * (sizeof(uint32_t) + sizeof(struct object)) + sizeof(struct object);
}

static struct table table_at(uint64_t word)
{
    uint64_t low = word & (((uint64_t)1 << PAGE_SHIFT) - 1);
    uint32_t capacity = word ? (uint32_t)1 << low : 0;
    char *memory = (char *)(uintptr_t)(word - low);

    return (struct table){
        .heads = (void *)memory,
        .entries = (void *)(memory + capacity * sizeof(uint32_t)),
        .capacity = capacity,
    };
}

/* What is read of the shard after it is no older. */
static struct table table_of(const struct shard *shard)
{
    uint64_t word = __atomic_load_n(&shard->table, __ATOMIC_RELAXED);

    COMPILER_BARRIER();
    return table_at(word);
}

static uint64_t hash_of(uint64_t start)
{
    return (start >> PAGE_SHIFT) * 0x9e3779b97f4a7c15u;
}

/* A page's heads lie side by side, in an order of its own: objects that all begin at one place of
 * their pages would be crowded in a few lists. */
static uint32_t *head_of(const struct table *table, uint64_t start)
{
    uint64_t hash = hash_of(start);
    uint32_t groups = table->capacity / PAGE_GRANULES;
    uint32_t group = (uint32_t)(hash >> 20) & (groups - 1);
    uint32_t granule = (uint32_t)((start >> GRANULE_SHIFT) + (hash >> 54));

    return &table->heads[group * PAGE_GRANULES + granule % PAGE_GRANULES];
}

static void link_entry(const struct table *table, uint32_t number)
{
    uint32_t *head = head_of(table, table->entries[number].start);

    table->entries[number].next = *head;
    *head = number;
}

/* The link that leads to the object that begins there, or the end of its list. */
static uint32_t *find(const struct table *table, uint64_t start)
{
    uint32_t *link = head_of(table, start), number;

    while ((number = *link) && table->entries[number].start != start)
        link = &table->entries[number].next;
    return link;
}

/* Entries keep their numbers. */
static bool grow(struct shard *shard)
{
    struct table old = table_of(shard);
    uint32_t capacity = old.capacity ? 2 * old.capacity : OBJECTS_SHARD_FIRST;
    char *memory =
        capacity <= OBJECTS_SHARD_MAX ? sys_map_private(table_bytes(capacity)) : NULL;

    if (!memory)
        return false;
    uint64_t word = (uint64_t)(uintptr_t)memory + 63u - (uint32_t)__builtin_clzll(capacity);
    struct table table = table_at(word);
    if (old.capacity)
        memcpy(table.entries, old.entries, (old.capacity + 1) * sizeof *table.entries);
    for (uint32_t i = 1; i <= old.capacity; i++)
        if (table.entries[i].start)
            link_entry(&table, i);
    __atomic_store_n(&shard->table, word, __ATOMIC_RELAXED);
    if (old.capacity)
        sys_unmap(old.heads, table_bytes(old.capacity));
    return true;
}

/* An entry that nothing names; 0: there is none. */
static uint32_t new_entry(struct shard *shard)
{
    struct table table = table_of(shard);
    uint32_t number = shard->free;

    if (number) {
        shard->free = table.entries[number].next;
        return number;
    }
    if (shard->used >= table.capacity && !grow(shard))
        return 0;
    number = shard->used + 1;
    __atomic_store_n(&shard->used, number, __ATOMIC_RELAXED);
    return number;
}

/* Take out what `link` leads to. */
static struct object unlink_entry(struct shard *shard, const struct table *table,
                                  uint32_t *link)
{
    uint32_t number = *link;
    struct object *entry = &table->entries[number], taken = *entry;

    *link = entry->next;
    entry->start = 0;
    entry->next = shard->free;
    shard->free = number;
    __atomic_store_n(&shard->count, shard->count - 1, __ATOMIC_RELAXED);
    return taken;
}

static struct shard *shards_now(void)
{
    return __atomic_load_n(&shards, __ATOMIC_ACQUIRE);
}

static bool make_shards(void)
{
    struct shard *made = sys_map_private(OBJECTS_SHARDS * sizeof *made), *now = NULL;

    if (made && !__atomic_compare_exchange_n(&shards, &now, made, false, __ATOMIC_ACQ_REL,
                                             __ATOMIC_ACQUIRE))
        sys_unmap(made, OBJECTS_SHARDS * sizeof *made);
    return shards_now();
}

static struct shard *shard_of(uint64_t start)
{
    return &shards_now()[hash_of(start) >> 58];
}

/* Where memory is not zeroed by a fork, the shard may be the parent's. */
static bool enter(struct shard *shard)
{
    if (!lock_try(&shard->lock, thread_self()))
        return false;
    if (UNLIKELY(shard->key != trailer_key)) {
        struct table old = table_of(shard);

        if (old.capacity)
            sys_unmap(old.heads, table_bytes(old.capacity));
        shard->table = 0;
        shard->used = shard->free = shard->count = 0;
        shard->key = trailer_key;
    }
    return true;
}

enum objects_answer objects_put(const struct object *object, struct object *old)
{
    if (!shards_now() && !make_shards())
        return OBJECTS_LOST;
    struct shard *shard = shard_of(object->start);
    if (!enter(shard))
        return OBJECTS_LOST;
    struct table table = table_of(shard);
    enum objects_answer answer = OBJECTS_NONE;
    if (LIKELY(table.capacity)) {
        uint32_t *link = find(&table, object->start);

        if (UNLIKELY(*link)) {
            *old = unlink_entry(shard, &table, link);
            answer = OBJECTS_ONE;
        }
    }
    uint32_t number = new_entry(shard);
    table = table_of(shard);
    if (LIKELY(number && table.capacity)) {
        table.entries[number] = *object;
        link_entry(&table, number);
        __atomic_store_n(&shard->count, shard->count + 1, __ATOMIC_RELAXED);
    } else {
        answer = OBJECTS_LOST;
    }
    lock_leave(&shard->lock);
    return answer;
}

enum objects_answer objects_take(uint64_t start, struct object *object)
{
    enum objects_answer answer = OBJECTS_NONE;

    if (!shards_now())
        return OBJECTS_NONE;
    struct shard *shard = shard_of(start);
    if (!enter(shard))
        return OBJECTS_LOST;
    struct table table = table_of(shard);
    if (LIKELY(table.capacity)) {
        uint32_t *link = find(&table, start);

        if (LIKELY(*link)) {
            *object = unlink_entry(shard, &table, link);
            answer = OBJECTS_ONE;
        }
    }
    lock_leave(&shard->lock);
    return answer;
}

static bool is_in(const struct objects_range *range, const struct object *object)
{
    return object->start >= range->start && object->start < range->end;
}

static uint32_t take_of_list(struct shard *shard, const struct table *table, uint32_t *link,
                             const struct objects_range *range, struct object *objects,
                             uint32_t room)
{
    uint32_t taken = 0, number;

    while ((number = *link) && taken < room) {
        if (is_in(range, &table->entries[number]))
            objects[taken++] = unlink_entry(shard, table, link);
        else
            link = &table->entries[number].next;
    }
    return taken;
}

static bool is_empty(const struct shard *shard)
{
    return !__atomic_load_n(&shard->count, __ATOMIC_RELAXED);
}

/* Of the page at range->at. */
static uint32_t take_of_page(struct objects_range *range, struct object *objects,
                             uint32_t room)
{
    struct shard *shard = shard_of(range->at);
    uint64_t end = ((range->at >> PAGE_SHIFT) + 1) << PAGE_SHIFT;
    uint32_t taken = 0;

    if (is_empty(shard))
        return 0;
    if (!enter(shard)) {
        range->lost++;
        return 0;
    }
    struct table table = table_of(shard);
    if (end > range->end)
        end = range->end;
    for (uint64_t at = range->at & -((uint64_t)1 << GRANULE_SHIFT);
         at < end && taken < room && table.capacity; at += 1 << GRANULE_SHIFT)
        taken += take_of_list(shard, &table, head_of(&table, at), range, objects + taken,
                              room - taken);
    lock_leave(&shard->lock);
    return taken;
}

/* From the entry range->at on. */
static uint32_t take_of_shard(struct objects_range *range, struct object *objects,
                              uint32_t room)
{
    struct shard *shard = &shards_now()[range->shard];
    uint32_t taken = 0;

    if (is_empty(shard) || !enter(shard)) {
        range->lost += !is_empty(shard);
        return 0;
    }
    struct table table = table_of(shard);
    for (; range->at <= shard->used && range->at <= table.capacity && taken < room;
         range->at++) {
        const struct object *entry = &table.entries[range->at];

        if (entry->start && is_in(range, entry))
            objects[taken++] = unlink_entry(shard, &table, find(&table, entry->start));
    }
    lock_leave(&shard->lock);
    return taken;
}

/* To look at a page costs what eight entries cost that are read one after another. */
static void begin(struct objects_range *range)
{
    uint64_t pages = (range->end >> PAGE_SHIFT) - (range->start >> PAGE_SHIFT);
    uint64_t entries = 0;

    for (int i = 0; i < OBJECTS_SHARDS && pages > OBJECTS_SHARDS; i++)
        entries += __atomic_load_n(&shards_now()[i].used, __ATOMIC_RELAXED);
    range->is_by_shard = pages > OBJECTS_SHARDS && pages > entries / 8;
    range->at = range->is_by_shard ? 1 : range->start;
    range->is_begun = true;
}

uint32_t objects_take_some(struct objects_range *range, struct object *objects,
                           uint32_t room)
{
    uint32_t taken = 0;

    if (!shards_now())
        return 0;
    if (!range->is_begun)
        begin(range);
    while (range->is_by_shard && range->shard < OBJECTS_SHARDS) {
        taken += take_of_shard(range, objects + taken, room - taken);
        if (taken == room)
            return taken;
        range->shard++;
        range->at = 1;
    }
    while (!range->is_by_shard && range->at < range->end) {
        taken += take_of_page(range, objects + taken, room - taken);
        if (taken == room)
            return taken;
        range->at = ((range->at >> PAGE_SHIFT) + 1) << PAGE_SHIFT;
    }
    return taken;
}

void objects_forget(void)
{
    struct shard *now = shards_now();

    if (now)
        memset(now, 0, OBJECTS_SHARDS * sizeof *now);
}
