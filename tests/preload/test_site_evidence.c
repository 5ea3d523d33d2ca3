/* SPDX-License-Identifier: MIT
 *
 * What records say of sizes, lifetimes and growth is added up as docs/format.md defines it, and
 * damaged references lead nowhere.
 */
#include "profile/profile.h"
#include "profile/site_evidence.h"
#include "profile/view.h"
#include "support/ledger_builder.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct ledger_builder builder;
static struct profile profile;
static uint32_t site;

static int setup(void **state)
{
    (void)state;
    builder_init(&builder);
    memset(&profile, 0, sizeof profile);
    profile.symbols.without_files = true;
    site = builder_node(&builder, 0x10100, 0, builder_module(&builder, "/m"));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    builder_fini(&builder);
    profile_fini(&profile);
    return 0;
}

/* `allocations` of 10 bytes each, all but `run` of them in no run. */
static struct ledger_record *record(uint16_t slot, uint64_t allocations, uint16_t run)
{
    struct ledger_record *made = builder_record(&builder, site, slot);

    made->allocations = allocations;
    made->bytes = 10 * allocations;
    made->size_run = run;
    made->run_bytes = 10;
    return made;
}

static void add(void)
{
    struct ledger_file file;

    assert_int_equal(ledger_file_parse(&file, builder.bytes, builder_bytes(&builder)), 0);
    assert_int_equal(profile_add_ledger(&profile, &file, "x.tare"), 0);
}

/* Of the only site. */
static struct evidence evidence(void)
{
    struct evidence sum = {0};

    if (!profile.process_count)
        add();
    assert_int_equal(profile_finish(&profile), 0);
    assert_int_equal(profile.processes[0].site_count, 1);
    evidence_add(&sum, &profile.processes[0], profile.processes[0].sites[0].records);
    return sum;
}

static void a_run_alone_says_all(void **state)
{
    struct ledger_record *made = record(1, 7, 7);

    (void)state;
    made->life_run = 3;
    made->life_bucket = 5;
    struct evidence sum = evidence();
    assert_int_equal(sum.size_count, 7);
    assert_int_equal(sum.sizes[4], 7);
    assert_int_equal(sum.least_bytes, 10);
    assert_int_equal(sum.greatest_bytes, 10);
    assert_int_equal(sum.common_bytes, 10);
    assert_int_equal(sum.common_blocks, 7);
    assert_int_equal(sum.lives[5], 3);
    assert_int_equal(sum.slack_allocations, 0);
}

static void runs_are_added_to_histograms(void **state)
{
    struct ledger_record *made = record(1, 100, 4);

    (void)state;
    made->least_bytes = 3;
    made->greatest_bytes = 300;
    made->slack_bytes = 800;
    made->life_run = 1;
    made->life_bucket = 31;
    struct ledger_histogram *histogram = builder_histogram(&builder, made);
    histogram->sizes[2] = 50;
    histogram->sizes[9] = 30;
    histogram->common_bytes = 300;
    histogram->common_weight = 12;
    histogram->lives[31] = UINT32_MAX;
    histogram = builder_histogram(&builder, made);
    histogram->sizes[2] = 16;
    histogram->lives[0] = 9;
    histogram->lives[31] = 5;
    struct evidence sum = evidence();
    assert_int_equal(sum.size_count, 100);
    assert_int_equal(sum.sizes[2], 66);
    assert_int_equal(sum.sizes[4], 4);
    assert_int_equal(sum.least_bytes, 3);
    assert_int_equal(sum.greatest_bytes, 300);
    assert_int_equal(sum.common_bytes, 300);
    assert_int_equal(sum.common_blocks, 8);
    assert_int_equal(sum.lives[31], (uint64_t)UINT32_MAX + 6);
    assert_int_equal(sum.life_count, (uint64_t)UINT32_MAX + 15);
    assert_int_equal(sum.slack_bytes, 800);
    assert_int_equal(sum.slack_allocations, 96);
    assert_int_equal(sum.slack_asked_bytes, 960);
}

/* The process was killed when the run was no longer in the record and not yet in the histogram, at
 * the event that had ended it. */
static void a_run_on_its_way_is_not_missed(void **state)
{
    const uint64_t longest = UINT16_MAX;
    struct ledger_record *made = record(1, 100 + longest + 1, 0);

    (void)state;
    builder_histogram(&builder, made)->sizes[4] = 100;
    made->frees = longest + 1;
    made->life_bucket = 7;
    struct evidence sum = evidence();
    assert_int_equal(sum.size_count, made->allocations);
    assert_int_equal(sum.sizes[4], made->allocations);
    assert_int_equal(sum.lives[7], made->frees);
}

static void slots_are_added_up(void **state)
{
    (void)state;
    builder_header(&builder)->peak_bytes = 1000;
    struct ledger_record *made = record(1, 5, 5);
    made->most_bytes = 400;
    made->most_blocks = 4;
    made = record(2, 3, 0);
    made->least_bytes = 0;
    made->greatest_bytes = 20;
    made->most_bytes = 900;
    made->most_blocks = 2;
    made->remote_frees = 3;
    made = record(3, 0, 0);
    made->frees = 2;
    made->most_bytes = -7;
    made->remote_frees = 2;
    struct evidence sum = evidence();
    assert_int_equal(sum.least_bytes, 0);
    assert_int_equal(sum.greatest_bytes, 20);
    assert_int_equal(sum.remote_frees, 5);
    assert_int_equal(sum.most_bytes, 1000); /* not above the peak */
    assert_int_equal(sum.most_blocks, 6);
    assert_true(sum.most_is_bound);
}

