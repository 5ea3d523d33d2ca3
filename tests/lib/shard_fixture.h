/* SPDX-License-Identifier: MIT
 *
 * What the tests of shards have in common: a policy, shards of it, requests in one line.
 */
#ifndef LIB_SHARD_FIXTURE_H
#define LIB_SHARD_FIXTURE_H

#include "lib/governor_fixture.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <tare/shard.h>

#include "modules/shard_core.h"

enum { GOVERNORS = 4 };

static struct tare_governor_policy *policy;

static const struct tare_governor_config config = {
    .type = TARE_GOVERNOR_QUOTA,
    .tenants = 16,
    .events = 32,
    .answers = 8,
    .seed = 1,
    .quota = {.limit = 1000, .period_ns = SECOND, .burst = 50}};

static inline int make_policy(void **state)
{
    (void)state;
    return tare_governor_policy_create(&policy, &config, NULL);
}

static inline int free_policy(void **state)
{
    (void)state;
    tare_governor_policy_destroy(&policy);
    return 0;
}

static inline struct tare_shard *shard_of(uint32_t max_restarts, uint32_t snapshot_every)
{
    const struct tare_governor_policy *policies[] = {policy};
    const struct tare_shard_options options = {
        .policies = policies,
        .policy_count = 1,
        .governors = GOVERNORS,
        .ports = 3,
        .max_restarts = max_restarts,
        .period_ns = max_restarts == 1 ? 1 : 3600 * SECOND, /* 1: for ever */
        .snapshot_every = snapshot_every,
    };
    struct tare_shard *shard = NULL;

    assert_int_equal(tare_shard_create(&shard, &options), 0);
    return shard;
}

static inline struct tare_shard_stats stats_of(const struct tare_shard *shard)
{
    struct tare_shard_stats stats;

    tare_shard_get_stats(shard, &stats);
    return stats;
}

/* 0, of a shard whose process has not begun, would be all of our own. */
static inline void kill_process(pid_t process)
{
    if (process > 1)
        kill(process, SIGKILL);
}

static inline uint32_t add(struct tare_shard *shard)
{
    uint32_t number = UINT32_MAX;

    assert_int_equal(tare_shard_add(shard, policy, &number), 0);
    return number;
}

static inline struct tare_shard_port *open_port(struct tare_shard *shard)
{
    struct tare_shard_port *port = NULL;

    assert_int_equal(tare_shard_open(shard, &port), 0);
    return port;
}

static inline struct tare_governor_decision take(struct tare_shard_port *port,
                                                 uint32_t governor, uint32_t quantity)
{
    const struct tare_governor_request request = {.tenant = 1, .quantity = quantity};
    struct tare_governor_decision decision;
    enum tare_governor_verdict verdict =
        tare_shard_ask(port, governor, &request, &decision);

    assert_int_equal(verdict, decision.verdict);
    return decision;
}

static inline void sleep_ns(uint64_t ns)
{
    nanosleep(&(struct timespec){.tv_nsec = (long)ns}, NULL);
}

#endif
