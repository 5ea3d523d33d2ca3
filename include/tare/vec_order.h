/* SPDX-License-Identifier: MIT
 *
 * tare/vec_order.h - vectors that are sorted, and searched when they are.
 *
 * Shape    Functions of a vector and an order, made by a macro, in which the order is inlined.
 * Units    Elements.
 * Owner    The caller's.
 * Threads  Single owner.
 * Errors   Takes no memory. With an order that contradicts itself elements come out in any order.
 * Cost     sort: O(n log n), whatever the input; not stable. Searching: O(log n).
 * Source   Musser, "Introspective Sorting and Selection Algorithms", 1997.
 *
 *     static inline bool is_less(const uint32_t *a, const uint32_t *b) { return *a < *b; }
 *
 *     TARE_VEC_DEFINE(ids, uint32_t);
 *     TARE_VEC_DEFINE_ORDER(ids, uint32_t, is_less);
 */
#ifndef TARE_VEC_ORDER_H
#define TARE_VEC_ORDER_H

#include <tare/vec.h>

enum { TARE__VEC_FEW = 16 /* elements that are sorted one by one */ };

/* TARE_VEC_DEFINE_ORDER(NAME, TYPE, LESS) makes these of the vectors of TARE_VEC_DEFINE(NAME, TYPE):
 *   void NAME_sort(vec)
 *   bool NAME_is_sorted(vec)
 *   size_t NAME_lower_bound(vec, key)    The first index whose element is not less than *key.
 *   TYPE *NAME_search(vec, key)          An element that equals *key; NULL: there is none.
 *   bool NAME_insert_sorted(vec, value)  Before those that equal it; false: no memory.
 * All but the first two need a vector that is sorted. LESS(a, b) is a function or macro of pointers
 * to two elements: does *a come before *b? */
#define TARE_VEC_DEFINE_ORDER(NAME, TYPE, LESS) \
    TARE__VEC_SORT_FEW(NAME, TYPE, LESS)        \
    TARE__VEC_SORT_HEAP(NAME, TYPE, LESS)       \
    TARE__VEC_SORT(NAME, TYPE, LESS)            \
    TARE__VEC_SEARCH(NAME, TYPE, LESS)          \
    TARE__END

#define TARE__VEC_SORT_FEW(NAME, TYPE, LESS)                     \
    TARE_INLINE void NAME##__sort_few(TYPE *items, size_t count) \
    {                                                            \
        for (size_t i = 1; i < count; i++) {                     \
            TYPE value = items[i];                               \
            size_t at = i;                                       \
                                                                 \
            for (; at && LESS(&value, &items[at - 1]); at--)     \
                items[at] = items[at - 1];                       \
            items[at] = value;                                   \
        }                                                        \
    }

#define TARE__VEC_SORT_HEAP(NAME, TYPE, LESS)                                     \
    TARE_INLINE void NAME##__sift(TYPE *items, size_t at, size_t count)           \
    {                                                                             \
        TYPE value = items[at];                                                   \
                                                                                  \
        for (size_t child; (child = 2 * at + 1) < count; at = child) {            \
            if (child + 1 < count && LESS(&items[child], &items[child + 1]))      \
                child++;                                                          \
            if (!LESS(&value, &items[child]))                                     \
                break;                                                            \
            items[at] = items[child];                                             \
        }                                                                         \
        items[at] = value;                                                        \
    }                                                                             \
    TARE_INLINE void NAME##__swap(TYPE *a, TYPE *b)                               \
    {                                                                             \
        TYPE value = *a;                                                          \
                                                                                  \
        *a = *b;                                                                  \
        *b = value;                                                               \
    }                                                                             \
    static __attribute__((unused, noinline)) void NAME##__sort_heap(TYPE *items,  \
                                                                    size_t count) \
    {                                                                             \
        for (size_t i = count / 2; i-- > 0;)                                      \
            NAME##__sift(items, i, count);                                        \
        while (count-- > 1) {                                                     \
            NAME##__swap(&items[0], &items[count]);                               \
            NAME##__sift(items, 0, count);                                        \
        }                                                                         \
    }

