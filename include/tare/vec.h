/* SPDX-License-Identifier: MIT
 *
 * tare/vec.h - vectors of one type, whose first elements need no allocation.
 *
 * Shape    [items][length, capacity][mem][first elements...]
 *              items -> the first elements, while they are enough; then a block that grows
 *          As long as capacity is no more than is inline, the vector is in its struct.
 * Units    Elements; sizes and alignments in bytes.
 * Owner    The caller owns the struct; the vector owns its block and, where there is a destructor,
 *          its elements.
 * Threads  Single owner. Vectors are independent.
 * Errors   false or NULL when there is no memory, or more than 2^32 - 1 elements would be needed. A
 *          failed call changes nothing. Wrong use (an index beyond the end, a vector that was
 *          moved) is an assertion where it can be seen.
 * Cost     push: some five instructions. Where many are known at once push_n copies them, and what
 *          push_raw gives is filled in fastest: the compiler cannot tell whether an element that is
 *          pushed is the length. insert, remove: a move of what stands behind. Growth is a call and
 *          a copy: the first block has room for four times what is inline (or twice, if that is
 *          more than 4 KiB), the next ones for twice as much each.
 * Source   none
 *
 *     TARE_VEC_DEFINE(ids, uint32_t);        a vector with 8 elements inline: struct ids
 *
 *     struct ids found = {0};                empty, over the default memory
 *     if (!ids_push(&found, 7)) ...
 *     TARE_VEC_EACH(id, &found)
 *         printf("%u\n", *id);
 *     ids_fini(&found);
 *
 * Elements are moved as bytes. A vector is not to be copied or moved by assignment, memcpy or
 * realloc, because items may point into the struct: NAME_move moves it. Where that happens all the
 * same, the next growth ends the program.
 */
#ifndef TARE_VEC_H
#define TARE_VEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <tare/capacity.h>
#include <tare/mem.h>

TARE_BEGIN

enum {
    TARE_VEC_INLINE = 8,              /* elements in the struct, unless it is told so */
    TARE_VEC_INLINE_BYTES = 64 << 10, /* of them at most */
};

/* What all vectors of one type have in common. The first four are the macro's, the others options;
 * what is 0 has the value that is named. */
struct tare_vec_kind {
    uint32_t element_bytes, alignment, inline_elements, inline_at;
    uint32_t spill_elements; /* capacity of the first block; said under Cost */
    uint32_t growth_percent; /* by which capacity grows; 100 */
    /* Of an element that is not handed out: by fini, clear, truncate and remove. */
    void (*destruct)(void *element, void *context);
    void *context;
};

/* A vector of any type; all-zero is an empty one over the default memory. */
struct tare_vec {
    void *items;
    uint32_t length, capacity;
    struct tare_mem *mem; /* NULL: the default */
};

/* Slow paths of what follows: room for more behind the last; `count` more there, which may be its
 * own; a capacity of so many. */
TARE_API TARE_NODISCARD bool tare__vec_grow(struct tare_vec *vec,
                                            const struct tare_vec_kind *kind, size_t more);
TARE_API TARE_NODISCARD bool tare__vec_append(struct tare_vec *vec,
                                              const struct tare_vec_kind *kind,
                                              const void *values, size_t count);
TARE_API TARE_NODISCARD bool
tare__vec_reserve(struct tare_vec *vec, const struct tare_vec_kind *kind, size_t capacity);
TARE_API void tare__vec_shrink(struct tare_vec *vec, const struct tare_vec_kind *kind);
TARE_API void tare__vec_move(struct tare_vec *to, struct tare_vec *from,
                             const struct tare_vec_kind *kind);
TARE_API TARE_NODISCARD void *tare__vec_steal(struct tare_vec *vec,
                                              const struct tare_vec_kind *kind,
                                              size_t *block_bytes);

/* Frees the block, to which the vector goes on pointing. */
TARE_API void tare__vec_free(const struct tare_vec *vec, const struct tare_vec_kind *kind);

/* Of [index, index + count): end them, make a place for them, fill one with `values`, take them
 * out. */
TARE_API void tare__vec_destruct(const struct tare_vec *vec,
                                 const struct tare_vec_kind *kind, size_t index,
                                 size_t count);
