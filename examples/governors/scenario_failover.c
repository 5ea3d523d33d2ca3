/* SPDX-License-Identifier: MIT
 *
 * Three regions, each with a quota of its devices, and a standby of it at the next region: another
 * governor, to which the same requests are sent, some time later. A region fails; what it had not sent
 * is lost with it, and only that can be allowed twice. The same requests make the same state, bit for
 * bit, so at the end each region and its standby must be equal.
 */
#include "governors/scenarios.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "governors/device.h"

enum {
    REGIONS = 3,
    DEVICES = 100,
    SECONDS = 3600,
    FAILS = 1200, /* the second region, at this second; */
    NOTICED = 3,  /* so much later its devices go to the standby, */
    COMES = 2400, /* and back */
    FAILING = 1,
    ALLOWANCE = 400, /* of each device a day */
    LAG_MOST = 1024
};

struct sent {
    int64_t now_ns;
    uint32_t device, verdict;
};
TARE_RING_DEFINE(log, struct sent);

struct region {
    struct tare_governor *primary, *standby;
    struct tare_ring *log; /* what the standby does not know yet */
    struct tare_ring_reader sending;
};

struct world {
    struct tare_governor_policy *policy;
    struct region regions[REGIONS];
    unsigned lag;
    uint64_t answered[DEVICES], allowed[DEVICES], lost[DEVICES], unavailable;
};

static enum tare_governor_verdict ask(struct tare_governor *governor, uint32_t device,
                                      int64_t now_ns)
{
    const struct tare_governor_request request = {
        .tenant = device, .quantity = 1, .now_ns = now_ns};
    struct tare_governor_decision decision;

    return tare_governor_ask(governor, &request, &decision);
}

static void send_log(struct region *region)
{
    struct sent batch[64];
    size_t count;

    while ((count = log_take(&region->sending, batch, 64)) > 0)
        for (size_t i = 0; i < count; i++)
            ask(region->standby, batch[i].device, batch[i].now_ns);
}

/* What is still in it, nobody will know of. */
static void lose_log(struct world *world, struct region *region)
{
    struct sent batch[64];
    size_t count;

    while ((count = log_take(&region->sending, batch, 64)) > 0)
        for (size_t i = 0; i < count; i++)
            world->lost[batch[i].device] += batch[i].verdict == TARE_GOVERNOR_ALLOW;
}

/* By the region, then its standby; by the standby alone while it is away. */
static void serve(struct world *world, uint32_t device, unsigned second)
{
    struct region *region = &world->regions[device % REGIONS];
    int64_t now_ns = second * SECOND;
    bool is_away = device % REGIONS == FAILING && second >= FAILS && second < COMES;

    if (is_away && second < FAILS + NOTICED) {
        world->unavailable++;
        return;
    }
    enum tare_governor_verdict verdict =
        ask(is_away ? region->standby : region->primary, device, now_ns);
    world->answered[device]++;
    world->allowed[device] += verdict == TARE_GOVERNOR_ALLOW;
    if (is_away)
        return;
    log_push(region->log, &(struct sent){now_ns, device, verdict});
    if (tare_ring_next(region->log) - tare_ring_low(region->log) > world->lag)
        send_log(region);
}

/* The region is as its standby was meanwhile. */
static int come_back(const struct tare_governor_policy *policy, struct region *region)
{
    size_t room = tare_governor_snapshot_bytes(policy);
    void *snapshot = tare_mem_alloc(tare_mem_libc(), room, 8);
    int err = -ENOMEM;

    if (snapshot) {
        size_t bytes = tare_governor_save(region->standby, snapshot, room);

        err = tare_governor_restore(region->primary, snapshot, bytes);
    }
    tare_mem_free(tare_mem_libc(), snapshot, room, 8);
    return err;
}

