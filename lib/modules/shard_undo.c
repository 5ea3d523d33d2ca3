/* SPDX-License-Identifier: MIT
 *
 * Why nothing that was answered is lost, and nothing is done twice, whenever the process is killed.
 *
 * The shard applies requests of one port to one governor in runs:
 *     1  is_valid = 0; the image = the governor; what run it is; is_valid = 1
 *     2  the requests, one after the other: the governor changes, decisions go into the entries
 *     3  answered = the id behind the run
 * A process that is killed has executed its stores up to some point of its program, and memory that is
 * shared has all of these: so the order of the program is all that is needed, and the compiler's
 * fences keep it. The one store of step 3 is what decides:
 *     before it, with is_valid   the image goes back, and the next process begins at `answered`, which
 *                                is the run's first request
 *     before it, without         the governor was not touched yet; likewise
 *     after it                   `answered` is beyond the run's first id: the image is of the past, and
 *                                is left alone, valid or not
 * The program reads decisions after `answered` (acquire, with the release of step 3) alone, and writes
 * an entry again after that: so it has never seen anything of a run that is undone.
 */
#include <string.h>

#include "modules/fault_guard.h"
#include "modules/governor_core.h"
#include "modules/shard_core.h"

/* Between stores of this process, as one that comes after it finds them. */
static void in_this_order(void)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

void tare__undo_begin(struct tare_shard *shard, struct tare__slot *slot, uint32_t governor,
                      uint32_t port, uint64_t first)
{
    struct tare__undo *undo = &shard->shared->undo;

    undo->is_valid = 0;
    in_this_order();
    memcpy(shard->image, tare__slot_governor(slot), tare_governor_bytes(slot->policy));
    undo->governor = governor;
    undo->port = port;
    undo->first = first;
    undo->at = 0;
    in_this_order();
    undo->is_valid = 1;
    in_this_order();
}

void tare__undo_commit(struct tare_shard_port *port, uint64_t answered)
{
    in_this_order();
    __atomic_store_n(&port->answered, answered, __ATOMIC_RELEASE);
    in_this_order();
}

void tare__undo_recover(struct tare_shard *shard)
{
    struct tare__shared *shared = shard->shared;
    struct tare__undo *undo = &shared->undo;
    struct tare__slot *slot = tare__slot(shard, undo->governor);
    bool is_amid = undo->is_valid && shard->ports[undo->port].answered == undo->first;

    if (is_amid) {
        memcpy(tare__slot_governor(slot), shard->image, tare_governor_bytes(slot->policy));
        shared->undone++;
    }
    if (shared->is_after_fault) {
        shared->has_poison = is_amid;
        shared->poison_port = undo->port;
        shared->poison_id = undo->first + undo->at;
        shared->epoch++;
    }
    in_this_order();
    undo->is_valid = 0;
    shared->is_after_fault = 0;
}

struct look {
    const struct tare__slot *slot;
    bool is_valid;
};

static void look_at(void *context)
{
    struct look *look = context;
    const struct tare_governor *governor = tare__slot_governor(look->slot);

    look->is_valid =
        governor->policy == look->slot->policy && tare__governor_valid(governor);
}

/* From its newest snapshot that is whole, or as new. */
static void make_anew(struct tare_shard *shard, struct tare__slot *slot)
{
    struct tare_governor *governor = tare__slot_governor(slot);
    int err = -1;

    slot->is_broken = 1; /* if this is cut short, it is begun again */
    in_this_order();
    for (uint32_t i = 0; i < 2 && err; i++) {
        uint32_t which = slot->newest ^ i;

        if (tare_governor_init(&governor, governor, shard->governor_bytes, slot->policy) ==
                0 &&
            slot->snapshot_bytes[which])
            err = tare_governor_restore(governor, tare__slot_snapshot(shard, slot, which),
                                        slot->snapshot_bytes[which]);
    }
    *(err ? &shard->shared->wiped : &shard->shared->restored) += 1;
    in_this_order();
    slot->is_broken = 0;
}

void tare__slot_check(struct tare_shard *shard, struct tare__slot *slot)
{
    struct look look = {.slot = slot};

    tare__fault_guard_open();
    if (slot->is_broken || !tare__fault_guard_run(look_at, &look) || !look.is_valid)
        make_anew(shard, slot);
    tare__fault_guard_close();
    slot->epoch = shard->shared->epoch;
}

/* Into the older one's place, which is none meanwhile. */
void tare__slot_snapshot_take(struct tare_shard *shard, struct tare__slot *slot)
{
    uint32_t which = slot->newest ^ 1;

    slot->until_snapshot = shard->options.snapshot_every;
    slot->snapshot_bytes[which] = 0;
    in_this_order();
    size_t bytes =
        tare_governor_save(tare__slot_governor(slot),
                           tare__slot_snapshot(shard, slot, which), shard->snapshot_bytes);
    in_this_order();
    slot->snapshot_bytes[which] = bytes;
    in_this_order();
    slot->newest = which;
}
