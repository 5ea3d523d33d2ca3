/* SPDX-License-Identifier: MIT */
#include "shim/recorder.h"

#include <errno.h>
#include <linux/random.h>
#include <string.h>

#include "shim/check_stacks.h"
#include "shim/exit_report.h"
#include "shim/message.h"
#include "shim/modules.h"
#include "shim/next.h"
#include "shim/options.h"
#include "shim/stacks.h"
#include "shim/sys.h"
#include "shim/thread.h"
#include "shim/trailer.h"

struct recorder *recorder;
uint64_t trailer_key;

/* Of the program image: a fork's child goes on with them. */
static uint64_t secret;
static uint32_t forks;
static uint32_t image_begun;
static uint64_t events_before;

static uint64_t key_of(uint32_t generation)
{
    return secret + generation * 0xd6e8feb86659fd93u;
}

bool recorder_key_before(uint32_t back, uint64_t *key)
{
    *key = key_of(forks - back);
    return back <= forks;
}

void recorder_lost_event(void)
{
    if (recorder_is_on())
        counter_add_shared(&recorder->ledger.header->lost_events, 1);
    else
        counter_add_shared(&events_before, 1);
}

/* Once a program, at its first event: constructors come too late, other libraries' have
 * allocated by then. */
static bool begin_image(void)
{
    extern char **environ;
    uint32_t begun = 0;

    if (!environ)
        return false; /* libc is not ready yet */
    if (!__atomic_compare_exchange_n(&image_begun, &begun, 1, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED))
        return false; /* by another thread, or by an allocation of what follows */
    message_init();
    options_init();
    if (syscall(SYS_getrandom, &secret, sizeof secret, GRND_NONBLOCK) != sizeof secret)
        secret = sys_clock_ns(CLOCK_MONOTONIC) * 0x9e3779b97f4a7c15u;
    code_init();
    next_init();
    thread_init();
    struct recorder *memory = sys_map_private(sizeof *memory);
    __atomic_store_n(&recorder, memory, __ATOMIC_RELEASE);
    return memory != NULL;
}

static bool open_ledger(bool fork_child)
{
    struct ledger *ledger = &recorder->ledger;

    if (!next.usable || !stack_index_open() || !ledger_open(ledger, fork_child))
        return false;
    recorder->shared = thread_make_shared();
    ledger->header->lost_events = events_before;
    events_before = 0;
    ledger_publish(ledger);
    return recorder->shared != NULL;
}

static COLD bool begin_process(void)
{
    struct thread *thread = thread_current;
    uint32_t state = RECORDER_NEW;
    int saved_errno = errno;

    thread_current = &thread_mute;
    if ((recorder || begin_image()) &&
        __atomic_compare_exchange_n(&recorder->state, &state, RECORDER_STARTING, false,
                                    __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
        bool fork_child = image_begun > 1;

        if (fork_child) {
            forks++;
            code_forget_rules(); /* the modules they hold for are not known here yet */
        }
        image_begun = 2;
        trailer_key = key_of(forks);
        state = open_ledger(fork_child) ? RECORDER_ON : RECORDER_OFF;
        __atomic_store_n(&recorder->state, state, __ATOMIC_RELEASE);
        if (options.verbose && state == RECORDER_ON && !recorder->ledger.why)
            message_why("recording to", recorder->ledger.path);
        if (state == RECORDER_OFF)
            message("no memory to record in: nothing is recorded");
    }
    thread_current = thread;
    errno = saved_errno;
    return state == RECORDER_ON;
}

bool recorder_start(void)
{
    struct recorder *now = __atomic_load_n(&recorder, __ATOMIC_ACQUIRE);
    uint32_t state = now ? __atomic_load_n(&now->state, __ATOMIC_ACQUIRE) : RECORDER_NEW;

    if (state == RECORDER_NEW && begin_process())
        return true;
    if (state == RECORDER_ON)
        return true;
    if (state != RECORDER_OFF)
        recorder_lost_event();
    return false;
}

void recorder_finish_start(void)
{
    struct thread *thread = thread_current;

    if (!recorder_start())
        return;
    thread_current = &thread_mute;
    if (options.mimalloc)
        options.mimalloc = next_use_mimalloc();
    if (options.check_stacks && !check_stacks_open())
        options.check_stacks = 0;
    thread_current = thread;
}

void recorder_end(void)
{
    struct thread *thread = thread_current;

    if (!recorder_is_on())
        return;
    struct ledger_header *header = recorder->ledger.header;
    header->end_monotonic_ns = sys_clock_ns(CLOCK_MONOTONIC);
    header->end = LEDGER_END_EXIT;
    thread_current = &thread_mute;
    exit_report();
    thread_current = thread;
}
