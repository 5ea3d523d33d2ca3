/* SPDX-License-Identifier: MIT
 *
 * A governor's beginning, end and states, and what can be asked about it.
 */
#include <tare/governor.h>

#include <errno.h>

#include "modules/debug.h"
#include "modules/governor_core.h"

/* What the maps reserve, once after each reset; what they would grow by there is not. */
static void *region_resize(struct tare_mem *mem, void *block, size_t old_bytes,
                           size_t new_bytes, size_t alignment)
{
    struct tare_governor *governor =
        (void *)((char *)mem - offsetof(struct tare_governor, mem));
    size_t end = governor->policy->bytes;
    size_t at = (governor->region_used + alignment - 1) & ~(alignment - 1);

    (void)old_bytes;
    if (block || at > end || new_bytes > end - at)
        return NULL;
    governor->region_used = (uint32_t)(at + new_bytes);
    return (char *)governor + at;
}

struct tare_ring *tare_governor_ring(struct tare_governor *governor)
{
    return tare__ring_of(governor);
}

struct tare_ring_options
tare__governor_ring_options(const struct tare_governor_policy *policy, uint64_t first_id)
{
    return (struct tare_ring_options){
        .event_bytes = sizeof(struct tare_governor_event),
        .capacity = policy->config.events,
        .is_lossless = policy->is_lossless,
        .first_id = first_id,
    };
}

/* All but the ring. */
void tare__governor_begin(struct tare_governor *governor,
                          const struct tare_governor_policy *policy)
{
    bool is_owner = governor->is_owner;
    struct tare_map_options options = {.mem = &governor->mem, .seed = policy->config.seed};
    int err;

    *governor = (struct tare_governor){.mem = {region_resize, "governor"},
                                       .policy = policy,
                                       .region_used = policy->region_at,
                                       .is_owner = is_owner,
                                       .blank_ns = INT64_MAX};
    tare__tenants_init(&governor->tenants, &options);
    err = tare__tenants_reserve(&governor->tenants, policy->config.tenants);
    if (policy->grants_at) {
        tare__grants_init(tare__grants_of(governor), &options);
        err |= tare__grants_reserve(tare__grants_of(governor),
                                    policy->config.entitlement.grants);
    }
    if (policy->config.answers)
        memset(tare__tags_of(governor), 0,
               tare__tags_count(policy->config.answers) * sizeof(tare__tags));
    TARE_ASSERT(!err); /* the region has just this room */
    (void)err;
}

int tare_governor_init(struct tare_governor **governor, void *memory, size_t bytes,
                       const struct tare_governor_policy *policy)
{
    struct tare_governor *made = memory;
    const struct tare_ring_options options = tare__governor_ring_options(policy, 0);
    struct tare_ring *ring;

    if (bytes < policy->bytes || (uintptr_t)memory % 64)
        return -EINVAL;
    made->is_owner = false;
    tare__governor_begin(made, policy);
    int err = tare_ring_init(&ring, tare__ring_of(made), policy->ring_bytes, &options);
    if (err)
        return err;
    *governor = made;
    TARE_AUDIT(tare__governor_valid(made));
    return 0;
}

int tare_governor_create(struct tare_governor **governor,
                         const struct tare_governor_policy *policy)
{
    void *memory = tare_mem_alloc(policy->mem, policy->bytes, 64);

    if (!memory)
        return -ENOMEM;
    int err = tare_governor_init(governor, memory, policy->bytes, policy);
    if (err)
        tare_mem_free(policy->mem, memory, policy->bytes, 64);
    else
        (*governor)->is_owner = true;
    return err;
}

void tare_governor_destroy(struct tare_governor **governor)
{
    struct tare_governor *gone = *governor;

    *governor = NULL;
    if (!gone)
        return;
    TARE_ASSERT(gone->is_owner);
    tare_mem_free(gone->policy->mem, gone, gone->policy->bytes, 64);
}

void tare_governor_reset(struct tare_governor *governor)
{
    const struct tare_governor_policy *policy = governor->policy;
    struct tare_ring *ring = tare__ring_of(governor);
    const struct tare_ring_options options =
        tare__governor_ring_options(policy, tare_ring_next(ring));

    /* Lossless events stay, unless the ring is damaged, too. */
    if (!policy->is_lossless || tare_ring_open(&ring, ring, policy->ring_bytes)) {
        int err = tare_ring_init(&ring, ring, policy->ring_bytes, &options);

        TARE_ASSERT(!err);
        (void)err;
    }
    tare__governor_begin(governor, policy);
    TARE_AUDIT(tare__governor_valid(governor));
}

