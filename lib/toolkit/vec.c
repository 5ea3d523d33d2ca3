/* SPDX-License-Identifier: MIT
 *
 * Where the elements are. That a vector has a block is told by its capacity, never by items: in a
 * vector that was moved by assignment these point to where it was.
 */
#include "toolkit/vec_parts.h"

#include "base/debug.h"

enum { SPILL_TIMES = 4, SPILL_BYTES = 4096 };

static void *first_of(const struct tare_vec *vec, const struct tare_vec_kind *kind)
{
    return (char *)(uintptr_t)vec + kind->inline_at;
}

static bool has_block(const struct tare_vec *vec, const struct tare_vec_kind *kind)
{
    return vec->capacity > kind->inline_elements;
}

/* All-zero, or at home. */
static bool is_settled(const struct tare_vec *vec, const struct tare_vec_kind *kind)
{
    if (!vec->capacity)
        return !vec->items && !vec->length;
    return has_block(vec, kind) || vec->items == first_of(vec, kind);
}

bool tare__vec_valid(const struct tare_vec *vec, const struct tare_vec_kind *kind)
{
    return is_settled(vec, kind) && vec->length <= vec->capacity &&
           (!vec->capacity || vec->capacity >= kind->inline_elements) &&
           (uintptr_t)vec->items % kind->alignment == 0 &&
           (!has_block(vec, kind) || vec->items != first_of(vec, kind));
}

static inline __attribute__((always_inline)) void settle(struct tare_vec *vec,
                                                         const struct tare_vec_kind *kind)
{
    TARE_CHECK(is_settled(vec, kind)); /* else it was moved by assignment */
    if (vec->capacity)
        return;
    vec->items = first_of(vec, kind);
    vec->capacity = kind->inline_elements;
}

static struct tare_mem *mem_of(const struct tare_vec *vec)
{
    return vec->mem ? vec->mem : tare_mem_default();
}

static size_t block_bytes_of(const struct tare_vec *vec, const struct tare_vec_kind *kind)
{
    return has_block(vec, kind) ? (size_t)vec->capacity * kind->element_bytes : 0;
}

/* More than is inline. In line: it costs less than the calls around it. */
static inline __attribute__((always_inline)) bool
set_block(struct tare_vec *vec, const struct tare_vec_kind *kind, size_t capacity)
{
    size_t old_bytes = block_bytes_of(vec, kind), bytes;

    if (capacity > UINT32_MAX ||
        __builtin_mul_overflow(capacity, (size_t)kind->element_bytes, &bytes) ||
        bytes > PTRDIFF_MAX)
        return false;
    struct tare_mem *mem = mem_of(vec);
    void *items = tare_mem_resize(mem, old_bytes ? vec->items : NULL, old_bytes, bytes,
                                  kind->alignment);
    if (!items)
        return false;
    vec->mem = mem; /* need not be asked for again */
    if (!old_bytes && vec->length)
        memcpy(items, vec->items, (size_t)vec->length * kind->element_bytes);
    vec->items = items;
    vec->capacity = (uint32_t)capacity;
    return true;
}

static size_t next_capacity(const struct tare_vec *vec, const struct tare_vec_kind *kind,
                            size_t least)
{
    size_t spill = (size_t)SPILL_TIMES * kind->inline_elements, capacity;

    if (spill * kind->element_bytes > SPILL_BYTES)
        spill = (size_t)2 * kind->inline_elements;
    if (kind->spill_elements)
        spill = kind->spill_elements;
    capacity = has_block(vec, kind)
                   ? tare_capacity_for(vec->capacity,
                                       kind->growth_percent ? kind->growth_percent : 100)
                   : spill;
    if (capacity < least)
        capacity = least;
    return capacity < UINT32_MAX ? capacity : UINT32_MAX;
}

__attribute__((noinline)) bool tare__vec_grow(struct tare_vec *vec,
                                              const struct tare_vec_kind *kind, size_t more)
{
    settle(vec, kind);
    if (more <= vec->capacity - vec->length)
        return true;
    if (more > UINT32_MAX - vec->length)
        return false;
    size_t least = vec->length + more, capacity = next_capacity(vec, kind, least);
    while (!set_block(vec, kind, capacity)) {
        if (capacity == least)
            return false;
        capacity = least;
    }
    TARE_AUDIT(tare__vec_valid(vec, kind));
    return true;
}

bool tare__vec_reserve(struct tare_vec *vec, const struct tare_vec_kind *kind,
                       size_t capacity)
{
    settle(vec, kind);
    bool has_room = capacity <= vec->capacity || set_block(vec, kind, capacity);
    TARE_AUDIT(tare__vec_valid(vec, kind));
    return has_room;
}

void tare__vec_free(const struct tare_vec *vec, const struct tare_vec_kind *kind)
{
    tare_mem_free(mem_of(vec), vec->items, (size_t)vec->capacity * kind->element_bytes,
                  kind->alignment);
}

void tare__vec_come_home(struct tare_vec *vec, const struct tare_vec_kind *kind)
{
    tare__vec_free(vec, kind);
    vec->items = first_of(vec, kind);
    vec->length = 0;
    vec->capacity = kind->inline_elements;
}

void tare__vec_shrink(struct tare_vec *vec, const struct tare_vec_kind *kind)
{
    if (!has_block(vec, kind) || vec->length == vec->capacity)
        return;
    if (vec->length > kind->inline_elements) {
        (void)set_block(vec, kind, vec->length);
    } else {
        struct tare_vec old = *vec;

        memcpy(first_of(vec, kind), old.items, (size_t)old.length * kind->element_bytes);
        tare__vec_come_home(vec, kind);
        vec->length = old.length;
    }
    TARE_AUDIT(tare__vec_valid(vec, kind));
}

void tare__vec_move(struct tare_vec *to, struct tare_vec *from,
                    const struct tare_vec_kind *kind)
{
    settle(from, kind);
    *to = *from;
    if (!has_block(from, kind)) {
        to->items = first_of(to, kind);
        memcpy(to->items, from->items, (size_t)from->length * kind->element_bytes);
    }
    *from = (struct tare_vec){.mem = from->mem};
    TARE_AUDIT(tare__vec_valid(to, kind));
}

/* A block of its own for elements that are in the struct. */
static void *copy_of(const struct tare_vec *vec, const struct tare_vec_kind *kind,
                     size_t bytes)
{
    void *items = tare_mem_alloc(mem_of(vec), bytes, kind->alignment);

    if (items)
        memcpy(items, vec->items, bytes);
    return items;
}

void *tare__vec_steal(struct tare_vec *vec, const struct tare_vec_kind *kind,
                      size_t *block_bytes)
{
    size_t bytes = (size_t)vec->length * kind->element_bytes,
           old_bytes = block_bytes_of(vec, kind);
    void *items = vec->items;

    if (block_bytes)
        *block_bytes = 0;
    if (!bytes)
        return NULL;
    settle(vec, kind);
    if (!old_bytes)
        items = copy_of(vec, kind, bytes);
    else if (block_bytes)
        bytes = old_bytes;
    else if (bytes < old_bytes)
        items = tare_mem_resize(mem_of(vec), items, old_bytes, bytes, kind->alignment);
    if (!items)
        return NULL;
    if (block_bytes)
        *block_bytes = bytes;
    *vec = (struct tare_vec){.mem = vec->mem};
    return items;
}
