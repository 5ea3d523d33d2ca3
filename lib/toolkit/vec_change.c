/* SPDX-License-Identifier: MIT */
#include "toolkit/vec_parts.h"

#include "base/debug.h"

void tare__vec_destruct(const struct tare_vec *vec, const struct tare_vec_kind *kind,
                        size_t index, size_t count)
{
    TARE_ASSERT(index <= vec->length && count <= vec->length - index);
    for (size_t i = index; i < index + count; i++)
        kind->destruct(tare__vec_place(vec, kind, i), kind->context);
}

void *tare__vec_open(struct tare_vec *vec, const struct tare_vec_kind *kind, size_t index,
                     size_t count)
{
    TARE_ASSERT(index <= vec->length);
    if ((!vec->capacity || count > vec->capacity - vec->length) &&
        !tare__vec_grow(vec, kind, count))
        return NULL;
    char *place = tare__vec_place(vec, kind, index);
    if (index < vec->length)
        memmove(place + count * kind->element_bytes, place,
                (vec->length - index) * kind->element_bytes);
    vec->length += (uint32_t)count;
    TARE_AUDIT(tare__vec_valid(vec, kind));
    return place;
}

/* Where in its items `values` begin, in bytes; SIZE_MAX: elsewhere. */
static size_t own_offset(const struct tare_vec *vec, const struct tare_vec_kind *kind,
                         const void *values)
{
    size_t offset = (uintptr_t)values - (uintptr_t)vec->items;

    return vec->items && offset < (size_t)vec->length * kind->element_bytes ? offset
                                                                            : SIZE_MAX;
}

bool tare__vec_append(struct tare_vec *vec, const struct tare_vec_kind *kind,
                      const void *values, size_t count)
{
    size_t offset = own_offset(vec, kind, values);

    if (!count)
        return true;
    if (!tare__vec_grow(vec, kind, count))
        return false;
    memcpy(tare__vec_place(vec, kind, vec->length),
           offset == SIZE_MAX ? values : (char *)vec->items + offset,
           count * kind->element_bytes);
    vec->length += (uint32_t)count;
    TARE_AUDIT(tare__vec_valid(vec, kind));
    return true;
}

bool tare__vec_insert(struct tare_vec *vec, const struct tare_vec_kind *kind, size_t index,
                      const void *values, size_t count)
{
    size_t index_bytes = index * kind->element_bytes, bytes = count * kind->element_bytes,
           offset = own_offset(vec, kind, values), before = 0;

    if (!count)
        return true;
    char *place = tare__vec_open(vec, kind, index, count);
    if (!place)
        return false;
    if (offset == SIZE_MAX) {
        memcpy(place, values, bytes);
        return true;
    }
    /* What stands before the place is where it was; the rest has moved behind it. */
    if (offset < index_bytes)
        before = index_bytes - offset < bytes ? index_bytes - offset : bytes;
    memcpy(place, (char *)vec->items + offset, before);
    memcpy(place + before, (char *)vec->items + offset + before + bytes, bytes - before);
    return true;
}

void tare__vec_remove(struct tare_vec *vec, const struct tare_vec_kind *kind, size_t index,
                      size_t count)
{
    TARE_ASSERT(index <= vec->length && count <= vec->length - index);
    if (!count)
        return;
    if (kind->destruct)
        tare__vec_destruct(vec, kind, index, count);
    memmove(tare__vec_place(vec, kind, index), tare__vec_place(vec, kind, index + count),
            (vec->length - index - count) * kind->element_bytes);
    vec->length -= (uint32_t)count;
    TARE_AUDIT(tare__vec_valid(vec, kind));
}

void tare__vec_swap_remove(struct tare_vec *vec, const struct tare_vec_kind *kind,
                           size_t index)
{
    TARE_ASSERT(index < vec->length);
    if (kind->destruct)
        tare__vec_destruct(vec, kind, index, 1);
    vec->length--;
    if (index < vec->length)
        memcpy(tare__vec_place(vec, kind, index), tare__vec_place(vec, kind, vec->length),
               kind->element_bytes);
    TARE_AUDIT(tare__vec_valid(vec, kind));
}