TARE_API TARE_NODISCARD void *tare__vec_open(struct tare_vec *vec,
                                             const struct tare_vec_kind *kind, size_t index,
                                             size_t count);
TARE_API TARE_NODISCARD bool tare__vec_insert(struct tare_vec *vec,
                                              const struct tare_vec_kind *kind,
                                              size_t index, const void *values,
                                              size_t count);
TARE_API void tare__vec_remove(struct tare_vec *vec, const struct tare_vec_kind *kind,
                               size_t index, size_t count);
TARE_API void tare__vec_swap_remove(struct tare_vec *vec, const struct tare_vec_kind *kind,
                                    size_t index);

TARE_END

/* TARE_VEC_DEFINE(NAME, TYPE, options...) makes `struct NAME`, a vector of TYPE with members items,
 * length and capacity, and the functions below. TARE_VEC_DEFINE_INLINE(NAME, TYPE, INLINE,
 * options...): likewise, with so many elements in the struct. Options are members of struct
 * tare_vec_kind, as `.member = value`.
 *
 *   void NAME_init(vec, mem)                Empty, over `mem`; NULL: the default. Takes no memory.
 *   void NAME_fini(vec)                     End it, and free what it owns. All-zero may be ended.
 *   bool NAME_reserve(vec, capacity)        Room for so many in all.
 *   bool NAME_reserve_for(vec, expected, headroom_percent)   As tare/capacity.h says.
 *   void NAME_shrink(vec)                   Give back what is not needed, if that can be done.
 *   void NAME_clear(vec)                    No elements; capacity stays.
 *   void NAME_truncate(vec, length)         At most so many elements.
 *   bool NAME_push(vec, value)
 *   void NAME_push_unchecked(vec, value)    Where there is room, as after reserve.
 *   bool NAME_push_n(vec, values, count)    All or none; values may be its own.
 *   TYPE *NAME_push_raw(vec, count)         So many more, contents undefined.
 *   bool NAME_pop(vec, value)               Takes out the last; false: there is none.
 *   bool NAME_insert(vec, index, value)     Before what is at `index`, which may be length.
 *   bool NAME_insert_n(vec, index, values, count)            Likewise; values may be its own.
 *   void NAME_remove(vec, index)
 *   void NAME_remove_n(vec, index, count)
 *   void NAME_swap_remove(vec, index)       The last takes its place.
 *   TYPE *NAME_at(vec, index)               NULL beyond the end.
 *   TYPE *NAME_last(vec)                    NULL when there is none.
 *   void NAME_move(to, from)                `to`, which has no value yet, becomes what `from` was;
 *                                           that is empty then, over the same memory.
 *   TYPE *NAME_steal(vec, block_bytes)      The elements become the caller's, and the vector is
 *       empty. They are to be freed as a block of *block_bytes from its memory, aligned as TYPE is;
 *       with block_bytes NULL it is cut to their size. NULL when there are none, and when there is
 *       no memory: elements in the struct are copied. */
#define TARE_VEC_DEFINE(NAME, ...) TARE__VEC_DEFINE(NAME, TARE_VEC_INLINE, __VA_ARGS__, )
#define TARE_VEC_DEFINE_INLINE(NAME, TYPE, ...) \
    TARE__VEC_DEFINE_SIZED(NAME, TYPE, __VA_ARGS__, )

/* Options may be left out above. ISO C wants an argument for the dots of a macro: an empty one is passed here. */
#define TARE__VEC_DEFINE(NAME, INLINE, TYPE, ...) \
    TARE__VEC_DEFINE_SIZED(NAME, TYPE, INLINE, __VA_ARGS__)
