/* SPDX-License-Identifier: MIT
 *
 * A system of governors, rings, codecs and names together: what it takes, in bytes and counts, and that
 * nothing is lost on the way. How long it takes is a matter of bench/.
 */
#include "lib/governor_fixture.h"

#include <stdio.h>

#include <tare/intern.h>

enum { DEVICE = 30, SYSTEM = 40, TENANTS = 16, EVENTS = 32 };

/* What a governor of a device is like, by number: all types, most of them quotas. */
static struct tare_governor_config config_of(unsigned number)
{
    struct tare_governor_config config = {
        .type = (enum tare_governor_type)(number % TARE_GOVERNOR_TYPES),
        .tenants = TENANTS,
        .events = EVENTS,
        .quota = {.limit = 100, .period_ns = 60 * SECOND, .burst = 20}};

    if (config.type == TARE_GOVERNOR_ENTITLEMENT) {
        config.entitlement =
            (struct tare_governor_entitlement){.features = {[1] = TARE_GOVERNOR_SWITCH}};
    } else if (config.type == TARE_GOVERNOR_BILLING) {
        config.answers = 4;
        config.billing = (struct tare_governor_billing){.credit_limit = 1000};
    } else if (config.type == TARE_GOVERNOR_SUBSCRIPTION) {
        config.subscription.dunning_ns = SECOND;
    } else if (config.type == TARE_GOVERNOR_COMPLIANCE) {
        config.compliance =
            (struct tare_governor_compliance){.rules = {{.compare = TARE_GOVERNOR_LESS,
                                                         .value = 10,
                                                         .effect = TARE_GOVERNOR_ALLOWS}},
                                              .rule_count = 1};
    }
    return config;
}

struct group {
    struct tare_mem_counter memory;
    struct tare_governor_policy *policies[TARE_GOVERNOR_TYPES];
    struct tare_governor *governors[SYSTEM];
    unsigned count;
};

static void begin(struct group *group, unsigned count)
{
    *group = (struct group){.count = count};
    tare_mem_counter_init(&group->memory, NULL, 0);
    for (unsigned i = 0; i < TARE_GOVERNOR_TYPES; i++) {
        const struct tare_governor_config config = config_of(i);

        assert_int_equal(
            tare_governor_policy_create(&group->policies[i], &config, &group->memory.mem),
            0);
    }
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(tare_governor_create(&group->governors[i],
                                              group->policies[i % TARE_GOVERNOR_TYPES]),
                         0);
}

static void end(struct group *group)
{
    for (unsigned i = 0; i < group->count; i++) {
        assert_true(tare__governor_valid(group->governors[i]));
        tare_governor_destroy(&group->governors[i]);
    }
    for (unsigned i = 0; i < TARE_GOVERNOR_TYPES; i++)
        tare_governor_policy_destroy(&group->policies[i]);
    assert_int_equal(tare_mem_counted(&group->memory).live_bytes, 0);
}

/* One that each type takes as a request. */
static enum tare_governor_verdict check(struct tare_governor *governor, uint32_t tenant,
                                        int64_t now_ns)
{
    const uint64_t attributes[] = {tenant};
    const struct tare_governor_request request = {.tenant = tenant,
                                                  .quantity = 1,
                                                  .feature = 1,
                                                  .amount = 1,
                                                  .attributes = attributes,
                                                  .attribute_count = 1,
                                                  .now_ns = now_ns};
    struct tare_governor_decision decision;
    enum tare_governor_verdict verdict = tare_governor_ask(governor, &request, &decision);

    assert_int_equal(verdict, decision.verdict);
    return verdict;
}

/* Events are for somebody who stores them; those of compliance must be. */
static void release(struct tare_governor *governor)
{
    struct tare_ring *ring = tare_governor_ring(governor);

    tare_ring_release(ring, tare_ring_next(ring));
}

static void governor_memory(void **state)
{
    struct group group;

    (void)state;
    begin(&group, 1);
    size_t bytes = tare_governor_bytes(group.policies[TARE_GOVERNOR_QUOTA]);
    assert_true(bytes <= 2048);
    size_t held = tare_mem_counted(&group.memory).live_bytes;
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(check(group.governors[0], i % TENANTS, i * SECOND),
                         TARE_GOVERNOR_ALLOW);
    assert_int_equal(tare_mem_counted(&group.memory).live_bytes, held);
    end(&group);
}

