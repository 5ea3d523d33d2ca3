/* SPDX-License-Identifier: MIT
 *
 * What a string builder writes, beside printf and a plain array.
 */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include "support/string_builder_model.h"
#include "toolkit/string_builder_parts.h"

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

#define TEST(function) cmocka_unit_test_setup(function, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(integers_are_as_printf_writes_them),
        TEST(doubles_are_laid_out_as_others_do),
        TEST(doubles_read_as_they_were_and_are_short),
        TEST(what_cannot_be_printed_is_missing),
        TEST(random_operations_do_as_the_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
