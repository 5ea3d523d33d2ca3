/* SPDX-License-Identifier: MIT */
#include "toolkit/buffer_pool_core.h"

#include <string.h>

#include "base/debug.h"

/* Free buffers that other threads can have, as bytes of their class. */
static size_t depot_bytes(struct tare__buffer_class *class)
{
    struct tare_pool_stats stats;

    tare_pool_get_stats(&class->pool, &stats);
    return stats.depot_objects * class->bytes;
}

static size_t all_depot_bytes(struct tare__buffer_core *core)
{
    size_t bytes = 0;

    for (unsigned i = 0; i < core->class_count; i++)
        bytes += depot_bytes(&core->classes[i]);
    return bytes;
}

/* Small ones first: there are more of them to the byte. */
static void trim(struct tare__buffer_core *core, size_t keep_bytes)
{
    for (unsigned i = 0; i < core->class_count; i++) {
        struct tare__buffer_class *class = &core->classes[i];

        tare_pool_trim(&class->pool,
                       keep_bytes / class->bytes * sizeof(struct tare__buffer_node));
        size_t kept = depot_bytes(class);
        keep_bytes -= kept < keep_bytes ? kept : keep_bytes;
    }
}

/* Whatever is free is held: while no more is held than may be free there is nothing to look at. A
 * look takes some time; with so much room left the next one is not due before that is used up. */
void tare__buffer_bound(struct tare__buffer_class *class)
{
    struct tare__buffer_core *core = class->core;
    size_t keep = core->options.keep_bytes, objects = class->options.magazine_objects;

    if (__atomic_load_n(&core->held_bytes, __ATOMIC_RELAXED) <= keep) {
        if (__atomic_load_n(&core->room_bytes, __ATOMIC_RELAXED))
            __atomic_store_n(&core->room_bytes, 0, __ATOMIC_RELAXED);
        return;
    }
    if (__atomic_sub_fetch(&core->room_bytes, (int64_t)(objects * class->bytes),
                           __ATOMIC_RELAXED) > 0)
        return;
    size_t kept = all_depot_bytes(core);
    if (kept > keep) {
        trim(core, keep / 2);
        kept = all_depot_bytes(core);
    }
    __atomic_store_n(&core->room_bytes, (int64_t)(keep - kept), __ATOMIC_RELAXED);
}

size_t tare_buffer_pool_trim(struct tare_buffer_pool *pool, size_t keep_bytes)
{
    struct tare__buffer_core *core = __atomic_load_n(&pool->core, __ATOMIC_ACQUIRE);

    if (!core)
        return 0;
    uint64_t before = __atomic_load_n(&core->given_bytes, __ATOMIC_RELAXED);
    trim(core, keep_bytes);
    return (size_t)(__atomic_load_n(&core->given_bytes, __ATOMIC_RELAXED) - before);
}

READS_FREE_NODES static void add_node(const struct tare__buffer_class *class,
                                      const struct tare__buffer_node *node,
                                      struct tare_buffer_pool_stats *stats)
{
    uint64_t turns = __atomic_load_n(&node->turns, __ATOMIC_RELAXED);

    stats->hits += (turns + 1) / 2;
    if (turns & 1) {
        stats->live_buffers++;
        stats->live_bytes += class->bytes;
    } else if (__atomic_load_n(&node->data, __ATOMIC_RELAXED)) {
        stats->kept_buffers++;
        stats->kept_bytes += class->bytes;
    }
}

READS_FREE_NODES static void add_nodes(const struct tare__buffer_class *class,
                                       struct tare_buffer_pool_stats *stats)
{
    tare__buffer_lists_lock();
    for (const struct tare__buffer_node *at = class->nodes; at; at = at->next)
        add_node(class, at, stats);
    tare__buffer_lists_unlock();
}

static uint64_t load(const uint64_t *number)
{
    return __atomic_load_n(number, __ATOMIC_RELAXED);
}

void tare_buffer_pool_get_stats(struct tare_buffer_pool *pool,
                                struct tare_buffer_pool_stats *stats)
{
    struct tare__buffer_core *core = __atomic_load_n(&pool->core, __ATOMIC_ACQUIRE);

    *stats = (struct tare_buffer_pool_stats){0};
    if (!core)
        return;
    memcpy(stats->name, core->name, sizeof stats->name);
    for (unsigned i = 0; i < core->class_count; i++) {
        add_nodes(&core->classes[i], stats);
        stats->hits += load(&core->classes[i].past_uses);
    }
    stats->misses = load(&core->misses);
    stats->hits -= stats->misses < stats->hits ? stats->misses : stats->hits;
    stats->refused = load(&core->refused);
    stats->moves = load(&core->moves);
    stats->outgrown = load(&core->outgrown);
    stats->wiped_bytes = load(&core->wiped_bytes);
}

/* Of a free node too. */
READS_FREE_NODES static bool is_node_valid(const struct tare__buffer_class *class,
                                           const struct tare__buffer_node *node)
{
    size_t alignment = class->core->options.alignment;

    return (!node->next || node->next->previous == node) &&
           (node->data || !(node->turns & 1)) && (uintptr_t)node->data % alignment == 0;
}

READS_FREE_NODES static bool are_nodes_valid(const struct tare__buffer_class *class,
                                             size_t *held_bytes)
{
    bool valid = !class->nodes || !class->nodes->previous;

    tare__buffer_lists_lock();
    for (const struct tare__buffer_node *at = class->nodes; at && valid; at = at->next) {
        valid = is_node_valid(class, at);
        *held_bytes += at->data ? class->bytes : 0;
    }
    tare__buffer_lists_unlock();
    return valid;
}

/* More may be said to be held than is, where other threads were at work as this process began. */
bool tare__buffer_pool_valid(struct tare_buffer_pool *pool)
{
    struct tare__buffer_core *core = pool->core;
    size_t held_bytes = 0, smaller_bytes = 0;

    if (!core)
        return true;
    for (unsigned i = 0; i < core->class_count; i++) {
        struct tare__buffer_class *class = &core->classes[i];

        if (class->core != core || class->bytes <= smaller_bytes ||
            !are_nodes_valid(class, &held_bytes))
            return false;
        smaller_bytes = class->bytes;
    }
    return !core->aside.bytes && !core->aside.nodes &&
           smaller_bytes == core->options.most_bytes && held_bytes <= core->held_bytes;
}
