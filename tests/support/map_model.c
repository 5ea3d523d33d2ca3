/* SPDX-License-Identifier: MIT */
#include "support/map_model.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static uint16_t hash_mask;

/* Some are alike, as the script wants it. */
static uint64_t hash_of(const uint16_t *key, uint64_t seed)
{
    return (*key & hash_mask) ^ seed;
}

static size_t destroyed;

#define TARE_MAP_NAME model
#define TARE_MAP_KEY uint16_t
#define TARE_MAP_VALUE uint32_t
#define TARE_MAP_HASH(key, seed) hash_of(key, seed)
#define TARE_MAP_EQUAL(a, b) (*(a) == *(b))
#define TARE_MAP_DESTROY(entry) (destroyed++, (void)(entry))
#include <tare/map.h>

enum { KEYS = 1 << 16, ABSENT = -1 };

struct both {
    struct model map;
    int32_t *values; /* ABSENT, or what the map has */
    size_t count;
    bool may_fail;
};

struct operation {
    uint8_t what;
    uint16_t key;
    uint8_t value;
};

static bool is_allowed(const struct both *both, int err)
{
    return !err || (err == -ENOMEM && both->may_fail);
}

static const char *insert(struct both *both, const struct operation *op)
{
    bool was_there = both->values[op->key] != ABSENT;
    int err = model_insert(&both->map, op->key, op->value);

    if (was_there)
        return err == -EEXIST ? NULL : "insertion of what is there";
    if (!is_allowed(both, err))
        return "insertion of what is not there";
    if (!err) {
        both->values[op->key] = op->value;
        both->count++;
    }
    return NULL;
}

static const char *set(struct both *both, const struct operation *op)
{
    int err = model_set(&both->map, op->key, op->value);

    if (!is_allowed(both, err))
        return "set";
    if (!err) {
        both->count += both->values[op->key] == ABSENT;
        both->values[op->key] = op->value;
    }
    return NULL;
}

static const char *take_away(struct both *both, const struct operation *op)
{
    bool was_there = both->values[op->key] != ABSENT;
    size_t before = destroyed;

    if (model_remove(&both->map, op->key) != was_there || destroyed != before + was_there)
        return "removal";
    both->values[op->key] = ABSENT;
    both->count -= was_there;
    return NULL;
}

static const char *find(struct both *both, const struct operation *op)
{
    const struct model_entry *entry = model_find(&both->map, op->key);
    int32_t value = entry ? (int32_t)entry->value : ABSENT;

    return value == both->values[op->key] && (!entry || entry->key == op->key) ? NULL
                                                                               : "lookup";
}

/* Keys from here on, as many as `value` says, 8 times. */
static const char *insert_run(struct both *both, const struct operation *op)
{
    uint16_t keys[256];
    uint32_t values[256];

    for (unsigned i = 0; i < op->value; i++) {
        keys[i] = (uint16_t)(op->key + i * 8);
        values[i] = i;
    }
    int err = model_insert_many(&both->map, keys, values, op->value);
    if (!is_allowed(both, err))
        return "insertion of many";
    for (unsigned i = 0; !err && i < op->value; i++) {
        both->count += both->values[keys[i]] == ABSENT;
        both->values[keys[i]] = (int32_t)values[i];
    }
    return NULL;
}

static const char *find_run(struct both *both, const struct operation *op)
{
    uint16_t keys[256];
    struct model_entry *entries[256];
    size_t expected = 0;

    for (unsigned i = 0; i < op->value; i++) {
        keys[i] = (uint16_t)(op->key + i * 4);
        expected += both->values[keys[i]] != ABSENT;
    }
    if (model_find_many(&both->map, keys, op->value, entries) != expected)
        return "number of many that were looked for";
    for (unsigned i = 0; i < op->value; i++)
        if ((entries[i] ? (int32_t)entries[i]->value : ABSENT) != both->values[keys[i]])
            return "one of many that were looked for";
    return NULL;
}

/* Removes some on the way: the one that is met, and another. */
static const char *iterate(struct both *both, const struct operation *op)
{
    struct tare_map_cursor cursor = {0};
    struct model_entry *entry;
    size_t met = 0, count = both->count, removed = 0;

    while ((entry = model_next(&both->map, &cursor))) {
        uint16_t key = entry->key, other = (uint16_t)(key ^ op->key);

        if (both->values[key] != (int32_t)entry->value)
            return "entry that was met";
        met++;
        if (entry->value % 8 != op->value % 8 || !op->value)
            continue;
        model_remove_entry(&both->map, entry);
        both->values[key] = ABSENT;
        removed++;
        if (model_remove(&both->map, other)) {
            both->values[other] = ABSENT;
            removed++;
        }
    }
    both->count -= removed;
    return met <= count && met + removed >= count ? NULL
                                                  : "number of entries that were met";
}

static const char *clone_and_merge(struct both *both, const struct operation *op)
{
    struct model copy = {0};
    int err = model_clone(&copy, &both->map);

    if (!is_allowed(both, err))
        return "clone";
    if (err)
        return NULL;
    bool same = model_count(&copy) == both->count && model_valid(&copy);
    if (op->value & 1)
        model_clear(&both->map);
    err = model_merge(&both->map, &copy);
    same &= is_allowed(both, err) && model_valid(&both->map);
    same &= model_count(&both->map) + model_count(&copy) ==
            both->count * (op->value & 1 ? 1 : 2);
    if (err && op->value & 1) {
        model_fini(&both->map);
        both->map = copy;
        return same ? NULL : "merge that failed";
    }
    model_fini(&copy);
    return same ? NULL : "clone or merge";
}

static const char *clear(struct both *both, const struct operation *op)
{
    if (op->value < 128) /* rather seldom */
        return NULL;
    model_clear(&both->map);
    for (size_t i = 0; i < KEYS; i++)
        both->values[i] = ABSENT;
    both->count = 0;
    return NULL;
}

static const char *change_room(struct both *both, const struct operation *op)
{
    int err = op->value & 1 ? model_reserve(&both->map, op->key) : model_shrink(&both->map);

    return is_allowed(both, err) ? NULL : "room";
}

static const char *run_one(struct both *both, const struct operation *op)
{
    static const char *(*const operations[])(struct both *, const struct operation *) = {
        insert,  set,   take_away,       find,        insert,     take_away, find_run,
        iterate, clear, clone_and_merge, change_room, insert_run,
    };
    const char *wrong =
        operations[op->what % (sizeof operations / sizeof *operations)](both, op);

    if (!wrong && model_count(&both->map) != both->count)
        wrong = "count";
    if (!wrong && !model_valid(&both->map))
        wrong = "validity";
    return wrong;
}

const char *map_model_run(struct tare_mem *mem, uint16_t mask, const uint8_t *script,
                          size_t bytes, int may_fail)
{
    const struct tare_map_options options = {.mem = mem, .seed = 1, .is_fast = mask & 1};
    struct both both = {.values = malloc(KEYS * sizeof *both.values), .may_fail = may_fail};
    const char *wrong = NULL;

    hash_mask = mask;
    model_init(&both.map, &options);
    for (size_t i = 0; i < KEYS; i++)
        both.values[i] = ABSENT;
    for (; !wrong && bytes >= 4; script += 4, bytes -= 4) {
        const struct operation op = {script[0], (uint16_t)(script[1] | script[2] << 8),
                                     script[3]};

        wrong = run_one(&both, &op);
    }
    model_fini(&both.map);
    free(both.values);
    return wrong;
}
