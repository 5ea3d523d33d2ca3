/* SPDX-License-Identifier: MIT */
#include "bench/vec_ways.h"

#include <string.h>
#include <utarray.h>

#include <tare/vec_integer.h>
#include <tare/vec_order.h>
#include <tare/vec_pool.h>

int vec_values[VEC_MOST];
uint64_t vec_words[VEC_MOST];

TARE_VEC_DEFINE(ints, int);
TARE_VEC_DEFINE_INLINE(ints_16, int, 16);
TARE_VEC_POOL_DEFINE(int_list, ints);

static inline void must(bool worked)
{
    if (!worked)
        abort();
}

VEC_WAY(vec_tare, struct ints vec;
        ints_init(&vec, NULL), must(ints_push(&vec, value)),
        must(ints_reserve(&vec, count)), ints_push_unchecked(&vec, value),
        must(ints_push_n(&vec, vec_values, count)), vec.items, vec.length, ints_fini(&vec))

VEC_WAY(vec_tare_16, struct ints_16 vec;
        ints_16_init(&vec, NULL), must(ints_16_push(&vec, value)),
        must(ints_16_reserve(&vec, count)), ints_16_push_unchecked(&vec, value),
        must(ints_16_push_n(&vec, vec_values, count)), vec.items, vec.length,
        ints_16_fini(&vec))

VEC_WAY(vec_tare_pool, struct ints *vec = int_list_alloc();
        must(vec != NULL), must(ints_push(vec, value)), must(ints_reserve(vec, count)),
        ints_push_unchecked(vec, value), must(ints_push_n(vec, vec_values, count)),
        vec->items, vec->length, int_list_free(vec))

/* As most programs in C have it. */
struct malloced {
    int *items;
    size_t length, capacity;
};

static inline void malloced_reserve(struct malloced *vec, size_t capacity)
{
    int *items = realloc(vec->items, capacity * sizeof *items);

    must(items != NULL);
    vec->items = items;
    vec->capacity = capacity;
}

static inline void malloced_push(struct malloced *vec, int value)
{
    if (vec->length == vec->capacity)
        malloced_reserve(vec, vec->capacity ? 2 * vec->capacity : 4);
    vec->items[vec->length++] = value;
}

VEC_WAY(vec_malloc, struct malloced vec = {0}, malloced_push(&vec, value),
        malloced_reserve(&vec, count), vec.items[vec.length++] = value,
        (malloced_reserve(&vec, count),
         memcpy(vec.items, vec_values, count * sizeof *vec.items), vec.length = count),
        vec.items, vec.length, free(vec.items))

static const UT_icd int_icd = {sizeof(int), NULL, NULL, NULL};

static void utarray_append(UT_array *vec, size_t count)
{
    utarray_reserve(vec, count);
    memcpy(vec->d, vec_values, count * sizeof(int));
    vec->i = (unsigned)count;
}

VEC_WAY(vec_utarray, UT_array vec;
        utarray_init(&vec, &int_icd), utarray_push_back(&vec, &value),
        utarray_reserve(&vec, count), utarray_push_back(&vec, &value),
        utarray_append(&vec, count), ((const int *)(const void *)vec.d), utarray_len(&vec),
        utarray_done(&vec))

#define TARE_FIND(BITS) tare_find_u##BITS(items, count, value)
#define TARE_COUNT(BITS) tare_count_u##BITS(items, count, value)

VEC_SEARCHES(vec_tare, TARE_FIND, TARE_COUNT)

#define PLAIN_SEARCHES(BITS)                                                   \
    static size_t plain_find##BITS(const uint##BITS##_t *items, size_t count,  \
                                   uint##BITS##_t value)                       \
    {                                                                          \
        for (size_t i = 0; i < count; i++)                                     \
            if (items[i] == value)                                             \
                return i;                                                      \
        return count;                                                          \
    }                                                                          \
    static size_t plain_count##BITS(const uint##BITS##_t *items, size_t count, \
                                    uint##BITS##_t value)                      \
    {                                                                          \
        size_t counted = 0;                                                    \
                                                                               \
        for (size_t i = 0; i < count; i++)                                     \
            counted += items[i] == value;                                      \
        return counted;                                                        \
    }

/* What the compiler makes of it where it tries hardest. */
#pragma GCC push_options
#pragma GCC optimize("O3")
PLAIN_SEARCHES(8)
PLAIN_SEARCHES(16)
PLAIN_SEARCHES(32)
PLAIN_SEARCHES(64)
#pragma GCC pop_options

#define PLAIN_FIND(BITS) plain_find##BITS(items, count, value)
#define PLAIN_COUNT(BITS) plain_count##BITS(items, count, value)

VEC_SEARCHES(vec_plain, PLAIN_FIND, PLAIN_COUNT)

static inline bool is_less(const int *a, const int *b)
{
    return *a < *b;
}

TARE_VEC_DEFINE_ORDER(ints, int, is_less);

/* A vector, so that all ways copy what they sort. */
void vec_tare_sort(size_t times, size_t count)
{
    struct ints vec = {0};

    while (times--) {
        ints_clear(&vec);
        must(ints_push_n(&vec, vec_values, count));
        ints_sort(&vec);
    }
    ints_fini(&vec);
}

static int compare(const void *left, const void *right)
{
    int a = *(const int *)left, b = *(const int *)right;

    return (a > b) - (a < b);
}

void vec_plain_sort(size_t times, size_t count)
{
    static int items[VEC_MOST];

    while (times--) {
        memcpy(items, vec_values, count * sizeof *items);
        qsort(items, count, sizeof *items, compare);
    }
}
