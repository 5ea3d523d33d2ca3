/* SPDX-License-Identifier: MIT
 *
 * Bucket b below 256 is the value b. From there on each power of two has 128: with shift = 1 for 256
 * to 511, bucket shift * 128 + (value >> shift), so that they follow each other without a gap.
 */
#include <tare/histogram.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static uint64_t highest_of(uint64_t highest)
{
    return highest && highest < UINT64_MAX ? highest : UINT64_MAX - 1;
}

static uint64_t *counts_of(const struct tare_histogram *histogram)
{
    return (uint64_t *)(void *)(char *)(uintptr_t)(histogram + 1);
}

size_t tare_histogram_bytes(uint64_t highest)
{
    return sizeof(struct tare_histogram) +
           (tare__histogram_bucket(highest_of(highest)) + (size_t)1) * sizeof(uint64_t);
}

int tare_histogram_init(struct tare_histogram **histogram, void *memory, size_t bytes,
                        uint64_t highest)
{
    struct tare_histogram *made = memory;

    if (bytes < tare_histogram_bytes(highest) || (uintptr_t)memory % 8)
        return -EINVAL;
    made->highest = highest_of(highest);
    made->buckets = tare__histogram_bucket(made->highest) + 1;
    made->unused = 0;
    made->sum = 0;
    made->min = made->max = UINT64_MAX;
    memset(counts_of(made), 0, made->buckets * sizeof(uint64_t));
    *histogram = made;
    return 0;
}

static uint64_t load(const uint64_t *place)
{
    return __atomic_load_n(place, __ATOMIC_RELAXED);
}

/* The buckets that may have counts: [first, last]; false: there are none. Of one that is just begun,
 * another thread may see the least or the greatest value alone. */
static bool used(const struct tare_histogram *histogram, uint32_t *first, uint32_t *last)
{
    uint64_t min = load(&histogram->min), max = load(&histogram->max);

    if (min == UINT64_MAX || max == UINT64_MAX)
        return false;
    *first = tare__histogram_bucket(min);
    *last = tare__histogram_bucket(max);
    return true;
}

uint64_t tare__histogram_widen(struct tare_histogram *histogram, uint64_t value)
{
    if (value > histogram->highest)
        value = histogram->highest;
    if (histogram->max == UINT64_MAX || value > histogram->max)
        tare__histogram_put(&histogram->max, value);
    if (value < histogram->min)
        tare__histogram_put(&histogram->min, value);
    return value;
}

void tare_histogram_clear(struct tare_histogram *histogram)
{
    uint32_t first, last;

    if (used(histogram, &first, &last))
        memset(counts_of(histogram) + first, 0, (last - first + 1) * sizeof(uint64_t));
    histogram->sum = 0;
    histogram->min = histogram->max = UINT64_MAX;
}

int tare_histogram_merge(struct tare_histogram *into, const struct tare_histogram *from)
{
    uint64_t *counts = counts_of(into);
    uint32_t first, last;

    if (from->buckets > into->buckets)
        return -EINVAL;
    if (!used(from, &first, &last))
        return 0;
    tare__histogram_widen(into, load(&from->min));
    tare__histogram_widen(into, load(&from->max));
    for (uint32_t i = first; i <= last; i++)
        tare__histogram_put(&counts[i], counts[i] + load(&counts_of(from)[i]));
    tare__histogram_put(&into->sum, into->sum + load(&from->sum));
    return 0;
}

uint64_t tare_histogram_count(const struct tare_histogram *histogram)
{
    uint32_t first, last;
    uint64_t count = 0;

    if (!used(histogram, &first, &last))
        return 0;
    for (uint32_t i = first; i <= last; i++)
        count += load(&counts_of(histogram)[i]);
    return count;
}

uint64_t tare_histogram_sum(const struct tare_histogram *histogram)
{
    return load(&histogram->sum);
}

/* The middle of a bucket. */
static uint64_t middle(uint32_t bucket)
{
    if (bucket < 256)
        return bucket;
    unsigned shift = bucket / 128 - 1;

    return ((uint64_t)(bucket - shift * 128) << shift) + ((uint64_t)1 << (shift - 1));
}

uint64_t tare_histogram_percentile(const struct tare_histogram *histogram, double share)
{
    uint64_t count = tare_histogram_count(histogram), seen = 0;
    uint64_t min = load(&histogram->min), max = load(&histogram->max);
    uint32_t first, last;

    if (count == 0 || !used(histogram, &first, &last))
        return 0;
    if (share <= 0)
        return min;
    /* The number of values that it is not below, rounded up. */
    double exact = share < 1 ? share * (double)count : (double)count;
    uint64_t wanted = (uint64_t)exact;

    wanted += (double)wanted < exact;
    if (wanted >= count)
        return max;
    while (first < last && (seen += load(&counts_of(histogram)[first])) < wanted)
        first++;
    uint64_t value = middle(first);
    return value > max ? max : value < min ? min : value;
}
