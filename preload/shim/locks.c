/* SPDX-License-Identifier: MIT */
#include "shim/locks.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/resource.h>

#include "shim/advice.h"
#include "shim/recorder.h"
#include "shim/sys.h"
#include "shim/thread.h"

enum { SHARE = 16 };

/* In the first of the kernel's namespaces: who is privileged in another one only is not. But that is
 * not told apart here, and found when the call fails. */
static bool is_privileged(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

    return syscall(SYS_capget, &header, data) == 0 &&
           (data[0].effective & CAP_TO_MASK(CAP_IPC_LOCK));
}

bool locks_are_limited(void)
{
    struct rlimit limit;
    int saved_errno = errno;

    bool limited = !sys_may_be_filtered && getrlimit(RLIMIT_MEMLOCK, &limit) == 0 &&
                   limit.rlim_cur != RLIM_INFINITY && !is_privileged();
    errno = saved_errno;
    return limited;
}

/* A part of what the limit leaves when all that is mapped is locked but `unused`. */
static uint64_t spare_bytes(uint64_t unused)
{
    struct rlimit limit;
    char text[64];
    uint64_t pages = 0;

    if (sys_may_be_filtered || getrlimit(RLIMIT_MEMLOCK, &limit) != 0 ||
        !sys_read_file("/proc/self/statm", text, sizeof text))
        return 0;
    for (const char *at = text; *at >= '0' && *at <= '9'; at++)
        pages = pages * 10 + (uint64_t)(*at - '0');
    uint64_t used = pages * (uint64_t)getpagesize() - unused;
    return limit.rlim_cur > used ? (limit.rlim_cur - used) / SHARE : 0;
}

bool locks_give_back(void)
{
    struct thread *marked = thread_mark();
    int saved_errno = errno;
    bool given = false;

    if (recorder_is_on() && lock_try(&recorder->lock, thread_self())) {
        uint64_t unused = ledger_unused_bytes(&recorder->ledger);

        unused += advice_unused_bytes(unused);
        given = ledger_give_back(&recorder->ledger, spare_bytes(unused));
        if (given)
            advice_give_back(&recorder->ledger);
        lock_leave(&recorder->lock);
    }
    thread_unmark(marked);
    errno = saved_errno;
    return given;
}
