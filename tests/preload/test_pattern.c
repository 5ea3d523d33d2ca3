/* SPDX-License-Identifier: MIT
 *
 * Names of output files come from patterns as documented.
 */
#include "format/pattern.h"

#include <errno.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const struct pattern_values values = {
    .pid = 1234, .program = "a/b.c", .host = "box", .start_seconds = 99};

static void check(const char *pattern, uint64_t sequence, const char *expected)
{
    struct pattern_values with = values;
    char path[64];

    with.sequence = sequence;
    assert_int_equal(pattern_expand(path, sizeof path, pattern, &with), 0);
    assert_string_equal(path, expected);
}

static void letters_become_values(void **state)
{
    (void)state;
    check("%p-%t-%h%%%n", 0, "1234-99-box%0");
    check(PATTERN_DEFAULT, 0, "a_b.c.1234.tare");
    check("no letters", 0, "no letters");
    check("", 0, "");
}

static void slashes_of_values_do_not_make_folders(void **state)
{
    (void)state;
    check("out/%e", 0, "out/a_b.c");
}

static void sequence_goes_before_the_last_dot(void **state)
{
    (void)state;
    check("x.y.tare", 2, "x.y-2.tare");
    check("x", 2, "x-2");
    check("a.b/x", 3, "a.b/x-3");
    check("a/.hidden", 3, "a/.hidden-3");
    check(".hidden", 3, ".hidden-3");
    check("x.", 18446744073709551615u, "x-18446744073709551615.");
}

static void sequence_is_not_added_where_the_pattern_has_it(void **state)
{
    (void)state;
    check("x%n.tare", 7, "x7.tare");
}

static void unknown_letters_are_refused(void **state)
{
    char path[64];

    (void)state;
    assert_int_equal(pattern_expand(path, sizeof path, "%x", &values), -EINVAL);
    assert_int_equal(pattern_expand(path, sizeof path, "a%", &values), -EINVAL);
}

static void every_size_too_small_is_refused_and_not_overrun(void **state)
{
    static const char pattern[] = "d/%e.%p.tare";
    struct pattern_values with = values;
    char path[64];

    (void)state;
    with.sequence = 5;
    for (size_t room = 0; room < strlen("d/a_b.c.1234-5.tare") + 1; room++) {
        memset(path, '#', sizeof path);
        assert_int_equal(pattern_expand(path, room, pattern, &with), -ENAMETOOLONG);
        assert_int_equal(path[room], '#');
    }
    assert_int_equal(
        pattern_expand(path, strlen("d/a_b.c.1234-5.tare") + 1, pattern, &with), 0);
    assert_string_equal(path, "d/a_b.c.1234-5.tare");
}

static void missing_values_are_empty(void **state)
{
    const struct pattern_values nothing = {0};
    char path[64];

    (void)state;
    assert_int_equal(pattern_expand(path, sizeof path, "[%e%h]", &nothing), 0);
    assert_string_equal(path, "[]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_become_values),
        cmocka_unit_test(slashes_of_values_do_not_make_folders),
        cmocka_unit_test(sequence_goes_before_the_last_dot),
        cmocka_unit_test(sequence_is_not_added_where_the_pattern_has_it),
        cmocka_unit_test(unknown_letters_are_refused),
        cmocka_unit_test(every_size_too_small_is_refused_and_not_overrun),
        cmocka_unit_test(missing_values_are_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
