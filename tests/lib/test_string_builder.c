/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <tare/arena.h>

#include "toolkit/string_builder_parts.h"

/* A counted builder; teardown ends it and finds nothing left. */
static struct tare_mem_counter counter;
static struct tare_string_builder builder;

static int setup(void **state)
{
    (void)state;
    tare_mem_counter_init(&counter, NULL, 0);
    tare_string_builder_init(&builder, &counter.mem);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_true(tare__string_builder_valid(&builder));
    tare_string_builder_fini(&builder);
    assert_int_equal(tare_mem_counted(&counter).live_bytes, 0);
    return 0;
}

static void expect_text(const char *text)
{
    assert_string_equal(tare_string_builder_text(&builder), text);
    assert_int_equal(builder.bytes, strlen(text));
}

static void all_zero_is_a_builder_that_can_be_used(void **state)
{
    struct tare_string_builder zero = {0}, still_zero = {0};

    (void)state;
    assert_string_equal(tare_string_builder_text(&zero), "");
    assert_true(tare_string_builder_is_whole(&zero));
    assert_true(tare_string_builder_append(&zero, ""));
    assert_true(tare_string_builder_append_bytes(&zero, NULL, 0));
    assert_true(tare_string_builder_append_repeated(&zero, 'x', 0));
    assert_true(tare_string_builder_append_parts(&zero, NULL, 0));
    assert_true(tare_string_builder_printf(&zero, "%s", ""));
    tare_string_builder_clear(&zero);
    tare_string_builder_truncate(&zero, 0);
    tare_string_builder_fini(&zero);
    assert_memory_equal(&zero, &still_zero, sizeof zero);
    assert_true(tare_string_builder_append(&zero, "text"));
    assert_string_equal(tare_string_builder_text(&zero), "text");
    tare_string_builder_fini(&zero);
    assert_memory_equal(&zero, &still_zero, sizeof zero);
}

static void what_is_appended_is_there(void **state)
{
    static const char *const strings[] = {"a", "", "c"};

    (void)state;
    tare_string_builder_append(&builder, "text ");
    tare_string_builder_append_bytes(&builder, "bytes that are cut", 5);
    tare_string_builder_append_char(&builder, ' ');
    tare_string_builder_append_repeated(&builder, '-', 3);
    tare_string_builder_printf(&builder, " %d%% ", 42);
    tare_string_builder_join(&builder, strings, 3, ", ");
    tare_string_builder_join(&builder, strings, 0, ", ");
    assert_true(tare_string_builder_append_all(&builder, " one", NULL, " two"));
    expect_text("text bytes --- 42% a, , c one two");
    tare_string_builder_truncate(&builder, 100);
    tare_string_builder_truncate(&builder, 4);
    expect_text("text");
    tare_string_builder_clear(&builder);
    expect_text("");
}

static void a_text_of_many_appends_is_moved_few_times(void **state)
{
    (void)state;
    for (size_t i = 0; i < 1000000; i++)
        assert_true(tare_string_builder_append_char(&builder, (char)('a' + i % 26)));
    for (size_t i = 0; i < 1000000; i++)
        assert_int_equal(builder.text[i], 'a' + i % 26);
    struct tare_mem_counter seen = tare_mem_counted(&counter);
    assert_int_equal(seen.allocations, 1);
    assert_true(seen.resizes <= 14); /* 64 bytes to 1 MiB */
    assert_true(seen.live_bytes <= 2 * 1000001);
}

static void its_own_text_can_be_appended(void **state)
{
    (void)state;
    tare_string_builder_append(&builder, "ab");
    for (size_t i = 0; i < 15; i++)
        assert_true(
            tare_string_builder_append(&builder, tare_string_builder_text(&builder)));
    assert_int_equal(builder.bytes, 2 << 15);
    for (size_t i = 0; i < 15; i++) {
        const struct tare_string_part parts[] = {{builder.text + 1, 1}, {builder.text, 2}};
        assert_true(tare_string_builder_append_parts(&builder, parts, 2));
    }
    assert_memory_equal(builder.text + builder.bytes - 6, "babbab", 6);
}

