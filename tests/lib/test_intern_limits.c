/* SPDX-License-Identifier: MIT
 *
 * What a table does when it is full, has no memory, or is given strings that somebody chose.
 */
#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/intern_fixture.h"

static void insert_numbers(struct tare_intern *table, size_t from, size_t to)
{
    char string[32];

    for (size_t i = from; i < to; i++) {
        int bytes = snprintf(string, sizeof string, "number %zu", i);

        assert_int_not_equal(tare_intern_insert(table, string, (size_t)bytes), 0);
    }
}

#define WORDS(X, NAME) X(NAME, one, "one") X(NAME, two, "two")
TARE_INTERN_CONSTANTS(word, WORDS);

static void at_its_limit_a_table_knows_what_it_has(void **state)
{
    struct tare_intern_options by_strings = {.strings_max = 100},
                               by_bytes = {.bytes_max = 400};
    struct tare_intern *table;

    (void)state;
    assert_int_equal(tare_intern_create(&table, &by_strings), 0);
    insert_numbers(table, 0, 100);
    uint32_t first = insert(table, "number 0");
    assert_int_equal(insert(table, "one more"), 0);
    assert_int_equal(insert(table, "number 0"), first);
    insert_numbers(table, 0, 100);
    assert_int_equal(stats_of(table).strings, 100);
    assert_int_equal(stats_of(table).refused, 1);
    assert_true(tare__intern_valid(table));
    struct tare_text texts[] = {{"number 1", 8}, {"another", 7}, {"number 2", 8}};
    uint32_t handles[3];
    assert_int_equal(tare_intern_insert_many(table, texts, handles, 3), 1);
    assert_int_not_equal(handles[0], 0);
    assert_int_equal(handles[1], 0);
    tare_intern_destroy(&table);

    assert_int_equal(tare_intern_create(&table, &by_bytes), 0);
    char string[1000] = {1};
    assert_int_equal(tare_intern_insert(table, string, 1000), 0);
    assert_int_not_equal(tare_intern_insert(table, string, 394), 0);
    assert_int_equal(insert(table, "x"), 0);
    assert_int_equal(stats_of(table).text_bytes, 400);
    assert_int_equal(stats_of(table).refused, 2);
    assert_int_equal(stats_of(table).failed, 0);
    assert_true(tare__intern_valid(table));
    tare_intern_destroy(&table);
}

static void limits_are_there_by_default(void **state)
{
    struct tare_intern *table = *state;

    assert_int_equal(stats_of(table).strings_max, TARE_INTERN_STRINGS);
    assert_int_equal(stats_of(table).text_bytes_max, TARE_INTERN_BYTES);
}

static void seeds_make_the_hash(void **state)
{
    struct tare_intern_options fixed = {.seed = 7};
    struct tare_intern *random = *state, *one, *other;
    struct tare_intern *another;

    assert_int_equal(tare_intern_create(&one, &fixed), 0);
    assert_int_equal(tare_intern_create(&other, &fixed), 0);
    assert_int_equal(tare_intern_create(&another, NULL), 0);
    const uint64_t *keys = intern_core_of(one)->directory->keys;
    assert_memory_equal(keys, intern_core_of(other)->directory->keys,
                        INTERN_KEYS * sizeof *keys);
    assert_memory_not_equal(keys, intern_core_of(random)->directory->keys,
                            INTERN_KEYS * sizeof *keys);
    assert_memory_not_equal(intern_core_of(another)->directory->keys,
                            intern_core_of(random)->directory->keys,
                            INTERN_KEYS * sizeof *keys);
    tare_intern_destroy(&one);
    tare_intern_destroy(&other);
    tare_intern_destroy(&another);
}

/* True when all were there. */
static bool insert_some(struct tare_intern *table, size_t count)
{
    char string[600];

    memset(string, 'x', sizeof string);
    for (size_t i = 0; i < count; i++) {
        size_t strings = stats_of(table).strings;

        memcpy(string, &i, sizeof i);
        if (!tare_intern_insert(table, string, i % 100 ? 8 + i % 10 : sizeof string)) {
            assert_int_equal(tare_intern_find(table, string, 8 + i % 10), 0);
            assert_int_equal(stats_of(table).strings, strings);
            return false;
        }
    }
    return true;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (int fail_on = 0; fail_on < 2; fail_on++)
        for (uint64_t n = 1;; n++) {
            struct tare_mem_failer failer;
            struct tare_intern_options options = {.mem = &failer.mem,
                                                  .constants = &word_constants};
            struct tare_intern *table = NULL;

            tare_mem_failer_init(&failer, NULL, n);
            failer.fail_on = fail_on;
            int err = tare_intern_create(&table, &options);
            if (err) {
                assert_int_equal(err, -ENOMEM);
                assert_null(table);
            } else {
                if (!insert_some(table, 8000))
                    assert_true(stats_of(table).failed);
                assert_true(tare__intern_valid(table));
                if (!fail_on) /* again, now that there is memory */
                    assert_true(insert_some(table, 8000));
                assert_int_equal(insert(table, "two"), word_two);
            }
            tare_intern_destroy(&table);
            assert_int_equal(tare_mem_counted(&failer.counter).live_bytes, 0);
            if (!failer.has_failed)
                break;
        }
}

