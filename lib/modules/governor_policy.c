/* SPDX-License-Identifier: MIT
 *
 * What all governors of a policy have in common: where the parts of their memory are, and reckoned
 * numbers.
 */
#include <errno.h>

#include "modules/governor_core.h"

enum { TENANTS_MOST = 1 << 24, ANSWERS_MOST = 1 << 16 };

static const struct tare__governor_type *const types[TARE_GOVERNOR_TYPES] = {
    [TARE_GOVERNOR_QUOTA] = &tare__governor_quota,
    [TARE_GOVERNOR_ENTITLEMENT] = &tare__governor_entitlement,
    [TARE_GOVERNOR_BILLING] = &tare__governor_billing,
    [TARE_GOVERNOR_SUBSCRIPTION] = &tare__governor_subscription,
    [TARE_GOVERNOR_COMPLIANCE] = &tare__governor_compliance,
};

/* Passes on, and counts what a region would need. */
struct measuring_mem {
    struct tare_mem mem;
    struct tare_mem *from;
    size_t bytes;
};

static void *measuring_resize(struct tare_mem *mem, void *block, size_t old_bytes,
                              size_t new_bytes, size_t alignment)
{
    struct measuring_mem *measuring = (struct measuring_mem *)(void *)mem;

    if (!block)
        measuring->bytes =
            ((measuring->bytes + alignment - 1) & ~(alignment - 1)) + new_bytes;
    return measuring->from->resize(measuring->from, block, old_bytes, new_bytes, alignment);
}

/* The maps are made for this, and go. */
static int measure_region(const struct tare_governor_config *config, struct tare_mem *mem,
                          size_t *bytes)
{
    struct measuring_mem measuring = {{measuring_resize, "measuring"}, mem, 0};
    const struct tare_map_options options = {.mem = &measuring.mem, .seed = 1};
    struct tare__tenants tenants;
    struct tare__grants grants;

    tare__tenants_init(&tenants, &options);
    tare__grants_init(&grants, &options);
    int err = tare__tenants_reserve(&tenants, config->tenants);
    if (!err && config->type == TARE_GOVERNOR_ENTITLEMENT && config->entitlement.grants)
        err = tare__grants_reserve(&grants, config->entitlement.grants);
    tare__tenants_fini(&tenants);
    tare__grants_fini(&grants);
    *bytes = measuring.bytes;
    return err;
}

static size_t take(size_t *bytes, size_t more, size_t alignment)
{
    size_t at = (*bytes + alignment - 1) & ~(alignment - 1);

    *bytes = at + more;
    return at;
}

static int lay_out(struct tare_governor_policy *policy)
{
    const struct tare_governor_config *config = &policy->config;
    const struct tare_ring_options ring = tare__governor_ring_options(policy, 0);
    size_t region_bytes, bytes = TARE__GOVERNOR_RING_AT;
    int err = measure_region(config, policy->mem, &region_bytes);

    if (err)
        return err;
    policy->ring_bytes = (uint32_t)tare_ring_bytes(&ring);
    bytes += policy->ring_bytes;
    if (config->answers) {
        policy->tags_at = (uint32_t)take(
            &bytes, tare__tags_count(config->answers) * sizeof(tare__tags), 16);
        policy->answers_at =
            (uint32_t)take(&bytes, config->answers * sizeof(struct tare__answer), 64);
    }
    if (config->type == TARE_GOVERNOR_ENTITLEMENT && config->entitlement.grants)
        policy->grants_at = (uint32_t)take(&bytes, sizeof(struct tare__grants), 8);
    policy->region_at = (uint32_t)take(&bytes, region_bytes, 16);
    policy->bytes = take(&bytes, 0, TARE__GOVERNOR_ALIGNMENT);
    return policy->bytes > UINT32_MAX ? -EINVAL : 0;
}

int tare_governor_policy_create(struct tare_governor_policy **policy,
                                const struct tare_governor_config *config,
                                struct tare_mem *mem)
{
    struct tare_governor_policy made = {.config = *config,
                                        .mem = mem ? mem : tare_mem_default()};

    if ((unsigned)config->type >= TARE_GOVERNOR_TYPES || !config->tenants ||
        config->tenants > TENANTS_MOST || config->events < 2 ||
        config->events > TENANTS_MOST || config->answers > ANSWERS_MOST)
        return -EINVAL;
    made.type = types[config->type];
    made.ask = made.type->check;
    made.is_lossless = config->is_lossless || config->type == TARE_GOVERNOR_COMPLIANCE;
    int err = made.type->prepare(&made);
    if (!err)
        err = lay_out(&made);
    if (err)
        return err;
    struct tare_governor_policy *block = tare_mem_alloc(made.mem, sizeof made, 8);
    if (!block)
        return -ENOMEM;
    *block = made;
    *policy = block;
    return 0;
}

void tare_governor_policy_destroy(struct tare_governor_policy **policy)
{
    struct tare_governor_policy *gone = *policy;

    *policy = NULL;
    if (gone)
        tare_mem_free(gone->mem, gone, sizeof *gone, 8);
}

const struct tare_governor_config *
tare_governor_policy_config(const struct tare_governor_policy *policy)
{
    return &policy->config;
}

size_t tare_governor_bytes(const struct tare_governor_policy *policy)
{
    return policy->bytes;
}
