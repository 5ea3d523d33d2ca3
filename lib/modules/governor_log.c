/* SPDX-License-Identifier: MIT
 *
 * Records of requests. A record says of which seq its answer was, and up to where events were released
 * then: a lossless governor refuses otherwise what it once answered.
 */
#include <tare/governor_log.h>

#include <string.h>

#include "modules/governor_core.h"

/* What a request has, each in a place of its own: padding would be anything. */
struct record {
    uint64_t hash; /* of what follows it */
    uint64_t seq, low;
    int64_t now_ns, amount, from_ns, until_ns;
    uint64_t value, id[2];
    uint32_t tenant, quantity, plan, version;
    uint32_t attributes;
    uint16_t feature, currency;
    uint8_t op, severity, is_trial;
    uint8_t unused[5];
};
TARE__ASSERT(sizeof(struct record) == TARE_GOVERNOR_RECORD_BYTES, "records have this size");

static uint64_t hash_of(const struct record *record, size_t bytes)
{
    return tare_hash_text((const char *)record + sizeof record->hash,
                          bytes - sizeof record->hash, TARE_GOVERNOR_RECORD_BYTES);
}

size_t tare_governor_log_put(struct tare_governor *governor,
                             const struct tare_governor_request *request,
                             const struct tare_governor_decision *decision, void *log,
                             size_t bytes)
{
    struct record *record = log;
    size_t needs = sizeof *record + request->attribute_count * sizeof(uint64_t);

    if (decision->verdict == TARE_GOVERNOR_ERROR || request->op == TARE_GOVERNOR_PEEK ||
        decision->flags & TARE_GOVERNOR_REPLAYED || bytes < needs)
        return 0;
    *record = (struct record){.seq = decision->seq,
                              .low = tare_ring_low(tare__ring_of(governor)),
                              .now_ns = request->now_ns,
                              .amount = request->amount,
                              .from_ns = request->from_ns,
                              .until_ns = request->until_ns,
                              .value = request->value,
                              .id = {request->id[0], request->id[1]},
                              .tenant = request->tenant,
                              .quantity = request->quantity,
                              .plan = request->plan,
                              .version = request->version,
                              .attributes = request->attribute_count,
                              .feature = request->feature,
                              .currency = request->currency,
                              .op = request->op,
                              .severity = request->severity,
                              .is_trial = request->is_trial};
    if (request->attribute_count)
        memcpy(record + 1, request->attributes, needs - sizeof *record);
    record->hash = hash_of(record, needs);
    return needs;
}

/* The bytes of the record at the beginning of these; 0: it is none. */
static size_t record_bytes(const struct record *record, size_t bytes)
{
    if (bytes < sizeof *record ||
        record->attributes > (bytes - sizeof *record) / sizeof(uint64_t))
        return 0;
    size_t needs = sizeof *record + record->attributes * sizeof(uint64_t);
    return record->hash == hash_of(record, needs) ? needs : 0;
}

static bool ask_again(struct tare_governor *governor, const struct record *record)
{
    const struct tare_governor_request request = {
        .now_ns = record->now_ns,
        .tenant = record->tenant,
        .op = record->op,
        .severity = record->severity,
        .feature = record->feature,
        .quantity = record->quantity,
        .plan = record->plan,
        .version = record->version,
        .currency = record->currency,
        .is_trial = record->is_trial != 0,
        .amount = record->amount,
        .value = record->value,
        .from_ns = record->from_ns,
        .until_ns = record->until_ns,
        .attributes = (const uint64_t *)(const void *)(record + 1),
        .attribute_count = record->attributes,
        .id = {record->id[0], record->id[1]}};
    struct tare_governor_decision decision;
    struct tare_ring *ring = tare__ring_of(governor);

    if (governor->policy->is_lossless && record->low <= tare_ring_next(ring))
        tare_ring_release(ring, record->low);
    return tare_governor_ask(governor, &request, &decision) != TARE_GOVERNOR_ERROR &&
           decision.seq == record->seq && !(decision.flags & TARE_GOVERNOR_REPLAYED);
}

size_t tare_governor_replay(struct tare_governor *governor, const void *log, size_t bytes,
                            size_t *good_bytes)
{
    const struct tare_ring *ring = tare__ring_of(governor);
    size_t at = 0, asked = 0, needs;

    for (;; at += needs) {
        const struct record *record = (const void *)((const char *)log + at);

        needs = record_bytes(record, bytes - at);
        if (!needs || record->seq > tare_ring_next(ring))
            break;
        if (record->seq < tare_ring_next(ring))
            continue; /* the snapshot has it */
        if (!ask_again(governor, record))
            break;
        asked++;
    }
    if (good_bytes)
        *good_bytes = at;
    return asked;
}