/* Where it would take long, by a heap. The smaller part is sorted by a call, so that there are few
 * calls at a time. An index never leaves the array, whatever LESS says. */
#define TARE__VEC_SORT(NAME, TYPE, LESS)                                       \
    TARE_INLINE size_t NAME##__split(TYPE *items, size_t count)                \
    {                                                                          \
        size_t low = 0, high = count - 1, middle = high / 2;                   \
                                                                               \
        if (LESS(&items[middle], &items[low]))                                 \
            NAME##__swap(&items[middle], &items[low]);                         \
        if (LESS(&items[high], &items[middle])) {                              \
            NAME##__swap(&items[high], &items[middle]);                        \
            if (LESS(&items[middle], &items[low]))                             \
                NAME##__swap(&items[middle], &items[low]);                     \
        }                                                                      \
        TYPE pivot = items[middle];                                            \
        for (;; low++, high--) {                                               \
            while (low < count - 1 && LESS(&items[low], &pivot))               \
                low++;                                                         \
            while (high > 0 && LESS(&pivot, &items[high]))                     \
                high--;                                                        \
            if (low >= high)                                                   \
                return high + 1;                                               \
            NAME##__swap(&items[low], &items[high]);                           \
        }                                                                      \
    }                                                                          \
    static __attribute__((unused, noinline)) void NAME##__sort_items(          \
        TYPE *items, size_t count, unsigned depth)                             \
    {                                                                          \
        while (count > TARE__VEC_FEW) {                                        \
            if (!depth--) {                                                    \
                NAME##__sort_heap(items, count);                               \
                return;                                                        \
            }                                                                  \
            size_t left = NAME##__split(items, count), right = count - left;   \
            NAME##__sort_items(left < right ? items : items + left,            \
                               left < right ? left : right, depth);            \
            items += left < right ? left : 0;                                  \
            count = left < right ? right : left;                               \
        }                                                                      \
        NAME##__sort_few(items, count);                                        \
    }                                                                          \
    TARE_INLINE void NAME##_sort(struct NAME *vec)                             \
    {                                                                          \
        NAME##__sort_items(vec->items, vec->length,                            \
                           64 - 2 * (unsigned)__builtin_clz(vec->length | 1)); \
    }

#define TARE__VEC_SEARCH(NAME, TYPE, LESS)                                               \
    TARE_NODISCARD TARE_INLINE bool NAME##_is_sorted(const struct NAME *vec)             \
    {                                                                                    \
        for (uint32_t i = 1; i < vec->length; i++)                                       \
            if (LESS(&vec->items[i], &vec->items[i - 1]))                                \
                return false;                                                            \
        return true;                                                                     \
    }                                                                                    \
    TARE_NODISCARD TARE_INLINE size_t NAME##_lower_bound(const struct NAME *vec,         \
                                                         TYPE const *key)                \
    {                                                                                    \
        TYPE const *base = vec->items;                                                   \
        size_t count = vec->length;                                                      \
                                                                                         \
        while (count) {                                                                  \
            size_t half = (count + 1) / 2;                                               \
                                                                                         \
            base += LESS(&base[half - 1], key) ? half : 0;                               \
            count -= half;                                                               \
        }                                                                                \
        return vec->length ? (size_t)(base - vec->items) : 0;                            \
    }                                                                                    \
    TARE_NODISCARD TARE_INLINE TYPE *NAME##_search(const struct NAME *vec,               \
                                                   TYPE const *key)                      \
    {                                                                                    \
        size_t at = NAME##_lower_bound(vec, key);                                        \
                                                                                         \
        return at < vec->length && !LESS(key, &vec->items[at]) ? &vec->items[at] : NULL; \
    }                                                                                    \
    TARE_NODISCARD TARE_INLINE bool NAME##_insert_sorted(struct NAME *vec, TYPE value)   \
    {                                                                                    \
        return NAME##_insert(vec, NAME##_lower_bound(vec, &value), value);               \
    }

#endif
