/* SPDX-License-Identifier: MIT
 *
 * Numbers for people say what they should and fit where they are put.
 */
#include "report/units.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct text_number text;

static void bytes_are_in_powers_of_1024(void **state)
{
    (void)state;
    assert_string_equal(units_bytes(&text, 0), "0 B");
    assert_string_equal(units_bytes(&text, 1023), "1023 B");
    assert_string_equal(units_bytes(&text, 1024), "1.0 KiB");
    assert_string_equal(units_bytes(&text, 1536), "1.5 KiB");
    assert_string_equal(units_bytes(&text, 1048575), "1.0 MiB");
    assert_string_equal(units_bytes(&text, 200 * 1024), "200 KiB");
    assert_string_equal(units_bytes(&text, UINT64_MAX), "16.0 EiB");
}

static void counts_have_groups_of_three(void **state)
{
    (void)state;
    assert_string_equal(units_count(&text, 0), "0");
    assert_string_equal(units_count(&text, 999), "999");
    assert_string_equal(units_count(&text, 1000), "1,000");
    assert_string_equal(units_count(&text, 1234567), "1,234,567");
    assert_string_equal(units_count(&text, UINT64_MAX), "18,446,744,073,709,551,615");
}

static void times_have_a_unit_that_suits_them(void **state)
{
    (void)state;
    assert_string_equal(units_time(&text, 12), "12 ns");
    assert_string_equal(units_time(&text, 1500000), "1.50 ms");
    assert_string_equal(units_time(&text, 250000000), "250 ms");
    assert_string_equal(units_time(&text, 1234567890), "1.23 s");
    assert_string_equal(units_time(&text, UINT64_C(61000000000)), "1 min 1 s");
    assert_string_equal(units_time(&text, UINT64_C(7260000000000)), "2 h 1 min");
    assert_true(strlen(units_time(&text, UINT64_MAX)) < sizeof text.text);
}

static void shares_above_nothing_are_not_shown_as_nothing(void **state)
{
    (void)state;
    assert_string_equal(units_share(&text, 0, 0), "0.0 %");
    assert_string_equal(units_share(&text, 0, 5), "0.0 %");
    assert_string_equal(units_share(&text, 1, 100000), "<0.1 %");
    assert_string_equal(units_share(&text, 1, 3), "33.3 %");
    assert_string_equal(units_share(&text, 7, 7), "100.0 %");
    assert_true(strlen(units_share(&text, UINT64_MAX, 1)) < sizeof text.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_in_powers_of_1024),
        cmocka_unit_test(counts_have_groups_of_three),
        cmocka_unit_test(times_have_a_unit_that_suits_them),
        cmocka_unit_test(shares_above_nothing_are_not_shown_as_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
