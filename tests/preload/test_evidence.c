/* SPDX-License-Identifier: MIT
 *
 * What the shim finds out about a site's blocks, of a program that knows.
 */
#include "profile/site_evidence.h"
#include "support/recorded.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct recorded recorded;

static int record_victim(void **state)
{
    (void)state;
    record(&recorded, (const char *const[]){RUN_FAULT("evidence"), NULL}, NULL);
    assert_int_equal(run_exit(&recorded.run), 0);
    assert_int_equal(recorded.profile.processes[0].header->lost_evidence, 0);
    return 0;
}

static int forget_victim(void **state)
{
    (void)state;
    recorded_fini(&recorded);
    return 0;
}

/* Of all sites whose innermost function is this one. */
static struct evidence evidence_in(const char *function)
{
    const struct process *process = &recorded.profile.processes[0];
    struct evidence sum = {0};

    for (uint32_t i = 0; i < process->site_count; i++) {
        if (recorded_is_in(&recorded, process, process->sites[i].leaf, function))
            evidence_add(&sum, process, process->sites[i].records);
    }
    return sum;
}

static void sizes_are_counted_by_bucket(void **state)
{
    struct evidence evidence = evidence_in("sizes_of");

    (void)state;
    assert_int_equal(evidence.size_count, 1000);
    assert_int_equal(evidence.sizes[1], 10);  /* 1 */
    assert_int_equal(evidence.sizes[2], 20);  /* 2 and 3 */
    assert_int_equal(evidence.sizes[5], 160); /* 16 to 31 */
    assert_int_equal(evidence.sizes[6], 90);  /* 32 to 40 */
    assert_int_equal(evidence.sizes[7], 600); /* 100 */
    assert_int_equal(evidence.least_bytes, 1);
    assert_int_equal(evidence.greatest_bytes, 100);
    assert_int_equal(evidence.common_bytes, 100);
    assert_true(evidence.common_blocks > 0 && evidence.common_blocks <= 600);
    assert_int_equal(evidence.most_blocks, 1000);
    assert_int_equal(evidence.most_bytes, 60000 + 10 * 820);
    assert_false(evidence.most_is_bound);
}

/* glibc: a block of n bytes has the next 16k + 8 that holds it, and 24 at least. */
static void slack_is_of_the_size_asked_for(void **state)
{
    struct evidence evidence = evidence_in("sizes_of");
    uint64_t slack = 600 * 4;

    (void)state;
    for (uint64_t bytes = 1; bytes < 40; bytes++)
        slack += 10 * ((bytes <= 24 ? 24 : 40) - bytes);
    /* the run of the last size has not ended, and is not in it */
    assert_int_equal(evidence.slack_allocations, 990);
    assert_int_equal(evidence.slack_bytes, slack);
}

static void lifetimes_are_counted_by_bucket(void **state)
{
    struct evidence lasting = evidence_in("long_lived"), brief = evidence_in("short_lived");

    (void)state;
    assert_int_equal(lasting.life_count, 40);
    /* 150 ms are 143 units; a reading of the clock may be 64 events old */
    for (uint32_t bucket = 0; bucket < LEDGER_LIFE_BUCKETS; bucket++)
        assert_true(lasting.lives[bucket] == 0 || (bucket >= 7 && bucket <= 10));
    assert_int_equal(brief.life_count, 200);
    assert_true(brief.lives[0] + brief.lives[1] + brief.lives[2] >= 190);
}

static void growth_is_counted_by_chain(void **state)
{
    struct evidence evidence = evidence_in("grown");

    (void)state;
    assert_int_equal(evidence.realloc_calls, 800);
    assert_true(evidence.moves <= 800);
    assert_true(evidence.copied_bytes <=
                100 * (16 + 32 + 64 + 128 + 256 + 512 + 1024 + 2048));
    assert_int_equal(evidence.chains, 100);
    assert_int_equal(evidence.final_sizes[13], 100); /* 4096 */
    assert_int_equal(evidence_in("first_of_chain").realloc_calls, 0);
}

static void frees_by_another_thread_are_counted(void **state)
{
    struct evidence evidence = evidence_in("given_away");

    (void)state;
    assert_int_equal(evidence.remote_frees, 1000);
    assert_int_equal(evidence.common_bytes, 70);
    assert_int_equal(evidence_in("sizes_of").remote_frees, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_counted_by_bucket),
        cmocka_unit_test(slack_is_of_the_size_asked_for),
        cmocka_unit_test(lifetimes_are_counted_by_bucket),
        cmocka_unit_test(growth_is_counted_by_chain),
        cmocka_unit_test(frees_by_another_thread_are_counted),
    };

    return cmocka_run_group_tests(tests, record_victim, forget_victim);
}
