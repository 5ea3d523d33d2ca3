/* SPDX-License-Identifier: MIT
 *
 * Snapshots: [header][tenants, by number][grants, by key][answers, oldest first][events, oldest first].
 * Of the same state they are the same, wherever in its maps a governor has it. Their bytes are not
 * trusted: all is looked at before anything is changed.
 */
#include <errno.h>
#include <stdlib.h>

#include "modules/debug.h"
#include "modules/governor_core.h"
#include "modules/ring_core.h"

#define MAGIC UINT64_C(0x32766f6765726174)

struct header {
    uint64_t magic;
    uint64_t hash; /* of what follows it */
    uint32_t type, tenants, grants, answers, events, unused;
    int64_t last_ns, blank_ns;
    uint64_t denied, errors, replayed, stale_clocks;
    uint64_t next_seq;
};

/* Where the parts are, in a snapshot of these counts. */
struct parts {
    struct header *header;
    struct tare__tenants_entry *tenants;
    struct tare__grants_entry *grants;
    struct tare__answer *answers;
    struct tare_governor_event *events;
};

static size_t bytes_of(const struct header *counts)
{
    return sizeof *counts + counts->grants * sizeof(struct tare__grants_entry) +
           counts->answers * sizeof(struct tare__answer) +
           counts->events * sizeof(struct tare_governor_event) +
           counts->tenants * sizeof(struct tare__tenants_entry);
}

static struct parts parts_of(void *snapshot, const struct header *counts)
{
    char *at = (char *)snapshot + sizeof(struct header);
    struct parts parts = {.header = snapshot};

    parts.grants = (void *)at;
    at += counts->grants * sizeof *parts.grants;
    parts.answers = (void *)at;
    at += counts->answers * sizeof *parts.answers;
    parts.events = (void *)at;
    at += counts->events * sizeof *parts.events;
    parts.tenants = (void *)at; /* the last: the others are of 8 bytes */
    return parts;
}

static bool has_grants(const struct tare_governor_policy *policy)
{
    return policy->grants_at != 0;
}

size_t tare_governor_snapshot_bytes(const struct tare_governor_policy *policy)
{
    const struct header most = {
        .tenants = policy->config.tenants,
        .grants = has_grants(policy) ? policy->config.entitlement.grants : 0,
        .answers = policy->config.answers,
        .events = policy->config.events,
    };

    return bytes_of(&most);
}

static uint64_t first_event(const struct tare_governor *governor)
{
    const struct tare_ring *ring = tare__ring_of(governor);

    return governor->policy->is_lossless ? tare_ring_low(ring) : tare_ring_first(ring);
}

static int by_tenant(const void *a, const void *b)
{
    uint32_t one = ((const struct tare__tenants_entry *)a)->key;
    uint32_t other = ((const struct tare__tenants_entry *)b)->key;

    return (one > other) - (one < other);
}

static int by_grant(const void *a, const void *b)
{
    uint64_t one = ((const struct tare__grants_entry *)a)->key;
    uint64_t other = ((const struct tare__grants_entry *)b)->key;

    return (one > other) - (one < other);
}

static void save_maps(const struct tare_governor *governor, const struct parts *parts)
{
    struct tare_map_cursor cursor = {0};
    const struct tare__tenants_entry *tenant;
    const struct tare__grants_entry *grant;
    size_t count = 0;

    while ((tenant = tare__tenants_next(&governor->tenants, &cursor)))
        parts->tenants[count++] = *tenant;
    qsort(parts->tenants, count, sizeof *parts->tenants, by_tenant);
    if (!has_grants(governor->policy))
        return;
    cursor = (struct tare_map_cursor){0};
    count = 0;
    while ((grant = tare__grants_next(tare__grants_of(governor), &cursor)))
        parts->grants[count++] = *grant;
    qsort(parts->grants, count, sizeof *parts->grants, by_grant);
}

static void save_answers(const struct tare_governor *governor, const struct parts *parts)
{
    uint32_t most = governor->policy->config.answers;

    for (uint32_t i = 0; i < parts->header->answers; i++) {
        uint32_t first = governor->has_all_answers ? governor->next_answer : 0;

        parts->answers[i] = tare__answer_list(governor)[(first + i) % most];
    }
}

