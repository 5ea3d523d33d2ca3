/* SPDX-License-Identifier: MIT
 *
 * Retired entries are sealed, all that there are together, and let go of when the epoch of their
 * seal has passed: two lists, so that what is retired meanwhile waits for the next seal.
 *
 * A value of a weak cache may die at any moment. Its end and the cache's letting go both want the
 * watch; one of them gets it (rc_core.h). If the end does, it is going to take the shard's lock and
 * look at the node, which therefore stays until then, as an orphan.
 */
#include "toolkit/rc_cache_core.h"

#include "base/debug.h"

enum { AT_A_TIME = 64 };

static size_t node_bytes(size_t key_bytes)
{
    return sizeof(struct rc_node) + key_bytes;
}

size_t tare__rc_node_bytes(const struct rc_node *node)
{
    return node_bytes(node->key_bytes);
}

struct rc_node *tare__rc_node_new(struct rc_shard *shard, struct tare_rc_key key,
                                  void *value)
{
    size_t key_bytes = key.bytes ? key.number : 0;
    struct rc_node *node =
        tare_mem_alloc(shard->cache->mem, node_bytes(key_bytes), _Alignof(struct rc_node));

    if (!node)
        return NULL;
    *node = (struct rc_node){.watch = {tare__rc_died},
                             .shard = shard,
                             .value = value,
                             .is_number = !key.bytes,
                             .key_bytes = key_bytes};
    if (key_bytes)
        memcpy(node->key, key.bytes, key_bytes);
    return node;
}

void tare__rc_node_free(struct rc_node *node)
{
    tare_mem_free(node->shard->cache->mem, node, node_bytes(node->key_bytes),
                  _Alignof(struct rc_node));
}

static void end_weak_node(struct rc_node *node)
{
    tare_rc_weak_release(node->shard->cache->options.type, node->value);
    tare__rc_node_free(node);
}

static void let_go_of_weak(struct rc_shard *shard, struct rc_node *node)
{
    struct tare_rc *rc = tare__rc_of(shard->cache->options.type, node->value);
    bool is_mine = tare__rc_watch_clear(rc, &node->watch);

    if (!is_mine) {
        pthread_mutex_lock(&shard->lock);
        is_mine = node->is_dead;
        node->is_orphan = !is_mine;
        shard->pending += !is_mine;
        pthread_mutex_unlock(&shard->lock);
    }
    if (is_mine)
        end_weak_node(node);
}

void tare__rc_let_go(struct rc_shard *shard, uint64_t word)
{
    if (shard->cache->options.is_weak) {
        let_go_of_weak(shard, rc_node_of(word));
        return;
    }
    tare_rc_release(shard->cache->options.type, rc_value_of(word));
    if (word & RC_WORD_NODE)
        tare__rc_node_free(rc_node_of(word));
}

void tare__rc_died(struct rc_watch *watch)
{
    struct rc_node *node = (struct rc_node *)(void *)watch;
    struct rc_shard *shard = node->shard;

    pthread_mutex_lock(&shard->lock);
    bool is_orphan = node->is_orphan, is_due = false;
    if (!is_orphan && !shard->is_ending) {
        uint64_t word = *rc_word_of(shard, node->slot);

        if (rc_node_of(word) == node && !(word & RC_WORD_GONE)) {
            tare__rc_list_take(shard, node->slot);
            tare__rc_table_retire(shard, node->slot);
        }
        is_due = rc_retired(shard) > shard->max_retired / 2;
    }
    node->is_dead =
        true; /* when we unlock it is not ours any more, unless it is an orphan */
    shard->pending += !is_orphan;
    pthread_mutex_unlock(&shard->lock);
    if (is_orphan)
        end_weak_node(node);
    else if (is_due)
        tare__rc_reclaim(shard);
    pthread_mutex_lock(&shard->lock);
    shard->pending -=
        shard->pending > 0; /* destroy waits for it; the child of a fork has none */
    pthread_mutex_unlock(&shard->lock);
}

static struct rc_list *sealed_of(struct rc_shard *shard)
{
    return &shard->lists[RC_RETIRED + !shard->turn];
}

/* With the lock, and nothing sealed: those that are retired now wait for an epoch of their own. */
static void seal(struct rc_shard *shard)
{
    shard->turn = !shard->turn;
    if (sealed_of(shard)->count)
        shard->sealed_epoch = tare__rc_guard_seal();
}

struct gone {
    uint64_t words[AT_A_TIME];
    uint64_t bytes;
    uint32_t count;
};

/* With the lock. */
static void take_sealed(struct rc_shard *shard, struct gone *gone)
{
    const struct rc_list *sealed = sealed_of(shard);

    gone->bytes = 0;
    gone->count = 0;
    while (gone->count < AT_A_TIME && sealed->count) {
        uint32_t slot = sealed->oldest;

        gone->words[gone->count++] = *rc_word_of(shard, slot);
        gone->bytes += shard->metas[slot].bytes;
        tare__rc_table_free(shard, slot);
    }
}

/* What was sealed before, or else what is retired now, as far as its epoch has passed. */
static bool reclaim_some(struct rc_shard *shard, bool *has_more)
{
    struct gone gone = {.count = 0};

    pthread_mutex_lock(&shard->lock);
    if (!sealed_of(shard)->count)
        seal(shard);
    else if (!shard->sealed_epoch)
        shard->sealed_epoch = tare__rc_guard_seal();
    bool has_any = sealed_of(shard)->count > 0;
    if (has_any && shard->sealed_epoch && tare__rc_guard_has_passed(shard->sealed_epoch))
        take_sealed(shard, &gone);
    *has_more = gone.count && sealed_of(shard)->count;
    pthread_mutex_unlock(&shard->lock);
    for (uint32_t i = 0; i < gone.count; i++)
        tare__rc_let_go(shard, gone.words[i]);
    __atomic_sub_fetch(&shard->held_bytes, gone.bytes, __ATOMIC_RELAXED);
    return gone.count || !has_any;
}

bool tare__rc_reclaim(struct rc_shard *shard)
{
    bool has_more, has_worked = reclaim_some(shard, &has_more);

    while (has_more)
        reclaim_some(shard, &has_more);
    return has_worked;
}
