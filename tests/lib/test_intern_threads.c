/* SPDX-License-Identifier: MIT
 *
 * Tables that threads share while they grow; the global one; processes that fork and end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tare/intern.h>

#include "support/random.h"
#include "toolkit/intern_core.h"

enum {
    THREADS = 4,
#ifdef __SANITIZE_THREAD__
    STRINGS = 30000,
#else
    STRINGS = 200000,
#endif
    SHARED = STRINGS / 4,
};

static struct tare_intern *table;

static size_t string_of(size_t number, char string[32])
{
    return (size_t)snprintf(string, 32, "%zu%.*s", number, (int)(number % 13),
                            "and some more");
}

static bool is_handle_of(uint32_t handle, const char *string, size_t bytes)
{
    return handle && tare_intern_bytes(table, handle) == bytes &&
           memcmp(tare_intern_text(table, handle), string, bytes + 1) == 0;
}

static void run_threads(void *(*function)(void *context))
{
    pthread_t threads[THREADS];

    for (intptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, function, (void *)i), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static int set_up(void **state)
{
    (void)state;
    return tare_intern_create(&table, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    assert_true(tare__intern_valid(table));
    tare_intern_destroy(&table);
    return 0;
}

static uint32_t handles[THREADS][SHARED];

/* All threads the same strings, some of them by batches. */
static void *insert_all(void *context)
{
    size_t thread = (size_t)(intptr_t)context;
    char strings[16][32];
    struct tare_text texts[16];

    for (size_t i = 0; i + 16 <= SHARED; i += 16) {
        for (size_t k = 0; k < 16; k++)
            texts[k] = (struct tare_text){strings[k], string_of(i + k, strings[k])};
        if (thread % 2 &&
            tare_intern_insert_many(table, texts, &handles[thread][i], 16) != 16)
            abort();
        for (size_t k = 0; thread % 2 == 0 && k < 16; k++)
            handles[thread][i + k] =
                tare_intern_insert(table, texts[k].start, texts[k].bytes);
        for (size_t k = 0; k < 16; k++)
            if (!is_handle_of(handles[thread][i + k], strings[k], texts[k].bytes))
                abort();
    }
    return NULL;
}

static void all_threads_get_the_same_handle(void **state)
{
    struct tare_intern_stats stats;

    (void)state;
    run_threads(insert_all);
    for (int i = 1; i < THREADS; i++)
        assert_memory_equal(handles[i], handles[0], sizeof handles[0]);
    tare_intern_get_stats(table, &stats);
    assert_int_equal(stats.strings, SHARED / 16 * 16);
}

static size_t inserted[2]; /* by each of two threads */
static uint64_t misses[THREADS];

static void insert_own(size_t thread)
{
    char string[32];

    for (size_t i = 0; i < STRINGS / 2; i++) {
        size_t bytes = string_of(2 * i + thread, string);

        if (!is_handle_of(tare_intern_insert(table, string, bytes), string, bytes))
            abort();
        __atomic_store_n(&inserted[thread], i + 1, __ATOMIC_RELEASE);
    }
}

static void find_others(size_t thread)
{
    uint64_t seed = thread * 0x9e3779b97f4a7c15u + 1;
    char string[32];
    size_t count, checked = 0;

    do {
        size_t writer = next_random(&seed) % 2;

        count = __atomic_load_n(&inserted[writer], __ATOMIC_ACQUIRE);
        if (!count)
            continue;
        size_t bytes = string_of(2 * (next_random(&seed) % count) + writer, string);
        uint32_t handle = tare_intern_find(table, string, bytes);
        misses[thread] += !handle;
        if (handle && !is_handle_of(handle, string, bytes))
            abort();
        if (tare_intern_find(table, "never inserted", 14))
            abort();
    } while (count < STRINGS / 2 || checked++ < 1000);
}

static void *insert_or_find(void *context)
{
    size_t thread = (size_t)(intptr_t)context;

    thread < 2 ? insert_own(thread) : find_others(thread);
    return NULL;
}

static void what_is_there_is_found_while_the_table_grows(void **state)
{
    struct tare_intern_stats stats;

    (void)state;
    for (int round = 0; round < 3; round++) {
        memset(inserted, 0, sizeof inserted);
        memset(misses, 0, sizeof misses);
        run_threads(insert_or_find);
        assert_int_equal(misses[2] + misses[3], 0);
        tare_intern_get_stats(table, &stats);
        assert_int_equal(stats.strings, STRINGS);
        assert_int_equal(stats.races, 0);
        tear_down(NULL);
        set_up(NULL);
    }
}

static struct tare_intern_counted *counted;

enum { COUNTED = 100, COUNTED_ROUNDS = STRINGS / 2 };

static void *count(void *context)
{
    uint64_t seed = (uint64_t)(uintptr_t)context * 77 + 1;
    const char *held[8] = {0};
    char string[32];

    for (int i = 0; i < COUNTED_ROUNDS; i++) {
        const char **at = &held[next_random(&seed) % 8];
        size_t bytes = string_of(next_random(&seed) % COUNTED, string);

        tare_intern_counted_release(counted, *at);
        *at = tare_intern_counted_acquire(counted, string, bytes);
        if (!*at || strcmp(*at, string) != 0 || tare_intern_counted_bytes(*at) != bytes)
            abort();
        tare_intern_counted_release(counted, tare_intern_counted_retain(*at));
        if (tare_intern_counted_acquire(counted, string, bytes) != *at)
            abort();
        tare_intern_counted_release(counted, *at);
    }
    for (int i = 0; i < 8; i++)
        tare_intern_counted_release(counted, held[i]);
    return NULL;
}