static uint64_t hash_of(const struct header *header, size_t bytes)
{
    size_t before = offsetof(struct header, hash) + sizeof header->hash;

    return tare_hash_text((const char *)header + before, bytes - before, MAGIC);
}

size_t tare_governor_save(const struct tare_governor *governor, void *snapshot,
                          size_t bytes)
{
    const struct tare_governor_policy *policy = governor->policy;
    const struct tare_ring *ring = tare__ring_of(governor);
    uint64_t first = first_event(governor);
    struct header header = {
        .magic = MAGIC,
        .type = policy->config.type,
        .tenants = (uint32_t)tare__tenants_count(&governor->tenants),
        .grants = has_grants(policy)
                      ? (uint32_t)tare__grants_count(tare__grants_of(governor))
                      : 0,
        .answers = tare__answers_count(governor),
        .events = (uint32_t)(tare_ring_next(ring) - first),
        .last_ns = governor->last_ns,
        .blank_ns = governor->blank_ns,
        .denied = governor->denied,
        .errors = governor->errors,
        .replayed = governor->replayed,
        .stale_clocks = governor->stale_clocks,
        .next_seq = tare_ring_next(ring),
    };
    size_t needs = bytes_of(&header);

    if (bytes < needs || (uintptr_t)snapshot % 8)
        return 0;
    struct parts parts = parts_of(snapshot, &header);
    *parts.header = header;
    save_maps(governor, &parts);
    save_answers(governor, &parts);
    for (uint32_t i = 0; i < header.events; i++) {
        bool is_there = tare_governor_events_get(ring, first + i, &parts.events[i]);

        TARE_ASSERT(is_there);
        (void)is_there;
    }
    parts.header->hash = hash_of(parts.header, needs);
    return needs;
}

static bool tenants_valid(const struct tare_governor_policy *policy,
                          const struct parts *parts)
{
    uint64_t detailed = 0;

    for (uint32_t i = 0; i < parts->header->tenants; i++) {
        const struct tare__tenants_entry *entry = &parts->tenants[i];

        if ((i && entry[-1].key >= entry->key) ||
            !policy->type->valid(policy, &entry->value, parts->header->last_ns) ||
            (!policy->config.is_closed &&
             policy->type->blank_from(policy, &entry->value) < parts->header->blank_ns))
            return false;
        if (policy->config.type == TARE_GOVERNOR_ENTITLEMENT)
            detailed += (unsigned)__builtin_popcountll(entry->value.entitlement.detailed);
    }
    return detailed == parts->header->grants;
}

/* There are as many as the tenants have, and each is one of these: so all of these are there. */
static bool grants_valid(const struct parts *parts)
{
    for (uint32_t i = 0; i < parts->header->grants; i++) {
        const struct tare__grants_entry *grant = &parts->grants[i];
        const struct tare__tenants_entry key = {.key = (uint32_t)(grant->key >> 8)};
        const struct tare__tenants_entry *tenant =
            bsearch(&key, parts->tenants, parts->header->tenants, sizeof key, by_tenant);
        uint32_t feature = grant->key & 255;

        if ((i && grant[-1].key >= grant->key) || grant->key >> 40 || !tenant ||
            feature >= TARE_GOVERNOR_FEATURES ||
            !(tenant->value.entitlement.detailed >> feature & 1) ||
            grant->value.from_ns < 0 || grant->value.from_ns > TARE__TIME_MOST ||
            grant->value.until_ns < 0 || grant->value.until_ns > TARE__TIME_MOST)
            return false;
    }
    return true;
}

static bool events_valid(const struct parts *parts)
{
    uint64_t first = parts->header->next_seq - parts->header->events;

    for (uint32_t i = 0; i < parts->header->events; i++)
        if (parts->events[i].seq != (uint32_t)(first + i) ||
            parts->events[i].op >= TARE_GOVERNOR_OPS ||
            parts->events[i].verdict > TARE_GOVERNOR_DENY ||
            parts->events[i].reason >= TARE_GOVERNOR_REASONS)
            return false;
    for (uint32_t i = 0; i < parts->header->answers; i++)
        if ((parts->answers[i].words & 3) > TARE_GOVERNOR_DENY ||
            (parts->answers[i].words >> 2 & 63) >= TARE_GOVERNOR_REASONS ||
            !(parts->answers[i].id[0] | parts->answers[i].id[1]))
            return false;
    return true;
}

