/* SPDX-License-Identifier: MIT
 *
 * docs/format.md speaks of the bytes that format/ledger.h defines.
 */
#include "format/ledger.h"

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
    HEADER(checked_stacks);
    HEADER(wrong_stacks);
    HEADER(executable);
    HEADER(command);
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
    CHECK("Record", ledger_record, temporary);
    CHECK("Record", ledger_record, site);
    CHECK("Record", ledger_record, slot);
    CHECK("Thread", ledger_thread, slot);
    CHECK("Thread", ledger_thread, tid);
    CHECK("Thread", ledger_thread, served);
    CHECK("Thread", ledger_thread, name);
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
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_is_described_field_by_field),
        cmocka_unit_test(objects_are_described_field_by_field),
        cmocka_unit_test(sizes_are_as_described),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
