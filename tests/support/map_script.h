/* SPDX-License-Identifier: MIT
 *
 * support/map_script.h - operations whose digest shows in what order a map has its entries; for each
 * back-end, which a source file chooses before.
 *
 * Shape    MAP_SCRIPT: the name of the function that is made
 * Units    operations
 * Owner    none
 * Threads  single owner
 * Errors   0: no memory
 * Cost     some 50 ns an operation
 * Source   none
 */
#ifndef TARE_SUPPORT_MAP_SCRIPT_H
#define TARE_SUPPORT_MAP_SCRIPT_H

#include <stdint.h>

uint64_t map_script_native(uint64_t seed, unsigned steps);
uint64_t map_script_plain(uint64_t seed, unsigned steps);

#ifdef MAP_SCRIPT

#define TARE_MAP_NAME script
#define TARE_MAP_KEY uint64_t
#define TARE_MAP_VALUE uint32_t
#include <tare/map.h>

static uint64_t script_order(const struct script *map, uint64_t digest)
{
    struct tare_map_cursor cursor = {0, 0, 0, 0};
    const struct script_entry *entry;

    while ((entry = script_next(map, &cursor)))
        digest = tare_hash_integer(entry->key ^ entry->value, digest);
    return digest;
}

/* As many keys as make the map grow, be full, and be emptied in part. */
uint64_t MAP_SCRIPT(uint64_t seed, unsigned steps)
{
    const struct tare_map_options options = {.seed = seed};
    struct script map;
    uint64_t state = seed, digest = 1;

    script_init(&map, &options);
    for (unsigned i = 0; i < steps; i++) {
        uint64_t key = tare_hash_integer(i, state) % 4000;

        if (key % 16 < 10 && script_set(&map, key, i))
            return 0;
        if (key % 16 >= 10)
            script_remove(&map, key ^ 15);
        if (i % 3000 == 2999)
            digest = script_order(&map, digest);
    }
    if (!script_valid(&map) || script_shrink(&map))
        return 0;
    digest = script_order(&map, digest);
    script_fini(&map);
    return digest;
}

#endif

#endif
