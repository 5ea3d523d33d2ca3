/* SPDX-License-Identifier: MIT
 *
 * toolkit/intern_match.h - which slots of a bucket may be the string's.
 *
 * Shape    bucket, tag -> a bit for each slot
 * Units    none
 * Owner    none
 * Threads  thread-safe. Tags are read without order, four at a time: each is whole, whatever else
 *          is, and what a bit says is a hint.
 * Errors   none
 * Cost     A line of the cache. No branches: what they would depend on is not there yet.
 * Source   none
 */
#ifndef TARE_TOOLKIT_INTERN_MATCH_H
#define TARE_TOOLKIT_INTERN_MATCH_H

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "toolkit/intern_core.h"

#if defined(__SSE2__) && !defined(__SANITIZE_THREAD__)
TARE_INLINE uint32_t intern_match(const struct intern_bucket *bucket, uint32_t tag)
{
    const __m128i *tags = (const __m128i *)(const void *)bucket->tags;
    __m128i wanted = _mm_set1_epi32((int)tag);
    __m128i low = _mm_cmpeq_epi32(_mm_load_si128(tags), wanted);
    __m128i high = _mm_cmpeq_epi32(_mm_load_si128(tags + 1), wanted);

    return (uint32_t)_mm_movemask_ps(_mm_castsi128_ps(low)) |
           (uint32_t)_mm_movemask_ps(_mm_castsi128_ps(high)) << 4;
}
#else
TARE_INLINE uint32_t intern_match(const struct intern_bucket *bucket, uint32_t tag)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < INTERN_BUCKET_SLOTS; i++)
        found |= (uint32_t)(__atomic_load_n(&bucket->tags[i], __ATOMIC_RELAXED) == tag)
                 << i;
    return found;
}
#endif

#endif
