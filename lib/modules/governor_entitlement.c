/* SPDX-License-Identifier: MIT
 *
 * Entitlements. A tenant has a bit for each feature that is granted; a grant with a value or with times
 * has an entry in the map of grants beside.
 */
#include <errno.h>

#include "modules/governor_ask.h"

static int prepare(struct tare_governor_policy *policy)
{
    const struct tare_governor_entitlement *entitlement = &policy->config.entitlement;

    for (int i = 0; i < TARE_GOVERNOR_FEATURES; i++)
        if (entitlement->features[i] > TARE_GOVERNOR_METER)
            return -EINVAL;
    return entitlement->grants > 1 << 24 ? -EINVAL : 0;
}

static uint64_t grant_key(uint32_t tenant, uint32_t feature)
{
    return (uint64_t)tenant << 8 | feature;
}

/* NULL: the grant, if there is one, is for ever and has no value. */
static struct tare__grants_entry *find_grant(const struct tare__ask *ask)
{
    if (!(ask->tenant->entitlement.detailed >> ask->request->feature & 1))
        return NULL;
    return tare__grants_find(tare__grants_of(ask->governor),
                             grant_key(ask->request->tenant, ask->request->feature));
}

static uint8_t state_of(const struct tare__ask *ask, const struct tare__grants_entry *grant)
{
    if (!(ask->tenant->entitlement.granted >> ask->request->feature & 1))
        return TARE_GOVERNOR_NONE;
    return grant && grant->value.until_ns && ask->now_ns >= grant->value.until_ns
               ? TARE_GOVERNOR_GRANT_EXPIRED
               : TARE_GOVERNOR_GRANTED;
}

static bool is_feature(const struct tare__ask *ask)
{
    return ask->request->feature < TARE_GOVERNOR_FEATURES &&
           ask->policy->config.entitlement.features[ask->request->feature];
}

TARE_ALWAYS_INLINE void apply_check(struct tare__ask *ask)
{
    struct tare_governor_decision *decision = ask->decision;

    if (!is_feature(ask)) {
        tare__refuse(ask, TARE_GOVERNOR_UNKNOWN_FEATURE);
        return;
    }
    const struct tare__grants_entry *grant = find_grant(ask);
    decision->state_from = decision->state_to = state_of(ask, grant);
    if (decision->state_from == TARE_GOVERNOR_NONE) {
        tare__deny(ask, TARE_GOVERNOR_NOT_GRANTED);
    } else if (decision->state_from == TARE_GOVERNOR_GRANT_EXPIRED) {
        tare__deny(ask, TARE_GOVERNOR_EXPIRED);
    } else if (grant && ask->now_ns < grant->value.from_ns) {
        tare__deny(ask, TARE_GOVERNOR_NOT_YET);
        decision->retry_after_ns = grant->value.from_ns - ask->now_ns;
    } else if (grant) {
        decision->value = grant->value.value;
        if (grant->value.until_ns)
            decision->reset_after_ns = grant->value.until_ns - ask->now_ns;
    }
    if (decision->verdict == TARE_GOVERNOR_ALLOW &&
        ask->policy->config.entitlement.features[ask->request->feature] ==
            TARE_GOVERNOR_METER)
        decision->flags |= TARE_GOVERNOR_METERED;
}

/* Of this tenant's detailed features those in `features`. */
static void forget_grants(struct tare__ask *ask, uint64_t features)
{
    uint64_t gone = ask->tenant->entitlement.detailed & features;

    ask->tenant->entitlement.detailed &= ~features;
    for (; gone; gone &= gone - 1)
        tare__grants_remove(
            tare__grants_of(ask->governor),
            grant_key(ask->request->tenant, (uint32_t)__builtin_ctzll(gone)));
}

/* What an entry of its own is needed for has one, or the request is refused. */
static void grant(struct tare__ask *ask)
{
    const struct tare_governor_request *request = ask->request;
    struct tare__grants *grants = tare__grants_of(ask->governor);
    uint64_t bit = UINT64_C(1) << request->feature;
    bool is_detailed = request->from_ns || request->until_ns || request->value;
    bool was_detailed = ask->tenant->entitlement.detailed & bit;

    if (request->until_ns < 0 || request->from_ns < 0 ||
        request->until_ns > TARE__TIME_MOST || request->from_ns > TARE__TIME_MOST ||
        (request->until_ns && request->until_ns <= request->from_ns)) {
        tare__refuse(ask, TARE_GOVERNOR_BAD_QUANTITY);
        return;
    }
    if (!tare__is_newer(ask, ask->tenant->entitlement.version))
        return;
    if (is_detailed) {
        const struct tare__grant made = {request->from_ns, request->until_ns,
                                         request->value};
        uint32_t most = ask->policy->config.entitlement.grants;
        if ((!was_detailed && (!most || tare__grants_count(grants) == most)) ||
            tare__grants_set(grants, grant_key(request->tenant, request->feature), made) <
                0) {
            tare__refuse(ask, TARE_GOVERNOR_GRANTS_FULL);
            return;
        }
        ask->tenant->entitlement.detailed |= bit;
    } else {
        forget_grants(ask, bit);
    }
    ask->tenant->entitlement.granted |= bit;
    ask->tenant->entitlement.version = request->version;
    ask->decision->state_to = TARE_GOVERNOR_GRANTED;
}

