/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/arena_fixture.h"

static void rewind_gives_back_what_came_after_the_mark(void **state)
{
    (void)state;
    char *kept = tare_arena_strdup(&arena, "kept");
    struct tare_arena_mark outer = tare_arena_get_mark(&arena);
    size_t before = stats().used_bytes;
    for (size_t round = 0; round < 3; round++) {
        assert_non_null(tare_arena_alloc(&arena, 100));
        struct tare_arena_mark inner = tare_arena_get_mark(&arena);
        for (size_t i = 0; i < 1000; i++)
            memset(tare_arena_alloc(&arena, i), 1, i);
        memset(tare_arena_alloc(&arena, 2 << 20), 1, 2 << 20);
        tare_arena_rewind(&arena, inner);
        assert_true(stats().used_bytes < before + 1000);
        tare_arena_rewind(&arena, outer);
        assert_int_equal(stats().used_bytes, before);
    }
    assert_string_equal(kept, "kept");
    assert_true(stats().peak_bytes > 400000 || is_passthrough());
}

static void rewind_to_the_mark_of_an_empty_arena_empties_it(void **state)
{
    struct tare_arena_mark mark = tare_arena_get_mark(&arena);

    (void)state;
    for (size_t i = 0; i < 1000; i++)
        assert_non_null(tare_arena_alloc(&arena, 100));
    tare_arena_rewind(&arena, mark);
    assert_int_equal(stats().used_bytes, 0);
    uint64_t allocations = tare_mem_counted(&counter).allocations;
    for (size_t i = 0; i < 1000; i++)
        assert_non_null(tare_arena_alloc(&arena, 100));
    if (!is_passthrough())
        assert_true(tare_mem_counted(&counter).allocations <= allocations + 1);
}

