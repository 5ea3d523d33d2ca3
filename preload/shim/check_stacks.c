/* SPDX-License-Identifier: MIT */
#include "shim/check_stacks.h"

#include "shim/account.h"
#include "shim/message.h"
#include "shim/sys.h"
#include "shim/thread.h"
#include "shim/unwinder.h"

enum { COMPARED_FRAMES = 1024 };

bool check_stacks_open(void)
{
    if (unwinder_open())
        return true;
    message("TARE_CHECK_STACKS: libunwind.so.8 cannot be loaded (Debian: libunwind8): "
            "stacks are not compared");
    return false;
}

/* The frames from the allocation's caller outwards, in both walks. Where ours met code without
 * unwind data, libunwind guesses: what it says beyond does not count. */
static bool same_stack(const struct chain *chain, const uint64_t *ips, uint32_t count)
{
    uint32_t frames = chain->frame_count;
    bool cut = frames && (frame_flags(&chain->frames[0]) & FRAME_CUT);
    uint32_t compared = frames < count ? frames : count;

    for (uint32_t i = 0; i < compared; i++) {
        if (ips[i] != chain->frames[frames - 1 - i].ip)
            return false;
    }
    return cut ? compared == frames : frames == count;
}

void check_stack(struct thread *thread, const struct call_frame *at)
{
    struct ledger_header *header = account_header(thread);
    uint64_t ips[COMPARED_FRAMES], caller = plain_address(at->ip);
    uint32_t count, first = 0;

    thread->check_credit = options.check_stacks;
    if (sys_may_be_filtered || thread->chain.frame_count >= COMPARED_FRAMES / 2 ||
        (count = unwinder_walk(ips, COMPARED_FRAMES)) == 0)
        return;
    while (first < count && ips[first] != caller)
        first++; /* our own frames */
    counter_add_shared(&header->checked_stacks, 1);
    if (!same_stack(&thread->chain, ips + first, count - first))
        counter_add_shared(&header->wrong_stacks, 1);
}
