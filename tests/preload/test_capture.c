/* SPDX-License-Identifier: MIT
 *
 * What the shim records of programs that know exactly what they did.
 */
#include "support/recorded.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { ENDING_BLOCKS = 10000 };

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define SETTINGS(...) WORDS(__VA_ARGS__)

/* Each line of the program's output: pid, allocations, frees, bytes, freed bytes, temporary. */
static void check_lines(struct recorded *recorded, int lines, const char *function)
{
    const char *text = recorded->run.out;
    uint64_t said[6];

    assert_int_equal(run_exit(&recorded->run), 0);
    for (int i = 0; i < lines; i++) {
        assert_int_equal(read_numbers(&text, said, 6), 6);
        const struct process *process = recorded_process(recorded, said[0]);
        struct counts counts = recorded_in(recorded, process, function);

        assert_int_equal(counts.allocations, said[1]);
        assert_int_equal(counts.frees, said[2]);
        assert_int_equal(counts.bytes, said[3]);
        assert_int_equal(counts.live_blocks, said[1] - said[2]);
        assert_int_equal(counts.live_bytes, said[3] - said[4]);
        assert_int_equal(counts.temporary, said[5]);
        assert_int_equal(process->header->lost_events, 0);
        assert_int_equal(process->header->lost_stacks, 0);
        assert_int_equal(process->header->untracked_frees, 0);
    }
    assert_int_equal(*text, '\0');
    assert_int_equal(recorded->run.err_bytes, 0);
}

static void counts_of_one_thread_are_its_own(void **state)
{
    struct recorded recorded;

    (void)state;
    record(&recorded, WORDS(RUN_FAULT("counts"), "1", "0"), NULL);
    assert_int_equal(recorded.profile.process_count, 1);
    check_lines(&recorded, 1, NULL);
    /* it makes no others: the process's totals are those too */
    const struct process *process = &recorded.profile.processes[0];
    struct counts own = recorded_in(&recorded, process, NULL);
    assert_int_equal(process->counts.allocations, own.allocations);
    assert_int_equal(process->counts.bytes, own.bytes);
    recorded_fini(&recorded);
}

static void counts_of_four_threads_and_of_forks_are_their_own(void **state)
{
    struct recorded recorded;

    (void)state;
    record(&recorded, WORDS(RUN_FAULT("counts"), "4", "3"), NULL);
    assert_int_equal(recorded.profile.process_count, 6);
    check_lines(&recorded, 6, NULL);
    const struct process *process = recorded_process(&recorded, (uint64_t)recorded.run.pid);
    uint64_t threads = 0;
    for (uint32_t i = 0; i < process->thread_count; i++)
        threads += process->threads[i].served;
    assert_int_equal(threads, 4);
    recorded_fini(&recorded);
}

static void counts_on_mimalloc_are_its_own(void **state)
{
    struct recorded recorded;

    (void)state;
    record(&recorded, WORDS(RUN_FAULT("counts"), "4", "2"),
           SETTINGS("TARE_ALLOCATOR=mimalloc"));
    assert_int_equal(recorded.profile.processes[0].header->allocator,
                     LEDGER_ALLOCATOR_MIMALLOC);
    check_lines(&recorded, 4, NULL);
    recorded_fini(&recorded);
}

static void counts_without_sites_are_the_totals(void **state)
{
    struct recorded recorded;
    uint64_t said[6];

    (void)state;
    record(&recorded, WORDS(RUN_FAULT("counts"), "1"), SETTINGS("TARE_TRACK_SITES=0"));
    const char *text = recorded.run.out;
    const struct process *process = &recorded.profile.processes[0];
    assert_int_equal(read_numbers(&text, said, 6), 6);
    assert_int_equal(process->site_count, 1);
    assert_int_equal(process->counts.allocations, said[1]);
    assert_int_equal(process->counts.frees, said[2]);
    assert_int_equal(process->counts.bytes, said[3]);
    assert_int_equal(process->counts.live_bytes, said[3] - said[4]);
    assert_int_equal(process->counts.temporary, said[5]);
    recorded_fini(&recorded);
}

static void peak_and_each_sites_part_of_it_are_exact(void **state)
{
    static const char *const sites[] = {"site_a", "site_b", "site_c", "site_d"};
    struct recorded recorded;
    uint64_t said[5];

    (void)state;
    record(&recorded, WORDS(RUN_FAULT("peak")), NULL);
    const char *text = recorded.run.out;
    const struct process *process = &recorded.profile.processes[0];
    assert_int_equal(read_numbers(&text, said, 5), 5);
    assert_int_equal(process->peak_bytes, said[0]);
    for (int i = 0; i < 4; i++)
        assert_int_equal(recorded_in(&recorded, process, sites[i]).bytes_at_peak,
                         said[1 + i]);
    assert_true(process->peak_at_ns > 0 && process->peak_at_ns <= process->duration_ns);
    recorded_fini(&recorded);
}

