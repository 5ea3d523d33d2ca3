/* SPDX-License-Identifier: MIT
 *
 * One table, one thread: strings of all kinds, constants, batches.
 */
#include <errno.h>

#include "lib/intern_fixture.h"

static void equal_strings_have_one_handle(void **state)
{
    struct tare_intern *table = *state;
    char copy[] = "colour";
    uint32_t colour = insert(table, "colour"), shape = insert(table, "shape");

    assert_int_not_equal(colour, shape);
    assert_int_equal(insert(table, copy), colour);
    assert_string_equal(tare_intern_text(table, colour), "colour");
    expect_text(table, shape, "shape", 5);
    assert_int_equal(stats_of(table).strings, 2);
}

static void find_inserts_nothing(void **state)
{
    struct tare_intern *table = *state;

    assert_int_equal(tare_intern_find(table, "colour", 6), 0);
    assert_int_equal(stats_of(table).strings, 0);
    uint32_t colour = insert(table, "colour");
    assert_int_equal(tare_intern_find(table, "colour", 6), colour);
    assert_int_equal(tare_intern_find(table, "colou", 5), 0);
}

static void strings_may_be_empty_and_hold_nul(void **state)
{
    struct tare_intern *table = *state;
    uint32_t empty = tare_intern_insert(table, NULL, 0);
    uint32_t nul = tare_intern_insert(table, "\0", 1);
    uint32_t two = tare_intern_insert(table, "a\0b", 3);

    expect_text(table, empty, "", 0);
    expect_text(table, nul, "\0", 1);
    expect_text(table, two, "a\0b", 3);
    assert_int_not_equal(tare_intern_insert(table, "a", 1), two);
    assert_int_equal(tare_intern_insert(table, "", 0), empty);
    assert_string_equal(tare_intern_text(table, 0), "");
    assert_int_equal(tare_intern_bytes(table, 0), 0);
    assert_int_equal(stats_of(table).strings, 4);
}

/* Each in memory of its own, so that AddressSanitizer sees who reads beyond it. */
static char *string_of(size_t bytes, char last)
{
    char *string = malloc(bytes ? bytes : 1);

    assert_non_null(string);
    for (size_t i = 0; i < bytes; i++)
        string[i] = (char)('a' + i % 23);
    if (bytes)
        string[bytes - 1] = last;
    return string;
}

static void strings_of_every_length_are_told_apart(void **state)
{
    static uint32_t handles[700][2];
    struct tare_intern *table = *state;

    for (int round = 0; round < 2; round++)
        for (size_t bytes = 1; bytes < 700; bytes++)
            for (int k = 0; k < 2; k++) {
                char *string = string_of(bytes, k ? 'X' : 'Y');
                uint32_t handle = tare_intern_insert(table, string, bytes);

                expect_text(table, handle, string, bytes);
                if (round)
                    assert_int_equal(handle, handles[bytes][k]);
                handles[bytes][k] = handle;
                free(string);
            }
    assert_int_equal(stats_of(table).strings, 2 * 699);
}

static void long_strings_lie_in_one_piece(void **state)
{
    static const size_t lengths[] = {1000,   1016,    4000,   65529,  65530,
                                     65531,  65536,   65540,  131071, 131072,
                                     131080, 1000000, 262144, 262138, 3000000};
    uint32_t handles[sizeof lengths / sizeof *lengths];
    struct tare_intern *table = *state;

    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            char *string = string_of(lengths[i], 'Z');
            uint32_t handle = tare_intern_insert(table, string, lengths[i]);

            assert_int_not_equal(insert(table, "short ones between"), 0);
            expect_text(table, handle, string, lengths[i]);
            if (round)
                assert_int_equal(handle, handles[i]);
            handles[i] = handle;
            free(string);
        }
}

static void insert_numbers(struct tare_intern *table, size_t from, size_t to)
{
    char string[32];

    for (size_t i = from; i < to; i++) {
        int bytes = snprintf(string, sizeof string, "number %zu", i);

        assert_int_not_equal(tare_intern_insert(table, string, (size_t)bytes), 0);
    }
}

static void a_table_grows(void **state)
{
    struct tare_intern *table = *state;

    for (size_t count = 10; count < 60000; count *= 3) {
        insert_numbers(table, 0, count);
        assert_true(tare__intern_valid(table));
        assert_int_equal(stats_of(table).strings, count);
    }
    struct tare_intern_stats stats = stats_of(table);
    assert_true(stats.slots < stats.strings * 3);
    assert_true(stats.directory_pages <= stats.pages * 4);
    assert_int_equal(stats.races, 0);
}

