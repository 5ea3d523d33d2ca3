/* SPDX-License-Identifier: MIT
 *
 * Random operations on a table beside a plain one of uthash's, with memory that fails now and then.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <uthash.h>

#include <tare/intern.h>

#include "support/random.h"
#include "toolkit/intern_core.h"

enum { OPERATIONS = 20000, SEEDS = 6, LONGEST = 400 };

/* A string as it should be. */
struct known {
    UT_hash_handle hh;
    uint32_t handle;
    const char *text; /* the counted table's */
    size_t count;
    size_t bytes;
    char string[];
};

struct model {
    struct known *known;
    struct tare_mem_failer failer;
    uint64_t seed;
    struct tare_intern *table;
    struct tare_intern_counted *counted;
};

/* Of few letters, and mostly short: many are there already. */
static size_t random_string(struct model *model, char string[LONGEST])
{
    size_t longest = next_random(&model->seed) % 20 ? 12 : LONGEST;
    size_t bytes = next_random(&model->seed) % longest;

    for (size_t i = 0; i < bytes; i++)
        string[i] = (char)(next_random(&model->seed) % 3);
    return bytes;
}

static struct known *find_known(struct model *model, const char *string, size_t bytes)
{
    struct known *known;

    HASH_FIND(hh, model->known, string, bytes, known);
    return known;
}

static struct known *add_known(struct model *model, const char *string, size_t bytes)
{
    struct known *known = calloc(1, sizeof *known + bytes);

    assert_non_null(known);
    memcpy(known->string, string, bytes);
    known->bytes = bytes;
    HASH_ADD(hh, model->known, string, bytes, known);
    return known;
}

static void drop_known(struct model *model, struct known *known)
{
    HASH_DEL(model->known, known);
    free(known);
}

static void fail_sometimes(struct model *model)
{
    model->failer.fail_at = model->failer.requests + 1 + next_random(&model->seed) % 20;
}

static void expect_handle(struct model *model, uint32_t handle, const char *string,
                          size_t bytes)
{
    struct known *known = find_known(model, string, bytes);

    if (!handle) /* only what is new may fail */
        assert_true(!known && model->failer.has_failed);
    else if (known)
        assert_int_equal(handle, known->handle);
    else
        add_known(model, string, bytes)->handle = handle;
    if (handle) {
        assert_int_equal(tare_intern_bytes(model->table, handle), bytes);
        assert_memory_equal(tare_intern_text(model->table, handle), string, bytes);
    }
}

static void insert_many(struct model *model)
{
    char strings[40][LONGEST] = {0};
    struct tare_text texts[40] = {0};
    uint32_t handles[40];
    size_t count = next_random(&model->seed) % 40;

    for (size_t i = 0; i < count; i++)
        texts[i] = (struct tare_text){strings[i], random_string(model, strings[i])};
    size_t done = tare_intern_insert_many(model->table, texts, handles, count);
    for (size_t i = 0; i < done; i++)
        expect_handle(model, handles[i], strings[i], texts[i].bytes);
    assert_true(done == count || (!handles[done] && model->failer.has_failed));
    size_t there = 0;
    for (size_t i = 0; i < count; i++)
        there += find_known(model, strings[i], texts[i].bytes) != NULL;
    assert_int_equal(tare_intern_find_many(model->table, texts, handles, count), there);
}

static void operate(struct model *model)
{
    char string[LONGEST];
    size_t bytes = random_string(model, string);
    struct known *known = find_known(model, string, bytes);

    switch (next_random(&model->seed) % 20) {
    case 0:
        fail_sometimes(model);
        break;
    case 1:
        insert_many(model);
        break;
    case 2:
        assert_int_equal(tare_intern_find(model->table, string, bytes),
                         known ? known->handle : 0);
        break;
    default:
        expect_handle(model, tare_intern_insert(model->table, string, bytes), string,
                      bytes);
    }
}

static void begin(struct model *model, uint64_t seed)
{
    *model = (struct model){.seed = seed * 0x9e3779b97f4a7c15u + 1};
    tare_mem_failer_init(&model->failer, NULL, 0);
}

static void end(struct model *model)
{
    struct known *known, *next;

    HASH_ITER(hh, model->known, known, next)
    {
        drop_known(model, known);
    }
    assert_int_equal(tare_mem_counted(&model->failer.counter).live_bytes, 0);
}

