/* SPDX-License-Identifier: MIT
 *
 * Traces: what the events of a program add up to is what its sites' counters say, whatever becomes
 * of the program.
 */
#include "profile/trace.h"
#include "profile/process_counters.h"
#include "support/recorded.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define WORDS(...)        \
    (const char *const[]) \
    {                     \
        __VA_ARGS__, NULL \
    }

enum { RECORDS = LEDGER_MAX_BYTES / sizeof(struct ledger_record) };

static struct recorded recorded;

/* What a trace adds up to. */
struct sums {
    struct counts *sites;
    uint64_t events, live, peak, last_ns, bytes, damaged, lost;
    uint32_t *site_of; /* by record */
};

static void setup_sums(struct sums *sums, const struct process *process)
{
    *sums = (struct sums){0};
    sums->sites = calloc(process->site_count + 1, sizeof *sums->sites);
    sums->site_of = calloc(RECORDS, sizeof *sums->site_of);
    assert_true(sums->sites && sums->site_of);
    for (uint32_t i = 0; i < process->site_count; i++)
        for (uint32_t n = process->sites[i].records; n; n = process->next_record[n])
            sums->site_of[n] = i + 1;
}

static void free_sums(struct sums *sums)
{
    free(sums->sites);
    free(sums->site_of);
}

static struct counts *site_of(struct sums *sums, uint32_t record)
{
    assert_true(record < RECORDS && sums->site_of[record]);
    return &sums->sites[sums->site_of[record] - 1];
}

static void add_event(struct sums *sums, const struct trace_event *event)
{
    sums->events++;
    assert_true(event->at_ns >= sums->last_ns);
    sums->last_ns = event->at_ns;
    if (event->kind != TRACE_CAME) {
        struct counts *site = site_of(sums, event->old_record);
        site->frees++;
        site->live_bytes -= event->old_bytes;
        sums->live -= event->old_bytes;
    }
    if (event->kind != TRACE_WENT) {
        struct counts *site = site_of(sums, event->record);
        site->allocations++;
        site->bytes += event->bytes;
        site->live_bytes += event->bytes;
        sums->live += event->bytes;
    }
    if (sums->live > sums->peak)
        sums->peak = sums->live;
}

static void sum_up(struct sums *sums, const struct process *process)
{
    struct trace trace;
    struct trace_event event;

    setup_sums(sums, process);
    assert_int_equal(trace_open(&trace, &process->file), 0);
    while (trace_next(&trace, &event))
        add_event(sums, &event);
    assert_int_equal(trace.error, 0);
    sums->bytes = trace.bytes;
    sums->damaged = trace.damaged;
    sums->lost = process->lost_trace;
    trace_close(&trace);
}

/* Each site's numbers, and the process's peak to within `peak_error` bytes. */
static void same_as_profile(const struct process *process, uint64_t peak_error)
{
    struct sums sums;

    sum_up(&sums, process);
    assert_int_equal(sums.damaged, 0);
    assert_int_equal(sums.lost, 0);
    for (uint32_t i = 0; i < process->site_count; i++) {
        const struct counts *is = &sums.sites[i], *said = &process->sites[i].counts;
        assert_int_equal(is->allocations, said->allocations);
        assert_int_equal(is->frees, said->frees);
        assert_int_equal(is->bytes, said->bytes);
        assert_int_equal(is->live_bytes, said->live_bytes);
    }
    assert_int_equal(sums.live, process->counts.live_bytes);
    assert_true(sums.peak + peak_error >= process->peak_bytes);
    assert_true(sums.peak <= process->peak_bytes + peak_error);
    printf("%s: %llu events, %.2f bytes each\n", process->program,
           (unsigned long long)sums.events, (double)sums.bytes / (double)sums.events);
    free_sums(&sums);
}

static int teardown(void **state)
{
    (void)state;
    recorded_fini(&recorded);
    return 0;
}