static void a_fixed_builder_stays_in_its_buffer(void **state)
{
    struct tare_string_builder fixed;
    char buffer[9] = "........";

    (void)state;
    tare_string_builder_init_fixed(&fixed, buffer, 8);
    assert_true(tare_string_builder_append(&fixed, "1234"));
    assert_false(tare_string_builder_append(&fixed, "56789"));
    assert_false(
        tare_string_builder_append_char(&fixed, '!')); /* which would leave a gap */
    assert_false(tare_string_builder_append(&fixed, ""));
    assert_null(tare_string_builder_reserve(&fixed, 1));
    assert_string_equal(tare_string_builder_text(&fixed), "1234");
    assert_int_equal(tare_string_builder_needed_bytes(&fixed), 10);
    tare_string_builder_clear(&fixed);
    assert_true(tare_string_builder_printf(&fixed, "%d", 1234567));
    assert_string_equal(tare_string_builder_text(&fixed), "1234567");
    assert_ptr_equal(tare_string_builder_text(&fixed), buffer);
    assert_false(tare_string_builder_printf(&fixed, "%d", 89));
    assert_int_equal(tare_string_builder_needed_bytes(&fixed), 9);
    assert_int_equal(buffer[8], 0);
    tare_string_builder_fini(&fixed);
}

static void buffers_of_no_or_one_byte_hold_nothing(void **state)
{
    struct tare_string_builder fixed;
    char one;

    (void)state;
    for (size_t bytes = 0; bytes < 2; bytes++) {
        tare_string_builder_init_fixed(&fixed, bytes ? &one : NULL, bytes);
        assert_true(tare_string_builder_append(&fixed, ""));
        assert_string_equal(tare_string_builder_text(&fixed), "");
        assert_false(tare_string_builder_append_char(&fixed, 'x'));
        assert_false(tare_string_builder_printf(&fixed, "%d", 10));
        assert_int_equal(tare_string_builder_needed_bytes(&fixed), 3);
        assert_string_equal(tare_string_builder_text(&fixed), "");
        tare_string_builder_fini(&fixed);
    }
}

static void a_lent_buffer_is_left_when_it_is_full(void **state)
{
    char buffer[8];

    (void)state;
    tare_string_builder_init_in(&builder, buffer, sizeof buffer, &counter.mem);
    tare_string_builder_append(&builder, "1234567");
    assert_int_equal(tare_mem_counted(&counter).allocations, 0);
    tare_string_builder_append_char(&builder, '8');
    assert_int_equal(tare_mem_counted(&counter).allocations, 1);
    expect_text("12345678");
}

static void a_place_is_reserved_and_filled(void **state)
{
    (void)state;
    char *place = tare_string_builder_reserve(&builder, 100);
    memset(place, 'x', 100);
    tare_string_builder_commit(&builder, 3);
    expect_text("xxx");
    assert_non_null(tare_string_builder_reserve(&builder, 0));
    assert_null(tare_string_builder_reserve(&builder, SIZE_MAX));
    assert_true(tare_string_builder_is_whole(&builder));
}

static void lengths_that_cannot_be_are_missing(void **state)
{
    const struct tare_string_part parts[] = {{"x", SIZE_MAX / 2}, {"x", SIZE_MAX / 2 + 2}};

    (void)state;
    tare_string_builder_append(&builder, "kept");
    assert_false(tare_string_builder_append_repeated(&builder, 'x', SIZE_MAX));
    assert_false(tare_string_builder_append_repeated(&builder, 'x', SIZE_MAX - 5));
    assert_int_equal(tare_string_builder_needed_bytes(&builder), SIZE_MAX);
    expect_text("kept");
    tare_string_builder_clear(&builder);
    assert_false(tare_string_builder_append_parts(&builder, parts, 2));
    assert_null(tare_string_alloc_parts(&counter.mem, parts, 2));
    assert_int_equal(tare_string_build_parts(NULL, 0, parts, 2), SIZE_MAX);
}

