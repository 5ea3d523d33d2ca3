/* SPDX-License-Identifier: MIT */
#include "shim/unwinder_steps.h"

#include <errno.h>
#include <string.h>
#include <ucontext.h>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "shim/thread.h"
#include "shim/unwinder.h"

/* The header gives its functions names of one architecture and library by macros. */
#define NAME(function) NAME_AS_IS(function)
#define NAME_AS_IS(function) #function

static struct {
    __typeof__(&unw_init_local) init_local;
    __typeof__(&unw_step) step;
    __typeof__(&unw_get_reg) get_reg;
    __typeof__(&unw_is_signal_frame) is_signal_frame;
    __typeof__(&unw_flush_cache) flush_cache;
    __typeof__(&unw_set_caching_policy) set_caching_policy;
} with;

/* What unw_is_signal_frame says of the frame that was interrupted, and of the one inwards of it,
 * which returns from the signal: true of one of the two, by architecture. */
#if defined(__x86_64__) || defined(__s390x__)
enum { INTERRUPTED_IS_SIGNAL_FRAME = true };
#else
enum { INTERRUPTED_IS_SIGNAL_FRAME = false };
#endif

static unw_addr_space_t *address_space;

/* libunwind's context begins like the system's, and may be the shorter one. */
union context {
    unw_context_t unwind;
    ucontext_t system;
};

bool unwinder_steps_open(void)
{
    void *symbols[] = {
        unwinder_symbol(NAME(unw_init_local)),
        unwinder_symbol(NAME(unw_step)),
        unwinder_symbol(NAME(unw_get_reg)),
        unwinder_symbol(NAME(unw_is_signal_frame)),
        unwinder_symbol(NAME(unw_flush_cache)),
        unwinder_symbol(NAME(unw_set_caching_policy)),
    };

    _Static_assert(sizeof symbols == sizeof with, "one symbol each");
    address_space = unwinder_symbol(NAME(unw_local_addr_space));
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        if (!symbols[i] || !address_space)
            return false;
    }
    memcpy(&with, symbols, sizeof with);
    /* A common cache has a lock, which a walk would hold while it waits for the loader's. */
    with.set_caching_policy(*address_space, UNW_CACHE_PER_THREAD);
    return true;
}

static uint32_t walk_on(unw_cursor_t *cursor, uint64_t *ips, uint32_t capacity)
{
    uint32_t count = 0;
    bool inner_signal = false;
    unw_word_t ip;
    int more = 1;

    while (more > 0 && count < capacity && with.get_reg(cursor, UNW_REG_IP, &ip) == 0) {
        bool signal = with.is_signal_frame(cursor) > 0;

        if (ip == 0)
            break; /* the outermost frame's caller */
        ips[count] = plain_address(ip);
        if (INTERRUPTED_IS_SIGNAL_FRAME ? signal : inner_signal)
            ips[count] |= UNWOUND_EXACT;
        count++;
        inner_signal = signal;
        more = with.step(cursor);
    }
    if (more < 0 && count)
        ips[count - 1] |= UNWOUND_CUT;
    return count;
}

static uint32_t walk_from_here(uint64_t *ips, uint32_t capacity)
{
    union context context;
    unw_cursor_t cursor;

    if (getcontext(&context.system) != 0 || with.init_local(&cursor, &context.unwind) != 0)
        return 0;
    return walk_on(&cursor, ips, capacity);
}

uint32_t unwinder_steps_walk(uint64_t *ips, uint32_t capacity)
{
    int saved_errno = errno;

    if (!with.step)
        return 0;
    struct thread *thread = thread_mute_begin();
    uint32_t count = walk_from_here(ips, capacity);
    thread_mute_end(thread);
    errno = saved_errno;
    return count;
}

void unwinder_steps_flush(void)
{
    if (with.step)
        with.flush_cache(*address_space, 0, 0);
}
