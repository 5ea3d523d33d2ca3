/* SPDX-License-Identifier: MIT
 *
 * The two arenas that each thread has for what it needs in passing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include <tare/arena.h>
#include <tare/section.h>

static size_t used_bytes(const struct tare_arena *arena)
{
    struct tare_arena_stats stats;

    tare_arena_get_stats(arena, &stats);
    return stats.used_bytes;
}

static void a_scratch_is_empty_again_after_its_end(void **state)
{
    struct tare_arena_scratch scratch = tare_arena_begin_scratch(NULL);
    struct tare_arena *arena = scratch.arena;

    (void)state;
    assert_non_null(arena);
    size_t before = used_bytes(arena);
    char *text = tare_arena_strdup(arena, "text");
    assert_non_null(text);
    assert_true(used_bytes(arena) > before);
    tare_arena_end_scratch(&scratch);
    assert_null(scratch.arena);
    scratch = tare_arena_begin_scratch(NULL);
    assert_ptr_equal(scratch.arena, arena);
    assert_int_equal(used_bytes(arena), before);
    tare_arena_end_scratch(&scratch);
    tare_arena_end_scratch(&scratch); /* one without an arena: nothing */
}

/* The words between the commas, in upper case: made in a scratch, left in `result`. */
static char *shout(struct tare_arena *result, const char *text, int depth)
{
    TARE_ARENA_SCRATCH(scratch, result);
    char *copy = tare_arena_printf(scratch.arena, "%s!", text);

    assert_ptr_not_equal(scratch.arena, result);
    if (depth > 0)
        copy = shout(scratch.arena, copy, depth - 1);
    return tare_arena_strdup(result, copy);
}

static void a_result_survives_the_scratches_of_those_who_made_it(void **state)
{
    TARE_ARENA_SCRATCH(scratch, NULL);

    (void)state;
    assert_string_equal(shout(scratch.arena, "one", 5), "one!!!!!!");
    char *first = shout(scratch.arena, "two", 2),
         *second = shout(scratch.arena, "three", 3);
    assert_string_equal(first, "two!!!");
    assert_string_equal(second, "three!!!!");
}

static void a_result_elsewhere_may_have_either(void **state)
{
    struct tare_arena mine = {0};

    (void)state;
    assert_string_equal(shout(&mine, "one", 3), "one!!!!");
    tare_arena_fini(&mine);
}

/* One burst does not stay for ever. */
static void what_a_burst_took_is_given_back(void **state)
{
    enum { BURST_BYTES = 8 << 20, ROUNDS = 4 * TARE_ARENA_RESETS };
    struct tare_arena_stats stats;
    struct tare_arena *arena = NULL;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        TARE_ARENA_SCRATCH(scratch, NULL);
        size_t bytes = i == 0 ? BURST_BYTES : 64 << 10;

        arena = scratch.arena;
        for (size_t at = 0; at < bytes; at += 1000)
            assert_non_null(memset(tare_arena_alloc(arena, 1000), 1, 1000));
    }
    tare_arena_get_stats(arena, &stats);
    assert_true(stats.held_bytes < BURST_BYTES / 4);
}

static void *use_one(void *context)
{
    TARE_ARENA_SCRATCH(scratch, NULL);

    *(struct tare_arena **)context = scratch.arena;
    memset(tare_arena_alloc(scratch.arena, 100000), 1, 100000);
    return NULL;
}

static void each_thread_has_its_own_and_they_go_with_it(void **state)
{
    struct tare_arena *theirs[2];
    pthread_t threads[2];
    struct tare_section_thread counts[64];

    (void)state;
    TARE_ARENA_SCRATCH(scratch, NULL);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, use_one, &theirs[i]), 0);
        pthread_join(threads[i], NULL);
        assert_ptr_not_equal(theirs[i], scratch.arena);
    }
    size_t count = tare_section_threads(counts, 64);
    assert_int_equal(counts[count - 1].thread, 0); /* those that have ended */
    assert_true(counts[count - 1].bytes > 200000);
    assert_int_equal(counts[count - 1].bytes, counts[count - 1].freed_bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scratch_is_empty_again_after_its_end),
        cmocka_unit_test(a_result_survives_the_scratches_of_those_who_made_it),
        cmocka_unit_test(a_result_elsewhere_may_have_either),
        cmocka_unit_test(what_a_burst_took_is_given_back),
        cmocka_unit_test(each_thread_has_its_own_and_they_go_with_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
