/* SPDX-License-Identifier: MIT
 *
 * What heaptrack's and massif's formats say in time comes from the trace where there is one.
 */
#include "support/recorded.h"

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

enum { SIZES_MOST = 200000 };

static struct recorded recorded;
static struct run result;

static int record_victim(void **state)
{
    (void)state;
    record(&recorded, WORDS(RUN_FAULT("peak")), WORDS("TARE_TRACE=64"));
    return 0;
}

static int remove_victim(void **state)
{
    (void)state;
    recorded_fini(&recorded);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    run_fini(&result);
    return 0;
}

static void export_to(const char *format, const char *more, const char *word)
{
    run(&result,
        WORDS(RUN_TARE, "export", "--to", format, recorded.profile.processes[0].file_path,
              more, word),
        NULL);
    assert_int_equal(run_exit(&result), 0);
}

static void heaptrack_has_the_events_themselves(void **state)
{
    static uint64_t size_of[SIZES_MOST];
    const struct process *process = &recorded.profile.processes[0];
    uint64_t sizes = 0, live = 0, peak = 0, calls = 0, bytes = 0, events = 0;

    (void)state;
    export_to("heaptrack", NULL, NULL);
    assert_non_null(strstr(result.out, "# the events of a trace, in their order\n"));
    for (const char *at = result.out; *at; at += strcspn(at, "\n") + 1) {
        uint64_t number = strtoull(at + (*at ? 1 : 0), NULL, 16);

        if (*at == 'a') {
            assert_true(sizes < SIZES_MOST);
            size_of[sizes++] = number;
        }
        if (*at != '+' && *at != '-')
            continue;
        assert_true(number < sizes);
        events++;
        calls += *at == '+';
        bytes += *at == '+' ? size_of[number] : 0;
        live += *at == '+' ? size_of[number] : 0 - size_of[number];
        peak = live > peak ? live : peak;
    }
    assert_int_equal(events, process->counts.allocations + process->counts.frees);
    assert_int_equal(calls, process->counts.allocations);
    assert_int_equal(bytes, process->counts.bytes);
    assert_int_equal(live, process->counts.live_bytes);
    assert_int_equal(peak, process->peak_bytes);
}

static uint64_t number_of_snapshots(void)
{
    uint64_t count = 0;

    for (const char *at = result.out; (at = strstr(at, "\nmem_heap_B=")); at++) {
        assert_true(strtoull(at + strlen("\nmem_heap_B="), NULL, 10) <=
                    recorded.profile.processes[0].peak_bytes);
        count++;
    }
    return count;
}

static void massif_has_moments_between(void **state)
{
    (void)state;
    export_to("massif", NULL, NULL);
    assert_true(number_of_snapshots() > 40);
}

static void sites_can_be_selected(void **state)
{
    (void)state;
    export_to("heaptrack", "--focus", "site_a");
    assert_non_null(strstr(result.out, "# the events of a trace"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(heaptrack_has_the_events_themselves, teardown),
        cmocka_unit_test_teardown(massif_has_moments_between, teardown),
        cmocka_unit_test_teardown(sites_can_be_selected, teardown),
    };

    return cmocka_run_group_tests(tests, record_victim, remove_victim);
}
