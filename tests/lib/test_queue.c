/* SPDX-License-Identifier: MIT
 *
 * Queues between any number of producers and consumers.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <tare/queue.h>

enum { CAPACITY = 8, PRODUCERS = 3, CONSUMERS = 2, BATCH = 5 };

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { ITEMS = 20000 };
#else
enum { ITEMS = 200000 };
#endif

static struct tare_queue *queue_of(size_t item_bytes)
{
    struct tare_queue *queue;

    assert_int_equal(tare_queue_create(&queue, item_bytes, CAPACITY - 1, NULL), 0);
    return queue;
}

static void items_come_out_as_they_went_in(void **state)
{
    struct tare_queue *queue = queue_of(sizeof(uint64_t));
    uint64_t in = 0, out = 0, items[20];
    unsigned seed = 1;

    (void)state;
    for (int step = 0; step < 10000; step++) {
        size_t count = (size_t)rand_r(&seed) % 20, room = CAPACITY - (in - out);

        if (rand_r(&seed) % 2) {
            for (size_t i = 0; i < count; i++)
                items[i] = in + i;
            size_t added = count < room ? count : room;
            assert_int_equal(tare_queue_push(queue, items, count), added);
            in += added;
        } else {
            size_t taken = count < in - out ? count : in - out;
            assert_int_equal(tare_queue_pop(queue, items, count), taken);
            for (size_t i = 0; i < taken; i++)
                assert_int_equal(items[i], out++);
        }
        assert_int_equal(tare_queue_count(queue), in - out);
    }
    tare_queue_destroy(&queue);
    assert_null(queue);
    tare_queue_destroy(&queue);
}

static void queues_that_cannot_be_are_refused(void **state)
{
    struct tare_queue *queue = NULL;
    struct tare_mem_failer failer;

    (void)state;
    assert_int_equal(tare_queue_create(&queue, 0, 8, NULL), -EINVAL);
    assert_int_equal(tare_queue_create(&queue, 12, 8, NULL), -EINVAL);
    assert_int_equal(tare_queue_create(&queue, 2 << 20, 8, NULL), -EINVAL);
    assert_int_equal(tare_queue_create(&queue, 8, 0, NULL), -EINVAL);
    tare_mem_failer_init(&failer, NULL, 1);
    assert_int_equal(tare_queue_create(&queue, 8, 8, &failer.mem), -ENOMEM);
    assert_null(queue);
    assert_int_equal(tare_queue_create(&queue, 8, 1, &failer.mem), 0);
    tare_queue_destroy(&queue);
    assert_int_equal(failer.counter.live_bytes, 0);
}

struct item {
    uint64_t producer, number, check[2];
};

struct shared {
    struct tare_queue *queue;
    uint64_t producers, taken; /* begun so far; of all consumers */
    uint64_t torn, disordered;
    unsigned char seen[PRODUCERS][ITEMS];
};

static void *produce(void *argument)
{
    struct shared *shared = argument;
    uint64_t producer = __atomic_fetch_add(&shared->producers, 1, __ATOMIC_RELAXED);
    struct item items[BATCH];

    for (uint64_t number = 0; number < ITEMS;) {
        size_t count = ITEMS - number < BATCH ? ITEMS - number : BATCH;

        for (uint64_t i = 0; i < count; i++)
            items[i] =
                (struct item){producer, number + i, {~(number + i), number + i + producer}};
        size_t pushed = tare_queue_push(shared->queue, items, count);
        number += pushed;
        if (pushed == 0)
            sched_yield();
    }
    return NULL;
}

static void look(struct shared *shared, const struct item *item, uint64_t *numbers)
{
    if (item->producer >= PRODUCERS || item->number >= ITEMS ||
        item->check[0] != ~item->number ||
        item->check[1] != item->number + item->producer) {
        __atomic_add_fetch(&shared->torn, 1, __ATOMIC_RELAXED);
        return;
    }
    if (item->number < numbers[item->producer])
        __atomic_add_fetch(&shared->disordered, 1, __ATOMIC_RELAXED);
    numbers[item->producer] = item->number + 1;
    __atomic_add_fetch(&shared->seen[item->producer][item->number], 1, __ATOMIC_RELAXED);
}

static void *consume(void *argument)
{
    struct shared *shared = argument;
    uint64_t numbers[PRODUCERS] = {0};
    struct item items[BATCH];

    while (__atomic_load_n(&shared->taken, __ATOMIC_RELAXED) <
           (uint64_t)PRODUCERS * ITEMS) {
        size_t count = tare_queue_pop(shared->queue, items, BATCH);

        for (size_t i = 0; i < count; i++)
            look(shared, &items[i], numbers);
        __atomic_add_fetch(&shared->taken, count, __ATOMIC_RELAXED);
        if (count == 0)
            sched_yield();
    }
    return NULL;
}

static void each_item_comes_out_once_and_whole(void **state)
{
    static struct shared shared;
    pthread_t threads[PRODUCERS + CONSUMERS];

    (void)state;
    shared.queue = queue_of(sizeof(struct item));
    for (unsigned i = 0; i < PRODUCERS + CONSUMERS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, i < PRODUCERS ? produce : consume, &shared),
            0);
    for (unsigned i = 0; i < PRODUCERS + CONSUMERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(shared.torn, 0);
    assert_int_equal(shared.disordered, 0);
    for (unsigned i = 0; i < PRODUCERS; i++)
        for (unsigned j = 0; j < ITEMS; j++)
            assert_int_equal(shared.seen[i][j], 1);
    assert_int_equal(tare_queue_count(shared.queue), 0);
    tare_queue_destroy(&shared.queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_as_they_went_in),
        cmocka_unit_test(queues_that_cannot_be_are_refused),
        cmocka_unit_test(each_item_comes_out_once_and_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
