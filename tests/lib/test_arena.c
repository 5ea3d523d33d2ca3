/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "lib/arena_fixture.h"

static void all_zero_is_an_arena_that_can_be_used(void **state)
{
    struct tare_arena zero = {0}, still_zero = {0};

    (void)state;
    assert_true(tare__arena_valid(&zero));
    tare_arena_reset(&zero);
    tare_arena_trim(&zero);
    tare_arena_rewind(&zero, tare_arena_get_mark(&zero));
    tare_arena_fini(&zero);
    assert_memory_equal(&zero, &still_zero, sizeof zero);
    char *object = tare_arena_alloc(&zero, 100);
    assert_non_null(object);
    memset(object, 1, 100);
    tare_arena_fini(&zero);
    assert_memory_equal(&zero, &still_zero, sizeof zero);
}

static void objects_are_aligned_and_apart(void **state)
{
    char *objects[300];

    (void)state;
    for (size_t i = 0; i < 300; i++) {
        objects[i] = tare_arena_alloc(&arena, i);
        assert_non_null(objects[i]);
        assert_int_equal((uintptr_t)objects[i] % TARE_ARENA_ALIGNMENT, 0);
        memset(objects[i], (int)i, i);
    }
    for (size_t i = 0; i < 300; i++)
        for (size_t at = 0; at < i; at++)
            assert_int_equal((unsigned char)objects[i][at], (unsigned char)i);
}

static void objects_of_no_bytes_have_addresses_of_their_own(void **state)
{
    (void)state;
    void *first = tare_arena_alloc(&arena, 0);
    void *second = tare_arena_alloc(&arena, 0);
    assert_non_null(first);
    assert_ptr_not_equal(first, second);
    assert_non_null(TARE_ARENA_ARRAY(&arena, int, 0));
    assert_non_null(tare_arena_memdup(&arena, NULL, 0));
}

static void every_alignment_is_honoured(void **state)
{
    (void)state;
    for (size_t alignment = 1; alignment <= 1 << 16; alignment *= 2)
        for (size_t bytes = 0; bytes < 5000; bytes = bytes * 3 + 1) {
            char *object = tare_arena_alloc_aligned(&arena, bytes, alignment);

            assert_non_null(object);
            assert_int_equal((uintptr_t)object % alignment, 0);
            memset(object, 1, bytes);
        }
    struct wide {
        _Alignas(64) char text[64];
    } *wide = TARE_ARENA_NEW(&arena, struct wide);
    assert_int_equal((uintptr_t)wide % 64, 0);
}

static void zeroed_memory_is_zero_even_when_used_before(void **state)
{
    static const char zeros[1000];

    (void)state;
    memset(tare_arena_alloc(&arena, 1000), 1, 1000);
    tare_arena_reset(&arena);
    assert_memory_equal(tare_arena_alloc_zero(&arena, 1000), zeros, 1000);
}

static void sizes_that_cannot_be_are_refused(void **state)
{
    (void)state;
    for (size_t back = 0; back < 100; back++) {
        assert_null(tare_arena_alloc(&arena, SIZE_MAX - back));
        assert_null(tare_arena_alloc_aligned(&arena, SIZE_MAX - back, 4096));
    }
    assert_null(tare_arena_alloc(&arena, SIZE_MAX / 2));
    assert_null(tare_arena_alloc_aligned(&arena, 1, SIZE_MAX / 2 + 1));
    assert_null(TARE_ARENA_ARRAY(&arena, uint64_t, SIZE_MAX / 8 + 2));
    assert_null(tare_arena_alloc_array(&arena, SIZE_MAX, SIZE_MAX, 8));
    char *object = tare_arena_alloc(&arena, 10);
    assert_null(tare_arena_resize(&arena, object, 10, SIZE_MAX));
    assert_false(tare_arena_try_resize(&arena, object, 10, SIZE_MAX));
}

static void large_objects_have_memory_of_their_own(void **state)
{
    (void)state;
    assert_non_null(tare_arena_alloc(&arena, 16));
    memset(tare_arena_alloc(&arena, 10 << 20), 1, 10 << 20);
    assert_int_equal(stats().blocks, is_passthrough() ? 2 : 1);
    assert_true(stats().held_bytes < (10 << 20) + 8192);
    tare_arena_reset(&arena);
    assert_int_equal(stats().blocks, 0);
    assert_true(tare_mem_counted(&counter).live_bytes <= 8192);
}

