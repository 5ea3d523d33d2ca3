/* SPDX-License-Identifier: MIT
 *
 * Rings between threads: no event is torn, none is given twice, and what is not given is counted.
 */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <tare/ring.h>

#include "modules/ring_core.h"

enum { WRITERS = 3, READERS = 2, BATCH = 16, WORDS = 62 };

/* Long, so that threads are stopped amid one. Every word follows from the first two; `number` counts one writer's events. */
struct event {
    uint64_t writer, number, words[WORDS];
};

TARE_RING_DEFINE(events, struct event);

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { EVENTS = 4000 };
#else
enum { EVENTS = 60000 };
#endif

static struct event event_of(uint64_t writer, uint64_t number)
{
    struct event event = {.writer = writer, .number = number};

    for (uint64_t i = 0; i < WORDS; i++)
        event.words[i] = (number + i) * UINT64_C(0x9e3779b97f4a7c15) ^ writer;
    return event;
}

struct job {
    struct tare_ring *ring;
    unsigned writer;
    const unsigned *writing; /* how many writers there still are */
    uint64_t given, lost, torn, disordered;
    uint64_t begun; /* where the reader began */
};

/* With refused ones tried again; in batches, and alone. */
static void *write_events(void *argument)
{
    struct job *job = argument;
    struct event batch[BATCH];
    uint64_t number = 0, first;

    while (number < EVENTS) {
        size_t count = number % 3 ? 1 : BATCH, added;

        count = count < EVENTS - number ? count : EVENTS - number;
        for (size_t i = 0; i < count; i++)
            batch[i] = event_of(job->writer, number + i);
        if (count == 1)
            added = events_push(job->ring, &batch[0]) != TARE_RING_REFUSED;
        else
            added = events_push_batch(job->ring, batch, count, &first);
        number += added;
        if (added == 0)
            sched_yield();
    }
    __atomic_sub_fetch((unsigned *)(uintptr_t)job->writing, 1, __ATOMIC_RELEASE);
    return NULL;
}

static void look(struct job *job, const struct event *event, uint64_t *numbers)
{
    struct event expected = event_of(event->writer, event->number);

    if (event->writer >= WRITERS || memcmp(event, &expected, sizeof expected) != 0)
        job->torn++;
    else if (event->number < numbers[event->writer])
        job->disordered++;
    else
        numbers[event->writer] = event->number + 1;
}

static void read_all(struct job *job,
                     size_t (*read)(struct tare_ring_reader *, struct event *, size_t))
{
    struct tare_ring_reader reader = tare_ring_reader_from(job->ring, job->begun);
    struct event batch[BATCH];
    uint64_t numbers[WRITERS] = {0};
    unsigned writing;
    size_t count;

    do {
        writing = __atomic_load_n(job->writing, __ATOMIC_ACQUIRE);
        count = read(&reader, batch, job->given % BATCH + 1);
        job->given += count;
        for (size_t i = 0; i < count; i++)
            look(job, &batch[i], numbers);
        if (count == 0)
            sched_yield();
    } while (writing || count);
    job->lost = reader.lost;
}

static void *read_events(void *argument)
{
    read_all(argument, events_read);
    return NULL;
}

static void *take_events(void *argument)
{
    read_all(argument, events_take);
    return NULL;
}

static void run(struct tare_ring_options options, unsigned writers, unsigned readers,
                void *(*reading)(void *))
{
    pthread_t threads[WRITERS + READERS];
    struct job jobs[WRITERS + READERS];
    struct tare_ring *ring;
    unsigned writing = writers;

    options.event_bytes = sizeof(struct event);
    options.many_writers = writers > 1;
    assert_int_equal(tare_ring_create(&ring, &options), 0);
    for (unsigned i = 0; i < writers + readers; i++) {
        jobs[i] = (struct job){
            .ring = ring, .writer = i, .writing = &writing, .begun = options.first_id};
        assert_int_equal(pthread_create(&threads[i], NULL,
                                        i < writers ? write_events : reading, &jobs[i]),
                         0);
    }
    for (unsigned i = 0; i < writers + readers; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(tare_ring_next(ring) - options.first_id, (uint64_t)writers * EVENTS);
    assert_true(tare__ring_valid(ring));
    for (unsigned i = writers; i < writers + readers; i++) {
        assert_int_equal(jobs[i].torn, 0);
        assert_int_equal(jobs[i].disordered, 0);
        assert_int_equal(jobs[i].given + jobs[i].lost, (uint64_t)writers * EVENTS);
        if (options.is_lossless)
            assert_int_equal(jobs[i].lost, 0);
    }
    tare_ring_destroy(&ring);
}

static void one_writer_and_readers(void **state)
{
    (void)state;
    run((struct tare_ring_options){.capacity = 5}, 1, READERS, read_events);
    run((struct tare_ring_options){.capacity = 64}, 1, READERS, read_events);
    run((struct tare_ring_options){.capacity = 1000}, 1, READERS, read_events);
}

static void many_writers_and_readers(void **state)
{
    (void)state;
    run((struct tare_ring_options){.capacity = 2}, WRITERS, READERS, read_events);
    run((struct tare_ring_options){.capacity = 64}, WRITERS, READERS, read_events);
    run((struct tare_ring_options){.capacity = 1000}, WRITERS, READERS, read_events);
}

/* Rounds as they are after 2^31 of them: marks begin again at 0. */
static void marks_go_past_their_last_one(void **state)
{
    (void)state;
    run((struct tare_ring_options){.capacity = 4,
                                   .first_id = (uint64_t)4 * INT32_MAX - 100},
        WRITERS, READERS, read_events);
}

static void one_producer_and_one_consumer(void **state)
{
    (void)state;
    run((struct tare_ring_options){.capacity = 100, .is_lossless = true}, 1, 1,
        take_events);
}

static void many_producers_and_one_consumer(void **state)
{
    (void)state;
    run((struct tare_ring_options){.capacity = 7, .is_lossless = true}, WRITERS, 1,
        take_events);
    run((struct tare_ring_options){.capacity = 100, .is_lossless = true}, WRITERS, 1,
        take_events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_writer_and_readers),
        cmocka_unit_test(many_writers_and_readers),
        cmocka_unit_test(marks_go_past_their_last_one),
        cmocka_unit_test(one_producer_and_one_consumer),
        cmocka_unit_test(many_producers_and_one_consumer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
