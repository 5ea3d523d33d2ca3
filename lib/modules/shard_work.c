/* SPDX-License-Identifier: MIT
 *
 * The shard's process: what ports ask is answered, in each port's order.
 */
#include <unistd.h>

#include "modules/shard_core.h"

void tare__refuse_with(struct tare_governor_decision *decision,
                       enum tare_governor_reason reason)
{
    *decision = (struct tare_governor_decision){.verdict = TARE_GOVERNOR_ERROR,
                                                .reason = (uint8_t)reason,
                                                .retry_after_ns = -1,
                                                .reset_after_ns = -1};
}

static bool has_governor(const struct tare_shard *shard, uint32_t number)
{
    return number < shard->options.governors && tare__slot(shard, number)->policy;
}

static bool is_poison(const struct tare__shared *shared, uint32_t port, uint64_t id)
{
    return shared->has_poison && shared->poison_port == port && shared->poison_id == id;
}

/* `count` requests to one governor. */
static void apply(struct tare_shard *shard, uint32_t port_number, uint64_t first,
                  uint32_t count)
{
    struct tare__shared *shared = shard->shared;
    struct tare_shard_port *port = &shard->ports[port_number];
    uint32_t number = tare__entry(port, first)->governor;
    struct tare__slot *slot = tare__slot(shard, number);

    if (slot->epoch != shared->epoch)
        tare__slot_check(shard, slot);
    tare__undo_begin(shard, slot, number, port_number, first);
    for (uint32_t i = 0; i < count; i++) {
        struct tare__entry *entry = tare__entry(port, first + i);

        __atomic_store_n(&shared->undo.at, i, __ATOMIC_RELAXED);
        if (TARE_UNLIKELY(is_poison(shared, port_number, first + i)))
            tare__refuse_with(&entry->decision, TARE_GOVERNOR_RESTARTING);
        else
            (void)tare_governor_ask(tare__slot_governor(slot), &entry->request,
                                    &entry->decision);
    }
    tare__undo_commit(port, first + count);
    if (shard->options.snapshot_every) {
        slot->until_snapshot -= count < slot->until_snapshot ? count : slot->until_snapshot;
        if (!slot->until_snapshot)
            tare__slot_snapshot_take(shard, slot);
    }
}

/* Done again after it was cut short, it gives the same. */
static int add(struct tare_shard *shard, struct tare__slot *slot,
               const struct tare_governor_policy *policy)
{
    struct tare_governor *governor;

    int err = tare_governor_init(&governor, tare__slot_governor(slot),
                                 shard->governor_bytes, policy);

    *slot = (struct tare__slot){.policy = err ? NULL : policy,
                                .epoch = shard->shared->epoch,
                                .until_snapshot = shard->options.snapshot_every};
    return err;
}

static int control(struct tare_shard *shard, uint32_t port, uint64_t id)
{
    struct tare__entry *entry = tare__entry(&shard->ports[port], id);
    struct tare__slot *slot = tare__slot(shard, entry->governor);

    if (entry->kind == TARE__ADD)
        return add(shard, slot, entry->control.policy);
    if (!slot->policy) /* it was removed when this was cut short */
        return 0;
    if (slot->epoch != shard->shared->epoch)
        tare__slot_check(shard, slot);
    if (entry->kind == TARE__SAVE) {
        entry->control.bytes = tare_governor_save(tare__slot_governor(slot),
                                                  shard->transfer, shard->snapshot_bytes);
        return 0;
    }
    if (entry->kind == TARE__RESTORE) {
        tare__undo_begin(shard, slot, entry->governor, port, id);
        return tare_governor_restore(tare__slot_governor(slot), shard->transfer,
                                     entry->control.bytes);
    }
    slot->policy = NULL; /* removed */
    return 0;
}

static bool goes_with(const struct tare__entry *entry, const struct tare__entry *first)
{
    return entry->kind == TARE__ASK && entry->governor == first->governor;
}

/* What is one run from `id` on; gives the id behind it. */
static uint64_t serve(struct tare_shard *shard, uint32_t number, uint64_t id, uint64_t end)
{
    struct tare_shard_port *port = &shard->ports[number];
    struct tare__entry *first = tare__entry(port, id);
    uint64_t behind = id + 1;

    if (first->kind == TARE__ASK && has_governor(shard, first->governor)) {
        while (behind < end && goes_with(tare__entry(port, behind), first))
            behind++;
        apply(shard, number, id, (uint32_t)(behind - id));
        return behind;
    }
    if (first->kind == TARE__ASK)
        tare__refuse_with(&first->decision, TARE_GOVERNOR_SUSPENDED);
    else if (first->kind != TARE__NOTHING)
        first->control.result = control(shard, number, id);
    tare__undo_commit(port, behind);
    return behind;
}

/* Pairs with the release of asked: the entries are whole. */
static uint64_t asked(const struct tare_shard_port *port)
{
    return __atomic_load_n(&port->asked, __ATOMIC_ACQUIRE);
}

static bool serve_port(struct tare_shard *shard, uint32_t number)
{
    struct tare_shard_port *port = &shard->ports[number];
    uint64_t id = port->answered, end = asked(port);

    if (id == end)
        return false;
    end = end - id > TARE__RUN ? id + TARE__RUN : end;
    while (id < end)
        id = serve(shard, number, id, end);
    tare__wake_sleeper(&port->is_waiting);
    return true;
}

static bool serve_all(struct tare_shard *shard)
{
    bool was_any = false;

    for (uint32_t i = 0; i <= shard->options.ports; i++)
        was_any |= serve_port(shard, i);
    return was_any;
}

static void sleep_until_asked(struct tare_shard *shard)
{
    uint32_t *is_sleeping = &shard->shared->is_sleeping;

    tare__about_to_sleep(is_sleeping);
    for (uint32_t i = 0; i <= shard->options.ports; i++)
        if (asked(&shard->ports[i]) != shard->ports[i].answered) {
            tare__awake(is_sleeping);
            return;
        }
    tare__futex_wait(is_sleeping, 1, false);
}

void tare__shard_work(struct tare_shard *shard)
{
    __atomic_store_n(&shard->shared->process, (uint32_t)getpid(), __ATOMIC_RELAXED);
    tare__undo_recover(shard);
    /* Who was answered may not have been told. */
    for (uint32_t i = 0; i <= shard->options.ports; i++)
        tare__wake_sleeper(&shard->ports[i].is_waiting);
    for (struct tare__spin spin = {0};;) {
        if (!serve_all(shard)) {
            if (!tare__spin_is_over(&spin))
                continue;
            sleep_until_asked(shard);
        }
        spin = (struct tare__spin){0};
    }
}
