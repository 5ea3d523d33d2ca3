/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <unistd.h>

#include <tare/buffer_pool.h>
#include <tare/mem.h>
#include <tare/section.h>

static struct tare_mem *mem(void)
{
    return tare_mem_default();
}

static void a_section_counts_what_comes_and_goes(void **state)
{
    struct tare_section section;
    void *old = tare_mem_alloc(mem(), 1000, 8);

    (void)state;
    tare_section_begin(&section, "test");
    void *a = tare_mem_alloc(mem(), 100, 8);
    void *b = tare_mem_alloc(mem(), 200, 8);
    tare_mem_free(mem(), a, 100, 8);
    b = tare_mem_resize(mem(), b, 200, 250, 8);
    tare_section_end(&section);
    tare_mem_free(mem(), b, 250, 8);
    tare_mem_free(mem(), old, 1000, 8);
    assert_int_equal(section.counts.allocations, 3);
    assert_int_equal(section.counts.bytes, 550);
    assert_int_equal(section.counts.frees, 2);
    assert_int_equal(section.counts.freed_bytes, 300);
    assert_int_equal(section.counts.peak_bytes, 300);
    assert_int_equal(tare_section_live_blocks(&section), 1);
    assert_int_equal(tare_section_live_bytes(&section), 250);
}

static void freeing_older_blocks_makes_live_negative(void **state)
{
    struct tare_section section;
    void *old = tare_mem_alloc(mem(), 1000, 8);

    (void)state;
    tare_section_begin(&section, "test");
    tare_mem_free(mem(), old, 1000, 8);
    tare_section_end(&section);
    assert_int_equal(tare_section_live_bytes(&section), -1000);
    assert_int_equal(section.counts.peak_bytes, 0);
}

static void what_fails_does_not_count(void **state)
{
    struct tare_section section;

    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* they end the program that asks for so much */
#endif
    tare_section_begin(&section, "test");
    void *volatile none = tare_mem_alloc(tare_mem_libc(), SIZE_MAX / 4, 8);
    tare_section_end(&section);
    assert_null(none);
    assert_int_equal(section.counts.allocations, 0);
}

static void sections_may_lie_in_one_another(void **state)
{
    struct tare_section outer, inner, forgotten;

    (void)state;
    tare_section_begin(&outer, "outer");
    tare_section_begin(&inner, "inner");
    tare_section_begin(&forgotten, "forgotten");
    void *a = tare_mem_alloc(mem(), 10, 8);
    tare_section_end(&inner);
    tare_mem_free(mem(), a, 10, 8);
    tare_section_end(&outer);
    assert_int_equal(inner.counts.allocations, 1);
    assert_int_equal(inner.counts.frees, 0);
    assert_int_equal(outer.counts.frees, 1);
    assert_int_equal(forgotten.counts.frees, 0);
}

static void *allocate_elsewhere(void *context)
{
    struct tare_section_thread threads[64];
    void *block = tare_mem_alloc(mem(), 4321, 8);
    size_t count = tare_section_threads(threads, 64);

    for (size_t i = 0; i < count && i < 64; i++) {
        if (threads[i].thread == (uint64_t)gettid())
            *(uint64_t *)context = threads[i].bytes;
    }
    tare_mem_free(mem(), block, 4321, 8);
    return NULL;
}

static void other_threads_are_counted_apart(void **state)
{
    struct tare_section_thread threads[64];
    struct tare_section section;
    uint64_t elsewhere = 0;
    pthread_t thread;

    (void)state;
    tare_section_begin(&section, "test");
    assert_int_equal(pthread_create(&thread, NULL, allocate_elsewhere, &elsewhere), 0);
    pthread_join(thread, NULL);
    tare_section_end(&section);
    assert_int_equal(section.counts.bytes, 0);
    assert_int_equal(elsewhere, 4321);
    size_t count = tare_section_threads(threads, 64);
    assert_int_equal(threads[count - 1].thread, 0); /* it has ended since */
    assert_true(threads[count - 1].freed_bytes >= 4321);
    assert_int_equal(tare_section_threads(NULL, 0), count);
}

/* Small ones are malloc's, some have pages of their own, and others are the default memory's. */
static void buffers_are_counted_wherever_they_come_from(void **state)
{
    static const struct tare_buffer_pool_options paged = {.is_left_out_of_dumps = true};
    struct tare_buffer_pool own_pages = {.options = &paged};
    struct {
        struct tare_buffer_pool *pool;
        size_t bytes;
    } cases[] = {{tare_buffer_pool_any(), 100}, {&own_pages, 5000}, {&own_pages, 3 << 20}};
    struct tare_section section;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tare_buffer first, buffer;

        assert_true(tare_buffer_alloc(&first, cases[i].pool, cases[i].bytes));
        tare_section_begin(&section, "test");
        assert_true(tare_buffer_alloc(&buffer, cases[i].pool, cases[i].bytes));
        tare_section_end(&section);
        assert_true(tare_section_live_bytes(&section) >= (int64_t)cases[i].bytes);
        tare_buffer_free(&buffer);
        tare_buffer_free(&first);
    }
    assert_int_equal(tare_buffer_pool_fini(&own_pages), 0);
}

static void a_section_is_printed_in_one_line(void **state)
{
    struct tare_section section;
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);

    (void)state;
    tare_section_begin(&section, "parse");
    tare_mem_free(mem(), tare_mem_alloc(mem(), 100, 8), 100, 8);
    tare_section_end(&section);
    tare_section_print(&section, out);
    fclose(out);
    assert_string_equal(text,
                        "section parse: 1 allocations of 100 bytes, 1 frees of 100 bytes, "
                        "0 blocks of 0 bytes left, 100 bytes at most (of libtare's own "
                        "memory)\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_section_counts_what_comes_and_goes),
        cmocka_unit_test(freeing_older_blocks_makes_live_negative),
        cmocka_unit_test(what_fails_does_not_count),
        cmocka_unit_test(sections_may_lie_in_one_another),
        cmocka_unit_test(other_threads_are_counted_apart),
        cmocka_unit_test(buffers_are_counted_wherever_they_come_from),
        cmocka_unit_test(a_section_is_printed_in_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
