/* SPDX-License-Identifier: MIT
 *
 * String builders that are pooled.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <tare/section.h>

#include "base/observer.h"
#include "toolkit/string_builder_parts.h"

#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined __SANITIZE_THREAD__ || __has_feature(thread_sanitizer)
enum { IS_THREAD_SANITIZED = 1 };
#else
enum { IS_THREAD_SANITIZED = 0 };
#endif

static void pooled_builders_have_the_room_that_is_asked_for(void **state)
{
    static const size_t sizes[] = {0, 255, 256, 4095, 4096, 65535};
    static const size_t classes[] = {256, 256, 4096, 4096, 65536, 65536};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct tare_string_builder *pooled = tare_string_builder_alloc(sizes[i]);

        assert_true(tare__string_builder_valid(pooled));
        assert_int_equal(pooled->block_bytes, classes[i]);
        const char *where = pooled->text;
        assert_true(tare_string_builder_append_repeated(pooled, 'x', sizes[i]));
        assert_ptr_equal(pooled->text, where);
        tare_string_builder_free(pooled);
    }
    struct tare_string_builder *large = tare_string_builder_alloc(1 << 20);
    assert_true(tare_string_builder_append_repeated(large, 'x', 1 << 20));
    tare_string_builder_free(large);
    tare_string_builder_free(NULL);
    tare_string_builder_trim_pool();
}

static void pooled_builders_come_back_empty_and_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        struct tare_string_builder *pooled = tare_string_builder_alloc(100);

        assert_int_equal(pooled->bytes, 0);
        assert_true(tare_string_builder_is_whole(pooled));
        tare_string_builder_append(pooled, "text");
        if (i % 3 == 0) /* which cannot be */
            tare_string_builder_append_repeated(pooled, 'x', SIZE_MAX - 1);
        tare_string_builder_free(pooled);
    }
}

static void free_builders_are_kept_up_to_a_limit(void **state)
{
    enum { COUNT = 500, BYTES = 200 << 10 };
    struct tare_string_builder *taken[COUNT];
    struct tare_section section;

    (void)state;
    tare_section_begin(&section, "builders");
    for (size_t i = 0; i < COUNT; i++) {
        taken[i] = tare_string_builder_alloc(65535);
        assert_true(tare_string_builder_append_repeated(taken[i], 'x', BYTES));
    }
    for (size_t i = 0; i < COUNT; i++)
        tare_string_builder_free(taken[i]);
    tare_section_end(&section);
    assert_true(section.counts.peak_bytes >= (uint64_t)COUNT * BYTES);
    assert_true(tare_section_live_bytes(&section) < 100 * (BYTES + BYTES / 2));
    tare_string_builder_trim_pool();
}

static void pooled_builders_keep_their_blocks_unless_they_grew_far(void **state)
{
    (void)state;
    if (tare__is_checked_by_tool())
        skip(); /* there each of them is new */
    struct tare_string_builder *pooled = tare_string_builder_alloc(0);
    tare_string_builder_append_repeated(pooled, 'x', 1000);
    const char *grown = pooled->text;
    tare_string_builder_free(pooled);
    pooled = tare_string_builder_alloc(0);
    assert_ptr_equal(pooled->text, grown);
    tare_string_builder_append_repeated(pooled, 'x', 1024);
    tare_string_builder_free(pooled);
    pooled = tare_string_builder_alloc(0);
    assert_int_equal(pooled->block_bytes, 256);
    tare_string_builder_free(pooled);
}

static void the_text_of_a_pooled_builder_can_be_taken(void **state)
{
    size_t block_bytes;

    (void)state;
    struct tare_string_builder *pooled = tare_string_builder_alloc(0);
    tare_string_builder_append(pooled, "text");
    char *taken = tare_string_builder_take(pooled, &block_bytes);
    tare_string_builder_free(pooled);
    pooled = tare_string_builder_alloc(0);
    tare_string_builder_append(pooled, "other");
    assert_string_equal(taken, "text");
    tare_mem_free(tare_mem_default(), taken, block_bytes, 1);
    tare_string_builder_free(pooled);
}

/* In a child: takes large builders until there are no more, gives them back, and tries again. */
static int use_all_memory(void)
{
    enum { MOST = 10000 };
    static struct tare_string_builder *taken[MOST];
    const struct rlimit few = {256 << 20, 256 << 20};

    for (int round = 0; round < 2; round++) {
        size_t count = 0;

        if (setrlimit(RLIMIT_AS, &few))
            return 2;
        while (count < MOST && (taken[count] = tare_string_builder_alloc(65535)))
            count++;
        if (count < 10 || count == MOST)
            return 3;
        while (count)
            tare_string_builder_free(taken[--count]);
    }
    return 0;
}

static void where_memory_ends_pooled_builders_are_refused(void **state)
{
    int status;

    (void)state;
    if (tare__is_checked_by_tool() || IS_THREAD_SANITIZED)
        skip(); /* which needs more than there would be */
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        close(STDERR_FILENO); /* mimalloc has something to say */
        _exit(use_all_memory());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void *build_and_free(void *context)
{
    struct tare_string_builder **others = context;

    for (size_t i = 0; i < 2000; i++) {
        struct tare_string_builder *pooled = tare_string_builder_alloc(i * 7 % 5000);

        tare_string_builder_append_u64(pooled, i);
        struct tare_string_builder *other =
            __atomic_exchange_n(&others[i % 8], pooled, __ATOMIC_ACQ_REL);
        if (other)
            tare_string_builder_append(other, "!");
        tare_string_builder_free(other);
    }
    return NULL;
}

static void any_thread_may_free_a_pooled_builder(void **state)
{
    static struct tare_string_builder *others[8];
    pthread_t threads[4];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, build_and_free, others), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < 8; i++)
        tare_string_builder_free(others[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pooled_builders_have_the_room_that_is_asked_for),
        cmocka_unit_test(pooled_builders_come_back_empty_and_whole),
        cmocka_unit_test(free_builders_are_kept_up_to_a_limit),
        cmocka_unit_test(pooled_builders_keep_their_blocks_unless_they_grew_far),
        cmocka_unit_test(the_text_of_a_pooled_builder_can_be_taken),
        cmocka_unit_test(where_memory_ends_pooled_builders_are_refused),
        cmocka_unit_test(any_thread_may_free_a_pooled_builder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
