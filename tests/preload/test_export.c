/* SPDX-License-Identifier: MIT
 *
 * tare export: what every format shares, the folded stacks, and the command.
 */
#include "profile/selection.h"
#include "support/command.h"
#include "support/exported.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* The sum of the numbers behind the last space of each line; how many lines. */
static uint64_t sum_of_lines(const char *text, uint32_t *lines)
{
    uint64_t sum = 0;

    *lines = 0;
    for (const char *at = text; *at; at = strchr(at, '\n') + 1) {
        const char *end = strchr(at, '\n');

        assert_non_null(end);
        const char *space = memrchr(at, ' ', (size_t)(end - at));
        assert_non_null(space);
        char *behind;
        uint64_t value = strtoull(space + 1, &behind, 10);
        assert_ptr_equal(behind, end);
        assert_true(value > 0);
        assert_true(space > at && at[0] != ';' && space[-1] != ';');
        sum += value;
        ++*lines;
    }
    return sum;
}

static void folded_stacks_have_the_sum_of_each_metric(void **state)
{
    uint32_t lines;

    (void)state;
    for (enum site_order order = 0; order < ORDER_COUNT; order++) {
        const struct export_options options = by_metric(order);

        assert_int_equal(sum_of_lines(export_text("folded", &options, NULL), &lines),
                         counts_value(&exported_counts, order));
        assert_true(lines > 0);
    }
}

static void folded_stacks_go_from_the_outermost_frame_to_the_innermost(void **state)
{
    (void)state;
    const char *text = export_text("folded", NULL, NULL);
    assert_non_null(strstr(text, ";main;sizes_of "));
}

static void what_is_beyond_the_most_samples_is_folded_and_counted(void **state)
{
    uint32_t all, lines;

    (void)state;
    sum_of_lines(export_text("folded", NULL, NULL), &all);
    for (uint32_t most = 1; most < 2 * all; most += 1 + most / 2) {
        const struct export_options options = {.has_max_samples = true,
                                               .max_samples = most};
        const char *text = export_text("folded", &options, NULL);

        assert_int_equal(sum_of_lines(text, &lines), exported_counts.bytes);
        assert_int_equal(lines, most < all ? most : all);
        assert_int_equal(strstr(text, "[other] ") != NULL, most < all);
        assert_int_equal(export_result.folded, most < all ? all - most + 1 : 0);
        if (most < all)
            assert_int_equal(number_after(text, "[other] "),
                             export_result.folded_counts.bytes);
        assert_int_equal(export_result.counts.bytes, exported_counts.bytes);
    }
}

/* Threads by name: each name once. */
static uint32_t collect_names(const char *names[64])
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < exported.profile.process_count; i++)
        for (uint32_t k = 0; k < exported.profile.processes[i].thread_count; k++) {
            const char *name = exported.profile.processes[i].threads[k].name;
            uint32_t at = 0;

            while (at < count && strcmp(names[at], name) != 0)
                at++;
            if (at == count && count < 64)
                names[count++] = name;
        }
    return count;
}

/* What report counts after the same selection. */
static struct counts counts_of_thread(const char *name)
{
    struct selection selection = {0};
    struct profile profile = {0};
    struct counts sum = {0};

    for (uint32_t i = 0; i < exported.profile.process_count; i++)
        assert_int_equal(profile_add(&profile, exported.profile.processes[i].file_path), 0);
    assert_int_equal(profile_finish(&profile), 0);
    assert_int_equal(selection_add(&selection, SELECT_THREAD, name), 0);
    assert_int_equal(selection_apply(&selection, &profile), 0);
    for (uint32_t i = 0; i < profile.process_count; i++)
        counts_add(&sum, &profile.processes[i].counts);
    selection_fini(&selection);
    profile_fini(&profile);
    return sum;
}

static void what_is_selected_has_the_sums_of_the_report(void **state)
{
    static const char *const metrics[ORDER_COUNT] = {
        [ORDER_BYTES] = "bytes", [ORDER_CALLS] = "calls",         [ORDER_PEAK] = "peak",
        [ORDER_LIVE] = "live",   [ORDER_TEMPORARY] = "temporary",
    };
    const char *names[64];
    uint32_t count = collect_names(names);
    uint64_t bytes = 0;

    (void)state;
    assert_true(count >= 3);
    for (uint32_t i = 0; i < count; i++) {
        char pattern[64];
        uint32_t lines;

        snprintf(pattern, sizeof pattern, "^%s$", names[i]);
        const struct counts counts = counts_of_thread(pattern);
        for (enum site_order order = 0; order < ORDER_COUNT; order++) {
            tare("export", "--to", "folded", "--metric", metrics[order], "--thread",
                 pattern, exported.folder, NULL);
            assert_int_equal(sum_of_lines(result.out, &lines),
                             counts_value(&counts, order));
        }
        bytes += counts.bytes;
    }
    assert_int_equal(bytes, exported_counts.bytes);
}

