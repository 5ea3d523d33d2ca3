/* SPDX-License-Identifier: MIT
 *
 * Token buckets in a GHashTable.
 */
#include <stdlib.h>

#include "bench/governor_ways.h"
#include "bench/measure.h"

#if __has_include(<glib.h>)
#include <glib.h>

const char *const buckets_glib_name = "GHashTable";

void buckets_glib_begin(struct buckets *buckets, size_t governors)
{
    GHashTable *table = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);

    *buckets =
        (struct buckets){.map = table, .governors = governors, .random = 88172645463325252};
    for (uint64_t key = 0; key < governors * GOVERNOR_TENANTS; key++) {
        struct bucket *bucket = g_new(struct bucket, 1);

        *bucket = (struct bucket){key, 0, 100};
        g_hash_table_insert(table, &bucket->key, bucket);
    }
}

void buckets_glib_check(struct buckets *buckets, size_t checks)
{
    for (size_t i = 0; i < checks; i++) {
        uint64_t key = bucket_key(buckets);
        bool is_allowed =
            bucket_take(g_hash_table_lookup(buckets->map, &key), buckets->now_ns += 50);

        measure_keep(&is_allowed);
    }
}

void buckets_glib_end(struct buckets *buckets)
{
    g_hash_table_destroy(buckets->map);
}
#else
const char *const buckets_glib_name = NULL;
void buckets_glib_begin(struct buckets *buckets, size_t governors)
{
    (void)buckets;
    (void)governors;
}
void buckets_glib_check(struct buckets *buckets, size_t checks)
{
    (void)buckets;
    (void)checks;
}
void buckets_glib_end(struct buckets *buckets)
{
    (void)buckets;
}
#endif
