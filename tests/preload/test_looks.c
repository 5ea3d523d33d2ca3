/* SPDX-License-Identifier: MIT
 *
 * Live blocks as tare run --advise reads them from outside, of a program that knows what they hold.
 */
#include "cli/live_look.h"
#include "profile/advice_evidence.h"
#include "support/recorded.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct recorded recorded;
static char *folder;

/* `words` behind tare run. */
static void run_advised(const char *const words[])
{
    const char *all[16] = {RUN_TARE, "run", "-o"};
    char pattern[4096], profile[4096];
    int used = 4;

    folder = run_folder();
    snprintf(pattern, sizeof pattern, "%s/%%n.tare", folder);
    snprintf(profile, sizeof profile, "%s/0.tare", folder);
    all[3] = pattern;
    for (int i = 0; words[i]; i++)
        all[used++] = words[i];
    run(&recorded.run, all, NULL);
    recorded.profile.symbols.without_files = false;
    if (profile_add(&recorded.profile, profile))
        fail_msg("nothing was recorded: %s", recorded.run.err);
    assert_int_equal(profile_finish(&recorded.profile), 0);
    assert_int_equal(recorded.profile.processes[0].damaged, 0);
}

static int teardown(void **state)
{
    (void)state;
    run_fini(&recorded.run);
    profile_fini(&recorded.profile);
    run_folder_remove(folder);
    memset(&recorded, 0, sizeof recorded);
    return 0;
}

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

static void what_is_held_twice_is_found(void **state)
{
    (void)state;
    if (run_is_emulated())
        skip();
    run_advised((const char *const[]){"--advise", RUN_FAULT("advised"), NULL});
    struct site_advice texts = advice_in("held_text"), once = advice_in("held_once");
    struct process_looks looks = process_looks(&recorded.profile.processes[0]);

    assert_true(looks.end_is_taken);
    assert_int_equal(looks.end_live_bytes, recorded.profile.processes[0].counts.live_bytes);
    assert_true(looks.held_live_bytes >= looks.end_live_bytes);
    assert_true(texts.at_end.is_taken);
    if (looks.held_live_bytes ==
        looks.end_live_bytes) /* else a larger block was met before */
        assert_true(texts.held.is_taken);
    assert_int_equal(texts.at_end.blocks, 500);
    assert_int_equal(texts.at_end.bytes, 50000);
    assert_int_equal(texts.at_end.distinct_blocks, 20);
    assert_int_equal(texts.at_end.distinct_bytes, 2000);
    assert_int_equal(texts.at_end.text_blocks, 500);
    assert_int_equal(texts.at_end.elsewhere_blocks, 0);
    assert_true(once.at_end.is_taken);
    assert_int_equal(once.at_end.distinct_blocks, 500);
    assert_int_equal(once.at_end.text_blocks, 0);
}

static void a_program_that_is_killed_has_no_end(void **state)
{
    (void)state;
    run_advised((const char *const[]){"--advise", RUN_FAULT("advised"), "aborts", NULL});
    assert_int_equal(run_exit(&recorded.run), 128 + SIGABRT);
    struct site_advice texts = advice_in("held_text");
    assert_true(texts.is_advised);
    assert_false(texts.at_end.is_taken);
    assert_false(process_looks(&recorded.profile.processes[0]).end_is_taken);
    assert_true(advice_in("few_texts").contents.is_taken);
}

static void without_samples_nobody_looks(void **state)
{
    (void)state;
    setenv("TARE_LOOKER", "1", 1); /* as in what another tare run runs */
    run_advised(
        (const char *const[]){"--advise", "--samples", "0", RUN_FAULT("advised"), NULL});
    unsetenv("TARE_LOOKER");
    assert_int_equal(run_exit(&recorded.run), 0);
    assert_int_equal(recorded.profile.processes[0].header->looker, 0);
    assert_false(process_looks(&recorded.profile.processes[0]).end_is_taken);
    assert_true(advice_in("few_texts").contents.is_taken);
}

static void no_fill_is_passed_on(void **state)
{
    (void)state;
    run_advised((const char *const[]){"--advise", "--no-fill", RUN_FAULT("advised"), NULL});
    struct site_advice part = advice_in("written_in_part");
    assert_true(part.contents.is_taken);
    assert_false(part.unwritten.is_taken);
}

/* What a process did at its end that was told that this one looks. */
static uint32_t look_wanted_of(pid_t looker)
{
    char setting[40];

    snprintf(setting, sizeof setting, "TARE_LOOKER=%d", (int)looker);
    record(&recorded, (const char *const[]){RUN_FAULT("advised"), NULL},
           (const char *const[]){"TARE_ADVISE=1", setting, NULL});
    assert_int_equal(run_exit(&recorded.run), 0);
    uint32_t look = recorded.profile.processes[0].header->look;
    recorded_fini(&recorded);
    memset(&recorded, 0, sizeof recorded);
    return look;
}

static void a_looker_that_is_gone_is_not_waited_for(void **state)
{
    (void)state;
    if (run_is_emulated())
        skip();
    pid_t gone = fork();
    if (!gone)
        _exit(0);
    assert_int_equal(waitpid(gone, NULL, 0), gone);
    assert_int_equal(look_wanted_of(gone), 0);
    assert_int_equal(look_wanted_of(0), 0);
    assert_int_equal(look_wanted_of(getpid()), LEDGER_LOOK_WANTED);
}

static void count_call(void *context)
{
    ++*(int *)context;
}

static void a_process_that_is_gone_is_an_error(void **state)
{
    struct live_look look;
    char path[4096];
    int calls = 0;

    (void)state;
    run_advised((const char *const[]){"--advise", RUN_FAULT("advised"), NULL});
    snprintf(path, sizeof path, "%s/0.tare", folder);
    assert_true(live_look_take(&look, path, count_call, &calls) < 0);
    assert_int_equal(calls, 1);
    assert_null(look.sites);
    assert_true(live_look_take(&look, "/nowhere", count_call, &calls) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_is_held_twice_is_found, teardown),
        cmocka_unit_test_teardown(a_program_that_is_killed_has_no_end, teardown),
        cmocka_unit_test_teardown(without_samples_nobody_looks, teardown),
        cmocka_unit_test_teardown(no_fill_is_passed_on, teardown),
        cmocka_unit_test(a_looker_that_is_gone_is_not_waited_for),
        cmocka_unit_test_teardown(a_process_that_is_gone_is_an_error, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