static void a_text_is_taken_without_a_copy(void **state)
{
    size_t block_bytes;

    (void)state;
    tare_string_builder_append(&builder, "text");
    const char *where = builder.text;
    char *text = tare_string_builder_take(&builder, &block_bytes);
    assert_ptr_equal(text, where);
    assert_string_equal(text, "text");
    assert_int_equal(tare_mem_counted(&counter).allocations, 1);
    assert_int_equal(tare_mem_counted(&counter).live_bytes, block_bytes);
    tare_mem_free(&counter.mem, text, block_bytes, 1);

    expect_text("");
    tare_string_builder_append(&builder, "more");
    text = tare_string_builder_take(&builder, NULL);
    assert_string_equal(text, "more");
    assert_int_equal(tare_mem_counted(&counter).live_bytes, 5);
    tare_mem_free(&counter.mem, text, 5, 1);
    text = tare_string_builder_take(&builder, &block_bytes);
    assert_string_equal(text, "");
    tare_mem_free(&counter.mem, text, block_bytes, 1);
}

static void a_text_in_a_lent_buffer_is_copied_when_taken(void **state)
{
    char buffer[8];
    size_t block_bytes;

    (void)state;
    tare_string_builder_init_in(&builder, buffer, sizeof buffer, &counter.mem);
    tare_string_builder_append(&builder, "text");
    char *text = tare_string_builder_take(&builder, &block_bytes);
    assert_string_equal(text, "text");
    assert_int_equal(block_bytes, 5);
    tare_mem_free(&counter.mem, text, block_bytes, 1);
    tare_string_builder_append(&builder, "again");
    assert_ptr_equal(tare_string_builder_text(&builder), buffer);
    text = tare_string_builder_dup(&builder, &counter.mem);
    assert_string_equal(text, "again");
    tare_mem_free(&counter.mem, text, 6, 1);
}

static void strings_are_built_in_one_pass(void **state)
{
    char buffer[19] = "";

    (void)state;
    assert_int_equal(tare_string_build(buffer, 19, "registry", "/", "name", ":", "tag"),
                     17);
    assert_string_equal(buffer, "registry/name:tag");
    assert_int_equal(tare_string_build(buffer, 18, "registry", "/", "name", ":", "tag"),
                     17);
    assert_string_equal(buffer, "registry/name:tag");
    assert_int_equal(tare_string_build(buffer, 17, "registry", "/", "name", ":", "tag"),
                     17);
    assert_string_equal(buffer, "");
    assert_int_equal(tare_string_build(NULL, 0, "text"), 4);
    assert_int_equal(tare_string_build(buffer, 19, "a", NULL, "b", NULL), 2);
    assert_string_equal(buffer, "ab");
    assert_int_equal(tare_string_build(buffer, 19, "1", "2", "3", "4", "5", "6", "7", "8",
                                       "9", "a", "b", "c", "d", "e", "f", "g"),
                     16);
    assert_string_equal(buffer, "123456789abcdefg");
}

static void strings_are_allocated_with_their_exact_size(void **state)
{
    (void)state;
    char *text = tare_string_alloc(&counter.mem, "registry", "/", "name");
    assert_string_equal(text, "registry/name");
    assert_int_equal(tare_mem_counted(&counter).live_bytes, 14);
    tare_mem_free(&counter.mem, text, 14, 1);
    text = tare_string_alloc(NULL, (const char *)NULL);
    assert_string_equal(text, "");
    tare_mem_free(tare_mem_default(), text, 1, 1);
}

static void over_an_arena_it_grows_in_place(void **state)
{
    struct tare_arena arena = {0};
    struct tare_string_builder over;
    struct tare_arena_stats stats;

    (void)state;
    assert_non_null(tare_arena_alloc(&arena, 20000));
    tare_arena_reset(&arena);
    tare_string_builder_init(&over, tare_arena_mem(&arena));
    for (size_t i = 0; i < 500; i++)
        assert_true(tare_string_builder_append(&over, "text"));
    assert_int_equal(over.bytes, 2000);
    tare_arena_get_stats(&arena, &stats);
    assert_true(stats.used_bytes < 2048 + 200);
    tare_arena_fini(&arena);
}

