/* SPDX-License-Identifier: MIT
 *
 * Token buckets in a table of uthash.
 */
#include <stdlib.h>

#include "bench/governor_ways.h"
#include "bench/measure.h"

#if __has_include(<uthash.h>)
#include <uthash.h>

struct hashed {
    struct bucket bucket;
    UT_hash_handle hh;
};

const char *const buckets_uthash_name = "uthash";

void buckets_uthash_begin(struct buckets *buckets, size_t governors)
{
    struct hashed *table = NULL;

    *buckets = (struct buckets){.governors = governors, .random = 88172645463325252};
    for (uint64_t key = 0; key < governors * GOVERNOR_TENANTS; key++) {
        struct hashed *hashed = calloc(1, sizeof *hashed);

        hashed->bucket = (struct bucket){key, 0, 100};
        HASH_ADD(hh, table, bucket.key, sizeof key, hashed);
    }
    buckets->map = table;
}

void buckets_uthash_check(struct buckets *buckets, size_t checks)
{
    struct hashed *table = buckets->map, *found;

    for (size_t i = 0; i < checks; i++) {
        uint64_t key = bucket_key(buckets);

        HASH_FIND(hh, table, &key, sizeof key, found);
        bool is_allowed = bucket_take(&found->bucket, buckets->now_ns += 50);
        measure_keep(&is_allowed);
    }
}

void buckets_uthash_end(struct buckets *buckets)
{
    struct hashed *table = buckets->map, *one, *next;

    HASH_ITER(hh, table, one, next)
    {
        HASH_DEL(table, one);
        free(one);
    }
}
#else
const char *const buckets_uthash_name = NULL;
void buckets_uthash_begin(struct buckets *buckets, size_t governors)
{
    (void)buckets;
    (void)governors;
}
void buckets_uthash_check(struct buckets *buckets, size_t checks)
{
    (void)buckets;
    (void)checks;
}
void buckets_uthash_end(struct buckets *buckets)
{
    (void)buckets;
}
#endif
