/* SPDX-License-Identifier: MIT
 *
 * Two moments of one run: a ledger as it was, and tare diff --from --to as a user meets it.
 */
#include "cli/timeline_writer.h"
#include "format/varint.h"
#include "profile/moment.h"
#include "profile/timeline.h"
#include "report/units.h"
#include "support/command.h"
#include "support/json_check.h"
#include "support/ledger_builder.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void times_are_read_as_they_are_shown(void **state)
{
    static const struct {
        const char *text;
        uint64_t ns;
    } good[] = {{"0 ns", 0},
                {"805 ms", 805000000},
                {"1.01 s", 1010000000},
                {"1.5s", 1500000000},
                {"20us", 20000},
                {"2 min 5 s", 125000000000},
                {"1h3min", 3780000000000}};
    static const char *const bad[] = {"",     "5",   "s",      "-1s", "1 week",
                                      "0x5s", "1s,", "1e300h", "nans"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        uint64_t ns = 1;

        assert_true(units_parse_time(good[i].text, &ns));
        assert_int_equal(ns, good[i].ns);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(units_parse_time(bad[i], &(uint64_t){0}));
}

static uint8_t *put(uint8_t *to, uint32_t step, int64_t allocations, int64_t bytes)
{
    to = varint_put(to, step);
    to = varint_put(to, zigzag(allocations));
    to = varint_put(to, zigzag(bytes));
    to = varint_put(to, zigzag(0));
    return varint_put(to, zigzag(0));
}

/* Two records; the second one comes with the second sample, which names one that is not there. */
static void records_have_what_samples_add_up_to(void **state)
{
    static char path[] = TEST_BUILD "/moments.tare";
    struct ledger_builder builder;
    struct timeline_writer writer = {0};
    struct ledger_file file;

    (void)state;
    builder_init(&builder);
    uint32_t node = builder_node(&builder, 0x10010, 0, 0);
    struct ledger_record *first = builder_record(&builder, node, 0);
    struct ledger_record *second = builder_record(&builder, node, 1);
    uint32_t number = (uint32_t)(((uint8_t *)first - builder.bytes) / sizeof *first);
    first->allocations = 9;
    second->temporary = 7;
    for (uint32_t i = 0; i < 2; i++) {
        uint8_t changes[3 * 5 * VARINT_BYTES];
        uint8_t *to = put(changes, number, 2, 20);

        if (i)
            to = put(put(to, 1, 1, 5), 1u << 31, 1, 1);
        struct ledger_sample head = {.at_ns = 1000 + 1000 * i,
                                     .changes = 1 + 2 * i,
                                     .change_bytes = (uint32_t)(to - changes)};
        assert_int_equal(timeline_add(&writer, &head, changes), 0);
    }
    builder_write(&builder, path);
    assert_int_equal(timeline_write(&writer, path), 0);
    static const struct {
        uint64_t wanted, at, first, second;
        int err;
    } cases[] = {{999, 0, 0, 0, 0},           {1999, 1000, 2, 0, 0},
                 {2000, 2000, 4, 1, 0},       {2019, 2000, 4, 1, 0},
                 {2100, 2000, 9, 0, -ERANGE}, {MOMENT_END, 2000, 4, 1, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t at = cases[i].wanted;

        assert_int_equal(ledger_file_read(&file, path), 0);
        assert_int_equal(moment_take(&file, &at), cases[i].err);
        assert_int_equal(at, cases[i].at);
        assert_int_equal(ledger_file_record(&file, number)->allocations, cases[i].first);
        assert_int_equal(ledger_file_record(&file, number + 1)->allocations,
                         cases[i].second);
        if (!cases[i].err)
            assert_int_equal(ledger_file_record(&file, number + 1)->temporary, 0);
        ledger_file_fini(&file);
    }
    unlink(path);
    timeline_writer_fini(&writer);
    builder_fini(&builder);
}

static const char growing[] =
    "$| = 1; push @a, 'x' x 5000 for 1..500; select undef, undef, "
    "undef, 0.9; push @b, 'y' x 3000 for 1..500; select undef, "
    "undef, undef, 0.6";

static json_int_t number(const json_t *object, const char *side, const char *name)
{
    return json_integer_value(json_object_get(json_object_get(object, side), name));
}

/* The sample in the middle of the run's timeline, and the last one. */
static void look_at_samples(struct ledger_sample samples[2])
{
    struct timeline timeline;
    struct ledger_file file;

    assert_int_equal(ledger_file_read(&file, in_folder("perl.tare")), 0);
    assert_int_equal(timeline_init(&timeline, &file), 0);
    assert_true(timeline.count >= 4);
    samples[0] = timeline.samples[timeline.count / 2];
    samples[1] = timeline.samples[timeline.count - 1];
    timeline_fini(&timeline);
    ledger_file_fini(&file);
}

static void moments_of_a_run_are_compared(void **state)
{
    struct ledger_sample samples[2];
    char from[32];
    json_t *diff;

    (void)state;
    tare("run", "--advise", "--", "perl", "-e", growing, NULL);
    assert_int_equal(run_exit(&result), 0);
    look_at_samples(samples);
    snprintf(from, sizeof from, "%" PRIu64 "ns", samples[0].at_ns);
    tare("diff", "--from", from, "--json", in_folder("perl.tare"), NULL);
    assert_int_equal(run_exit(&result), 0);
    assert_true(json_is_valid(result.out, strlen(result.out)));
    diff = json_loads(result.out, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(diff, "limits")), 0);
    json_int_t bytes = number(diff, "after", "bytes");
    assert_int_equal(number(diff, "before", "at_ns"), samples[0].at_ns);
    assert_int_equal(number(diff, "after", "at_ns"), samples[1].at_ns);
    assert_int_equal(number(diff, "before", "live_bytes"), samples[0].live_bytes);
    assert_int_equal(number(diff, "after", "live_bytes"), samples[1].live_bytes);
    assert_null(json_object_get(json_object_get(diff, "after"), "peak_bytes"));
    json_decref(diff);
    tare("report", "--json", in_folder("perl.tare"), NULL);
    diff = json_loads(result.out, 0, NULL);
    const json_t *process = json_array_get(json_object_get(diff, "processes"), 0);
    assert_int_equal(json_integer_value(json_object_get(process, "bytes")), bytes);
    json_decref(diff);
    tare("diff", "--from", "200ms", "--fail-on", "+1MiB:live", in_folder("perl.tare"),
         NULL);
    assert_int_equal(run_exit(&result), 1);
    said(result.out, "before   ");
    said(result.out, "\n  live       ");
    assert_null(strstr(result.out, "peak"));
    said(result.err, "exceeded: live ");
    tare("diff", "--to", from, "--format", "md", in_folder("perl.tare"), NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.out, "After 0 ns and after ");
    assert_string_equal(result.err,
                        ""); /* no evidence of what was not there yet is missed */
    assert_null(strstr(result.out, "temporary"));
}

static void what_cannot_be_compared_is_told(void **state)
{
    (void)state;
    tare("run", "--samples", "0", "--", "perl", "-e", "1", NULL);
    tare("diff", "--from", "1ms", in_folder("perl.tare"), NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err, "has no timeline: record it with tare run");
    tare("run", "--", "perl", "-e", growing, NULL);
    tare("diff", "--from", "1h", in_folder("perl-1.tare"), NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err, "has no moment after 1 h 0 min: its timeline ends after ");
    tare("diff", "--to", "1ns", in_folder("perl-1.tare"), NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err, "no sample lies between");
    tare("diff", "--from", "1ms", in_folder("missing.tare"), NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err, "cannot read: No such file");
    tare("diff", "--from", "2s", "--to", "1s", in_folder("perl-1.tare"), NULL);
    assert_int_equal(run_exit(&result), 2);
    tare("diff", "--from", "soon", in_folder("perl-1.tare"), NULL);
    assert_int_equal(run_exit(&result), 2);
    said(result.err, "a time is like 250ms");
    tare("diff", "--from", "1ms", "a", "b", NULL);
    assert_int_equal(run_exit(&result), 2);
    tare("diff", "--from", "1ms", "--by", "peak", in_folder("perl-1.tare"), NULL);
    assert_int_equal(run_exit(&result), 2);
    tare("diff", "--from", "1ms", "--fail-on", "+1:temporary", in_folder("perl-1.tare"),
         NULL);
    assert_int_equal(run_exit(&result), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read_as_they_are_shown),
        cmocka_unit_test(records_have_what_samples_add_up_to),
        WITH_COMMAND(moments_of_a_run_are_compared),
        WITH_COMMAND(what_cannot_be_compared_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