static void a_failed_export_leaves_the_file_as_it_was(void **state)
{
    char *folder = run_folder();
    char path[512], link[512];
    struct stat file;

    (void)state;
    snprintf(path, sizeof path, "%s/out", folder);
    snprintf(link, sizeof link, "%s/link", folder);
    FILE *out = fopen(path, "we");
    fputs("kept", out);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, 0640), 0);
    /* No file may grow beyond 512 bytes, and what is written then is an error. */
    struct run limited;
    run(&limited,
        (const char *const[]){"sh", "-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "sh",
                              RUN_TARE, "export", "--to", "csv", "-o", path,
                              exported.folder, NULL},
        NULL);
    assert_int_equal(run_exit(&limited), 3);
    said(limited.err, ": cannot write: File too large\n");
    run_fini(&limited);
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_size, 4);
    /* A link stays one; access rights stay. */
    assert_int_equal(symlink("out", link), 0);
    tare("export", "--to", "csv", "-o", path, exported.folder, NULL);
    assert_int_equal(run_exit(&result), 0);
    tare("export", "--to", "csv", "-o", link, exported.folder, NULL);
    assert_int_equal(run_exit(&result), 0);
    assert_int_equal(lstat(link, &file), 0);
    assert_true(S_ISLNK(file.st_mode));
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0640);
    assert_true(file.st_size > 512);
    run_folder_remove(folder);
}

static void the_command_says_what_it_did_and_what_is_next(void **state)
{
    char *folder = run_folder();
    char path[512], profile[512];

    (void)state;
    snprintf(path, sizeof path, "%s/out", folder);
    snprintf(profile, sizeof profile, "%s", exported.profile.processes[0].file_path);
    tare("export", "--to", "folded", "--max-samples", "3", "-o", path, profile, NULL);
    assert_int_equal(run_exit(&result), 0);
    assert_string_equal(result.out, "");
    said(result.err, " are together in one sample, [other]\n");
    said(result.err, ": 3 samples; next: flamegraph.pl ");
    char packed[520], next[1200]; /* what does not read it packed is not told to */
    snprintf(packed, sizeof packed, "%s.gz", path);
    snprintf(next, sizeof next, "next: gunzip %s, then flamegraph.pl %s\n", packed, path);
    tare("export", "--to", "folded", "-o", packed, profile, NULL);
    said(result.err, next);
    snprintf(next, sizeof next, "next: go tool pprof -http=: %s\n", packed);
    tare("export", "--to", "pprof", "-o", packed, profile, NULL);
    said(result.err, next);
    for (int dash = 0; dash < 2; dash++) {
        tare("export", "--to", "folded", profile, dash ? "-o-" : NULL, NULL);
        assert_int_equal(run_exit(&result), 0);
        assert_string_equal(result.err, "");
        said(result.out, "__libc_start_main;");
    }
    run_folder_remove(folder);
}

static void the_command_refuses_what_it_does_not_know(void **state)
{
    const char *profile = exported.profile.processes[0].file_path;

    (void)state;
    tare("export", profile, NULL);
    assert_int_equal(run_exit(&result), 2);
    said(result.err, "which format?");
    tare("export", "--to", "fold", profile, NULL);
    assert_int_equal(run_exit(&result), 2);
    said(result.err, "there is no format 'fold': is it 'folded'?");
    tare("export", "--to", "spreadsheet", profile, NULL);
    said(result.err, "there is no format 'spreadsheet': --help lists them");
    tare("export", "--to", "folded", "--metric", "size", profile, NULL);
    assert_int_equal(run_exit(&result), 2);
    tare("export", "--to", "folded", "--thread", "nobody", profile, NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.err, "tare: export: nothing of the profile is selected\n");
    tare("export", "--to", "folded", "/dev/null", NULL);
    assert_int_equal(run_exit(&result), 3);
    tare("export", "--to", "folded", "-o", "/nonexistent/x", profile, NULL);
    assert_int_equal(run_exit(&result), 3);
    tare("export", "--to", "folded", "-o", "/dev/full", profile, NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err, "tare: /dev/full: cannot write: No space left on device\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folded_stacks_have_the_sum_of_each_metric),
        cmocka_unit_test(folded_stacks_go_from_the_outermost_frame_to_the_innermost),
        cmocka_unit_test(what_is_beyond_the_most_samples_is_folded_and_counted),
        WITH_COMMAND(what_is_selected_has_the_sums_of_the_report),
        WITH_COMMAND(a_failed_export_leaves_the_file_as_it_was),
        WITH_COMMAND(the_command_says_what_it_did_and_what_is_next),
        WITH_COMMAND(the_command_refuses_what_it_does_not_know),
    };

    return cmocka_run_group_tests(tests, exported_setup, exported_teardown);
}
