/* SPDX-License-Identifier: MIT */
#include "bench/cache_traces.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEYS = 1000000 };

static uint64_t seed = 88172645463325252u;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static double next_part(void)
{
    return (double)(next_random() >> 11) / 9007199254740992.0;
}

static void *allocated(size_t count, size_t bytes)
{
    void *block = calloc(count, bytes);

    if (!block) {
        perror("cache");
        exit(1);
    }
    return block;
}

uint32_t *trace_zipf(size_t key_count, double exponent, size_t count)
{
    double *sums = allocated(key_count, sizeof *sums), sum = 0;
    uint32_t *keys = allocated(count, sizeof *keys);

    for (size_t i = 0; i < key_count; i++)
        sums[i] = sum += 1 / pow((double)i + 1, exponent);
    for (size_t i = 0; i < count; i++) {
        double wanted = next_part() * sum;
        size_t low = 0, high = key_count - 1;

        while (low < high) {
            size_t middle = (low + high) / 2;

            if (sums[middle] < wanted)
                low = middle + 1;
            else
                high = middle;
        }
        keys[i] = (uint32_t)low;
    }
    free(sums);
    return keys;
}

/* Every third 20,000 requests read through keys behind all others: new ones, or the same again. */
static void mix_in_scans(struct trace *trace, int is_again)
{
    uint32_t next = KEYS;

    for (size_t i = 0; i < trace->count; i++) {
        if (i / 20000 % 3 != 2)
            continue;
        if (is_again && i % 20000 == 0)
            next = KEYS;
        trace->keys[i] = next++;
    }
    trace->key_count = KEYS + (is_again ? 20000 : trace->count);
}

/* What is popular moves on. */
static void drift(struct trace *trace)
{
    uint32_t shift = 0;

    for (size_t i = 0; i < trace->count; i++) {
        if (i % 20000 == 0)
            shift += 997;
        trace->keys[i] = (trace->keys[i] + shift) % KEYS;
    }
}

static void loop(struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++)
        trace->keys[i] = (uint32_t)(i % 15000);
}

/* Keys near to a place that moves on. */
static void slide(struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++) {
        double behind = -log(1 - next_part()) * 3000, place = 0.25 * (double)i;

        trace->keys[i] = (uint32_t)(place > behind ? place - behind : 0);
    }
}

struct trace trace_made(unsigned which)
{
    static const struct {
        const char *name;
        double exponent;
    } kinds[TRACES] = {{"zipf .7", .7},   {"zipf .99", .99}, {"zipf 1.2", 1.2},
                       {"scans", .99},    {"rescans", .99},  {"drift", .99},
                       {"loop 15k", .99}, {"recency", .99}};
    struct trace trace = {.name = kinds[which].name,
                          .keys = trace_zipf(KEYS, kinds[which].exponent, TRACE_REQUESTS),
                          .count = TRACE_REQUESTS,
                          .key_count = KEYS};

    if (which == 3 || which == 4)
        mix_in_scans(&trace, which == 4);
    else if (which == 5)
        drift(&trace);
    else if (which == 6)
        loop(&trace);
    else if (which == 7)
        slide(&trace);
    return trace;
}
