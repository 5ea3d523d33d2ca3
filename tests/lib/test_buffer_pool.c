/* SPDX-License-Identifier: MIT */
#include "lib/buffer_fixture.h"

#include <errno.h>

static void the_series_has_powers_of_two_and_halves(void **state)
{
    (void)state;
    assert_int_equal(tare__buffer_step_bytes(0), 64);
    assert_int_equal(tare__buffer_step_bytes(1), 96);
    assert_int_equal(tare__buffer_step_bytes(9), 1536);
    for (size_t bytes = 1; bytes < 1 << 20; bytes++) {
        unsigned step = tare__buffer_step(bytes);

        if (tare__buffer_step_bytes(step) < bytes ||
            (step && tare__buffer_step_bytes(step - 1) >= bytes))
            fail_msg("%zu: step %u", bytes, step);
    }
    assert_int_equal(tare__buffer_step_bytes(tare__buffer_step(SIZE_MAX / 4)),
                     SIZE_MAX / 4 + 1);
}

static void alloc_gives_what_is_asked_for_at_the_alignment(void **state)
{
    (void)state;
    for (size_t alignment = 16; alignment <= 65536; alignment *= 16) {
        begin((struct tare_buffer_pool_options){.alignment = alignment});
        for (size_t bytes = 1; bytes < 3 << 20; bytes += bytes / 3 + 1) {
            struct tare_buffer one = take(bytes), other = take(bytes);

            assert_int_equal((uintptr_t)one.data % alignment, 0);
            memset(one.data, 1, one.capacity_bytes);
            memset(other.data, 2, other.capacity_bytes);
            assert_int_equal(((char *)one.data)[one.capacity_bytes - 1], 1);
            give(one);
            give(other);
        }
        assert_true(tare__buffer_pool_valid(&pool));
        assert_int_equal(tare_buffer_pool_fini(&pool), 0);
    }
}

static void classes_may_begin_and_end_anywhere(void **state)
{
    static const size_t ends[][2] = {{64, 65},     {300, 300},   {1000, 5000},
                                     {1024, 1025}, {1535, 1537}, {10240, 10240}};

    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        begin((struct tare_buffer_pool_options){
            .least_bytes = ends[i][0], .most_bytes = ends[i][1], .aside_bytes = 1});
        for (size_t bytes = 1; bytes <= ends[i][1]; bytes++) {
            struct tare_buffer buffer = take(bytes);

            assert_in_range(buffer.capacity_bytes, ends[i][0], ends[i][1]);
            assert_true(buffer.capacity_bytes <= ends[i][0] ||
                        buffer.capacity_bytes <= bytes + bytes / 2);
            assert_non_null(buffer.node);
            give(buffer);
        }
        assert_true(tare__buffer_pool_valid(&pool));
        assert_int_equal(tare_buffer_pool_fini(&pool), 0);
    }
}

static void a_size_that_is_not_said_is_the_usual_one(void **state)
{
    (void)state;
    begin((struct tare_buffer_pool_options){.usual_bytes = 5000});
    struct tare_buffer buffer = take(0);
    assert_int_equal(buffer.capacity_bytes, 6144);
    give(buffer);
}

static void the_data_freed_last_is_used_again(void **state)
{
    (void)state;
    begin((struct tare_buffer_pool_options){0});
    struct tare_buffer first = take(4000), second = take(4096);
    void *data = first.data;
    tare_buffer_free(&second);
    tare_buffer_free(&first);
    assert_null(first.data);
    tare_buffer_free(&first);
    assert_null(tare_buffer_reserve(&first, 1));
    first = take(3500);
    assert_ptr_equal(first.data, data);
    struct tare_buffer_pool_stats stats = stats_now();
    assert_int_equal(stats.misses, 2);
    assert_int_equal(stats.hits, 1);
    assert_int_equal(stats.live_buffers, 1);
    assert_int_equal(stats.live_bytes, 4096);
    assert_int_equal(stats.kept_buffers, 1);
    assert_int_equal(stats.kept_bytes, 4096);
    tare_buffer_free(&first);
}

