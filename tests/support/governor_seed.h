/* SPDX-License-Identifier: MIT
 *
 * support/governor_seed.h - the governors of the fuzzer, whose seeds have to be snapshots of them.
 *
 * Shape    kind -> policy: type (3 bits), lossless, closed, answers (3 bits)
 *          seed: { kind }, { bytes of the snapshot / 8 }, snapshot, requests
 * Units    as tare/governor.h
 * Owner    The caller destroys the policy.
 * Threads  thread-safe
 * Errors   Without memory the program ends.
 * Cost     none
 * Source   none
 */
#ifndef TARE_SUPPORT_GOVERNOR_SEED_H
#define TARE_SUPPORT_GOVERNOR_SEED_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <tare/governor.h>
#include <tare/map_hash.h>

static inline struct tare_governor_policy *seed_policy(uint8_t kind)
{
    struct tare_governor_config config = {.type = (enum tare_governor_type)(kind & 7) %
                                                  TARE_GOVERNOR_TYPES,
                                          .tenants = 5,
                                          .events = 6,
                                          .is_lossless = kind >> 3 & 1,
                                          .is_closed = kind >> 4 & 1,
                                          .answers = 1 + (kind >> 5),
                                          .seed = 1};
    struct tare_governor_policy *policy;

    switch (config.type) {
    case TARE_GOVERNOR_QUOTA:
        config.quota = (struct tare_governor_quota){
            .limit = 7, .period_ns = 1000, .burst = 5, .window = (kind >> 5) % 3};
        break;
    case TARE_GOVERNOR_ENTITLEMENT:
        memset(config.entitlement.features, TARE_GOVERNOR_VALUE, 5);
        config.entitlement.grants = 6;
        break;
    case TARE_GOVERNOR_BILLING:
        config.billing = (struct tare_governor_billing){.credit_limit = 50, .grace_ns = 9};
        break;
    case TARE_GOVERNOR_SUBSCRIPTION:
        config.subscription.dunning_ns = 40;
        break;
    default:
        config.compliance = (struct tare_governor_compliance){
            .rules = {{.compare = TARE_GOVERNOR_LESS,
                       .value = 2,
                       .effect = TARE_GOVERNOR_FLAGS_IT},
                      {.compare = TARE_GOVERNOR_LESS, .value = 10, .in_review = true},
                      {.effect = TARE_GOVERNOR_DENIES, .value = 10, .severity = 3}},
            .rule_count = 3,
            .flag_limit = 3,
            .flag_window_ns = 50};
    }
    if (tare_governor_policy_create(&policy, &config, NULL))
        abort();
    return policy;
}

/* Its hash is put right first, so that what it guards is looked at. */
static inline int seed_restore(struct tare_governor *governor, const uint8_t *data,
                               size_t bytes)
{
    enum { HASH_AT = 8, HASHED_FROM = 16 };
    uint64_t hash;
    char *snapshot = aligned_alloc(64, (bytes + 64) & ~(size_t)63);

    if (!snapshot)
        abort();
    memcpy(snapshot, data, bytes);
    if (bytes >= HASHED_FROM) {
        memcpy(&hash, snapshot, sizeof hash); /* the magic number seeds it */
        hash = tare_hash_text(snapshot + HASHED_FROM, bytes - HASHED_FROM, hash);
        memcpy(snapshot + HASH_AT, &hash, sizeof hash);
    }
    int err = tare_governor_restore(governor, snapshot, bytes);
    free(snapshot);
    return err;
}

#endif