static void trace_of(const char *const words[])
{
    record(&recorded, words, WORDS("TARE_TRACE=64"));
    assert_int_equal(run_exit(&recorded.run), 0);
    for (uint32_t i = 0; i < recorded.profile.process_count; i++)
        assert_true(recorded.profile.processes[i].header->flags & LEDGER_TRACED);
}

static const struct process *process_of(const char *program)
{
    for (uint32_t i = 0; i < recorded.profile.process_count; i++)
        if (!strcmp(recorded.profile.processes[i].program, program))
            return &recorded.profile.processes[i];
    fail_msg("no profile of %s", program);
    return NULL;
}

/* The first part of the events, and a count of the others. */
static void is_cut(const struct process *process)
{
    struct sums sums;
    uint64_t steps = 0;

    sum_up(&sums, process);
    assert_int_equal(sums.damaged, 0);
    assert_true(sums.lost > 0 && sums.events > 0);
    for (uint32_t i = 0; i < process->site_count; i++)
        steps += sums.sites[i].allocations + sums.sites[i].frees;
    assert_int_equal(steps + sums.lost,
                     process->counts.allocations + process->counts.frees);
    free_sums(&sums);
}

static void one_threads_events_are_exact(void **state)
{
    (void)state;
    trace_of(WORDS(RUN_FAULT("peak")));
    same_as_profile(&recorded.profile.processes[0], 0);
}

static void threads_free_each_others_blocks(void **state)
{
    struct sums sums;

    (void)state;
    trace_of(WORDS(RUN_FAULT("many_threads")));
    /* On a busy machine one of 400 threads may wait too long for who has the lock, but does not run. */
    if (recorded.profile.processes[0].lost_trace) {
        assert_in_range(recorded.profile.processes[0].lost_trace, 1, 1000);
        is_cut(&recorded.profile.processes[0]);
        return;
    }
    /* each thread's counters may keep back what the events have at once */
    same_as_profile(&recorded.profile.processes[0], 401 * 65536);
    sum_up(&sums, &recorded.profile.processes[0]);
    assert_true(sums.peak >= 400 * 17 * 49 * 50 / 2); /* all waited for all */
    free_sums(&sums);
}

static void mapped_moved_and_aligned_blocks_are_there(void **state)
{
    (void)state;
    trace_of(WORDS(RUN_FAULT("grown")));
    same_as_profile(&recorded.profile.processes[0], 65536);
}

static void each_forked_process_has_its_own(void **state)
{
    (void)state;
    trace_of(WORDS(RUN_FAULT("forking"), "fork"));
    assert_true(recorded.profile.process_count > 2);
    for (uint32_t i = 0; i < recorded.profile.process_count; i++)
        same_as_profile(&recorded.profile.processes[i], 1 << 20);
}

/* Events that a handler left by longjmp are in the counters or not, and in the trace or not. */
static void a_handler_that_jumps_out_ends_no_trace(void **state)
{
    struct sums sums;
    uint64_t allocations = 0;

    (void)state;
    trace_of(WORDS(RUN_FAULT("handler_unwinds")));
    const struct process *process = process_of("handler_unwinds");
    sum_up(&sums, process);
    for (uint32_t i = 0; i < process->site_count; i++)
        allocations += sums.sites[i].allocations;
    assert_int_equal(sums.lost, 0);
    assert_true(allocations * 100 >= process->counts.allocations * 99);
    free_sums(&sums);
}

static void a_limit_ends_all_threads_traces(void **state)
{
    (void)state;
    record(&recorded, WORDS(RUN_FAULT("many_threads")), WORDS("TARE_TRACE=1"));
    assert_int_equal(run_exit(&recorded.run), 0);
    is_cut(&recorded.profile.processes[0]);
}

static void a_limit_of_file_size_leaves_room_for_sites(void **state)
{
    (void)state;
    record(&recorded, WORDS("sh", "-c", "ulimit -f 1024; exec \"$0\"", RUN_FAULT("peak")),
           WORDS("TARE_TRACE=64"));
    assert_int_equal(run_exit(&recorded.run), 0);
    const struct process *process = process_of("peak");
    assert_int_equal(process->header->lost_stacks, 0);
    is_cut(process);
}