static bool header_valid(const struct tare_governor_policy *policy,
                         const struct header *header)
{
    uint32_t grants = has_grants(policy) ? policy->config.entitlement.grants : 0;

    return header->magic == MAGIC && header->type == policy->config.type &&
           header->tenants <= policy->config.tenants && header->grants <= grants &&
           header->answers <= policy->config.answers &&
           header->events <= policy->config.events && header->events <= header->next_seq &&
           !(header->next_seq >> 62) && header->last_ns >= 0 &&
           header->last_ns <= TARE__TIME_MOST && !header->unused;
}

static void restore(struct tare_governor *governor, const struct parts *parts)
{
    const struct tare_governor_policy *policy = governor->policy;
    const struct header *header = parts->header;
    const struct tare_ring_options options =
        tare__governor_ring_options(policy, header->next_seq - header->events);
    struct tare_ring *ring = tare__ring_of(governor);
    int err = tare_ring_init(&ring, ring, policy->ring_bytes, &options);

    tare__governor_begin(governor, policy);
    for (uint32_t i = 0; i < header->events; i++)
        tare_governor_events_push(ring, &parts->events[i]);
    for (uint32_t i = 0; i < header->tenants; i++)
        err |= tare__tenants_insert(&governor->tenants, parts->tenants[i].key,
                                    parts->tenants[i].value);
    for (uint32_t i = 0; i < header->grants; i++)
        err |= tare__grants_insert(tare__grants_of(governor), parts->grants[i].key,
                                   parts->grants[i].value);
    for (uint32_t i = 0; i < header->answers; i++)
        *tare__answer_put(governor, parts->answers[i].id) = parts->answers[i];
    TARE_ASSERT(!err); /* there is room for as many as the policy says */
    (void)err;
    governor->last_ns = header->last_ns;
    governor->blank_ns = header->blank_ns;
    governor->denied = header->denied;
    governor->errors = header->errors;
    governor->replayed = header->replayed;
    governor->stale_clocks = header->stale_clocks;
}

int tare_governor_restore(struct tare_governor *governor, const void *snapshot,
                          size_t bytes)
{
    const struct tare_governor_policy *policy = governor->policy;
    struct header *header = (struct header *)(uintptr_t)snapshot;

    if (bytes < sizeof *header || (uintptr_t)snapshot % 8 ||
        !header_valid(policy, header) || bytes != bytes_of(header) ||
        hash_of(header, bytes) != header->hash)
        return -EBADMSG;
    struct parts parts = parts_of(header, header);
    if (!tenants_valid(policy, &parts) || !grants_valid(&parts) || !events_valid(&parts))
        return -EBADMSG;
    restore(governor, &parts);
    TARE_AUDIT(tare__governor_valid(governor));
    return 0;
}

/* What stands beside the tenants, and that it ends where it has to. */
static bool parts_valid(const struct tare_governor *governor)
{
    const struct tare_governor_policy *policy = governor->policy;
    const struct tare_ring *ring = tare__ring_of(governor);
    const struct tare__grants *grants = tare__grants_of(governor);

    if (!tare__ring_valid(ring) || ring->shape.capacity != policy->config.events ||
        ring->shape.event_bytes != sizeof(struct tare_governor_event) ||
        governor->next_answer >= policy->config.answers + !policy->config.answers)
        return false;
    return !has_grants(policy) ||
           (tare__grants_count(grants) <= policy->config.entitlement.grants &&
            tare__grants_valid(grants));
}

bool tare__governor_valid(const struct tare_governor *governor)
{
    const struct tare_governor_policy *policy = governor->policy;
    struct tare_map_cursor cursor = {0};
    const struct tare__tenants_entry *entry;

    if (governor->life > TARE_GOVERNOR_IS_FAULTED ||
        governor->region_used > policy->bytes || !parts_valid(governor) ||
        tare__tenants_count(&governor->tenants) > policy->config.tenants ||
        !tare__tenants_valid(&governor->tenants))
        return false;
    while ((entry = tare__tenants_next(&governor->tenants, &cursor)))
        if (!policy->type->valid(policy, &entry->value, governor->last_ns) ||
            (!policy->config.is_closed &&
             policy->type->blank_from(policy, &entry->value) < governor->blank_ns))
            return false;
    return true;
}
