/* SPDX-License-Identifier: MIT
 *
 * The exports for viewers in a browser, speedscope's and DHAT's: JSON, as its readers demand it.
 */
#include "support/exported.h"
#include "support/json_check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* The sum of all numbers behind the words, and how often they are there. */
static uint64_t sum_after(const char *text, const char *words, uint32_t *count)
{
    uint64_t sum = 0;

    *count = 0;
    for (const char *at = strstr(text, words); at; at = strstr(at + 1, words)) {
        sum += strtoull(at + strlen(words), NULL, 10);
        ++*count;
    }
    return sum;
}

/* The numbers of a list whose '[' stands before `at`: their sum, how many, and the greatest. */
static const char *read_list(const char *at, uint64_t *sum, uint32_t *count,
                             uint64_t *greatest)
{
    *sum = *count = *greatest = 0;
    while (*at != ']') {
        char *end;
        uint64_t number = strtoull(at, &end, 10);

        assert_true(end != at);
        *sum += number;
        ++*count;
        *greatest = number > *greatest ? number : *greatest;
        at = end + (*end == ',');
    }
    return at + 1;
}

static uint32_t count_frames(const char *text)
{
    uint32_t frames;

    sum_after(strstr(text, "\"frames\":["), "{\"name\":", &frames);
    return frames;
}

/* One profile: as many stacks as weights, whose sum is ours; each stack's frames exist. */
static const char *check_profile(const char *at, uint32_t frames, enum site_order order)
{
    uint64_t sum, greatest;
    uint32_t stacks = 0, depth, weights;

    at = strstr(at, "\"endValue\":");
    assert_non_null(at);
    assert_int_equal(strtoull(at + strlen("\"endValue\":"), NULL, 10),
                     counts_value(&exported_counts, order));
    at = strstr(at, "\"samples\":[") + strlen("\"samples\":[");
    while (*at != ']') {
        at = read_list(at + strspn(at, "\n["), &sum, &depth, &greatest);
        assert_true(depth > 0 && greatest < frames);
        stacks++;
        at += *at == ',';
    }
    at = strstr(at, "\"weights\":[") + strlen("\"weights\":[");
    at = read_list(at, &sum, &weights, &greatest);
    assert_int_equal(weights, stacks);
    assert_int_equal(sum, counts_value(&exported_counts, order));
    return at;
}

static void speedscope_has_a_profile_for_each_metric(void **state)
{
    size_t bytes;
    const char *text = export_text("speedscope", NULL, &bytes);

    (void)state;
    assert_true(json_is_valid(text, bytes));
    assert_non_null(strstr(text, "https://www.speedscope.app/file-format-schema.json"));
    const char *at = text;
    for (enum site_order order = 0; order < ORDER_COUNT; order++)
        at = check_profile(at, count_frames(text), order);
    assert_null(strstr(at, "\"endValue\""));
    assert_non_null(strstr(text, "{\"name\":\"sizes_of\",\"file\":"));
}

static void speedscope_has_one_profile_of_the_metric_asked_for(void **state)
{
    const struct export_options options = by_metric(ORDER_LIVE);
    const char *text = export_text("speedscope", &options, NULL);

    (void)state;
    const char *at = check_profile(text, count_frames(text), ORDER_LIVE);
    assert_null(strstr(at, "\"endValue\""));
}

static int by_text(const void *a, const void *b)
{
    const char *one = *(const char *const *)a;
    const char *other = *(const char *const *)b;
    size_t bytes = strcspn(one, "]") + 1;

    return strncmp(one, other, bytes);
}

static void each_stack_of_dhat_stands_once(void **state)
{
    const char *text = export_text("dhat", NULL, NULL);
    static const char *stacks[100000];
    uint32_t count = 0, frames = 0;

    (void)state;
    for (const char *at = strstr(text, "\"ftbl\":["); *at; at++)
        frames += *at == '\n';
    for (const char *at = strstr(text, "\"fs\":["); at; at = strstr(at + 1, "\"fs\":[")) {
        uint64_t sum, greatest;
        uint32_t depth;

        stacks[count++] = at;
        read_list(at + strlen("\"fs\":["), &sum, &depth, &greatest);
        assert_true(depth > 0 && greatest < frames);
    }
    assert_int_equal(count, export_result.samples);
    qsort(stacks, count, sizeof *stacks, by_text);
    for (uint32_t i = 1; i < count; i++)
        assert_true(by_text(&stacks[i - 1], &stacks[i]) != 0);
}

static void dhat_has_our_sums(void **state)
{
    size_t bytes;
    const char *text = export_text("dhat", NULL, &bytes);
    uint32_t count;

    (void)state;
    assert_true(json_is_valid(text, bytes));
    assert_int_equal(number_after(text, "\"dhatFileVersion\":"), 2);
    assert_int_equal(sum_after(text, "\"tb\":", &count), exported_counts.bytes);
    assert_int_equal(sum_after(text, "\"tbk\":", &count), exported_counts.allocations);
    assert_int_equal(sum_after(text, "\"gb\":", &count), exported_counts.bytes_at_peak);
    assert_int_equal(sum_after(text, "\"eb\":", &count), exported_counts.live_bytes);
    assert_int_equal(sum_after(text, "\"ebk\":", &count), exported_counts.live_blocks);
    assert_true(sum_after(text, "\"tl\":", &count) > 0);
    assert_true(number_after(text, "\"te\":") >= number_after(text, "\"tg\":"));
    assert_non_null(strstr(text, ": sizes_of (tests/faults/evidence.c:"));
}

static void dh_view_builds_its_tree_of_it(void **state)
{
    static const char viewer[] = "/usr/libexec/valgrind/dh_view.js";
    char sums[128];

    (void)state;
    if (access(viewer, R_OK) != 0) {
        print_message("%s is not here\n", viewer);
        skip();
    }
    const char *said = export_read_by(
        (const char *const[]){"node", "tests/support/dh_view.js", viewer,
                              export_file("dhat", NULL, "x.dhat.json"), NULL});
    snprintf(sums, sizeof sums, "%llu %llu %llu\n",
             (unsigned long long)exported_counts.bytes,
             (unsigned long long)exported_counts.bytes_at_peak,
             (unsigned long long)exported_counts.live_bytes);
    assert_string_equal(said, sums);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(speedscope_has_a_profile_for_each_metric),
        cmocka_unit_test(speedscope_has_one_profile_of_the_metric_asked_for),
        cmocka_unit_test(each_stack_of_dhat_stands_once),
        cmocka_unit_test(dhat_has_our_sums),
        cmocka_unit_test(dh_view_builds_its_tree_of_it),
    };

    return cmocka_run_group_tests(tests, exported_setup, exported_teardown);
}
