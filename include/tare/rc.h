/* SPDX-License-Identifier: MIT
 *
 * tare/rc.h - references that are counted: an object lives as long as somebody holds one.
 *
 * Shape    struct picture { struct tare_rc rc; ... };       rc: [strong | weak] [link]
 *          strong references keep the object; weak ones keep its memory, and give a strong one as
 *          long as there is any.   batch: many references, counted with one addition
 * Units    references
 * Owner    Who holds a reference owns it, and releases it once. The last strong one destructs the
 *          object; the last one of all frees its memory.
 * Threads  thread-safe: any thread may acquire and release references to one object. A reference is
 *          of one thread at a time, and so is a batch. Objects are not for memory that processes
 *          share. While the process has one thread, nothing here is atomic.
 * Errors   create: NULL when there is no memory. An object that ever had 2^31 strong or weak
 *          references at a time is never freed: it leaks, and nothing else happens.
 * Cost     A pair of acquire and release: two atomic additions; with one thread, two plain ones. Of
 *          a batch: two additions to variables of yours. The last release of an object that
 *          nobody else knows has no atomic addition. 16 bytes an object.
 * Source   Linux, refcount_t (saturation).
 *
 *     static void forget_picture(void *object);
 *     TARE_RC_DEFINE(picture, struct picture, .destruct = forget_picture);
 *
 *     struct picture *one = picture_create(), *same = picture_acquire(one);
 *     picture_release(one);
 *     picture_release(same);
 *
 * A destruct function may release other objects, as deep as they hang together: what it releases is
 * destructed after it returns, and before the outermost release does. So lists of any length take
 * no stack, unless more than eight types take turns in it.
 */
#ifndef TARE_RC_H
#define TARE_RC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/single_threaded.h>

#include <tare/mem.h>
#include <tare/pool.h>

TARE_BEGIN

/* A member of each object that is counted. */
struct tare_rc {
    uint64_t
        counts; /* strong ones; from bit 32 on weak ones, and one for all strong ones */
    void *link; /* of the library's */
};

#define TARE__RC_WEAK ((uint64_t)1 << 32)
#define TARE__RC_FIRST (TARE__RC_WEAK | 1)
#define TARE__RC_STRONG (TARE__RC_WEAK - 1)
#define TARE__RC_SATURATED ((uint64_t)1 << 63 | (uint64_t)1 << 31)

/* What there is to know of the objects of one type. */
struct tare_rc_type {
    const char *name;
    size_t object_bytes, alignment;
    size_t rc_offset; /* of its struct tare_rc */
    /* The last strong reference is gone. NULL: nothing to do. */
    void (*destruct)(void *object);
    /* The last weak one, too. NULL: the object came from create. */
    void (*free)(void *object);
    struct tare_pool *pool; /* create's objects come from it */
    struct tare_mem *mem;   /* or from here; NULL: the default */
};

/* Slow paths of what follows. */
TARE_API void tare__rc_end(const struct tare_rc_type *type, void *object);
TARE_API void tare__rc_end_weak(const struct tare_rc_type *type, void *object);
TARE_API void tare__rc_saturate(struct tare_rc *rc);

TARE_INLINE struct tare_rc *tare__rc_of(const struct tare_rc_type *type, void *object)
{
    return (struct tare_rc *)(void *)((char *)object + type->rc_offset);
}

/* With one thread, no other can come between: a thread is begun by this one. */
TARE_INLINE uint64_t tare__rc_add(struct tare_rc *rc, uint64_t counts)
{
    if (__libc_single_threaded) {
        counts += __atomic_load_n(&rc->counts, __ATOMIC_RELAXED);
        __atomic_store_n(&rc->counts, counts, __ATOMIC_RELAXED);
        return counts;
    }
    return __atomic_add_fetch(&rc->counts, counts, __ATOMIC_RELAXED);
}

/* What they were. Release: what this thread did to the object comes before. Acquire: before what
 * the last one does, who ends it. */
TARE_INLINE uint64_t tare__rc_subtract(struct tare_rc *rc, uint64_t counts)
{
    uint64_t before;

    if (__libc_single_threaded) {
        before = __atomic_load_n(&rc->counts, __ATOMIC_RELAXED);
        __atomic_store_n(&rc->counts, before - counts, __ATOMIC_RELAXED);
        return before;
    }
    return __atomic_fetch_sub(&rc->counts, counts, __ATOMIC_ACQ_REL);
}

/* Give up `count` strong references at once. One load tells both counts: when the caller's are all
 * that there are, and nobody holds a weak one, no other thread can come by another, and there is
 * nobody to race with. Two loads would not tell: a weak reference may be made, or used and given
 * up, between them. Where its weak count is read as none, the acquire sees what the last others did. */
