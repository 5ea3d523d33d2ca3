/* SPDX-License-Identifier: MIT
 *
 * Timelines: what samples a writer is given, and a run takes, adds up to what the records have.
 */
#include "cli/timeline_writer.h"
#include "format/varint.h"
#include "profile/process.h"
#include "profile/timeline.h"
#include "support/command.h"
#include "support/ledger_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

enum { RECORDS = 40 };

static struct ledger_builder builder;
static struct timeline_writer writer;
static struct timeline timeline;
static char path[] = TEST_BUILD "/timeline.tare";

static int setup(void **state)
{
    (void)state;
    builder_init(&builder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    builder_fini(&builder);
    timeline_writer_fini(&writer);
    timeline_fini(&timeline);
    unlink(path);
    return 0;
}

static void numbers_are_read_as_they_were_written(void **state)
{
    static const int64_t values[] = {0, 1, -1, 63, -64, 64, 1 << 20, INT64_MAX, INT64_MIN};
    uint8_t bytes[VARINT_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const uint8_t *end = varint_put(bytes, zigzag(values[i]));
        uint64_t value = 0;

        assert_ptr_equal(varint_get(bytes, end, &value), end);
        assert_int_equal(unzigzag(value), values[i]);
        assert_null(varint_get(bytes, end - 1, &value));
    }
}

/* One sample in which some records change by their number. */
static void add_sample(uint64_t at_ns, uint32_t first, uint32_t step)
{
    uint8_t changes[RECORDS * 5 * VARINT_BYTES];
    uint8_t *to = changes;
    struct ledger_sample head = {.at_ns = at_ns, .live_bytes = (int64_t)at_ns};
    uint32_t before = 0;

    for (uint32_t i = first; i < RECORDS; i += step) {
        to = varint_put(to, i - before);
        to = varint_put(to, zigzag(1));
        to = varint_put(to, zigzag((int64_t)i * 10));
        to = varint_put(to, zigzag(i % 2));
        to = varint_put(to, zigzag(-(int64_t)i));
        before = i;
        head.changes++;
    }
    head.change_bytes = (uint32_t)(to - changes);
    assert_int_equal(timeline_add(&writer, &head, changes), 0);
}

static void read_back(void)
{
    struct ledger_file file;

    builder_write(&builder, path);
    assert_int_equal(timeline_write(&writer, path), 0);
    assert_int_equal(ledger_file_read(&file, path), 0);
    assert_false(file.truncated);
    assert_int_equal(timeline_init(&timeline, &file), 0);
    ledger_file_fini(&file);
}

static void sum_up(struct timeline_change sums[RECORDS])
{
    memset(sums, 0, RECORDS * sizeof *sums);
    for (uint32_t i = 0; i < timeline.count; i++) {
        const uint8_t *at = timeline.changes[i];
        struct timeline_change change = {0};
        uint32_t count = 0;

        while (timeline_next(&at, timeline.changes[i] + timeline.samples[i].change_bytes,
                             &change)) {
            assert_in_range(change.record, 0, RECORDS - 1);
            sums[change.record].allocations += change.allocations;
            sums[change.record].bytes += change.bytes;
            sums[change.record].frees += change.frees;
            sums[change.record].freed_bytes += change.freed_bytes;
            count++;
        }
        assert_int_equal(count, timeline.samples[i].changes);
    }
}

static void long_timelines_are_thinned_and_lose_nothing(void **state)
{
    enum { SAMPLES = 3 * TIMELINE_SAMPLES + 7 };
    struct timeline_change sums[RECORDS];

    (void)state;
    for (uint32_t i = 0; i < SAMPLES; i++)
        add_sample(1000 + i, i % 3, 1 + i % 4);
    assert_in_range(writer.count, TIMELINE_SAMPLES / 4, TIMELINE_SAMPLES);
    assert_true(writer.thinnings >= 2);
    read_back();
    assert_int_equal(timeline.count, writer.count);
    assert_int_equal(timeline.samples[timeline.count - 1].at_ns, 1000 + SAMPLES - 1);
    sum_up(sums);
    for (uint32_t record = 0; record < RECORDS; record++) {
        int64_t times = 0;

        for (uint32_t i = 0; i < SAMPLES; i++)
            times += record >= i % 3 && (record - i % 3) % (1 + i % 4) == 0;
        assert_int_equal(sums[record].allocations, times);
        assert_int_equal(sums[record].bytes, times * record * 10);
        assert_int_equal(sums[record].freed_bytes, -times * (int64_t)record);
    }
}

static void profile_without_a_timeline_has_no_samples(void **state)
{
    struct ledger_file file;

    (void)state;
    assert_int_equal(ledger_file_parse(&file, builder.bytes, builder_bytes(&builder)), 0);
    assert_int_equal(timeline_init(&timeline, &file), 0);
    assert_int_equal(timeline.count, 0);
    ledger_file_fini(&file);
}

static void damage_ends_a_timeline(void **state)
{
    (void)state;
    add_sample(5, 0, 1);
    add_sample(6, 0, 1);
    add_sample(3, 0, 1); /* back in time */
    writer.samples[1].head.changes = 9;
    read_back();
    assert_int_equal(timeline.count, 2);
    timeline_fini(&timeline);
    writer.samples[0].head.change_bytes = 1u << 30;
    writer.bytes = 0;
    FILE *file = fopen(path, "r+e");
    struct ledger_sample head = writer.samples[0].head;
    assert_non_null(file);
    long at = (long)builder_header(&builder)->extents * LEDGER_EXTENT_BYTES +
              (long)sizeof(struct ledger_timeline);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fwrite(&head, sizeof head, 1, file), 1);
    fclose(file);
    struct ledger_file damaged;
    assert_int_equal(ledger_file_read(&damaged, path), 0);
    assert_int_equal(timeline_init(&timeline, &damaged), 0);
    assert_int_equal(timeline.count, 0);
    ledger_file_fini(&damaged);
}

