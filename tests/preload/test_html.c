/* SPDX-License-Identifier: MIT
 *
 * The page: what is folded changes no sum, hostile names are text, and what stands in the file.
 */
#include "html/page.h"
#include "html/page_layout.h"
#include "html/page_static.h"
#include "support/command.h"
#include "support/ledger_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static struct ledger_builder builder;
static struct profile profile;
static struct page_tree tree;

enum { NODES = 6000 };

/* A tree whose later nodes weigh less and less, with a record at every third one. */
static int setup(void **state)
{
    uint32_t ids[NODES];
    struct ledger_file file;

    (void)state;
    builder_init(&builder);
    uint32_t module = builder_module(&builder, "/tmp/<script>&\"\x80\x01");
    for (uint32_t i = 0; i < NODES; i++) {
        ids[i] = builder_node(&builder, 0x10100 + i * 8, i ? ids[(i - 1) / 3] : 0, module);
        if (i % 3)
            continue;
        struct ledger_record *record = builder_record(&builder, ids[i], (uint16_t)(i % 2));
        record->allocations = 1 + i % 7;
        record->bytes = 1000000 / (i + 1);
        record->frees = i % 5 == 0;
        record->freed_bytes = record->frees * 10;
        record->temporary = i % 2;
    }
    memset(&profile, 0, sizeof profile);
    profile.symbols.without_files = true;
    assert_int_equal(ledger_file_parse(&file, builder.bytes, builder_bytes(&builder)), 0);
    assert_int_equal(profile_add_ledger(&profile, &file, "made.tare"), 0);
    assert_int_equal(profile_finish(&profile), 0);
    assert_int_equal(page_tree_init(&tree), 0);
    assert_int_equal(page_tree_add(&tree, &profile, PAGE_SHOWN), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    page_tree_fini(&tree);
    profile_fini(&profile);
    builder_fini(&builder);
    return 0;
}

static struct counts sum_of(const struct page_layout *layout)
{
    struct counts sum = {0};

    for (uint32_t i = 0; i < layout->row_count; i++) {
        const struct page_row *row = &layout->rows[i];

        assert_in_range(row->node, 0, layout->node_count - 1);
        sum.allocations += row->allocations;
        sum.bytes += row->bytes;
        sum.frees += row->frees;
        sum.live_bytes += row->bytes - row->freed_bytes;
        sum.bytes_at_peak += (uint64_t)row->at_peak;
        sum.temporary += row->temporary;
    }
    return sum;
}

static void folding_changes_no_sum(void **state)
{
    static const uint32_t most[] = {UINT32_MAX, 3000, 400, 10, 1};
    uint32_t nodes = UINT32_MAX;

    (void)state;
    for (size_t i = 0; i < sizeof most / sizeof *most; i++) {
        struct page_layout layout;

        assert_int_equal(page_layout_init(&layout, &tree, most[i]), 0);
        struct counts sum = sum_of(&layout);
        assert_int_equal(sum.allocations, profile.processes[0].counts.allocations);
        assert_int_equal(sum.bytes, profile.processes[0].counts.bytes);
        assert_int_equal(sum.frees, profile.processes[0].counts.frees);
        assert_int_equal(sum.live_bytes, profile.processes[0].counts.live_bytes);
        assert_int_equal(sum.bytes_at_peak, profile.processes[0].counts.bytes_at_peak);
        assert_int_equal(sum.temporary, profile.processes[0].counts.temporary);
        assert_true(layout.node_count < nodes);
        assert_int_equal(layout.folded_nodes > 0, i > 0);
        nodes = layout.node_count;
        for (uint32_t k = 1; k < layout.node_count; k++)
            assert_in_range(layout.depth[k], 1, layout.depth[k - 1] + 1);
        page_layout_fini(&layout);
    }
}

static char *text_of(void (*put)(FILE *out, const void *of), const void *of)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);

    assert_non_null(out);
    put(out, of);
    fclose(out);
    return text;
}

static void put_text(FILE *out, const void *text)
{
    page_text(out, text);
}

static void put_page(FILE *out, const void *options)
{
    struct page_result made;

    assert_int_equal(page_write(out, &profile, NULL, options, &made), 0);
}

static void names_are_no_markup(void **state)
{
    (void)state;
    char *text = text_of(put_text, "a<b>&\"\xff\x01\xc3\xa9");
    assert_string_equal(text, "a&lt;b&gt;&amp;&quot;&#xFFFD;&#xFFFD;\xc3\xa9");
    free(text);
    const struct page_options options = {.most_bytes = 1 << 21};
    text = text_of(put_page, &options);
    assert_null(strstr(text, "<script>&"));
    assert_non_null(strstr(text, "&lt;script&gt;"));
    assert_non_null(strstr(text, "default-src 'none'"));
    assert_null(strstr(text, "@"
                             "DATA@"));
    free(text);
}

static void page_keeps_to_its_size(void **state)
{
    const struct page_options whole = {.most_bytes = 1 << 21};

    (void)state;
    char *text = text_of(put_page, &whole);
    size_t bytes = strlen(text);
    free(text);
    const struct page_options less = {.most_bytes = bytes - 20000};
    text = text_of(put_page, &less);
    assert_true(strlen(text) <= bytes - 20000);
    free(text);
}

static void shell_is_small(void **state)
{
    struct stat file;

    (void)state;
    assert_int_equal(stat(TEST_BUILD "/page_shell.html", &file), 0);
    assert_in_range(file.st_size, 10000, 150 * 1024);
}

static void command_writes_a_page(void **state)
{
    struct stat file;

    (void)state;
    tare("run", "true", NULL);
    char *profile_path = strdup(in_folder("true.tare"));
    tare("html", "--output", in_folder("page.html"), profile_path, NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.err, "KiB");
    assert_int_equal(stat(in_folder("page.html"), &file), 0);
    tare("html", in_folder("none.tare"), NULL);
    assert_int_equal(run_exit(&result), 3);
    tare("html", "--output", "/nonexistent/page.html", profile_path, NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err, "cannot write: No such file or directory");
    tare("html", "--output", "/dev/full", profile_path, NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err, "tare: /dev/full: cannot write: No space left on device\n");
    assert_int_equal(truncate(profile_path, 40000), 0);
    tare("html", "--output", in_folder("page.html"), profile_path, NULL);
    said(result.err, "says too little: the file is incomplete\n");
    tare("html", "--max-size", "x", profile_path, NULL);
    assert_int_equal(run_exit(&result), 2);
    tare("html", "--max-size", "0", profile_path, NULL);
    assert_int_equal(run_exit(&result), 2);
    said(result.err, "needs 1 at least");
    free(profile_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(folding_changes_no_sum, setup, teardown),
        cmocka_unit_test_setup_teardown(names_are_no_markup, setup, teardown),
        cmocka_unit_test_setup_teardown(page_keeps_to_its_size, setup, teardown),
        cmocka_unit_test(shell_is_small),
        WITH_COMMAND(command_writes_a_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