static void a_full_disk_ends_the_trace(void **state)
{
    static const char script[] =
        "d=${TARE_OUTPUT%/*}; mkdir \"$d.full\"; export d; unshare -m sh -c '"
        "mount -t tmpfs -o size=700k none \"$d.full\" || exit 77; "
        "TARE_OUTPUT=\"$d.full/%p.tare\" \"$0\"; status=$?; "
        "env -u LD_PRELOAD cp \"$d.full\"/*.tare \"$d\"; exit $status' \"$0\"; status=$?; "
        "rmdir \"$d.full\"; exit $status";

    (void)state;
    record(&recorded, WORDS("sh", "-c", script, RUN_FAULT("peak")), WORDS("TARE_TRACE=64"));
    if (run_exit(&recorded.run) == 77 || run_exit(&recorded.run) == 1) {
        print_message("# no mount namespace can be had here: not tried\n");
        skip();
    }
    assert_int_equal(run_exit(&recorded.run), 0);
    is_cut(process_of("peak"));
}

/* The trace has all but what each thread was in the middle of. */
static void a_kill_loses_nothing_but_what_was_begun(void **state)
{
    enum { THREADS = 8, KILLS = 6 };
    int killed_at_work = 0;

    (void)state;
    for (int i = 0; i < KILLS; i++) {
        char script[300];

        if (i)
            recorded_fini(&recorded);
        snprintf(script, sizeof script,
                 "f=$(mktemp); truncate -s 512K \"$f\"; exec timeout -s KILL 0.%d \"$0\" "
                 "%s \"$f\"",
                 2 + i, i % 2 ? "threads" : "one");
        record(&recorded, WORDS("sh", "-c", script, RUN_FAULT("storm")),
               WORDS("TARE_TRACE=64"));
        const struct process *process = process_of("storm");
        struct sums sums;
        if (!process->counts.allocations)
            continue;
        sum_up(&sums, process);
        assert_int_equal(sums.damaged, 0);
        assert_int_equal(sums.lost, 0);
        for (uint32_t s = 0; s < process->site_count; s++) {
            const struct counts *is = &sums.sites[s], *said = &process->sites[s].counts;
            assert_in_range(is->allocations + THREADS, said->allocations,
                            said->allocations + THREADS);
            assert_in_range(is->frees + THREADS, said->frees, said->frees + THREADS);
        }
        killed_at_work += sums.events > 1000;
        free_sums(&sums);
    }
    assert_true(killed_at_work > KILLS / 2);
}

static void without_the_option_there_is_none(void **state)
{
    struct trace trace;

    (void)state;
    record(&recorded, WORDS(RUN_FAULT("peak")), NULL);
    const struct process *process = &recorded.profile.processes[0];
    assert_false(process->header->flags & LEDGER_TRACED);
    assert_int_equal(trace_open(&trace, &process->file), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(one_threads_events_are_exact, teardown),
        cmocka_unit_test_teardown(threads_free_each_others_blocks, teardown),
        cmocka_unit_test_teardown(mapped_moved_and_aligned_blocks_are_there, teardown),
        cmocka_unit_test_teardown(each_forked_process_has_its_own, teardown),
        cmocka_unit_test_teardown(a_handler_that_jumps_out_ends_no_trace, teardown),
        cmocka_unit_test_teardown(a_limit_ends_all_threads_traces, teardown),
        cmocka_unit_test_teardown(a_limit_of_file_size_leaves_room_for_sites, teardown),
        cmocka_unit_test_teardown(a_full_disk_ends_the_trace, teardown),
        cmocka_unit_test_teardown(a_kill_loses_nothing_but_what_was_begun, teardown),
        cmocka_unit_test_teardown(without_the_option_there_is_none, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