static void the_newest_object_grows_and_shrinks_in_place(void **state)
{
    (void)state;
    if (is_passthrough())
        skip();
    char *object = tare_arena_alloc(&arena, 10);
    memcpy(object, "contents!", 10);
    size_t before = stats().used_bytes;
    assert_ptr_equal(tare_arena_resize(&arena, object, 10, 1000), object);
    assert_true(stats().used_bytes >= before + 980);
    assert_ptr_equal(tare_arena_resize(&arena, object, 1000, 10), object);
    assert_int_equal(stats().used_bytes, before);
    assert_string_equal(object, "contents!");
    assert_true(tare_arena_try_resize(&arena, object, 10, 3000));
    assert_false(tare_arena_try_resize(&arena, object, 3000, 5000));
    char *moved = tare_arena_resize(&arena, object, 3000, 5000);
    assert_string_equal(moved, "contents!");
}

static void an_object_that_is_not_the_newest_is_copied(void **state)
{
    (void)state;
    char *object = tare_arena_alloc(&arena, 10);
    memcpy(object, "contents!", 10);
    char *newer = tare_arena_alloc(&arena, 1);
    *newer = 'n';
    assert_false(tare_arena_try_resize(&arena, object, 10, 17));
    assert_true(tare_arena_try_resize(&arena, object, 10, 9));
    char *moved = tare_arena_resize(&arena, object, 9, 100);
    assert_ptr_not_equal(moved, object);
    assert_memory_equal(moved, "contents!", 9);
    assert_int_equal(*newer, 'n');
    assert_non_null(tare_arena_resize(&arena, NULL, 0, 10));
}

static void what_a_mark_knows_is_not_resized(void **state)
{
    (void)state;
    char *object = tare_arena_alloc(&arena, 10);
    char *large = tare_arena_alloc(&arena, 1 << 20);
    memcpy(object, "contents!", 10);
    memcpy(large, "large one", 10);
    struct tare_arena_mark mark = tare_arena_get_mark(&arena);
    assert_ptr_not_equal(tare_arena_resize(&arena, object, 10, 100), object);
    assert_ptr_not_equal(tare_arena_resize(&arena, large, 1 << 20, 2 << 20), large);
    tare_arena_rewind(&arena, mark);
    assert_false(tare_arena_try_resize(&arena, object, 10, 100));
    assert_string_equal(object, "contents!");
    assert_string_equal(large, "large one");
}

static void the_newest_large_object_is_resized_where_it_comes_from(void **state)
{
    (void)state;
    char *large = tare_arena_alloc(&arena, 1 << 20);
    memcpy(large, "large one", 10);
    large = tare_arena_resize(&arena, large, 1 << 20, 8 << 20);
    assert_string_equal(large, "large one");
    memset(large, 1, 8 << 20);
    assert_int_equal(stats().blocks, 1);
    assert_int_equal(tare_mem_counted(&counter).resizes, 1);
    large = tare_arena_resize(&arena, large, 8 << 20, 100);
    large = tare_arena_resize(&arena, large, 100, 200);
    memset(large, 1, 200);
}

static void strings_are_copied(void **state)
{
    const char text[] = "a\0b";

    (void)state;
    assert_string_equal(tare_arena_strdup(&arena, "text"), "text");
    assert_string_equal(tare_arena_strdup(&arena, ""), "");
    assert_string_equal(tare_arena_strndup(&arena, "text", 2), "te");
    assert_string_equal(tare_arena_strndup(&arena, "text", SIZE_MAX), "text");
    assert_memory_equal(tare_arena_memdup(&arena, text, sizeof text), text, sizeof text);
}

static void strings_of_any_length_are_printed(void **state)
{
    (void)state;
    for (int bytes = 1; bytes < 100000; bytes = bytes * 5 / 4 + 1)
        for (size_t i = 0; i < 5; i++) {
            const char *text = tare_arena_printf(&arena, "%*d", bytes, 42);

            assert_non_null(text);
            assert_int_equal(strlen(text), bytes > 2 ? bytes : 2);
            assert_int_equal(atoi(text), 42);
        }
    assert_string_equal(tare_arena_printf(&arena, "%s", ""), "");
}

