/* SPDX-License-Identifier: MIT
 *
 * usage: vec - <tare/vec.h> and <tare/vec_pool.h> beside their peers, in the top folder.
 * Environment: REPS rounds (31). Writes build/bench/vec.tsv.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/results.h"
#include "bench/vec_ways.h"

enum { REPETITIONS = 31, WAYS = 8, ELEMENTS = 200000 /* in a sample, about */ };

struct way {
    const char *name;
    vec_run_fn run; /* NULL: it is not here */
};

/* Ours is the first. */
struct test {
    const char *name;
    size_t count;
    struct way ways[WAYS];
};

#define ALL(PATTERN)                                                         \
    {"tare, 8", vec_tare_##PATTERN}, {"malloc'd", vec_malloc_##PATTERN},     \
        {"std::vector", vec_std_##PATTERN}, {"absl, 8", vec_absl_##PATTERN}, \
        {"boost, 8", vec_boost_##PATTERN}, {"GArray", vec_garray_##PATTERN}, \
    {                                                                        \
        "utarray", vec_utarray_##PATTERN                                     \
    }
#define OF_16(PATTERN)                                                        \
    {"tare, 16", vec_tare_16_##PATTERN}, {"absl, 16", vec_absl_16_##PATTERN}, \
    {                                                                         \
        "boost, 16", vec_boost_16_##PATTERN                                   \
    }
#define POOLED(PATTERN)                                                            \
    {"tare, pooled", vec_tare_pool_##PATTERN}, {"malloc'd", vec_malloc_##PATTERN}, \
    {                                                                              \
        "std::vector", vec_std_##PATTERN                                           \
    }
#define SEARCH(WHAT)                                               \
    {"tare", vec_tare_##WHAT}, {"plain C, -O3", vec_plain_##WHAT}, \
    {                                                              \
        "std", vec_std_##WHAT                                      \
    }
#define SORT                                            \
    {"tare", vec_tare_sort}, {"qsort", vec_plain_sort}, \
    {                                                   \
        "std", vec_std_sort                             \
    }

static const struct test tests[] = {
    {"push 4", 4, {ALL(push)}},
    {"push 8", 8, {ALL(push)}},
    {"push 16", 16, {ALL(push)}},
    {"push 32", 32, {ALL(push)}},
    {"push 64", 64, {ALL(push)}},
    {"push 256", 256, {ALL(push)}},
    {"push 1024", 1024, {ALL(push)}},
    {"push_n 8", 8, {ALL(push_n)}},
    {"push_n 64", 64, {ALL(push_n)}},
    {"unchecked 8", 8, {ALL(reserved)}},
    {"unchecked 64", 64, {ALL(reserved)}},
    {"push 16 of 16", 16, {OF_16(push)}},
    {"push 64 of 16", 64, {OF_16(push)}},
    {"pooled 8", 8, {POOLED(push)}},
    {"pooled 64", 64, {POOLED(push)}},
    {"pooled 1024", 1024, {POOLED(push)}},
    {"find u8", 1000, {SEARCH(find_u8)}},
    {"find u16", 1000, {SEARCH(find_u16)}},
    {"find u32", 1000, {SEARCH(find_u32)}},
    {"find u64", 1000, {SEARCH(find_u64)}},
    {"count u8", 1000, {SEARCH(count_u8)}},
    {"count u16", 1000, {SEARCH(count_u16)}},
    {"count u32", 1000, {SEARCH(count_u32)}},
    {"count u64", 1000, {SEARCH(count_u64)}},
    {"sort", 1000, {SORT}},
};

enum { TESTS = sizeof tests / sizeof *tests };

static struct number costs[TESTS][WAYS]; /* ns a vector; NAN: not measured */

struct run {
    vec_run_fn run;
    size_t times, count;
};

static void run_sample(void *context)
{
    const struct run *run = context;

    run->run(run->times, run->count);
}

/* All ways that are here, each once in each repetition. */
static void measure_test(size_t which)
{
    const struct test *test = &tests[which];
    struct run runs[WAYS];
    struct measure_way ways[WAYS];
    size_t count = 0, from[WAYS];

    for (size_t i = 0; i < WAYS; i++) {
        costs[which][i] = number_of(NAN);
        if (!test->ways[i].run)
            continue;
        runs[count] =
            (struct run){test->ways[i].run, ELEMENTS / (test->count + 8), test->count};
        ways[count] = (struct measure_way){.run = run_sample, .context = &runs[count]};
        from[count++] = i;
    }
    measure_ways(ways, count, measure_repetitions("REPS", REPETITIONS));
    for (size_t i = 0; i < count; i++) {
        struct number ns = samples_number(&ways[i].ns);
        double times = (double)runs[i].times;

        costs[which][from[i]] = (struct number){ns.least / times, ns.median / times};
    }
}

static void add_rows(struct results *results, size_t which)
{
    for (size_t i = 1; i < WAYS && tests[which].ways[i].name; i++) {
        const struct result row = {
            .name = tests[which].name,
            .metric = "ns",
            .unit = "ns",
            .ours = costs[which][0],
            .peer = tests[which].ways[i].name,
            .theirs = costs[which][i],
        };

        results_add(results, &row);
    }
}

static size_t find_test(const char *name)
{
    for (size_t i = 0; i < TESTS; i++)
        if (strcmp(tests[i].name, name) == 0)
            return i;
    abort();
}

static struct number ratio_of(const char *name, const char *peer)
{
    size_t which = find_test(name);

    for (size_t i = 1; i < WAYS && tests[which].ways[i].name; i++)
        if (strcmp(tests[which].ways[i].name, peer) == 0)
            return (struct number){costs[which][0].least / costs[which][i].least,
                                   costs[which][0].median / costs[which][i].median};
    abort();
}

static void add_targets(struct results *results)
{
    static const struct {
        const char *what, *test, *peer;
        double limit;
    } asked[] = {
        {"8 elements, 8 inline / malloc'd", "push 8", "malloc'd", 0.6},
        {"4 of 8 inline / absl::InlinedVector", "push 4", "absl, 8", 1.03},
        {"8 of 8 inline / absl::InlinedVector", "push 8", "absl, 8", 1.03},
        {"16 of 16 inline / absl::InlinedVector", "push 16 of 16", "absl, 16", 1.03},
        {"16 elements, spilt from 8 / absl::InlinedVector", "push 16", "absl, 8", 1},
        {"64 elements, spilt from 8 / absl::InlinedVector", "push 64", "absl, 8", 1},
        {"256 elements, spilt from 8 / absl::InlinedVector", "push 256", "absl, 8", 1},
        {"64 elements, spilt from 16 / absl::InlinedVector", "push 64 of 16", "absl, 16",
         1},
        {"pooled, 64 elements / malloc'd", "pooled 64", "malloc'd", 1},
        {"pooled, 64 elements / std::vector", "pooled 64", "std::vector", 1},
    };

    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        const struct target target = {asked[i].what, ratio_of(asked[i].test, asked[i].peer),
                                      asked[i].limit, 0};

        results_add_target(results, &target);
    }
}

/* Each way for itself; a column a way, least and median. */
static void print_costs(void)
{
    for (size_t which = 0; which < TESTS; which++) {
        const struct way *ways = tests[which].ways;
        bool is_new = !which || strcmp(ways->name, tests[which - 1].ways->name) != 0;

        if (is_new) {
            printf("\n%-14s", "ns");
            for (size_t i = 0; i < WAYS && ways[i].name; i++)
                printf(" %17s", ways[i].name);
            putchar('\n');
        }
        printf("%-14s", tests[which].name);
        for (size_t i = 0; i < WAYS && ways[i].name; i++)
            printf(" %8.1f/%8.1f", costs[which][i].least, costs[which][i].median);
        putchar('\n');
    }
    putchar('\n');
}

/* No value is below 256, or has a byte or half of all ones. */
static void make_values(void)
{
    uint32_t random = 1;

    for (size_t i = 0; i < VEC_MOST; i++) {
        random = random * 1664525u + 1013904223u;
        vec_values[i] = (int)(random >> 1);
        vec_words[i] = 0x0101010101010101u * (random >> 24 & 0x7f);
    }
}

int main(void)
{
    struct results results = {0};
    int cpus[MEASURE_CPUS] = {-1};

    if (!measure_cpus(cpus) || measure_pin(cpus, 1))
        fputs("not bound to a processor\n", stderr);
    printf(
        "Vectors of int beside their peers, a life each: %u repetitions after one to warm "
        "up, each way in\nturn in each, bound to processor %d. A dash: not here when this "
        "was built (make bench-deps).\n",
        measure_repetitions("REPS", REPETITIONS), cpus[0]);
    make_values();
    for (size_t i = 0; i < TESTS; i++)
        measure_test(i);
    for (size_t i = 0; i < TESTS; i++)
        add_rows(&results, i);
    add_targets(&results);
    print_costs();
    results_print_targets(&results, stdout);
    return results_end(&results, "vec") ? 0 : 1;
}
