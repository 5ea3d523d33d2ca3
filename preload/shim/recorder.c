/* SPDX-License-Identifier: MIT */
#include "shim/recorder.h"

#include <errno.h>
#include <linux/random.h>
#include <pthread.h>
#include <stddef.h>

#include "shim/advice.h"
#include "shim/check_stacks.h"
#include "shim/entries.h"
#include "shim/environment.h"
#include "shim/exit_report.h"
#include "shim/fork.h"
#include "shim/message.h"
#include "shim/modules.h"
#include "shim/next.h"
#include "shim/options.h"
#include "shim/shallow.h"
#include "shim/slack.h"
#include "shim/stacks.h"
#include "shim/sys.h"
#include "shim/thread.h"
#include "shim/trailer.h"

struct recorder *recorder;
uint64_t trailer_key;
size_t trailer_room = TRAILER_BYTES;

/* Of the program image: a fork's child goes on with them. */
static uint64_t secret;
static uint32_t forks;
static uint32_t image_begun;
static bool libc_is_ready; /* constructors run: no environment means that it was cleared */
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
        RECORDER_COUNT(lost_events);
    else
        counter_add_shared(&events_before, 1);
}

void recorder_count(size_t offset, size_t bytes)
{
    struct thread *marked = thread_mark();
    char *header = (char *)recorder->ledger.header;
    void *counter = header + offset;

    if (header && bytes == sizeof(uint64_t)) /* else in a child that has not begun */
        counter_add_shared(counter, 1);
    else if (header)
        __atomic_fetch_add((uint32_t *)counter, 1, __ATOMIC_RELAXED);
    thread_unmark(marked);
}

/* Once a program, at its first event: constructors come too late, other libraries' have
 * allocated by then. */
static bool begin_image(void)
{
    extern char **environ;
    uint32_t begun = 0;

    if (!environ && !libc_is_ready)
        return false;
    if (!__atomic_compare_exchange_n(&image_begun, &begun, 1, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED))
        return false; /* by another thread, or by an allocation of what follows */
    message_init();
    options_init();
    if (options.trace_bytes)
        trailer_room = TRAILER_BYTES + TRACE_ID_BYTES;
    if (syscall(SYS_getrandom, &secret, sizeof secret, GRND_NONBLOCK) != sizeof secret)
        secret = sys_clock_ns(CLOCK_MONOTONIC) * 0x9e3779b97f4a7c15u;
    code_init();
    environment_init();
    next_init();
    if (next_state == NEXT_READY) {
        slack_init();
        entries_init();
    }
    thread_init();
    struct recorder *memory = sys_map_private(sizeof *memory);
    __atomic_store_n(&recorder, memory, __ATOMIC_RELEASE);
    return memory != NULL;
}

static bool open_ledger(bool fork_child)
{
    struct ledger *ledger = &recorder->ledger;

    if (next_state == NEXT_UNKNOWN || !stack_index_open() ||
        !ledger_open(ledger, fork_child))
        return false;
    if (options.advise && !advice_open(ledger)) {
        options.advise = options.fill = false;
        ledger->header->flags &= ~(uint32_t)(LEDGER_ADVISED | LEDGER_FILLED);
    }
    if (options.advise)
        ledger->header->block_key = trailer_key;
    recorder->shared = thread_make_shared();
    ledger->header->lost_events = events_before;
    events_before = 0;
    if (next_state != NEXT_READY)
        ledger->header->flags |= LEDGER_BYPASSED;
    ledger_publish(ledger);
    return recorder->shared != NULL;
}

/* At once, because a process need not come to its exit handlers. */
static void say_unwritten(void)
{
    bool no_room = recorder->ledger.why == ENOSPC || recorder->ledger.why == EFBIG;
    const char *why = strerrordesc_np(recorder->ledger.why);
    struct text text = {0};

    if (no_room) {
        text_add(&text, "no room for the profile: it is not written");
    } else {
        text_add(&text, "the profile cannot be created: ");
        text_add(&text, why ? why : "it is not known why");
    }
    message_why(options.output, text.bytes);
}