/* The sums of a run's samples, record by record, against the records themselves. */
static void samples_add_up(const char *name)
{
    struct process process;
    struct timeline_change change;

    assert_int_equal(process_load(&process, in_folder(name)), 0);
    assert_int_equal(timeline_init(&timeline, &process.file), 0);
    assert_true(timeline.count >= 2);
    uint32_t records = (process.file.extents + 1) * LEDGER_EXTENT_BYTES /
                       (uint32_t)sizeof(struct ledger_record);
    uint64_t *bytes = calloc(records, sizeof *bytes);
    int64_t live = 0;
    for (uint32_t i = 0; i < timeline.count; i++) {
        const uint8_t *at = timeline.changes[i];

        change = (struct timeline_change){0};
        while (timeline_next(&at, timeline.changes[i] + timeline.samples[i].change_bytes,
                             &change)) {
            const struct ledger_record *record =
                ledger_file_record(&process.file, change.record);

            bytes[change.record] += (uint64_t)change.bytes;
            if (record->class == LEDGER_HEAP)
                live += change.bytes - change.freed_bytes;
        }
        assert_int_equal(live, timeline.samples[i].live_bytes);
    }
    for (uint32_t i = 0; i < process.site_count; i++)
        for (uint32_t k = process.sites[i].records; k; k = process.next_record[k])
            assert_int_equal(bytes[k], ledger_file_record(&process.file, k)->bytes);
    assert_int_equal((uint64_t)live, process.counts.live_bytes);
    free(bytes);
    timeline_fini(&timeline);
    process_fini(&process);
}

static void samples_of_a_run_are_the_records_in_the_end(void **state)
{
    (void)state;
    tare("run", "--", "perl", "-e",
         "for (1..30) { push @a, 'x' x 5000; select undef, undef, undef, 0.005 }", NULL);
    assert_int_equal(run_exit(&result), 0);
    samples_add_up("perl.tare");
    tare("run", "--", "perl", "-e",
         "push @a, 'x' x 100 for 1..1e5; select undef, undef, undef, 0.1; kill 9, $$",
         NULL);
    samples_add_up("perl-1.tare");
}

/* A shell that becomes another program, and one that is over long before the end. */
static void processes_of_a_run_have_timelines_of_their_own(void **state)
{
    (void)state;
    tare("run", "--", "sh", "-c",
         "perl -e 'push @a, 1 for 1..1e5; select undef, undef, undef, 0.1';"
         "exec perl -e 'push @a, 1 for 1..1e5; select undef, undef, undef, 0.2'",
         NULL);
    samples_add_up("perl.tare");
    samples_add_up("perl-1.tare");
}

static void no_samples_are_taken_when_none_are_wanted(void **state)
{
    struct ledger_file file;

    (void)state;
    tare("run", "--samples", "0", "--", "perl", "-e", "select undef, undef, undef, 0.1",
         NULL);
    assert_int_equal(ledger_file_read(&file, in_folder("perl.tare")), 0);
    assert_int_equal(timeline_init(&timeline, &file), 0);
    assert_int_equal(timeline.count, 0);
    ledger_file_fini(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_as_they_were_written),
        cmocka_unit_test_setup_teardown(long_timelines_are_thinned_and_lose_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(profile_without_a_timeline_has_no_samples, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(damage_ends_a_timeline, setup, teardown),
        WITH_COMMAND(samples_of_a_run_are_the_records_in_the_end),
        WITH_COMMAND(processes_of_a_run_have_timelines_of_their_own),
        WITH_COMMAND(no_samples_are_taken_when_none_are_wanted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
