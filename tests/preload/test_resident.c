/* SPDX-License-Identifier: MIT
 *
 * Where resident memory was: what mappings are taken for, and rows that add up whatever the account.
 */
#include "cli/resident_account.h"
#include "profile/resident.h"
#include "support/command.h"
#include "support/ledger_builder.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

enum { LEDGER_INODE = 777, KIB = 1024 };

static struct ledger_builder builder;

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
    return 0;
}

/* A line of maps, what is resident of it, and its flags. */
#define MAPPED(line, kib, flags) \
    line "\nSize: 9999 kB\nRss: " #kib " kB\nPss: 1 kB\nVmFlags: " flags "\n"
#define FLAGS "rd wr mr mw me ac sd"

static struct ledger_resident account_of(const char *smaps)
{
    struct ledger_resident account = {0};
    FILE *file = fmemopen((void *)(uintptr_t)smaps, strlen(smaps), "r");

    assert_non_null(file);
    assert_int_equal(resident_account_mappings(&account, file, LEDGER_INODE), 0);
    fclose(file);
    return account;
}

static void mappings_are_known_by_what_they_are(void **state)
{
    const struct ledger_resident account = account_of(
        MAPPED("00400000-00401000 r--p 00000000 08:01 12 /bin/program", 1, FLAGS) MAPPED(
            "00401000-00402000 r-xp 00001000 08:01 12 /bin/program", 2,
            FLAGS) MAPPED("00402000-00403000 rw-p 00002000 08:01 12 /bin/program", 4, FLAGS)
            MAPPED("00403000-00409000 rw-p 00000000 00:00 0 ", 8, FLAGS) MAPPED(
                "01000000-02000000 rw-p 00000000 00:00 0 [heap]", 16,
                FLAGS) MAPPED("7f0000000000-7f0000010000 rw-p 00000000 00:00 0 ", 32, FLAGS)
                MAPPED("7f0000010000-7f0004000000 ---p 00000000 00:00 0 ", 0, FLAGS) MAPPED(
                    "7f0004000000-7f0004010000 rw-p 00000000 00:00 0 ", 64, FLAGS)
                    MAPPED("7f1000000000-7f1000001000 ---p 00000000 00:00 0 ", 0,
                           FLAGS) MAPPED("7f1000001000-7f1000801000 rw-p 00000000 00:00 0 ",
                                         128, FLAGS)
                        MAPPED("7f2000000000-7f2000001000 rwxp 00000000 00:00 0 ", 256,
                               FLAGS) MAPPED("7f3000000000-7f3000001000 r--p 00000000 "
                                             "08:01 13 /usr/share/data",
                                             512, FLAGS)
                            MAPPED("7f3100000000-7f3100001000 rw-s 00000000 00:01 14 "
                                   "/memfd:shared (deleted)",
                                   1024, FLAGS) MAPPED("7f3200000000-7f3200001000 rw-s "
                                                       "00000000 08:01 777 /tmp/a b.tare",
                                                       2048, FLAGS)
                                MAPPED("7f3300000000-7f3300001000 r-xp 00000000 08:01 15 "
                                       "/x/libtare-preload.so",
                                       4096, FLAGS)
                                    MAPPED(
                                        "7f3400000000-7f3400001000 rw-p 00000000 00:00 0 ",
                                        8192, "rd wr nr wf")
                                        MAPPED("7ffd00000000-7ffd00100000 rw-p 00000000 "
                                               "00:00 0 [stack]",
                                               16384, FLAGS)
                                            MAPPED("7ffd00200000-7ffd00202000 r-xp "
                                                   "00000000 00:00 0 [vdso]",
                                                   32768, FLAGS));
    static const uint64_t kib[RESIDENT_PARTS] = {
        [RESIDENT_CODE] = 1 + 2 + 4,
        [RESIDENT_STATIC] = 8,
        [RESIDENT_BRK] = 16,
        [RESIDENT_ANONYMOUS] = 32 + 64,
        [RESIDENT_STACKS] = 128,
        [RESIDENT_GENERATED] = 256,
        [RESIDENT_FILES] = 512,
        [RESIDENT_SHARED] = 1024,
        [RESIDENT_LEDGER] = 2048 + 4096,
        [RESIDENT_TABLES] = 8192,
        [RESIDENT_STACK] = 16384,
        [RESIDENT_OTHER] = 32768,
    };

    (void)state;
    for (int i = 0; i < RESIDENT_PARTS; i++)
        assert_int_equal(account.parts[i], kib[i] * KIB);
    assert_int_equal(account.rss_bytes, 65535 * KIB);
}

