/* SPDX-License-Identifier: MIT
 *
 * usage: annotate [ROUNDS] - what an object costs that an allocator tells of, and what an open
 * section costs. To be run under the recorder; without it, it shows what the calls cost then.
 *
 * Objects of 64 bytes, one behind the other: made, given back one by one, and in one range.
 */
#include <stdio.h>
#include <stdlib.h>

#include <tare/annotate.h>
#include <tare/section.h>

#include "bench/measure.h"

enum { OBJECT_BYTES = 64, OBJECTS_MOST = 1000000, PAIRS = 100000, ROUNDS = 15 };

static char *memory;

struct objects {
    size_t count;
    struct samples alloc, free, discard;
};

static void make_objects(size_t count)
{
    for (size_t i = 0; i < count; i++)
        tare_annotate_alloc(memory + i * OBJECT_BYTES, OBJECT_BYTES);
}

static double since(uint64_t start_ns, size_t events)
{
    return (double)(measure_now_ns() - start_ns) / (double)events;
}

static void measure_objects(struct objects *at)
{
    uint64_t start = measure_now_ns();

    make_objects(at->count);
    samples_add(&at->alloc, since(start, at->count));
    start = measure_now_ns();
    for (size_t i = 0; i < at->count; i++)
        tare_annotate_free(memory + i * OBJECT_BYTES);
    samples_add(&at->free, since(start, at->count));
    make_objects(at->count);
    start = measure_now_ns();
    tare_annotate_discard(memory, at->count * OBJECT_BYTES);
    samples_add(&at->discard, since(start, at->count));
}

static void measure_pairs(struct samples *pairs)
{
    uint64_t start = measure_now_ns();

    for (int i = 0; i < PAIRS; i++) {
        void *block = malloc(OBJECT_BYTES);

        measure_keep(block);
        free(block);
    }
    samples_add(pairs, since(start, PAIRS));
}

static void put(const char *name, size_t count, const struct samples *samples)
{
    struct number number = samples_number(samples);

    printf("%-24s %8zu  least %7.1f ns  median %7.1f ns\n", name, count, number.least,
           number.median);
}

int main(int count, char **words)
{
    static struct objects sizes[] = {
        {.count = 1000}, {.count = 100000}, {.count = 1000000}};
    int rounds = count > 1 ? atoi(words[1]) : ROUNDS, cpus[MEASURE_CPUS];
    static struct samples plain, measured;
    struct tare_section section;

    memory = malloc((size_t)OBJECTS_MOST * OBJECT_BYTES);
    if (!memory || rounds < 1 || rounds > MEASURE_SAMPLES)
        return 2;
    if (measure_cpus(cpus))
        measure_pin(cpus, 1);
    for (int i = 0; i < rounds; i++) {
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
            measure_objects(&sizes[k]);
        measure_pairs(&plain);
        tare_section_begin(&section, "pairs");
        measure_pairs(&measured);
        tare_section_end(&section);
    }
    printf("%s\n", tare_annotate_is_on() ? "under the recorder" : "without the recorder");
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        put("object made", sizes[k].count, &sizes[k].alloc);
        put("object given back", sizes[k].count, &sizes[k].free);
        put("object of a range", sizes[k].count, &sizes[k].discard);
    }
    put("malloc and free", PAIRS, &plain);
    put("the same, in a section", PAIRS, &measured);
    free(memory);
    return section.is_tracked && section.counts.allocations != PAIRS;
}