static void ends_by(const char *how, int status, enum process_end end)
{
    struct recorded recorded;
    char file[4096];
    struct stat written;

    char *folder = run_folder();
    snprintf(file, sizeof file, "%s/own", folder);
    record(&recorded, WORDS(RUN_FAULT("ending"), how, file), NULL);
    assert_int_equal(run_exit(&recorded.run), status);
    assert_int_equal(recorded.profile.process_count, strcmp(how, "exec") == 0 ? 2 : 1);
    for (uint32_t i = 0; i < recorded.profile.process_count; i++) {
        const struct process *process = &recorded.profile.processes[i];
        struct counts counts = recorded_in(&recorded, process, "allocate_all");

        assert_int_equal(counts.allocations, ENDING_BLOCKS);
        assert_int_equal(counts.frees, ENDING_BLOCKS / 10);
        assert_int_equal(counts.live_bytes, 100 * (ENDING_BLOCKS - ENDING_BLOCKS / 10));
    }
    assert_int_equal(recorded.profile.processes[0].end, end);
    if (strcmp(how, "close") == 0) {
        assert_int_equal(stat(file, &written), 0);
        assert_int_equal(written.st_size, 10);
    }
    recorded_fini(&recorded);
    run_folder_remove(folder);
}

static void nothing_is_lost_however_it_ends(void **state)
{
    (void)state;
    ends_by("return", 7, PROCESS_END_EXIT);
    ends_by("kill", 128 + SIGKILL, PROCESS_END_UNKNOWN);
    ends_by("_exit", 5, PROCESS_END_UNKNOWN);
    ends_by("abort", 128 + SIGABRT, PROCESS_END_UNKNOWN);
    ends_by("quick_exit", 6, PROCESS_END_UNKNOWN);
    ends_by("close", 0, PROCESS_END_EXIT);
    if (!run_is_emulated()) /* the kernel knows nothing of the emulator */
        ends_by("exec", 7, PROCESS_END_EXEC);
}

static void every_function_behaves_as_in_glibc(void **state)
{
    static const char *const modes[] = {"TARE_TRACK_SITES=1", "TARE_TRACK_SITES=0",
                                        "TARE_STACK_DEPTH=1", "TARE_CHECK_STACKS=1"};
    struct recorded recorded;

    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        record(&recorded, WORDS(RUN_FAULT("edges")), SETTINGS(modes[i]));
        assert_string_equal(recorded.run.out, "ok\n");
        assert_int_equal(recorded.run.err_bytes, 0);
        const struct process *process = &recorded.profile.processes[0];
        assert_int_equal(process->header->untracked_frees, 0);
        recorded_fini(&recorded);
    }
}

static void each_new_is_counted_once(void **state)
{
    static const char *const allocators[] = {"TARE_ALLOCATOR=system",
                                             "TARE_ALLOCATOR=mimalloc"};
    struct recorded recorded;
    uint64_t said[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        record(&recorded, WORDS(RUN_FAULT("news"), "50"), SETTINGS(allocators[i]));
        const char *text = recorded.run.out;
        assert_int_equal(read_numbers(&text, said, 2), 2);
        struct counts counts =
            recorded_in(&recorded, &recorded.profile.processes[0], "all_forms()");
        assert_int_equal(counts.allocations, said[0]);
        assert_int_equal(counts.frees, said[1]);
        recorded_fini(&recorded);
    }
}

static void operators_of_the_program_stay_in_force(void **state)
{
    struct recorded recorded;

    (void)state;
    record(&recorded, WORDS(RUN_FAULT("own_new")), NULL);
    assert_string_equal(recorded.run.out, "1 1\n");
    assert_int_equal(run_exit(&recorded.run), 0);
    recorded_fini(&recorded);
}

static void slots_serve_one_thread_after_another(void **state)
{
    struct recorded recorded;

    (void)state;
    record(&recorded, WORDS(RUN_FAULT("ends_of_threads")), NULL);
    const struct process *process = &recorded.profile.processes[0];
    assert_int_equal(recorded_in(&recorded, process, "in_thread").allocations, 11000);
    assert_int_equal(recorded_in(&recorded, process, "in_thread").live_blocks, 0);
    assert_int_equal(recorded_in(&recorded, process, "in_destructor").allocations, 1000);
    assert_true(process->thread_count <= 12);
    assert_string_equal(process->threads[process->thread_count - 1].name, "short");
    assert_int_equal(process->header->lost_events, 0);
    recorded_fini(&recorded);
}

