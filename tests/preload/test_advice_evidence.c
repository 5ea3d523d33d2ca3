/* SPDX-License-Identifier: MIT
 *
 * What the shim finds out for advice, of a program that knows.
 */
#include "profile/advice_evidence.h"
#include "support/recorded.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct recorded recorded;

static void record_with(const char *setting)
{
    record(&recorded, (const char *const[]){RUN_FAULT("advised"), NULL},
           (const char *const[]){setting, NULL});
    assert_int_equal(run_exit(&recorded.run), 0);
    assert_int_equal(recorded.profile.processes[0].damaged, 0);
}

static int record_victim(void **state)
{
    (void)state;
    record_with("TARE_ADVISE=1");
    return 0;
}

static int forget_victim(void **state)
{
    (void)state;
    recorded_fini(&recorded);
    return 0;
}

/* Of all sites whose innermost function is this one. */
static struct site_advice advice_in(const char *function)
{
    const struct process *process = &recorded.profile.processes[0];
    struct site_advice sum = {0};

    for (uint32_t i = 0; i < process->site_count; i++) {
        const struct site *site = &process->sites[i];

        if (recorded_is_in(&recorded, process, site->leaf, function))
            site_advice_add(&sum, process, &site->counts, site->records);
    }
    return sum;
}

/* A site has advice from the free of its 33rd block on. */
#define ASSERT_ALL_BUT_FIRST(value, all) \
    assert_in_range((value), (all) - (ADVICE_BLOCKS_MIN), (all))

static void contents_are_told_apart(void **state)
{
    struct site_advice few = advice_in("few_texts"), many = advice_in("many_numbers");

    (void)state;
    assert_true(few.contents.is_taken);
    ASSERT_ALL_BUT_FIRST(few.contents.blocks, 1000);
    assert_int_equal(few.contents.bytes, 40 * few.contents.blocks);
    assert_in_range(few.contents.distinct, 19, 21);
    assert_int_equal(few.contents.text_blocks, few.contents.blocks);
    assert_true(many.contents.is_taken);
    /* four times the error that is to be expected */
    assert_in_range(many.contents.distinct, 720, 1000);
    assert_true(many.contents.text_blocks < 100);
}

static void the_commonest_content_is_found(void **state)
{
    struct site_advice advice = advice_in("mostly_one");
    uint64_t most = 0;

    (void)state;
    for (int i = 0; i < ADVICE_COMMONEST; i++)
        if (advice.contents.commonest_blocks[i] > most)
            most = advice.contents.commonest_blocks[i];
    assert_in_range(most, 450, 750);
}

static void unwritten_ends_are_measured(void **state)
{
    struct site_advice part = advice_in("written_in_part"),
                       large = advice_in("large_in_part"), full = advice_in("many_numbers");

    (void)state;
    assert_true(part.unwritten.is_taken);
    ASSERT_ALL_BUT_FIRST(part.unwritten.blocks, 1000);
    assert_int_equal(part.unwritten.unwritten_bytes, part.unwritten.blocks * (512 - 64));
    assert_true(large.unwritten.is_taken);
    assert_in_range(large.unwritten.blocks, 1, 900);
    assert_int_equal(large.unwritten.unwritten_bytes, large.unwritten.blocks * 18000);
    assert_true(full.unwritten.is_taken);
    assert_int_equal(full.unwritten.unwritten_bytes, 0);
}

static void zeros_of_calloc_are_told_apart(void **state)
{
    struct site_advice advice = advice_in("zeroed");

    (void)state;
    assert_false(advice.unwritten.is_taken);
    assert_true(advice.unwritten.has_zeroed);
    ASSERT_ALL_BUT_FIRST(advice.unwritten.zeroed_blocks, 1000);
    assert_int_equal(advice.unwritten.zero_tail_bytes,
                     advice.unwritten.zeroed_blocks * 200);
}

static void pages_that_nobody_touched_are_counted(void **state)
{
    struct site_advice advice = advice_in("untouched");
    uint64_t bytes = advice.unwritten.blocks << 20;

    (void)state;
    assert_true(advice.unwritten.is_taken);
    assert_int_equal(advice.unwritten.blocks, 8);
    assert_int_equal(advice.unwritten.bytes, bytes);
    assert_in_range(advice.unwritten.unwritten_bytes, 0, bytes / 5 * 4);
}

static void chains_end_at_their_sizes(void **state)
{
    struct site_advice advice = advice_in("grown");

    (void)state;
    assert_true(advice.ends.is_taken);
    assert_int_equal(advice.ends.chains, 1000);
    assert_int_equal(advice.ends.greatest_bytes, 199);
    assert_in_range(advice.ends.p50_bytes, 149, 159);
    assert_in_range(advice.ends.p95_bytes, 191, 199);
}

