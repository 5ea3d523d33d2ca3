/* SPDX-License-Identifier: MIT
 *
 * Names that threads give themselves. They are noted as they are given: to ask for them later would
 * be a system call in the middle of an allocation, and a program may have forbidden itself that. That
 * it does so is noted, too.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>

#include "shim/sys.h"
#include "shim/thread.h"

int prctl(int option, ...);

/* Nothing to note in a thread that has allocated nothing yet: its name is read when it does. */
static void note_own_name(const char *name)
{
    struct thread *thread = thread_mark();

    if (thread && thread_has_slot(thread)) {
        size_t bytes = strnlen(name, LEDGER_NAME_BYTES - 1);

        memcpy(thread->identity->name, name, bytes);
        memset(thread->identity->name + bytes, 0, LEDGER_NAME_BYTES - bytes);
    }
    thread_unmark(thread);
}

HOOK int prctl(int option, ...)
{
    unsigned long given[4];
    va_list list;

    va_start(list, option); /* as libc does: what was not given is not looked at */
    for (int i = 0; i < 4; i++)
        given[i] = va_arg(list, unsigned long);
    va_end(list);
    long result = syscall(SYS_prctl, option, given[0], given[1], given[2], given[3]);
    if (option == PR_SET_NAME && result == 0)
        note_own_name((const char *)given[0]);
    if (option == PR_SET_SECCOMP || option == PR_SET_NO_NEW_PRIVS)
        sys_may_be_filtered = true;
    return (int)result;
}

HOOK int pthread_setname_np(pthread_t thread, const char *name)
{
    static int (*next_setname)(pthread_t, const char *);

    if (!next_setname) {
        void *symbol = dlsym(RTLD_NEXT, "pthread_setname_np");
        memcpy(&next_setname, &symbol, sizeof symbol);
    }
    int err = next_setname ? next_setname(thread, name) : ENOSYS;
    if (err == 0 && pthread_equal(thread, pthread_self()))
        note_own_name(name);
    return err;
}