static void growth_is_added_up(void **state)
{
    (void)state;
    for (uint16_t slot = 1; slot < 3; slot++) {
        struct ledger_growth *growth = builder_growth(&builder, record(slot, 1, 1));

        growth->calls = 10;
        growth->moves = 4;
        growth->copied_bytes = 1000;
        growth->chains = 2;
        growth->final_sizes[23] = 2;
    }
    struct evidence sum = evidence();
    assert_int_equal(sum.realloc_calls, 20);
    assert_int_equal(sum.moves, 8);
    assert_int_equal(sum.copied_bytes, 2000);
    assert_int_equal(sum.chains, 4);
    assert_int_equal(sum.final_sizes[23], 4);
}

static void sizes_of_which_none_stands_out_have_no_commonest(void **state)
{
    (void)state;
    record(1, 5, 5);
    record(2, 5, 5)->run_bytes = 64;
    assert_int_equal(evidence().common_blocks, 0);
}

static void references_that_make_no_sense_lead_nowhere(void **state)
{
    struct ledger_record *whole = record(1, 2, 1);
    struct ledger_histogram *histogram = builder_histogram(&builder, whole);

    (void)state;
    histogram->sizes[1] = 1;
    histogram->next = whole->histogram; /* a ring */
    record(2, 1, 1)->histogram = whole->histogram;
    record(3, 1, 1)->histogram = whole->histogram + 3;
    record(4, 1, 1)->histogram = UINT32_MAX;
    record(5, 1, 1)->growth = 1;
    record(6, 1, 1)->growth = (whole->histogram / 256 + 1) * 256 - 1; /* no room */
    record(7, 1, 1)->growth = whole->histogram + 2;
    whole->life_run = 1;
    whole->life_bucket = LEDGER_LIFE_BUCKETS;
    struct evidence sum = evidence();
    assert_int_equal(profile.processes[0].damaged, 8);
    assert_int_equal(sum.size_count, 8);
    assert_int_equal(sum.life_count, 0);
    assert_int_equal(sum.realloc_calls, 0);
}

static void nothing_is_known_where_sites_were_not_tracked(void **state)
{
    (void)state;
    record(1, 5, 0);
    builder_header(&builder)->flags = 0;
    struct evidence sum = evidence();
    assert_int_equal(sum.slack_allocations, 0);
    assert_int_equal(sum.most_blocks, 0);
}

static void a_view_has_the_evidence_of_all_processes(void **state)
{
    struct view view;

    (void)state;
    record(1, 5, 5)->most_bytes = 30;
    for (uint32_t i = 0; i < 3; i++) {
        add();
        builder_header(&builder)->pid++;
    }
    assert_int_equal(profile_finish(&profile), 0);
    assert_int_equal(view_init(&view, profile.processes, 0, 3, ORDER_BYTES, 1), 0);
    assert_int_equal(view.site_count, 1);
    struct evidence sum = view_evidence(&view, &view.sites[0]);
    assert_int_equal(sum.size_count, 15);
    assert_int_equal(sum.common_blocks, 15);
    assert_int_equal(sum.most_bytes, 90);
    assert_false(sum.most_is_bound);
    view_fini(&view);
}

static void records_of_one_stack_are_all_found(void **state)
{
    (void)state;
    record(1, 5, 5);
    record(2, 6, 6);
    site = builder_node(&builder, 0x20100, 0, builder_module(&builder, "/m"));
    record(1, 7, 7);
    record(2, 8, 8);
    assert_int_equal(evidence().size_count, 26);
}

static void the_median_is_the_bucket_of_the_middle(void **state)
{
    uint64_t counts[4] = {0, 5, 4, 1};

    (void)state;
    assert_int_equal(evidence_median(counts, 4), 1);
    counts[3] = 2;
    assert_int_equal(evidence_median(counts, 4), 2);
    counts[3] = 100;
    assert_int_equal(evidence_median(counts, 4), 3);
    assert_int_equal(evidence_bucket_end(0, 4), 1);
    assert_int_equal(evidence_bucket_end(2, 4), 4);
    assert_true(evidence_bucket_end(3, 4) == UINT64_MAX);
    memset(counts, 0, sizeof counts);
    assert_int_equal(evidence_median(counts, 4), 4);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(a_run_alone_says_all),
        WITH(runs_are_added_to_histograms),
        WITH(a_run_on_its_way_is_not_missed),
        WITH(slots_are_added_up),
        WITH(growth_is_added_up),
        WITH(sizes_of_which_none_stands_out_have_no_commonest),
        WITH(references_that_make_no_sense_lead_nowhere),
        WITH(nothing_is_known_where_sites_were_not_tracked),
        WITH(a_view_has_the_evidence_of_all_processes),
        WITH(records_of_one_stack_are_all_found),
        WITH(the_median_is_the_bucket_of_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