/* -EPROTO: they are not. */
static int check_equal(const struct tare_governor_policy *policy, struct region *region)
{
    size_t room = tare_governor_snapshot_bytes(policy);
    void *ours = tare_mem_alloc(tare_mem_libc(), room, 8);
    void *theirs = tare_mem_alloc(tare_mem_libc(), room, 8);
    int err = -ENOMEM;

    if (ours && theirs) {
        size_t bytes = tare_governor_save(region->primary, ours, room);
        size_t their_bytes = tare_governor_save(region->standby, theirs, room);

        err = bytes == their_bytes && memcmp(ours, theirs, bytes) == 0 ? 0 : -EPROTO;
    }
    tare_mem_free(tare_mem_libc(), ours, room, 8);
    tare_mem_free(tare_mem_libc(), theirs, room, 8);
    return err;
}

static int run(struct world *world)
{
    struct region *failing = &world->regions[FAILING];
    uint64_t seed = 1;
    int err = 0;

    for (unsigned second = 0; !err && second < SECONDS; second++) {
        if (second == FAILS)
            lose_log(world, failing);
        if (second == COMES)
            err = come_back(world->policy, failing);
        for (uint32_t device = 0; device < DEVICES; device++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
            if (seed >> 40 < (1 << 24) / 5) /* each five seconds */
                serve(world, device, second);
        }
    }
    for (unsigned i = 0; !err && i < REGIONS; i++) {
        send_log(&world->regions[i]);
        err = check_equal(world->policy, &world->regions[i]);
    }
    return err;
}

/* What each device was allowed follows from what it asked and what was lost. */
static int account(const struct world *world)
{
    uint64_t answered = 0, allowed = 0, lost = 0, over = 0, wrong = 0;

    for (unsigned i = 0; i < DEVICES; i++) {
        uint64_t within = world->answered[i] < ALLOWANCE ? world->answered[i] : ALLOWANCE;
        uint64_t beyond = world->answered[i] - within;
        uint64_t twice = world->lost[i] < beyond ? world->lost[i] : beyond;

        wrong += world->allowed[i] != within + twice;
        answered += world->answered[i];
        allowed += world->allowed[i];
        lost += world->lost[i];
        over += twice;
    }
    printf("%llu requests answered, %llu allowed; %llu found no region for %d seconds\n",
           (unsigned long long)answered, (unsigned long long)allowed,
           (unsigned long long)world->unavailable, NOTICED);
    printf(
        "standby at most %u requests behind: %llu allowed ones lost, %llu allowed beyond "
        "the limit of %d a device\n",
        world->lag, (unsigned long long)lost, (unsigned long long)over, ALLOWANCE);
    printf("devices allowed another number than that: %llu\n", (unsigned long long)wrong);
    return wrong || lost > world->lag ? -EPROTO : 0;
}

static int create(struct world *world)
{
    const struct tare_governor_config config = {
        .type = TARE_GOVERNOR_QUOTA,
        .tenants = DEVICES,
        .events = 64,
        .quota = {.limit = ALLOWANCE, .window = TARE_GOVERNOR_DAY}};
    const struct tare_ring_options options = {.event_bytes = sizeof(struct sent),
                                              .capacity = LAG_MOST + 1,
                                              .is_lossless = true,
                                              .mem = tare_mem_libc()};
    int err = tare_governor_policy_create(&world->policy, &config, tare_mem_libc());

    for (unsigned i = 0; !err && i < REGIONS; i++) {
        struct region *region = &world->regions[i];

        err = tare_governor_create(&region->primary, world->policy);
        if (!err)
            err = tare_governor_create(&region->standby, world->policy);
        if (!err)
            err = tare_ring_create(&region->log, &options);
        if (!err)
            region->sending = tare_ring_reader_from(region->log, 0);
    }
    return err;
}

int scenario_failover(unsigned lag)
{
    static struct world world;

    if (lag > LAG_MOST)
        return scenario_failed(-EINVAL);
    world = (struct world){.lag = lag};
    int err = create(&world);
    if (!err)
        err = run(&world);
    if (!err) {
        err = account(&world);
        printf("regions and their standbys: equal, bit for bit\n");
    }
    for (unsigned i = 0; i < REGIONS; i++) {
        tare_governor_destroy(&world.regions[i].primary);
        tare_governor_destroy(&world.regions[i].standby);
        tare_ring_destroy(&world.regions[i].log);
    }
    tare_governor_policy_destroy(&world.policy);
    return scenario_failed(err);
}
