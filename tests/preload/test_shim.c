/* SPDX-License-Identifier: MIT
 *
 * The shim's parts, linked into a program that is not their target: so they run under the
 * sanitizers, and what only a signal handler or a stopped thread brings about can be made.
 */
#include "shim/cfi.h"
#include "shim/events.h"
#include "shim/lock.h"
#include "shim/message.h"
#include "shim/recorder.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { THREADS = 4, ROUNDS = 20000, EXCHANGE = 64 };

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

struct sum {
    uint64_t allocations, bytes, frees, freed_bytes, temporary, records;
};

/* Over all records but those of slots other than `slot`; -1: of all. */
static struct sum sum_records(int slot)
{
    const struct ledger *ledger = &recorder->ledger;
    const uint8_t *kinds = ledger_at(ledger, LEDGER_HEADER_BYTES);
    uint32_t extents = __atomic_load_n(&ledger->header->extents, __ATOMIC_ACQUIRE);
    struct sum sum = {0};

    for (uint32_t i = LEDGER_FIRST_EXTENT; i < extents; i++) {
        const struct ledger_record *record = ledger_at(ledger, i * LEDGER_EXTENT_BYTES);
        const struct ledger_record *end = record + LEDGER_EXTENT_BYTES / sizeof *record;

        for (; kinds[i] == LEDGER_RECORDS && record < end; record++) {
            if (!__atomic_load_n(&record->site, __ATOMIC_ACQUIRE) ||
                (slot >= 0 && record->slot != slot))
                continue;
            sum.allocations += counter_read(&record->allocations);
            sum.bytes += counter_read(&record->bytes);
            sum.frees += counter_read(&record->frees);
            sum.freed_bytes += counter_read(&record->freed_bytes);
            sum.temporary += counter_read(&record->temporary);
            sum.records++;
        }
    }
    return sum;
}

static struct sum sum_since(struct sum before)
{
    struct sum now = sum_records(-1);

    now.allocations -= before.allocations;
    now.bytes -= before.bytes;
    now.frees -= before.frees;
    now.freed_bytes -= before.freed_bytes;
    now.temporary -= before.temporary;
    return now;
}

static void rules_keep_what_is_put_in(void **state)
{
    static const int64_t offsets[] = {0, 8, -8, 4096, -4096, (1 << 28) - 1, -(1 << 28)};

    (void)state;
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        unwind_rule rule = rule_make(RULE_RBP, SAVED_AT_RBP, offsets[i], offsets[6 - i]);

        assert_int_equal(rule_kind(rule), RULE_RBP);
        assert_int_equal(rule_saved(rule), SAVED_AT_RBP);
        assert_int_equal(rule_cfa_offset(rule), offsets[i]);
        assert_int_equal(rule_rbp_offset(rule), offsets[6 - i]);
    }
}

static void trailers_tell_ours_from_others(void **state)
{
    _Alignas(16) char block[4096] = {0};
    struct trailer trailer = {0};

    (void)state;
    for (size_t bytes = 0; bytes < 3000; bytes += 13) {
        for (size_t usable = bytes + TRAILER_BYTES; usable < bytes + 200; usable += 5) {
            trailer_write(block, usable, bytes, 0x1ffffe, 0xfffe, bytes & 1);
            assert_true(trailer_read(&trailer, block, usable));
            assert_int_equal(trailer.bytes, bytes);
            assert_int_equal(trailer.record, 0x1ffffe);
            assert_int_equal(trailer.when, 0xfffe);
            assert_int_equal(trailer.grown, bytes & 1);
            assert_true(usable - trailer_hidden_bytes(&trailer, usable) >= bytes);
            assert_false(trailer_read(&trailer, block + 16, usable - 16));
            assert_false(trailer_read_keyed(&trailer, block, usable, trailer_key + 1));
            assert_true(trailer_read(&trailer, block, usable));
            trailer_spoil(&trailer);
            assert_false(trailer_read(&trailer, block, usable));
        }
    }
    for (unsigned bit = 0; bit < 64; bit++) { /* written past its end */
        trailer_write(block, 120, 100, 5, 6, false);
        block[112 + bit / 8] ^= (char)(1 << bit % 8);
        assert_false(trailer_read(&trailer, block, 120));
    }
    assert_false(trailer_read(&trailer, block, 7));
}