static void multiple_governors_memory(void **state)
{
    struct group group;

    (void)state;
    begin(&group, 0);
    size_t policies = tare_mem_counted(&group.memory).live_bytes;
    end(&group);
    assert_true(policies <= TARE_GOVERNOR_TYPES * (size_t)2048);
    begin(&group, DEVICE);
    assert_true(tare_mem_counted(&group.memory).live_bytes - policies <= 64 << 10);
    end(&group);
    begin(&group, SYSTEM);
    assert_true(tare_mem_counted(&group.memory).live_bytes - policies <=
                SYSTEM * (size_t)(64 << 10) / DEVICE);
    end(&group);
}

/* A request is answered at once: by one decision and one event, and takes nothing. */
static void single_request_latency(void **state)
{
    struct group group;
    struct tare_governor_event event;

    (void)state;
    begin(&group, SYSTEM);
    uint64_t allocations = tare_mem_counted(&group.memory).allocations;
    for (unsigned i = 0; i < SYSTEM; i++) {
        struct tare_ring *ring = tare_governor_ring(group.governors[i]);
        enum tare_governor_verdict verdict = check(group.governors[i], 3, SECOND);

        assert_int_equal(tare_ring_next(ring), 1);
        assert_true(tare_governor_events_get(ring, 0, &event));
        assert_int_equal(event.verdict, verdict);
        assert_int_equal(event.time_ns, SECOND);
        assert_int_equal(event.tenant, 3);
    }
    assert_int_equal(tare_mem_counted(&group.memory).allocations, allocations);
    end(&group);
}

/* No request is worse off than others: however full a governor is, none allocates or goes unanswered. */
static void p99_latency(void **state)
{
    struct group group;
    struct tare_governor_stats stats;
    unsigned full = 0, verdicts[3] = {0};

    (void)state;
    begin(&group, 1);
    uint64_t allocations = tare_mem_counted(&group.memory).allocations;
    for (uint32_t i = 0; i < 100000; i++) {
        uint32_t tenant = i * 2654435761u >> 27; /* twice as many as there is room for */
        enum tare_governor_verdict verdict =
            check(group.governors[0], tenant, i * (SECOND / 100));

        verdicts[verdict]++;
        full += verdict == TARE_GOVERNOR_ERROR;
    }
    tare_governor_get_stats(group.governors[0], &stats);
    assert_int_equal(tare_mem_counted(&group.memory).allocations, allocations);
    assert_int_equal(stats.answered,
                     verdicts[TARE_GOVERNOR_ALLOW] + verdicts[TARE_GOVERNOR_DENY]);
    assert_int_equal(stats.denied, verdicts[TARE_GOVERNOR_DENY]);
    assert_int_equal(stats.errors, full);
    assert_true(verdicts[TARE_GOVERNOR_ALLOW] > 10000 && full);
    end(&group);
}

/* All at once, each tenant is allowed what its quota has and no more, at each of the governors. */
static void throughput(void **state)
{
    struct group group;
    unsigned allowed[SYSTEM] = {0};

    (void)state;
    begin(&group, SYSTEM);
    for (unsigned round = 0; round < 1000; round++)
        for (unsigned i = 0; i < SYSTEM; i++) {
            allowed[i] +=
                check(group.governors[i], round % 10, SECOND) == TARE_GOVERNOR_ALLOW;
            if (i % TARE_GOVERNOR_TYPES == TARE_GOVERNOR_COMPLIANCE)
                release(group.governors[i]);
        }
    for (unsigned i = 0; i < SYSTEM; i++) {
        static const unsigned most[] = {10 * 20, 0, 1000, 0, 1000};

        assert_int_equal(allowed[i], most[i % TARE_GOVERNOR_TYPES]);
        assert_int_equal(tare_ring_next(tare_governor_ring(group.governors[i])), 1000);
    }
    end(&group);
}

