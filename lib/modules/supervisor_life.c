/* SPDX-License-Identifier: MIT
 *
 * Beginning and end of supervisors and their children.
 */
#include <errno.h>

#include "modules/debug.h"
#include "modules/fault_guard.h"
#include "modules/supervisor_core.h"

enum { MOST_RESTARTS = 65536, DAY_S = 86400 };
#define SECOND_NS INT64_C(1000000000)

static const struct tare_supervisor_options usual = {
    .max_restarts = 1, .period_ns = 5 * SECOND_NS, .is_guarded = true};

static size_t supervisor_bytes(uint32_t most)
{
    return sizeof(struct tare_supervisor) + most * sizeof(int64_t);
}

static size_t child_bytes(const struct tare_supervisor *supervisor)
{
    return sizeof(struct tare_supervisor_child) +
           (supervisor->is_quarantining ? supervisor->rule.most * sizeof(int64_t) : 0);
}

static struct tare_governor_config base_config(enum tare_governor_type type)
{
    struct tare_governor_config config = {.type = type, .tenants = 16, .events = 32};

    switch (type) {
    case TARE_GOVERNOR_QUOTA:
        config.quota = (struct tare_governor_quota){
            .limit = 100, .period_ns = 60 * SECOND_NS, .burst = 20};
        break;
    case TARE_GOVERNOR_ENTITLEMENT:
        for (size_t i = 0; i < TARE_GOVERNOR_FEATURES; i++)
            config.entitlement.features[i] = TARE_GOVERNOR_SWITCH;
        config.entitlement.grants = config.tenants;
        break;
    case TARE_GOVERNOR_BILLING:
        config.answers = 16;
        config.billing.grace_ns = DAY_S * SECOND_NS;
        break;
    case TARE_GOVERNOR_SUBSCRIPTION:
        config.subscription.dunning_ns = 7 * DAY_S * SECOND_NS;
        break;
    default: /* compliance without rules */
        break;
    }
    return config;
}

static int add_base(struct tare_supervisor *supervisor)
{
    int err = 0;

    for (int type = 0; type < TARE_GOVERNOR_TYPES && !err; type++) {
        struct tare_governor_config config = base_config((enum tare_governor_type)type);

        err = tare_governor_policy_create(&supervisor->policies[type], &config,
                                          supervisor->mem);
        if (!err)
            err = tare_supervisor_add(
                supervisor,
                &(struct tare_supervisor_spec){.policy = supervisor->policies[type]},
                &supervisor->base[type]);
    }
    return err;
}

int tare_supervisor_create(struct tare_supervisor **supervisor,
                           const struct tare_supervisor_options *options)
{
    struct tare_supervisor *made;
    struct tare_mem *mem;

    options = options ? options : &usual;
    if (options->period_ns <= 0 || options->max_restarts > MOST_RESTARTS)
        return -EINVAL;
    mem = options->mem ? options->mem : tare_mem_default();
    made = tare_mem_alloc(mem, supervisor_bytes(options->max_restarts),
                          _Alignof(struct tare_supervisor));
    if (!made)
        return -ENOMEM;
    *made = (struct tare_supervisor){
        .mem = mem,
        .is_quarantining = options->is_quarantining,
        .is_guarded = options->is_guarded,
        .rule = {.period_ns = options->period_ns, .most = options->max_restarts}};
    if (made->is_guarded)
        tare__fault_guard_open();
    int err = options->is_bare ? 0 : add_base(made);
    if (err)
        tare_supervisor_destroy(&made);
    else
        *supervisor = made;
    return err;
}

void tare_supervisor_destroy(struct tare_supervisor **supervisor)
{
    struct tare_supervisor *gone = *supervisor;

    *supervisor = NULL;
    if (!gone)
        return;
    TARE_AUDIT(tare__supervisor_valid(gone));
    while (gone->children) {
        struct tare_supervisor_child *child = gone->children;

        tare_supervisor_remove(&child);
    }
    for (size_t type = 0; type < TARE_GOVERNOR_TYPES; type++)
        tare_governor_policy_destroy(&gone->policies[type]);
    if (gone->is_guarded)
        tare__fault_guard_close();
    tare_mem_free(gone->mem, gone, supervisor_bytes(gone->rule.most),
                  _Alignof(struct tare_supervisor));
}