/* For each of these tests: a table whose seed somebody knows, and a string that they chose. */
static void expect_hostile(bool (*choose)(const uint64_t *keys, uint64_t number,
                                          char *string),
                           size_t count)
{
    struct tare_intern_options options = {.seed = 42};
    struct tare_intern *table;
    char string[16];

    assert_int_equal(tare_intern_create(&table, &options), 0);
    const uint64_t *keys = intern_core_of(table)->directory->keys;
    for (int round = 0; round < 2; round++) {
        size_t chosen = 0;

        for (uint64_t number = 0; chosen < count; number++) {
            if (!choose(keys, number, string))
                continue;
            uint32_t handle = tare_intern_insert(table, string, sizeof string);
            expect_text(table, handle, string, sizeof string);
            chosen++;
        }
    }
    struct tare_intern_stats stats = stats_of(table);
    assert_int_equal(stats.strings, count);
    assert_true(stats.held_bytes < count * 256 + (256 << 10));
    assert_true(stats.directory_pages <= stats.pages * 4 + 4);
    assert_true(tare__intern_valid(table));
    assert_int_equal(tare_intern_find(table, "an ordinary one", 15), 0);
    insert_numbers(table, 0, 3000);
    assert_true(tare__intern_valid(table));
    tare_intern_destroy(&table);
}

static uint32_t tag_of_number(const uint64_t *keys, uint64_t number, char *string)
{
    memset(string, '-', 16);
    memcpy(string, &number, sizeof number);
    return intern_tag(intern_hash(keys, string, 16));
}

static bool choose_low_bits(const uint64_t *keys, uint64_t number, char *string)
{
    return (tag_of_number(keys, number, string) & 0xff) == 0x35;
}

static bool choose_high_bits(const uint64_t *keys, uint64_t number, char *string)
{
    return tag_of_number(keys, number, string) >> 24 == 0xa7;
}

/* One factor of the last product is 0, and so is the hash of all. */
static bool choose_equal_hashes(const uint64_t *keys, uint64_t number, char *string)
{
    memcpy(string, &keys[INTERN_KEY_LAST], 8);
    memcpy(string + 8, &number, 8);
    assert_int_equal(intern_hash(keys, string, 16), 0);
    return true;
}

static void chosen_strings_cost_time_alone(void **state)
{
    (void)state;
    expect_hostile(choose_low_bits, 3000);
    expect_hostile(choose_high_bits, 3000);
    expect_hostile(choose_equal_hashes, 1500);
}

/* Each of 64 parts of the hashes has its share of strings that differ little. */
static void hashes_are_spread(void **state)
{
    const uint64_t *keys = intern_core_of(*state)->directory->keys;
    unsigned high[64] = {0}, low[64] = {0};
    char string[64];

    for (size_t bytes = 3; bytes <= 40; bytes += 5) {
        memset(high, 0, sizeof high);
        memset(low, 0, sizeof low);
        memset(string, 'a', sizeof string);
        for (unsigned i = 0; i < 6400; i++) {
            string[0] = (char)(i % 80 + '0');
            string[bytes - 1] = (char)(i / 80 + '0');
            uint32_t tag = intern_tag(intern_hash(keys, string, bytes));
            high[tag >> 26]++;
            low[tag & 63]++;
        }
        for (int i = 0; i < 64; i++) {
            assert_in_range(high[i], 20, 300);
            assert_in_range(low[i], 20, 300);
        }
    }
}

/* What is left of the address space is little, and a table takes as much of it as it needs. */
static int fill_without_memory(void)
{
    struct tare_intern_options options = {.mem = tare_mem_libc(),
                                          .strings_max = TARE_INTERN_NO_LIMIT,
                                          .bytes_max = TARE_INTERN_NO_LIMIT};
    struct rlimit limit;
    struct tare_intern *table;
    char string[32];
    size_t count = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (!file || fscanf(file, "%zu", &pages) != 1)
        return 1;
    fclose(file);
    limit.rlim_cur = limit.rlim_max = pages * 4096 + (48 << 20);
    if (setrlimit(RLIMIT_AS, &limit) || tare_intern_create(&table, &options))
        return 2;
    for (;; count++) {
        int bytes = snprintf(string, sizeof string, "without memory %zu", count);

        if (!tare_intern_insert(table, string, (size_t)bytes))
            break;
    }
    if (count < 100000 || stats_of(table).strings != count || !stats_of(table).failed)
        return 3;
    return !tare__intern_valid(table) || !tare_intern_find(table, "without memory 7", 16);
}

static int status_of(int (*run)(void))
{
    int status;
    pid_t child = fork();

    if (child == 0)
        _exit(run());
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void little_address_space_is_enough(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* they need it themselves */
#endif
    assert_int_equal(status_of(fill_without_memory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(limits_are_there_by_default, set_up, tear_down),
        cmocka_unit_test_setup_teardown(seeds_make_the_hash, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hashes_are_spread, set_up, tear_down),
        cmocka_unit_test(at_its_limit_a_table_knows_what_it_has),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(chosen_strings_cost_time_alone),
        cmocka_unit_test(little_address_space_is_enough),
    };

    return cmocka_run_group_tests_name("intern_limits", tests, NULL, NULL);
}
