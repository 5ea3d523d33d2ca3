/* SPDX-License-Identifier: MIT
 *
 * modules/restarts.h - Erlang's rule: at most so many restarts in so much time.
 *
 * Shape    the times of the latest `most` restarts, in a ring of the caller's
 * Units    nanoseconds
 * Owner    the caller
 * Threads  single owner
 * Errors   none
 * Cost     O(1)
 * Source   Erlang/OTP, "Supervisor Behaviour", maximum restart intensity
 */
#ifndef TARE_MODULES_RESTARTS_H
#define TARE_MODULES_RESTARTS_H

#include <stdbool.h>
#include <stdint.h>

struct tare__rule {
    int64_t period_ns;
    uint32_t most;
};

struct tare__restarts {
    int64_t last_ns;
    uint32_t next, count; /* count: at most rule->most */
};

/* May there be one at now_ns? It is remembered then. A clock that goes back stands still. */
static inline bool tare__restart_is_allowed(const struct tare__rule *rule,
                                            struct tare__restarts *restarts, int64_t *times,
                                            int64_t now_ns)
{
    int64_t since_ns;

    if (restarts->count && now_ns < restarts->last_ns)
        now_ns = restarts->last_ns;
    if (__builtin_sub_overflow(now_ns, rule->period_ns, &since_ns))
        since_ns = INT64_MIN;
    /* Full, the ring's next one is the oldest: the one that this would be one too many with. */
    if (restarts->count == rule->most &&
        (rule->most == 0 || times[restarts->next] >= since_ns))
        return false;
    times[restarts->next] = now_ns;
    restarts->next = restarts->next + 1 == rule->most ? 0 : restarts->next + 1;
    restarts->count += restarts->count < rule->most;
    restarts->last_ns = now_ns;
    return true;
}

#endif
