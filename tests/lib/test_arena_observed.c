/* SPDX-License-Identifier: MIT
 *
 * Arenas under those who look at a process's memory. The tracker is this program.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tare/annotate.h>

#include "lib/arena_fixture.h"

int __asan_address_is_poisoned(void const volatile *address) __attribute__((weak));

enum { OBJECTS = 1000 };

static struct {
    const char *at;
    size_t bytes;
} seen[OBJECTS];
static size_t seen_count, wrong_frees;

void tare_tracker_alloc(const void *object, size_t bytes)
{
    if (seen_count < OBJECTS) {
        seen[seen_count].at = object;
        seen[seen_count++].bytes = bytes;
    }
}

static size_t forget(const char *start, size_t bytes)
{
    size_t kept = 0, forgotten;

    for (size_t i = 0; i < seen_count; i++)
        if ((uintptr_t)seen[i].at - (uintptr_t)start >= bytes)
            seen[kept++] = seen[i];
    forgotten = seen_count - kept;
    seen_count = kept;
    return forgotten;
}

void tare_tracker_free(const void *object)
{
    wrong_frees += forget(object, 1) != 1;
}

void tare_tracker_discard(const void *start, size_t bytes)
{
    forget(start, bytes);
}

static int setup_unseen(void **state)
{
    seen_count = wrong_frees = 0;
    return setup(state);
}

static int teardown_unseen(void **state)
{
    teardown(state);
    assert_int_equal(seen_count, 0);
    assert_int_equal(wrong_frees, 0);
    return 0;
}

static void use_everything(void)
{
    struct tare_arena_mark mark;

    char *object = tare_arena_alloc(&arena, 10);
    assert_int_equal(seen_count, 1);
    assert_ptr_equal(seen[0].at, object);
    assert_int_equal(seen[0].bytes, 10);
    object = tare_arena_resize(&arena, object, 10, 20);
    assert_int_equal(seen[seen_count - 1].bytes, 20);
    size_t before = seen_count;
    mark = tare_arena_get_mark(&arena);
    for (size_t i = 0; i < 100; i++)
        assert_non_null(tare_arena_alloc(&arena, 100));
    assert_non_null(tare_arena_alloc(&arena, 1 << 20));
    assert_string_equal(tare_arena_printf(&arena, "%d", 42), "42");
    assert_int_equal(seen_count, before + 102);
    assert_int_equal(seen[seen_count - 1].bytes, 3);
    tare_arena_rewind(&arena, mark);
    assert_int_equal(seen_count, before);
    tare_arena_reset(&arena);
    assert_int_equal(seen_count, 0);
    assert_non_null(tare_arena_alloc(&arena, 10));
}

static void the_tracker_is_told_of_each_object(void **state)
{
    (void)state;
    assert_true(arena.mode & ARENA_WATCHED);
    use_everything();
}

static void the_tracker_is_told_where_objects_are_blocks_too(void **state)
{
    (void)state;
    arena.mode = ARENA_WATCHED | ARENA_PASSTHROUGH;
    use_everything();
}

static bool is_poisoned(const char *address)
{
    return __asan_address_is_poisoned(address);
}

static void objects_have_their_exact_size_under_a_sanitizer(void **state)
{
    (void)state;
    if (!__asan_address_is_poisoned)
        skip();
    for (size_t bytes = 0; bytes < 200; bytes++) {
        char *object = tare_arena_alloc(&arena, bytes);

        memset(object, 1, bytes);
        assert_true(is_poisoned(object + bytes));
        assert_true(is_poisoned(object + bytes + ARENA_REDZONE_BYTES - 1));
    }
    char *object = tare_arena_alloc(&arena, 10);
    object = tare_arena_resize(&arena, object, 10, 30);
    assert_false(is_poisoned(object + 29));
    assert_true(is_poisoned(object + 30));
    object = tare_arena_resize(&arena, object, 30, 9);
    assert_false(is_poisoned(object + 8));
    assert_true(is_poisoned(object + 9));
}

static void what_is_gone_is_poisoned_under_a_sanitizer(void **state)
{
    (void)state;
    if (!__asan_address_is_poisoned)
        skip();
    char *kept = tare_arena_alloc(&arena, 10);
    struct tare_arena_mark mark = tare_arena_get_mark(&arena);
    char *gone = tare_arena_alloc(&arena, 10);
    assert_false(is_poisoned(gone));
    tare_arena_rewind(&arena, mark);
    assert_true(is_poisoned(gone));
    assert_false(is_poisoned(kept));
    tare_arena_reset(&arena);
    assert_true(is_poisoned(kept));
}

static void memory_that_is_given_back_can_be_written_to(void **state)
{
    struct tare_arena below;

    (void)state;
    /* From an arena's objects, which are not malloc's. */
    tare_arena_init(&below, tare_arena_mem(&arena));
    assert_non_null(tare_arena_alloc(&below, 100));
    char *large = tare_arena_alloc(&below, 5000);
    assert_true(tare_arena_try_resize(&below, large, 5000, 50));
    tare_arena_fini(&below);
    memset(tare_arena_alloc_zero(&arena, 20000), 1, 20000);
}

