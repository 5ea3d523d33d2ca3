/* SPDX-License-Identifier: MIT
 *
 * Governors under supervision. In this process: a request that crashes costs its own governor the
 * requests since its latest snapshot, and nobody else anything. In a shard, a process of its own: it
 * is killed amid work, and nothing that it answered is lost. What it holds is then kept in a file.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <tare/codec.h>
#include <tare/shard.h>
#include <tare/supervisor.h>

static const struct tare_governor_config calls_of_an_hour = {
    .type = TARE_GOVERNOR_QUOTA,
    .tenants = 16,
    .events = 32,
    .quota = {.limit = 1000, .period_ns = 3600 * 1000000000LL, .burst = 100}};

static const struct tare_governor_request one_call = {
    .op = TARE_GOVERNOR_CHECK, .tenant = 7, .quantity = 1, .now_ns = 1};

static int supervise(const struct tare_governor_policy *policy)
{
    const struct tare_supervisor_spec spec = {.policy = policy, .snapshot_every = 10};
    struct tare_governor_decision decision;
    struct tare_supervisor *supervisor;
    struct tare_supervisor_child *calls;
    struct tare_supervisor_stats stats;

    if (tare_supervisor_create(&supervisor, NULL))
        return 1;
    if (tare_supervisor_add(supervisor, &spec, &calls)) {
        tare_supervisor_destroy(&supervisor);
        return 1;
    }
    for (int i = 0; i < 25; i++)
        tare_supervisor_ask(calls, &one_call, &decision);
    printf("25 calls: %ld remain\n", (long)decision.remaining);
    tare_supervisor_fault(calls, 2); /* as a crash amid a request would */
    tare_supervisor_ask(calls, &one_call, &decision);
    printf("after a fault, from the snapshot after 20: %ld remain\n",
           (long)decision.remaining);

    /* Of the base: no rule says yes, so the governor of compliance says no. */
    tare_supervisor_ask(tare_supervisor_base(supervisor, TARE_GOVERNOR_COMPLIANCE),
                        &one_call, &decision);
    printf("compliance: %s, %s\n", tare_governor_verdict_name(decision.verdict),
           tare_governor_reason_name(decision.reason));
    tare_supervisor_fault(calls, 3); /* the second in five seconds */
    tare_supervisor_get_stats(supervisor, &stats);
    printf("%lu faults, %lu restart: %s\n", (unsigned long)stats.faults,
           (unsigned long)stats.restarts, stats.gave_up ? "it gave up" : "it goes on");
    tare_supervisor_destroy(&supervisor);
    return stats.gave_up ? 0 : 1;
}

/* 60 calls of one client, with the process killed after 30 of them; what remains. */
static long call_and_kill(struct tare_shard *shard, struct tare_shard_port *port,
                          uint32_t governor)
{
    struct tare_governor_decision decision = {.remaining = -1};
    struct tare_shard_stats stats;

    for (int i = 0; i < 60; i++) {
        if (i == 30) {
            tare_shard_get_stats(shard, &stats);
            if (stats.process > 0) /* it has begun */
                kill(stats.process, SIGKILL);
        }
        if (tare_shard_ask(port, governor, &one_call, &decision) != TARE_GOVERNOR_ALLOW)
            return -1;
    }
    return (long)decision.remaining;
}

/* Into a file, which is whole at any moment. */
static int keep(struct tare_shard *shard, uint32_t governor,
                const struct tare_governor_policy *policy)
{
    char path[] = "/tmp/governor.XXXXXX";
    int file = mkstemp(path);
    size_t room = tare_governor_snapshot_bytes(policy), bytes;
    void *snapshot = malloc(room);
    struct tare_codec_block block = {0};
    struct tare_codec *codec = NULL;
    int err = -1;

    if (file >= 0 && snapshot && tare_codec_create(&codec, NULL) == 0) {
        bytes = tare_shard_save(shard, governor, snapshot, room);
        err = tare_codec_save(codec, path, snapshot, bytes);
        if (!err)
            err = tare_codec_load(codec, path, room, &block);
        if (!err)
            err = tare_shard_restore(shard, governor, block.data, block.bytes);
        printf("kept in a file, %zu bytes of state: %s\n", bytes,
               err ? tare_codec_explain(err) : "restored");
    }
    tare_codec_block_fini(&block);
    tare_codec_destroy(&codec);
    free(snapshot);
    if (file >= 0) {
        close(file);
        unlink(path);
    }
    return err;
}

static int share(const struct tare_governor_policy *policy)
{
    const struct tare_shard_options options = {.policies = &policy,
                                               .policy_count = 1,
                                               .governors = 8,
                                               .ports = 1,
                                               .max_restarts = 3,
                                               .period_ns = 5 * 1000000000LL};
    struct tare_shard *shard = NULL;
    struct tare_shard_port *port;
    uint32_t governor;
    int status = 1;

    if (tare_shard_create(&shard, &options))
        return 1;
    if (tare_shard_open(shard, &port) == 0 &&
        tare_shard_add(shard, policy, &governor) == 0) {
        long remaining = call_and_kill(shard, port, governor);

        printf("60 calls to a shard that was killed after 30: %ld remain\n", remaining);
        status = remaining == 40 && keep(shard, governor, policy) == 0 ? 0 : 1;
    }
    tare_shard_destroy(&shard);
    return status;
}

int main(void)
{
    struct tare_governor_policy *policy;
    int status = 1;

    if (tare_governor_policy_create(&policy, &calls_of_an_hour, NULL) == 0) {
        status = supervise(policy) || share(policy);
        tare_governor_policy_destroy(&policy);
    }
    return status;
}
