/* SPDX-License-Identifier: MIT
 *
 * What a string builder writes, beside printf and a plain array; and its pool.
 */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

#include <cmocka.h>

#include <tare/section.h>

#include "base/observer.h"
#include "support/string_builder_model.h"
#include "toolkit/string_builder_parts.h"

#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined __SANITIZE_THREAD__ || __has_feature(thread_sanitizer)
enum { IS_THREAD_SANITIZED = 1 };
#else
enum { IS_THREAD_SANITIZED = 0 };
#endif

static char buffer[64];
static struct tare_string_builder builder;

static int setup(void **state)
{
    (void)state;
    tare_string_builder_init_fixed(&builder, buffer, sizeof buffer);
    return 0;
}

static const char *text(void)
{
    return tare_string_builder_text(&builder);
}

static void integers_are_as_printf_writes_them(void **state)
{
    char expected[64];

    (void)state;
    for (unsigned bits = 0; bits < 65; bits++)
        for (int more = -2; more < 3; more++) {
            uint64_t value = (bits < 64 ? (uint64_t)1 << bits : 0) + (uint64_t)more;

            tare_string_builder_clear(&builder);
            assert_true(tare_string_builder_append_u64(&builder, value));
            snprintf(expected, sizeof expected, "%" PRIu64, value);
            assert_string_equal(text(), expected);
            tare_string_builder_clear(&builder);
            assert_true(tare_string_builder_append_i64(&builder, (int64_t)value));
            snprintf(expected, sizeof expected, "%" PRId64, (int64_t)value);
            assert_string_equal(text(), expected);
            tare_string_builder_clear(&builder);
            assert_true(tare_string_builder_append_hex(&builder, value, bits % 20));
            snprintf(expected, sizeof expected, "%0*" PRIx64, (int)bits % 20, value);
            assert_string_equal(text(), expected);
        }
    for (uint64_t value = 1; value < UINT64_MAX / 10; value *= 10)
        for (int more = -1; more < 2; more++) {
            tare_string_builder_clear(&builder);
            assert_true(tare_string_builder_append_u64(&builder, value + (uint64_t)more));
            snprintf(expected, sizeof expected, "%" PRIu64, value + (uint64_t)more);
            assert_string_equal(text(), expected);
        }
}