static struct tare_ring *ring_of(uint32_t capacity, uint64_t first_id)
{
    const struct tare_ring_options options = {.event_bytes =
                                                  sizeof(struct tare_governor_event),
                                              .capacity = capacity,
                                              .first_id = first_id};
    struct tare_ring *ring;

    assert_int_equal(tare_ring_create(&ring, &options), 0);
    return ring;
}

static void ring_buffer_add(void **state)
{
    struct tare_ring *ring = ring_of(EVENTS, 0);
    struct tare_governor_event event;

    (void)state;
    for (uint32_t i = 0; i < EVENTS; i++) {
        event = (struct tare_governor_event){.seq = i, .tenant = i * 7};
        assert_int_equal(tare_governor_events_push(ring, &event), i);
        assert_false(tare_ring_rotates(ring, i));
    }
    for (uint32_t i = 0; i < EVENTS; i++) {
        assert_true(tare_governor_events_get(ring, i, &event));
        assert_int_equal(event.tenant, i * 7);
    }
    assert_int_equal(tare_ring_first(ring), 0);
    tare_ring_destroy(&ring);
}

/* Readers of three speeds, across the 2^32nd event: each event is read once, or known to be lost. */
static void ring_buffer_overflow(void **state)
{
    static const unsigned every[] = {1, EVENTS, 1000};
    const uint64_t begin_id = (UINT64_C(1) << 32) - 500;
    struct tare_ring *ring = ring_of(EVENTS, begin_id);
    struct tare_ring_reader readers[3];
    uint64_t read[3] = {0};

    (void)state;
    for (unsigned r = 0; r < 3; r++)
        readers[r] = tare_ring_reader_from(ring, begin_id);
    for (uint64_t i = 0; i < 10000; i++) {
        struct tare_governor_event event = {.seq = (uint32_t)(begin_id + i)};

        assert_int_equal(tare_governor_events_push(ring, &event), begin_id + i);
        for (unsigned r = 0; r < 3; r++) {
            struct tare_governor_event batch[EVENTS];
            size_t count = (i + 1) % every[r]
                               ? 0
                               : tare_governor_events_read(&readers[r], batch, EVENTS);

            for (size_t at = 0; at < count; at++)
                assert_int_equal(batch[at].seq, (uint32_t)(readers[r].cursor - count + at));
            read[r] += count;
        }
    }
    assert_int_equal(read[0], 10000);
    assert_int_equal(read[1], 10000 / EVENTS * EVENTS);
    assert_int_equal(readers[0].lost + readers[1].lost, 0);
    assert_int_equal(read[2], 10 * EVENTS);
    assert_int_equal(readers[2].lost, 10000 - 10 * EVENTS);
    assert_int_equal(tare_ring_next(ring) - tare_ring_first(ring), EVENTS);
    tare_ring_destroy(&ring);
}

static void atom_cache(void **state)
{
    const struct tare_intern_options options = {.strings_max = 1000};
    struct tare_intern *names;
    char name[16];

    (void)state;
    assert_int_equal(tare_intern_create(&names, &options), 0);
    uint32_t quota = tare_intern_insert(names, "check_quota", 11);
    assert_true(quota && tare_intern_insert(names, "check_quota", 11) == quota);
    assert_string_equal(tare_intern_text(names, quota), "check_quota");
    uint32_t last = quota, kept = 1;
    for (int i = 0; i < 2000; i++) {
        int bytes = snprintf(name, sizeof name, "tenant_%d", i);
        uint32_t id = tare_intern_insert(names, name, (size_t)bytes);

        kept += id != 0;
        assert_true(!id || id != last);
        last = id ? id : last;
    }
    assert_int_equal(kept, 1000); /* names from outside have a limit, */
    assert_int_equal(tare_intern_insert(names, "check_quota", 11), quota); /* and stay */
    tare_intern_destroy(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(governor_memory),
        cmocka_unit_test(multiple_governors_memory),
        cmocka_unit_test(single_request_latency),
        cmocka_unit_test(p99_latency),
        cmocka_unit_test(throughput),
        cmocka_unit_test(ring_buffer_add),
        cmocka_unit_test(ring_buffer_overflow),
        cmocka_unit_test(atom_cache),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
