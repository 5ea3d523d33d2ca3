/* SPDX-License-Identifier: MIT
 *
 * Writers of one ring that are stopped where it is worst: moments that threads seldom meet are set
 * up by hand, in the ring's own words.
 */
#include <pthread.h>
#include <unistd.h>

#include "lib/ring_fixture.h"
#include "modules/ring_core.h"

enum { MANY = 1, SMALL = 2 };

static void one_that_took_an_id_and_stopped_is_overtaken(void **state)
{
    struct tare_ring *ring = ring_of(MANY, SMALL, 0);
    struct tare_ring_reader reader = tare_ring_reader_from(ring, 0);
    struct event out[SMALL];

    (void)state;
    ring->next++; /* id 0 is his */
    assert_int_equal(add(ring), 1);
    assert_int_equal(events_read(&reader, out, SMALL), 0); /* it waits for 0 */
    assert_false(events_get(ring, 0, &out[0]));
    assert_int_equal(reader.lost, 0);
    assert_int_equal(add(ring), 2); /* in the slot of 0 */
    assert_int_equal(events_read(&reader, out, SMALL), 2);
    is_event(&out[0], 1);
    is_event(&out[1], 2);
    assert_int_equal(reader.lost, 1);

    ring->next = 0; /* he goes on */
    assert_int_equal(add(ring), 0);
    ring->next = 3;
    assert_true(events_get(ring, 2, &out[0]));
    is_event(&out[0], 2);
    assert_true(tare__ring_valid(ring));
    tare_ring_destroy(&ring);
}

struct pusher {
    struct tare_ring *ring;
    uint64_t id;
};

static void *push_one(void *argument)
{
    struct pusher *pusher = argument;
    uint64_t id = add(pusher->ring);

    __atomic_store_n(&pusher->id, id, __ATOMIC_RELEASE);
    return NULL;
}

static void one_who_stopped_amid_an_event_is_waited_for(void **state)
{
    struct tare_ring *ring = ring_of(MANY, SMALL, 0);
    struct pusher pusher = {.ring = ring, .id = TARE_RING_REFUSED};
    struct event out[SMALL];
    pthread_t thread;

    (void)state;
    ring->next++;
    *tare__ring_mark(ring, 0) = 1;
    assert_int_equal(add(ring), 1);
    assert_int_equal(pthread_create(&thread, NULL, push_one, &pusher), 0);
    usleep(20000);
    assert_int_equal(__atomic_load_n(&pusher.id, __ATOMIC_ACQUIRE), TARE_RING_REFUSED);
    assert_false(events_get(ring, 0, &out[0]));
    __atomic_store_n(tare__ring_mark(ring, 0), 2, __ATOMIC_RELEASE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pusher.id, 2);
    assert_true(events_get(ring, 2, &out[0]));
    is_event(&out[0], 2);
    assert_true(tare__ring_valid(ring));
    tare_ring_destroy(&ring);
}

/* The copy of an event is good until its slot is begun anew, not until it is whole anew. */
static void an_event_is_gone_when_its_slot_is_begun(void **state)
{
    struct event out;

    (void)state;
    for (size_t kind = 0; kind < 2; kind++) {
        struct tare_ring *ring = ring_of(kind, SMALL, 0);

        assert_int_equal(add(ring), 0);
        assert_int_equal(add(ring), 1);
        assert_true(events_get(ring, 0, &out));
        if (kind == MANY)
            *tare__ring_mark(ring, 0) = 3;
        else
            ring->writing = 3;
        assert_false(events_get(ring, 0, &out));
        assert_true(events_get(ring, 1, &out));
        if (kind == MANY)
            *tare__ring_mark(ring, 0) = 2;
        else
            ring->writing = 2;
        tare_ring_destroy(&ring);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_took_an_id_and_stopped_is_overtaken),
        cmocka_unit_test(one_who_stopped_amid_an_event_is_waited_for),
        cmocka_unit_test(an_event_is_gone_when_its_slot_is_begun),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
