/* SPDX-License-Identifier: MIT
 *
 * A child's way: asked, faulted, restarted. What a governor's memory holds after a fault is not
 * looked at: it is made anew, from what is kept beside it.
 */
#include <tare/supervisor.h>

#include <errno.h>

#include "modules/debug.h"
#include "modules/fault_guard.h"
#include "modules/supervisor_core.h"

static void begin_anew(struct tare_supervisor_child *child)
{
    struct tare_supervisor *supervisor = child->supervisor;
    int err = tare_governor_init(&child->governor, child->governor,
                                 tare_governor_bytes(child->policy), child->policy);

    TARE_ASSERT(!err); /* the same memory, the same policy */
    (void)err;
    if (child->snapshot_bytes &&
        tare_governor_restore(child->governor, child->snapshot, child->snapshot_bytes) == 0)
        supervisor->stats.restored++;
    child->until_snapshot = child->snapshot_every;
}

static void give_up(struct tare_supervisor *supervisor)
{
    supervisor->stats.gave_up = true;
    for (struct tare_supervisor_child *child = supervisor->children; child;
         child = child->next)
        child->state = TARE_SUPERVISOR_HAS_ENDED;
}

static bool may_restart(struct tare_supervisor_child *child, int64_t now_ns)
{
    struct tare_supervisor *supervisor = child->supervisor;

    return supervisor->is_quarantining
               ? tare__restart_is_allowed(&supervisor->rule, &child->restarts, child->times,
                                          now_ns)
               : tare__restart_is_allowed(&supervisor->rule, &supervisor->restarts,
                                          supervisor->times, now_ns);
}

static void end(struct tare_supervisor_child *child, bool is_restarted, int64_t now_ns)
{
    struct tare_supervisor *supervisor = child->supervisor;

    if (!is_restarted) {
        child->state = TARE_SUPERVISOR_HAS_ENDED;
    } else if (may_restart(child, now_ns)) {
        supervisor->stats.restarts++;
        begin_anew(child);
    } else if (supervisor->is_quarantining) {
        supervisor->stats.quarantined++;
        child->state = TARE_SUPERVISOR_IN_QUARANTINE;
    } else {
        give_up(supervisor);
    }
    TARE_AUDIT(tare__supervisor_valid(supervisor));
}

void tare_supervisor_fault(struct tare_supervisor_child *child, int64_t now_ns)
{
    if (child->state != TARE_SUPERVISOR_RUNS)
        return;
    child->supervisor->stats.faults++;
    end(child, child->restart != TARE_SUPERVISOR_TEMPORARY, now_ns);
}

void tare_supervisor_finish(struct tare_supervisor_child *child, int64_t now_ns)
{
    if (child->state == TARE_SUPERVISOR_RUNS)
        end(child, child->restart == TARE_SUPERVISOR_PERMANENT, now_ns);
}

void tare_supervisor_readmit(struct tare_supervisor_child *child)
{
    if (child->state != TARE_SUPERVISOR_IN_QUARANTINE)
        return;
    child->state = TARE_SUPERVISOR_RUNS;
    child->restarts = (struct tare__restarts){0};
    begin_anew(child);
}

struct saving {
    const struct tare_governor *governor;
    void *to;
    size_t bytes;
};

static void save(void *context)
{
    struct saving *saving = context;

    saving->bytes = tare_governor_save(saving->governor, saving->to, saving->bytes);
}

/* Into new memory: whatever goes wrong, the one before stays. -EFAULT, -ENOMEM. */
static int take_snapshot(struct tare_supervisor_child *child)
{
    struct tare_supervisor *supervisor = child->supervisor;
    size_t room = tare_governor_snapshot_bytes(child->policy);
    struct saving saving = {child->governor, tare_mem_alloc(supervisor->mem, room, 8),
                            room};

    child->until_snapshot = child->snapshot_every;
    if (!saving.to) {
        supervisor->stats.missed_snapshots++;
        return -ENOMEM;
    }
    if (!supervisor->is_guarded)
        save(&saving);
    else if (!tare__fault_guard_run(save, &saving))
        saving.bytes = 0;
    if (!saving.bytes) {
        tare_mem_free(supervisor->mem, saving.to, room, 8);
        return -EFAULT;
    }
    tare_mem_free(supervisor->mem, child->snapshot, room, 8);
    child->snapshot = saving.to;
    child->snapshot_bytes = saving.bytes;
    return 0;
}

int tare_supervisor_snapshot(struct tare_supervisor_child *child, int64_t now_ns)
{
    int err = child->state == TARE_SUPERVISOR_RUNS ? take_snapshot(child) : -EINVAL;

    if (err == -EFAULT)
        tare_supervisor_fault(child, now_ns);
    return err;
}

struct asking {
    struct tare_governor *governor;
    const struct tare_governor_request *request;
    struct tare_governor_decision *decision;
};

static void ask(void *context)
{
    const struct asking *asking = context;

    (void)tare_governor_ask(asking->governor, asking->request, asking->decision);
}

static enum tare_governor_verdict refuse(struct tare_governor_decision *decision,
                                         enum tare_governor_reason reason)
{
    *decision = (struct tare_governor_decision){.verdict = TARE_GOVERNOR_ERROR,
                                                .reason = (uint8_t)reason,
                                                .retry_after_ns = -1,
                                                .reset_after_ns = -1};
    return TARE_GOVERNOR_ERROR;
}

static void count_to_snapshot(struct tare_supervisor_child *child,
                              const struct tare_governor_request *request,
                              const struct tare_governor_decision *decision)
{
    if (decision->verdict == TARE_GOVERNOR_ERROR || request->op == TARE_GOVERNOR_PEEK ||
        decision->flags & TARE_GOVERNOR_REPLAYED || --child->until_snapshot)
        return;
    if (take_snapshot(child) == -EFAULT)
        tare_supervisor_fault(child, request->now_ns);
}

enum tare_governor_verdict tare_supervisor_ask(struct tare_supervisor_child *child,
                                               const struct tare_governor_request *request,
                                               struct tare_governor_decision *decision)
{
    struct asking asking = {child->governor, request, decision};

    if (TARE_UNLIKELY(child->state != TARE_SUPERVISOR_RUNS))
        return refuse(decision, child->state == TARE_SUPERVISOR_HAS_ENDED
                                    ? TARE_GOVERNOR_SUSPENDED
                                    : TARE_GOVERNOR_RESTARTING);
    if (!child->supervisor->is_guarded) {
        ask(&asking);
    } else if (TARE_UNLIKELY(!tare__fault_guard_run(ask, &asking))) {
        tare_supervisor_fault(child, request->now_ns);
        return refuse(decision, TARE_GOVERNOR_RESTARTING);
    }
    if (child->snapshot_every)
        count_to_snapshot(child, request, decision);
    return (enum tare_governor_verdict)decision->verdict;
}
