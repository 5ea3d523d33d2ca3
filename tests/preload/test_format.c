/* SPDX-License-Identifier: MIT
 *
 * docs/format.md speaks of the bytes that format/ledger.h defines.
 */
#include "format/ledger.h"
#include "shim/trailer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static char *document;

static int setup(void **state)
{
    FILE *file = fopen("docs/format.md", "re");

    (void)state;
    document = calloc(1, 1 << 17);
    if (!file || !document || !fread(document, 1, (1 << 17) - 1, file))
        return -1;
    fclose(file);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(document);
    return 0;
}

static void check(const char *heading, const char *field, size_t offset, size_t bytes)
{
    char row[128];
    const char *from = strstr(document, heading);

    assert_non_null(from);
    const char *to = strstr(from + 1, "\n### ");
    snprintf(row, sizeof row, "\n| %zu | %zu | `%s` |", offset, bytes, field);
    const char *found = strstr(from, row);
    if (!found || (to && found > to))
        fail_msg("%s lacks%s", heading, row);
}

#define CHECK(heading, type, field)                                    \
    check("\n### " heading "\n", #field, offsetof(struct type, field), \
          sizeof(((struct type *)0)->field))
#define HEADER(field) CHECK("Header", ledger_header, field)

static void header_is_described_field_by_field(void **state)
{
    (void)state;
    HEADER(magic);
    HEADER(version);
    HEADER(header_bytes);
    HEADER(pid);
    HEADER(parent_pid);
    HEADER(process_start);
    HEADER(boot_id);
    HEADER(start_realtime_ns);
    HEADER(start_monotonic_ns);
    HEADER(flags);
    HEADER(stack_depth);
    HEADER(allocator);
    HEADER(extents);
    HEADER(max_extents);
    HEADER(command_bytes);
    HEADER(end);
    HEADER(end_status);
    HEADER(end_monotonic_ns);
    HEADER(cpu_ns);
    HEADER(live_first);
    HEADER(peak_bytes);
    HEADER(epoch_first);
    HEADER(peak_monotonic_ns);
    HEADER(live_others);
    HEADER(epoch_others);
    HEADER(lost_events);
    HEADER(lost_stacks);
    HEADER(untracked_frees);
    HEADER(inherited_frees);
    HEADER(lost_evidence);
    HEADER(checked_stacks);
    HEADER(wrong_stacks);
    HEADER(lost_mappings);
    HEADER(unrecorded_programs);
    HEADER(executable);
    HEADER(command);
    HEADER(lost_objects);
    HEADER(block_key);
    HEADER(held_live_bytes);
    HEADER(end_live_bytes);
    HEADER(lost_advice);
    HEADER(looker);
    HEADER(look);
}

