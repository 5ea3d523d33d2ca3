/* SPDX-License-Identifier: MIT
 *
 * What is said of buffers that are used wrongly.
 */
#include "lib/buffer_fixture.h"

#include <dlfcn.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TOLD_BYTES = 2048 };

/* What `misuse` says on stderr, in a child, which must not end well. */
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

/* It does something afterwards: what is called last would return to this function's caller. */
__attribute__((noinline)) static bool free_both(struct tare_buffer *one,
                                                struct tare_buffer *other)
{
    tare_buffer_free(one);
    tare_buffer_free(other);
    return !one->data && !other->data;
}

static void free_twice(void)
{
    begin((struct tare_buffer_pool_options){0});
    struct tare_buffer buffer, copy;

    buffer = copy = take(1000);
    if (free_both(&buffer, &copy))
        _exit(0);
}

#ifndef __SANITIZE_ADDRESS__
/* Behind `what` stands "FILE+OFFSET", a place in `function`. */
static bool names(const char *told, const char *what,
                  bool (*function)(struct tare_buffer *one, struct tare_buffer *other))
{
    enum { FUNCTION_BYTES = 400 };
    const char *place = strstr(told, what), *plus = place ? strchr(place, '+') : NULL;
    uintptr_t start;
    Dl_info info;

    memcpy(&start, &function, sizeof start);
    assert_true(dladdr((void *)start, &info));
    start -= (uintptr_t)info.dli_fbase;
    size_t offset = plus ? strtoul(plus + 1, NULL, 16) : 0;
    return offset > start && offset < start + FUNCTION_BYTES;
}
#endif

static void data_freed_twice_is_told(void **state)
{
    (void)state;
    assert_non_null(strstr(told_by(free_twice), "freed once"));
}

static void data_freed_twice_is_told_with_both_places(void **state)
{
    (void)state;
    const char *told = told_by(free_twice);
#ifdef __SANITIZE_ADDRESS__
    assert_non_null(strstr(told, "use-after-poison"));
#else
    assert_true(names(told, "freed again at ", free_both));
    assert_true(names(told, "it had been freed at ", free_both));
#endif
}

#ifdef __SANITIZE_ADDRESS__
static void touch_what_is_free(void)
{
    begin((struct tare_buffer_pool_options){0});
    struct tare_buffer buffer = take(1000);
    char *volatile data = buffer.data;
    tare_buffer_free(&buffer);
    data[500] = 1;
}

static void data_that_is_free_is_poisoned(void **state)
{
    (void)state;
    assert_non_null(strstr(told_by(touch_what_is_free), "use-after-poison"));
}

static void data_that_is_free_is_freed_in_passthrough(void **state)
{
    (void)state;
    assert_non_null(strstr(told_by(touch_what_is_free), "heap-use-after-free"));
}
#endif

static void use_more_than_there_is(void)
{
    begin((struct tare_buffer_pool_options){.is_secure = true});
    struct tare_buffer buffer = take(1000);
    tare_buffer_commit(&buffer, buffer.capacity_bytes + 1);
    tare_buffer_free(&buffer);
}

static void more_used_than_there_is_is_not_wiped_but_told(void **state)
{
    (void)state;
    assert_non_null(strstr(told_by(use_more_than_there_is), "does not hold"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEEPS(data_freed_twice_is_told),
        CHECKED(data_freed_twice_is_told_with_both_places),
        KEEPS(more_used_than_there_is_is_not_wiped_but_told),
        PASSES(more_used_than_there_is_is_not_wiped_but_told),
#ifdef __SANITIZE_ADDRESS__
        KEEPS(data_that_is_free_is_poisoned),
        CHECKED(data_that_is_free_is_poisoned),
        PASSES(data_that_is_free_is_freed_in_passthrough),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
