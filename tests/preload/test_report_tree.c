/* SPDX-License-Identifier: MIT
 *
 * Trees, selections and Markdown of programs whose numbers are known, letter by letter.
 */
#include "report/report.h"
#include "report/report_tree.h"
#include "support/recorded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct recorded grown;

static int setup(void **state)
{
    (void)state;
    record(&grown, (const char *const[]){RUN_FAULT("grown"), NULL}, NULL);
    assert_int_equal(grown.profile.process_count, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    recorded_fini(&grown);
    return 0;
}

typedef int report_fn(FILE *, struct profile *, const struct report_options *);

static int tree(FILE *out, struct profile *profile, const struct report_options *options)
{
    const struct styled to = {.out = out, .with_colour = options->with_colour};

    return report_tree(&to, profile, 0, profile->process_count, options);
}

static char *text_of(report_fn *report, struct report_options options)
{
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);

    assert_non_null(out);
    assert_int_equal(report(out, &grown.profile, &options), 0);
    fclose(out);
    return text;
}

static void is_text(report_fn *report, struct report_options options, const char *golden)
{
    char *text = text_of(report, options);

    assert_string_equal(text, golden);
    free(text);
}

static void trees_have_callers_first(void **state)
{
    (void)state;
    is_text(tree,
            (struct report_options){
                .shape = SHAPE_CALLERS_FIRST, .is_folded = true, .columns = 80, .top = 99},
            "\nCallers first, by bytes allocated\n\n"
            "  100.0 %      498 KiB  main                                    grown\n"
            "   98.0 %      488 KiB    make                                  grown\n"
            "    2.0 %     10.1 KiB    load                                  grown\n"
            "    2.0 %      9.8 KiB      parse                               grown\n"
            "                            make                                grown\n"
            "    0.1 %        320 B      ... 1 more\n\n");
    is_text(tree,
            (struct report_options){
                .shape = SHAPE_CALLERS_FIRST, .is_folded = true, .columns = 200},
            "\nCallers first, by bytes allocated\n\n"
            "  100.0 %      498 KiB  main                                              "
            "        grown\n"
            "   98.0 %      488 KiB    make                                            "
            "        grown\n"
            "    2.0 %     10.1 KiB    load                                            "
            "        grown\n"
            "    2.0 %      9.8 KiB      parse                                         "
            "        grown\n"
            "                            make                                          "
            "        grown\n"
            "    0.1 %        320 B      scan                                          "
            "        grown\n"
            "                            make                                          "
            "        grown\n\n");
}

static void trees_have_allocators_first(void **state)
{
    (void)state;
    is_text(tree,
            (struct report_options){.shape = SHAPE_ALLOCATORS_FIRST,
                                    .order = ORDER_CALLS,
                                    .is_folded = true,
                                    .columns = 80,
                                    .top = 2},
            "\nAllocators first, by allocations\n\n"
            "  100.0 %           16  make                                    grown\n"
            "   62.5 %           10    parse                                 grown\n"
            "                          load                                  grown\n"
            "                          main                                  grown\n"
            "   31.2 %            5    scan                                  grown\n"
            "                          load                                  grown\n"
            "                          main                                  grown\n"
            "    6.2 %            1    ... 1 more\n\n");
}

static void trees_end_where_depth_says(void **state)
{
    (void)state;
    is_text(tree,
            (struct report_options){.shape = SHAPE_CALLERS_FIRST,
                                    .order = ORDER_LIVE,
                                    .is_folded = true,
                                    .columns = 80,
                                    .depth = 2,
                                    .top = 99},
            "\nCallers first, by live bytes\n\n"
            "  100.0 %      9.8 KiB  main                                    grown\n"
            "                        load                                    grown\n"
            "  100.0 %      9.8 KiB    ... 2 more\n\n");
}

static void unfolded_trees_begin_at_the_start(void **state)
{
    (void)state;
    char *text =
        text_of(tree, (struct report_options){.shape = SHAPE_CALLERS_FIRST, .top = 99});

    assert_non_null(strstr(text, "_start"));
    assert_non_null(strstr(text, "libc.so.6"));
    free(text);
}

static void markdown_has_totals_and_sites(void **state)
{
    (void)state;
    char *text =
        text_of(report_markdown, (struct report_options){.order = ORDER_CALLS, .top = 1});
    static const char *const parts[] = {
        "| bytes allocated | 498 KiB | 510,320 |\n",
        "| allocations | | 16 |\n",
        "| temporary | | 6 |\n",
        "| live at end | 9.8 KiB | 10,000 |\n",
        "\nTop 1 of 3 sites by allocations\n",
        "| 1 | 62.5 % | 9.8 KiB | 10 | 9.8 KiB | 9.8 KiB | make, tests/faults/grown.c:14 "
        "| ",
    };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(text, parts[i]))
            fail_msg("lacks %s in\n%s", parts[i], text);
    free(text);
}

static struct counts selected(enum select_kind kind, const char *pattern)
{
    struct selection selection = {0};

    assert_int_equal(selection_add(&selection, kind, pattern), 0);
    assert_int_equal(selection_apply(&selection, &grown.profile), 0);
    selection_fini(&selection);
    return grown.profile.processes[0].counts;
}

static void sites_are_selected_by_function(void **state)
{
    (void)state;
    assert_int_equal(selected(SELECT_FOCUS, "^load$").allocations, 15);
    assert_int_equal(grown.profile.processes[0].site_count, 2);
    struct counts left = selected(SELECT_IGNORE, "scan");
    assert_int_equal(left.allocations, 10);
    assert_int_equal(left.bytes, 10000);
    assert_int_equal(left.live_bytes, 10000);
    assert_int_equal(left.live_blocks, 10);
}

static void sites_are_selected_by_file_and_module(void **state)
{
    (void)state;
    assert_int_equal(selected(SELECT_FOCUS, "grown.c$").allocations, 16);
    assert_int_equal(selected(SELECT_MODULE, "/grown$").allocations, 16);
    assert_int_equal(selected(SELECT_MODULE, "libc.so").allocations, 0);
}

static void threads_have_counts_of_their_own(void **state)
{
    (void)state;
    char number[16];

    snprintf(number, sizeof number, "%d", (int)grown.run.pid);
    struct counts counts = selected(SELECT_THREAD, number);
    assert_int_equal(counts.allocations, 16);
    assert_int_equal(counts.bytes_at_peak, 510000);
    assert_int_equal(counts.temporary, 6);
    assert_int_equal(selected(SELECT_THREAD, "nobody").allocations, 0);
    assert_int_equal(grown.profile.processes[0].site_count, 0);
    assert_int_equal(grown.profile.processes[0].thread_count, 0);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(trees_have_callers_first),
        WITH(trees_have_allocators_first),
        WITH(trees_end_where_depth_says),
        WITH(unfolded_trees_begin_at_the_start),
        WITH(markdown_has_totals_and_sites),
        WITH(sites_are_selected_by_function),
        WITH(sites_are_selected_by_file_and_module),
        WITH(threads_have_counts_of_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
