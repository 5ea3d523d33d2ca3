/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include <tare/mem.h>

static void every_allocator_keeps_contents_and_alignment(void **state)
{
    struct tare_mem *mems[] = {tare_mem_libc(), tare_mem_default(), tare_mem_mimalloc()};

    (void)state;
    for (size_t i = 0; i < sizeof mems / sizeof *mems; i++) {
        for (size_t alignment = 1; mems[i] && alignment <= 1 << 20; alignment *= 2) {
            char *block = tare_mem_alloc(mems[i], 100, alignment);

            assert_non_null(block);
            assert_int_equal((uintptr_t)block % alignment, 0);
            memset(block, 'x', 100);
            block = tare_mem_resize(mems[i], block, 100, 10000, alignment);
            assert_non_null(block);
            assert_int_equal((uintptr_t)block % alignment, 0);
            for (size_t at = 0; at < 100; at++)
                assert_int_equal(block[at], 'x');
            tare_mem_free(mems[i], block, 10000, alignment);
        }
    }
}

/* Fresh pages, and blocks that were given back, of sizes that might be aligned by themselves. */
static void blocks_are_aligned_whatever_their_size(void **state)
{
    enum { COUNT = 64, ROUNDS = 30 };
    static struct {
        void *block;
        size_t bytes, alignment;
    } held[COUNT];
    struct tare_mem *mems[] = {tare_mem_libc(), tare_mem_default()};

    (void)state;
    for (size_t i = 0; i < ROUNDS * COUNT; i++) {
        struct tare_mem *mem = mems[i % 2];
        size_t at = i % COUNT;

        tare_mem_free(mem, held[at].block, held[at].bytes, held[at].alignment);
        held[at].bytes = (size_t)1 << i % 13;
        held[at].alignment = (size_t)1 << (i / 13) % 13;
        held[at].block = tare_mem_alloc(mem, held[at].bytes, held[at].alignment);
        assert_non_null(held[at].block);
        assert_int_equal((uintptr_t)held[at].block % held[at].alignment, 0);
    }
    for (size_t at = 0; at < COUNT; at++)
        tare_mem_free(mems[at % 2], held[at].block, held[at].bytes, held[at].alignment);
}

/* ThreadSanitizer keeps more of a page than the page. */
#ifdef __SANITIZE_THREAD__
#define IS_SHADOWED true
#else
#define IS_SHADOWED false
#endif

static size_t resident_bytes(void)
{
    char line[128];
    size_t kib = 0;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");

    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        sscanf(line, "Rss: %zu", &kib);
    fclose(file);
    return kib << 10;
}

/* An allocator's own way to align a block is to take more, and to touch what is in front. */
static void large_aligned_blocks_take_no_page_but_their_own(void **state)
{
    enum { BYTES = 256 << 10, COUNT = 100, PAGE_BYTES = 4096 };
    struct tare_mem *mem = tare_mem_mimalloc();
    char *blocks[COUNT];

    (void)state;
    if (!mem || IS_SHADOWED)
        skip();
    resident_bytes();
    size_t before = resident_bytes();
    for (int i = 0; i < COUNT; i++) {
        assert_non_null(blocks[i] = tare_mem_alloc(mem, BYTES, BYTES));
        assert_int_equal((uintptr_t)blocks[i] % BYTES, 0);
        blocks[i][BYTES / 2] = 1;
    }
    assert_in_range(resident_bytes() - before, COUNT * PAGE_BYTES,
                    (COUNT + COUNT / 2) * PAGE_BYTES);
    for (int i = 0; i < COUNT; i++)
        tare_mem_free(mem, blocks[i], BYTES, BYTES);
    assert_null(tare_mem_alloc(mem, SIZE_MAX - BYTES, BYTES));
    assert_null(tare_mem_alloc(mem, PTRDIFF_MAX, BYTES));
}

/* Each thread's blocks are its own while it has them. */
static void *stamp_blocks(void *context)
{
    enum { ROUNDS = 2000, HELD = 3 };
    struct tare_mem *mem = tare_mem_mimalloc();
    const size_t sizes[HELD] = {128 << 10, 128 << 10, 256 << 10};
    uintptr_t wrong = 0;

    for (int round = 0; round < ROUNDS; round++) {
        uint64_t *blocks[HELD];

        for (int i = 0; i < HELD; i++) {
            blocks[i] = tare_mem_alloc(mem, sizes[i], sizes[i]);
            if (blocks[i])
                blocks[i][0] = blocks[i][1] = (uintptr_t)context + i;
        }
        for (int i = 0; i < HELD; i++) {
            wrong += !blocks[i] || blocks[i][0] != (uintptr_t)context + i ||
                     blocks[i][1] != blocks[i][0];
            tare_mem_free(mem, blocks[i], sizes[i], sizes[i]);
        }
    }
    return (void *)wrong;
}

static void aligned_blocks_that_are_kept_have_one_owner(void **state)
{
    enum { THREADS = 3 };
    pthread_t threads[THREADS];
    void *wrong;

    (void)state;
    if (!tare_mem_mimalloc())
        skip();
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, stamp_blocks, (void *)(i * 100)),
                         0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
}

