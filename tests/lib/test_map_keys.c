/* SPDX-License-Identifier: MIT
 *
 * Text that is too long for a map: what is refused is not read, so that its length is enough.
 */
#include <stdbool.h>
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define TARE_MAP_NAME texts
#define TARE_MAP_TEXT TARE_MAP_OWNED
#define TARE_MAP_VALUE int
#include <tare/map.h>

#define TARE_MAP_NAME words
#define TARE_MAP_TEXT TARE_MAP_BORROWED
#include <tare/map.h>

#define TARE_MAP_NAME lines
#define TARE_MAP_TEXT TARE_MAP_OWNED
#define TARE_MAP_VALUE int
#include <tare/map_ordered.h>

/* The compiler is not to know it: it would warn of reads that do not happen. */
static const volatile size_t longest = UINT32_MAX;

static struct tare_text text_of_length(size_t bytes)
{
    static const char start[64] = "x";
    struct tare_text text = {start, bytes};

    return text;
}

static void a_length_of_32_bits_fits(void **state)
{
    (void)state;
    assert_true(texts__fits(text_of_length(longest)));
    assert_true(lines__fits(text_of_length(longest)));
    assert_false(texts__fits(text_of_length(longest + 1)));
    assert_false(lines__fits(text_of_length(longest + 1)));
}

static void longer_text_is_refused_and_changes_nothing(void **state)
{
    struct texts map = {0};
    struct tare_text too_long = text_of_length(longest + 1);
    bool is_new;

    (void)state;
    assert_int_equal(texts_insert(&map, too_long, 1), -EINVAL);
    assert_null(map.map.groups);
    assert_int_equal(texts_insert(&map, text_of_length(1), 1), 0);
    assert_int_equal(texts_insert(&map, too_long, 2), -EINVAL);
    assert_int_equal(texts_set(&map, too_long, 2), -EINVAL);
    assert_null(texts_find_or_insert(&map, too_long, &is_new));
    assert_int_equal(texts_count(&map), 1);
    assert_int_equal(texts_find(&map, text_of_length(1))->value, 1);
    assert_true(texts_valid(&map));
    texts_fini(&map);
}

static void longer_text_is_not_there(void **state)
{
    struct texts map = {0};
    struct tare_text too_long = text_of_length(longest + 1);
    struct texts_entry *found;

    (void)state;
    assert_int_equal(texts_insert(&map, text_of_length(1), 1), 0);
    assert_null(texts_find(&map, too_long));
    assert_false(texts_remove(&map, too_long));
    assert_int_equal(texts_find_many(&map, &too_long, 1, &found), 0);
    assert_null(found);
    assert_int_equal(texts_count(&map), 1);
    texts_fini(&map);
}

static void many_are_refused_for_one_that_is_too_long(void **state)
{
    const struct tare_text keys[] = {text_of_length(1), text_of_length(longest + 1)};
    struct words set = {0};

    (void)state;
    assert_int_equal(words_insert_many(&set, keys, 2), -EINVAL);
    assert_int_equal(words_count(&set), 0);
    assert_int_equal(words_insert(&set, keys[1]), -EINVAL);
    assert_int_equal(words_insert_many(&set, keys, 1), 0);
    assert_true(words_has(&set, keys[0]));
    words_fini(&set);
}

static void an_ordered_map_refuses_them_too(void **state)
{
    struct lines map = {0};
    struct tare_text too_long = text_of_length(longest + 1);

    (void)state;
    assert_int_equal(lines_set(&map, too_long, 1), -EINVAL);
    assert_int_equal(lines_set(&map, text_of_length(1), 1), 0);
    assert_int_equal(lines_set(&map, too_long, 2), -EINVAL);
    assert_null(lines_find(&map, too_long));
    assert_int_equal(lines_count(&map), 1);
    assert_true(lines_valid(&map));
    lines_fini(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_length_of_32_bits_fits),
        cmocka_unit_test(longer_text_is_refused_and_changes_nothing),
        cmocka_unit_test(longer_text_is_not_there),
        cmocka_unit_test(many_are_refused_for_one_that_is_too_long),
        cmocka_unit_test(an_ordered_map_refuses_them_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
