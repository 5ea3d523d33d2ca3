/* SPDX-License-Identifier: MIT
 *
 * The fork for signal handlers, which has none of pthread_atfork's.
 */
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

#include "shim/compiler.h"
#include "shim/fork.h"

pid_t _Fork(void);

static pid_t (*next_fork)(void);

/* Early: a signal handler must not wait for the loader's lock. */
__attribute__((constructor)) static void find_function(void)
{
    void *found = dlsym(RTLD_NEXT, "_Fork");

    memcpy(&next_fork, &found, sizeof found);
}

HOOK pid_t _Fork(void)
{
    if (!next_fork) /* before glibc 2.34 */
        return fork();
    fork_prepare();
    pid_t pid = next_fork();
    if (pid == 0)
        fork_in_child();
    else
        fork_in_parent();
    return pid;
}