static void what_cannot_be_printed_is_refused(void **state)
{
    static const wchar_t no_characters[] = {0x7fffffff, 0};

    (void)state;
    size_t before = stats().used_bytes;
    assert_null(tare_arena_printf(&arena, "%ls", no_characters));
    assert_int_equal(stats().used_bytes, before);
}

static void an_arena_is_memory_for_other_modules(void **state)
{
    struct tare_mem *mem = tare_arena_mem(&arena);

    (void)state;
    char *block = tare_mem_alloc(mem, 10, 1);
    memcpy(block, "contents!", 10);
    block = tare_mem_resize(mem, block, 10, 200000, 1);
    assert_string_equal(block, "contents!");
    char *wide = tare_mem_alloc(mem, 10, 4096);
    char *between = tare_mem_alloc(mem, 10, 1);
    memcpy(wide, "contents!", 10);
    wide = tare_mem_resize(mem, wide, 10, 100, 4096);
    assert_int_equal((uintptr_t)wide % 4096, 0);
    assert_string_equal(wide, "contents!");
    size_t before = stats().used_bytes;
    char *freed = tare_mem_alloc(mem, 50, 1);
    tare_mem_free(mem, freed, 50, 1);
    assert_int_equal(stats().used_bytes, before);
    tare_mem_free(mem, between, 10, 1);
    tare_mem_free(mem, block, 200000, 1);

    for (size_t i = 0; i < 3; i++) {
        struct tare_arena child;

        before = stats().used_bytes;
        tare_arena_init(&child, mem);
        assert_string_equal(tare_arena_strdup(&child, "below"), "below");
        tare_arena_fini(&child);
    }
    assert_int_equal(stats().used_bytes, before);
}

static void all_zero_is_memory_for_other_modules_too(void **state)
{
    struct tare_arena zero = {0};
    struct tare_mem *mem = tare_arena_mem(&zero);

    (void)state;
    for (int i = 0; i < 3; i++) {
        char *block = tare_mem_alloc(mem, 10, 1);
        assert_non_null(block);
        memset(block, i, 10);
    }
    tare_arena_fini(&zero);
}

static void what_is_given_back_was_in_use(void **state)
{
    struct tare_mem *mem = tare_arena_mem(&arena);

    (void)state;
    tare_arena_reset(&arena);
    tare_mem_free(mem, tare_mem_alloc(mem, 200000, 1), 200000, 1);
    assert_true(stats().peak_bytes >= 200000 || is_passthrough());
}

static void where_no_chunk_can_be_had_objects_still_can(void **state)
{
    struct tare_mem_counter limited;
    struct tare_arena small;

    (void)state;
    tare_mem_counter_init(&limited, NULL, 3000);
    tare_arena_init(&small, &limited.mem);
    assert_non_null(tare_arena_alloc(&small, 100));
    assert_non_null(tare_arena_alloc(&small, 2000));
    assert_null(tare_arena_alloc(&small, 2000));
    assert_non_null(tare_arena_alloc(&small, 100));
    assert_true(tare__arena_valid(&small));
    tare_arena_fini(&small);
    assert_int_equal(tare_mem_counted(&limited).live_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(all_zero_is_an_arena_that_can_be_used),
        ARENA_TEST(objects_are_aligned_and_apart),
        ARENA_TEST(objects_of_no_bytes_have_addresses_of_their_own),
        ARENA_TEST(every_alignment_is_honoured),
        ARENA_TEST(zeroed_memory_is_zero_even_when_used_before),
        ARENA_TEST(sizes_that_cannot_be_are_refused),
        ARENA_TEST(large_objects_have_memory_of_their_own),
        ARENA_TEST(the_newest_object_grows_and_shrinks_in_place),
        ARENA_TEST(an_object_that_is_not_the_newest_is_copied),
        ARENA_TEST(what_a_mark_knows_is_not_resized),
        ARENA_TEST(the_newest_large_object_is_resized_where_it_comes_from),
        ARENA_TEST(strings_are_copied),
        ARENA_TEST(strings_of_any_length_are_printed),
        ARENA_TEST(what_cannot_be_printed_is_refused),
        ARENA_TEST(an_arena_is_memory_for_other_modules),
        ARENA_TEST(all_zero_is_memory_for_other_modules_too),
        ARENA_TEST(what_is_given_back_was_in_use),
        ARENA_TEST(where_no_chunk_can_be_had_objects_still_can),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
