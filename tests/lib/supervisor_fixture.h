/* SPDX-License-Identifier: MIT
 *
 * What the tests of supervisors have in common: a policy, children of it, requests in one line.
 */
#ifndef LIB_SUPERVISOR_FIXTURE_H
#define LIB_SUPERVISOR_FIXTURE_H

#include "lib/governor_fixture.h"

#include <errno.h>

#include <tare/supervisor.h>

#include "modules/supervisor_core.h"

enum { PERIOD = 1000 };

static struct tare_governor_policy *policy; /* 10 at once, one comes back in a second */

static inline struct tare_supervisor *supervise(uint32_t most, bool is_quarantining)
{
    const struct tare_supervisor_options options = {.max_restarts = most,
                                                    .period_ns = PERIOD,
                                                    .is_quarantining = is_quarantining,
                                                    .is_bare = true};
    struct tare_supervisor *supervisor;

    assert_int_equal(tare_supervisor_create(&supervisor, &options), 0);
    return supervisor;
}

static inline struct tare_supervisor_child *add(struct tare_supervisor *supervisor,
                                                enum tare_supervisor_restart restart,
                                                uint32_t snapshot_every)
{
    const struct tare_supervisor_spec spec = {policy, restart, snapshot_every};
    struct tare_supervisor_child *child;

    assert_int_equal(tare_supervisor_add(supervisor, &spec, &child), 0);
    assert_true(tare__supervisor_valid(supervisor));
    return child;
}

static inline struct tare_governor_decision take(struct tare_supervisor_child *child,
                                                 uint32_t quantity)
{
    const struct tare_governor_request request = {.tenant = 1, .quantity = quantity};
    struct tare_governor_decision decision;

    enum tare_governor_verdict verdict = tare_supervisor_ask(child, &request, &decision);

    assert_int_equal(verdict, decision.verdict);
    return decision;
}

static inline bool gave_up(const struct tare_supervisor *supervisor)
{
    struct tare_supervisor_stats stats;

    assert_true(tare__supervisor_valid(supervisor));
    tare_supervisor_get_stats(supervisor, &stats);
    return stats.gave_up;
}

static inline int make_policy(void **state)
{
    const struct tare_governor_config config = {
        .type = TARE_GOVERNOR_QUOTA,
        .tenants = 4,
        .events = 8,
        .quota = {.limit = 1, .period_ns = SECOND, .burst = 10}};

    (void)state;
    return tare_governor_policy_create(&policy, &config, NULL);
}

static inline int free_policy(void **state)
{
    (void)state;
    tare_governor_policy_destroy(&policy);
    return 0;
}

#endif