static void advice_is_described_field_by_field(void **state)
{
    (void)state;
    CHECK("Advice", ledger_advice, record);
    CHECK("Advice", ledger_advice, ends);
    CHECK("Advice", ledger_advice, deaths);
    CHECK("Advice", ledger_advice, newest);
    CHECK("Advice", ledger_advice, runs);
    CHECK("Advice", ledger_advice, run_frees);
    CHECK("Advice", ledger_advice, longest_run);
    CHECK("Advice", ledger_advice, run);
    CHECK("Advice", ledger_advice, frames);
    CHECK("Advice", ledger_advice, in_function);
    CHECK("Advice", ledger_advice, in_caller);
    CHECK("Advice", ledger_advice, allocations);
    CHECK("Advice", ledger_advice, reused);
    CHECK("Advice", ledger_advice, freed_bytes);
    CHECK("Advice", ledger_advice, freed_blocks);
    CHECK("Advice", ledger_advice, filled_blocks);
    CHECK("Advice", ledger_advice, filled_bytes);
    CHECK("Advice", ledger_advice, unwritten_bytes);
    CHECK("Advice", ledger_advice, zeroed_blocks);
    CHECK("Advice", ledger_advice, zeroed_bytes);
    CHECK("Advice", ledger_advice, zero_tail_bytes);
    CHECK("Advice", ledger_advice, hashed_blocks);
    CHECK("Advice", ledger_advice, hashed_bytes);
    CHECK("Advice", ledger_advice, text_blocks);
    CHECK("Advice", ledger_advice, text_bytes);
    CHECK("Advice", ledger_advice, commonest);
    CHECK("Advice", ledger_advice, registers);
    CHECK("Ends", ledger_ends, record);
    CHECK("Ends", ledger_ends, greatest_bytes);
    CHECK("Ends", ledger_ends, counts);
    CHECK("Held", ledger_held, record);
    CHECK("Held", ledger_held, at_end);
    CHECK("Held", ledger_held, blocks);
    CHECK("Held", ledger_held, bytes);
    CHECK("Held", ledger_held, distinct_blocks);
    CHECK("Held", ledger_held, distinct_bytes);
    CHECK("Held", ledger_held, elsewhere_blocks);
    CHECK("Held", ledger_held, elsewhere_bytes);
    CHECK("Held", ledger_held, text_blocks);
    CHECK("Held", ledger_held, text_bytes);
    CHECK("Held", ledger_held, unwritten_bytes);
    CHECK("Held", ledger_held, unwritten_of_bytes);
    CHECK("Held", ledger_held, old_blocks);
    CHECK("Held", ledger_held, old_bytes);
    CHECK("Held", ledger_held, sampled_bytes);
    CHECK("Held", ledger_held, compressed_bytes);
    CHECK("Held", ledger_held, words);
    CHECK("Held", ledger_held, pointer_words);
}

static void objects_are_described_field_by_field(void **state)
{
    (void)state;
    CHECK("Node", ledger_node, ip);
    CHECK("Node", ledger_node, parent);
    CHECK("Node", ledger_node, module);
    CHECK("Module", ledger_module, start);
    CHECK("Module", ledger_module, end);
    CHECK("Module", ledger_module, bias);
    CHECK("Module", ledger_module, path);
    CHECK("Module", ledger_module, path_bytes);
    CHECK("Module", ledger_module, build_id);
    CHECK("Module", ledger_module, build_id_bytes);
    CHECK("Record", ledger_record, allocations);
    CHECK("Record", ledger_record, bytes);
    CHECK("Record", ledger_record, frees);
    CHECK("Record", ledger_record, freed_bytes);
    CHECK("Record", ledger_record, epoch);
    CHECK("Record", ledger_record, peak_bytes);
    CHECK("Record", ledger_record, site);
    CHECK("Record", ledger_record, slot);
    CHECK("Record", ledger_record, size_run);
    CHECK("Record", ledger_record, run_bytes);
    CHECK("Record", ledger_record, life_run);
    CHECK("Record", ledger_record, life_bucket);
    CHECK("Record", ledger_record, class);
    CHECK("Record", ledger_record, temporary);
    CHECK("Record", ledger_record, most_bytes);
    CHECK("Record", ledger_record, most_blocks);
    CHECK("Record", ledger_record, least_bytes);
    CHECK("Record", ledger_record, greatest_bytes);
    CHECK("Record", ledger_record, slack_bytes);
    CHECK("Record", ledger_record, remote_frees);
    CHECK("Record", ledger_record, histogram);
    CHECK("Record", ledger_record, growth);
    CHECK("Histogram", ledger_histogram, sizes);
    CHECK("Histogram", ledger_histogram, next);
    CHECK("Histogram", ledger_histogram, common_weight);
    CHECK("Histogram", ledger_histogram, common_bytes);
    CHECK("Histogram", ledger_histogram, lives);
    CHECK("Growth", ledger_growth, calls);
    CHECK("Growth", ledger_growth, moves);
    CHECK("Growth", ledger_growth, copied_bytes);
    CHECK("Growth", ledger_growth, chains);
    CHECK("Growth", ledger_growth, final_sizes);
    CHECK("Thread", ledger_thread, slot);
    CHECK("Thread", ledger_thread, tid);
    CHECK("Thread", ledger_thread, served);
    CHECK("Thread", ledger_thread, name);
}

