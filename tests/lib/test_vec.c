/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/debug.h"
#include "support/vec_model.h"
#include "toolkit/vec_parts.h"

TARE_VEC_DEFINE(ints, int);
TARE_VEC_DEFINE_INLINE(spilling, int, 2, .spill_elements = 5, .growth_percent = 50);

static struct tare_mem_failer failer;
static struct ints vec;

static int set_up(void **state)
{
    (void)state;
    tare_mem_failer_init(&failer, NULL, 0);
    ints_init(&vec, &failer.mem);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_true(tare__vec_valid(&vec.any, &ints_kind));
    ints_fini(&vec);
    assert_true(tare__vec_valid(&vec.any, &ints_kind));
    assert_int_equal(tare_mem_counted(&failer.counter).live_bytes, 0);
    return 0;
}

static uint64_t allocations(void)
{
    return tare_mem_counted(&failer.counter).allocations;
}

static void push_until(int length)
{
    while (vec.length < (uint32_t)length)
        assert_true(ints_push(&vec, (int)vec.length));
}

static void the_first_elements_need_no_memory(void **state)
{
    (void)state;
    push_until(TARE_VEC_INLINE);
    assert_int_equal(allocations(), 0);
    assert_ptr_equal(vec.items, vec.first);
    push_until(TARE_VEC_INLINE + 1);
    assert_int_equal(allocations(), 1);
    assert_ptr_not_equal(vec.items, vec.first);
    for (int i = 0; i <= TARE_VEC_INLINE; i++)
        assert_int_equal(vec.items[i], i);
}

static void all_zero_is_an_empty_vector(void **state)
{
    struct ints zero = {0}, moved;

    (void)state;
    assert_true(tare__vec_valid(&zero.any, &ints_kind));
    ints_clear(&zero);
    ints_shrink(&zero);
    TARE_VEC_EACH(at, &zero)
    fail();
    assert_null(ints_last(&zero));
    assert_null(ints_steal(&zero, NULL));
    ints_move(&moved, &zero);
    assert_non_null(ints_push_raw(&zero, 0));
    assert_true(ints_push_n(&moved, (const int[]){1, 2}, 2));
    assert_true(ints_insert(&zero, 0, 3));
    assert_int_equal(zero.items[0], 3);
    ints_fini(&zero);
    ints_fini(&zero);
    ints_fini(&moved);
}

static void growth_follows_the_policy(void **state)
{
    static const uint32_t expected[] = {2, 5, 8, 12, 18, 27};
    struct spilling spilling = {0};
    size_t at = 0;

    (void)state;
    for (int i = 0; i < 27; i++) {
        assert_true(spilling_push(&spilling, i));
        if (spilling.capacity != expected[at])
            at++;
        assert_int_equal(spilling.capacity, expected[at]);
    }
    spilling_fini(&spilling);
    push_until(TARE_VEC_INLINE + 1);
    assert_int_equal(vec.capacity, 4 * TARE_VEC_INLINE);
    push_until(4 * TARE_VEC_INLINE + 1);
    assert_int_equal(vec.capacity, 8 * TARE_VEC_INLINE);
}

static void what_is_reserved_needs_no_memory_later(void **state)
{
    (void)state;
    assert_true(ints_reserve_for(&vec, 1000, 10));
    assert_int_equal(vec.capacity, 1100);
    push_until(1100);
    assert_int_equal(allocations(), 1);
}

static void shrinking_gives_back_what_is_not_needed(void **state)
{
    (void)state;
    push_until(100);
    ints_truncate(&vec, 50);
    ints_shrink(&vec);
    assert_int_equal(tare_mem_counted(&failer.counter).live_bytes, 50 * sizeof(int));
    ints_truncate(&vec, 8);
    ints_shrink(&vec);
    assert_int_equal(tare_mem_counted(&failer.counter).live_bytes, 0);
    assert_ptr_equal(vec.items, vec.first);
    assert_int_equal(vec.items[7], 7);
}

static void too_many_elements_are_refused(void **state)
{
    (void)state;
    push_until(3);
    assert_false(ints_reserve(&vec, (size_t)UINT32_MAX + 1));
    assert_false(ints_reserve(&vec, SIZE_MAX));
    assert_false(ints_reserve_for(&vec, SIZE_MAX, 100));
    assert_null(ints_push_raw(&vec, SIZE_MAX));
    assert_null(ints_push_raw(&vec, UINT32_MAX - 2u));
    assert_false(ints_push_n(&vec, vec.items, SIZE_MAX));
    assert_false(ints_insert_n(&vec, 1, vec.items, SIZE_MAX / 2));
    assert_int_equal(vec.length, 3);
    assert_int_equal(vec.capacity, TARE_VEC_INLINE);
}

static void where_there_is_little_memory_growth_takes_what_it_needs(void **state)
{
    (void)state;
    failer.counter.limit_bytes = 20 * sizeof(int);
    push_until(9); /* a block of 32 is refused, one of 9 is not */
    assert_int_equal(vec.capacity, 9);
    push_until(10);
    assert_int_equal(vec.capacity, 18);
    push_until(20);
    assert_false(ints_push(&vec, 20));
    assert_int_equal(vec.length, 20);
}

