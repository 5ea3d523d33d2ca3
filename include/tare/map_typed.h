/* SPDX-License-Identifier: MIT
 *
 * tare/map_typed.h - the keys of one type of map; included for each by its header.
 *
 * Shape    struct NAME { struct tare_map map; }   struct NAME_entry { KEY key; VALUE value; }
 *          To be defined before, and undefined again at the end:
 *              TARE_MAP_NAME      what all names begin with
 *              TARE_MAP_KEY       an integer, an enum or a pointer; any type with the next two
 *              TARE_MAP_HASH      (key, seed): a hash of 64 bits; it is mixed again here
 *              TARE_MAP_EQUAL     (a, b): are these keys, given as pointers, equal?
 *              TARE_MAP_TEXT      instead of a key: TARE_MAP_BORROWED or TARE_MAP_OWNED bytes;
 *                                 keys are passed as struct tare_text then, of less than 4 GiB
 *              TARE_MAP_VALUE     left out: a set, without values
 *              TARE_MAP_DESTROY   (entry): what is to be done before an entry goes, given as a
 *                                 pointer
 *              TARE_MAP_HOSTILE   keys are chosen by an adversary (integers and text)
 * Units    entries
 * Owner    as in <tare/map.h>
 * Threads  externally synchronised
 * Errors   int: 0, -ENOMEM and what else is said. A failed call changes nothing.
 * Cost     as in <tare/map.h>
 * Source   none
 */
#ifdef TARE_MAP_NAME

#include <errno.h>

#define TARE__MAP_JOIN_(a, b) a##b
#define TARE__MAP_JOIN(a, b) TARE__MAP_JOIN_(a, b)
#define TARE__MAP_(name) TARE__MAP_JOIN(TARE_MAP_NAME, name)
#define TARE__MAP struct TARE_MAP_NAME
#define TARE__ENTRY struct TARE__MAP_(_entry)

#ifdef __cplusplus
#define TARE__MAP_ASSERT(holds, what) static_assert(holds, what)
#else
#define TARE__MAP_ASSERT(holds, what) _Static_assert(holds, what)
#endif

#ifdef TARE_MAP_TEXT
#ifdef TARE_MAP_KEY
TARE__MAP_ASSERT(0, "TARE_MAP_TEXT is instead of TARE_MAP_KEY");
#endif
#define TARE__MAP_STORED struct tare_map_text
#define TARE__MAP_KEY struct tare_text
#elif defined TARE_MAP_KEY
#define TARE__MAP_STORED TARE_MAP_KEY
#define TARE__MAP_KEY TARE_MAP_KEY
#else
TARE__MAP_ASSERT(0, "TARE_MAP_KEY is missing: the type of keys, or TARE_MAP_TEXT");
#define TARE__MAP_STORED int
#define TARE__MAP_KEY int
#endif

#if defined TARE_MAP_HASH != defined TARE_MAP_EQUAL
TARE__MAP_ASSERT(0, "TARE_MAP_HASH and TARE_MAP_EQUAL go together: one of them is missing");
#endif
#if defined TARE_MAP_HASH && defined TARE_MAP_HOSTILE
TARE__MAP_ASSERT(0, "TARE_MAP_HOSTILE is of the map's own hashes");
#endif

#if defined TARE_MAP_TEXT && TARE_MAP_TEXT == TARE_MAP_OWNED
#define TARE__MAP_OWNS 1
#else
#define TARE__MAP_OWNS 0
#endif

TARE_BEGIN

TARE__ENTRY
{
    TARE__MAP_STORED key;
#ifdef TARE_MAP_VALUE
    TARE_MAP_VALUE value;
#endif
};

/* All-zero is an empty map. */
TARE__MAP
{
    struct tare_map map;
#ifdef TARE__MAP_ORDERED
    struct tare__map_order order;
#endif
};

/* Where an entry is. */
#define TARE__SPOT struct TARE__MAP_(__spot)
TARE__SPOT
{
    TARE__ENTRY *entry; /* NULL: nowhere */
    uint32_t at, place;
};

    /* Keys. */

#if defined TARE_MAP_TEXT
TARE_ALWAYS_INLINE uint32_t TARE__MAP_(__hash_text)(const struct tare_map *map,
                                                    const char *bytes, size_t length)
{
#ifdef TARE_MAP_HOSTILE
    return (uint32_t)tare_hash_keyed(bytes, length, map->seed, map->secret);
#else
    return (uint32_t)tare_hash_text(bytes, length, map->seed);
#endif
}

/* It is kept beside the text. */
TARE_ALWAYS_INLINE uint64_t TARE__MAP_(__hash)(const struct tare_map *map,
                                               struct tare_text key)
{
    return TARE__MAP_(__hash_text)(map, key.start, key.bytes);
}