static void a_stack_is_told_from_a_queue(void **state)
{
    struct site_advice stack = advice_in("of_a_stack"), queue = advice_in("of_a_queue");

    (void)state;
    assert_true(stack.deaths.is_taken);
    ASSERT_ALL_BUT_FIRST(stack.deaths.frees, 1000);
    assert_true(stack.deaths.newest > stack.deaths.frees * 9 / 10);
    assert_true(queue.deaths.newest < queue.deaths.frees / 10);
}

static void bursts_are_runs(void **state)
{
    struct site_advice stack = advice_in("of_a_stack"), own = advice_in("frees_its_own");

    (void)state;
    assert_int_equal(stack.deaths.runs, 10);
    assert_int_equal(stack.deaths.longest_run, 100);
    ASSERT_ALL_BUT_FIRST(stack.deaths.run_frees, 1000);
    assert_int_equal(own.deaths.longest_run, 1);
    assert_int_equal(own.deaths.runs, own.deaths.run_frees);
}

static void frames_that_outlive_blocks_are_seen(void **state)
{
    struct site_advice own = advice_in("frees_its_own"),
                       by_caller = advice_in("its_caller_frees"),
                       later = advice_in("outlives_its_caller");

    (void)state;
    if (strcmp(TEST_WALK, "verified") != 0)
        skip();
    assert_true(own.deaths.frames_looked_at > 10);
    assert_int_equal(own.deaths.in_function, own.deaths.frames_looked_at);
    assert_int_equal(own.deaths.in_caller, own.deaths.frames_looked_at);
    assert_true(by_caller.deaths.frames_looked_at > 10);
    assert_int_equal(by_caller.deaths.in_function, 0);
    assert_int_equal(by_caller.deaths.in_caller, by_caller.deaths.frames_looked_at);
    assert_true(later.deaths.frames_looked_at > 10);
    assert_int_equal(later.deaths.in_function, 0);
    assert_int_equal(later.deaths.in_caller, 0);
}

static void a_free_serves_the_next_allocation(void **state)
{
    struct site_advice one = advice_in("of_one_after_another"),
                       stack = advice_in("of_a_stack");

    (void)state;
    assert_true(one.reuse.is_taken);
    assert_true(one.reuse.reused + 2 >= one.reuse.allocations);
    assert_true(stack.reuse.reused <= stack.reuse.allocations);
}

static void blocks_that_others_free_are_looked_at(void **state)
{
    struct site_advice advice = advice_in("given_away");

    (void)state;
    assert_int_equal(advice.evidence.remote_frees, 1000);
    assert_true(advice.contents.is_taken);
    assert_in_range(advice.contents.distinct, 10, 10);
    assert_true(advice.unwritten.is_taken);
    assert_false(advice.deaths.is_taken);
}

static void without_fill_nothing_is_unwritten(void **state)
{
    (void)state;
    recorded_fini(&recorded);
    record_with("TARE_ADVISE=nofill");
    struct site_advice part = advice_in("written_in_part"), zero = advice_in("zeroed");
    assert_true(part.is_advised);
    assert_false(part.unwritten.is_taken);
    assert_true(part.contents.is_taken);
    assert_true(zero.unwritten.has_zeroed);
}

static void without_advice_nothing_is_taken(void **state)
{
    (void)state;
    recorded_fini(&recorded);
    record_with("TARE_ADVISE=0");
    struct site_advice advice = advice_in("few_texts");
    assert_false(advice.is_advised);
    assert_false(process_is_advised(&recorded.profile.processes[0]));
    assert_false(advice.contents.is_taken);
    assert_false(advice.deaths.is_taken);
    assert_int_equal(advice.counts.allocations, 1000);
    assert_int_equal(advice.evidence.size_count, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contents_are_told_apart),
        cmocka_unit_test(the_commonest_content_is_found),
        cmocka_unit_test(unwritten_ends_are_measured),
        cmocka_unit_test(zeros_of_calloc_are_told_apart),
        cmocka_unit_test(pages_that_nobody_touched_are_counted),
        cmocka_unit_test(chains_end_at_their_sizes),
        cmocka_unit_test(a_stack_is_told_from_a_queue),
        cmocka_unit_test(bursts_are_runs),
        cmocka_unit_test(frames_that_outlive_blocks_are_seen),
        cmocka_unit_test(a_free_serves_the_next_allocation),
        cmocka_unit_test(blocks_that_others_free_are_looked_at),
        cmocka_unit_test(without_fill_nothing_is_unwritten),
        cmocka_unit_test(without_advice_nothing_is_taken),
    };

    return cmocka_run_group_tests(tests, record_victim, forget_victim);
}