static void doubles_are_laid_out_as_others_do(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0, "-0"},
        {INFINITY, "inf"},
        {-INFINITY, "-inf"},
        {NAN, "nan"},
        {1, "1"},
        {-2.5, "-2.5"},
        {0.1, "0.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {100, "100"},
        {123456.789, "123456.789"},
        {1e15, "1000000000000000"},
        {1e20, "100000000000000000000"},
        {1e21, "1e+21"},
        {1.5e300, "1.5e+300"},
        {123456789012345678.0, "123456789012345680"},
        {0.000001, "0.000001"},
        {-0.0000012345678901234567, "-0.0000012345678901234567"},
        {1e-7, "1e-7"},
        {9007199254740991, "9007199254740991"},
        {9007199254740992, "9007199254740992"},
        {1e23, "1e+23"},
        {0x1p50 + 0.25, "1125899906842624.2"},
        {0x1p50 + 0.75, "1125899906842624.8"},
        {0x1p-24, "5.960464477539063e-8"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {-DBL_MAX, "-1.7976931348623157e+308"},
        {DBL_MIN, "2.2250738585072014e-308"},
        {4.9406564584124654e-324, "5e-324"},
        {2.225073858507201e-308, "2.225073858507201e-308"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tare_string_builder_clear(&builder);
        assert_true(tare_string_builder_append_double(&builder, cases[i].value));
        assert_string_equal(text(), cases[i].text);
    }
}

static unsigned count_digits(const char *number)
{
    unsigned count = 0, zeros = 0;

    for (; *number && *number != 'e'; number++) {
        if (*number == '0')
            zeros += count > 0;
        else if (*number >= '1' && *number <= '9') {
            count += zeros + 1;
            zeros = 0;
        }
    }
    return count;
}

/* Bits at random, decimals, powers of two and their neighbours, subnormals. */
static double next_double(unsigned i)
{
    uint64_t bits = (uint64_t)mrand48() << 32 ^ (uint32_t)mrand48();
    double value, power = 1;

    for (long places = lrand48() % 12; places; places--)
        power *= 10;
    if (i % 4 == 1)
        return (double)(lrand48() % 10000000) / power;
    if (i % 4 == 2)
        bits = (bits & 0xfff0000000000000u) + (uint64_t)(lrand48() % 3) - 1;
    if (i % 4 == 3)
        bits &= 0x800fffffffffffffu;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void doubles_read_as_they_were_and_are_short(void **state)
{
    char shortest[64];

    (void)state;
    srand48(1);
    for (unsigned i = 0; i < 50000; i++) {
        double value = next_double(i);

        if (isnan(value) || isinf(value))
            continue;
        tare_string_builder_clear(&builder);
        assert_true(tare_string_builder_append_double(&builder, value));
        if (strtod(text(), NULL) != value)
            fail_msg("%.17g became %s", value, text());
        int digits = 0;
        do
            snprintf(shortest, sizeof shortest, "%.*e", digits, value);
        while (strtod(shortest, NULL) != value && ++digits);
        if (count_digits(text()) > count_digits(shortest))
            fail_msg("%s is shorter than %s", shortest, text());
    }
}

static void what_cannot_be_printed_is_missing(void **state)
{
    static const wchar_t no_characters[] = {0x7fffffff, 0};

    (void)state;
    tare_string_builder_append(&builder, "kept");
    assert_false(tare_string_builder_printf(&builder, "%ls", no_characters));
    assert_int_equal(tare_string_builder_needed_bytes(&builder), 5);
    assert_string_equal(text(), "kept");
}

static void random_operations_do_as_the_model(void **state)
{
    const char *seed = getenv("SEED");
    unsigned long first = seed ? strtoul(seed, NULL, 10) : 1;

    (void)state;
    for (unsigned long i = first; i < first + (seed ? 1 : 400); i++)
        for (uint64_t fail_at = 0; fail_at < 4; fail_at++) {
            struct tare_mem_failer failer;
            uint8_t script[1000];

            tare_mem_failer_init(&failer, NULL, fail_at);
            failer.fail_on = i % 2;
            srand48((long)i);
            for (size_t at = 0; at < sizeof script; at++)
                script[at] = (uint8_t)(lrand48() >> 8);
            const char *wrong =
                string_builder_model_run(&failer.mem, script, sizeof script, fail_at != 0);
            if (wrong)
                fail_msg("%s, with SEED=%lu, fail_at %" PRIu64, wrong, i, fail_at);
            assert_int_equal(tare_mem_counted(&failer.counter).live_bytes, 0);
        }
}

/* The pool */

static void pooled_builders_have_the_room_that_is_asked_for(void **state)
{
    static const size_t sizes[] = {0, 255, 256, 4095, 4096, 65535};
    static const size_t classes[] = {256, 256, 4096, 4096, 65536, 65536};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct tare_string_builder *pooled = tare_string_builder_alloc(sizes[i]);

        assert_true(tare__string_builder_valid(pooled));
        assert_int_equal(pooled->block_bytes, classes[i]);
        const char *where = pooled->text;
        assert_true(tare_string_builder_append_repeated(pooled, 'x', sizes[i]));
        assert_ptr_equal(pooled->text, where);
        tare_string_builder_free(pooled);
    }
    struct tare_string_builder *large = tare_string_builder_alloc(1 << 20);
    assert_true(tare_string_builder_append_repeated(large, 'x', 1 << 20));
    tare_string_builder_free(large);
    tare_string_builder_free(NULL);
    tare_string_builder_trim_pool();
}

static void pooled_builders_come_back_empty_and_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        struct tare_string_builder *pooled = tare_string_builder_alloc(100);

        assert_int_equal(pooled->bytes, 0);
        assert_true(tare_string_builder_is_whole(pooled));
        tare_string_builder_append(pooled, "text");
        if (i % 3 == 0) /* which cannot be */
            tare_string_builder_append_repeated(pooled, 'x', SIZE_MAX - 1);
        tare_string_builder_free(pooled);
    }
}

static void free_builders_are_kept_up_to_a_limit(void **state)
{
    enum { COUNT = 500, BYTES = 200 << 10 };
    struct tare_string_builder *taken[COUNT];
    struct tare_section section;

    (void)state;
    tare_section_begin(&section, "builders");
    for (size_t i = 0; i < COUNT; i++) {
        taken[i] = tare_string_builder_alloc(65535);
        assert_true(tare_string_builder_append_repeated(taken[i], 'x', BYTES));
    }
    for (size_t i = 0; i < COUNT; i++)
        tare_string_builder_free(taken[i]);
    tare_section_end(&section);
    assert_true(section.counts.peak_bytes >= (uint64_t)COUNT * BYTES);
    assert_true(tare_section_live_bytes(&section) < 100 * (BYTES + BYTES / 2));
    tare_string_builder_trim_pool();
}

