/* SPDX-License-Identifier: MIT
 *
 * Why a value that has_passed says is free is held by nobody. Let U be the stores that unlinked it,
 * before seal; E what seal gave; L the loads of some reader that could find it.
 *
 *   enter:  (1) load the epoch, acquire   (2) store it as its own   [compiler barrier]   L
 *   leave:  (3) store 0, release
 *   seal:   U   (4) add to the epoch      (5) barrier in every thread of the process
 *   passed: (6) load each reader's own epoch, acquire
 *
 * (6) sees 0 or at least E, or it waits.
 *   - At least E: (1) read what (4) wrote; U comes before (4), and L after (1): L sees U.
 *   - 0, written by (3): what L found was used before (3), and (6) comes after it.
 *   - 0, since (2) is not seen yet: (2) comes after (5) in its thread, or (6) would see it, and so do
 *     L, which the compiler leaves behind (2): L sees U.
 * So (5) pairs with (2). Without membarrier there is a fence between (2) and L, and one at (5).
 *
 * A thread that sees 0 or E once does not have to be asked again; asking all again does no harm.
 */
#include "toolkit/rc_guard.h"

#include <linux/membarrier.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/debug.h"

enum {
    READER_NEW,
    READER_OUT = TARE__RC_READER_OUT,
    READER_IN = TARE__RC_READER_IN,
    READER_NESTED, /* in more than once */
    READER_FENCED, /* in or out: there is no membarrier */
    READER_SHARED, /* likewise: the thread is ending, or has no key; one record for all of these */
};

__thread struct tare__rc_reader tare__rc_reader;
uint64_t tare__rc_epoch = 1;

static struct {
    pthread_mutex_t lock;
    struct tare__rc_reader *readers;
    struct tare__rc_reader shared; /* depth: threads that are in */
    uint64_t numbers;              /* those that are in use */
    pthread_key_t end_key;
    bool has_key, has_membarrier;
} guard = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* gcc 12 warns of each, under ThreadSanitizer, which does not know them. What it has to know of
 * order here are acquires and releases. */
#pragma GCC diagnostic push
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wtsan"
#endif
static void fence(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
#pragma GCC diagnostic pop

static bool membarrier(int command)
{
    return syscall(SYS_membarrier, command, 0, 0) == 0;
}

static void end_thread(void *reader)
{
    struct tare__rc_reader *self = reader;

    pthread_mutex_lock(&guard.lock);
    if (self->previous)
        self->previous->next = self->next;
    else
        guard.readers = self->next;
    if (self->next)
        self->next->previous = self->previous;
    if (self->number != RC_READER_SHARED)
        guard.numbers &= ~((uint64_t)1 << self->number);
    pthread_mutex_unlock(&guard.lock);
    *self = (struct tare__rc_reader){.state = READER_SHARED, .number = RC_READER_SHARED};
}

static void begin_guard(void)
{
    guard.has_key = pthread_key_create(&guard.end_key, end_thread) == 0;
    guard.has_membarrier = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

void tare__rc_guard_begin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, begin_guard);
}

static void begin_reader(struct tare__rc_reader *self)
{
    uint32_t number = 0;

    tare__rc_guard_begin();
    self->number = RC_READER_SHARED;
    self->state = READER_SHARED;
    if (!guard.has_key || pthread_setspecific(guard.end_key, self))
        return;
    pthread_mutex_lock(&guard.lock);
    while (number < RC_READER_SHARED && guard.numbers >> number & 1)
        number++;
    if (number != RC_READER_SHARED)
        guard.numbers |= (uint64_t)1 << number;
    self->number = number;
    self->next = guard.readers;
    if (self->next)
        self->next->previous = self;
    guard.readers = self;
    self->state = guard.has_membarrier ? READER_OUT : READER_FENCED;
    pthread_mutex_unlock(&guard.lock);
}