static void tables_do_what_a_plain_one_does(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct tare_intern_stats stats;
        struct model model;

        begin(&model, seed);
        const struct tare_intern_options options = {.mem = &model.failer.mem};
        assert_int_equal(tare_intern_create(&model.table, &options), 0);
        for (int i = 0; i < OPERATIONS; i++) {
            operate(&model);
            if (i % 4000 == 0)
                assert_true(tare__intern_valid(model.table));
        }
        tare_intern_get_stats(model.table, &stats);
        assert_int_equal(stats.strings, HASH_COUNT(model.known));
        assert_true(tare__intern_valid(model.table));
        tare_intern_destroy(&model.table);
        end(&model);
    }
}

static void acquire(struct model *model, const char *string, size_t bytes)
{
    struct known *known = find_known(model, string, bytes);
    const char *text = tare_intern_counted_acquire(model->counted, string, bytes);

    if (!text) {
        assert_true(!known && model->failer.has_failed);
        return;
    }
    if (!known) {
        known = add_known(model, string, bytes);
        known->text = text;
    }
    known->count++;
    assert_ptr_equal(text, known->text);
    assert_int_equal(tare_intern_counted_bytes(text), bytes);
    assert_memory_equal(text, string, bytes);
    assert_int_equal(text[bytes], 0);
}

static void operate_counted(struct model *model)
{
    char string[LONGEST];
    size_t bytes = random_string(model, string);
    struct known *known = find_known(model, string, bytes);
    uint64_t chosen = next_random(&model->seed) % 20;

    if (chosen == 0)
        fail_sometimes(model);
    else if (chosen < 12)
        acquire(model, string, bytes);
    else if (known && chosen < 14)
        known->count += tare_intern_counted_retain(known->text) == known->text;
    else if (known) {
        tare_intern_counted_release(model->counted, known->text);
        if (--known->count == 0)
            drop_known(model, known);
    }
}

static void counted_tables_do_too(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct tare_intern_counted_stats stats;
        struct model model;

        begin(&model, seed);
        const struct tare_intern_options options = {.mem = &model.failer.mem};
        assert_int_equal(tare_intern_counted_create(&model.counted, &options), 0);
        for (int i = 0; i < OPERATIONS; i++) {
            operate_counted(&model);
            if (i % 1000 == 0)
                assert_true(tare__intern_counted_valid(model.counted));
        }
        tare_intern_counted_get_stats(model.counted, &stats);
        assert_int_equal(stats.strings, HASH_COUNT(model.known));
        assert_int_equal(tare_intern_counted_destroy(&model.counted),
                         HASH_COUNT(model.known));
        end(&model);
    }
}

static void counted_tables_have_limits(void **state)
{
    struct tare_intern_options options = {.strings_max = 2};
    struct tare_intern_counted_stats stats;
    struct tare_intern_counted *table;

    (void)state;
    assert_int_equal(tare_intern_counted_create(&table, &options), 0);
    const char *one = tare_intern_counted_acquire(table, "one", 3);
    const char *two = tare_intern_counted_acquire(table, "two", 3);
    assert_null(tare_intern_counted_acquire(table, "three", 5));
    assert_ptr_equal(tare_intern_counted_acquire(table, "one", 3), one);
    tare_intern_counted_release(table, two);
    const char *three = tare_intern_counted_acquire(table, "three", 5);
    assert_string_equal(three, "three");
    tare_intern_counted_get_stats(table, &stats);
    assert_int_equal(stats.strings, 2);
    assert_int_equal(stats.refused, 1);
    tare_intern_counted_release(table, NULL);
    assert_int_equal(tare_intern_counted_destroy(&table), 2);
    assert_int_equal(tare_intern_counted_destroy(&table), 0);

    options = (struct tare_intern_options){.bytes_max = 200};
    assert_int_equal(tare_intern_counted_create(&table, &options), 0);
    char long_string[200] = {1};
    assert_null(tare_intern_counted_acquire(table, long_string, sizeof long_string));
    assert_non_null(tare_intern_counted_acquire(table, long_string, 100));
    assert_null(tare_intern_counted_acquire(table, long_string, 99));
    tare_intern_counted_get_stats(table, &stats);
    assert_true(stats.text_bytes > 100 && stats.text_bytes <= 200);
    assert_int_equal(tare_intern_counted_destroy(&table), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_do_what_a_plain_one_does),
        cmocka_unit_test(counted_tables_do_too),
        cmocka_unit_test(counted_tables_have_limits),
    };

    return cmocka_run_group_tests_name("intern_model", tests, NULL, NULL);
}
