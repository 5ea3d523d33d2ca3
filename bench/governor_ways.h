/* SPDX-License-Identifier: MIT
 *
 * bench/governor_ways.h - governors that are asked again and again, and what one would write instead.
 *
 * Shape    fleet of one type, or of all in turn -> requests, of governors and tenants at random
 * Units    governors, requests; times in nanoseconds
 * Owner    the caller's structs; a fleet and the buckets own their memory
 * Threads  Single owner.
 * Errors   Without memory the program ends.
 * Cost     what is measured
 * Source   none
 */
#ifndef TARE_BENCH_GOVERNOR_WAYS_H
#define TARE_BENCH_GOVERNOR_WAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tare/governor.h>

/* All five types: asked in turn, as a program does that has a question to each; or in any order. */
enum { GOVERNOR_IN_TURN = TARE_GOVERNOR_TYPES, GOVERNOR_MIXED };

enum { GOVERNOR_TENANTS = 8, GOVERNOR_BATCH = 64 };

struct fleet {
    struct tare_governor_policy *policies[TARE_GOVERNOR_TYPES];
    struct tare_governor **governors;
    struct tare_governor_request checks[TARE_GOVERNOR_TYPES];
    int type;
    char *memory;
    size_t count, bytes;
    size_t types, turn; /* that are in it; whose turn it was last */
    size_t groups;      /* of one governor of each type */
    int64_t now_ns;
    uint64_t random, next_id;
    bool has_answers;
};

/* As benchmarks measure it: 16 tenants, 32 events, and as many answers by id. */
struct tare_governor_config governor_config(enum tare_governor_type type, uint32_t answers);

/* `type`: one, or all, of which there is at least one each. Their tenants are known, and mostly allowed. */
void fleet_begin(struct fleet *fleet, int type, size_t count, uint32_t answers);
void fleet_end(struct fleet *fleet);

void fleet_check(struct fleet *fleet, size_t checks);
void fleet_check_clock(struct fleet *fleet,
                       size_t checks); /* asks what time it is for each */
void fleet_check_batches(struct fleet *fleet, size_t checks);
/* Ticks of each; or of nothing. */
void fleet_ticks(struct fleet *fleet, uint32_t *ticks, size_t checks, bool is_empty);

/* Of a counter that runs evenly, after all before it is done. */
uint64_t governor_ticks(void);

/* Token buckets by governor and tenant in a map, without events, answers or anything else. */
struct buckets {
    void *map;
    size_t governors;
    int64_t now_ns;
    uint64_t random;
};
void buckets_uthash_begin(struct buckets *buckets, size_t governors);
void buckets_uthash_check(struct buckets *buckets, size_t checks);
void buckets_uthash_end(struct buckets *buckets);
void buckets_glib_begin(struct buckets *buckets, size_t governors);
void buckets_glib_check(struct buckets *buckets, size_t checks);
void buckets_glib_end(struct buckets *buckets);
/* NULL: not here when this was built. */
extern const char *const buckets_uthash_name, *const buckets_glib_name;

struct bucket {
    uint64_t key;
    int64_t filled_ns;
    int64_t tokens;
};

/* One token is there for each millisecond, at most 100. */
static inline bool bucket_take(struct bucket *bucket, int64_t now_ns)
{
    int64_t more = (now_ns - bucket->filled_ns) / 1000000;

    if (more > 0) {
        bucket->tokens = bucket->tokens + more < 100 ? bucket->tokens + more : 100;
        bucket->filled_ns += more * 1000000;
    }
    if (!bucket->tokens)
        return false;
    bucket->tokens--;
    return true;
}

static inline uint64_t governor_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static inline uint64_t bucket_key(struct buckets *buckets)
{
    uint64_t random = governor_random(&buckets->random);

    return (((random >> 32) * buckets->governors) >> 32) * GOVERNOR_TENANTS +
           random % GOVERNOR_TENANTS;
}

#endif
