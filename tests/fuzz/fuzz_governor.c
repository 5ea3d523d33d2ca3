/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a snapshot, then any requests, by any type of governor: the validators hold after each, and
 * a snapshot of the result restores to itself.
 *     input: { type (3 bits), lossless, closed, answers (3 bits) }, { bytes of the snapshot / 8 },
 *            snapshot, requests of 16 bytes
 * Its hash is put right, so that what it guards is looked at, too.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <tare/governor.h>
#include <tare/governor_log.h>

#include "modules/governor_core.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

enum { STEP_BYTES = 16, HASH_AT = 8, HASHED_FROM = 16 };

static struct tare_governor_policy *policy_of(uint8_t kind)
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

static void restore(struct tare_governor *governor, const uint8_t *data, size_t bytes)
{
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
    (void)!tare_governor_restore(governor, snapshot, bytes);
    free(snapshot);
}

static void step(struct tare_governor *governor, const uint8_t *data, int64_t *now_ns)
{
    uint64_t attribute = data[7];
    struct tare_ring *ring = tare_governor_ring(governor);
    struct tare_governor_decision decision;
    int64_t far;

    *now_ns += (int8_t)data[0];
    memcpy(&far, data + 8, sizeof far);
    struct tare_governor_request request = {.now_ns = data[1] & 128 ? far : *now_ns,
                                            .tenant = data[1] & 7,
                                            .op = data[2],
                                            .severity = data[3] & 7,
                                            .feature = data[3] >> 5,
                                            .quantity = data[4],
                                            .plan = data[4],
                                            .version = data[5],
                                            .currency = data[6] & 1,
                                            .is_trial = data[6] >> 1 & 1,
                                            .amount = data[6] & 4 ? far : data[7],
                                            .value = data[6] & 8 ? (uint64_t)far : data[7],
                                            .from_ns = data[6] & 16 ? far : 0,
                                            .until_ns =
                                                data[6] & 32 ? far : *now_ns + data[7],
                                            .attributes = &attribute,
                                            .attribute_count = data[6] >> 6 & 1,
                                            .id = {data[6] >> 7 ? data[5] : 0}};
    tare_governor_ask(governor, &request, &decision);
    if (data[2] == TARE_GOVERNOR_OPS)
        tare_ring_release(ring, tare_ring_next(ring));
    else if (data[2] == TARE_GOVERNOR_OPS + 1)
        (void)!tare_governor_admit(governor, data[1] & 7, far);
    else if (data[2] == TARE_GOVERNOR_OPS + 2)
        tare_governor_reset(governor);
    else if (data[2] == TARE_GOVERNOR_OPS + 3)
        (void)tare_governor_next_deadline(governor);
    if (!tare__governor_valid(governor))
        abort();
}

static void restore_own(struct tare_governor *governor,
                        const struct tare_governor_policy *policy)
{
    size_t most = tare_governor_snapshot_bytes(policy);
    void *one = malloc(most), *other = malloc(most);

    if (!one || !other)
        abort();
    size_t bytes = tare_governor_save(governor, one, most);
    if (!bytes || tare_governor_restore(governor, one, bytes) ||
        tare_governor_save(governor, other, most) != bytes || memcmp(one, other, bytes))
        abort();
    free(one);
    free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct tare_governor *governor;
    int64_t now_ns = 1000;

    if (bytes < 2)
        return 0;
    struct tare_governor_policy *policy = policy_of(data[0]);
    if (tare_governor_create(&governor, policy))
        abort();
    size_t snapshot_bytes = data[1] * 8u;
    data += 2;
    bytes -= 2;
    if (snapshot_bytes > bytes)
        snapshot_bytes = bytes;
    restore(governor, data, snapshot_bytes);
    for (size_t at = snapshot_bytes; at + STEP_BYTES <= bytes; at += STEP_BYTES)
        step(governor, data + at, &now_ns);
    restore_own(governor, policy);
    tare_governor_destroy(&governor);
    tare_governor_policy_destroy(&policy);
    return 0;
}