static COLD bool begin_process(void)
{
    uint32_t state = RECORDER_NEW;
    int saved_errno = errno;
    uint64_t mask;

    bool blocked = sys_block_signals(&mask);
    struct thread *thread = thread_mute_begin();
    if ((recorder || begin_image()) &&
        __atomic_compare_exchange_n(&recorder->state, &state, RECORDER_STARTING, false,
                                    __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
        bool fork_child = image_begun > 1;

        if (fork_child) {
            forks++;
            code_forget_rules(); /* the modules they hold for are not known here yet */
        }
        image_begun = 2;
        recorder->pid = (uint32_t)getpid();
        trailer_key = key_of(forks);
        state = !open_ledger(fork_child)   ? RECORDER_OFF
                : next_state == NEXT_READY ? RECORDER_ON
                                           : RECORDER_BYPASSED;
        __atomic_store_n(&recorder->state, state, __ATOMIC_RELEASE);
        if (recorder->ledger.why)
            say_unwritten();
        else if (options.verbose && state == RECORDER_ON)
            message_why("recording to", recorder->ledger.path);
        if (state == RECORDER_OFF)
            message("no memory to record in: nothing is recorded");
    }
    thread_mute_end(thread);
    if (blocked)
        sys_restore_signals(&mask);
    errno = saved_errno;
    return state == RECORDER_ON;
}

static uint32_t state_now(void)
{
    struct recorder *now = __atomic_load_n(&recorder, __ATOMIC_ACQUIRE);

    return now ? __atomic_load_n(&now->state, __ATOMIC_ACQUIRE) : RECORDER_NEW;
}

bool recorder_start(void)
{
    uint32_t state = state_now();

    if (state == RECORDER_ON && UNLIKELY(recorder->interrupted)) {
        if (fork_is_within_event(__builtin_frame_address(0))) {
            counter_add_shared(&events_before, 1);
            return false;
        }
        state = RECORDER_NEW;
    }
    if (state == RECORDER_NEW) {
        if (begin_process())
            return true;
        state = state_now();
    }
    if (state == RECORDER_ON)
        return true;
    if (state < RECORDER_OFF)
        recorder_lost_event();
    return false;
}

void recorder_is_reached(void)
{
    uint32_t state = RECORDER_BYPASSED;

    recorder_start();
    if (!recorder ||
        !__atomic_compare_exchange_n(&recorder->state, &state, RECORDER_STARTING, false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return;
    int saved_errno = errno;
    uint64_t mask;
    bool blocked = sys_block_signals(&mask);
    struct thread *thread = thread_mute_begin();
    next_is_reached();
    slack_init();
    entries_init();
    recorder->ledger.header->flags &= ~(uint32_t)LEDGER_BYPASSED;
    thread_mute_end(thread);
    __atomic_store_n(&recorder->state, RECORDER_ON, __ATOMIC_RELEASE);
    if (blocked)
        sys_restore_signals(&mask);
    errno = saved_errno;
}

void recorder_finish_start(void)
{
    uint64_t mask;

    libc_is_ready = true;
    if (!recorder_start()) {
        if (options.mimalloc && next_state == NEXT_BYPASSED)
            next_use_mimalloc(); /* says why not */
        return;
    }
    bool blocked = sys_block_signals(&mask);
    struct thread *thread = thread_mute_begin();
    pthread_atfork(fork_prepare, fork_in_parent, fork_in_child);
    if (options.mimalloc && !next_use_mimalloc()) {
        options.mimalloc = false;
        recorder->ledger.header->allocator = LEDGER_ALLOCATOR_SYSTEM;
    }
    if (options.mimalloc)
        shallow_init();
    if (options.sites)
        chain_open();
    if (options.check_stacks && !check_stacks_open()) {
        options.check_stacks = 0;
        recorder->ledger.header->flags &= ~(uint32_t)LEDGER_CHECKED;
    }
    thread_mute_end(thread);
    if (blocked)
        sys_restore_signals(&mask);
}

void recorder_end(void)
{
    bool bypassed = recorder && recorder->state == RECORDER_BYPASSED;

    if (!recorder_is_on() && !bypassed)
        return;
    if (!bypassed)
        advice_wait_for_look();
    struct thread *marked = thread_mark();
    struct ledger_header *header = recorder->ledger.header;
    header->end_monotonic_ns = sys_clock_ns(CLOCK_MONOTONIC);
    header->end = LEDGER_END_EXIT;
    thread_unmark(marked);
    if (!sys_may_be_filtered && ledger_is_deleted(&recorder->ledger))
        message_why(recorder->ledger.path,
                    "the profile was deleted while the program ran, and is lost; "
                    "TARE_OUTPUT says where it lies");
    if (bypassed) {
        if (next_state == NEXT_BYPASSED)
            message_why("nothing was recorded, the program uses the allocator of",
                        next_in_front());
        return;
    }
    struct thread *thread = thread_mute_begin();
    exit_report();
    thread_mute_end(thread);
}
