/* SPDX-License-Identifier: MIT
 *
 * TARE_ADVISE in the shim's parts, linked into a program that is not their target: so they run under
 * the sanitizers.
 */
#include "shim/advice.h"
#include "shim/advice_look.h"
#include "shim/events.h"
#include "shim/recorder.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { THREADS = 4, ROUNDS = 20000, EXCHANGE = 64, BYTES = 96, WRITTEN = 16, FIRST = 32 };

static char folder[] = "/tmp/tare-test-XXXXXX";

/* In place of the hooks. */
static __attribute__((noinline)) char *take(size_t bytes)
{
    return allocate((struct request){REQUEST_MALLOC, 0, bytes}, CALL_FRAME());
}

static __attribute__((noinline)) char *take_zeros(size_t bytes)
{
    return allocate((struct request){REQUEST_CALLOC, 0, bytes}, CALL_FRAME());
}

static __attribute__((noinline)) char *retake(void *block, size_t bytes)
{
    return reallocate(block, bytes, CALL_FRAME());
}

static __attribute__((noinline)) void give(void *block)
{
    release(block);
}

typedef void advice_fn(const struct ledger_record *record,
                       const struct ledger_advice *advice);

/* How many there are. */
static uint32_t each_advice(advice_fn *look)
{
    const struct ledger *ledger = &recorder->ledger;
    const uint8_t *kinds = ledger_at(ledger, LEDGER_HEADER_BYTES);
    uint32_t found = 0;

    for (uint32_t i = LEDGER_FIRST_EXTENT; i < ledger->header->extents; i++) {
        const struct ledger_advice *at = ledger_at(ledger, i * LEDGER_EXTENT_BYTES);
        const struct ledger_advice *end = at + LEDGER_EXTENT_BYTES / sizeof *at;

        for (; kinds[i] == LEDGER_ADVICE && at < end && at->record; at++, found++)
            look(ledger_at(ledger, at->record * (uint32_t)sizeof(struct ledger_record)),
                 at);
    }
    return found;
}

static void every_event_takes_the_slow_path(void **state)
{
    (void)state;
    give(take(1)); /* the first one starts the recorder */
    assert_int_equal(thread_current->busy, THREAD_MEASURED);
    assert_true(recorder->ledger.header->flags & LEDGER_ADVISED);
    assert_true(recorder->ledger.header->block_key == trailer_key);
}

static void new_blocks_are_filled_and_zeros_stay(void **state)
{
    (void)state;
    for (size_t bytes = 1; bytes <= 1024; bytes += 7) {
        char *block = take(bytes), *zeros = take_zeros(bytes);

        for (size_t i = 0; i < bytes; i++) {
            assert_int_equal((uint8_t)block[i], LEDGER_FILL_BYTE);
            assert_int_equal(zeros[i], 0);
        }
        give(block);
        give(zeros);
    }
}

static void realloc_keeps_what_was_there(void **state)
{
    char *block = take(10);

    (void)state;
    memcpy(block, "0123456789", 10);
    for (size_t bytes = 20; bytes < 5000; bytes = bytes * 3 / 2) {
        block = retake(block, bytes);
        assert_memory_equal(block, "0123456789", 10);
        if (bytes <= 1024)
            assert_int_equal((uint8_t)block[bytes - 1], LEDGER_FILL_BYTE);
    }
    block = retake(block, 5);
    assert_memory_equal(block, "01234", 5);
    give(block);
}

static void what_cannot_be_read_is_no_fault(void **state)
{
    struct advice_look look = {0};
    char *memory =
        mmap(NULL, 8 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t untouched = 0;

    (void)state;
    memset(memory, LEDGER_FILL_BYTE, 4 * 4096);
    memory[100] = 1;
    assert_true(advice_look(&look, memory, 4 * 4096, LEDGER_FILL_BYTE, true));
    assert_int_equal(look.tail, 4 * 4096 - 101);
    assert_true(advice_untouched(memory, 8 * 4096, &untouched));
    assert_int_equal(untouched, 4 * 4096);
    mprotect(memory, 4096, PROT_NONE);
    assert_false(advice_look(&look, memory, 4 * 4096, LEDGER_FILL_BYTE, true));
    munmap(memory, 8 * 4096);
    assert_false(advice_look(&look, memory, 4 * 4096, LEDGER_FILL_BYTE, true));
    assert_false(advice_untouched(memory, 8 * 4096, &untouched));
}

static void *exchange[EXCHANGE];

/* Each block is written in part, and freed by whichever thread finds it. */
static void *exchange_blocks(void *seed)
{
    uint64_t random = (uintptr_t)seed * 0x9e3779b97f4a7c15u;

    for (int i = 0; i < ROUNDS; i++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        char *mine = take(BYTES);

        memset(mine, (int)(random >> 40 & 15), WRITTEN);
        mine = __atomic_exchange_n(&exchange[random >> 58], mine, __ATOMIC_ACQ_REL);
        if (mine)
            give(mine);
    }
    return NULL;
}

static uint64_t looked_at;

/* One site has blocks of BYTES: each of its records has looked at all but the first. */
static void check(const struct ledger_record *record, const struct ledger_advice *advice)
{
    if (advice->hashed_bytes != advice->hashed_blocks * BYTES)
        return;
    assert_int_equal(advice->hashed_blocks, record->frees - FIRST);
    assert_int_equal(advice->filled_blocks, advice->hashed_blocks);
    assert_int_equal(advice->unwritten_bytes, advice->filled_blocks * (BYTES - WRITTEN));
    assert_true(advice->deaths <= record->frees - record->remote_frees);
    assert_true(advice->newest <= advice->deaths);
    assert_true(advice->run_frees + advice->run == advice->deaths);
    looked_at += advice->hashed_blocks;
}

static void threads_count_each_free_once(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, exchange_blocks, (void *)(i * 999 + 1)), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < EXCHANGE; i++)
        if (exchange[i])
            give(exchange[i]);
    assert_true(each_advice(check) >= THREADS);
    assert_true(looked_at >= THREADS * (ROUNDS - EXCHANGE - (uint64_t)FIRST * THREADS));
}

static void ignore(const struct ledger_record *record, const struct ledger_advice *advice)
{
    (void)record;
    (void)advice;
}

static void a_forks_child_starts_without_any(void **state)
{
    int status;

    (void)state;
    assert_true(each_advice(ignore) > 0);
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 2 * FIRST; i++)
            give(take(50));
        _exit(each_advice(ignore) == 1 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static int remove_folder(void **state)
{
    char command[100];

    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_takes_the_slow_path),
        cmocka_unit_test(new_blocks_are_filled_and_zeros_stay),
        cmocka_unit_test(realloc_keeps_what_was_there),
        cmocka_unit_test(what_cannot_be_read_is_no_fault),
        cmocka_unit_test(threads_count_each_free_once),
        cmocka_unit_test(a_forks_child_starts_without_any),
    };
    char output[100];

    if (!mkdtemp(folder))
        return 1;
    snprintf(output, sizeof output, "%s/%%p.tare", folder);
    setenv("TARE_OUTPUT", output, 1);
    setenv("TARE_ADVISE", "1", 1);
    return cmocka_run_group_tests(tests, NULL, remove_folder);
}