static void pooled_builders_keep_their_blocks_unless_they_grew_far(void **state)
{
    (void)state;
    if (tare__is_checked_by_tool())
        skip(); /* there each of them is new */
    struct tare_string_builder *pooled = tare_string_builder_alloc(0);
    tare_string_builder_append_repeated(pooled, 'x', 1000);
    const char *grown = pooled->text;
    tare_string_builder_free(pooled);
    pooled = tare_string_builder_alloc(0);
    assert_ptr_equal(pooled->text, grown);
    tare_string_builder_append_repeated(pooled, 'x', 1024);
    tare_string_builder_free(pooled);
    pooled = tare_string_builder_alloc(0);
    assert_int_equal(pooled->block_bytes, 256);
    tare_string_builder_free(pooled);
}

static void the_text_of_a_pooled_builder_can_be_taken(void **state)
{
    size_t block_bytes;

    (void)state;
    struct tare_string_builder *pooled = tare_string_builder_alloc(0);
    tare_string_builder_append(pooled, "text");
    char *taken = tare_string_builder_take(pooled, &block_bytes);
    tare_string_builder_free(pooled);
    pooled = tare_string_builder_alloc(0);
    tare_string_builder_append(pooled, "other");
    assert_string_equal(taken, "text");
    tare_mem_free(tare_mem_default(), taken, block_bytes, 1);
    tare_string_builder_free(pooled);
}

/* In a child: takes large builders until there are no more, gives them back, and tries again. */
static int use_all_memory(void)
{
    enum { MOST = 10000 };
    static struct tare_string_builder *taken[MOST];
    const struct rlimit few = {256 << 20, 256 << 20};

    for (int round = 0; round < 2; round++) {
        size_t count = 0;

        if (setrlimit(RLIMIT_AS, &few))
            return 2;
        while (count < MOST && (taken[count] = tare_string_builder_alloc(65535)))
            count++;
        if (count < 10 || count == MOST)
            return 3;
        while (count)
            tare_string_builder_free(taken[--count]);
    }
    return 0;
}

static void where_memory_ends_pooled_builders_are_refused(void **state)
{
    int status;

    (void)state;
    if (tare__is_checked_by_tool() || IS_THREAD_SANITIZED)
        skip(); /* which needs more than there would be */
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        close(STDERR_FILENO); /* mimalloc has something to say */
        _exit(use_all_memory());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void *build_and_free(void *context)
{
    struct tare_string_builder **others = context;

    for (size_t i = 0; i < 2000; i++) {
        struct tare_string_builder *pooled = tare_string_builder_alloc(i * 7 % 5000);

        tare_string_builder_append_u64(pooled, i);
        struct tare_string_builder *other =
            __atomic_exchange_n(&others[i % 8], pooled, __ATOMIC_ACQ_REL);
        if (other)
            tare_string_builder_append(other, "!");
        tare_string_builder_free(other);
    }
    return NULL;
}

static void any_thread_may_free_a_pooled_builder(void **state)
{
    static struct tare_string_builder *others[8];
    pthread_t threads[4];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, build_and_free, others), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < 8; i++)
        tare_string_builder_free(others[i]);
}

#define TEST(function) cmocka_unit_test_setup(function, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(integers_are_as_printf_writes_them),
        TEST(doubles_are_laid_out_as_others_do),
        TEST(doubles_read_as_they_were_and_are_short),
        TEST(what_cannot_be_printed_is_missing),
        TEST(random_operations_do_as_the_model),
        TEST(pooled_builders_have_the_room_that_is_asked_for),
        TEST(pooled_builders_come_back_empty_and_whole),
        TEST(free_builders_are_kept_up_to_a_limit),
        TEST(pooled_builders_keep_their_blocks_unless_they_grew_far),
        TEST(the_text_of_a_pooled_builder_can_be_taken),
        TEST(where_memory_ends_pooled_builders_are_refused),
        TEST(any_thread_may_free_a_pooled_builder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
