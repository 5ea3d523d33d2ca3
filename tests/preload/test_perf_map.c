/* SPDX-License-Identifier: MIT
 *
 * What runtimes tell of generated code, and that it comes into a profile.
 */
#include "profile/perf_map.h"
#include "support/command.h"
#include "support/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct perf_map parsed(const char *text)
{
    struct perf_map map;

    assert_int_equal(perf_map_parse(&map, text, strlen(text)), 0);
    return map;
}

static void code_is_found_by_its_range(void **state)
{
    struct perf_map map = parsed("2000 10 two\n1000 20 one with spaces\n3000 8 three");

    (void)state;
    assert_int_equal(map.count, 3);
    assert_string_equal(perf_map_find(&map, 0x1000), "one with spaces");
    assert_string_equal(perf_map_find(&map, 0x101f), "one with spaces");
    assert_null(perf_map_find(&map, 0x1020));
    assert_null(perf_map_find(&map, 0xfff));
    assert_string_equal(perf_map_find(&map, 0x200f), "two");
    assert_string_equal(perf_map_find(&map, 0x3007), "three");
    assert_null(perf_map_find(&map, UINT64_MAX));
    perf_map_fini(&map);
}

static void the_latest_code_at_a_place_counts(void **state)
{
    struct perf_map map = parsed("1000 100 old\n1000 100 new\n");

    (void)state;
    assert_string_equal(perf_map_find(&map, 0x1050), "new");
    perf_map_fini(&map);
}

static void lines_that_make_no_sense_are_left_out(void **state)
{
    struct perf_map map = parsed("\n1000\n1000 10\n1000 10 \nx 10 a\n1000 0 b\n"
                                 "11112222333344445 1 c\n-1 10 d\n2000 10 good\n");

    (void)state;
    assert_int_equal(map.count, 1);
    assert_string_equal(map.list[0].name, "good");
    perf_map_fini(&map);
    map = parsed("");
    assert_int_equal(map.count, 0);
    assert_null(perf_map_find(&map, 0));
    perf_map_fini(&map);
}

static void only_plain_files_are_read(void **state)
{
    struct perf_map map;

    (void)state;
    assert_int_equal(perf_map_read(&map, "/nonexistent"), -ENOENT);
    assert_int_equal(perf_map_read(&map, "/dev/null"), -EPERM);
    assert_int_equal(symlink("/etc/passwd", in_folder("link")), 0);
    assert_int_equal(perf_map_read(&map, in_folder("link")), -ELOOP);
    assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
    assert_int_equal(perf_map_read(&map, in_folder("pipe")), -EPERM);
}

static void generated_code_has_the_names_it_was_given(void **state)
{
    char profile[512], map[64];

    (void)state;
    snprintf(profile, sizeof profile, "%s", in_folder("generated.tare"));
    tare("run", "-o", profile, RUN_FAULT("generated"), "named", NULL);
    assert_int_equal(run_exit(&result), 0);
    tare("report", "--json", profile, NULL);
    const char *pid = strstr(result.out, "\"pid\": ");
    assert_non_null(pid);
    snprintf(map, sizeof map, "/tmp/perf-%d.map", atoi(pid + 7));
    assert_int_equal(unlink(map), 0);
#ifdef __x86_64__
    tare("report", profile, NULL);
    said(result.out,
         "        made_at_run_time:1                            [generated code]\n");
    tare("report", "--top-down", "--focus", "^made_at_run_time", profile, NULL);
    said(result.out, "made_at_run_time:1");
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_is_found_by_its_range),
        cmocka_unit_test(the_latest_code_at_a_place_counts),
        cmocka_unit_test(lines_that_make_no_sense_are_left_out),
        WITH_COMMAND(only_plain_files_are_read),
        WITH_COMMAND(generated_code_has_the_names_it_was_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