/* A time is known to one unit, or to 1/1024 of itself. */
static void time_codes_keep_times(void **state)
{
    (void)state;
    for (uint64_t units = 0; units < (uint64_t)1 << 40; units += 1 + units / 1000) {
        uint64_t kept = time_of(time_code(units));

        assert_true(kept <= units && units - kept <= units / 1024);
        assert_true(time_code(units) < 1u << TRAILER_WHEN_BITS);
    }
    assert_true(time_of(time_code(UINT64_MAX)) >=
                ((uint64_t)1 << 42) - ((uint64_t)1 << 31));
}

static void locks_give_up(void **state)
{
    struct lock lock = {0};
    int me, other;

    (void)state;
    assert_true(lock_try(&lock, &me));
    assert_false(lock_try(&lock, &me));
    assert_int_equal(lock.failures, 0); /* its own holder need not be waited for */
    assert_false(lock_try(&lock, &other));
    assert_int_equal(lock.failures, 1);
    lock_leave(&lock);
    assert_true(lock_try(&lock, &other));
}

static void numbers_are_written_as_they_are(void **state)
{
    struct text text = {0};

    (void)state;
    text_add_number(&text, 0);
    text_add(&text, ",");
    text_add_number(&text, UINT64_MAX);
    text_add(&text, ",");
    text_add_hex(&text, 0xdeadbeef);
    text_add_column(&text, 42, 5);
    assert_int_equal(text.used, 38);
    assert_memory_equal(text.bytes, "0,18446744073709551615,0xdeadbeef   42", 38);
}

static void one_block_is_counted_with_its_size(void **state)
{
    (void)state;
    give(take(1)); /* the first one starts the recorder */
    struct sum before = sum_records(-1);
    char *block = take(1000);
    block = retake(block, 3000);
    give(block);
    give(take(7));
    struct sum sum = sum_since(before);
    assert_int_equal(sum.allocations, 3);
    assert_int_equal(sum.frees, 3);
    assert_int_equal(sum.bytes, 4007);
    assert_int_equal(sum.freed_bytes, 4007);
    assert_int_equal(sum.temporary, 1); /* neither half of a realloc is one */
}

/* A signal handler interrupts the recording of an event, and allocates. */
static void nested_events_go_to_the_shared_slot(void **state)
{
    (void)state;
    struct sum before = sum_records(0);
    struct thread *thread = thread_current;
    thread->busy = UINTPTR_MAX; /* a frame further out than any */
    void *block = take(500);
    give(block);
    thread->busy = THREAD_READY;
    struct sum sum = sum_records(0);
    assert_int_equal(sum.allocations - before.allocations, 1);
    assert_int_equal(sum.frees - before.frees, 1);
    assert_int_equal(sum.freed_bytes - before.freed_bytes, 500);
    assert_true(sum.records > before.records); /* with a stack of its own */
    assert_int_equal(recorder->ledger.header->lost_events, 0);
}

/* It left the interrupted event by longjmp: that frame is gone, the slot is usable. */
static void a_left_event_does_not_silence_its_thread(void **state)
{
    (void)state;
    struct thread *thread = thread_current;
    struct sum before = sum_records(thread->slot);
    thread->busy = THREAD_FRAMES; /* a frame further in than any */
    give(take(9));
    assert_int_equal(thread->busy, THREAD_READY);
    assert_int_equal(sum_records(thread->slot).allocations - before.allocations, 1);
}

static void a_held_lock_costs_a_stack_and_no_count(void **state)
{
    (void)state;
    struct ledger_header *header = recorder->ledger.header;
    uint64_t lost = header->lost_stacks;
    struct sum before = sum_records(-1);
    void *blocks[5];
    int other;
    assert_true(lock_try(&recorder->lock, &other));
    for (int i = 0; i < 5; i++)
        blocks[i] = take(77); /* a new stack, and the same again */
    lock_leave(&recorder->lock);
    for (int i = 0; i < 5; i++)
        give(blocks[i]);
    struct sum sum = sum_since(before);
    assert_int_equal(sum.allocations, 5);
    assert_int_equal(sum.frees, 5);
    assert_int_equal(header->lost_stacks, lost + 5);
}

