/* SPDX-License-Identifier: MIT
 *
 * modules/supervisor_core.h - what a supervisor is made of.
 *
 * Shape    children: a list, the latest first
 * Units    as tare/supervisor.h
 * Owner    the supervisor
 * Threads  single owner
 * Errors   none
 * Cost     none
 * Source   none
 */
#ifndef TARE_MODULES_SUPERVISOR_CORE_H
#define TARE_MODULES_SUPERVISOR_CORE_H

#include <tare/supervisor.h>

#include "modules/restarts.h"

struct tare_supervisor {
    struct tare_mem *mem;
    bool is_quarantining, is_guarded;
    struct tare__rule rule;
    struct tare_supervisor_child *children;
    struct tare_supervisor_child *base[TARE_GOVERNOR_TYPES];
    struct tare_governor_policy *policies[TARE_GOVERNOR_TYPES];
    struct tare_supervisor_stats stats;
    struct tare__restarts restarts;
    int64_t times[]; /* rule.most */
};

struct tare_supervisor_child {
    struct tare_supervisor *supervisor;
    struct tare_supervisor_child *next, *previous;
    const struct tare_governor_policy *policy;
    struct tare_governor *governor;
    void *snapshot; /* NULL: none */
    size_t snapshot_bytes;
    uint32_t snapshot_every, until_snapshot;
    uint8_t restart, state;
    struct tare__restarts restarts;
    int64_t times[]; /* rule.most, where the rule is held against each child */
};

/* The validator. */
bool tare__supervisor_valid(const struct tare_supervisor *supervisor);

#endif