TARE_INLINE void tare__rc_drop(const struct tare_rc_type *type, void *object,
                               uint32_t count)
{
    struct tare_rc *rc = tare__rc_of(type, object);
    uint64_t before = __atomic_load_n(&rc->counts, __ATOMIC_ACQUIRE);

    if (before != (TARE__RC_WEAK | count))
        before = tare__rc_subtract(rc, count);
    if ((before & TARE__RC_STRONG) == count)
        tare__rc_end(type, object);
    else if (TARE_UNLIKELY(before & TARE__RC_SATURATED))
        tare__rc_saturate(rc);
}

/* One strong reference: the caller's. For objects from elsewhere; create does it. */
TARE_INLINE void tare_rc_init(struct tare_rc *rc)
{
    rc->counts = TARE__RC_FIRST;
    rc->link = NULL;
}

/* An object with one strong reference, the rest of it undefined or as the pool keeps it; NULL when
 * there is no memory. */
TARE_API TARE_NODISCARD void *tare_rc_create(const struct tare_rc_type *type);

/* One more strong reference to an object of which the caller has one: the same pointer. */
TARE_INLINE void *tare_rc_acquire(const struct tare_rc_type *type, void *object)
{
    struct tare_rc *rc = tare__rc_of(type, object);

    if (TARE_UNLIKELY(tare__rc_add(rc, 1) & TARE__RC_SATURATED))
        tare__rc_saturate(rc);
    return object;
}

/* NULL is nothing. */
TARE_INLINE void tare_rc_release(const struct tare_rc_type *type, void *object)
{
    if (TARE_LIKELY(object != NULL))
        tare__rc_drop(type, object, 1);
}

/* A weak reference to an object of which the caller has any: the same pointer, not to be looked
 * into. */
TARE_INLINE void *tare_rc_weak_acquire(const struct tare_rc_type *type, void *object)
{
    struct tare_rc *rc = tare__rc_of(type, object);

    if (TARE_UNLIKELY(tare__rc_add(rc, TARE__RC_WEAK) & TARE__RC_SATURATED))
        tare__rc_saturate(rc);
    return object;
}

/* NULL is nothing. */
TARE_INLINE void tare_rc_weak_release(const struct tare_rc_type *type, void *object)
{
    if (TARE_LIKELY(object != NULL))
        tare__rc_end_weak(type, object);
}

/* A strong reference, if there is still any; NULL. The weak one stays the caller's. */
TARE_API TARE_NODISCARD void *tare_rc_weak_lock(const struct tare_rc_type *type,
                                                void *object);

/* References to one object that are counted here: taken and given back without an atomic
 * operation. The object lives as long as the batch does. */
struct tare_rc_batch {
    const struct tare_rc_type *type;
    void *object;
    /* The batch's references: to be taken, and given back since these were few. Two, as then a pair
     * of take and give is two additions that do not wait for each other. */
    uint32_t left, given;
    uint32_t count; /* as many are taken from the object at a time */
};

enum { TARE_RC_BATCH_MAX = 1 << 16 };

/* They do not know the batch, so that it may stay in registers. */
TARE_API void tare__rc_acquire_many(const struct tare_rc_type *type, void *object,
                                    uint32_t count);
TARE_API void tare__rc_release_many(const struct tare_rc_type *type, void *object,
                                    uint32_t count);

/* Take `count` references, 1 to TARE_RC_BATCH_MAX, of an object of which the caller has one. */
TARE_INLINE void tare_rc_batch_begin(struct tare_rc_batch *batch,
                                     const struct tare_rc_type *type, void *object,
                                     uint32_t count)
{
    batch->type = type;
    batch->object = object;
    batch->left = batch->count = count;
    batch->given = 0;
    tare__rc_acquire_many(type, object, count);
}

/* A strong reference as any other: to be given back here, or released by whomever. */
TARE_INLINE void *tare_rc_batch_take(struct tare_rc_batch *batch)
{
    if (TARE_UNLIKELY(batch->left == 1)) { /* it stays, for the object's sake */
        uint32_t more = batch->given;

        if (!more) {
            more = batch->count;
            tare__rc_acquire_many(batch->type, batch->object, more);
        }
        batch->left += more;
        batch->given = 0;
    }
    batch->left--;
    return batch->object;
}

/* A strong reference to the batch's object, wherever it is from. */
TARE_INLINE void tare_rc_batch_give(struct tare_rc_batch *batch)
{
    if (TARE_UNLIKELY(++batch->given > batch->count)) {
        batch->given -= batch->count;
        tare__rc_release_many(batch->type, batch->object, batch->count);
    }
}

