/* SPDX-License-Identifier: MIT */
#include "toolkit/rc_cache_core.h"

/* Each entry of a list is in it, in a slot that has a word which says so. */
static bool is_list_valid(const struct rc_shard *shard, enum rc_lists list)
{
    const struct rc_list *at = &shard->lists[list];
    uint32_t count = 0, older = RC_NOWHERE;
    uint64_t cost = 0;

    for (uint32_t slot = at->oldest; slot != RC_NOWHERE; slot = shard->metas[slot].newer) {
        const struct rc_meta *meta = &shard->metas[slot];
        uint64_t word = *rc_word_of(shard, slot);

        if (meta->list != list || meta->older != older || count++ == at->count || !word ||
            !(word & RC_WORD_GONE) != (list < RC_RETIRED))
            return false;
        cost += rc_cost_of(shard, meta->bytes);
        older = slot;
    }
    return count == at->count && cost == at->cost && at->newest == older;
}

/* Each entry is where it is looked for, and counted in the buckets before. */
static bool are_places_valid(const struct rc_shard *shard)
{
    uint32_t used = 0;
    uint64_t bytes = 0, passed = 0;

    for (uint32_t slot = 0; slot < shard->bucket_count * RC_WAYS; slot++) {
        uint64_t word = *rc_word_of(shard, slot);
        uint32_t home;

        used += word != 0;
        if ((word != 0) != (shard->metas[slot].list != RC_FREE))
            return false;
        if (!word || word & RC_WORD_GONE)
            continue;
        if (word & RC_WORD_NODE && rc_node_of(word)->slot != slot)
            return false;
        bytes += shard->metas[slot].bytes;
        home = rc_home_of(shard, tare__rc_slot_hash(shard, slot));
        passed += (slot / RC_WAYS + shard->bucket_count - home) % shard->bucket_count;
        for (uint32_t at = home; at != slot / RC_WAYS; at = (at + 1) % shard->bucket_count)
            if (!shard->buckets[at].passed)
                return false;
    }
    for (uint32_t at = 0; at < shard->bucket_count; at++)
        passed -= shard->buckets[at].passed;
    return passed == 0 && bytes == shard->bytes &&
           used + shard->free_slots == shard->bucket_count * RC_WAYS;
}

static bool are_ghosts_valid(const struct rc_ghosts *ghosts)
{
    uint32_t in_use = 0, idle = 0;

    for (uint32_t at = ghosts->free; at != RC_NOWHERE; at = ghosts->all[at].chain)
        if (idle++ == ghosts->room)
            return false;
    for (unsigned list = 0; list < RC_GHOST_LISTS; list++) {
        uint32_t count = 0;

        for (uint32_t at = ghosts->lists[list].oldest; at != RC_NOWHERE;
             at = ghosts->all[at].newer, count++)
            if (count == ghosts->room || ghosts->all[at].list != list ||
                tare__rc_ghost_find(ghosts, ghosts->all[at].tag) != at)
                return false;
        if (count != ghosts->lists[list].count)
            return false;
        in_use += count;
    }
    return in_use + idle == ghosts->room;
}

static bool is_shard_valid(struct rc_shard *shard)
{
    bool valid = true;

    pthread_mutex_lock(&shard->lock);
    for (unsigned list = RC_RECENT; list < RC_LISTS; list++)
        valid = valid && is_list_valid(shard, list);
    valid = valid && are_places_valid(shard) && are_ghosts_valid(&shard->ghosts) &&
            rc_entries(shard) <= shard->max_entries &&
            (!shard->max_bytes || (shard->bytes <= shard->max_cost &&
                                   shard->bytes + shard->held_bytes <= shard->max_bytes));
    pthread_mutex_unlock(&shard->lock);
    return valid;
}

bool tare__rc_cache_valid(struct tare_rc_cache *cache)
{
    bool valid = true;

    for (uint32_t i = 0; i < 1u << cache->shard_bits; i++)
        valid = valid && is_shard_valid(&cache->shards[i]);
    return valid;
}
