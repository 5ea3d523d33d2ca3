/* SPDX-License-Identifier: MIT
 *
 * The handler jumps only out of work that the same thread guards, and only for what that work did
 * itself: the kernel's word that an instruction faulted, or abort(). Anything else goes to who had the
 * signal before. The signal mask becomes what it was at the fault: a jump alone would leave the handler's.
 */
#include "modules/fault_guard.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <ucontext.h>
#include <unistd.h>

struct guard {
    sigjmp_buf back;
    struct guard *outer;
};

static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
enum { SIGNALS = sizeof numbers / sizeof *numbers };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned users;
/* Written while the handler is not set. It stays set where at the last close another one stood before
 * it, which may call it. */
static struct sigaction before[SIGNALS];
static bool is_set[SIGNALS];
static __thread struct guard *volatile current;

static bool is_own(int number, const siginfo_t *info)
{
    if (number == SIGABRT)
        return info->si_code == SI_TKILL && info->si_pid == getpid();
    return info->si_code > 0;
}

static void pass_on(int number, siginfo_t *info, void *context)
{
    size_t i = 0;

    while (numbers[i] != number)
        i++;
    if (before[i].sa_flags & SA_SIGINFO) {
        before[i].sa_sigaction(number, info, context);
    } else if (before[i].sa_handler != SIG_DFL && before[i].sa_handler != SIG_IGN) {
        before[i].sa_handler(number);
    } else if (before[i].sa_handler == SIG_DFL || info->si_code > 0) {
        /* An instruction that faulted does so again; what was sent is sent again. */
        sigaction(number, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
        if (info->si_code <= 0)
            raise(number);
    }
}

static void handle(int number, siginfo_t *info, void *context)
{
    struct guard *guard = current;

    if (guard && is_own(number, info)) {
        pthread_sigmask(SIG_SETMASK, &((const ucontext_t *)context)->uc_sigmask, NULL);
        siglongjmp(guard->back, 1);
    }
    pass_on(number, info, context);
}

void tare__fault_guard_open(void)
{
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    pthread_mutex_lock(&lock);
    if (users++ == 0)
        for (size_t i = 0; i < SIGNALS; i++) {
            if (is_set[i])
                continue;
            sigaction(numbers[i], NULL, &before[i]);
            sigaction(numbers[i], &action, NULL);
            is_set[i] = true;
        }
    pthread_mutex_unlock(&lock);
}

void tare__fault_guard_close(void)
{
    struct sigaction now;

    pthread_mutex_lock(&lock);
    if (--users == 0)
        for (size_t i = 0; i < SIGNALS; i++) {
            sigaction(numbers[i], NULL, &now);
            if (!(now.sa_flags & SA_SIGINFO) || now.sa_sigaction != handle)
                continue;
            sigaction(numbers[i], &before[i], NULL);
            is_set[i] = false;
        }
    pthread_mutex_unlock(&lock);
}

/* The lock may have been another thread's, which is not there. */
void tare__fault_guard_forget(void)
{
    lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    users = 0;
    for (size_t i = 0; i < SIGNALS; i++)
        is_set[i] = false;
    current = NULL;
}

bool tare__fault_guard_run(void (*work)(void *context), void *context)
{
    struct guard guard; /* not all-zero first: it is large */

    guard.outer = current;
    if (sigsetjmp(guard.back, 0)) {
        current = guard.outer;
        return false;
    }
    current = &guard;
    work(context);
    current = guard.outer;
    return true;
}
