/* SPDX-License-Identifier: MIT
 *
 * What is used wrongly is told, with both places.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

#include <tare/pool.h>

#include "toolkit/pool_core.h"

enum { TOLD_BYTES = 2048 };

struct thing {
    uint64_t owner;
    char rest[56];
};

TARE_POOL_DEFINE(thing, struct thing);

static int set_up(void **state)
{
    (void)state;
    setenv("TARE_POOL_PASSTHROUGH", "0", 1);
    setenv("TARE_POOL_CHECK", "1", 1);
    return 0;
}

/* What `misuse` says on stderr, in a child, which must abort. */
static const char *told_by(void (*misuse)(void))
{
    static char told[TOLD_BYTES];
    int ends[2], status;
    size_t used = 0;
    ssize_t got;

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        misuse();
        _exit(0);
    }
    close(ends[1]);
    while (used < sizeof told - 1 &&
           (got = read(ends[0], told + used, sizeof told - 1 - used)) > 0)
        used += (size_t)got;
    told[used] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(status != 0);
    return told;
}

static void free_twice(void)
{
    struct thing *thing = thing_alloc();

    thing_free(thing);
    thing_free(thing);
}

static void free_the_middle(void)
{
    thing_free((struct thing *)(void *)((char *)thing_alloc() + 8));
}

static void free_a_stranger(void)
{
    static struct thing stranger;

    thing_free(thing_alloc());
    thing_free(&stranger);
}

static void free_after_fini(void)
{
    struct thing *thing = thing_alloc();

    if (tare_pool_fini(&thing_pool) == 1)
        thing_free(thing);
}

static void wrong_use_is_told_with_both_places(void **state)
{
    (void)state;
    const char *told = told_by(free_twice);
    assert_non_null(strstr(told, "pool thing"));
    assert_non_null(strstr(told, "freed again at "));
    assert_non_null(strstr(told, "it had been freed at "));
    assert_non_null(strstr(told_by(free_the_middle), "not of this pool"));
    assert_non_null(strstr(told_by(free_a_stranger), "not of this pool"));
    assert_non_null(strstr(told_by(free_after_fini), "the pool had ended at "));
}

static void write_after_free(void)
{
    struct thing *volatile thing = thing_alloc();

    thing_free(thing);
    thing->owner = 1;
    thing_free(thing_alloc());
}

static void a_write_after_the_free_is_told(void **state)
{
    (void)state;
    const char *told = told_by(write_after_free);
#ifdef __SANITIZE_ADDRESS__
    assert_non_null(strstr(told, "use-after-poison")); /* it sees the write itself */
#else
    assert_non_null(strstr(told, "found written to"));
#endif
}

static struct tare_pool_options large_options(void)
{
    return (struct tare_pool_options){.object_bytes = POOL_OBJECT_BYTES_MAX + 1,
                                      .name = "large"};
}

static void free_a_large_one_twice(void)
{
    struct tare_pool_options options = large_options();
    struct tare_pool pool;

    if (tare_pool_init(&pool, &options))
        return;
    void *object = tare_pool_alloc(&pool);
    tare_pool_free(&pool, object);
    tare_pool_free(&pool, object);
}

/* Without a tool: only the pool knows which there are. */
static void a_stranger_among_large_objects_is_told(void **state)
{
    (void)state;
    const char *told = told_by(free_a_large_one_twice);
#ifdef __SANITIZE_ADDRESS__
    assert_non_null(strstr(told, "attempting double-free"));
#else
    assert_non_null(strstr(told, "not of this pool"));
#endif
}

#ifdef __SANITIZE_ADDRESS__
__attribute__((noinline)) static void lose_one(void)
{
    struct thing *thing = thing_alloc();

    __asm__ volatile("" : : "r"(thing) : "memory");
}

static void lose_some(void)
{
    setenv("TARE_POOL_PASSTHROUGH", "1", 1);
    for (int i = 0; i < 10; i++)
        lose_one();
    __lsan_do_leak_check();
}

/* What the pool knows of them is not a use. */
static void an_object_that_is_lost_is_a_leak_in_passthrough(void **state)
{
    (void)state;
    const char *told = told_by(lose_some);
    assert_non_null(strstr(told, "Direct leak"));
    assert_non_null(strstr(told, "thing_alloc"));
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(wrong_use_is_told_with_both_places, set_up),
        cmocka_unit_test_setup(a_write_after_the_free_is_told, set_up),
        cmocka_unit_test_setup(a_stranger_among_large_objects_is_told, set_up),
#ifdef __SANITIZE_ADDRESS__
        cmocka_unit_test_setup(an_object_that_is_lost_is_a_leak_in_passthrough, set_up),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
