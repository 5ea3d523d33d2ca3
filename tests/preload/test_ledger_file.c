/* SPDX-License-Identifier: MIT
 *
 * A file of any content is read, partly read or refused, and nothing else.
 */
#include "profile/ledger_file.h"
#include "support/ledger_builder.h"
#include "support/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct ledger_builder builder;
static char *folder;
static char path[512];

static int setup(void **state)
{
    (void)state;
    builder_init(&builder);
    folder = run_folder();
    snprintf(path, sizeof path, "%s/x.tare", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    builder_fini(&builder);
    run_folder_remove(folder);
    return 0;
}

static void objects_are_found_by_their_ids(void **state)
{
    struct ledger_file file;
    uint32_t module = builder_module(&builder, "/usr/bin/victim");
    uint32_t node = builder_node(&builder, 0x1234, LEDGER_OUTERMOST, module);

    (void)state;
    builder_write(&builder, path);
    assert_int_equal(ledger_file_read(&file, path), 0);
    assert_false(file.truncated);
    assert_int_equal(ledger_file_header(&file)->pid, 1234);
    assert_int_equal(ledger_file_node(&file, node)->ip, 0x1234);
    const struct ledger_module *found = ledger_file_module(&file, module);
    assert_memory_equal(ledger_file_string(&file, found->path, found->path_bytes),
                        "/usr/bin/victim", 15);
    ledger_file_fini(&file);
}

static void ids_of_another_kind_name_nothing(void **state)
{
    struct ledger_file file;
    uint32_t module = builder_module(&builder, "/m");
    uint32_t node = builder_node(&builder, 1, LEDGER_OUTERMOST, module);

    (void)state;
    builder_write(&builder, path);
    assert_int_equal(ledger_file_read(&file, path), 0);
    assert_null(ledger_file_node(&file, module));
    assert_null(ledger_file_module(&file, node));
    assert_null(ledger_file_node(&file, 0));
    assert_null(ledger_file_node(&file, UINT32_MAX));
    /* The last unit of an extent has no room for a module, nor a string for more than it. */
    assert_null(ledger_file_module(&file, (module / 1024 + 1) * 1024 - 1));
    assert_null(ledger_file_string(&file, LEDGER_FIRST_EXTENT * 1024, UINT32_MAX));
    ledger_file_fini(&file);
}

static void other_files_are_refused(void **state)
{
    struct ledger_file file;

    (void)state;
    assert_int_equal(ledger_file_read(&file, "/nonexistent"), -ENOENT);
    assert_int_equal(ledger_file_read(&file, "/"), -EISDIR);
    assert_int_equal(ledger_file_read(&file, "/dev/zero"), -EBADMSG);
    assert_int_equal(ledger_file_read(&file, "/proc/self/exe"), -EBADMSG);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(ledger_file_read(&file, path), -EBADMSG);
    builder_header(&builder)->magic = 0;
    assert_int_equal(ledger_file_parse(&file, builder.bytes, 65536), -ENODATA);
    builder_header(&builder)->magic = LEDGER_MAGIC;
    builder_header(&builder)->version = 99;
    assert_int_equal(ledger_file_parse(&file, builder.bytes, 65536), -ENOTSUP);
    assert_non_null(ledger_file_error(-ENOTSUP));
}

static void files_cut_at_any_byte_are_partly_read_or_refused(void **state)
{
    (void)state;
    builder_record(&builder, builder_node(&builder, 1, 0, builder_module(&builder, "/m")),
                   1);
    for (size_t bytes = 0; bytes < builder_bytes(&builder); bytes += 97) {
        struct ledger_file file;
        int err = ledger_file_parse(&file, builder.bytes, bytes);

        if (bytes < sizeof(struct ledger_header)) {
            assert_int_equal(err, bytes ? -EBADMSG : -ENODATA);
            continue;
        }
        assert_int_equal(err, 0);
        assert_true(file.truncated);
        assert_true(file.used_bytes <= bytes || file.used_bytes == LEDGER_HEADER_BYTES);
        ledger_file_fini(&file);
    }
}

static void more_extents_than_there_are_make_no_great_memory(void **state)
{
    struct ledger_file file;

    (void)state;
    builder_header(&builder)->extents = UINT32_MAX;
    builder_write(&builder, path);
    assert_int_equal(ledger_file_read(&file, path), 0);
    assert_true(file.truncated);
    assert_int_equal(file.used_bytes, builder_bytes(&builder));
    ledger_file_fini(&file);
}

static void holes_read_as_zeros(void **state)
{
    struct ledger_file file;
    uint32_t node = builder_node(&builder, 7, 0, 0);

    (void)state;
    builder_write(&builder, path);
    /* A whole ledger is 256 MiB with holes. */
    assert_int_equal(truncate(path, LEDGER_MAX_BYTES), 0);
    assert_int_equal(ledger_file_read(&file, path), 0);
    assert_int_equal(file.used_bytes, builder_bytes(&builder));
    assert_int_equal(ledger_file_node(&file, node)->ip, 7);
    assert_int_equal(ledger_file_node(&file, node + 1)->ip, 0);
    ledger_file_fini(&file);
}

static void large_files_are_read_to_their_last_extent(void **state)
{
    enum { EXTENTS = 300 };
    const uint8_t kind = LEDGER_NODES;
    const struct ledger_node node = {.ip = 9};
    struct ledger_file file;

    (void)state;
    builder_header(&builder)->extents = EXTENTS;
    builder_write(&builder, path);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, &kind, 1, LEDGER_HEADER_BYTES + EXTENTS - 1), 1);
    assert_int_equal(
        pwrite(fd, &node, sizeof node, (off_t)EXTENTS * LEDGER_EXTENT_BYTES - sizeof node),
        sizeof node);
    close(fd);
    assert_int_equal(ledger_file_read(&file, path), 0);
    assert_false(file.truncated);
    assert_int_equal(file.used_bytes, EXTENTS * LEDGER_EXTENT_BYTES);
    assert_int_equal(ledger_file_node(&file, EXTENTS * 1024 - 1)->ip, 9);
    assert_int_equal(ledger_file_node(&file, EXTENTS * 1024 - 2)->ip, 0);
    ledger_file_drop(&file, LEDGER_NODES);
    assert_int_equal(ledger_file_node(&file, EXTENTS * 1024 - 1)->ip, 0);
    ledger_file_fini(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(objects_are_found_by_their_ids, setup, teardown),
        cmocka_unit_test_setup_teardown(ids_of_another_kind_name_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(other_files_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(files_cut_at_any_byte_are_partly_read_or_refused,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(more_extents_than_there_are_make_no_great_memory,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(holes_read_as_zeros, setup, teardown),
        cmocka_unit_test_setup_teardown(large_files_are_read_to_their_last_extent, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
