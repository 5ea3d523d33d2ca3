/* SPDX-License-Identifier: MIT
 *
 * bench/map_loops.h - the loops of a worker, with a way's functions inlined; included after them.
 *
 * Shape    map_WAY.c -> this: struct map_loops
 * Units    nanoseconds an operation
 * Owner    as in bench/map_worker.h
 * Threads  single owner
 * Errors   A wrong result ends the process.
 * Cost     what is measured
 * Source   none
 */
#ifndef TARE_BENCH_MAP_LOOPS_H
#define TARE_BENCH_MAP_LOOPS_H

#include "bench/map_worker.h"

#ifdef MAP_WAY_TYPE

static size_t loop_rounds(const struct map_keys *keys)
{
    return keys->steps / keys->count;
}

static MAP_WAY_TYPE *loop_filled(const struct map_keys *keys)
{
    MAP_WAY_TYPE *map = map_make();

    for (size_t i = 0; i < keys->count; i++)
        map_put(map, keys->there[i], i);
    return map;
}

static double loop_insert(const struct map_keys *keys, bool makes_room)
{
    double ns = 0;

    for (size_t round = loop_rounds(keys); round--;) {
        double start = map_now_ns();
        MAP_WAY_TYPE *map = map_make();

        if (makes_room)
            map_room(map, keys->count);
        for (size_t i = 0; i < keys->count; i++)
            map_put(map, keys->there[i], i);
        ns += map_now_ns() - start;
        map_drop(map);
    }
    return ns / (double)(loop_rounds(keys) * keys->count);
}

static double loop_lookups(MAP_WAY_TYPE *map, const map_key *wanted, size_t count,
                           size_t expected)
{
    uint64_t value = 0, sum = 0;
    size_t found = 0;
    double start = map_now_ns();

    for (size_t i = 0; i < count; i++)
        if (map_get(map, wanted[i], &value)) {
            sum += value;
            found++;
        }
    double ns = map_now_ns() - start;
    map_sink += sum;
    map_expect(found == expected, "lookups");
    return ns / (double)count;
}

static double loop_hit(const struct map_keys *keys)
{
    MAP_WAY_TYPE *map = loop_filled(keys);

    loop_lookups(map, keys->hits, keys->steps / 16, keys->steps / 16);
    double ns = loop_lookups(map, keys->hits, keys->steps, keys->steps);
    map_drop(map);
    return ns;
}

static double loop_miss(const struct map_keys *keys)
{
    MAP_WAY_TYPE *map = loop_filled(keys);

    loop_lookups(map, keys->misses, keys->steps / 16, 0);
    double ns = loop_lookups(map, keys->misses, keys->steps, 0);
    map_drop(map);
    return ns;
}

/* The place of each key depends on what was found before. */
static double loop_dependent(const struct map_keys *keys)
{
    MAP_WAY_TYPE *map = loop_filled(keys);
    uint64_t value = 0;
    size_t offset = 0;

    loop_lookups(map, keys->hits, keys->steps / 16, keys->steps / 16);
    double start = map_now_ns();
    for (size_t i = 0; i < keys->steps; i++) {
        map_get(map, keys->hits[i + offset], &value);
        offset = value >> 63;
    }
    double ns = map_now_ns() - start;
    map_sink += offset;
    map_drop(map);
    return ns / (double)keys->steps;
}

static double loop_iterate(const struct map_keys *keys)
{
    MAP_WAY_TYPE *map = loop_filled(keys);
    uint64_t sum = map_sum(map), expected = (uint64_t)keys->count * (keys->count - 1) / 2;

    map_expect(sum == expected, "iteration");
    double start = map_now_ns();
    for (size_t round = loop_rounds(keys); round--;)
        sum += map_sum(map);
    double ns = map_now_ns() - start;
    map_sink += sum;
    map_drop(map);
    return ns / (double)(loop_rounds(keys) * keys->count);
}

/* One goes, in no order, and a new one comes; then the oldest new ones go. */
static double loop_mix(const struct map_keys *keys)
{
    MAP_WAY_TYPE *map = loop_filled(keys);
    size_t cut = 0, rounds = loop_rounds(keys);
    const map_key *gone = keys->gone, *fresh = keys->fresh;
    double start = map_now_ns();

    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < keys->count; i++) {
            cut += map_cut(map, gone[i]);
            map_put(map, fresh[i], i);
        }
        gone = fresh;
        fresh += keys->count;
    }
    double ns = map_now_ns() - start;
    map_expect(cut == rounds * keys->count, "mix");
    map_drop(map);
    return ns / (double)(rounds * keys->count);
}

static double loop_erase(const struct map_keys *keys)
{
    double ns = 0;

    for (size_t round = loop_rounds(keys); round--;) {
        MAP_WAY_TYPE *map = loop_filled(keys);
        size_t cut = 0;
        double start = map_now_ns();

        for (size_t i = 0; i < keys->count; i++)
            cut += map_cut(map, keys->gone[i]);
        ns += map_now_ns() - start;
        map_expect(cut == keys->count, "erase");
        map_drop(map);
    }
    return ns / (double)(loop_rounds(keys) * keys->count);
}

static void loop_grow(const map_key *keys, size_t from, size_t to)
{
    static MAP_WAY_TYPE *map;

    if (!map)
        map = map_make();
    for (size_t i = from; i < to; i++)
        map_put(map, keys[i], i);
}

#ifndef MAP_WAY_BULK
#define MAP_WAY_BULK NULL, NULL
#endif

int main(int argc, char **argv)
{
    static const struct map_loops loops = {
        loop_insert, loop_hit,   loop_dependent, loop_miss, loop_iterate,
        loop_mix,    loop_erase, MAP_WAY_BULK,   loop_grow,
    };

    return map_worker_main(argc, argv, &loops);
}

#endif

#endif
