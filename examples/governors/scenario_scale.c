/* SPDX-License-Identifier: MIT
 *
 * As many governors as there are tenants for: each has room for 16 and none grows, so that growing is one
 * more of them, and shrinking one less, once all of its tenants are as if never seen. Each tenant has a
 * quota of its own beside them, which is asked the same, and must answer the same.
 */
#include "governors/scenarios.h"

#include <tare/quota.h>

#include <errno.h>
#include <stdio.h>

#include "governors/device.h"
#include "governors/figures.h"

enum { MOST = 640, MINUTES = 60, BURST = 20 };

struct fleet {
    struct tare_mem_counter memory;
    struct tare_governor_policy *policy;
    struct tare_governor *governors[MOST];
    int64_t asked_ns[MOST]; /* of each the latest time */
    unsigned count, most;
    uint64_t made;
};

static const struct tare_governor_config small = {
    .type = TARE_GOVERNOR_QUOTA,
    .tenants = DEVICE_TENANTS,
    .events = 32,
    .quota = {.limit = 60, .period_ns = 60 * SECOND, .burst = BURST}};

/* The last ones go, when there are more than `wanted` and nothing is lost with them. */
static int fit(struct fleet *fleet, unsigned wanted, int64_t now_ns)
{
    int err = 0;

    while (!err && fleet->count < wanted) {
        err = tare_governor_create(&fleet->governors[fleet->count], fleet->policy);
        if (err)
            break;
        fleet->asked_ns[fleet->count++] = now_ns;
        fleet->made++;
    }
    while (fleet->count > wanted &&
           fleet->asked_ns[fleet->count - 1] + BURST * SECOND <= now_ns)
        tare_governor_destroy(&fleet->governors[--fleet->count]);
    fleet->most = fleet->count > fleet->most ? fleet->count : fleet->most;
    return err;
}

/* Up from 1 to all and down again. */
static unsigned tenants_at(unsigned minute)
{
    unsigned away = minute < MINUTES / 2 ? minute : MINUTES - 1 - minute;
    unsigned tenants = MOST * DEVICE_TENANTS * away / (MINUTES / 2 - 1);

    return tenants ? tenants : 1;
}

static int run(struct fleet *fleet, struct tare_quota *quotas)
{
    uint64_t asked = 0, different = 0, denied = 0;
    int err = 0;

    for (unsigned minute = 0; !err && minute < MINUTES; minute++) {
        int64_t now_ns = minute * 60 * SECOND;
        unsigned tenants = tenants_at(minute);

        err = fit(fleet, (tenants + DEVICE_TENANTS - 1) / DEVICE_TENANTS, now_ns);
        for (unsigned i = 0; !err && i < tenants; i++) {
            struct tare_governor_request request = {
                .tenant = i, .quantity = 1 + i % BURST, .now_ns = now_ns};
            struct tare_governor_decision ours, theirs;

            for (int again = 0; again < 2; again++, asked++) {
                tare_governor_ask(fleet->governors[i / DEVICE_TENANTS], &request, &ours);
                tare_quota_check(&quotas[i], request.quantity, now_ns, &theirs);
                different += ours.verdict != theirs.verdict ||
                             ours.remaining != theirs.remaining ||
                             ours.retry_after_ns != theirs.retry_after_ns;
                denied += ours.verdict == TARE_GOVERNOR_DENY;
            }
            fleet->asked_ns[i / DEVICE_TENANTS] = now_ns;
        }
        if (minute == MINUTES / 2 - 1)
            figures_print_resident("with all of them");
    }
    if (!err)
        err = fit(fleet, 1, (MINUTES + 1) * 60 * SECOND);
    printf("%u tenants at the most: 1 to %u governors and back to %u, %llu made\n",
           MOST * DEVICE_TENANTS, fleet->most, fleet->count,
           (unsigned long long)fleet->made);
    printf("%llu requests, %llu denied; answered otherwise than by a quota of each tenant: "
           "%llu\n",
           (unsigned long long)asked, (unsigned long long)denied,
           (unsigned long long)different);
    return err ? err : different || fleet->count != 1 ? -EPROTO : 0;
}

int scenario_scale(void)
{
    static struct fleet fleet;
    static struct tare_quota quotas[MOST * DEVICE_TENANTS];
    size_t alone = 0;
    int err = 0;

    for (unsigned i = 0; !err && i < MOST * DEVICE_TENANTS; i++)
        err = tare_quota_init(&quotas[i], &small.quota);
    tare_mem_counter_init(&fleet.memory, tare_mem_libc(), 0);
    if (!err)
        err = tare_governor_policy_create(&fleet.policy, &small, &fleet.memory.mem);
    if (!err)
        err = fit(&fleet, 1, 0);
    if (!err) {
        alone = tare_mem_counted(&fleet.memory).live_bytes;
        figures_print_resident("with one governor");
        err = run(&fleet, quotas);
        figures_print_resident("with one again");
        printf("bytes of governors: %zu with one, %zu at the most, %zu at the end\n", alone,
               tare_mem_counted(&fleet.memory).peak_bytes,
               tare_mem_counted(&fleet.memory).live_bytes);
        if (!err && tare_mem_counted(&fleet.memory).live_bytes != alone)
            err = -EPROTO;
    }
    while (fleet.count)
        tare_governor_destroy(&fleet.governors[--fleet.count]);
    tare_governor_policy_destroy(&fleet.policy);
    return scenario_failed(err);
}
