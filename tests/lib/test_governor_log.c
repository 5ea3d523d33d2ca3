/* SPDX-License-Identifier: MIT
 *
 * A snapshot and the log of what was asked after it are the state; a log that is cut off or damaged gives the
 * state of before.
 */
#include "lib/governor_script.h"

#include <tare/governor_log.h>

enum { REQUESTS = 600, LOG_BYTES = REQUESTS * (TARE_GOVERNOR_RECORD_BYTES + 8) };

struct logged {
    char *log;
    size_t bytes;
    size_t records;
};

/* Requests from `from` to `to`, and their log. */
static void run_logged(struct governed *governed, struct logged *logged, uint64_t from,
                       uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        uint64_t attribute;
        struct tare_governor_request request = script_request(i, &attribute);

        ask(governed, &request);
        size_t more =
            tare_governor_log_put(governed->governor, &request, &governed->decision,
                                  logged->log + logged->bytes, LOG_BYTES - logged->bytes);
        bool is_logged = governed->decision.verdict != TARE_GOVERNOR_ERROR &&
                         request.op != TARE_GOVERNOR_PEEK &&
                         !(governed->decision.flags & TARE_GOVERNOR_REPLAYED);
        assert_int_equal(more > 0, is_logged);
        logged->bytes += more;
        logged->records += more > 0;
        script_release(governed, i);
    }
}

static void same_but_for_counters(struct governed *a, struct governed *b)
{
    a->governor->errors = b->governor->errors = 0;
    a->governor->replayed = b->governor->replayed = 0;
    a->governor->stale_clocks = b->governor->stale_clocks = 0;
    a->governor->blank_ns = b->governor->blank_ns = INT64_MIN;
    if (a->policy->is_lossless) {
        struct tare_ring *one = tare_governor_ring(a->governor);
        struct tare_ring *other = tare_governor_ring(b->governor);

        assert_int_equal(tare_ring_next(one), tare_ring_next(other));
        tare_ring_release(one, tare_ring_next(one));
        tare_ring_release(other, tare_ring_next(other));
    }
    same_state(a, b);
}

static void a_snapshot_and_its_log_are_the_state(void **state)
{
    (void)state;
    for (int type = 0; type < TARE_GOVERNOR_TYPES; type++)
        for (int is_lossless = 0; is_lossless < 2; is_lossless++) {
            struct tare_governor_config config =
                script_config((enum tare_governor_type)type);
            struct logged logged = {.log = calloc(1, LOG_BYTES)};
            size_t bytes, good, before;

            config.is_lossless = is_lossless;
            struct governed governed = govern(&config), restored = govern(&config);
            run_logged(&governed, &logged, 1, REQUESTS / 3);
            before = logged.records;
            void *snapshot = saved(&governed, &bytes);
            run_logged(&governed, &logged, REQUESTS / 3, REQUESTS);
            assert_true(logged.records > before + 10);
            assert_int_equal(tare_governor_restore(restored.governor, snapshot, bytes), 0);
            assert_int_equal(
                tare_governor_replay(restored.governor, logged.log, logged.bytes, &good),
                logged.records - before);
            assert_int_equal(good, logged.bytes);
            same_but_for_counters(&governed, &restored);
            govern_end(&restored);
            restored = govern(&config); /* without a snapshot */
            assert_int_equal(
                tare_governor_replay(restored.governor, logged.log, logged.bytes, NULL),
                logged.records);
            same_but_for_counters(&governed, &restored);
            assert_int_equal(
                tare_governor_replay(restored.governor, logged.log, logged.bytes, NULL), 0);
            govern_end(&restored);
            govern_end(&governed);
            free(snapshot);
            free(logged.log);
        }
}

static void a_damaged_log_ends_before_the_damage(void **state)
{
    struct tare_governor_config config = script_config(TARE_GOVERNOR_QUOTA);
    struct logged logged = {.log = calloc(1, LOG_BYTES)};
    struct governed governed = govern(&config);

    (void)state;
    run_logged(&governed, &logged, 1, 60);
    size_t each = logged.bytes / logged.records;
    for (size_t at = 0; at < logged.bytes; at++) {
        struct governed cut = govern(&config), flipped = govern(&config);
        size_t good;

        assert_int_equal(tare_governor_replay(cut.governor, logged.log, at, &good),
                         at / each);
        assert_int_equal(good, at / each * each);
        logged.log[at] ^= 16;
        assert_int_equal(
            tare_governor_replay(flipped.governor, logged.log, logged.bytes, &good),
            at / each);
        logged.log[at] ^= 16;
        assert_int_equal(good, at / each * each);
        same_state(&cut, &flipped);
        govern_end(&cut);
        govern_end(&flipped);
    }
    govern_end(&governed);
    free(logged.log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_and_its_log_are_the_state),
        cmocka_unit_test(a_damaged_log_ends_before_the_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