/* From blocks of the default to mappings of their own and back; what cannot be leaves them alone. */
static void growing_blocks_keep_contents_from_size_to_size(void **state)
{
    const size_t sizes[] = {100, 4 << 20, 40 << 20, 5 << 20, (4 << 20) - 1, 6 << 20, 100};
    struct tare_mem *mem = tare_mem_growing();
    size_t bytes = 0;
    char *block = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; bytes = sizes[i++]) {
        block = tare_mem_resize(mem, block, bytes, sizes[i], 16);
        assert_non_null(block);
        for (size_t at = 0; at < bytes && at < sizes[i]; at += 99)
            assert_int_equal(block[at], 'x');
        memset(block, 'x', sizes[i]);
        if (mem == tare_mem_libc())
            continue; /* a sanitizer's, which ends the program */
        assert_null(tare_mem_alloc(mem, SIZE_MAX - (2 << 20) + 4097, 16));
        assert_null(tare_mem_resize(mem, block, sizes[i], SIZE_MAX - (1 << 20), 16));
        assert_null(tare_mem_resize(mem, block, sizes[i], SIZE_MAX, 16));
        assert_int_equal(block[sizes[i] - 1], 'x');
    }
    tare_mem_free(mem, block, bytes, 16);
}

static void freeing_nothing_and_asking_for_nothing_do_nothing(void **state)
{
    (void)state;
    tare_mem_free(tare_mem_default(), NULL, 0, 8);
    assert_null(tare_mem_alloc(tare_mem_default(), 0, 8));
}

static void counter_counts_blocks_and_bytes(void **state)
{
    struct tare_mem_counter counter;

    (void)state;
    tare_mem_counter_init(&counter, NULL, 0);
    void *a = tare_mem_alloc(&counter.mem, 100, 16);
    void *b = tare_mem_alloc(&counter.mem, 50, 16);
    a = tare_mem_resize(&counter.mem, a, 100, 300, 16);
    assert_int_equal(tare_mem_counted(&counter).live_bytes, 350);
    tare_mem_free(&counter.mem, b, 50, 16);
    struct tare_mem_counter seen = tare_mem_counted(&counter);
    assert_int_equal(seen.live_bytes, 300);
    assert_int_equal(seen.peak_bytes, 350);
    assert_int_equal(seen.live_blocks, 1);
    assert_int_equal(seen.allocations, 2);
    assert_int_equal(seen.resizes, 1);
    assert_int_equal(seen.frees, 1);
    tare_mem_free(&counter.mem, a, 300, 16);
    assert_int_equal(tare_mem_counted(&counter).live_bytes, 0);
}

static void counter_refuses_what_exceeds_its_limit(void **state)
{
    struct tare_mem_counter counter;

    (void)state;
    tare_mem_counter_init(&counter, NULL, 1000);
    void *a = tare_mem_alloc(&counter.mem, 900, 8);
    assert_non_null(a);
    assert_null(tare_mem_alloc(&counter.mem, 101, 8));
    assert_null(tare_mem_resize(&counter.mem, a, 900, 1001, 8));
    assert_null(tare_mem_alloc(&counter.mem, SIZE_MAX - 100, 8)); /* no wrap */
    assert_int_equal(tare_mem_counted(&counter).live_bytes, 900);
    assert_int_equal(tare_mem_counted(&counter).refused, 3);
    a = tare_mem_resize(&counter.mem, a, 900, 1000, 8);
    assert_non_null(a);
    tare_mem_free(&counter.mem, a, 1000, 8);
}

static void failer_fails_the_request_it_was_told_to(void **state)
{
    struct tare_mem_failer failer;

    (void)state;
    tare_mem_failer_init(&failer, NULL, 2);
    void *a = tare_mem_alloc(&failer.mem, 10, 8);
    assert_non_null(a);
    assert_null(tare_mem_resize(&failer.mem, a, 10, 20, 8));
    assert_true(failer.has_failed);
    a = tare_mem_resize(&failer.mem, a, 10, 20, 8);
    assert_non_null(a);
    tare_mem_free(&failer.mem, a, 20, 8);
    assert_int_equal(failer.counter.live_bytes, 0);
}

static void failer_fails_every_request_from_then_on_if_told(void **state)
{
    struct tare_mem_failer failer;

    (void)state;
    tare_mem_failer_init(&failer, NULL, 1);
    failer.fail_on = true;
    assert_null(tare_mem_alloc(&failer.mem, 10, 8));
    assert_null(tare_mem_alloc(&failer.mem, 10, 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocator_keeps_contents_and_alignment),
        cmocka_unit_test(blocks_are_aligned_whatever_their_size),
        cmocka_unit_test(large_aligned_blocks_take_no_page_but_their_own),
        cmocka_unit_test(aligned_blocks_that_are_kept_have_one_owner),
        cmocka_unit_test(growing_blocks_keep_contents_from_size_to_size),
        cmocka_unit_test(freeing_nothing_and_asking_for_nothing_do_nothing),
        cmocka_unit_test(counter_counts_blocks_and_bytes),
        cmocka_unit_test(counter_refuses_what_exceeds_its_limit),
        cmocka_unit_test(failer_fails_the_request_it_was_told_to),
        cmocka_unit_test(failer_fails_every_request_from_then_on_if_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
