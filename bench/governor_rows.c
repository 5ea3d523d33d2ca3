/* SPDX-License-Identifier: MIT
 *
 * Checks of fleets, by type and size.
 */
#include "bench/governor_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/governor_ways.h"

enum { REPETITIONS = 9, CHECKS = 1000000, ANSWERS = 64 };

static const char *const types[] = {"quota",
                                    "entitlement",
                                    "billing",
                                    "subscription",
                                    "compliance",
                                    "all five in turn",
                                    "all five in any order"};
static const size_t sizes[] = {1, 40, 1000, 100000};
enum { SIZES = sizeof sizes / sizeof *sizes, WARM = 1, HOT = 2, COLD = 3 };

static void run_fleet(void *context)
{
    fleet_check(context, CHECKS);
}

static void run_clock(void *context)
{
    fleet_check_clock(context, CHECKS);
}

static void run_batches(void *context)
{
    fleet_check_batches(context, CHECKS);
}

static void run_uthash(void *context)
{
    buckets_uthash_check(context, CHECKS);
}

static void run_glib(void *context)
{
    buckets_glib_check(context, CHECKS);
}

static struct number each(const struct measure_way *way)
{
    struct number ns = samples_number(&way->ns);

    return (struct number){ns.least / CHECKS, ns.median / CHECKS};
}

static struct number measure(void (*run)(void *context), struct fleet *fleet)
{
    struct measure_way way = {.run = run, .context = fleet};

    measure_ways(&way, 1, measure_repetitions("REPS", REPETITIONS));
    return each(&way);
}

static void print_rates(const struct number *ns)
{
    for (size_t size = 0; size < SIZES; size++)
        printf(" %9.1f", 1000 / ns[size].median);
    putchar('\n');
}

void governor_rows_bytes(struct results *results)
{
    size_t most = 0;

    printf("Bytes of a governor of 16 tenants and 32 events:");
    for (int type = 0; type < TARE_GOVERNOR_TYPES; type++) {
        struct tare_governor_config config =
            governor_config((enum tare_governor_type)type, 0);
        struct tare_governor_policy *policy;

        if (tare_governor_policy_create(&policy, &config, NULL))
            abort();
        size_t bytes = tare_governor_bytes(policy);
        most = bytes > most ? bytes : most;
        printf(" %s %zu%s", types[type], bytes, type + 1 < TARE_GOVERNOR_TYPES ? "," : "");
        tare_governor_policy_destroy(&policy);
    }
    puts("; billing's with the one answer that it cannot be without.\n");
    results_add_target(results, &(struct target){"bytes of the largest type",
                                                 number_of((double)most), 2048, 0});
}

/* Ours and both peers in the same rounds. */
static void measure_beside(struct results *results, struct number ours[SIZES],
                           struct number theirs[2][SIZES])
{
    static const char *const names[SIZES] = {"quota of 1", "quota of 40", "quota of 1,000",
                                             "quota of 100,000"};

    for (size_t size = 0; size < SIZES; size++) {
        struct fleet fleet;
        struct buckets uthash, glib;
        struct measure_way ways[3] = {{.run = run_fleet, .context = &fleet},
                                      {.run = run_uthash, .context = &uthash},
                                      {.run = run_glib, .context = &glib}};

        fleet_begin(&fleet, TARE_GOVERNOR_QUOTA, sizes[size], 0);
        buckets_uthash_begin(&uthash, sizes[size]);
        buckets_glib_begin(&glib, sizes[size]);
        measure_ways(ways, 3, measure_repetitions("REPS", REPETITIONS));
        ours[size] = each(&ways[0]);
        for (int peer = 0; peer < 2; peer++) {
            const char *name = peer ? buckets_glib_name : buckets_uthash_name;

            theirs[peer][size] = name ? each(&ways[peer + 1]) : number_of(NAN);
            if (name)
                results_add(results, &(struct result){.name = names[size],
                                                      .metric = "ns",
                                                      .unit = "ns",
                                                      .ours = ours[size],
                                                      .peer = name,
                                                      .theirs = theirs[peer][size]});
        }
        buckets_glib_end(&glib);
        buckets_uthash_end(&uthash);
        fleet_end(&fleet);
    }
}

void governor_rows_checks(struct results *results)
{
    struct number ns[SIZES], theirs[2][SIZES];

    printf("%-34s %9s %9s %9s %9s\n", "M checks/s, median; governors", "1", "40", "1,000",
           "100,000");
    measure_beside(results, ns, theirs);
    for (int type = 0; type <= GOVERNOR_MIXED; type++) {
        for (size_t size = 0; type && size < SIZES; size++) {
            struct fleet fleet;

            fleet_begin(&fleet, type, sizes[size], 0);
            ns[size] = measure(run_fleet, &fleet);
            fleet_end(&fleet);
        }
        printf("%-34s", types[type]);
        print_rates(ns);
        if (type == GOVERNOR_IN_TURN)
            for (size_t size = WARM; size <= HOT; size++)
                results_add_target(
                    results, &(struct target){size == HOT ? "ns a check, all five, of 1,000"
                                                          : "ns a check, all five, of 40",
                                              ns[size], 25, 1000.0 / 80});
    }
    for (size_t size = 0; size < SIZES; size++) {
        struct fleet fleet;

        fleet_begin(&fleet, TARE_GOVERNOR_QUOTA, sizes[size], 0);
        ns[size] = measure(run_clock, &fleet);
        fleet_end(&fleet);
    }
    printf("%-34s", "quota, with a look at the clock");
    print_rates(ns);
    for (int peer = 0; peer < 2; peer++) {
        printf("bucket in %-24s", peer ? "GHashTable" : "uthash");
        print_rates(theirs[peer]);
    }
    putchar('\n');
}

void governor_rows_answers(struct results *results)
{
    struct fleet fleet;

    for (size_t size = WARM; size <= HOT; size++) {
        fleet_begin(&fleet, GOVERNOR_IN_TURN, sizes[size], ANSWERS);
        struct number ns = measure(run_fleet, &fleet);
        fleet_end(&fleet);
        printf("With an id each, 64 remembered, all five, of %zu: %.1f M/s\n", sizes[size],
               1000 / ns.median);
        results_add_target(results,
                           &(struct target){size == HOT ? "ns a check with an id, of 1,000"
                                                        : "ns a check with an id, of 40",
                                            ns, 1000.0 / 15, 0});
    }
    for (size_t size = HOT; size <= COLD; size++) {
        fleet_begin(&fleet, GOVERNOR_IN_TURN, sizes[size], 0);
        struct measure_way ways[2] = {{.run = run_batches, .context = &fleet},
                                      {.run = run_fleet, .context = &fleet}};
        measure_ways(ways, 2, measure_repetitions("REPS", REPETITIONS));
        struct number many = each(&ways[0]), one = each(&ways[1]);
        fleet_end(&fleet);
        results_add(results,
                    &(struct result){.name = size == HOT ? "64 at once, of 1,000"
                                                         : "64 at once, of 100,000",
                                     .metric = "ns",
                                     .unit = "ns",
                                     .ours = many,
                                     .peer = "one by one",
                                     .theirs = one});
        printf("All five of %zu, 64 at once: %.1f M/s, one by one %.1f\n", sizes[size],
               1000 / many.median, 1000 / one.median);
    }
    putchar('\n');
}
