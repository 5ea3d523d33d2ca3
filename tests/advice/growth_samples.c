/* SPDX-License-Identifier: MIT
 *
 * Arrays that grow by a few samples at a time: reserve, in add_sample.
 */
#include <stdlib.h>

#include <tare/vec.h>

enum { SERIES = 1500, SAMPLES = 1024, STEP = 16 };

#ifdef REMEDIED
TARE_VEC_DEFINE_INLINE(series, double, 1);

static __attribute__((noinline)) bool add_sample(struct series *series, double sample)
{
    return (series->length || series_reserve(series, SAMPLES)) &&
           series_push(series, sample);
}
#else
struct series {
    double *items;
    size_t length, capacity;
};

static __attribute__((noinline)) bool add_sample(struct series *series, double sample)
{
    if (series->length == series->capacity) {
        size_t capacity = series->capacity + STEP;
        double *items = realloc(series->items, capacity * sizeof *items);

        if (!items)
            return false;
        series->items = items;
        series->capacity = capacity;
    }
    series->items[series->length++] = sample;
    return true;
}

static void series_fini(struct series *series)
{
    free(series->items);
}
#endif

int main(void)
{
    bool is_good = true;

    for (unsigned i = 0; i < SERIES; i++) {
        struct series one = {0};

        for (unsigned k = 0; k < SAMPLES; k++)
            is_good &= add_sample(&one, i * 0.5 + k);
        series_fini(&one);
    }
    return !is_good;
}
