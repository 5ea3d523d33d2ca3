/* SPDX-License-Identifier: MIT
 *
 * The recorder's timeline of its own: levels are noted when it is time, and thinned.
 */
#include "shim/events.h"
#include "shim/levels.h"

#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { NS_PER_MS = 1000000, LEVELS = 512, STEP_MS = 5 };

static const struct ledger_level *own_levels(void)
{
    return ledger_at(&recorder->ledger, recorder->levels);
}

/* What each level tells is the time itself, so that a mixed-up one is seen. */
static void take_at(struct thread *thread, uint64_t ms)
{
    struct ledger_header *header = account_header(thread);

    thread->now_ns = header->start_monotonic_ns + ms * NS_PER_MS;
    header->live_first = (int64_t)ms - header->live_others;
    levels_tick(thread);
}

static void levels_stay_few_and_evenly_spread(void **state)
{
    (void)state;
    assert_true(recorder_start());
    struct thread thread = {.base = recorder->ledger.base, .is_first = true};
    for (uint64_t ms = 1; ms < 60000; ms++) {
        take_at(&thread, ms);
        if (ms == STEP_MS - 1)
            assert_int_equal(recorder->levels, 0);
        if (ms < 2 * LEVELS * STEP_MS)
            continue;
        assert_in_range(recorder->level_count, LEVELS / 2, LEVELS);
    }
    const struct ledger_level *levels = own_levels();
    uint64_t step = levels[1].at_ns - levels[0].at_ns;
    assert_true(step > STEP_MS * NS_PER_MS);
    for (uint32_t i = 0; i < LEVELS; i++) {
        if (i >= recorder->level_count) {
            assert_int_equal(levels[i].at_ns, 0);
            continue;
        }
        assert_int_equal(levels[i].live_bytes * NS_PER_MS, levels[i].at_ns);
        assert_true(!i || levels[i].at_ns - levels[i - 1].at_ns == step);
    }
    assert_true(levels[recorder->level_count - 1].at_ns + step >= 60000u * NS_PER_MS);
}

/* A signal handler that allocates while its thread holds the lock comes by here. */
static void level_is_left_out_while_the_lock_is_taken(void **state)
{
    struct thread thread = {.base = recorder->ledger.base, .is_first = true};
    uint32_t count = recorder->level_count;

    (void)state;
    assert_true(lock_try(&recorder->lock, thread_self()));
    take_at(&thread, 1000000);
    assert_int_equal(recorder->level_count, count);
    lock_leave(&recorder->lock);
    take_at(&thread, 1000000);
    assert_int_equal(recorder->level_count, count + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_stay_few_and_evenly_spread),
        cmocka_unit_test(level_is_left_out_while_the_lock_is_taken),
    };

    setenv("TARE_OUTPUT", "/dev/null/no/folder", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
