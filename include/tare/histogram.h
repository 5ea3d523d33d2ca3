/* SPDX-License-Identifier: MIT
 *
 * tare/histogram.h - how values are spread: percentiles within half a percent, at a fixed size.
 *
 * Shape    [header][count][count]...        128 counts for each power of two, one each below 256
 * Units    Values are uint64_t of any unit, up to `highest`; what is above counts as highest.
 * Owner    Who gives the memory owns it.
 * Threads  One thread records; any thread reads or merges from it meanwhile, and sees each count
 *          whole, the latest ones perhaps not yet.
 * Errors   init: -EINVAL. merge: -EINVAL, and nothing has changed.
 * Cost     record: some ten instructions, no atomic one. percentile, merge: over the counts from the
 *          least to the greatest value. 30 KiB up to 2^36 (68 s in ns), 59 KiB for all.
 * Source   Tene, "HdrHistogram"; the error is of the bucket's middle.
 */
#ifndef TARE_HISTOGRAM_H
#define TARE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#include <tare/api.h>

TARE_BEGIN

/* Its members are the library's; the counts are behind it. */
struct tare_histogram {
    uint64_t highest, sum;
    uint64_t min, max; /* UINT64_MAX both: empty */
    uint32_t buckets, unused;
};

/* Bytes of memory for values up to `highest`; 0: up to 2^64 - 2. */
TARE_API size_t tare_histogram_bytes(uint64_t highest);

/* An empty histogram in `memory`, aligned to 8 bytes, whose address is its own. -EINVAL: too little. */
TARE_API TARE_NODISCARD int tare_histogram_init(struct tare_histogram **histogram,
                                                void *memory, size_t bytes,
                                                uint64_t highest);

/* As after init. Alone with it. */
TARE_API void tare_histogram_clear(struct tare_histogram *histogram);

TARE_INLINE uint32_t tare__histogram_bucket(uint64_t value)
{
    if (value < 256)
        return (uint32_t)value;
    unsigned shift = 56 - (unsigned)__builtin_clzll(value);

    return shift * 128 + (uint32_t)(value >> shift);
}

TARE_INLINE void tare__histogram_put(uint64_t *place, uint64_t value)
{
    __atomic_store_n(place, value, __ATOMIC_RELAXED);
}

/* Slow path of a record: no value was so small, or so great; the value that counts. */
TARE_API uint64_t tare__histogram_widen(struct tare_histogram *histogram, uint64_t value);

/* Count one value. */
TARE_INLINE void tare_histogram_record(struct tare_histogram *histogram, uint64_t value)
{
    if (TARE_UNLIKELY(value - histogram->min > histogram->max - histogram->min))
        value = tare__histogram_widen(histogram, value);
    uint64_t *count = (uint64_t *)(void *)(histogram + 1) + tare__histogram_bucket(value);

    tare__histogram_put(count, *count + 1);
    tare__histogram_put(&histogram->sum, histogram->sum + value);
}

/* Add what another one counted. -EINVAL: it has more buckets. */
TARE_API TARE_NODISCARD int tare_histogram_merge(struct tare_histogram *into,
                                                 const struct tare_histogram *from);

/* How many values. */
TARE_API uint64_t tare_histogram_count(const struct tare_histogram *histogram);

/* The sum of all, modulo 2^64. */
TARE_API uint64_t tare_histogram_sum(const struct tare_histogram *histogram);

/* The least value that at least `share` (0 to 1) of all do not exceed, within 0.4 %; the least and the
 * greatest one are exact. 0 when there are none. */
TARE_API uint64_t tare_histogram_percentile(const struct tare_histogram *histogram,
                                            double share);

TARE_END

#endif
