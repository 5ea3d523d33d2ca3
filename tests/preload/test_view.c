/* SPDX-License-Identifier: MIT
 *
 * Sites in order: the first few are those that stand first when all are sorted.
 */
#include "profile/profile.h"
#include "profile/view.h"
#include "support/ledger_builder.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { SITES = 3000 };

static struct ledger_builder builder;
static struct profile profile;
static uint64_t state_of_random;

static uint64_t below(uint64_t limit)
{
    state_of_random ^= state_of_random << 13;
    state_of_random ^= state_of_random >> 7;
    state_of_random ^= state_of_random << 17;
    return state_of_random % limit;
}

static int setup(void **state)
{
    (void)state;
    builder_init(&builder);
    memset(&profile, 0, sizeof profile);
    profile.symbols.without_files = true;
    state_of_random = 88172645463325252u;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    builder_fini(&builder);
    profile_fini(&profile);
    return 0;
}

/* Sites of so many bytes, each a function of its own. */
static void add(const uint64_t *bytes, uint32_t count)
{
    uint32_t module = builder_module(&builder, "/m");
    struct ledger_file file;

    for (uint32_t i = 0; i < count; i++) {
        struct ledger_record *record =
            builder_record(&builder, builder_node(&builder, 0x10100 + i, 0, module), 1);

        record->allocations = 1;
        record->bytes = bytes[i];
    }
    assert_int_equal(ledger_file_parse(&file, builder.bytes, builder_bytes(&builder)), 0);
    assert_int_equal(profile_add_ledger(&profile, &file, "x.tare"), 0);
    ledger_file_fini(&file);
}

static bool is_before(const struct site *one, const struct site *other)
{
    if (one->counts.bytes != other->counts.bytes)
        return one->counts.bytes > other->counts.bytes;
    return one->id < other->id;
}

/* The first `wanted` of a view beside those of one where all are wanted. */
static void check_first(uint32_t processes, uint32_t wanted)
{
    struct view all, first;

    assert_int_equal(
        view_init(&all, profile.processes, 0, processes, ORDER_BYTES, UINT32_MAX), 0);
    struct site *expected = malloc(wanted * sizeof *expected);
    assert_non_null(expected);
    memcpy(expected, all.sites, wanted * sizeof *expected);
    for (uint32_t i = 1; i < wanted; i++)
        assert_true(is_before(&expected[i - 1], &expected[i]));
    view_fini(&all);
    for (uint32_t i = 0; i < profile.processes[0].site_count; i++)
        profile.processes[0].sites[i].id = 0;
    assert_int_equal(
        view_init(&first, profile.processes, 0, processes, ORDER_BYTES, wanted), 0);
    for (uint32_t i = 0; i < wanted; i++) {
        assert_int_equal(first.sites[i].counts.bytes, expected[i].counts.bytes);
        assert_int_equal(first.sites[i].id, expected[i].id);
    }
    view_fini(&first);
    free(expected);
}

static void the_first_sites_are_those_of_all_in_order(void **state)
{
    static const uint32_t wanted[] = {1, 2, 10, 300, SITES};
    uint64_t bytes[SITES];

    (void)state;
    for (uint32_t i = 0; i < SITES; i++)
        bytes[i] = 1 + below(UINT64_C(1) << below(40));
    add(bytes, SITES);
    assert_int_equal(profile_finish(&profile), 0);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        check_first(1, wanted[i]);
}

static void equal_sites_are_ordered_by_their_ids(void **state)
{
    uint64_t bytes[500];

    (void)state;
    for (uint32_t i = 0; i < 500; i++)
        bytes[i] = i % 3 ? 24 : 25;
    add(bytes, 500);
    assert_int_equal(profile_finish(&profile), 0);
    check_first(1, 7);
    check_first(1, 200);
}

static void sites_of_several_processes_are_ordered_together(void **state)
{
    uint64_t bytes[100];

    (void)state;
    for (uint32_t i = 0; i < 100; i++)
        bytes[i] = 1000 - i;
    add(bytes, 100);
    builder_fini(&builder);
    builder_init(&builder);
    builder_header(&builder)->pid++;
    for (uint32_t i = 0; i < 100; i++)
        bytes[i] = 20 * i;
    add(bytes, 100);
    assert_int_equal(profile_finish(&profile), 0);
    check_first(2, 9);
}

static void sites_of_no_value_are_last(void **state)
{
    static const uint64_t bytes[] = {0, 5, 0, UINT64_MAX, 0};
    struct view view;

    (void)state;
    add(bytes, 5);
    assert_int_equal(profile_finish(&profile), 0);
    assert_int_equal(view_init(&view, profile.processes, 0, 1, ORDER_BYTES, 4), 0);
    assert_int_equal(view.site_count, 5);
    assert_true(view.sites[0].counts.bytes == UINT64_MAX);
    assert_int_equal(view.sites[1].counts.bytes, 5);
    assert_int_equal(view.sites[2].counts.bytes, 0);
    view_fini(&view);
}

static void orders_have_names(void **state)
{
    (void)state;
    assert_int_equal(site_order_find("bytes"), ORDER_BYTES);
    assert_int_equal(site_order_find("temporary"), ORDER_TEMPORARY);
    assert_int_equal(site_order_find("size"), ORDER_COUNT);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(the_first_sites_are_those_of_all_in_order),
        WITH(equal_sites_are_ordered_by_their_ids),
        WITH(sites_of_several_processes_are_ordered_together),
        WITH(sites_of_no_value_are_last),
        WITH(orders_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