static void counted_strings_are_gone_with_their_last_reference(void **state)
{
    struct tare_intern_counted_stats stats;

    (void)state;
    assert_int_equal(tare_intern_counted_create(&counted, NULL), 0);
    run_threads(count);
    assert_true(tare__intern_counted_valid(counted));
    tare_intern_counted_get_stats(counted, &stats);
    assert_int_equal(stats.strings, 0);
    assert_int_equal(stats.text_bytes, 0);
    assert_int_equal(tare_intern_counted_destroy(&counted), 0);
}

static bool stop;

static void *churn(void *context)
{
    char string[32];

    for (size_t i = (size_t)(intptr_t)context; !__atomic_load_n(&stop, __ATOMIC_RELAXED);
         i += THREADS) {
        size_t bytes = string_of(i % STRINGS, string);

        if (!tare_intern_insert(table, string, bytes))
            abort();
        tare_intern_counted_release(counted,
                                    tare_intern_counted_acquire(counted, string, bytes));
    }
    return NULL;
}

/* What is wrong in the child, as a number. */
static int check_child(void)
{
    char string[32];

    if (!tare__intern_valid(table) || !tare__intern_counted_valid(counted))
        return 1;
    for (size_t i = STRINGS; i < STRINGS + 3000; i++) {
        size_t bytes = string_of(i, string);
        const char *text = tare_intern_counted_acquire(counted, string, bytes);

        if (!is_handle_of(tare_intern_insert(table, string, bytes), string, bytes) || !text)
            return 2;
        tare_intern_counted_release(counted, text);
    }
    run_threads(insert_all);
    return !tare__intern_valid(table);
}

static void a_forked_child_has_whole_tables(void **state)
{
    pthread_t threads[2];
    int status;

    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); /* for it the threads that a fork leaves behind still run */
#elif defined __SANITIZE_ADDRESS__
    skip(); /* the locks of its heap are as a fork finds them */
#endif
    assert_int_equal(tare_intern_counted_create(&counted, NULL), 0);
    stop = false;
    for (intptr_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, churn, (void *)i), 0);
    for (int i = 0; i < 10; i++) {
        pid_t child = fork();

        if (child == 0)
            _exit(check_child());
        assert_true(child > 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(tare_intern_counted_destroy(&counted), 0);
}

#define WORDS(X, NAME) X(NAME, one, "one") X(NAME, two, "two")
TARE_INTERN_CONSTANTS(word, WORDS);

static uint32_t last_words;

static void use_global(void)
{
    uint32_t handle = tare_intern_insert(tare_intern_global(), "last words", 10);

    if (!handle || handle != last_words ||
        strcmp(tare_intern_text(tare_intern_global(), handle), "last words") != 0)
        _exit(99);
}

static void use_global_late(void *unused)
{
    (void)unused;
    use_global();
}

static void *end_thread(void *key)
{
    pthread_setspecific(*(pthread_key_t *)key, key);
    return NULL;
}

/* A table of the process's, from its beginning until after its end; no leak is reported. */
static int live_globally(void)
{
    struct tare_intern_options options = {.constants = &word_constants};
    pthread_key_t key;
    pthread_t thread;

    if (tare_intern_find(tare_intern_global(), "one", 3) ||
        *tare_intern_text(tare_intern_global(), 0))
        return 1;
    if (tare_intern_global_begin(&options) ||
        tare_intern_global_begin(&options) != -EALREADY)
        return 2;
    if (tare_intern_insert(tare_intern_global(), "two", 3) != word_two)
        return 3;
    last_words = tare_intern_insert(tare_intern_global(), "last words", 10);
    if (atexit(use_global) || pthread_key_create(&key, use_global_late) ||
        pthread_create(&thread, NULL, end_thread, &key))
        return 4;
    pthread_join(thread, NULL);
    return !tare__intern_valid(tare_intern_global());
}

static void the_global_table_outlives_all(void **state)
{
    int status;
    pid_t child;

    (void)state;
    assert_true(tare__intern_valid(tare_intern_global()));
    child = fork();
    if (child == 0)
        exit(live_globally());
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static pthread_barrier_t all_begin;

static void *begin_globally(void *context)
{
    size_t thread = (size_t)(intptr_t)context;
    char string[32];

    pthread_barrier_wait(&all_begin);
    for (size_t i = 0; i < 1000; i++)
        handles[thread][i] =
            tare_intern_insert(tare_intern_global(), string, string_of(i, string));
    return NULL;
}

static void all_threads_may_begin_the_global_table(void **state)
{
    (void)state;
    pthread_barrier_init(&all_begin, NULL, THREADS);
    run_threads(begin_globally);
    pthread_barrier_destroy(&all_begin);
    for (int i = 1; i < THREADS; i++)
        assert_memory_equal(handles[i], handles[0], 1000 * sizeof handles[0][0]);
    assert_int_not_equal(handles[0][999], 0);
    assert_true(tare__intern_valid(tare_intern_global()));
    assert_int_equal(tare_intern_global_begin(NULL), -EALREADY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_global_table_outlives_all), /* before it begins here */
        cmocka_unit_test(all_threads_may_begin_the_global_table),
        cmocka_unit_test_setup_teardown(all_threads_get_the_same_handle, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_there_is_found_while_the_table_grows,
                                        set_up, tear_down),
        cmocka_unit_test(counted_strings_are_gone_with_their_last_reference),
        cmocka_unit_test_setup_teardown(a_forked_child_has_whole_tables, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("intern_threads", tests, NULL, NULL);
}