static void what_is_no_list_of_mappings_is_no_memory(void **state)
{
    (void)state;
    assert_int_equal(account_of("Rss: 5 kB\nnothing\n\n0-1 rw\nVmFlags: nr wf\n").rss_bytes,
                     0);
}

/* The account as an extent of the builder's ledger. */
static void put_account(const struct ledger_resident *account)
{
    struct ledger_header *header = builder_header(&builder);
    uint32_t extent = header->extents++;

    builder.extents = header->extents;
    builder.bytes[LEDGER_HEADER_BYTES + extent] = LEDGER_RESIDENT;
    memcpy(builder.bytes + (size_t)extent * LEDGER_EXTENT_BYTES, account, sizeof *account);
}

static void load(struct process *process)
{
    struct ledger_file file;

    assert_int_equal(ledger_file_parse(&file, builder.bytes, builder_bytes(&builder)), 0);
    assert_int_equal(process_from_ledger(process, &file, "made"), 0);
}

static struct resident rows_of(const struct ledger_resident *account)
{
    struct resident resident = {0};
    struct process process;
    uint64_t sum = 0;

    builder_fini(&builder);
    builder_init(&builder);
    builder_header(&builder)->flags |= LEDGER_SITES;
    put_account(account);
    load(&process);
    assert_int_equal(process.damaged, 0);
    resident_add(&resident, &process);
    for (int row = 0; row < RESIDENT_ROWS; row++)
        sum += resident.rows[row];
    assert_int_equal(sum, resident.rss_bytes);
    assert_int_equal(resident.rss_bytes, account->rss_bytes);
    process_fini(&process);
    return resident;
}

static void a_heap_is_divided_among_its_rows(void **state)
{
    const struct ledger_resident account = {
        .rss_bytes = 1700,
        .parts = {[RESIDENT_BRK] = 900,
                  [RESIDENT_ANONYMOUS] = 600,
                  [RESIDENT_CODE] = 150,
                  [15] = 50},
        .peak_bytes = 800,
        .live_bytes = 500,
        .live_blocks = 10,
        .slack_bytes = 70,
        .mapped_bytes = 200,
    };

    (void)state;
    const struct resident resident = rows_of(&account);
    assert_int_equal(resident.rows[ROW_LIVE], 500);
    assert_int_equal(resident.rows[ROW_SLACK], 70);
    assert_int_equal(resident.rows[ROW_TRAILERS], 80);
    assert_int_equal(resident.rows[ROW_MAPPINGS], 200);
    assert_int_equal(resident.rows[ROW_FREED], 300);
    assert_int_equal(resident.rows[ROW_FRAGMENTS], 350);
    assert_int_equal(resident.rows[ROW_CODE], 150);
    assert_int_equal(resident.rows[ROW_OTHER], 50);
}

static void rows_add_up_whatever_is_live(void **state)
{
    static const int64_t values[] = {INT64_MIN, -1, 0, 1, 999, 1000, 1001, INT64_MAX};
    enum { VALUES = sizeof values / sizeof *values };
    struct ledger_resident account = {
        .rss_bytes = 1003,
        .parts = {[RESIDENT_BRK] = 400, [RESIDENT_ANONYMOUS] = 600, [RESIDENT_STACK] = 3}};

    (void)state;
    for (int i = 0; i < VALUES * VALUES * VALUES; i++) {
        account.live_bytes = values[i % VALUES];
        account.live_blocks = account.mapped_bytes = values[i / VALUES % VALUES];
        account.slack_bytes = values[i / VALUES / VALUES];
        account.peak_bytes = (uint64_t)values[(i + 3) % VALUES];
        rows_of(&account);
    }
}