static void note_epoch(struct tare__rc_reader *reader)
{
    __atomic_store_n(&reader->epoch, __atomic_load_n(&tare__rc_epoch, __ATOMIC_ACQUIRE),
                     __ATOMIC_RELAXED);
}

static void enter_shared(void)
{
    pthread_mutex_lock(&guard.lock);
    if (guard.shared.depth++ == 0) /* (6) takes the lock: it sees this, or we see U */
        note_epoch(&guard.shared);
    pthread_mutex_unlock(&guard.lock);
}

static void leave_shared(void)
{
    pthread_mutex_lock(&guard.lock);
    if (--guard.shared.depth == 0)
        __atomic_store_n(&guard.shared.epoch, 0, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&guard.lock);
}

void tare__rc_enter(struct tare__rc_reader *self)
{
    if (self->state == READER_NEW)
        begin_reader(self);
    if (self->state == READER_IN) {
        self->state = READER_NESTED;
        self->depth = 1;
    }
    if (self->state == READER_OUT) {
        self->state = READER_IN;
        note_epoch(self);
        fence();
    } else if (self->depth++ == 0) {
        if (self->state == READER_SHARED) {
            enter_shared();
        } else {
            note_epoch(self);
            fence();
        }
    }
}

void tare__rc_leave(struct tare__rc_reader *self)
{
    TARE_CHECK(self->depth > 0);
    self->depth--;
    if (self->state == READER_NESTED) {
        if (self->depth == 1) {
            self->depth = 0;
            self->state = READER_IN;
        }
    } else if (self->depth == 0) {
        if (self->state == READER_SHARED)
            leave_shared();
        else
            __atomic_store_n(&self->epoch, 0, __ATOMIC_RELEASE);
    }
}

uint64_t tare__rc_guard_seal(void)
{
    uint64_t epoch = __atomic_add_fetch(&tare__rc_epoch, 1, __ATOMIC_SEQ_CST);

    fence();
    if (guard.has_membarrier && !membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED))
        return 0;
    return epoch;
}

static bool has_left(const struct tare__rc_reader *reader, uint64_t epoch)
{
    uint64_t own = __atomic_load_n(&reader->epoch, __ATOMIC_ACQUIRE);

    return !own || own >= epoch;
}

bool tare__rc_guard_has_passed(uint64_t epoch)
{
    const struct tare__rc_reader *reader;

    pthread_mutex_lock(&guard.lock);
    reader = guard.readers;
    while (reader && has_left(reader, epoch))
        reader = reader->next;
    bool has_passed = !reader && has_left(&guard.shared, epoch);
    pthread_mutex_unlock(&guard.lock);
    return has_passed;
}

bool tare__rc_guard_is_in(void)
{
    return tare__rc_reader.state == READER_IN || tare__rc_reader.depth > 0;
}

void tare__rc_guard_lock(void)
{
    pthread_mutex_lock(&guard.lock);
}

void tare__rc_guard_unlock(void)
{
    pthread_mutex_unlock(&guard.lock);
}

/* With the lock: readers that are gone have left. */
void tare__rc_guard_forked(void)
{
    uint32_t state = tare__rc_reader.state, number = tare__rc_reader.number;
    bool is_listed = state != READER_NEW && state != READER_SHARED;

    tare__rc_reader.next = tare__rc_reader.previous = NULL;
    guard.readers = is_listed ? &tare__rc_reader : NULL;
    guard.numbers = is_listed && number != RC_READER_SHARED ? (uint64_t)1 << number : 0;
    guard.shared.depth = state == READER_SHARED && tare__rc_reader.depth;
    if (!guard.shared.depth)
        guard.shared.epoch = 0;
    if (guard.has_membarrier)
        membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

void tare__rc_guard_use_fences(bool use)
{
    uint32_t state;

    tare__rc_guard_begin();
    guard.has_membarrier = !use && membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
    state = tare__rc_reader.state;
    if (state == READER_OUT || state == READER_FENCED)
        tare__rc_reader.state = guard.has_membarrier ? READER_OUT : READER_FENCED;
}
