/* SPDX-License-Identifier: MIT
 *
 * Events are read by another thread while the governor decides: each is whole, or counted as lost.
 */
#include "lib/governor_script.h"

#include <pthread.h>

#ifdef __SANITIZE_THREAD__
enum { REQUESTS = 60000 };
#else
enum { REQUESTS = 600000 };
#endif

struct seen {
    struct tare_ring *ring;
    uint64_t whole, lost;
    bool is_wrong;
};

/* Its time and quantity follow from its number. */
static bool is_whole(const struct tare_governor_event *event, uint64_t seq)
{
    return event->seq == (uint32_t)seq && event->time_ns == (int64_t)seq * 1000 &&
           event->tenant == seq % 7 && event->quantity == 1 + seq % 3;
}

static void *read_events(void *context)
{
    struct seen *seen = context;
    struct tare_ring_reader reader = tare_ring_reader_from(seen->ring, 0);
    struct tare_governor_event events[8];

    while (reader.cursor < REQUESTS) {
        size_t count = tare_governor_events_read(&reader, events, 8);

        for (size_t i = 0; i < count; i++)
            seen->is_wrong |= !is_whole(&events[i], reader.cursor - count + i);
        seen->whole += count;
    }
    seen->lost = reader.lost;
    return NULL;
}

static void events_are_read_while_a_governor_decides(void **state)
{
    struct tare_governor_config config = script_config(TARE_GOVERNOR_QUOTA);
    struct governed g = govern(&config);
    struct seen seen = {.ring = tare_governor_ring(g.governor)};
    pthread_t reader;

    (void)state;
    assert_int_equal(pthread_create(&reader, NULL, read_events, &seen), 0);
    for (uint64_t i = 0; i < REQUESTS; i++) {
        ASK(&g, CHECK, .tenant = (uint32_t)(i % 7), .quantity = (uint32_t)(1 + i % 3),
            .now_ns = (int64_t)i * 1000);
        assert_int_equal(g.decision.seq, i);
    }
    pthread_join(reader, NULL);
    assert_false(seen.is_wrong);
    assert_int_equal(seen.whole + seen.lost, REQUESTS);
    assert_true(seen.whole > 0);
    govern_end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_read_while_a_governor_decides),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