static void an_account_that_does_not_add_up_is_damage(void **state)
{
    struct ledger_resident account = {.rss_bytes = 10, .parts = {11}};
    struct process process;

    (void)state;
    put_account(&account);
    load(&process);
    assert_null(process.resident);
    assert_int_equal(process.damaged, 1);
    process_fini(&process);
    account = (struct ledger_resident){.rss_bytes = 1, .parts = {UINT64_MAX, 2}};
    put_account(&account);
    load(&process);
    assert_null(process.resident);
    assert_int_equal(process.damaged, 2);
    process_fini(&process);
}

static uint64_t row_bytes(const json_t *resident, const char *what)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(resident, "rows"), i,
                       row) if (!strcmp(json_string_value(json_object_get(row, "what")),
                                        what)) return (uint64_t)
        json_integer_value(json_object_get(row, "bytes"));
    fail_msg("no row %s", what);
    return 0;
}

/* It is looked at again where it has grown by a tenth, which its last step is more than; whoever looks amid
 * that step misses a part of it. */
static const char victim[] =
    "#include <pthread.h>\n#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\n"
    "static void *work(void *all)\n"
    "{ char stack[6 << 20]; usleep(200000);\n"
    "  memset(stack, 1, sizeof stack); usleep(300000); return all; }\n"
    "int main(void)\n"
    "{ pthread_t thread; char *block = malloc(32 << 20); memset(block, 1, 32 << 20);\n"
    "  char *unwritten = malloc(1 << 30);\n"
    "  pthread_create(&thread, NULL, work, unwritten); pthread_join(thread, NULL);\n"
    "  return block[7] - 1; }\n";

static void a_run_accounts_for_its_memory(void **state)
{
    const uint64_t mib = 1 << 20;
    uint64_t sum = 0;
    const json_t *row;
    size_t i;

    (void)state;
    assert_int_equal(compile("eater", victim, "-O0", "-pthread"), 0);
    tare("run", "--", in_folder("eater"), NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.err, "Resident memory");
    said(result.err, "what was never written to is not resident");
    tare("report", "--json", in_folder("eater.tare"), NULL);
    json_t *report = json_loads(result.out, 0, NULL);
    const json_t *process = json_array_get(json_object_get(report, "processes"), 0);
    const json_t *resident = json_object_get(process, "resident");
    uint64_t rss = (uint64_t)json_integer_value(json_object_get(resident, "rss_bytes"));
    json_array_foreach(json_object_get(resident, "rows"), i, row) sum +=
        (uint64_t)json_integer_value(json_object_get(row, "bytes"));
    assert_int_equal(sum, rss);
    assert_in_range(rss, 36 * mib, 60 * mib);
    assert_in_range(row_bytes(resident, "live"), 32 * mib, 33 * mib);
    assert_in_range(row_bytes(resident, "thread_stacks"), 3 * mib, 7 * mib);
    assert_true(row_bytes(resident, "recorder") > 0);
    assert_true(row_bytes(resident, "recorder_tables") > 0);
    assert_true(row_bytes(resident, "code") > 0);
    json_decref(report);
    tare("report", "--format", "md", in_folder("eater.tare"), NULL);
    said(result.out, "| live blocks | ");
    tare("dump", in_folder("eater.tare"), NULL);
    said(result.out, "\nresident at_ns ");
    tare("report", "--focus", "work", in_folder("eater.tare"), NULL);
    assert_null(strstr(result.out, "Resident"));
}

static void a_profile_without_an_account_says_how_to_get_one(void **state)
{
    (void)state;
    tare("run", "--samples", "0", "--", "perl", "-e", "1", NULL);
    said(result.err, "resident     not looked at");
    said(result.err, "tare run -- perl -e 1");
    tare("report", "--json", in_folder("perl.tare"), NULL);
    said(result.out, "\"resident\": null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mappings_are_known_by_what_they_are),
        cmocka_unit_test(what_is_no_list_of_mappings_is_no_memory),
        cmocka_unit_test_setup_teardown(a_heap_is_divided_among_its_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_add_up_whatever_is_live, setup, teardown),
        cmocka_unit_test_setup_teardown(an_account_that_does_not_add_up_is_damage, setup,
                                        teardown),
        WITH_COMMAND(a_run_accounts_for_its_memory),
        WITH_COMMAND(a_profile_without_an_account_says_how_to_get_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