/* A child ends by an assertion. */
static void expect_abort(void (*wrong)(void))
{
    fflush(stdout);
    pid_t child = fork();
    int status;

    if (child == 0) {
        const struct rlimit none = {0};

        setrlimit(RLIMIT_CORE, &none);
        signal(SIGABRT, SIG_DFL);
        close(STDERR_FILENO);
        wrong();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void rewind_to_a_mark_from_before_a_reset(void)
{
    assert_non_null(tare_arena_alloc(&arena, 100));
    struct tare_arena_mark mark = tare_arena_get_mark(&arena);
    tare_arena_reset(&arena);
    tare_arena_rewind(&arena, mark);
}

static void rewind_to_a_mark_from_before_a_rewind(void)
{
    struct tare_arena_mark outer = tare_arena_get_mark(&arena);
    assert_non_null(tare_arena_alloc(&arena, 100));
    struct tare_arena_mark inner = tare_arena_get_mark(&arena);
    tare_arena_rewind(&arena, outer);
    tare_arena_rewind(&arena, inner);
}

static void reset_arena(void *context)
{
    tare_arena_reset(context);
}

static void rewind_over_a_cleanup_that_resets(void)
{
    struct tare_arena_mark mark = tare_arena_get_mark(&arena);
    assert_true(tare_arena_defer(&arena, reset_arena, &arena));
    tare_arena_rewind(&arena, mark);
}

static void void_marks_end_the_program(void **state)
{
    (void)state;
    expect_abort(rewind_to_a_mark_from_before_a_reset);
    expect_abort(rewind_to_a_mark_from_before_a_rewind);
    expect_abort(rewind_over_a_cleanup_that_resets);
}

static void one_round(size_t count, size_t bytes)
{
    for (size_t i = 0; i < count; i++) {
        char *object = tare_arena_alloc(&arena, bytes);

        assert_non_null(object);
        *object = 1;
    }
    tare_arena_reset(&arena);
}

static void rounds_of_one_size_need_no_more_memory(void **state)
{
    (void)state;
    if (is_passthrough())
        skip();
    for (size_t bytes = 50; bytes < 100000; bytes *= 3)
        for (size_t objects = 1; objects * bytes < 10000000; objects *= 3) {
            for (size_t i = 0; i < 2 * TARE_ARENA_RESETS; i++)
                one_round(objects, bytes);
            struct tare_mem_counter before = tare_mem_counted(&counter);
            for (size_t i = 0; i < 10; i++)
                one_round(objects, bytes);
            assert_int_equal(tare_mem_counted(&counter).allocations, before.allocations);
            assert_true(before.live_bytes <=
                        4 * (bytes + 31) * objects + 2 * ARENA_CHUNK_BYTES_MIN);
        }
}

static void a_burst_is_forgotten_after_some_rounds(void **state)
{
    (void)state;
    one_round(100000, 100);
    size_t burst = tare_mem_counted(&counter).live_bytes;
    for (size_t i = 1; i < TARE_ARENA_RESETS; i++)
        one_round(10, 100);
    assert_int_equal(tare_mem_counted(&counter).live_bytes, burst);
    one_round(10, 100);
    assert_true(tare_mem_counted(&counter).live_bytes <= 2 * ARENA_CHUNK_BYTES_MIN);
    one_round(10, 100);
    assert_true(stats().spares <= 1);
    tare_arena_trim(&arena);
    assert_int_equal(tare_mem_counted(&counter).live_bytes, 0);
}

static char called[64];

static void note_a(void *context)
{
    (void)context;
    strcat(called, "a");
}

static void note_text(void *context)
{
    strcat(called, context); /* which is still there */
}

static void defer_more(void *context)
{
    assert_non_null(tare_arena_alloc(context, 100000));
    assert_true(tare_arena_defer(context, note_a, NULL));
    strcat(called, "m");
}

static void use_scratch(void *context)
{
    struct tare_arena_mark mark = tare_arena_get_mark(context);

    assert_non_null(tare_arena_alloc(context, 100000));
    tare_arena_rewind(context, mark);
    strcat(called, "s");
}

static void cleanups_run_once_and_newest_first(void **state)
{
    (void)state;
    *called = 0;
    assert_true(tare_arena_defer(&arena, note_a, NULL));
    assert_true(tare_arena_defer(&arena, note_text, tare_arena_strdup(&arena, "b")));
    struct tare_arena_mark mark = tare_arena_get_mark(&arena);
    assert_true(tare_arena_defer(&arena, note_text, tare_arena_strdup(&arena, "c")));
    assert_true(tare_arena_defer(&arena, note_text, tare_arena_strdup(&arena, "d")));
    tare_arena_rewind(&arena, mark);
    assert_string_equal(called, "dc");
    tare_arena_rewind(&arena, mark);
    assert_string_equal(called, "dc");
    tare_arena_reset(&arena);
    assert_string_equal(called, "dcba");
    tare_arena_reset(&arena);
    assert_true(tare_arena_defer(&arena, note_a, NULL));
    tare_arena_fini(&arena);
    assert_string_equal(called, "dcbaa");
}

static void cleanups_may_allocate_defer_and_rewind_what_is_theirs(void **state)
{
    (void)state;
    *called = 0;
    assert_true(tare_arena_defer(&arena, use_scratch, &arena));
    assert_true(tare_arena_defer(&arena, defer_more, &arena));
    tare_arena_reset(&arena);
    assert_string_equal(called, "mas");
    struct tare_arena_mark mark = tare_arena_get_mark(&arena);
    assert_true(tare_arena_defer(&arena, defer_more, &arena));
    tare_arena_rewind(&arena, mark);
    assert_string_equal(called, "masma");
    assert_true(tare_arena_defer(&arena, defer_more, &arena));
    tare_arena_fini(&arena);
    assert_string_equal(called, "masmama");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(rewind_gives_back_what_came_after_the_mark),
        ARENA_TEST(rewind_to_the_mark_of_an_empty_arena_empties_it),
        ARENA_TEST(void_marks_end_the_program),
        ARENA_TEST(rounds_of_one_size_need_no_more_memory),
        ARENA_TEST(a_burst_is_forgotten_after_some_rounds),
        ARENA_TEST(cleanups_run_once_and_newest_first),
        ARENA_TEST(cleanups_may_allocate_defer_and_rewind_what_is_theirs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