static void depth_cuts_stacks_and_nothing_else(void **state)
{
    struct recorded recorded;

    (void)state;
    record(&recorded, WORDS(RUN_FAULT("counts"), "2"), SETTINGS("TARE_STACK_DEPTH=1"));
    check_lines(&recorded, 1, NULL);
    const struct process *process = &recorded.profile.processes[0];
    for (uint32_t i = 0; i < process->site_count; i++) {
        uint32_t leaf = process->sites[i].leaf;
        assert_true(leaf < NODE_FIRST || process->nodes[leaf].parent == LEDGER_CUT_DEPTH);
    }
    recorded_fini(&recorded);
}

static void no_room_is_said_and_not_noticed(void **state)
{
    struct run result;
    char shim[4096];
    char *path = realpath(RUN_SHIM, NULL);

    (void)state;
    if (run_is_emulated())
        skip();
    snprintf(shim, sizeof shim, "LD_PRELOAD=%s", path);
    free(path);
    run(&result, WORDS(RUN_FAULT("edges")),
        SETTINGS(shim, "TARE_OUTPUT=/proc/nowhere/%p.tare"));
    assert_string_equal(result.out, "ok\n");
    assert_int_equal(run_exit(&result), 0);
    assert_non_null(strstr(result.err, "the profile cannot be created"));
    run_fini(&result);
    run(&result, WORDS("sh", "-c", "ulimit -f 8; exec " RUN_FAULT("edges")),
        SETTINGS(shim, "TARE_OUTPUT=/tmp/%e.%p.tare"));
    assert_string_equal(result.out, "ok\n");
    assert_non_null(strstr(result.err, "no room for the profile"));
    run_fini(&result);
}

static void a_full_ledger_loses_stacks_and_says_how_many(void **state)
{
    struct recorded recorded;

    (void)state;
    if (run_is_emulated())
        skip();
    record(&recorded, WORDS("sh", "-c", "ulimit -f 400; exec " RUN_FAULT("stacks") " 1000"),
           NULL);
    assert_string_equal(recorded.run.out, "ok\n");
    const struct process *process = recorded_process(&recorded, (uint64_t)recorded.run.pid);
    assert_true(process->header->lost_stacks > 0);
    assert_int_equal(process->header->lost_events, 0);
    assert_true(process->counts.allocations > 100000);
    recorded_fini(&recorded);
}

static void a_bad_setting_is_one_line_and_the_default(void **state)
{
    struct recorded recorded;

    (void)state;
    record(&recorded, WORDS(RUN_FAULT("counts")),
           SETTINGS("TARE_STACK_DEPTH=deep", "TARE_NO_SUCH=1", "TARE_TRACK_SITES=yes"));
    assert_non_null(strstr(recorded.run.err, "tare: TARE_STACK_DEPTH=deep: not a number"));
    assert_non_null(strstr(recorded.run.err, "tare: TARE_NO_SUCH=1: no such setting"));
    assert_non_null(
        strstr(recorded.run.err, "tare: TARE_TRACK_SITES=yes: neither 0 nor 1"));
    assert_int_equal(recorded.profile.processes[0].header->stack_depth, 0);
    assert_true(recorded.profile.processes[0].header->flags & LEDGER_SITES);
    recorded_fini(&recorded);
}

static void report_at_exit_names_the_sites(void **state)
{
    struct recorded recorded;

    (void)state;
    if (run_is_emulated())
        skip();
    record(&recorded,
           WORDS("perl", "-e", "my @a = map { \"x$_\" } 1 .. 10000; print 'out'"),
           SETTINGS("TARE_PRINT_REPORT=1"));
    assert_string_equal(recorded.run.out, "out");
    assert_non_null(strstr(recorded.run.err, " allocations, "));
    assert_non_null(strstr(recorded.run.err, "Perl_"));
    recorded_fini(&recorded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_of_one_thread_are_its_own),
        cmocka_unit_test(counts_of_four_threads_and_of_forks_are_their_own),
        cmocka_unit_test(counts_on_mimalloc_are_its_own),
        cmocka_unit_test(counts_without_sites_are_the_totals),
        cmocka_unit_test(peak_and_each_sites_part_of_it_are_exact),
        cmocka_unit_test(nothing_is_lost_however_it_ends),
        cmocka_unit_test(every_function_behaves_as_in_glibc),
        cmocka_unit_test(each_new_is_counted_once),
        cmocka_unit_test(operators_of_the_program_stay_in_force),
        cmocka_unit_test(slots_serve_one_thread_after_another),
        cmocka_unit_test(depth_cuts_stacks_and_nothing_else),
        cmocka_unit_test(no_room_is_said_and_not_noticed),
        cmocka_unit_test(a_full_ledger_loses_stacks_and_says_how_many),
        cmocka_unit_test(a_bad_setting_is_one_line_and_the_default),
        cmocka_unit_test(report_at_exit_names_the_sites),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
