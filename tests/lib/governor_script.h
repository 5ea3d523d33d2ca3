/* SPDX-License-Identifier: MIT
 *
 * Requests of any kind to governors of each type, the same for the same number.
 */
#ifndef LIB_GOVERNOR_SCRIPT_H
#define LIB_GOVERNOR_SCRIPT_H

#include "lib/governor_fixture.h"

enum { SCRIPT_TENANTS = 12 };

static inline uint64_t script_random(uint64_t *seed, uint64_t limit)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (*seed >> 33) % limit;
}

static inline struct tare_governor_config script_config(enum tare_governor_type type)
{
    struct tare_governor_config config = {
        .type = type, .tenants = 9, .events = 16, .answers = 5, .seed = 1};

    switch (type) {
    case TARE_GOVERNOR_QUOTA:
        config.quota =
            (struct tare_governor_quota){.limit = 100, .period_ns = SECOND, .burst = 9};
        break;
    case TARE_GOVERNOR_ENTITLEMENT:
        memset(config.entitlement.features, TARE_GOVERNOR_VALUE, 8);
        config.entitlement.grants = 20;
        break;
    case TARE_GOVERNOR_BILLING:
        config.billing =
            (struct tare_governor_billing){.credit_limit = 500, .grace_ns = SECOND / 9};
        break;
    case TARE_GOVERNOR_SUBSCRIPTION:
        config.subscription.dunning_ns = SECOND / 9;
        break;
    default:
        config.compliance = (struct tare_governor_compliance){
            .rules = {{.compare = TARE_GOVERNOR_LESS,
                       .value = 2,
                       .effect = TARE_GOVERNOR_FLAGS_IT},
                      {.compare = TARE_GOVERNOR_LESS, .value = 10, .in_review = true},
                      {.compare = TARE_GOVERNOR_EQUAL,
                       .value = 10,
                       .effect = TARE_GOVERNOR_DENIES,
                       .severity = TARE_GOVERNOR_CRITICAL}},
            .rule_count = 3,
            .flag_limit = 3,
            .flag_window_ns = SECOND / 20};
    }
    return config;
}

/* Any op, with times that advance, and now and then one of before, an id, an id again. */
static inline struct tare_governor_request script_request(uint64_t number,
                                                          uint64_t *attribute)
{
    uint64_t seed = number;

    *attribute = script_random(&seed, 12);
    uint64_t back = script_random(&seed, 4) ? 0 : script_random(&seed, number + 1);
    uint64_t now_ns = number * 2000000 - back * 1000000;

    return (struct tare_governor_request){
        .now_ns = (int64_t)now_ns,
        .tenant = (uint32_t)script_random(&seed, SCRIPT_TENANTS),
        .op = (uint8_t)script_random(&seed, TARE_GOVERNOR_OPS),
        .severity = (uint8_t)script_random(&seed, 5),
        .feature = (uint16_t)script_random(&seed, 9),
        .quantity = (uint32_t)script_random(&seed, 11),
        .plan = (uint32_t)script_random(&seed, 3),
        .version = (uint32_t)number,
        .is_trial = script_random(&seed, 4) == 0,
        .amount = (int64_t)script_random(&seed, 300),
        .value = script_random(&seed, 256),
        .from_ns = (int64_t)(script_random(&seed, 2) * now_ns),
        .until_ns = (int64_t)(now_ns + script_random(&seed, (uint64_t)SECOND)),
        .attributes = attribute,
        .attribute_count = 1,
        .id = {script_random(&seed, 3) ? number - script_random(&seed, 2) : 0},
    };
}

/* Now and then events are stored elsewhere; mostly before there is no room. */
static inline void script_release(struct governed *governed, uint64_t number)
{
    struct tare_ring *ring = tare_governor_ring(governed->governor);

    if (number % 29 == 0 && governed->policy->is_lossless)
        tare_ring_release(ring, tare_ring_next(ring));
}

#endif
