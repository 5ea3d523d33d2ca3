/* SPDX-License-Identifier: MIT
 *
 * Sections in the recorder's parts, linked into a program that is not their target: what they make
 * of a slot, and what only a signal handler brings about.
 */
#include "shim/events.h"
#include "shim/object_events.h"
#include "shim/recorder.h"
#include "shim/sections.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* In place of the hooks. */
static __attribute__((noinline)) void *take(size_t bytes)
{
    return allocate((struct request){REQUEST_MALLOC, 0, bytes}, CALL_FRAME());
}

static __attribute__((noinline)) void *retake(void *block, size_t bytes)
{
    return reallocate(block, bytes, CALL_FRAME());
}

static __attribute__((noinline)) void give(void *block)
{
    release(block);
}

static __attribute__((noinline)) void make(uintptr_t object, size_t bytes)
{
    object_came(object, bytes, CALL_FRAME());
    COMPILER_BARRIER();
}

static void *busy_elsewhere(void *unused)
{
    (void)unused;
    give(take(1));
    return (void *)thread_current->busy;
}

static void only_its_own_thread_takes_the_slow_paths(void **state)
{
    struct tare_section section;
    pthread_t thread;
    void *busy;

    (void)state;
    assert_true(section_begin(&section)); /* begins the recording, too */
    assert_int_equal(thread_current->busy, THREAD_MEASURED);
    give(take(10));
    assert_int_equal(thread_current->busy, THREAD_MEASURED);
    thread_unmark(thread_mark());
    assert_int_equal(thread_current->busy, THREAD_MEASURED);
    assert_int_equal(pthread_create(&thread, NULL, busy_elsewhere, NULL), 0);
    pthread_join(thread, &busy);
    assert_int_equal((uintptr_t)busy, THREAD_READY);
    section_end(&section);
    assert_int_equal(thread_current->busy, THREAD_READY);
    assert_int_equal(section.counts.bytes, 10);
}

static void all_events_count(void **state)
{
    struct tare_section section;
    void *old = take(3);

    (void)state;
    assert_true(section_begin(&section));
    void *block = take(100);
    block = retake(block, 20);
    give(old);
    make(0x10000, 5);
    make(0x10010, 6);
    make(0x10010, 7); /* once more: what was there is gone */
    object_went(0x10000);
    objects_went(0, 0x20000);
    section_end(&section);
    give(block);
    const struct tare_section_counts *counts = &section.counts;
    assert_int_equal(counts->allocations, 2);
    assert_int_equal(counts->bytes, 120);
    assert_int_equal(counts->frees, 2);
    assert_int_equal(counts->freed_bytes, 103);
    assert_int_equal(counts->peak_bytes, 100);
    assert_int_equal(counts->objects, 3);
    assert_int_equal(counts->object_bytes, 18);
    assert_int_equal(counts->freed_objects, 3);
}

/* The most within, beyond what was there when it began. */
static void peaks_of_inner_sections_are_peaks_of_outer_ones(void **state)
{
    struct tare_section outer, inner;

    (void)state;
    assert_true(section_begin(&outer));
    void *block = take(1000);
    assert_true(section_begin(&inner));
    give(block);
    block = take(1500);
    section_end(&inner);
    assert_true(section_begin(&inner));
    void *more = take(400);
    give(block);
    give(more);
    section_end(&inner);
    section_end(&outer);
    assert_int_equal(inner.counts.peak_bytes, 400);
    assert_int_equal(outer.counts.peak_bytes, 1900);
    assert_int_equal(outer.counts.allocations, 3);
    assert_int_equal(tare_section_live_blocks(&outer), 0);
}

/* A signal handler interrupts an event in a section: its own events are counted elsewhere, and it
 * can begin and end none. */
static void an_interrupted_event_keeps_its_section(void **state)
{
    struct tare_section section, within;
    struct thread *thread;

    (void)state;
    assert_true(section_begin(&section));
    thread = thread_current;
    thread->busy = UINTPTR_MAX; /* a frame further out than any */
    assert_false(section_begin(&within));
    give(take(500));
    section_end(&section);
    thread_leave_slowly(thread);
    assert_int_equal(thread->busy, THREAD_MEASURED);
    give(take(40));
    section_end(&section);
    assert_int_equal(section.counts.bytes, 40);
}

/* It left the interrupted event by longjmp. */
static void a_left_event_keeps_its_section(void **state)
{
    struct tare_section section;

    (void)state;
    assert_true(section_begin(&section));
    thread_current->busy = THREAD_FRAMES; /* a frame further in than any */
    give(take(9));
    assert_int_equal(thread_current->busy, THREAD_MEASURED);
    section_end(&section);
    assert_int_equal(section.counts.bytes, 9);
}

static void an_end_without_a_begin_is_nothing(void **state)
{
    struct tare_section section, other = {.counts = {.bytes = 5}};

    (void)state;
    section_end(&other);
    assert_true(section_begin(&section));
    section_end(&other);
    assert_int_equal(thread_current->busy, THREAD_MEASURED);
    section_end(&section);
    section_end(&section);
    assert_int_equal(thread_current->busy, THREAD_READY);
    assert_int_equal(other.counts.bytes, 5);
}

static char folder[] = "/tmp/tare-sections-XXXXXX";

static int remove_folder(void **state)
{
    char command[100];

    (void)state;
    recorder_end();
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_its_own_thread_takes_the_slow_paths),
        cmocka_unit_test(all_events_count),
        cmocka_unit_test(peaks_of_inner_sections_are_peaks_of_outer_ones),
        cmocka_unit_test(an_interrupted_event_keeps_its_section),
        cmocka_unit_test(a_left_event_keeps_its_section),
        cmocka_unit_test(an_end_without_a_begin_is_nothing),
    };

    char output[100];

    if (!mkdtemp(folder))
        return 1;
    snprintf(output, sizeof output, "%s/%%p.tare", folder);
    setenv("TARE_OUTPUT", output, 1);
    return cmocka_run_group_tests(tests, NULL, remove_folder);
}
