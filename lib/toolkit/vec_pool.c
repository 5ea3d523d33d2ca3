/* SPDX-License-Identifier: MIT
 *
 * Why free vectors never hold more than they may, though each thread looks for itself and by relaxed
 * loads: additions to held_bytes are one after the other. Of the blocks that are kept at a moment,
 * look at the one whose bytes were added last. When its vector came back, its thread saw held_bytes
 * as of that addition or later, and so with all the others; and it was no more than may be kept.
 */
#include <tare/vec_pool.h>

#include "base/debug.h"
#include "toolkit/vec_parts.h"

void *tare__vec_store_resize(struct tare_mem *mem, void *block, size_t old_bytes,
                             size_t new_bytes, size_t alignment)
{
    struct tare_vec_store *store = (struct tare_vec_store *)(void *)mem;
    struct tare_mem *from = store->from ? store->from : tare_mem_default();
    void *moved = from->resize(from, block, old_bytes, new_bytes, alignment);

    if (new_bytes && !moved)
        return NULL;
    __atomic_add_fetch(&store->held_bytes, new_bytes - old_bytes, __ATOMIC_RELAXED);
    if (!old_bytes)
        __atomic_add_fetch(&store->held_blocks, 1, __ATOMIC_RELAXED);
    if (!new_bytes)
        __atomic_sub_fetch(&store->held_blocks, 1, __ATOMIC_RELAXED);
    return moved;
}

int tare__vec_store_construct(void *vec, void *store)
{
    *(struct tare_vec *)vec =
        (struct tare_vec){.mem = &((struct tare_vec_store *)store)->mem};
    return 0;
}

static void clear(struct tare_vec *vec, const struct tare_vec_kind *kind)
{
    TARE_AUDIT(tare__vec_valid(vec, kind));
    if (kind->destruct)
        tare__vec_destruct(vec, kind, 0, vec->length);
    vec->length = 0;
}

static bool may_keep(const struct tare_vec_store *store, size_t bytes)
{
    size_t most = store->most_bytes ? store->most_bytes : TARE_VEC_POOL_MOST_BYTES,
           keep = store->keep_bytes ? store->keep_bytes : TARE_VEC_POOL_KEEP_BYTES;

    return bytes <= most && __atomic_load_n(&store->held_bytes, __ATOMIC_RELAXED) <= keep &&
           (!store->keep_blocks ||
            __atomic_load_n(&store->held_blocks, __ATOMIC_RELAXED) <= store->keep_blocks);
}

/* A vector that was ended or moved to meanwhile has its memory from elsewhere. */
void tare__vec_store_reset(void *object, void *context)
{
    struct tare_vec *vec = object;
    struct tare_vec_store *store = context;
    const struct tare_vec_kind *kind = store->kind;

    clear(vec, kind);
    if (vec->capacity > kind->inline_elements &&
        (vec->mem != &store->mem ||
         !may_keep(store, (size_t)vec->capacity * kind->element_bytes)))
        tare__vec_come_home(vec, kind);
    vec->mem = &store->mem;
}

void tare__vec_store_destruct(void *object, void *context)
{
    struct tare_vec *vec = object;
    const struct tare_vec_store *store = context;

    clear(vec, store->kind);
    if (vec->capacity > store->kind->inline_elements)
        tare__vec_come_home(vec, store->kind);
}
