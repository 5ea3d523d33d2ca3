/* SPDX-License-Identifier: MIT */
#include "shim/fork.h"

#include <errno.h>
#include <string.h>

#include "shim/mappings.h"
#include "shim/modules.h"
#include "shim/objects.h"
#include "shim/recorder.h"
#include "shim/sys.h"
#include "shim/thread.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000 /* Linux 4.17; before, the address is a hint */
#endif

enum {
    REGIONS_MAX = 20,
    /* behind the ledger's used part: an extent that is just being added */
    SPARE_BYTES = 4 * LEDGER_EXTENT_BYTES,
};

/* A mapping: this, and behind it what the regions held. */
struct copy {
    uint64_t bytes;
    struct thread *thread; /* the slot that is current in the parent */
    char *ledger;
    uint64_t ledger_bytes, used_bytes;
    uint32_t count;
    struct region regions[REGIONS_MAX];
};

/* Between fork_prepare and what follows it. */
static __thread struct copy *copy __attribute__((tls_model("initial-exec")));

static void add(struct copy *plan, void *at, uint64_t bytes)
{
    if (at && bytes) {
        plan->regions[plan->count++] = (struct region){at, bytes};
        plan->bytes += bytes;
    }
}

static void add_slot(struct copy *plan, struct thread *thread)
{
    const struct record_table *records = &thread->records;
    const struct chain *chain = &thread->chain;

    add(plan, thread, thread_block_bytes());
    add(plan, chain->frames, chain_bytes(chain->capacity));
    add(plan, chain->old_frames, chain_bytes(chain->old_capacity));
    add(plan, records->paths, record_table_path_bytes(records));
    add(plan, records->sites, record_table_site_bytes(records));
    add(plan, records->old, records->old_bytes);
}

/* Header, directory and extents, as far as they are there. */
static void add_ledger(struct copy *plan)
{
    const struct ledger *ledger = &recorder->ledger;
    uint64_t extents = ledger->extents, first = LEDGER_FIRST_EXTENT * LEDGER_EXTENT_BYTES;

    plan->ledger = ledger->base;
    plan->ledger_bytes = ledger->bytes;
    plan->used_bytes = extents * LEDGER_EXTENT_BYTES;
    add(plan, ledger->base, LEDGER_HEADER_BYTES + extents);
    add(plan, ledger->base + first, plan->used_bytes - first);
}

static bool holds(const struct lock *lock)
{
    return lock_is_mine(lock, thread_self());
}

static bool shares(void)
{
    return recorder->shared && holds(&recorder->shared_lock);
}

/* The slot that is the thread's own, behind whatever stands in for it now. */
static struct thread *slot_of_thread(void)
{
    if (recorder->interrupted)
        return recorder->interrupted;
    return thread_muted ? thread_muted : thread_current;
}

/* Is the thread in the middle of something that a fork takes away in the child? */
static bool is_within(const struct thread *thread)
{
    struct region table;

    return thread->busy >= THREAD_FRAMES || thread_muted || holds(&recorder->lock) ||
           holds(&recorder->shared_lock) || mappings_held(&table);
}

/* By longjmp: so is whatever was interrupted further inwards. */
static bool is_left(const struct thread *thread, const void *here)
{
    if (thread->busy >= THREAD_FRAMES)
        return thread_is_left(thread, here);
    return shares() && thread_is_left(recorder->shared, here);
}

/* Tables that a lock guards are copied by its holder only: others may be at work on them. */
static void add_guarded(struct copy *plan)
{
    struct region table;

    if (shares())
        add_slot(plan, recorder->shared);
    if (mappings_held(&table))
        add(plan, table.at, table.bytes);
    if (holds(&recorder->lock)) {
        add(plan, recorder->node_index, recorder->node_slots * sizeof(uint32_t));
        add(plan, recorder->modules, recorder->module_slots * sizeof(struct module));
        add(plan, recorder->old.at, recorder->old.bytes);
    }
}

void fork_prepare(void)
{
    struct copy plan = {.bytes = sizeof plan};
    int saved_errno = errno;

    copy = NULL;
    if (!recorder_is_on())
        return;
    plan.thread = slot_of_thread();
    if (!is_within(plan.thread) || is_left(plan.thread, __builtin_frame_address(0)))
        return;
    add(&plan, recorder, sizeof *recorder);
    if (thread_has_slot(plan.thread))
        add_slot(&plan, plan.thread);
    add_guarded(&plan);
    add_ledger(&plan);
    struct copy *memory = sys_map(NULL, plan.bytes, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    errno = saved_errno;
    if (memory == MAP_FAILED)
        return;
    *memory = plan;
    char *content = (char *)(memory + 1);
    for (uint32_t i = 0; i < plan.count; content += plan.regions[i++].bytes)
        memcpy(content, plan.regions[i].at, plan.regions[i].bytes);
    copy = memory;
}

void fork_in_parent(void)
{
    int saved_errno = errno;

    if (copy)
        sys_unmap(copy, copy->bytes);
    copy = NULL;
    errno = saved_errno;
}

/* Memory where the ledger is in the parent, writable as far as an event may have come. */
static bool replace_ledger(const struct copy *kept)
{
    uint64_t used = kept->used_bytes + SPARE_BYTES;
    void *place =
        sys_map(kept->ledger, kept->ledger_bytes, PROT_NONE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1);

    if (place == MAP_FAILED)
        return false;
    if (place == kept->ledger &&
        mprotect(place, used < kept->ledger_bytes ? used : kept->ledger_bytes,
                 PROT_READ | PROT_WRITE) == 0) {
        madvise(place, kept->ledger_bytes, MADV_DONTFORK);
        return true;
    }
    sys_unmap(place, kept->ledger_bytes);
    return false;
}

static void restore(const struct copy *kept)
{
    const char *content = (const char *)(kept + 1);

    for (uint32_t i = 0; i < kept->count; content += kept->regions[i++].bytes)
        memcpy(kept->regions[i].at, content, kept->regions[i].bytes);
    recorder->interrupted = kept->thread;
    recorder->idle_threads = NULL; /* their slots are zeros */
    lock_give_up(&recorder->lock, thread_self());
    lock_give_up(&recorder->shared_lock, thread_self());
    thread_current = &thread_new;
}

void fork_in_child(void)
{
    int saved_errno = errno;

    if (copy && replace_ledger(copy)) {
        restore(copy);
    } else if (recorder && recorder->pid && recorder->pid != (uint32_t)getpid()) {
        /* before Linux 4.14, and under emulators, nothing is wiped */
        memset(recorder, 0, sizeof *recorder);
        thread_current = &thread_new;
    }
    fork_in_parent();
    errno = saved_errno;
}

bool fork_is_within_event(const void *here)
{
    const struct thread *thread = recorder->interrupted;
    int saved_errno = errno;

    if (is_within(thread) && !is_left(thread, here))
        return true;
    thread_muted = NULL;
    sys_unmap(recorder->ledger.base, recorder->ledger.bytes);
    mappings_forget();
    objects_forget();
    memset(recorder, 0, sizeof *recorder);
    errno = saved_errno;
    return false;
}
