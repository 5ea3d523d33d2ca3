/* SPDX-License-Identifier: MIT */
#include "support/vec_model_kinds.h"

#include <string.h>

size_t vec_model_destructed;
bool vec_model_is_destructed_twice;

/* The first four bytes are the number, all others tell of it. */
static void destruct(void *element, void *context)
{
    (void)context;
    vec_model_destructed++;
    vec_model_is_destructed_twice |= ((unsigned char *)element)[7] == 0xdd;
    memset(element, 0xdd, 8);
}

struct three {
    char bytes[3];
};

struct block {
    _Alignas(64) char bytes[64];
};

struct page {
    char bytes[VEC_MODEL_ELEMENT_MOST];
};

#define KIND(NAME, TYPE, ...)                                                       \
    TARE_VEC_DEFINE_INLINE(NAME, TYPE, __VA_ARGS__);                                \
    static void NAME##_do_init(void *vec, struct tare_mem *mem)                     \
    {                                                                               \
        NAME##_init(vec, mem);                                                      \
    }                                                                               \
    static void NAME##_do_fini(void *vec)                                           \
    {                                                                               \
        NAME##_fini(vec);                                                           \
    }                                                                               \
    static bool NAME##_do_push(void *vec, const void *value)                        \
    {                                                                               \
        return NAME##_push(vec, *(const TYPE *)value);                              \
    }                                                                               \
    static void NAME##_do_push_unchecked(void *vec, const void *value)              \
    {                                                                               \
        NAME##_push_unchecked(vec, *(const TYPE *)value);                           \
    }                                                                               \
    static bool NAME##_do_push_n(void *vec, const void *values, size_t count)       \
    {                                                                               \
        return NAME##_push_n(vec, values, count);                                   \
    }                                                                               \
    static void *NAME##_do_push_raw(void *vec, size_t count)                        \
    {                                                                               \
        return NAME##_push_raw(vec, count);                                         \
    }                                                                               \
    static bool NAME##_do_pop(void *vec, void *value)                               \
    {                                                                               \
        return NAME##_pop(vec, value);                                              \
    }                                                                               \
    static bool NAME##_do_insert(void *vec, size_t index, const void *value)        \
    {                                                                               \
        return NAME##_insert(vec, index, *(const TYPE *)value);                     \
    }                                                                               \
    static bool NAME##_do_insert_n(void *vec, size_t index, const void *values,     \
                                   size_t count)                                    \
    {                                                                               \
        return NAME##_insert_n(vec, index, values, count);                          \
    }                                                                               \
    static void NAME##_do_remove(void *vec, size_t index)                           \
    {                                                                               \
        NAME##_remove(vec, index);                                                  \
    }                                                                               \
    static void NAME##_do_remove_n(void *vec, size_t index, size_t count)           \
    {                                                                               \
        NAME##_remove_n(vec, index, count);                                         \
    }                                                                               \
    static void NAME##_do_swap_remove(void *vec, size_t index)                      \
    {                                                                               \
        NAME##_swap_remove(vec, index);                                             \
    }                                                                               \
    static bool NAME##_do_reserve(void *vec, size_t capacity)                       \
    {                                                                               \
        return NAME##_reserve(vec, capacity);                                       \
    }                                                                               \
    static bool NAME##_do_reserve_for(void *vec, size_t expected, unsigned percent) \
    {                                                                               \
        return NAME##_reserve_for(vec, expected, percent);                          \
    }                                                                               \
    static void NAME##_do_shrink(void *vec)                                         \
    {                                                                               \
        NAME##_shrink(vec);                                                         \
    }                                                                               \
    static void NAME##_do_truncate(void *vec, size_t length)                        \
    {                                                                               \
        length ? NAME##_truncate(vec, length) : NAME##_clear(vec);                  \
    }                                                                               \
    static void NAME##_do_move(void *to, void *from)                                \
    {                                                                               \
        NAME##_move(to, from);                                                      \
    }                                                                               \
    static void *NAME##_do_steal(void *vec, size_t *block_bytes)                    \
    {                                                                               \
        return NAME##_steal(vec, block_bytes);                                      \
    }                                                                               \
    static void *NAME##_do_at(void *vec, size_t index)                              \
    {                                                                               \
        return NAME##_at(vec, index);                                               \
    }                                                                               \
    static void *NAME##_do_last(void *vec)                                          \
    {                                                                               \
        return NAME##_last(vec);                                                    \
    }                                                                               \
    static const struct vec_model_ops NAME##_ops = {                                \
        &NAME##_kind,                                                               \
        NAME##_do_init,                                                             \
        NAME##_do_fini,                                                             \
        NAME##_do_push,                                                             \
        NAME##_do_push_unchecked,                                                   \
        NAME##_do_push_n,                                                           \
        NAME##_do_push_raw,                                                         \
        NAME##_do_pop,                                                              \
        NAME##_do_insert,                                                           \
        NAME##_do_insert_n,                                                         \
        NAME##_do_remove,                                                           \
        NAME##_do_remove_n,                                                         \
        NAME##_do_swap_remove,                                                      \
        NAME##_do_reserve,                                                          \
        NAME##_do_reserve_for,                                                      \
        NAME##_do_shrink,                                                           \
        NAME##_do_truncate,                                                         \
        NAME##_do_move,                                                             \
        NAME##_do_steal,                                                            \
        NAME##_do_at,                                                               \
        NAME##_do_last,                                                             \
    };                                                                              \
    _Static_assert(sizeof(struct NAME) <= VEC_MODEL_VEC_MOST, "room for it")

KIND(bytes, uint8_t, 8);
KIND(threes, struct three, 1, .spill_elements = 2, .growth_percent = 1);
KIND(words, uint64_t, 2, .destruct = destruct);
KIND(blocks, struct block, 3, .growth_percent = 50);
KIND(pages, struct page, 1);

const struct vec_model_ops *const vec_model_kinds[VEC_MODEL_KINDS] = {
    &bytes_ops, &threes_ops, &words_ops, &blocks_ops, &pages_ops};