static void link_child(struct tare_supervisor_child *child)
{
    struct tare_supervisor *supervisor = child->supervisor;

    child->next = supervisor->children;
    if (child->next)
        child->next->previous = child;
    supervisor->children = child;
    supervisor->stats.children++;
}

int tare_supervisor_add(struct tare_supervisor *supervisor,
                        const struct tare_supervisor_spec *spec,
                        struct tare_supervisor_child **child)
{
    struct tare_mem *mem = supervisor->mem;
    struct tare_supervisor_child *made;
    void *governor;
    size_t bytes;

    if (!spec->policy || (unsigned)spec->restart > TARE_SUPERVISOR_TEMPORARY)
        return -EINVAL;
    if (supervisor->stats.gave_up)
        return -ESHUTDOWN;
    bytes = tare_governor_bytes(spec->policy);
    made = tare_mem_alloc(mem, child_bytes(supervisor),
                          _Alignof(struct tare_supervisor_child));
    governor = made ? tare_mem_alloc(mem, bytes, 64) : NULL;
    if (!governor) {
        tare_mem_free(mem, made, child_bytes(supervisor),
                      _Alignof(struct tare_supervisor_child));
        return -ENOMEM;
    }
    *made = (struct tare_supervisor_child){.supervisor = supervisor,
                                           .policy = spec->policy,
                                           .snapshot_every = spec->snapshot_every,
                                           .until_snapshot = spec->snapshot_every,
                                           .restart = (uint8_t)spec->restart};
    int err = tare_governor_init(&made->governor, governor, bytes, spec->policy);
    TARE_ASSERT(!err); /* it is enough memory, and aligned */
    (void)err;
    link_child(made);
    *child = made;
    return 0;
}

void tare_supervisor_remove(struct tare_supervisor_child **child)
{
    struct tare_supervisor_child *gone = *child;

    *child = NULL;
    if (!gone)
        return;
    struct tare_supervisor *supervisor = gone->supervisor;
    struct tare_mem *mem = supervisor->mem;

    *(gone->previous ? &gone->previous->next : &supervisor->children) = gone->next;
    if (gone->next)
        gone->next->previous = gone->previous;
    for (size_t type = 0; type < TARE_GOVERNOR_TYPES; type++)
        if (supervisor->base[type] == gone)
            supervisor->base[type] = NULL;
    supervisor->stats.children--;
    tare_mem_free(mem, gone->snapshot, tare_governor_snapshot_bytes(gone->policy), 8);
    tare_mem_free(mem, gone->governor, tare_governor_bytes(gone->policy), 64);
    tare_mem_free(mem, gone, child_bytes(supervisor),
                  _Alignof(struct tare_supervisor_child));
}

struct tare_supervisor_child *tare_supervisor_base(const struct tare_supervisor *supervisor,
                                                   enum tare_governor_type type)
{
    return (unsigned)type < TARE_GOVERNOR_TYPES ? supervisor->base[type] : NULL;
}

struct tare_governor *tare_supervisor_governor(struct tare_supervisor_child *child)
{
    return child->governor;
}

enum tare_supervisor_state
tare_supervisor_state_of(const struct tare_supervisor_child *child)
{
    return (enum tare_supervisor_state)child->state;
}

void tare_supervisor_get_stats(const struct tare_supervisor *supervisor,
                               struct tare_supervisor_stats *stats)
{
    *stats = supervisor->stats;
}

bool tare__supervisor_valid(const struct tare_supervisor *supervisor)
{
    size_t children = 0;

    if (supervisor->restarts.count > supervisor->rule.most)
        return false;
    for (const struct tare_supervisor_child *child = supervisor->children; child;
         child = child->next) {
        if (child->supervisor != supervisor || child->state > TARE_SUPERVISOR_HAS_ENDED ||
            (child->next && child->next->previous != child) ||
            (supervisor->stats.gave_up && child->state != TARE_SUPERVISOR_HAS_ENDED) ||
            (child->snapshot_every && !child->until_snapshot) ||
            !child->snapshot != !child->snapshot_bytes ||
            (supervisor->is_quarantining && child->restarts.count > supervisor->rule.most))
            return false;
        children++;
    }
    return children == supervisor->stats.children;
}
