/* SPDX-License-Identifier: MIT
 *
 * tare/vec_pool.h - vectors that are handed out empty and taken back with their storage.
 *
 * Shape    a tare_pool of vectors, and a store that counts the blocks they have grown to
 *          free   the vector is cleared; it keeps its block, unless that is a large one, or the
 *                 store holds more than it may
 * Units    Vectors; bytes of their blocks.
 * Owner    The pool owns the vectors, and each vector what it holds. What is stolen from one is the
 *          caller's; it counts as held until it is freed to the vector's memory.
 * Threads  The pool: thread-safe; any thread may free what another allocated. A vector: single
 *          owner. After fork, and otherwise, as tare/pool.h says.
 * Errors   alloc: NULL when there is no memory. Vectors: as tare/vec.h says.
 * Cost     alloc, free: as tare/pool.h says, and the elements' destructors; what they hold is
 *          counted where a vector grows. Memory: blocks of free vectors are never more than
 *          keep_bytes and never more than keep_blocks, all threads' caches included.
 * Source   none
 *
 *     TARE_VEC_DEFINE(ids, uint32_t);
 *     TARE_VEC_POOL_DEFINE(id_list, ids, .keep_bytes = 1 << 20);
 *
 *     {
 *         TARE_POOL_SCOPED(id_list, found);      struct ids *, freed at the end of the block
 *         if (found && ids_push(found, 7)) ...
 *     }
 */
#ifndef TARE_VEC_POOL_H
#define TARE_VEC_POOL_H

#include <tare/pool.h>
#include <tare/vec.h>

TARE_BEGIN

enum {
    TARE_VEC_POOL_MOST_BYTES = 64 << 10,
    TARE_VEC_POOL_KEEP_BYTES = 8 << 20,
};

/* What vectors of one pool take their blocks from. The first three are the macro's, the next
 * options; what is 0 has the value that is named. */
struct tare_vec_store {
    struct tare_mem mem;
    const struct tare_vec_kind *kind;
    struct tare_mem *from; /* the default */
    size_t most_bytes;     /* larger blocks are not kept; TARE_VEC_POOL_MOST_BYTES */
    size_t keep_bytes;     /* of blocks that are kept; TARE_VEC_POOL_KEEP_BYTES */
    size_t keep_blocks;    /* that are kept; as many as keep_bytes are enough for */
    /* of all vectors, those in use too; not options */
    size_t held_bytes, held_blocks;
};

/* Blocks of a pool's vectors now, in use and free. */
TARE_INLINE size_t tare_vec_store_held_bytes(const struct tare_vec_store *store)
{
    return __atomic_load_n(&store->held_bytes, __ATOMIC_RELAXED);
}

/* The parts of the macro's pool. */
TARE_API void *tare__vec_store_resize(struct tare_mem *mem, void *block, size_t old_bytes,
                                      size_t new_bytes, size_t alignment);
TARE_API int tare__vec_store_construct(void *vec, void *store);
TARE_API void tare__vec_store_reset(void *vec, void *store);
TARE_API void tare__vec_store_destruct(void *vec, void *store);

TARE_END

/* TARE_VEC_POOL_DEFINE(NAME, VEC, options...) makes a pool of the vectors of TARE_VEC_DEFINE(VEC,
 * ...), for this source file. Options are members of struct tare_vec_store, as `.member = value`:
 *   struct VEC *NAME_alloc(void)              An empty one; NULL when there is no memory.
 *   void NAME_free(struct VEC *vec)           NULL is nothing.
 *   void NAME_free_at(struct VEC **vec)       *vec too, which is NULL then.
 *   struct VEC *NAME_steal(struct VEC **vec)  Takes it out of a scope that would free it.
 *   struct tare_pool NAME_pool                For tare_pool_trim, _fini, _stats, _flush.
 *   struct tare_vec_store NAME_store          For tare_vec_store_held_bytes. */
#define TARE_VEC_POOL_DEFINE(NAME, ...) TARE__VEC_POOL_DEFINE(NAME, __VA_ARGS__, )

/* Options may be left out above. ISO C wants an argument for the dots of a macro: an empty one is passed here. */
#define TARE__VEC_POOL_DEFINE(NAME, VEC, ...)                                              \
    TARE__QUIET                                                                            \
    __extension__ static struct tare_vec_store NAME##_store = {                            \
        .mem = {tare__vec_store_resize, #NAME}, .kind = &VEC##_kind, __VA_ARGS__};         \
    TARE_POOL_DEFINE(NAME, struct VEC, .construct = tare__vec_store_construct,             \
                     .reset = tare__vec_store_reset, .destruct = tare__vec_store_destruct, \
                     .context = &NAME##_store);                                            \
    TARE__LOUD                                                                             \
    TARE__END

#endif