static void size_of(enum ledger_kind kind, const char *name, size_t bytes)
{
    char row[64];

    snprintf(row, sizeof row, "\n| %d | %s | %zu |", kind, name, bytes);
    assert_non_null(strstr(document, row));
}

/* "| bucket | from | end |" of the table of sizes, for some of them. */
static void buckets_are_as_described(void **state)
{
    char row[128];

    (void)state;
    assert_int_equal(LEDGER_SIZE_BUCKETS, 28);
    assert_int_equal(LEDGER_LIFE_BUCKETS, 32);
    assert_int_equal(LEDGER_GROWTH_BUCKETS, 24);
    for (uint32_t i = 1; i < 4; i++) {
        snprintf(row, sizeof row, "\n| %u | %u | %u |", i, 1u << (i - 1), 1u << i);
        assert_non_null(strstr(document, row));
    }
    snprintf(row, sizeof row, "%u for sizes, from %u on", LEDGER_SIZE_BUCKETS - 1,
             1u << (LEDGER_SIZE_BUCKETS - 2));
    assert_non_null(strstr(document, row));
    snprintf(row, sizeof row, "%u for lifetimes, from %u on", LEDGER_LIFE_BUCKETS - 1,
             1u << (LEDGER_LIFE_BUCKETS - 2));
    assert_non_null(strstr(document, row));
    snprintf(row, sizeof row, "%u for final sizes, from %u on", LEDGER_GROWTH_BUCKETS - 1,
             1u << (LEDGER_GROWTH_BUCKETS - 2));
    assert_non_null(strstr(document, row));
}

/* A lifetime is as exact as the time of the allocation that the trailer keeps. */
static void lifetimes_are_as_exact_as_described(void **state)
{
    const uint64_t part = 1u << (TIME_MANTISSA_BITS - 1);
    char sentence[128];

    (void)state;
    snprintf(sentence, sizeof sentence,
             "known to one unit, or to 1/%u of the process's age at the allocation",
             (unsigned)part);
    assert_non_null(strstr(document, sentence));
    for (uint64_t age = 0; age < UINT64_C(1) << 40; age += age / 97 + 1) {
        uint64_t kept = time_of(time_code(age));

        assert_true(kept <= age);
        assert_true(age - kept <= 1 || age - kept <= age / part);
    }
}

static void sizes_are_as_described(void **state)
{
    char line[64];

    (void)state;
    snprintf(line, sizeof line, "offset %d     extents of 16 KiB",
             LEDGER_FIRST_EXTENT * LEDGER_EXTENT_BYTES);
    assert_non_null(strstr(document, line));
    assert_int_equal(LEDGER_EXTENT_BYTES, 16 << 10);
    assert_int_equal(LEDGER_MAX_EXTENTS, 16384);
    assert_int_equal(LEDGER_LIFE_UNIT_NS, 1048576);
    size_of(LEDGER_RECORDS, "records", sizeof(struct ledger_record));
    size_of(LEDGER_NODES, "nodes", sizeof(struct ledger_node));
    size_of(LEDGER_MODULES, "modules", sizeof(struct ledger_module));
    size_of(LEDGER_THREADS, "threads", sizeof(struct ledger_thread));
    assert_int_equal(sizeof(struct ledger_histogram), 256);
    assert_int_equal(sizeof(struct ledger_growth), 128);
    assert_non_null(strstr(document, "| 6 | histograms, growths | 256, 128 |"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_is_described_field_by_field),
        cmocka_unit_test(objects_are_described_field_by_field),
        cmocka_unit_test(advice_is_described_field_by_field),
        cmocka_unit_test(sizes_are_as_described),
        cmocka_unit_test(buckets_are_as_described),
        cmocka_unit_test(lifetimes_are_as_exact_as_described),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