/* Give up what is left with one subtraction. */
TARE_INLINE void tare_rc_batch_end(struct tare_rc_batch *batch)
{
    tare__rc_release_many(batch->type, batch->object, batch->left + batch->given);
    batch->left = batch->given = 0;
    batch->object = NULL;
}

/* TARE_RC_DEFINE(NAME, TYPE, options...) makes, of a TYPE with a member `struct tare_rc rc`:
 *     TYPE *NAME_create(void);                  NULL when there is no memory
 *     TYPE *NAME_acquire(TYPE *object);         the same
 *     void NAME_release(TYPE *object);          NULL is nothing, here and below
 *     void NAME_release_at(TYPE **object);      *object, which is NULL then
 *     TYPE *NAME_steal(TYPE **object);          takes it out of a scope that would release it
 *     struct NAME_weak *NAME_weak_acquire(TYPE *object);
 *     void NAME_weak_release(struct NAME_weak *weak);
 *     TYPE *NAME_weak_lock(struct NAME_weak *weak);     NULL: it is gone
 *     void NAME_batch_begin(struct tare_rc_batch *batch, TYPE *object, uint32_t count);
 *     TYPE *NAME_batch_take(struct tare_rc_batch *batch);
 *     const struct tare_rc_type NAME_rc;        for tare_rc_..., tare_rc_cache_create
 * Options are members of struct tare_rc_type, as `.member = value`. */
#define TARE_RC_DEFINE(NAME, ...) TARE__RC_DEFINE(NAME, __VA_ARGS__, )

/* Options may be left out above. ISO C wants an argument for the dots of a macro: an empty one is passed here. */
#define TARE__RC_DEFINE(NAME, TYPE, ...)                                           \
    TARE__QUIET                                                                    \
    __extension__ static const struct tare_rc_type NAME##_rc = {                   \
        .name = #NAME,                                                             \
        .object_bytes = sizeof(TYPE),                                              \
        .alignment = __alignof__(TYPE),                                            \
        .rc_offset = offsetof(TYPE, rc),                                           \
        __VA_ARGS__};                                                              \
    TARE__LOUD                                                                     \
    struct NAME##_weak;                                                            \
    TARE_NODISCARD TARE_INLINE TYPE *NAME##_create(void)                           \
    {                                                                              \
        return (TYPE *)tare_rc_create(&NAME##_rc);                                 \
    }                                                                              \
    TARE_INLINE TYPE *NAME##_acquire(TYPE *object)                                 \
    {                                                                              \
        return (TYPE *)tare_rc_acquire(&NAME##_rc, object);                        \
    }                                                                              \
    TARE_INLINE void NAME##_release(TYPE *object)                                  \
    {                                                                              \
        tare_rc_release(&NAME##_rc, object);                                       \
    }                                                                              \
    TARE_INLINE TYPE *NAME##_steal(TYPE **object)                                  \
    {                                                                              \
        TYPE *stolen = *object;                                                    \
                                                                                   \
        *object = NULL;                                                            \
        return stolen;                                                             \
    }                                                                              \
    TARE_INLINE void NAME##_release_at(TYPE **object)                              \
    {                                                                              \
        NAME##_release(NAME##_steal(object));                                      \
    }                                                                              \
    TARE_INLINE struct NAME##_weak *NAME##_weak_acquire(TYPE *object)              \
    {                                                                              \
        return (struct NAME##_weak *)tare_rc_weak_acquire(&NAME##_rc, object);     \
    }                                                                              \
    TARE_INLINE void NAME##_weak_release(struct NAME##_weak *weak)                 \
    {                                                                              \
        tare_rc_weak_release(&NAME##_rc, weak);                                    \
    }                                                                              \
    TARE_NODISCARD TARE_INLINE TYPE *NAME##_weak_lock(struct NAME##_weak *weak)    \
    {                                                                              \
        return (TYPE *)tare_rc_weak_lock(&NAME##_rc, weak);                        \
    }                                                                              \
    TARE_INLINE void NAME##_batch_begin(struct tare_rc_batch *batch, TYPE *object, \
                                        uint32_t count)                            \
    {                                                                              \
        tare_rc_batch_begin(batch, &NAME##_rc, object, count);                     \
    }                                                                              \
    TARE_INLINE TYPE *NAME##_batch_take(struct tare_rc_batch *batch)               \
    {                                                                              \
        return (TYPE *)tare_rc_batch_take(batch);                                  \
    }                                                                              \
    struct tare_rc_type /* for a semicolon */

/* TARE_RC_SCOPED(NAME, variable) = ...: a reference that is released at the end of the block. */
#define TARE_RC_SCOPED(NAME, variable) \
    __typeof__(NAME##_create()) variable __attribute__((cleanup(NAME##_release_at)))

TARE_END

#endif