static void batches_do_what_single_calls_do(void **state)
{
    enum { COUNT = 1000 };
    static char strings[COUNT][16];
    static struct tare_text texts[COUNT];
    static uint32_t handles[COUNT], found[COUNT];
    struct tare_intern *table = *state;

    for (size_t i = 0; i < COUNT; i++) {
        texts[i].start = strings[i];
        texts[i].bytes =
            (size_t)snprintf(strings[i], sizeof strings[i], "%*zu", (int)(i % 15), i % 400);
    }
    assert_int_equal(tare_intern_find_many(table, texts, found, COUNT), 0);
    assert_int_equal(tare_intern_insert_many(table, texts, handles, COUNT), COUNT);
    assert_int_equal(tare_intern_find_many(table, texts, found, COUNT), COUNT);
    assert_memory_equal(handles, found, sizeof handles);
    for (size_t i = 0; i < COUNT; i++) {
        expect_text(table, handles[i], texts[i].start, texts[i].bytes);
        assert_int_equal(insert(table, strings[i]), handles[i]);
    }
    assert_int_equal(tare_intern_insert_many(table, texts, handles, 0), 0);
}

#define WORDS(X, NAME)                                             \
    X(NAME, open, "open")                                          \
    X(NAME, close, "close")                                        \
    X(NAME, nothing, "")                                           \
    X(NAME, zero, "a\0b")                                          \
    X(NAME, longer, "a word that is longer than others, as it is") \
    X(NAME, x, "x")
TARE_INTERN_CONSTANTS(word, WORDS);

static int number_of(uint32_t handle)
{
    switch (handle) {
    case word_open:
        return 1;
    case word_close:
        return 2;
    case word_nothing:
        return 3;
    case word_zero:
        return 4;
    case word_longer:
        return 5;
    case word_x:
        return 6;
    default:
        return 0;
    }
}

static void check_constants(struct tare_intern *table)
{
    assert_int_equal(number_of(insert(table, "open")), 1);
    assert_int_equal(number_of(insert(table, "close")), 2);
    assert_int_equal(number_of(insert(table, "")), 3);
    assert_int_equal(number_of(tare_intern_find(table, "a\0b", 3)), 4);
    assert_int_equal(number_of(insert(table, tare_intern_text(table, word_longer))), 5);
    assert_int_equal(number_of(insert(table, "x")), 6);
    assert_int_equal(number_of(insert(table, "other")), 0);
    assert_string_equal(tare_intern_text(table, word_close), "close");
    assert_int_equal(tare_intern_bytes(table, word_zero), 3);
    assert_true(tare__intern_valid(table));
}

static void constants_are_handles_before_the_program_runs(void **state)
{
    struct tare_intern_options options = {.constants = &word_constants};
    struct tare_intern *table;

    (void)state;
    assert_int_equal(tare_intern_create(&table, &options), 0);
    assert_int_equal(stats_of(table).strings, 6);
    check_constants(table);
    insert_numbers(table, 0, 5000);
    check_constants(table);
    tare_intern_destroy(&table);
}

#define TWICE(X, NAME) X(NAME, one, "same") X(NAME, other, "same")
TARE_INTERN_CONSTANTS(twice, TWICE);

static void constants_that_cannot_be_are_refused(void **state)
{
    struct tare_intern_options options = {.constants = &twice_constants};
    struct tare_intern *table = NULL;

    (void)state;
    assert_int_equal(tare_intern_create(&table, &options), -EINVAL);
    options = (struct tare_intern_options){.constants = &word_constants, .strings_max = 5};
    assert_int_equal(tare_intern_create(&table, &options), -EINVAL);
    assert_null(table);
    assert_int_not_equal(twice_one, twice_other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(equal_strings_have_one_handle, set_up, tear_down),
        cmocka_unit_test_setup_teardown(find_inserts_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(strings_may_be_empty_and_hold_nul, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(strings_of_every_length_are_told_apart, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(long_strings_lie_in_one_piece, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_table_grows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(batches_do_what_single_calls_do, set_up, tear_down),
        cmocka_unit_test(constants_are_handles_before_the_program_runs),
        cmocka_unit_test(constants_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests_name("intern", tests, NULL, NULL);
}
