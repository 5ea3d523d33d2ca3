/* SPDX-License-Identifier: MIT
 *
 * The order of a reader's mark and its look, by force. Before it enters it writes to lines that it
 * does not have, so that its mark waits behind them, for longer than the writer needs to take away
 * and to look at the marks; what it loads does not wait. Where nothing makes the mark come first (the
 * membarrier in rc_guard.c, or the fence in its place, is taken out) this fails, nearly always, if
 * there are two processors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "toolkit/rc_guard.h"

enum {
    OBJECTS = 64,
    LINES = 1 << 20,
    LINES_AHEAD = 56,
    LOOKS = 300,
    HUGE_PAGE_BYTES = 2 << 20
};

struct line {
    unsigned value;
} __attribute__((aligned(64)));

static struct line objects[OBJECTS]; /* 1: let go of */
static struct line *found;           /* one of them */
static struct line *cold;
static unsigned held_too_long;
static bool stop;

/* To the first of the processors that we may use, or to the last. */
static void pin(const cpu_set_t *all, bool is_last)
{
    int chosen = is_last ? CPU_SETSIZE - 1 : 0;
    cpu_set_t one;

    while (!CPU_ISSET(chosen, all))
        chosen += is_last ? -1 : 1;
    CPU_ZERO(&one);
    CPU_SET(chosen, &one);
    sched_setaffinity(0, sizeof one, &one);
}

static void write_ahead(unsigned *at)
{
    for (int i = 0; i < LINES_AHEAD; i++) {
        *at = (*at * 5 + 12345) % LINES;
        __atomic_store_n(&cold[*at].value, 1, __ATOMIC_RELAXED);
    }
}

static void *read_found(void *processors)
{
    unsigned at = 1;

    pin(processors, true);
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        write_ahead(&at);
        tare_rc_cache_enter();
        const struct line *object = __atomic_load_n(&found, __ATOMIC_ACQUIRE);
        for (int i = 0; i < LOOKS; i++)
            if (__atomic_load_n(&object->value, __ATOMIC_RELAXED))
                __atomic_store_n(&held_too_long, 1, __ATOMIC_RELAXED);
        tare_rc_cache_leave();
    }
    return NULL;
}

static void replace_found(unsigned number)
{
    struct line *old = found, *object = &objects[number % OBJECTS];

    __atomic_store_n(&object->value, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&found, object, __ATOMIC_RELEASE);
    uint64_t epoch = tare__rc_guard_seal();
    while (!tare__rc_guard_has_passed(epoch))
        ;
    __atomic_store_n(&old->value, 1, __ATOMIC_RELAXED);
}

static void run(void)
{
    pthread_t reader;
    struct timespec begin, now;
    unsigned number = 0;
    cpu_set_t all;

    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    tare__rc_guard_begin();
    cold = aligned_alloc(HUGE_PAGE_BYTES, LINES * sizeof *cold);
    assert_non_null(cold);
    madvise(cold, LINES * sizeof *cold,
            MADV_HUGEPAGE); /* lines are to be missed, not pages */
    memset(cold, 0, LINES * sizeof *cold);
    held_too_long = 0;
    found = &objects[0];
    objects[0].value = 0;
    stop = false;
    assert_int_equal(pthread_create(&reader, NULL, read_found, &all), 0);
    pin(&all, false);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    do {
        replace_found(++number);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 <
             300);
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    pthread_join(reader, NULL);
    sched_setaffinity(0, sizeof all, &all);
    free(cold);
    assert_int_equal(held_too_long, 0);
}

static void a_reader_is_seen_before_it_looks(void **state)
{
    (void)state;
    run();
}

static void so_it_is_with_fences(void **state)
{
    (void)state;
    tare__rc_guard_use_fences(true);
    run();
    tare__rc_guard_use_fences(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_is_seen_before_it_looks),
        cmocka_unit_test(so_it_is_with_fences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
