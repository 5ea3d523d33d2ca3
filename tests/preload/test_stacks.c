/* SPDX-License-Identifier: MIT
 *
 * That the stacks which the shim records are those that were there.
 */
#include "support/recorded.h"

#include <stddef.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define SETTINGS(...) WORDS(__VA_ARGS__)

static void stacks_reach_outwards_to_main(void **state)
{
    struct recorded recorded;
    uint32_t own = 0;

    (void)state;
    record(&recorded, WORDS(RUN_FAULT("counts")), NULL);
    const struct process *process = &recorded.profile.processes[0];
    for (uint32_t i = 0; i < process->site_count; i++) {
        uint32_t at = process->sites[i].leaf;

        if (!recorded_is_in(&recorded, process, at, "work"))
            continue;
        own++;
        while (at >= NODE_FIRST && !recorded_is_in(&recorded, process, at, "main"))
            at = process->nodes[at].parent;
        assert_true(at >= NODE_FIRST);
    }
    assert_true(own > 0);
    recorded_fini(&recorded);
}

static void libraries_at_one_address_are_told_apart(void **state)
{
    struct recorded recorded;

    (void)state;
    record(&recorded,
           WORDS(RUN_FAULT("reload"), RUN_FAULT("libfirst.so"), RUN_FAULT("libsecond.so")),
           SETTINGS("TARE_CHECK_STACKS=1"));
    if (!run_is_emulated()) /* whose choice of addresses is another */
        assert_string_equal(recorded.run.out, "1\n");
    const struct process *process = &recorded.profile.processes[0];
    assert_int_equal(recorded_in(&recorded, process, "first_alloc").allocations, 2000);
    assert_int_equal(recorded_in(&recorded, process, "second_alloc").allocations, 2000);
    assert_true(process->header->checked_stacks > 4000);
    assert_int_equal(process->header->wrong_stacks, 0);
    recorded_fini(&recorded);
}

/* Every stack of these programs, walked by libunwind too. */
static void stacks_are_those_of_libunwind(void **state)
{
    static const char *const programs[][4] = {
        {RUN_FAULT("stacks"), "300", NULL},
        {"perl", "-e",
         "my %h; $h{$_} = [split //, $_] for 1 .. 30000; sub f { my $n = shift; "
         "$n ? [f($n - 1)] : {} } f(100) for 1 .. 100; print scalar keys %h",
         NULL},
        {"python3", "-c",
         "import json, re; print(len(json.dumps([{str(i): [i] * 3} for i in "
         "range(60000)])))",
         NULL},
        {"sqlite3", ":memory:",
         "with recursive c(x) as (select 1 union all select x + 1 from c "
         "where x < 20000) select count(*), max(hex(x)) from c order by 1",
         NULL},
    };
    struct recorded recorded;
    uint64_t checked = 0;

    (void)state;
    if (run_is_emulated())
        skip();
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        record(&recorded, programs[i],
               SETTINGS("TARE_CHECK_STACKS=1", "PYTHONMALLOC=malloc"));
        assert_int_equal(run_exit(&recorded.run), 0);
        for (uint32_t k = 0; k < recorded.profile.process_count; k++) {
            const struct ledger_header *header = recorded.profile.processes[k].header;

            checked += header->checked_stacks;
            assert_int_equal(header->wrong_stacks, 0);
        }
        recorded_fini(&recorded);
    }
    assert_true(checked > 500000);
}

/* libunwind asks the kernel what a filter may forbid. */
static void nothing_is_compared_under_a_filter(void **state)
{
    struct recorded recorded;

    (void)state;
    if (run_is_emulated())
        skip();
    record(&recorded, WORDS(RUN_FAULT("filtered"), "exits"),
           SETTINGS("TARE_CHECK_STACKS=1"));
    assert_int_equal(run_exit(&recorded.run), 0);
    const struct process *process = &recorded.profile.processes[0];
    assert_int_equal(recorded_in(&recorded, process, "filtered").allocations, 401);
    assert_in_range(process->header->checked_stacks, 1, 400);
    recorded_fini(&recorded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stacks_reach_outwards_to_main),
        cmocka_unit_test(libraries_at_one_address_are_told_apart),
        cmocka_unit_test(stacks_are_those_of_libunwind),
        cmocka_unit_test(nothing_is_compared_under_a_filter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
