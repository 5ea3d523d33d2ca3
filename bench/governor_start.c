/* SPDX-License-Identifier: MIT
 *
 * How long a single check takes at worst, the beginnings of a million, snapshots.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <tare/quota.h>

#include "bench/governor_rows.h"
#include "bench/governor_ways.h"

enum { REPETITIONS = 3, CALLS = 1000000, MILLION = 1000000, ROUNDS = 2000 };

static int by_value(const void *a, const void *b)
{
    uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

    return (one > other) - (one < other);
}

static double ns_a_tick(void)
{
    uint64_t begin_ns = measure_now_ns(), begin = governor_ticks(), now_ns;

    while ((now_ns = measure_now_ns()) < begin_ns + 20000000)
        ;
    return (double)(now_ns - begin_ns) / (double)(governor_ticks() - begin);
}

/* p50, p99, p999 of a check, or of the reading alone. */
static void find_parts(struct fleet *fleet, uint32_t *ticks, bool is_empty, double found[3])
{
    static const double parts[] = {.5, .99, .999};
    double ns = ns_a_tick();

    fleet_ticks(fleet, ticks, CALLS, is_empty);
    fleet_ticks(fleet, ticks, CALLS, is_empty);
    qsort(ticks, CALLS, sizeof *ticks, by_value);
    for (int i = 0; i < 3; i++)
        found[i] = ns * ticks[(size_t)(CALLS * parts[i])];
}

void governor_rows_latency(struct results *results)
{
    static const size_t sizes[] = {40, 1000};
    static const char *const names[] = {"p99 of one check of 40, with the reading, ns",
                                        "p99 of one check of 1,000, likewise"};
    uint32_t *ticks = calloc(CALLS, sizeof *ticks);
    double found[3];

    if (!ticks)
        abort();
    puts("One check, all five in turn, with the reading of the counter, ns:");
    for (int size = 0; size < 2; size++) {
        struct fleet fleet;

        fleet_begin(&fleet, GOVERNOR_IN_TURN, sizes[size], 0);
        find_parts(&fleet, ticks, false, found);
        printf("of %-20zu p50 %4.0f, p99 %4.0f, p999 %4.0f\n", sizes[size], found[0],
               found[1], found[2]);
        results_add_target(results,
                           &(struct target){names[size], number_of(found[1]), 150, 60});
        if (size) {
            find_parts(&fleet, ticks, true, found);
            printf("the reading alone       p50 %4.0f, p99 %4.0f, p999 %4.0f\n\n", found[0],
                   found[1], found[2]);
        }
        fleet_end(&fleet);
    }
    free(ticks);
}

static char *pages(size_t bytes)
{
    char *memory =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        abort();
    madvise(memory, bytes, MADV_HUGEPAGE);
    return memory;
}

static double begin_tiny(const struct tare_governor_config *config)
{
    size_t bytes = MILLION * sizeof(struct tare_quota);
    uint64_t begin = measure_now_ns();
    struct tare_quota *quotas = (void *)pages(bytes);

    for (size_t i = 0; i < MILLION; i++)
        if (tare_quota_init(&quotas[i], &config->quota))
            abort();
    double ms = (double)(measure_now_ns() - begin) / 1e6;
    munmap(quotas, bytes);
    return ms;
}

static double begin_light(const struct tare_governor_policy *policy)
{
    size_t each = tare_governor_bytes(policy);
    uint64_t begin = measure_now_ns();
    char *memory = pages(MILLION * each);
    struct tare_governor *governor;

    for (size_t i = 0; i < MILLION; i++)
        if (tare_governor_init(&governor, memory + i * each, each, policy))
            abort();
    double ms = (double)(measure_now_ns() - begin) / 1e6;
    munmap(memory, MILLION * each);
    return ms;
}

static void snapshots(struct results *results)
{
    struct fleet fleet;

    fleet_begin(&fleet, TARE_GOVERNOR_QUOTA, 1, 0);
    fleet_check(&fleet, 1000);
    size_t most = tare_governor_snapshot_bytes(fleet.policies[TARE_GOVERNOR_QUOTA]);
    void *snapshot = calloc(1, most);
    size_t bytes = 0;
    if (!snapshot)
        abort();
    uint64_t begin = measure_now_ns();
    for (int i = 0; i < ROUNDS; i++)
        bytes = tare_governor_save(fleet.governors[0], snapshot, most);
    double save_ns = (double)(measure_now_ns() - begin) / ROUNDS;
    begin = measure_now_ns();
    for (int i = 0; i < ROUNDS; i++)
        if (tare_governor_restore(fleet.governors[0], snapshot, bytes))
            abort();
    double restore_ns = (double)(measure_now_ns() - begin) / ROUNDS;
    begin = measure_now_ns();
    for (int i = 0; i < ROUNDS; i++)
        tare_governor_reset(fleet.governors[0]);
    double reset_ns = (double)(measure_now_ns() - begin) / ROUNDS;
    printf(
        "A snapshot of 8 tenants and 32 events: %zu bytes, saved in %.0f ns, restored in "
        "%.0f; reset in %.0f.\n\n",
        bytes, save_ns, restore_ns, reset_ns);
    results_add_target(
        results, &(struct target){"reset of one, ns", number_of(reset_ns), 5000, 2000});
    free(snapshot);
    fleet_end(&fleet);
}

void governor_rows_start(struct results *results)
{
    const struct tare_governor_config config = governor_config(TARE_GOVERNOR_QUOTA, 0);
    struct samples tiny = {0}, light = {0};
    struct tare_governor_policy *policy;

    if (tare_governor_policy_create(&policy, &config, NULL))
        abort();
    for (unsigned i = 0; i < measure_repetitions("REPS", REPETITIONS); i++) {
        samples_add(&tiny, begin_tiny(&config));
        samples_add(&light, begin_light(policy));
    }
    struct number tiny_ms = samples_number(&tiny), light_ms = samples_number(&light);
    printf("A million begin, memory's pages included: tare_quota of %zu bytes in %.0f ms, "
           "governors of %zu in %.0f ms.\n",
           sizeof(struct tare_quota), tiny_ms.median, tare_governor_bytes(policy),
           light_ms.median);
    results_add_target(results,
                       &(struct target){"bytes of a quota of one tenant",
                                        number_of(sizeof(struct tare_quota)), 64, 0});
    results_add_target(
        results, &(struct target){"a million quotas of one tenant, ms", tiny_ms, 60, 15});
    results_add_target(results,
                       &(struct target){"a million governors, ms", light_ms, 700, 0});
    tare_governor_policy_destroy(&policy);
    snapshots(results);
}
