/* SPDX-License-Identifier: MIT */
#include "mem/mem_events.h"

#include <pthread.h>
#include <unistd.h>

/* A thread in the list. */
struct totals {
    struct tare_section_thread *counts; /* NULL: it is not */
    struct totals *next, *previous;
    bool has_ended; /* it will not be again: no other destructor might take it out */
};

static struct {
    pthread_mutex_t lock;
    pthread_once_t once;
    struct totals *threads;
    struct tare_section_thread ended; /* the sums of those that are gone */
    pthread_key_t end_key;
    bool has_key;
} list = {.lock = PTHREAD_MUTEX_INITIALIZER, .once = PTHREAD_ONCE_INIT};

static __thread struct totals self;
__thread struct tare_section *tare__sections;
__thread struct tare_section_thread tare__mem_thread;

static void add_ended(const struct tare_section_thread *counts)
{
    tare__mem_add(&list.ended.allocations, counts->allocations);
    tare__mem_add(&list.ended.bytes, counts->bytes);
    tare__mem_add(&list.ended.frees, counts->frees);
    tare__mem_add(&list.ended.freed_bytes, counts->freed_bytes);
}

static void end_thread(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&list.lock);
    add_ended(&tare__mem_thread);
    if (self.previous)
        self.previous->next = self.next;
    else
        list.threads = self.next;
    if (self.next)
        self.next->previous = self.previous;
    self = (struct totals){.has_ended = true};
    tare__mem_thread = (struct tare_section_thread){0};
    pthread_mutex_unlock(&list.lock);
}

static void before_fork(void)
{
    pthread_mutex_lock(&list.lock);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&list.lock);
}

/* The other threads' totals are those of threads that ended. */
static void after_fork_in_child(void)
{
    for (struct totals *at = list.threads; at; at = at->next) {
        if (at != &self)
            add_ended(at->counts);
    }
    self.next = self.previous = NULL;
    list.threads = NULL;
    if (self.counts) {
        list.threads = &self;
        tare__mem_thread.thread = (uint64_t)gettid();
    }
    after_fork();
}

static void begin_list(void)
{
    list.has_key = pthread_key_create(&list.end_key, end_thread) == 0;
    pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

static void list_thread(void)
{
    pthread_once(&list.once, begin_list);
    if (!list.has_key || pthread_setspecific(list.end_key, &self))
        return; /* it could not be taken out again */
    pthread_mutex_lock(&list.lock);
    tare__mem_thread.thread = (uint64_t)gettid();
    self.counts = &tare__mem_thread;
    self.next = list.threads;
    if (list.threads)
        list.threads->previous = &self;
    list.threads = &self;
    pthread_mutex_unlock(&list.lock);
}

static void note_in_section(struct tare_section_counts *counts, size_t old_bytes,
                            size_t new_bytes)
{
    if (old_bytes) {
        counts->frees++;
        counts->freed_bytes += old_bytes;
    }
    if (new_bytes) {
        counts->allocations++;
        counts->bytes += new_bytes;
    }
    if (counts->bytes > counts->freed_bytes &&
        counts->bytes - counts->freed_bytes > counts->peak_bytes)
        counts->peak_bytes = counts->bytes - counts->freed_bytes;
}

/* In a destructor after ours. */
static void count_ended(size_t old_bytes, size_t new_bytes)
{
    pthread_mutex_lock(&list.lock);
    tare__mem_count(&list.ended, old_bytes, new_bytes);
    pthread_mutex_unlock(&list.lock);
}

void tare__mem_note_slow(size_t old_bytes, size_t new_bytes)
{
    if (!self.counts && !self.has_ended)
        list_thread();
    if (self.has_ended)
        count_ended(old_bytes, new_bytes);
    else
        tare__mem_count(&tare__mem_thread, old_bytes, new_bytes);
    for (struct tare_section *at = tare__sections; at; at = at->outer) {
        if (!at->is_tracked)
            note_in_section(&at->counts, old_bytes, new_bytes);
    }
}

static struct tare_section_thread copy_of(const struct tare_section_thread *from)
{
    struct tare_section_thread copy = {.thread = from->thread};

    copy.allocations = __atomic_load_n(&from->allocations, __ATOMIC_RELAXED);
    copy.bytes = __atomic_load_n(&from->bytes, __ATOMIC_RELAXED);
    copy.frees = __atomic_load_n(&from->frees, __ATOMIC_RELAXED);
    copy.freed_bytes = __atomic_load_n(&from->freed_bytes, __ATOMIC_RELAXED);
    return copy;
}

size_t tare__mem_threads(struct tare_section_thread *threads, size_t room)
{
    size_t count = 0;

    pthread_mutex_lock(&list.lock);
    for (const struct totals *at = list.threads; at; at = at->next, count++) {
        if (count < room)
            threads[count] = copy_of(at->counts);
    }
    if (list.ended.allocations) {
        if (count < room)
            threads[count] = list.ended;
        count++;
    }
    pthread_mutex_unlock(&list.lock);
    return count;
}
