/* SPDX-License-Identifier: MIT
 *
 * A trace as the shim's parts write it, linked into a program that is not their target: so they run
 * under the sanitizers, with a reader meanwhile.
 */
#include "profile/trace.h"
#include "shim/events.h"
#include "shim/recorder.h"
#include "shim/trace.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { THREADS = 4, ROUNDS = 20000, EXCHANGE = 64 };

static char folder[] = "/tmp/tare-test-XXXXXX";
static void *exchange[EXCHANGE];
static uint32_t at_work = THREADS;

/* In place of the hooks. */
static __attribute__((noinline)) void *take(size_t bytes)
{
    return allocate((struct request){REQUEST_MALLOC, 0, bytes}, CALL_FRAME());
}

static __attribute__((noinline)) void *retake(void *block, size_t bytes)
{
    return reallocate(block, bytes, CALL_FRAME());
}

struct sums {
    uint64_t events, came, went, bytes, damaged;
};

static struct sums read_trace(void)
{
    struct ledger_file file;
    struct trace trace;
    struct trace_event event;
    struct sums sums = {0};

    assert_int_equal(ledger_file_read(&file, recorder->ledger.path), 0);
    assert_int_equal(trace_open(&trace, &file), 0);
    while (trace_next(&trace, &event)) {
        sums.events++;
        sums.came += event.kind != TRACE_WENT;
        sums.went += event.kind != TRACE_CAME;
        sums.bytes += event.kind != TRACE_WENT ? event.bytes : 0;
    }
    sums.damaged = trace.damaged;
    trace_close(&trace);
    ledger_file_fini(&file);
    return sums;
}

static void every_event_takes_the_slow_path(void **state)
{
    (void)state;
    release(take(1)); /* the first one starts the recorder */
    assert_int_equal(thread_current->busy, THREAD_MEASURED);
    assert_int_equal(trailer_room, TRAILER_BYTES + TRACE_ID_BYTES);
    struct sums sums = read_trace();
    assert_int_equal(sums.came, 1);
    assert_int_equal(sums.went, 1);
}

static void blocks_of_all_sizes_are_found_again(void **state)
{
    struct sums before = read_trace();
    uint64_t bytes = 0;

    (void)state;
    for (size_t i = 0; i < 300; i++) {
        void *block = take(i);
        bytes += i + i * 7;
        release(retake(block, i * 7));
    }
    struct sums sums = read_trace();
    assert_int_equal(sums.came - before.came, 600);
    assert_int_equal(sums.went - before.went, 600);
    assert_int_equal(sums.bytes - before.bytes, bytes);
    assert_int_equal(sums.damaged, 0);
}

static void *exchange_blocks(void *seed)
{
    uint64_t random = (uint64_t)(uintptr_t)seed;

    for (int i = 0; i < ROUNDS; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        void *mine = take((random >> 40) % 500);
        mine = __atomic_exchange_n(&exchange[random >> 58], mine, __ATOMIC_ACQ_REL);
        if (mine)
            release(mine); /* most often another thread's */
    }
    __atomic_sub_fetch(&at_work, 1, __ATOMIC_RELEASE);
    return NULL;
}

static void threads_that_free_each_others_blocks_add_up(void **state)
{
    struct sums before = read_trace();
    pthread_t threads[THREADS];

    (void)state;
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, exchange_blocks, (void *)(i * 999 + 1)), 0);
    while (__atomic_load_n(&at_work, __ATOMIC_ACQUIRE))
        read_trace(); /* the beginning of each stream, however far it is by now */
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < EXCHANGE; i++) {
        if (exchange[i])
            release(exchange[i]);
    }
    struct sums sums = read_trace();
    assert_int_equal(sums.came - before.came, THREADS * ROUNDS);
    assert_int_equal(sums.went - before.went, THREADS * ROUNDS);
    assert_int_equal(sums.damaged, 0);
}

/* As after a handler that jumps out of an event: a block of its own, without what came before. */
static void a_left_event_begins_the_stream_anew(void **state)
{
    struct sums before = read_trace();
    void *old = take(40);

    (void)state;
    trace_left(thread_current);
    thread_current->trace->model.allocations++; /* that event's own, never written */
    release(take(50));
    release(old);
    struct sums sums = read_trace();
    assert_int_equal(sums.came - before.came, 2);
    assert_int_equal(sums.went - before.went, 2);
    assert_int_equal(sums.damaged, 0);
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(recorder->ledger.path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_takes_the_slow_path),
        cmocka_unit_test(blocks_of_all_sizes_are_found_again),
        cmocka_unit_test(threads_that_free_each_others_blocks_add_up),
        cmocka_unit_test(a_left_event_begins_the_stream_anew),
    };
    char output[100];

    if (!mkdtemp(folder))
        return 1;
    snprintf(output, sizeof output, "%s/%%p.tare", folder);
    setenv("TARE_OUTPUT", output, 1);
    setenv("TARE_TRACE", "64", 1);
    return cmocka_run_group_tests(tests, NULL, remove_folder);
}