/* True when all of it could be had. */
static bool use_everything(struct tare_mem *mem)
{
    static const char *const strings[] = {"one", "two", "three"};
    struct tare_string_builder failing;
    size_t block_bytes;

    tare_string_builder_init(&failing, mem);
    tare_string_builder_append(&failing, "text");
    tare_string_builder_append_repeated(&failing, 'x', 1000);
    tare_string_builder_printf(&failing, "%5000d", 1);
    for (size_t i = 0; i < 1000; i++)
        tare_string_builder_join(&failing, strings, 3, ", ");
    bool worked = tare_string_builder_append_double(&failing, 0.1);
    assert_true(worked == tare_string_builder_is_whole(&failing));
    assert_true(tare__string_builder_valid(&failing));
    assert_int_equal(tare_string_builder_needed_bytes(&failing),
                     4 + 1000 + 5000 + 15000 + 3);
    char *text = tare_string_builder_take(&failing, &block_bytes);
    worked &= text != NULL;
    if (text)
        tare_mem_free(mem, text, block_bytes, 1);
    text = tare_string_alloc(mem, "a", "b");
    worked &= text != NULL;
    tare_mem_free(mem, text, 3, 1);
    tare_string_builder_fini(&failing);
    return worked;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (int fail_on = 0; fail_on < 2; fail_on++)
        for (uint64_t n = 1;; n++) {
            struct tare_mem_failer failer;

            tare_mem_failer_init(&failer, NULL, n);
            failer.fail_on = fail_on;
            bool worked = use_everything(&failer.mem);
            assert_true(worked || failer.has_failed);
            assert_int_equal(tare_mem_counted(&failer.counter).live_bytes, 0);
            if (!failer.has_failed)
                break;
        }
}

static void what_is_refused_leaves_no_gap(void **state)
{
    static const char *const strings[] = {"one", "two, which is long enough for a second "
                                                 "block, as it has more than 64 bytes"};
    struct tare_mem_failer failer;
    struct tare_string_builder failing;

    (void)state;
    tare_mem_failer_init(&failer, NULL, 2);
    failer.fail_on = true;
    tare_string_builder_init(&failing, &failer.mem);
    tare_string_builder_append(&failing, "kept");
    assert_false(tare_string_builder_join(&failing, strings, 2, ", "));
    assert_string_equal(tare_string_builder_text(&failing), "kept");
    assert_int_equal(tare_string_builder_needed_bytes(&failing),
                     4 + 3 + 2 + strlen(strings[1]));
    assert_false(tare_string_builder_append_char(&failing, 'x'));
    assert_null(tare_string_builder_take(&failing, NULL));
    assert_null(tare_string_builder_dup(&failing, NULL));
    assert_string_equal(tare_string_builder_text(&failing), "kept");
    tare_string_builder_truncate(&failing, 2);
    assert_false(tare_string_builder_append_char(&failing, 'x'));
    tare_string_builder_clear(&failing);
    assert_true(tare_string_builder_append(&failing, "whole"));
    tare_string_builder_fini(&failing);
    assert_int_equal(tare_mem_counted(&failer.counter).live_bytes, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_zero_is_a_builder_that_can_be_used),
        TEST(what_is_appended_is_there),
        TEST(a_text_of_many_appends_is_moved_few_times),
        TEST(its_own_text_can_be_appended),
        TEST(a_fixed_builder_stays_in_its_buffer),
        TEST(buffers_of_no_or_one_byte_hold_nothing),
        TEST(a_lent_buffer_is_left_when_it_is_full),
        TEST(a_place_is_reserved_and_filled),
        TEST(lengths_that_cannot_be_are_missing),
        TEST(a_text_is_taken_without_a_copy),
        TEST(a_text_in_a_lent_buffer_is_copied_when_taken),
        TEST(strings_are_built_in_one_pass),
        TEST(strings_are_allocated_with_their_exact_size),
        TEST(over_an_arena_it_grows_in_place),
        TEST(every_allocation_may_fail),
        TEST(what_is_refused_leaves_no_gap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