int64_t tare_governor_next_deadline(const struct tare_governor *governor)
{
    struct tare_map_cursor cursor = {0};
    const struct tare__tenants_entry *entry;
    int64_t next_ns = INT64_MAX;

    while ((entry = tare__tenants_next(&governor->tenants, &cursor))) {
        int64_t at_ns =
            governor->policy->type->deadline(governor, entry, governor->last_ns);

        next_ns = at_ns < next_ns ? at_ns : next_ns;
    }
    return next_ns;
}

/* What is used of the burst stays the same share of it; of a calendar's window it stays the same. */
static void adapt(struct tare__tenant *tenant, const struct tare_governor_policy *from,
                  const struct tare_governor_policy *to, int64_t now_ns)
{
    __extension__ typedef __int128 wide;
    const struct tare_governor_quota *quota = &to->config.quota;
    int64_t used_ns = tenant->quota.used_until_ns - now_ns;

    if (to->type != &tare__governor_quota)
        return;
    if (quota->window != TARE_GOVERNOR_ROLLING) {
        if (tenant->quota.used > quota->limit)
            tenant->quota.used = quota->limit;
        return;
    }
    if (used_ns <= 0)
        return;
    wide scaled = (wide)used_ns * to->step_ns / from->step_ns;
    tenant->quota.used_until_ns =
        now_ns + (scaled < to->full_ns ? (int64_t)scaled : to->full_ns);
}

/* Are the sizes and the meanings of what is kept the same? */
static bool is_alike(const struct tare_governor_policy *one,
                     const struct tare_governor_policy *other)
{
    const struct tare_governor_config *a = &one->config, *b = &other->config;

    if (a->type != b->type || a->tenants != b->tenants || a->events != b->events ||
        a->answers != b->answers || one->is_lossless != other->is_lossless)
        return false;
    switch (a->type) {
    case TARE_GOVERNOR_QUOTA:
        return a->quota.window == b->quota.window;
    case TARE_GOVERNOR_ENTITLEMENT:
        return a->entitlement.grants == b->entitlement.grants;
    case TARE_GOVERNOR_BILLING:
        return a->billing.currency == b->billing.currency;
    default:
        return true;
    }
}

int tare_governor_reconfigure(struct tare_governor *governor,
                              const struct tare_governor_policy *policy, int64_t now_ns)
{
    const struct tare_governor_policy *from = governor->policy;
    struct tare_map_cursor cursor = {0};
    struct tare__tenants_entry *entry;

    if (!is_alike(from, policy) || now_ns < 0 || now_ns > TARE__TIME_MOST ||
        (governor->is_owner && from->mem != policy->mem))
        return -EINVAL;
    now_ns = now_ns > governor->last_ns ? now_ns : governor->last_ns;
    while ((entry = tare__tenants_next(&governor->tenants, &cursor))) {
        struct tare__tenant tenant = entry->value;

        adapt(&tenant, from, policy, now_ns);
        if (!policy->type->valid(policy, &tenant, now_ns))
            return -EINVAL;
    }
    cursor = (struct tare_map_cursor){0};
    while ((entry = tare__tenants_next(&governor->tenants, &cursor)))
        adapt(&entry->value, from, policy, now_ns);
    governor->policy = policy;
    governor->blank_ns = INT64_MIN;
    governor->last_ns = now_ns;
    TARE_AUDIT(tare__governor_valid(governor));
    return 0;
}

enum tare_governor_life tare_governor_life(const struct tare_governor *governor)
{
    return (enum tare_governor_life)governor->life;
}

void tare_governor_suspend(struct tare_governor *governor)
{
    if (governor->life == TARE_GOVERNOR_RUNS)
        governor->life = TARE_GOVERNOR_IS_SUSPENDED;
}

void tare_governor_resume(struct tare_governor *governor)
{
    if (governor->life == TARE_GOVERNOR_IS_SUSPENDED)
        governor->life = TARE_GOVERNOR_RUNS;
}

void tare_governor_fault(struct tare_governor *governor)
{
    governor->life = TARE_GOVERNOR_IS_FAULTED;
}

void tare_governor_get_stats(const struct tare_governor *governor,
                             struct tare_governor_stats *stats)
{
    *stats = (struct tare_governor_stats){
        .answered = tare_ring_next(tare__ring_of(governor)),
        .denied = governor->denied,
        .errors = governor->errors,
        .replayed = governor->replayed,
        .stale_clocks = governor->stale_clocks,
        .tenants = tare__tenants_count(&governor->tenants),
        .last_ns = governor->last_ns,
    };
}
