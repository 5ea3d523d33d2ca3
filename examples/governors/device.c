/* SPDX-License-Identifier: MIT */
#include "governors/device.h"

static const struct tare_governor_config configs[TARE_GOVERNOR_TYPES] = {
    [TARE_GOVERNOR_QUOTA] = {.type = TARE_GOVERNOR_QUOTA,
                             .tenants = DEVICE_TENANTS,
                             .events = 32,
                             .quota = {.limit = 100,
                                       .period_ns = 60 * SECOND,
                                       .burst = 20}},
    [TARE_GOVERNOR_ENTITLEMENT] = {.type = TARE_GOVERNOR_ENTITLEMENT,
                                   .tenants = DEVICE_TENANTS,
                                   .events = 16,
                                   .entitlement = {.features = {[FEATURE] =
                                                                    TARE_GOVERNOR_SWITCH}}},
    [TARE_GOVERNOR_BILLING] = {.type = TARE_GOVERNOR_BILLING,
                               .tenants = DEVICE_TENANTS,
                               .events = 16,
                               .answers = 4,
                               .billing = {.credit_limit = 100000,
                                           .grace_ns = 3600 * SECOND}},
    [TARE_GOVERNOR_SUBSCRIPTION] = {.type = TARE_GOVERNOR_SUBSCRIPTION,
                                    .tenants = DEVICE_TENANTS,
                                    .events = 16,
                                    .subscription = {.dunning_ns = 86400 * SECOND}},
    [TARE_GOVERNOR_COMPLIANCE] = {.type = TARE_GOVERNOR_COMPLIANCE,
                                  .tenants = DEVICE_TENANTS,
                                  .events = 32,
                                  .compliance = {.rules = {{.compare = TARE_GOVERNOR_LESS,
                                                            .value = DEVICE_TENANTS - 1,
                                                            .effect =
                                                                TARE_GOVERNOR_ALLOWS}},
                                                 .rule_count = 1}},
};

int rules_create(struct rules *rules, struct tare_mem *mem)
{
    int err = 0;

    *rules = (struct rules){{0}};
    for (int type = 0; !err && type < TARE_GOVERNOR_TYPES; type++)
        err = tare_governor_policy_create(&rules->policies[type], &configs[type], mem);
    if (err)
        rules_destroy(rules);
    return err;
}

void rules_destroy(struct rules *rules)
{
    for (int type = 0; type < TARE_GOVERNOR_TYPES; type++)
        tare_governor_policy_destroy(&rules->policies[type]);
}

enum tare_governor_type device_type(unsigned number)
{
    /* Every other one is a quota, the rest takes turns. */
    return number % 2 ? (enum tare_governor_type)(TARE_GOVERNOR_ENTITLEMENT +
                                                  number / 2 % (TARE_GOVERNOR_TYPES - 1))
                      : TARE_GOVERNOR_QUOTA;
}

size_t device_bytes(const struct rules *rules)
{
    size_t bytes = 0;

    for (unsigned i = 0; i < DEVICE_GOVERNORS; i++)
        bytes += tare_governor_bytes(rules->policies[device_type(i)]);
    return bytes;
}

/* What its tenants need before anything is allowed. */
static void enrol(struct tare_governor *governor, enum tare_governor_type type)
{
    struct tare_governor_request request = {
        .feature = FEATURE, .version = 1, .plan = 1, .until_ns = 30 * 86400 * SECOND};
    struct tare_governor_decision decision;

    if (type == TARE_GOVERNOR_ENTITLEMENT) {
        request.op = TARE_GOVERNOR_GRANT;
        request.until_ns = 0;
    } else if (type == TARE_GOVERNOR_SUBSCRIPTION) {
        request.op = TARE_GOVERNOR_ACTIVATE;
    } else {
        return;
    }
    for (request.tenant = 0; request.tenant < DEVICE_TENANTS; request.tenant++)
        tare_governor_ask(governor, &request, &decision);
}

int device_init(struct device *device, const struct rules *rules, void *memory)
{
    char *at = memory;
    int err = 0;

    for (unsigned i = 0; !err && i < DEVICE_GOVERNORS; i++) {
        const struct tare_governor_policy *policy = rules->policies[device_type(i)];
        size_t bytes = tare_governor_bytes(policy);

        err = tare_governor_init(&device->governors[i], at, bytes, policy);
        if (!err)
            enrol(device->governors[i], device_type(i));
        at += bytes;
    }
    return err;
}

enum tare_governor_verdict device_ask(struct device *device, unsigned number,
                                      uint32_t tenant, int64_t now_ns)
{
    const uint64_t attributes[] = {tenant};
    const struct tare_governor_request request = {.tenant = tenant,
                                                  .feature = FEATURE,
                                                  .quantity = 1,
                                                  .amount = 1,
                                                  .attributes = attributes,
                                                  .attribute_count = 1,
                                                  .now_ns = now_ns};
    struct tare_governor_decision decision;
    struct tare_governor *governor = device->governors[number];
    enum tare_governor_verdict verdict = tare_governor_ask(governor, &request, &decision);

    if (device_type(number) == TARE_GOVERNOR_COMPLIANCE)
        tare_ring_release(tare_governor_ring(governor),
                          tare_ring_next(tare_governor_ring(governor)));
    return verdict;
}
