/* SPDX-License-Identifier: MIT
 *
 * The timeline that a process writes of itself: what a reader makes of levels that a kill or damage
 * left, and of those of a program that had the recorder preloaded.
 */
#include "profile/levels.h"
#include "support/command.h"
#include "support/ledger_builder.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void read_levels(struct levels *levels, struct ledger_builder *builder,
                        const struct ledger_level *written, size_t count)
{
    struct process process;
    struct ledger_file file;
    uint32_t extent = builder->extents;

    builder->bytes[LEDGER_HEADER_BYTES + extent] = LEDGER_LEVELS;
    builder->extents = builder_header(builder)->extents = extent + 1;
    memcpy(builder->bytes + (size_t)extent * LEDGER_EXTENT_BYTES, written,
           count * sizeof *written);
    assert_int_equal(ledger_file_parse(&file, builder->bytes, builder_bytes(builder)), 0);
    assert_int_equal(process_from_ledger(&process, &file, "made.tare"), 0);
    assert_int_equal(levels_init(levels, &process), 0);
    process_fini(&process);
}

static void reader_puts_levels_in_order_once_each_with_peak_and_end(void **state)
{
    static const struct ledger_level written[] = {
        {.at_ns = 40, .live_bytes = 4, .minor_faults = 9},
        {.at_ns = 20, .live_bytes = 2, .minor_faults = 7, .major_faults = 1},
        {.at_ns = 0, .live_bytes = 99}, /* cut short */
        {.at_ns = 20, .live_bytes = 2, .minor_faults = 7, .major_faults = 1},
        {.at_ns = 900, .live_bytes = 99}, /* behind the end */
        {.at_ns = UINT64_MAX, .live_bytes = 99},
    };
    struct ledger_builder builder;
    struct levels levels;

    (void)state;
    builder_init(&builder);
    struct ledger_header *header = builder_header(&builder);
    header->peak_bytes = 50;
    header->peak_monotonic_ns = header->start_monotonic_ns + 30;
    header->end_monotonic_ns = header->start_monotonic_ns + 60;
    read_levels(&levels, &builder, written, sizeof written / sizeof *written);
    static const struct ledger_level expected[] = {
        {20, 2, 7, 1}, {30, 50, 7, 1}, {40, 4, 9, 1}, {60, 0, 9, 1}};
    assert_int_equal(levels.count, 4);
    assert_memory_equal(levels.list, expected, sizeof expected);
    levels_fini(&levels);
    builder_fini(&builder);
}

/* Of a program that has the recorder preloaded, and is killed. */
static void preloaded_program_has_levels_of_its_own(void **state)
{
    char preload[PATH_MAX + 16];
    char output[PATH_MAX + 16];
    char *shim = realpath(RUN_SHIM, NULL);
    const char *const words[] = {
        "perl", "-e",
        "for (1..40) { push @a, 'x' x 100000; @b = map { [$_] } 1..50;"
        " select undef, undef, undef, 0.005 } kill 9, $$",
        NULL};
    const char *const settings[] = {preload, output, NULL};
    struct run killed;
    struct process process;
    struct levels levels;

    (void)state;
    assert_non_null(shim);
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", shim);
    free(shim);
    snprintf(output, sizeof output, "TARE_OUTPUT=%s", in_folder("perl.tare"));
    run(&killed, words, settings);
    assert_int_equal(run_exit(&killed), 128 + 9);
    run_fini(&killed);
    assert_int_equal(process_load(&process, in_folder("perl.tare")), 0);
    assert_int_equal(levels_init(&levels, &process), 0);
    assert_true(levels.count >= 15);
    for (uint32_t i = 0; i < levels.count; i++) {
        assert_in_range(levels.list[i].live_bytes, 0, process.peak_bytes); /* 0: at once */
        assert_true(!i || levels.list[i].at_ns > levels.list[i - 1].at_ns);
        assert_true(!i || levels.list[i].minor_faults >= levels.list[i - 1].minor_faults);
    }
    assert_true(levels.list[levels.count - 1].live_bytes >
                levels.list[0].live_bytes + 3000000);
    levels_fini(&levels);
    process_fini(&process);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader_puts_levels_in_order_once_each_with_peak_and_end),
        WITH_COMMAND(preloaded_program_has_levels_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