TARE_ALWAYS_INLINE bool TARE__MAP_(__is)(const TARE__ENTRY *entry, struct tare_text key,
                                         uint64_t hash)
{
    return entry->key.hash == (uint32_t)hash && entry->key.bytes == key.bytes &&
           tare__hash_is_same(entry->key.start, key.start, key.bytes);
}

/* An entry has 32 bits for a key's length. */
TARE_ALWAYS_INLINE bool TARE__MAP_(__fits)(struct tare_text key)
{
    return (uint64_t)key.bytes <= UINT32_MAX;
}

TARE_ALWAYS_INLINE struct tare_text TARE__MAP_(__key)(const TARE__ENTRY *entry)
{
    struct tare_text text = {entry->key.start, entry->key.bytes};

    return text;
}

TARE_ALWAYS_INLINE void TARE__MAP_(__set_key)(TARE__ENTRY *entry, struct tare_text key,
                                              uint64_t hash)
{
    entry->key.start = key.start;
    entry->key.bytes = (uint32_t)key.bytes;
    entry->key.hash = (uint32_t)hash;
}

TARE_ALWAYS_INLINE uint64_t TARE__MAP_(__rehash)(const struct tare_map *map,
                                                 TARE__ENTRY *entry, bool is_new)
{
    if (is_new)
        entry->key.hash = TARE__MAP_(__hash_text)(map, entry->key.start, entry->key.bytes);
    return entry->key.hash;
}
#else
TARE_ALWAYS_INLINE uint64_t TARE__MAP_(__hash)(const struct tare_map *map,
                                               TARE__MAP_KEY key)
{
#if defined TARE_MAP_HASH
    TARE__MAP_KEY const *pointer = &key;

    return tare_hash_integer((uint64_t)(TARE_MAP_HASH(pointer, map->seed)), map->seed);
#elif defined TARE_MAP_HOSTILE
    uint64_t value = (uint64_t)key;

    return tare_hash_keyed(&value, sizeof value, map->seed, map->secret);
#else
    return tare_hash_integer((uint64_t)key, map->seed);
#endif
}

TARE_ALWAYS_INLINE bool TARE__MAP_(__is)(const TARE__ENTRY *entry, TARE__MAP_KEY key,
                                         uint64_t hash)
{
    (void)hash;
#ifdef TARE_MAP_EQUAL
    TARE__MAP_KEY const *a = &entry->key;
    TARE__MAP_KEY const *b = &key;

    return TARE_MAP_EQUAL(a, b);
#else
    return entry->key == key;
#endif
}

TARE_ALWAYS_INLINE bool TARE__MAP_(__fits)(TARE__MAP_KEY key)
{
    (void)key;
    return true;
}

TARE_ALWAYS_INLINE TARE__MAP_KEY TARE__MAP_(__key)(const TARE__ENTRY *entry)
{
    return entry->key;
}

TARE_ALWAYS_INLINE void TARE__MAP_(__set_key)(TARE__ENTRY *entry, TARE__MAP_KEY key,
                                              uint64_t hash)
{
    (void)hash;
    entry->key = key;
}

TARE_ALWAYS_INLINE uint64_t TARE__MAP_(__rehash)(const struct tare_map *map,
                                                 TARE__ENTRY *entry, bool is_new)
{
    (void)is_new;
    return TARE__MAP_(__hash)(map, entry->key);
}
#endif

/* What the library calls, and never a lookup. */

#if TARE__MAP_OWNS
/* The key becomes a copy, with a 0 at its end. */
TARE_NODISCARD TARE_INLINE bool TARE__MAP_(__own)(struct tare_map *map, void *copied)
{
    TARE__ENTRY *entry = (TARE__ENTRY *)copied;
    char *bytes = (char *)tare_mem_alloc(map->mem, (size_t)entry->key.bytes + 1, 1);

    if (!bytes)
        return false;
    memcpy(bytes, entry->key.start, entry->key.bytes);
    bytes[entry->key.bytes] = 0;
    entry->key.start = bytes;
    return true;
}

TARE_INLINE void TARE__MAP_(__disown)(struct tare_map *map, void *gone)
{
    TARE__ENTRY *entry = (TARE__ENTRY *)gone;

    tare_mem_free(map->mem, (void *)(uintptr_t)entry->key.start,
                  (size_t)entry->key.bytes + 1, 1);
}
#endif

TARE_INLINE void TARE__MAP_(__destroy)(struct tare_map *map, void *gone)
{
    TARE__ENTRY *entry = (TARE__ENTRY *)gone;

    (void)map;
    (void)entry;
#ifdef TARE_MAP_DESTROY
    TARE_MAP_DESTROY(entry);
#endif
#if TARE__MAP_OWNS
    TARE__MAP_(__disown)(map, entry);
#endif
}

TARE_END

#endif
