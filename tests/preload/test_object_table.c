/* SPDX-License-Identifier: MIT
 *
 * The recorder's table of objects against a plain array, and from several threads at once.
 */
#include "shim/objects.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { PLACES = 30000, STEP = 48, THREADS = 4, ROUNDS = 20000, ROOM = 7 };

#define BASE UINT64_C(0x7f0012345000)

static uint64_t random_state = 88172645463325252u;

static uint64_t any(uint64_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % limit;
}

/* Bytes by place; 0: there is no object. */
static struct model {
    uint64_t base, step;
    uint64_t bytes[PLACES];
} model;

static uint64_t start_of(uint64_t place)
{
    return model.base + place * model.step;
}

static struct object object_of(uint64_t place, uint64_t bytes)
{
    return (struct object){.start = start_of(place),
                           .bytes = bytes,
                           .when = bytes % 65536,
                           .record = (uint32_t)bytes + 1};
}

static void is_as_it_was_put(const struct object *object, uint64_t place)
{
    struct object was = object_of(place, model.bytes[place]);

    assert_int_equal(object->start, was.start);
    assert_int_equal(object->bytes, was.bytes);
    assert_int_equal(object->when, was.when);
    assert_int_equal(object->record, was.record);
}

static void put(uint64_t place, uint64_t bytes)
{
    struct object old, object = object_of(place, bytes);
    enum objects_answer answer = objects_put(&object, &old);

    assert_int_equal(answer, model.bytes[place] ? OBJECTS_ONE : OBJECTS_NONE);
    if (answer == OBJECTS_ONE)
        is_as_it_was_put(&old, place);
    model.bytes[place] = bytes;
}

static void take(uint64_t place)
{
    struct object object;
    enum objects_answer answer = objects_take(start_of(place), &object);

    assert_int_equal(answer, model.bytes[place] ? OBJECTS_ONE : OBJECTS_NONE);
    if (answer == OBJECTS_ONE)
        is_as_it_was_put(&object, place);
    model.bytes[place] = 0;
}

static void discard(uint64_t start, uint64_t end)
{
    struct objects_range range = {.start = start, .end = end};
    struct object taken[ROOM];
    uint32_t count;

    while ((count = objects_take_some(&range, taken, ROOM))) {
        for (uint32_t i = 0; i < count; i++) {
            uint64_t place = (taken[i].start - model.base) / model.step;

            assert_true(taken[i].start >= start && taken[i].start < end);
            is_as_it_was_put(&taken[i], place);
            model.bytes[place] = 0;
        }
    }
    assert_int_equal(range.lost, 0);
    for (uint64_t i = 0; i < PLACES; i++)
        if (start_of(i) >= start && start_of(i) < end)
            assert_int_equal(model.bytes[i], 0);
}

static void begin(uint64_t step)
{
    memset(&model, 0, sizeof model);
    model.base = BASE;
    model.step = step;
}

static void end(void)
{
    discard(0, UINT64_C(1) << 63);
}

static void what_is_put_is_taken_once(void **state)
{
    static const uint64_t steps[] = {1, 16, STEP, 4096, 1 << 20};

    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        begin(steps[i]);
        for (uint64_t place = 0; place < PLACES; place++)
            put(place, place + 1);
        for (uint64_t place = 0; place < PLACES; place += 2)
            take(place * 7919 % PLACES);
        for (uint64_t place = 0; place < PLACES; place++)
            take(place);
    }
}

static void sizes_are_kept_up_to_the_greatest(void **state)
{
    struct object object = {.start = BASE, .bytes = OBJECT_BYTES_MAX, .when = 65535};
    struct object old;

    (void)state;
    assert_int_equal(objects_put(&object, &old), OBJECTS_NONE);
    assert_int_equal(objects_take(BASE, &old), OBJECTS_ONE);
    assert_true(old.bytes == OBJECT_BYTES_MAX && old.when == 65535);
}

static void any_order_of_calls_is_as_with_an_array(void **state)
{
    (void)state;
    begin(STEP);
    for (int i = 0; i < 200000; i++) {
        uint64_t what = any(100);

        if (what < 60)
            put(any(PLACES), 1 + any(5000));
        else if (what < 99)
            take(any(PLACES));
        else if (any(20) == 0) {
            uint64_t start = BASE + any(PLACES * STEP);

            discard(start, start + any(5000));
        }
    }
    end();
}

/* A short range goes through its pages, a long one with little in it through the table. */
static void ranges_have_exact_ends(void **state)
{
    static const uint64_t lengths[] = {0, 1, STEP, 255, 4096, 100000, UINT64_C(1) << 40};

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        begin(STEP);
        for (int k = 0; k < 3000; k++)
            put(any(PLACES), 9);
        for (int k = 0; k < 20; k++) {
            uint64_t start = start_of(any(PLACES)) + any(3) - 1;

            discard(start, start + lengths[i]);
            put(any(PLACES), 9);
        }
        end();
    }
}

static void *work(void *number)
{
    uint64_t base = BASE + ((uint64_t)(uintptr_t)number << 40), failed = 0;
    struct object old, object = {.bytes = 1};

    for (uint64_t i = 0; i < ROUNDS; i++) {
        object.start = base + i % 5000 * STEP;
        if (i >= 5000)
            failed += objects_take(object.start, &old) != OBJECTS_ONE;
        object.bytes = i;
        failed += objects_put(&object, &old) != OBJECTS_NONE;
    }
    struct objects_range range = {.start = base, .end = base + 5000 * STEP};
    uint64_t taken = 0;
    while (objects_take_some(&range, &old, 1))
        taken++;
    return (void *)(uintptr_t)(failed + (taken != 5000));
}

static void threads_do_not_see_each_others_objects(void **state)
{
    pthread_t threads[THREADS];
    void *failed;

    (void)state;
    for (intptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)i), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
}

static void what_is_forgotten_is_gone(void **state)
{
    struct object object;

    (void)state;
    begin(STEP);
    for (uint64_t place = 0; place < 100; place++)
        put(place, 5);
    objects_forget();
    for (uint64_t place = 0; place < 100; place++)
        assert_int_equal(objects_take(start_of(place), &object), OBJECTS_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_taken_once),
        cmocka_unit_test(sizes_are_kept_up_to_the_greatest),
        cmocka_unit_test(any_order_of_calls_is_as_with_an_array),
        cmocka_unit_test(ranges_have_exact_ends),
        cmocka_unit_test(threads_do_not_see_each_others_objects),
        cmocka_unit_test(what_is_forgotten_is_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