/* What an arena does in a process whose environment is as given. */
static unsigned mode_under(const char *setting)
{
    char *words[] = {(char *)(uintptr_t) "test_arena_observed", (char *)(uintptr_t) "mode",
                     NULL};
    char *environment[] = {(char *)(uintptr_t)setting, NULL};
    pid_t child = fork();
    int status;

    if (child == 0) {
        execve("/proc/self/exe", words, environment);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return (unsigned)WEXITSTATUS(status);
}

static void the_environment_makes_each_object_a_block(void **state)
{
    unsigned otherwise = mode_under("TARE_NOTHING=1");

    (void)state;
    assert_int_equal(mode_under("TARE_POOL_PASSTHROUGH=1"),
                     ARENA_WATCHED | ARENA_PASSTHROUGH);
    assert_int_equal(mode_under("TARE_POOL_PASSTHROUGH=0"), otherwise);
    assert_false(otherwise & ARENA_PASSTHROUGH);
    /* what valgrind leaves there */
    if (!__asan_address_is_poisoned)
        assert_int_equal(mode_under("LD_PRELOAD=/nowhere/vgpreload_core.so"),
                         ARENA_WATCHED | ARENA_PASSTHROUGH);
}

static void objects_that_are_blocks_are_freed_like_blocks(void **state)
{
    (void)state;
    arena.mode = ARENA_WATCHED | ARENA_PASSTHROUGH;
    char *first = tare_arena_alloc(&arena, 10);
    assert_int_equal(tare_mem_counted(&counter).live_blocks, 1);
    struct tare_arena_mark mark = tare_arena_get_mark(&arena);
    assert_non_null(tare_arena_strdup(&arena, "second"));
    assert_int_equal(tare_mem_counted(&counter).live_blocks, 2);
    tare_arena_rewind(&arena, mark);
    assert_int_equal(tare_mem_counted(&counter).live_blocks, 1);
    memset(first, 1, 10);
    tare_arena_reset(&arena);
    assert_int_equal(tare_mem_counted(&counter).live_blocks, 0);
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, setup_unseen, teardown_unseen)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(the_tracker_is_told_of_each_object),
        TEST(the_tracker_is_told_where_objects_are_blocks_too),
        TEST(objects_have_their_exact_size_under_a_sanitizer),
        TEST(what_is_gone_is_poisoned_under_a_sanitizer),
        TEST(memory_that_is_given_back_can_be_written_to),
        TEST(the_environment_makes_each_object_a_block),
        TEST(objects_that_are_blocks_are_freed_like_blocks),
    };

    if (argc > 1 && strcmp(argv[1], "mode") == 0) {
        tare_arena_init(&arena, NULL);
        return (int)arena.mode;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