static void what_is_stolen_lives_on(void **state)
{
    size_t bytes;

    (void)state;
    push_until(100);
    int *items = ints_steal(&vec, &bytes);
    assert_int_equal(bytes, 128 * sizeof(int));
    push_until(3);
    assert_int_equal(items[99], 99);
    tare_mem_free(&failer.mem, items, bytes, _Alignof(int));
    items = ints_steal(&vec, NULL);
    assert_int_equal(items[2], 2);
    tare_mem_free(&failer.mem, items, 3 * sizeof(int), _Alignof(int));
    assert_int_equal(vec.length, 0);
}

static void elements_can_be_changed_in_a_loop(void **state)
{
    int sum = 0;

    (void)state;
    push_until(20);
    TARE_VEC_EACH(at, &vec)
    *at += 1;
    TARE_VEC_EACH(at, &vec)
    sum += *at;
    assert_int_equal(sum, 210);
}

/* In a child: the status is that of a program that was ended by an assertion. */
static void moved_by_assignment(void)
{
    const struct rlimit none = {0, 0};
    struct ints copy = vec;

    setrlimit(RLIMIT_CORE, &none);
    close(STDERR_FILENO);
    while (copy.length < 100)
        if (!ints_push(&copy, 1))
            break;
    _exit(0);
}

static void a_vector_that_was_moved_by_assignment_does_not_grow(void **state)
{
    int status;

    (void)state;
    push_until(2);
    pid_t child = fork();
    if (child == 0)
        moved_by_assignment();
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void capacities_have_headroom(void **state)
{
    (void)state;
    assert_int_equal(tare_capacity_for(0, 50), 0);
    assert_int_equal(tare_capacity_for(1, 0), 1);
    assert_int_equal(tare_capacity_for(1, 1), 2);
    assert_int_equal(tare_capacity_for(1000, 10), 1100);
    assert_int_equal(tare_capacity_for(1050, 10), 1155);
    assert_int_equal(tare_capacity_for(SIZE_MAX, 0), SIZE_MAX);
    assert_int_equal(tare_capacity_for(SIZE_MAX / 2 + 1, 100), SIZE_MAX);
    assert_int_equal(tare_capacity_for(SIZE_MAX / 2, UINT32_MAX), SIZE_MAX);
}

static void fill_script(uint8_t *script, size_t bytes, unsigned long seed)
{
    srand48((long)seed);
    for (size_t at = 0; at < bytes; at++)
        script[at] = (uint8_t)(lrand48() >> 8);
}

static void each_request_that_is_refused_changes_nothing(void **state)
{
    uint8_t script[TARE_DEBUG ? 300 : 800];

    (void)state;
    fill_script(script, sizeof script, 7);
    for (unsigned kind = 0; kind < VEC_MODEL_KINDS; kind++) {
        struct tare_mem_failer own = {.has_failed = true};

        for (uint64_t fail_at = 1; own.has_failed; fail_at++) {
            tare_mem_failer_init(&own, NULL, fail_at);
            own.fail_on = fail_at % 2;
            assert_null(vec_model_run(kind, &own.mem, script, sizeof script, true));
            assert_int_equal(tare_mem_counted(&own.counter).live_bytes, 0);
        }
    }
}

static void random_operations_do_as_the_model(void **state)
{
    enum { SCRIPTS = TARE_DEBUG ? 100 : 1200, SCRIPT_BYTES = 3000 };
    const char *seed = getenv("SEED");
    unsigned long first = seed ? strtoul(seed, NULL, 10) : 1;

    (void)state;
    for (unsigned long i = first; i < first + (seed ? 1 : SCRIPTS); i++) {
        static uint8_t script[SCRIPT_BYTES];
        unsigned kind = i % 32 ? i % 4 : 4; /* large elements take long */
        const char *wrong = NULL;

        fill_script(script, sizeof script, i);
        for (uint64_t fail_at = 0; fail_at < 2 && !wrong; fail_at++) {
            struct tare_mem_failer own;

            tare_mem_failer_init(&own, NULL, fail_at * (1 + i % 40));
            own.fail_on = i % 3 == 0;
            wrong = vec_model_run(kind, &own.mem, script, sizeof script, fail_at != 0);
            assert_int_equal(tare_mem_counted(&own.counter).live_bytes, 0);
        }
        if (wrong)
            fail_msg("%s, with SEED=%lu", wrong, i);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_elements_need_no_memory),
        TEST(all_zero_is_an_empty_vector),
        TEST(growth_follows_the_policy),
        TEST(what_is_reserved_needs_no_memory_later),
        TEST(shrinking_gives_back_what_is_not_needed),
        TEST(too_many_elements_are_refused),
        TEST(where_there_is_little_memory_growth_takes_what_it_needs),
        TEST(what_is_stolen_lives_on),
        TEST(elements_can_be_changed_in_a_loop),
        TEST(a_vector_that_was_moved_by_assignment_does_not_grow),
        TEST(capacities_have_headroom),
        TEST(each_request_that_is_refused_changes_nothing),
        TEST(random_operations_do_as_the_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
