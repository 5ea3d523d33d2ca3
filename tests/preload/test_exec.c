/* SPDX-License-Identifier: MIT
 *
 * Programs that start others with an environment that they made anew.
 */
#include "support/recorded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

enum { CHILD_BLOCKS = 5, CHILD_BYTES = 333 };

static const char *const ways[] = {"execve",      "execle",       "execvpe", "fexecve",
                                   "posix_spawn", "posix_spawnp", "vfork",   "execv",
                                   "execvp",      "execl",        "execlp"};

enum { WAYS = sizeof ways / sizeof *ways };

/* Was the program that was started recorded, and all that it did? */
static bool has_child(struct recorded *recorded)
{
    bool found = false;

    for (uint32_t i = 0; i < recorded->profile.process_count; i++) {
        const struct process *process = &recorded->profile.processes[i];
        struct counts counts = recorded_in(recorded, process, "child");

        found |= counts.allocations == CHILD_BLOCKS &&
                 counts.bytes == CHILD_BLOCKS * CHILD_BYTES;
    }
    return found;
}

static uint64_t unrecorded_programs(const struct recorded *recorded)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < recorded->profile.process_count; i++)
        sum += recorded->profile.processes[i].header->unrecorded_programs;
    return sum;
}

static void start(struct recorded *recorded, const char *how, const char *what,
                  const char *own)
{
    char expected[32];

    record(recorded, WORDS(RUN_FAULT("starts"), how, what), NULL);
    snprintf(expected, sizeof expected, "%s\n", own);
    assert_int_equal(run_exit(&recorded->run), 0);
    assert_string_equal(recorded->run.out, expected);
    assert_string_equal(recorded->run.err, "");
}

static void recorded_by_every_way(const char *what, const char *own)
{
    for (int i = 0; i < WAYS; i++) {
        struct recorded recorded;

        start(&recorded, ways[i], what, own);
        assert_int_equal(recorded.profile.process_count, 2);
        assert_true(has_child(&recorded));
        assert_int_equal(unrecorded_programs(&recorded), 0);
        recorded_fini(&recorded);
    }
}

static void environments_made_anew_keep_the_recorder(void **state)
{
    (void)state;
    recorded_by_every_way("anew", "here");
    recorded_by_every_way("bare", "none");
}

static void large_environments_do_too(void **state)
{
    (void)state;
    recorded_by_every_way("large", "here");
}

static void preloads_of_others_stay_in_the_list(void **state)
{
    (void)state;
    recorded_by_every_way("other", "here");
}

static void recorder_that_was_taken_out_stays_out_and_is_counted(void **state)
{
    (void)state;
    for (int i = 0; i < WAYS; i++) {
        struct recorded recorded;

        start(&recorded, ways[i], "without", "none");
        assert_int_equal(recorded.profile.process_count, 1);
        assert_false(has_child(&recorded));
        assert_int_equal(unrecorded_programs(&recorded), 1);
        recorded_fini(&recorded);
    }
}

static void settings_go_along(void **state)
{
    struct recorded recorded;

    (void)state;
    record(&recorded, WORDS("env", "-i", RUN_FAULT("starts")), WORDS("TARE_STACK_DEPTH=1"));
    assert_int_equal(recorded.profile.process_count, 2);
    assert_true(has_child(&recorded));
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(recorded.profile.processes[i].header->stack_depth, 1);
    recorded_fini(&recorded);
}

static void failures_to_start_are_the_program_s_own(void **state)
{
    struct recorded recorded;

    (void)state;
    record(&recorded, WORDS("env", "-i", "/nonexistent"), NULL);
    assert_int_equal(run_exit(&recorded.run), 127);
    assert_non_null(strstr(recorded.run.err, "No such file or directory"));
    recorded_fini(&recorded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(environments_made_anew_keep_the_recorder),
        cmocka_unit_test(large_environments_do_too),
        cmocka_unit_test(preloads_of_others_stay_in_the_list),
        cmocka_unit_test(recorder_that_was_taken_out_stays_out_and_is_counted),
        cmocka_unit_test(settings_go_along),
        cmocka_unit_test(failures_to_start_are_the_program_s_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