static void what_is_too_small_or_too_large_goes_back_at_once(void **state)
{
    (void)state;
    begin((struct tare_buffer_pool_options){0});
    size_t before = counter.live_bytes;
    struct tare_buffer small = take(TARE_BUFFER_ASIDE_BYTES - 1),
                       large = take(TARE_BUFFER_MOST_BYTES + 1);
    assert_int_equal(small.capacity_bytes, TARE_BUFFER_ASIDE_BYTES - 1);
    assert_int_equal(counter.live_bytes - before,
                     TARE_BUFFER_ASIDE_BYTES + TARE_BUFFER_MOST_BYTES);
    tare_buffer_free(&small);
    tare_buffer_free(&large);
    assert_int_equal(counter.live_bytes, before);
    assert_int_equal(stats_now().hits + stats_now().misses, 0);
}

static void a_pool_without_mem_asks_malloc_for_what_it_does_not_keep(void **state)
{
    const struct tare_buffer_pool_options as_is = {0}, aligned = {.alignment = 128};

    (void)state;
    assert_int_equal(tare_buffer_pool_init(&pool, &as_is), 0);
    struct tare_buffer buffer = take(100);
    fill(&buffer, 100, 'x');
    fill(&buffer, 3 << 20, 'y');
    free(tare_buffer_steal(&buffer).data);
    assert_int_equal(tare_buffer_pool_fini(&pool), 0);
    assert_int_equal(tare_buffer_pool_init(&pool, &aligned), 0);
    buffer = take(100);
    assert_int_equal((uintptr_t)buffer.data % 128, 0);
    tare_buffer_free(&buffer);
}

static void appending_byte_by_byte_keeps_them_and_moves_seldom(void **state)
{
    enum { COUNT = 300000 };

    (void)state;
    for (size_t first = 1; first < 1 << 20; first *= 4) {
        begin((struct tare_buffer_pool_options){0});
        struct tare_buffer buffer = take(first);
        for (int i = 0; i < COUNT; i++) {
            char byte = (char)(i % 127);

            assert_true(tare_buffer_append(&buffer, &byte, 1));
        }
        assert_int_equal(buffer.used_bytes, COUNT);
        for (int i = 0; i < COUNT; i++)
            if (((char *)buffer.data)[i] != (char)(i % 127))
                fail_msg("byte %d", i);
        assert_true(stats_now().moves <= 27);
        tare_buffer_free(&buffer);
        assert_int_equal(tare_buffer_pool_fini(&pool), 0);
    }
}

static void truncate_only_shortens(void **state)
{
    (void)state;
    begin((struct tare_buffer_pool_options){0});
    struct tare_buffer buffer = take(0);
    fill(&buffer, 100, 'x');
    tare_buffer_truncate(&buffer, 10);
    assert_int_equal(buffer.used_bytes, 10);
    tare_buffer_truncate(&buffer, 11);
    assert_int_equal(buffer.used_bytes, 10);
    assert_true(tare_buffer_append(&buffer, NULL, 0));
    assert_int_equal(buffer.used_bytes, 10);
    tare_buffer_free(&buffer);
}

static void a_pool_begins_when_it_is_first_used(void **state)
{
    const struct tare_buffer_pool_options options = {.name = "late", .mem = &counter.mem};

    (void)state;
    pool = (struct tare_buffer_pool){.options = &options};
    assert_int_equal(tare_buffer_pool_trim(&pool, 0), 0);
    assert_int_equal(stats_now().live_buffers, 0);
    assert_int_equal(tare_buffer_pool_fini(&pool), 0);
    for (int i = 0; i < 2; i++) {
        give(take(2000));
        assert_string_equal(stats_now().name, "late");
        assert_int_equal(tare_buffer_pool_fini(&pool), 0);
    }
}

static void a_pool_that_cannot_begin_has_no_buffers(void **state)
{
    const struct tare_buffer_pool_options options = {.least_bytes = 1};
    struct tare_buffer_pool wrong = {.options = &options}, nothing = {0};
    struct tare_buffer buffer;

    (void)state;
    assert_false(tare_buffer_alloc(&buffer, &wrong, 0));
    assert_null(buffer.data);
    assert_false(tare_buffer_alloc(&buffer, &nothing, 0));
    assert_null(tare_buffer_reserve(&buffer, 1));
    tare_buffer_free(&buffer);
}

