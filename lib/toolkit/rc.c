/* SPDX-License-Identifier: MIT */
#include "toolkit/rc_core.h"

#include "base/debug.h"

enum { TYPES_DYING = 8 };

/* What waits to be destructed by the outermost release of a thread, by type: lists through `link`,
 * which an object does not need any more once its strong references are gone. */
struct dying {
    struct dying_type {
        const struct tare_rc_type *type;
        struct tare_rc *first;
    } types[TYPES_DYING];
    size_t count;
};

static __thread struct dying *dying;

/* In the middle between what still counts and an overflow: the additions and subtractions of any
 * number of threads, made before they see it, do not lead out of the saturated half. */
void tare__rc_saturate(struct tare_rc *rc)
{
    uint64_t counts = __atomic_load_n(&rc->counts, __ATOMIC_RELAXED), middle;

    do {
        middle = counts;
        if (middle & (uint64_t)1 << 31)
            middle = (middle & ~TARE__RC_STRONG) | (uint64_t)3 << 30;
        if (middle & (uint64_t)1 << 63)
            middle = (middle & TARE__RC_STRONG) | (uint64_t)3 << 62;
    } while (!__atomic_compare_exchange_n(&rc->counts, &counts, middle, true,
                                          __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}

bool tare__rc_valid(const struct tare_rc *rc)
{
    uint64_t counts = __atomic_load_n(&rc->counts, __ATOMIC_RELAXED);

    return counts >= TARE__RC_WEAK; /* strong ones hold a weak one together */
}

bool tare__rc_watch_set(struct tare_rc *rc, struct rc_watch *watch)
{
    void *none = NULL;

    return __atomic_compare_exchange_n(&rc->link, &none, watch, false, __ATOMIC_RELEASE,
                                       __ATOMIC_RELAXED);
}

bool tare__rc_watch_clear(struct tare_rc *rc, struct rc_watch *watch)
{
    void *expected = watch;

    return __atomic_compare_exchange_n(&rc->link, &expected, NULL, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

void *tare_rc_create(const struct tare_rc_type *type)
{
    struct tare_mem *mem = type->mem ? type->mem : tare_mem_default();
    void *object = type->pool ? tare_pool_alloc(type->pool)
                              : tare_mem_alloc(mem, type->object_bytes, type->alignment);

    if (object)
        tare_rc_init(tare__rc_of(type, object));
    return object;
}

static void free_object(const struct tare_rc_type *type, void *object)
{
    if (type->free)
        type->free(object);
    else if (type->pool)
        tare_pool_free(type->pool, object);
    else
        tare_mem_free(type->mem ? type->mem : tare_mem_default(), object,
                      type->object_bytes, type->alignment);
}

/* Of a weak reference, or of the one that all strong ones held together. Where it is the only
 * reference of any kind, nobody can make another. */
void tare__rc_end_weak(const struct tare_rc_type *type, void *object)
{
    struct tare_rc *rc = tare__rc_of(type, object);
    uint64_t before = __atomic_load_n(&rc->counts, __ATOMIC_ACQUIRE);

    TARE_ASSERT(before >= TARE__RC_WEAK);
    if (before != TARE__RC_WEAK)
        before = tare__rc_subtract(rc, TARE__RC_WEAK);
    if (before == TARE__RC_WEAK)
        free_object(type, object);
    else if (before & TARE__RC_SATURATED)
        tare__rc_saturate(rc);
}

static void destroy(const struct tare_rc_type *type, void *object)
{
    if (type->destruct)
        type->destruct(object);
    tare__rc_end_weak(type, object);
}

/* The list of a type, or a place for it; NULL: all are taken. */
static struct dying_type *list_of(struct dying *at, const struct tare_rc_type *type)
{
    struct dying_type *place = NULL;

    for (size_t i = 0; i < at->count; i++) {
        if (at->types[i].type == type)
            return &at->types[i];
        if (!at->types[i].first)
            place = &at->types[i];
    }
    if (!place && at->count < TYPES_DYING)
        place = &at->types[at->count++];
    if (place)
        *place = (struct dying_type){.type = type};
    return place;
}

static void destroy_those_that_wait(struct dying *at)
{
    for (size_t i = 0; i < at->count;) {
        struct tare_rc *rc = at->types[i].first;
        const struct tare_rc_type *type = at->types[i].type;

        if (!rc) {
            i++;
            continue;
        }
        at->types[i].first = rc->link;
        destroy(type, (char *)rc - type->rc_offset);
        i = 0; /* it may have released others */
    }
}

void tare__rc_end(const struct tare_rc_type *type, void *object)
{
    struct tare_rc *rc = tare__rc_of(type, object);
    struct dying_type *list;

    /* the weak part is others', too, unless there is none */
    if (__atomic_load_n(&rc->counts, __ATOMIC_RELAXED) & TARE__RC_STRONG)
        __atomic_store_n(&rc->counts, TARE__RC_WEAK, __ATOMIC_RELAXED);
    else if (__atomic_load_n(&rc->link, __ATOMIC_RELAXED)) {
        struct rc_watch *watch = __atomic_exchange_n(&rc->link, NULL, __ATOMIC_ACQ_REL);

        if (watch)
            watch->died(watch);
    }
    if (!dying) {
        struct dying here;

        here.count = 0;
        dying = &here;
        destroy(type, object);
        destroy_those_that_wait(&here);
        dying = NULL;
    } else if ((list = list_of(dying, type))) {
        rc->link = list->first;
        list->first = rc;
    } else {
        destroy(type, object);
    }
}

/* Never from none to one. Acquire: what others did to the object before they released it comes
 * before what the caller does. */
void *tare_rc_weak_lock(const struct tare_rc_type *type, void *object)
{
    struct tare_rc *rc = tare__rc_of(type, object);
    uint64_t counts = __atomic_load_n(&rc->counts, __ATOMIC_RELAXED);

    if (__libc_single_threaded)
        return counts & TARE__RC_STRONG ? tare_rc_acquire(type, object) : NULL;
    do {
        if (!(counts & TARE__RC_STRONG))
            return NULL;
    } while (!__atomic_compare_exchange_n(&rc->counts, &counts, counts + 1, true,
                                          __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
    if (TARE_UNLIKELY((counts + 1) & TARE__RC_SATURATED))
        tare__rc_saturate(rc);
    return object;
}

void tare__rc_acquire_many(const struct tare_rc_type *type, void *object, uint32_t count)
{
    struct tare_rc *rc = tare__rc_of(type, object);

    TARE_ASSERT(count && count <= TARE_RC_BATCH_MAX);
    if (tare__rc_add(rc, count) & TARE__RC_SATURATED)
        tare__rc_saturate(rc);
}

void tare__rc_release_many(const struct tare_rc_type *type, void *object, uint32_t count)
{
    tare__rc_drop(type, object, count);
}
