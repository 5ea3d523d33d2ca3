/* SPDX-License-Identifier: MIT */
#include "bench/cache_ratio.h"

#include <stdlib.h>

#include <tare/rc_cache.h>

#include "bench/cache_models.h"

struct value {
    struct tare_rc rc;
};

TARE_RC_DEFINE(value, struct value);

static void put(struct tare_rc_cache *cache, uint32_t key)
{
    TARE_RC_SCOPED(value, value) = value_create();

    if (!value || tare_rc_cache_put(cache, tare_rc_key_number(key), value, 0))
        abort();
}

static double ratio_of(enum tare_rc_cache_policy policy, const struct trace *trace,
                       uint32_t capacity)
{
    const struct tare_rc_cache_options options = {
        .type = &value_rc, .max_entries = capacity, .policy = policy};
    struct tare_rc_cache *cache;
    size_t hits = 0;

    if (tare_rc_cache_create(&cache, &options))
        abort();
    for (size_t i = 0; i < trace->count; i++) {
        struct value *value = tare_rc_cache_get(cache, tare_rc_key_number(trace->keys[i]));

        hits += value != NULL;
        if (!value)
            put(cache, trace->keys[i]);
        value_release(value);
    }
    tare_rc_cache_destroy(&cache);
    return (double)hits / (double)trace->count;
}

enum { LRU, ARC, CAR, CLOCK, S3_FIFO, KINDS };

static void add_row(struct results *results, const char *trace, const char *metric,
                    double ours, const char *peer, double theirs)
{
    results_add(results, &(struct result){.name = trace,
                                          .metric = metric,
                                          .unit = "%",
                                          .ours = number_of(100 * ours),
                                          .peer = peer,
                                          .theirs = number_of(100 * theirs),
                                          .more_is_better = true});
}

/* The points by which CAR is behind, at most, of what was run so far. */
static struct {
    double arc, lru;
} worst = {-100, -100};

static void run_size(struct results *results, const struct trace *trace, uint32_t capacity,
                     const char *metric)
{
    double parts[KINDS] = {model_lru(trace, capacity), model_arc(trace, capacity),
                           ratio_of(TARE_RC_CACHE_CAR, trace, capacity),
                           ratio_of(TARE_RC_CACHE_CLOCK, trace, capacity),
                           ratio_of(TARE_RC_CACHE_S3_FIFO, trace, capacity)};

    printf("%-10s %7u %7.2f %7.2f %7.2f %7.2f %7.2f\n", trace->name, capacity,
           100 * parts[LRU], 100 * parts[ARC], 100 * parts[CAR], 100 * parts[CLOCK],
           100 * parts[S3_FIFO]);
    fflush(stdout);
    add_row(results, trace->name, metric, parts[CAR], "ARC", parts[ARC]);
    add_row(results, trace->name, metric, parts[CAR], "LRU", parts[LRU]);
    if (100 * (parts[ARC] - parts[CAR]) > worst.arc)
        worst.arc = 100 * (parts[ARC] - parts[CAR]);
    if (100 * (parts[LRU] - parts[CAR]) > worst.lru)
        worst.lru = 100 * (parts[LRU] - parts[CAR]);
}

void cache_ratio_run(struct results *results)
{
    printf("%-10s %7s %7s %7s %7s %7s %7s\n", "hits, %", "entries", "LRU", "ARC", "CAR",
           "CLOCK", "S3-FIFO");
    for (unsigned which = 0; which < TRACES; which++) {
        struct trace trace = trace_made(which);

        run_size(results, &trace, 1000, "hits of 1k");
        run_size(results, &trace, 10000, "hits of 10k");
        if (which != 6) /* fits */
            run_size(results, &trace, 100000, "hits of 100k");
        free(trace.keys);
    }
    putchar('\n');
    results_add_target(results,
                       &(struct target){.what = "points that CAR is behind ARC, at most",
                                        .value = number_of(worst.arc),
                                        .limit = 1});
    results_add_target(results,
                       &(struct target){.what = "points that CAR is behind LRU, at most",
                                        .value = number_of(worst.lru),
                                        .limit = 5});
}
