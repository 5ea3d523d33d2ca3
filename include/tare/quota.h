/* SPDX-License-Identifier: MIT
 *
 * tare/quota.h - the quota of one tenant alone, in one line of cache.
 *
 * Shape    the moment until which all that was used is paid for by time (GCRA)
 * Units    Quantities in the caller's units, times in nanoseconds of the caller's clock.
 * Owner    The caller's struct, which needs no end.
 * Threads  Single owner.
 * Errors   -EINVAL. A failed call changes nothing.
 * Cost     64 bytes; a check some nanoseconds.
 * Source   ITU-T I.371
 *
 * For whoever keeps tenants of its own; tare/governor.h keeps them, and events of what was decided.
 */
#ifndef TARE_QUOTA_H
#define TARE_QUOTA_H

#include <tare/governor.h>

TARE_BEGIN

struct tare_quota {
    int64_t step_ns, full_ns; /* of one unit, and of the burst */
    int64_t used_until_ns;
    int64_t last_ns;
    uint64_t allowed, denied;
    uint32_t burst;
    uint32_t errors;
    uint64_t inverse; /* of a step */
};

/* -EINVAL: as tare_governor_policy_create, and the window is not rolling. */
TARE_API TARE_NODISCARD int tare_quota_init(struct tare_quota *quota,
                                            const struct tare_governor_quota *config);

/* As TARE_GOVERNOR_CHECK, with verdict, reason, limit, remaining, retry_after_ns and reset_after_ns. */
TARE_API enum tare_governor_verdict
tare_quota_check(struct tare_quota *quota, uint32_t quantity, int64_t now_ns,
                 struct tare_governor_decision *decision);

TARE_END

#endif
