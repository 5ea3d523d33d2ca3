/* SPDX-License-Identifier: MIT
 *
 * toolkit/buffer_pool_core.h - the inside of a buffer pool: classes of sizes, and what is kept.
 *
 * Shape    buffer_pool.c         options, begin and end; classes
 *          buffer_pool_data.c    data is taken, given back, moved, wiped
 *          buffer_pool_node.c    nodes, and where their data comes from
 *          buffer_pool_keep.c    how much stays; statistics; the validator
 *          buffer_pool_ready.c   pools for everyone
 * Units    bytes; a step is an index into the series of sizes 64, 96, 128, 192, 256, ...
 * Owner    The core owns its classes, a class its pool, and that its nodes; a node, whether it is
 *          in use or free, its data.
 * Threads  A node belongs to who has its buffer, or to the pool where it is free, which orders what
 *          one owner after the other writes. All lists of nodes have one lock, under which nothing
 *          is called, and which a fork takes. Of a node that is not one's own only `data` and
 *          `turns` are read, and they are written atomically for that.
 * Errors   -EINVAL, -ENOMEM; NULL or false: no memory.
 * Cost     as in tare/buffer_pool.h
 * Source   none
 */
#ifndef TARE_TOOLKIT_BUFFER_POOL_CORE_H
#define TARE_TOOLKIT_BUFFER_POOL_CORE_H

#include <tare/buffer_pool.h>

/* For functions that look at free nodes, which a pool that checks has poisoned. */
#define READS_FREE_NODES __attribute__((no_sanitize("address")))

/* What the pools have for objects. Data comes when the node is first taken. */
struct tare__buffer_node {
    _Alignas(32) void *data; /* none is in two cache lines */
    uint64_t turns; /* times that it was taken or given back: odd while it is in use */
    struct tare__buffer_node *next, *previous; /* in its class's list */
};

struct tare__buffer_class {
    struct tare_pool pool; /* of nodes */
    struct tare__buffer_core *core;
    size_t bytes;     /* of data; 0: there are no nodes, and data is not kept */
    bool is_observed; /* somebody is told when data is taken and given back */
    bool is_careful;  /* that, or data is wiped */
    struct tare__buffer_node *nodes; /* all there are; under the lock of lists */
    uint64_t past_uses;              /* of nodes that are gone; atomic */
    struct tare_pool_options options;
};

struct tare__buffer_core {
    struct tare_buffer_pool_options options; /* with all values filled in */
    struct tare_mem *mem, *data_mem;
    char name[TARE_POOL_NAME_BYTES];
    bool asks_malloc; /* for what is not kept */
    unsigned least_step;
    unsigned class_count;

    /* atomic */
    size_t held_bytes; /* of all nodes' data */
    int64_t
        room_bytes; /* that may become free before what is kept is looked at again; 0: none */
    uint64_t misses, moves, outgrown, refused, wiped_bytes, given_bytes;

    struct tare__buffer_class aside; /* of what is not kept */
    struct tare__buffer_class classes[];
};

/* buffer_pool.c */

/* A pool that has not begun: begin; NULL. */
struct tare__buffer_core *tare__buffer_begin(struct tare_buffer_pool *pool);

/* The first step of so many bytes at least; bytes > 0, and at most SIZE_MAX / 4. The series doubles
 * every two steps: a power of two, and half of it more. */
static inline unsigned tare__buffer_step(size_t bytes)
{
    if (bytes <= TARE_BUFFER_CLASS_BYTES_MIN)
        return 0;
    unsigned power = 63 - (unsigned)__builtin_clzll(bytes - 1);
    unsigned upper_half = (bytes - 1) >> (power - 1) & 1;
    return 2 * (power - 6) + 1 + upper_half;
}

static inline size_t tare__buffer_step_bytes(unsigned step)
{
    size_t power = (size_t)TARE_BUFFER_CLASS_BYTES_MIN << step / 2;

    return step & 1 ? power + power / 2 : power;
}

/* Where data for so many bytes belongs. */
static inline struct tare__buffer_class *
tare__buffer_class_for(struct tare__buffer_core *core, size_t bytes)
{
    const struct tare_buffer_pool_options *options = &core->options;

    if (TARE_UNLIKELY(bytes < options->aside_bytes || bytes > options->most_bytes))
        return &core->aside;
    if (bytes <= options->least_bytes)
        return &core->classes[0];
    return &core->classes[tare__buffer_step(bytes) - core->least_step];
}

/* buffer_pool_node.c */

/* Of a class's pool: a node without data, in the list; and out of it. The context is the class. */
int tare__buffer_node_construct(void *object, void *context);
void tare__buffer_node_destruct(void *object, void *context);

/* The node has no data: get it some; false: no memory. */
bool tare__buffer_node_fill(struct tare__buffer_class *class,
                            struct tare__buffer_node *node);

/* Free the data of all nodes. The number of those in use. */
size_t tare__buffer_drop_all(struct tare__buffer_class *class);

/* Pages of their own, with what is asked of the kernel; `mem` where nothing is. */
struct tare_mem *tare__buffer_data_mem(const struct tare_buffer_pool_options *options,
                                       struct tare_mem *mem);

/* The lock of all lists. */
void tare__buffer_lists_prepare(void);
void tare__buffer_lists_lock(void);
void tare__buffer_lists_unlock(void);

/* buffer_pool_keep.c */

/* A node of this class went where other threads can take it from: is too much free? */
void tare__buffer_bound(struct tare__buffer_class *class);

/* Is the whole of it as it should be? For a pool that nobody uses now. */
bool tare__buffer_pool_valid(struct tare_buffer_pool *pool);

#endif
