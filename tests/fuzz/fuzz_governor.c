/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a snapshot, then any requests, by any type of governor: the validators hold after each, and
 * a snapshot of the result restores to itself.
 * support/governor_seed.h tells what the bytes mean; a request has 16 of them.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <tare/governor.h>
#include <tare/governor_log.h>

#include "modules/governor_core.h"
#include "support/governor_seed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

enum { STEP_BYTES = 16 };

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
    struct tare_governor_policy *policy = seed_policy(data[0]);
    if (tare_governor_create(&governor, policy))
        abort();
    size_t snapshot_bytes = data[1] * 8u;
    data += 2;
    bytes -= 2;
    if (snapshot_bytes > bytes)
        snapshot_bytes = bytes;
    (void)!seed_restore(governor, data, snapshot_bytes);
    for (size_t at = snapshot_bytes; at + STEP_BYTES <= bytes; at += STEP_BYTES)
        step(governor, data + at, &now_ns);
    restore_own(governor, policy);
    tare_governor_destroy(&governor);
    tare_governor_policy_destroy(&policy);
    return 0;
}
