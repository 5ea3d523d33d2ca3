/* SPDX-License-Identifier: MIT
 *
 * Traces: what the events of a program add up to is what its sites' counters say, whatever becomes
 * of the program.
 */
#include "profile/trace.h"
#include "profile/process_counters.h"
#include "support/recorded.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define WORDS(...) (const char *const[]){__VA_ARGS__, NULL}

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
    sums->lost = trace.lost;
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

static void one_threads_events_are_exact(void **state)
{
    (void)state;
    trace_of(WORDS(RUN_FAULT("peak")));
    same_as_profile(&recorded.profile.processes[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(one_threads_events_are_exact, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
