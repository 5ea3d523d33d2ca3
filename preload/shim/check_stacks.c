/* SPDX-License-Identifier: MIT */
#include "shim/check_stacks.h"

#include <dlfcn.h>
#include <string.h>

#include "shim/account.h"
#include "shim/message.h"
#include "shim/thread.h"

enum { COMPARED_FRAMES = 1024 };

static int (*unwind)(void **ips, int capacity);

bool check_stacks_open(void)
{
    /* Local: its _Unwind_* must not be found before libgcc's by anyone else. */
    void *library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
    void *symbol = library ? dlsym(library, "unw_backtrace") : NULL;

    dlerror();
    memcpy(&unwind, &symbol, sizeof symbol);
    if (!unwind)
        message("TARE_CHECK_STACKS: libunwind.so.8 cannot be loaded (Debian: libunwind8): "
                "stacks are not compared");
    return unwind != NULL;
}

/* The frames from the allocation's caller outwards, in both walks. Where ours met code without
 * unwind data, libunwind guesses: what it says beyond does not count. */
static bool same_stack(const struct chain *chain, void *const *ips, int count)
{
    uint32_t frames = chain->frame_count;
    bool cut = frames && (frame_flags(&chain->frames[0]) & FRAME_CUT);
    uint32_t compared = frames < (uint32_t)count ? frames : (uint32_t)count;

    for (uint32_t i = 0; i < compared; i++) {
        if ((uint64_t)ips[i] != chain->frames[frames - 1 - i].ip)
            return false;
    }
    return cut ? compared == frames : frames == (uint32_t)count;
}

void check_stack(struct thread *thread, const struct call_frame *at)
{
    struct ledger_header *header = account_header(thread);
    void *ips[COMPARED_FRAMES];
    int count, first = 0;

    thread->check_credit = options.check_stacks;
    if (!unwind || thread->chain.frame_count >= COMPARED_FRAMES / 2)
        return;
    thread_current = &thread_mute;
    count = unwind(ips, COMPARED_FRAMES);
    thread_current = thread;
    while (first < count && (uint64_t)ips[first] != at->ip)
        first++; /* our own frames */
    counter_add_shared(&header->checked_stacks, 1);
    if (!same_stack(&thread->chain, ips + first, count - first))
        counter_add_shared(&header->wrong_stacks, 1);
}