#define TARE__VEC_DEFINE_SIZED(NAME, TYPE, INLINE, ...)                            \
    TARE__ASSERT((INLINE) >= 1, #NAME ": at least one element is inline");         \
    TARE__ASSERT(sizeof(TYPE) <= TARE_VEC_INLINE_BYTES &&                          \
                     (INLINE) <= TARE_VEC_INLINE_BYTES / sizeof(TYPE),             \
                 #NAME ": more than 64 KiB would be inline");                      \
    TARE__ASSERT(TARE__VEC_IS_BYTES(TYPE), #NAME ": elements are moved as bytes"); \
    struct NAME {                                                                  \
        __extension__ union {                                                      \
            struct tare_vec any;                                                   \
            struct {                                                               \
                TYPE *items;                                                       \
                uint32_t length, capacity;                                         \
                struct tare_mem *mem;                                              \
            };                                                                     \
        };                                                                         \
        TYPE first[INLINE];                                                        \
    };                                                                             \
    TARE__QUIET                                                                    \
    __extension__ static const struct tare_vec_kind NAME##_kind = {                \
        .element_bytes = sizeof(TYPE),                                             \
        .alignment = __alignof__(TYPE),                                            \
        .inline_elements = (INLINE),                                               \
        .inline_at = offsetof(struct NAME, first),                                 \
        __VA_ARGS__};                                                              \
    TARE__LOUD                                                                     \
    TARE__VEC_LIFE(NAME, TYPE)                                                     \
    TARE__VEC_ENDS(NAME, TYPE)                                                     \
    TARE__VEC_MIDDLE(NAME, TYPE)                                                   \
    TARE__END

/* TARE_VEC_EACH(at, vec): a statement for each element, from the first. The vector must not be
 * changed meanwhile; its elements may. */
#define TARE_VEC_EACH(at, vec)                                               \
    for (__typeof__(&*(vec)->items) at = (vec)->items,                       \
                                    at##_end = at ? at + (vec)->length : at; \
         at != at##_end; at++)

#ifdef __cplusplus
#define TARE__VEC_IS_BYTES(TYPE) __is_trivially_copyable(TYPE)
#else
#define TARE__VEC_IS_BYTES(TYPE) 1
#endif

#define TARE__VEC_LIFE(NAME, TYPE)                                                        \
    TARE_INLINE void NAME##_init(struct NAME *vec, struct tare_mem *mem)                  \
    {                                                                                     \
        vec->items = vec->first;                                                          \
        vec->length = 0;                                                                  \
        vec->capacity = NAME##_kind.inline_elements;                                      \
        vec->mem = mem;                                                                   \
    }                                                                                     \
    TARE_INLINE void NAME##_truncate(struct NAME *vec, size_t length)                     \
    {                                                                                     \
        if (length >= vec->length)                                                        \
            return;                                                                       \
        if (NAME##_kind.destruct)                                                         \
            tare__vec_destruct(&vec->any, &NAME##_kind, length, vec->length - length);    \
        vec->length = (uint32_t)length;                                                   \
    }                                                                                     \
    TARE_INLINE void NAME##_clear(struct NAME *vec)                                       \
    {                                                                                     \
        NAME##_truncate(vec, 0);                                                          \
    }                                                                                     \
    TARE_INLINE void NAME##_fini(struct NAME *vec)                                        \
    {                                                                                     \
        if (NAME##_kind.destruct)                                                         \
            tare__vec_destruct(&vec->any, &NAME##_kind, 0, vec->length);                  \
        vec->length = 0;                                                                  \
        if (TARE_UNLIKELY(vec->capacity > NAME##_kind.inline_elements))                   \
            tare__vec_free(&vec->any, &NAME##_kind);                                      \
        vec->items = NULL;                                                                \
        vec->capacity = 0;                                                                \
        vec->mem = NULL;                                                                  \
    }                                                                                     \
    TARE_NODISCARD TARE_INLINE bool NAME##_reserve(struct NAME *vec, size_t capacity)     \
    {                                                                                     \
        return capacity <= vec->capacity ||                                               \
               tare__vec_reserve(&vec->any, &NAME##_kind, capacity);                      \
    }                                                                                     \
    TARE_NODISCARD TARE_INLINE bool NAME##_reserve_for(struct NAME *vec, size_t expected, \
                                                       unsigned headroom_percent)         \
    {                                                                                     \
        return NAME##_reserve(vec, tare_capacity_for(expected, headroom_percent));        \
    }                                                                                     \
    TARE_INLINE void NAME##_shrink(struct NAME *vec)                                      \
    {                                                                                     \
        tare__vec_shrink(&vec->any, &NAME##_kind);                                        \
    }                                                                                     \
    TARE_INLINE void NAME##_move(struct NAME *to, struct NAME *from)                      \
    {                                                                                     \
        tare__vec_move(&to->any, &from->any, &NAME##_kind);                               \
    }                                                                                     \
    TARE_NODISCARD TARE_INLINE TYPE *NAME##_steal(struct NAME *vec, size_t *block_bytes)  \
    {                                                                                     \
        return (TYPE *)tare__vec_steal(&vec->any, &NAME##_kind, block_bytes);             \
    }

#define TARE__VEC_ENDS(NAME, TYPE)                                                      \
    TARE_INLINE void NAME##_push_unchecked(struct NAME *vec, TYPE value)                \
    {                                                                                   \
        vec->items[vec->length++] = value;                                              \
    }                                                                                   \
    TARE_NODISCARD TARE_INLINE bool NAME##_push(struct NAME *vec, TYPE value)           \
    {                                                                                   \
        if (TARE_UNLIKELY(vec->length == vec->capacity) &&                              \
            !tare__vec_grow(&vec->any, &NAME##_kind, 1))                                \
            return false;                                                               \
        NAME##_push_unchecked(vec, value);                                              \
        return true;                                                                    \
    }                                                                                   \
    TARE_NODISCARD TARE_INLINE TYPE *NAME##_push_raw(struct NAME *vec, size_t count)    \
    {                                                                                   \
        if (TARE_UNLIKELY(!vec->capacity || count > vec->capacity - vec->length) &&     \
            !tare__vec_grow(&vec->any, &NAME##_kind, count))                            \
            return NULL;                                                                \
        TYPE *raw = vec->items + vec->length;                                           \
        vec->length += (uint32_t)count;                                                 \
        return raw;                                                                     \
    }                                                                                   \
    TARE_NODISCARD TARE_INLINE bool NAME##_push_n(struct NAME *vec, TYPE const *values, \
                                                  size_t count)                         \
    {                                                                                   \
        /* 0 is made out to be huge: there may be no items yet, or no values */         \
        if (TARE_UNLIKELY(count - 1 >= vec->capacity - vec->length))                    \
            return tare__vec_append(&vec->any, &NAME##_kind, values, count);            \
        memcpy(vec->items + vec->length, values, count * sizeof(TYPE));                 \
        vec->length += (uint32_t)count;                                                 \
        return true;                                                                    \
    }                                                                                   \
    TARE_NODISCARD TARE_INLINE bool NAME##_pop(struct NAME *vec, TYPE *value)           \
    {                                                                                   \
        if (!vec->length)                                                               \
            return false;                                                               \
        *value = vec->items[--vec->length];                                             \
        return true;                                                                    \
    }                                                                                   \
    TARE_NODISCARD TARE_INLINE TYPE *NAME##_at(const struct NAME *vec, size_t index)    \
    {                                                                                   \
        return index < vec->length ? vec->items + index : NULL;                         \
    }                                                                                   \
    TARE_NODISCARD TARE_INLINE TYPE *NAME##_last(const struct NAME *vec)                \
    {                                                                                   \
        return vec->length ? vec->items + vec->length - 1 : NULL;                       \
    }

#define TARE__VEC_MIDDLE(NAME, TYPE)                                                  \
    TARE_NODISCARD TARE_INLINE bool NAME##_insert(struct NAME *vec, size_t index,     \
                                                  TYPE value)                         \
    {                                                                                 \
        TYPE *place = (TYPE *)tare__vec_open(&vec->any, &NAME##_kind, index, 1);      \
                                                                                      \
        if (place)                                                                    \
            *place = value;                                                           \
        return place != NULL;                                                         \
    }                                                                                 \
    TARE_NODISCARD TARE_INLINE bool NAME##_insert_n(struct NAME *vec, size_t index,   \
                                                    TYPE const *values, size_t count) \
    {                                                                                 \
        return tare__vec_insert(&vec->any, &NAME##_kind, index, values, count);       \
    }                                                                                 \
    TARE_INLINE void NAME##_remove_n(struct NAME *vec, size_t index, size_t count)    \
    {                                                                                 \
        tare__vec_remove(&vec->any, &NAME##_kind, index, count);                      \
    }                                                                                 \
    TARE_INLINE void NAME##_remove(struct NAME *vec, size_t index)                    \
    {                                                                                 \
        NAME##_remove_n(vec, index, 1);                                               \
    }                                                                                 \
    TARE_INLINE void NAME##_swap_remove(struct NAME *vec, size_t index)               \
    {                                                                                 \
        tare__vec_swap_remove(&vec->any, &NAME##_kind, index);                        \
    }

#endif