static void revoke(struct tare__ask *ask, uint64_t features)
{
    if (!tare__is_newer(ask, ask->tenant->entitlement.version))
        return;
    forget_grants(ask, features);
    ask->tenant->entitlement.granted &= ~features;
    ask->tenant->entitlement.version = ask->request->version;
}

/* The set is granted from now on and for ever: what was granted before keeps its value, and its times are
 * gone. */
static void drop_times(struct tare__ask *ask)
{
    for (uint64_t left = ask->tenant->entitlement.detailed; left; left &= left - 1) {
        uint32_t feature = (uint32_t)__builtin_ctzll(left);
        struct tare__grants_entry *grant = tare__grants_find(
            tare__grants_of(ask->governor), grant_key(ask->request->tenant, feature));

        if (grant && grant->value.value)
            grant->value.from_ns = grant->value.until_ns = 0;
        else
            forget_grants(ask, UINT64_C(1) << feature);
    }
}

static void replace(struct tare__ask *ask)
{
    uint64_t wanted = ask->request->value;

    for (uint32_t i = 0; i < TARE_GOVERNOR_FEATURES; i++)
        if (wanted >> i & 1 && !ask->policy->config.entitlement.features[i]) {
            tare__refuse(ask, TARE_GOVERNOR_UNKNOWN_FEATURE);
            return;
        }
    revoke(ask, ~wanted);
    if (ask->decision->verdict == TARE_GOVERNOR_ERROR)
        return;
    drop_times(ask);
    ask->tenant->entitlement.granted = wanted;
}

static void apply(struct tare__ask *ask)
{
    const struct tare_governor_request *request = ask->request;

    if (request->op == TARE_GOVERNOR_REPLACE) {
        replace(ask);
    } else if (request->op <= TARE_GOVERNOR_PEEK) {
        apply_check(ask);
    } else if (!is_feature(ask)) {
        tare__refuse(ask, TARE_GOVERNOR_UNKNOWN_FEATURE);
    } else {
        ask->decision->state_from = state_of(ask, find_grant(ask));
        if (request->op == TARE_GOVERNOR_GRANT)
            grant(ask);
        else
            revoke(ask, UINT64_C(1) << request->feature);
    }
}

static int64_t blank_from(const struct tare_governor_policy *policy,
                          const struct tare__tenant *tenant)
{
    (void)policy;
    return tenant->entitlement.version ? INT64_MAX : INT64_MIN;
}

/* The next beginning or end of any of its grants. */
static int64_t deadline(const struct tare_governor *governor,
                        const struct tare__tenants_entry *entry, int64_t now_ns)
{
    int64_t next_ns = INT64_MAX;

    for (uint64_t left = entry->value.entitlement.detailed; left; left &= left - 1) {
        const struct tare__grants_entry *grant =
            tare__grants_find(tare__grants_of(governor),
                              grant_key(entry->key, (uint32_t)__builtin_ctzll(left)));

        if (grant && grant->value.from_ns > now_ns && grant->value.from_ns < next_ns)
            next_ns = grant->value.from_ns;
        if (grant && grant->value.until_ns > now_ns && grant->value.until_ns < next_ns)
            next_ns = grant->value.until_ns;
    }
    return next_ns;
}

static bool valid(const struct tare_governor_policy *policy,
                  const struct tare__tenant *tenant, int64_t last_ns)
{
    uint64_t known = 0;

    (void)last_ns;
    for (uint32_t i = 0; i < TARE_GOVERNOR_FEATURES; i++)
        known |= (uint64_t)(policy->config.entitlement.features[i] != 0) << i;
    /* One without a version is as if never seen, and would leave its grants behind. */
    return tenant->entitlement.version >> 28 == 0 &&
           (tenant->entitlement.version || !tenant->entitlement.granted) &&
           !(tenant->entitlement.granted & ~known) &&
           !(tenant->entitlement.detailed & ~tenant->entitlement.granted);
}

static enum tare_governor_verdict check_known(struct tare_governor *governor,
                                              const struct tare_governor_request *request,
                                              struct tare_governor_decision *decision)
{
    return tare__governor_check(apply_check, governor, request, decision);
}

const struct tare__governor_type tare__governor_entitlement = {
    .name = "entitlement",
    .ops = TARE__OP(TARE_GOVERNOR_CHECK) | TARE__OP(TARE_GOVERNOR_PEEK) |
           TARE__OP(TARE_GOVERNOR_GRANT) | TARE__OP(TARE_GOVERNOR_REVOKE) |
           TARE__OP(TARE_GOVERNOR_REPLACE),
    .room_ops = TARE__OP(TARE_GOVERNOR_GRANT),
    .prepare = prepare,
    .check = check_known,
    .apply = apply,
    .blank_from = blank_from,
    .deadline = deadline,
    .valid = valid,
};