static void impossible_options_are_refused(void **state)
{
    static const struct tare_buffer_pool_options wrong[] = {
        {.alignment = 24},
        {.alignment = 128 << 10},
        {.least_bytes = 63},
        {.least_bytes = 4096, .most_bytes = 4095},
        {.most_bytes = 255}, /* the least class is larger */
        {.most_bytes = SIZE_MAX},
        {.least_bytes = SIZE_MAX},
        {.alignment = 64 << 10, .is_left_out_of_dumps = true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(tare_buffer_pool_init(&pool, &wrong[i]), -EINVAL);
    assert_null(pool.core);
}

static void impossible_sizes_are_refused_and_change_nothing(void **state)
{
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 4095, SIZE_MAX / 2 + 1,
                                   SIZE_MAX / 4 + 1, (size_t)1 << 61};
    struct tare_buffer none;

    (void)state;
    begin((struct tare_buffer_pool_options){0});
    counter.limit_bytes = 1 << 30;
    struct tare_buffer buffer = take(1024);
    fill(&buffer, 1000, 'x');
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_false(tare_buffer_alloc(&none, &pool, sizes[i]));
        assert_null(none.data);
        assert_null(tare_buffer_reserve(&buffer, sizes[i]));
        assert_int_equal(buffer.used_bytes, 1000);
        assert_int_equal(buffer.capacity_bytes, 1024);
    }
    assert_int_equal(stats_now().refused, 2 * sizeof sizes / sizeof *sizes);
    tare_buffer_free(&buffer);
}

static void a_scope_frees_its_buffer_unless_it_is_stolen(void **state)
{
    struct tare_buffer kept;

    (void)state;
    begin((struct tare_buffer_pool_options){0});
    {
        TARE_BUFFER_SCOPED(gone, &pool, 2000);
        TARE_BUFFER_SCOPED(stolen, &pool, 2000);
        assert_non_null(gone.data);
        kept = tare_buffer_steal(&stolen);
        assert_null(stolen.data);
    }
    assert_int_equal(stats_now().live_buffers, 1);
    tare_buffer_free(&kept);
}

static void the_pools_for_everyone_have_their_sizes(void **state)
{
    static const struct {
        struct tare_buffer_pool *(*pool)(void);
        size_t bytes, alignment;
    } ready[] = {
        {tare_buffer_pool_any, 4096, 16},      {tare_buffer_pool_1k, 1024, 16},
        {tare_buffer_pool_64k, 65536, 16},     {tare_buffer_pool_hash, 32768, 64},
        {tare_buffer_pool_tar, 10240, 16},     {tare_buffer_pool_io, 65536, 4096},
        {tare_buffer_pool_secure, 4096, 4096},
    };
    struct tare_buffer buffer;

    (void)state;
    for (size_t i = 0; i < sizeof ready / sizeof *ready; i++) {
        assert_true(tare_buffer_alloc(&buffer, ready[i].pool(), 0));
        assert_int_equal(buffer.capacity_bytes, ready[i].bytes);
        assert_int_equal((uintptr_t)buffer.data % ready[i].alignment, 0);
        memset(buffer.data, 1, ready[i].bytes);
        tare_buffer_free(&buffer);
        assert_true(tare__buffer_pool_valid(ready[i].pool()));
        assert_int_equal(tare_buffer_pool_fini(ready[i].pool()), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_series_has_powers_of_two_and_halves),
        KEEPS(alloc_gives_what_is_asked_for_at_the_alignment),
        KEEPS(classes_may_begin_and_end_anywhere),
        KEEPS(a_size_that_is_not_said_is_the_usual_one),
        KEEPS(the_data_freed_last_is_used_again),
        KEEPS(what_is_too_small_or_too_large_goes_back_at_once),
        KEEPS(a_pool_without_mem_asks_malloc_for_what_it_does_not_keep),
        KEEPS(appending_byte_by_byte_keeps_them_and_moves_seldom),
        KEEPS(truncate_only_shortens),
        KEEPS(a_pool_begins_when_it_is_first_used),
        KEEPS(a_pool_that_cannot_begin_has_no_buffers),
        KEEPS(impossible_options_are_refused),
        KEEPS(impossible_sizes_are_refused_and_change_nothing),
        KEEPS(a_scope_frees_its_buffer_unless_it_is_stolen),
        KEEPS(the_pools_for_everyone_have_their_sizes),
        CHECKED(alloc_gives_what_is_asked_for_at_the_alignment),
        CHECKED(the_data_freed_last_is_used_again),
        CHECKED(appending_byte_by_byte_keeps_them_and_moves_seldom),
        PASSES(alloc_gives_what_is_asked_for_at_the_alignment),
        PASSES(appending_byte_by_byte_keeps_them_and_moves_seldom),
        PASSES(the_pools_for_everyone_have_their_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
