/* SPDX-License-Identifier: MIT
 *
 * A list is a clock: its hand is at the oldest, and what it spares becomes the newest. Readers mark
 * use while it turns; each mark costs one step, so that a victim is found in as many steps as there
 * were hits since.
 */
#include "toolkit/rc_cache_core.h"

enum { SMALL_PART = 10 }; /* S3-FIFO: one in so many is for what is new */

static uint32_t oldest(const struct rc_shard *shard, enum rc_lists list)
{
    return shard->lists[list].oldest;
}

static void move(struct rc_shard *shard, uint32_t slot, enum rc_lists to)
{
    tare__rc_list_take(shard, slot);
    tare__rc_list_push(shard, to, slot);
}

/* Was it used, more often than `least` times? Its mark becomes what is left. */
static bool spend(const struct rc_shard *shard, uint32_t slot, uint8_t least, uint8_t left)
{
    uint8_t *used = rc_used_of(shard, slot),
            times = __atomic_load_n(used, __ATOMIC_RELAXED);

    if (times <= least)
        return false;
    __atomic_store_n(used, left == UINT8_MAX ? (uint8_t)(times - 1) : left,
                     __ATOMIC_RELAXED);
    return true;
}

static void remember(struct rc_shard *shard, uint32_t slot, unsigned list)
{
    if (shard->ghosts.room)
        tare__rc_ghost_add(&shard->ghosts, list, rc_tag_of(tare__rc_slot_hash(shard, slot)),
                           rc_cost_of(shard, shard->metas[slot].bytes));
}

static uint32_t clock_victim(struct rc_shard *shard)
{
    uint32_t slot = oldest(shard, RC_RECENT);

    while (spend(shard, slot, 0, 0)) {
        move(shard, slot, RC_RECENT);
        slot = oldest(shard, RC_RECENT);
    }
    return slot;
}

/* What was used in the recent list goes to the frequent one. */
static uint32_t car_victim(struct rc_shard *shard)
{
    const struct rc_list *recent = &shard->lists[RC_RECENT];
    uint64_t wanted = shard->recent_wanted ? shard->recent_wanted : 1;

    for (;;) {
        bool from_recent =
            recent->count && (recent->cost >= wanted || !shard->lists[RC_FREQUENT].count);
        uint32_t slot = oldest(shard, from_recent ? RC_RECENT : RC_FREQUENT);

        if (!spend(shard, slot, 0, 0)) {
            remember(shard, slot, from_recent ? RC_GHOSTS_RECENT : RC_GHOSTS_FREQUENT);
            return slot;
        }
        move(shard, slot, RC_FREQUENT);
    }
}

static uint32_t s3_victim(struct rc_shard *shard)
{
    const struct rc_list *small = &shard->lists[RC_RECENT];

    for (;;) {
        bool from_small = small->count && (small->cost >= shard->max_cost / SMALL_PART ||
                                           !shard->lists[RC_FREQUENT].count);
        uint32_t slot = oldest(shard, from_small ? RC_RECENT : RC_FREQUENT);

        if (!spend(shard, slot, from_small, from_small ? 0 : UINT8_MAX)) {
            if (from_small)
                remember(shard, slot, RC_GHOSTS_RECENT);
            return slot;
        }
        move(shard, slot, RC_FREQUENT);
    }
}

uint32_t tare__rc_policy_victim(struct rc_shard *shard)
{
    uint32_t slot;

    if (!rc_entries(shard))
        return RC_NOWHERE;
    switch (shard->cache->options.policy) {
    case TARE_RC_CACHE_CLOCK:
        slot = clock_victim(shard);
        break;
    case TARE_RC_CACHE_S3_FIFO:
        slot = s3_victim(shard);
        break;
    default:
        slot = car_victim(shard);
    }
    tare__rc_list_take(shard, slot);
    return slot;
}

/* `cost` as many times as the one list is longer than the other, at least once. */
static uint64_t scaled(uint64_t cost, const struct rc_list *one,
                       const struct rc_list *other)
{
    return one->count > other->count && other->count ? cost * one->count / other->count
                                                     : cost;
}

/* An entry came back after it was evicted from one of the lists: that one was too short. */
static void adapt(struct rc_shard *shard, const struct rc_ghost *ghost, uint32_t cost)
{
    const struct rc_list *recent = &shard->ghosts.lists[RC_GHOSTS_RECENT];
    const struct rc_list *frequent = &shard->ghosts.lists[RC_GHOSTS_FREQUENT];
    uint64_t *wanted = &shard->recent_wanted;

    if (ghost->list == RC_GHOSTS_RECENT) {
        uint64_t more = scaled(cost, frequent, recent);

        *wanted = *wanted + more < shard->max_cost ? *wanted + more : shard->max_cost;
    } else {
        uint64_t less = scaled(cost, recent, frequent);

        *wanted = *wanted > less ? *wanted - less : 0;
    }
}

/* CAR: the recent list and its ghosts are no more than the cache, and all together twice that.
 * S3-FIFO: ghosts as many as the main list is to have. */
static void forget_ghosts(struct rc_shard *shard)
{
    struct rc_list *ghosts = shard->ghosts.lists;
    uint64_t most = shard->max_cost;

    if (shard->cache->options.policy == TARE_RC_CACHE_S3_FIFO) {
        while (ghosts[RC_GHOSTS_RECENT].cost > most - most / SMALL_PART)
            tare__rc_ghost_drop(&shard->ghosts, ghosts[RC_GHOSTS_RECENT].oldest);
        return;
    }
    while (ghosts[RC_GHOSTS_RECENT].count &&
           shard->lists[RC_RECENT].cost + ghosts[RC_GHOSTS_RECENT].cost > most)
        tare__rc_ghost_drop(&shard->ghosts, ghosts[RC_GHOSTS_RECENT].oldest);
    while (ghosts[RC_GHOSTS_FREQUENT].count &&
           shard->lists[RC_RECENT].cost + shard->lists[RC_FREQUENT].cost +
                   ghosts[RC_GHOSTS_RECENT].cost + ghosts[RC_GHOSTS_FREQUENT].cost >
               2 * most)
        tare__rc_ghost_drop(&shard->ghosts, ghosts[RC_GHOSTS_FREQUENT].oldest);
}

void tare__rc_policy_admit(struct rc_shard *shard, uint32_t slot, uint64_t hash)
{
    uint32_t ghost = tare__rc_ghost_find(&shard->ghosts, rc_tag_of(hash));

    if (ghost == RC_NOWHERE) {
        tare__rc_list_push(shard, RC_RECENT, slot);
    } else {
        if (shard->cache->options.policy == TARE_RC_CACHE_CAR)
            adapt(shard, &shard->ghosts.all[ghost],
                  rc_cost_of(shard, shard->metas[slot].bytes));
        tare__rc_ghost_drop(&shard->ghosts, ghost);
        tare__rc_list_push(shard, RC_FREQUENT, slot);
    }
    if (shard->ghosts.room)
        forget_ghosts(shard);
}
