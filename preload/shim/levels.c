/* SPDX-License-Identifier: MIT */
#include "shim/levels.h"

#include <errno.h>
#include <sys/resource.h>

#include "shim/account.h"
#include "shim/sys.h"

enum {
    LEVELS = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_level),
    FIRST_PAUSE_NS = 5000000,
};

static void put(struct ledger_level *to, const struct ledger_level *level)
{
    __atomic_store_n(&to->at_ns, 0, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    to->live_bytes = level->live_bytes;
    to->minor_faults = level->minor_faults;
    to->major_faults = level->major_faults;
    __atomic_store_n(&to->at_ns, level->at_ns, __ATOMIC_RELEASE);
}

/* The later one of each two stays. */
static void thin(struct ledger_level *levels)
{
    static const struct ledger_level unused;

    for (uint32_t i = 0; i < LEVELS / 2; i++)
        put(&levels[i], &levels[2 * i + 1]);
    for (uint32_t i = LEVELS / 2; i < LEVELS; i++)
        put(&levels[i], &unused);
    recorder->level_count = LEVELS / 2;
    recorder->level_pause_ns *= 2;
}

static void look(struct ledger_level *level, const struct thread *thread)
{
    const struct ledger_header *header = account_header(thread);
    struct rusage usage;

    *level = (struct ledger_level){
        .at_ns = thread->now_ns - header->start_monotonic_ns,
        .live_bytes = __atomic_load_n(&header->live_first, __ATOMIC_RELAXED) +
                      __atomic_load_n(&header->live_others, __ATOMIC_RELAXED) +
                      thread->pending_bytes,
    };
    if (!sys_may_be_filtered && syscall(SYS_getrusage, RUSAGE_SELF, &usage) == 0) {
        level->minor_faults = (uint64_t)usage.ru_minflt;
        level->major_faults = (uint64_t)usage.ru_majflt;
    }
}

/* Under the lock. The time of the next one; UINT64_MAX: there is no room for any. */
static uint64_t add(const struct thread *thread)
{
    struct ledger_level level;

    if (!recorder->levels)
        recorder->levels =
            ledger_new(&recorder->ledger, LEDGER_LEVELS, LEVELS * sizeof level);
    if (!recorder->levels)
        return UINT64_MAX;
    struct ledger_level *levels = ledger_at(&recorder->ledger, recorder->levels);
    look(&level, thread);
    put(&levels[recorder->level_count++], &level);
    if (recorder->level_count == LEVELS)
        thin(levels);
    return thread->now_ns + recorder->level_pause_ns;
}

void levels_take(const struct thread *thread)
{
    int saved_errno = errno;
    uintptr_t holder;

    if (!lock_take(&recorder->lock, thread_self(), &holder))
        return;
    uint64_t next = recorder->next_level_ns;
    if (!recorder->level_pause_ns) {
        recorder->level_pause_ns = FIRST_PAUSE_NS;
        next = account_header(thread)->start_monotonic_ns + FIRST_PAUSE_NS;
    }
    if (thread->now_ns >= next)
        next = add(thread);
    __atomic_store_n(&recorder->next_level_ns, next, __ATOMIC_RELAXED);
    lock_leave(&recorder->lock);
    errno = saved_errno;
}