static void *exchange[EXCHANGE];
static uint64_t taken, taken_bytes;

static void *exchange_blocks(void *seed)
{
    uint64_t random = (uint64_t)(uintptr_t)seed, bytes_sum = 0;

    for (int i = 0; i < ROUNDS; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t bytes = (random >> 40) % 500;
        void *mine = take(bytes);

        bytes_sum += bytes;
        mine = __atomic_exchange_n(&exchange[random >> 58], mine, __ATOMIC_ACQ_REL);
        if (mine)
            give(mine); /* most often another thread's */
    }
    __atomic_add_fetch(&taken, ROUNDS, __ATOMIC_RELAXED);
    __atomic_add_fetch(&taken_bytes, bytes_sum, __ATOMIC_RELAXED);
    return NULL;
}

static void threads_that_free_each_others_blocks_add_up(void **state)
{
    pthread_t threads[THREADS];
    struct sum before = sum_records(-1);

    (void)state;
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, exchange_blocks, (void *)(i * 999 + 1)), 0);
    while (__atomic_load_n(&taken, __ATOMIC_RELAXED) < THREADS * ROUNDS)
        sum_records(-1); /* a reader meanwhile */
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < EXCHANGE; i++) {
        if (exchange[i])
            give(exchange[i]);
    }
    struct sum sum = sum_since(before);
    assert_int_equal(sum.allocations, taken);
    assert_int_equal(sum.frees, taken);
    assert_int_equal(sum.bytes, taken_bytes);
    assert_int_equal(sum.freed_bytes, taken_bytes);
    const struct ledger_header *header = recorder->ledger.header;
    struct sum all = sum_records(-1);
    assert_int_equal(header->live_first + header->live_others, all.bytes - all.freed_bytes);
    assert_true(header->peak_bytes > 0);
}

static void child_of(void *inherited, const struct ledger *parent)
{
    void *own = take(50);

    give(inherited);
    give(own);
    const struct ledger_header *header = recorder->ledger.header;
    struct sum sum = sum_records(-1);
    bool good = sum.allocations == 1 && sum.frees == 1 && sum.bytes == 50 &&
                header->inherited_frees == 1 && header->untracked_frees == 0 &&
                header->pid == (uint32_t)getpid() && recorder->ledger.base != NULL &&
                strcmp(recorder->ledger.path, parent->path) != 0;
    _exit(good ? 0 : 1);
}

static void a_forks_child_starts_from_zero(void **state)
{
    struct ledger parent = recorder->ledger;
    void *block = take(600);
    int status;

    (void)state;
    struct sum before = sum_records(-1);
    pid_t pid = fork();
    if (pid == 0)
        child_of(block, &parent);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(sum_since(before).frees, 0);
    give(block);
}

static char folder[] = "/tmp/tare-test.XXXXXX";

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
        cmocka_unit_test(rules_keep_what_is_put_in),
        cmocka_unit_test(trailers_tell_ours_from_others),
        cmocka_unit_test(time_codes_keep_times),
        cmocka_unit_test(locks_give_up),
        cmocka_unit_test(numbers_are_written_as_they_are),
        cmocka_unit_test(one_block_is_counted_with_its_size),
        cmocka_unit_test(nested_events_go_to_the_shared_slot),
        cmocka_unit_test(a_left_event_does_not_silence_its_thread),
        cmocka_unit_test(a_held_lock_costs_a_stack_and_no_count),
        cmocka_unit_test(threads_that_free_each_others_blocks_add_up),
        cmocka_unit_test(a_forks_child_starts_from_zero),
    };
    char output[100];

    if (!mkdtemp(folder))
        return 1;
    snprintf(output, sizeof output, "%s/%%p.tare", folder);
    setenv("TARE_OUTPUT", output, 1);
    return cmocka_run_group_tests(tests, NULL, remove_folder);
}
