/* SPDX-License-Identifier: MIT
 *
 * Detectors, shown evidence that is made up: what each finds, what it leaves alone, what it predicts; and
 * that no numbers, however wild, make any of them say what cannot be.
 */
#include "advice/names.h"
#include "advice/packaging.h"
#include "advice/waste.h"

#include <math.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct site_advice site;
static struct waste_whole whole;
static struct waste_case wasteful;
static struct finding finding;

/* 10,000 blocks of so many bytes, all of one size, of which `most` were there at a time, at the peak. */
static int setup(void **state)
{
    (void)state;
    memset(&site, 0, sizeof site);
    whole = (struct waste_whole){.peak_bytes = 1e7, .calls = 1e5, .cpu_ns = 1e8};
    wasteful = (struct waste_case){.site = &site, .whole = &whole, .costs = &costs_typical};
    return 0;
}

static void blocks(uint64_t bytes, uint64_t most)
{
    site.counts = (struct counts){.allocations = 10000,
                                  .frees = 10000,
                                  .bytes = 10000 * bytes,
                                  .bytes_at_peak = most * bytes};
    site.evidence = (struct evidence){.size_count = 10000,
                                      .least_bytes = bytes,
                                      .greatest_bytes = bytes,
                                      .common_bytes = bytes,
                                      .common_blocks = 10000,
                                      .most_blocks = most};
    site.evidence.sizes[64 - __builtin_clzll(bytes)] = 10000;
}

static void finds(waste_fn *detector, enum remedy remedy)
{
    assert_true(detector(&wasteful, &finding));
    assert_int_equal(finding.remedy, remedy);
    assert_non_null(finding.when_not);
    assert_true(finding.fact_count > 0);
}

#define assert_near(value, expected) assert_true(fabs((value) - (expected)) < 0.5)

static const struct advice_contents texts = {
    .is_taken = true, .blocks = 10, .text_blocks = 10};

static void churn_is_pooled(void **state)
{
    (void)state;
    blocks(48, 100);
    finds(waste_churn, REMEDY_POOL);
    assert_near(finding.saving.calls, 9999);
    assert_near(finding.saving.cpu_ns, 10000 * 16);
    assert_int_equal(finding.object_bytes, 48);
    blocks(48, 2000); /* hardly any comes again */
    assert_false(waste_churn(&wasteful, &finding));
    blocks(48, 100);
    site.evidence.common_blocks = 8000; /* one in five is of another size */
    site.evidence.least_bytes = 16;
    site.evidence.sizes[6] = 8000;
    site.evidence.sizes[5] = 2000; /* much smaller ones */
    assert_false(waste_churn(&wasteful, &finding));
    site.evidence.sizes[6] = 9600; /* ones of 32 to 63 bytes, and a few smaller ones */
    site.evidence.sizes[5] = 400;
    site.evidence.greatest_bytes = 60;
    finds(waste_churn, REMEDY_POOL);
    assert_int_equal(finding.object_bytes, 60);
    blocks(48, 100);
    site.reuse.is_taken = true;
    site.reuse.allocations = 10000;
    site.reuse.reused = 1000;
    assert_false(waste_churn(&wasteful, &finding));
    site.reuse.reused = 10000;
    finds(waste_churn, REMEDY_POOL);
    assert_int_equal(finding.confidence, CONFIDENCE_HIGH);
    site.contents = texts;
    finds(waste_churn, REMEDY_POOL);
    assert_int_equal(finding.confidence, CONFIDENCE_LOW);
    site.unwritten = (struct advice_unwritten){/* of a line that is read, say */
                                               .is_taken = true,
                                               .blocks = 10,
                                               .bytes = 480,
                                               .unwritten_bytes = 200};
    finds(waste_churn, REMEDY_POOL);
    assert_int_equal(finding.confidence, CONFIDENCE_HIGH);
}

static void bursts_go_to_an_arena(void **state)
{
    (void)state;
    blocks(40, 500);
    assert_false(waste_burst(&wasteful, &finding)); /* nobody looked */
    site.deaths = (struct advice_deaths){
        .is_taken = true, .frees = 10000, .runs = 20, .run_frees = 10000};
    finds(waste_burst, REMEDY_ARENA);
    assert_int_equal(finding.confidence, CONFIDENCE_HIGH);
    site.deaths.runs = 5000;
    assert_false(waste_burst(&wasteful, &finding));
    site.deaths.runs = 20;
    site.evidence.remote_frees = 9000; /* an arena is one thread's */
    assert_false(waste_burst(&wasteful, &finding));
}

static void temporary_blocks_stay_inline_or_in_scratch(void **state)
{
    (void)state;
    blocks(100, 1);
    site.counts.temporary = 9000;
    finds(waste_temporary, REMEDY_VEC);
    assert_near(finding.saving.calls, 10000);
    blocks(5000, 1);
    site.counts.temporary = 9000;
    finds(waste_temporary, REMEDY_ARENA);
    site.counts.temporary = 5000;
    assert_false(waste_temporary(&wasteful, &finding));
    blocks(1 << 20, 1);
    site.counts.temporary = 10000;
    assert_false(waste_temporary(&wasteful, &finding));
}

static void growth_is_reserved(void **state)
{
    (void)state;
    blocks(1000, 10);
    site.evidence.realloc_calls = 9000;
    site.evidence.copied_bytes = 5000000;
    site.evidence.chains = 1000;
    finds(waste_growth, REMEDY_RESERVE);
    assert_near(finding.saving.calls, 9000);
    assert_near(finding.saving.copied_bytes, 5000000);
    site.evidence.chains = 8000; /* each grows once: there was nothing to know before */
    assert_false(waste_growth(&wasteful, &finding));
}

/* 10 vectors from 8 bytes to 8 KiB each, in 11 steps. */
static void growth_by_copy_is_told_by_its_name(void **state)
{
    (void)state;
    site.counts = (struct counts){.allocations = 110, .bytes = 10 * 16376};
    site.counts.bytes_at_peak = 12288; /* one, and the block that it moves to */
    site.evidence.size_count = 110;
    site.evidence.least_bytes = 8;
    site.evidence.greatest_bytes = 8192;
    for (unsigned i = 4; i < 15; i++)
        site.evidence.sizes[i] = 10;
    assert_false(waste_growth(&wasteful, &finding));
    wasteful.name = NAME_GROWS_BY_COPY;
    finds(waste_growth, REMEDY_RESERVE);
    assert_near(finding.saving.calls, 100);
    assert_near(finding.saving.copied_bytes, 10 * 8184);
    assert_near(finding.saving.peak_bytes, 4096);
}

static void duplicates_are_kept_once(void **state)
{
    (void)state;
    blocks(64, 10000);
    site.held = (struct advice_held){.is_taken = true,
                                     .blocks = 5000,
                                     .bytes = 320000,
                                     .distinct_blocks = 50,
                                     .distinct_bytes = 3200,
                                     .text_blocks = 5000};
    finds(waste_duplicates, REMEDY_INTERN);
    assert_true(finding.saving.peak_bytes > 0.9 * 10000 * 80);
    assert_true(finding.saving.calls > 9900);
    site.held.text_blocks = 0;
    finds(waste_duplicates, REMEDY_RC);
    site.contents = (struct advice_contents){
        .is_taken = true, .blocks = 10000, .bytes = 640000, .distinct = 9000};
    assert_false(waste_duplicates(&wasteful, &finding)); /* they were written to later */
    site.contents.distinct = 0;
    site.held.distinct_blocks = 4000;
    assert_false(waste_duplicates(&wasteful, &finding));
}

static void unwritten_ends_are_cut(void **state)
{
    (void)state;
    blocks(4000, 1000);
    assert_false(waste_unwritten(&wasteful, &finding));
    site.unwritten = (struct advice_unwritten){
        .is_taken = true, .blocks = 1000, .bytes = 4000000, .unwritten_bytes = 3000000};
    finds(waste_unwritten, REMEDY_SHRINK);
    assert_near(finding.saving.requested_bytes, 3000000);
    assert_int_equal(finding.object_bytes, 1000);
    /* what is held near the peak may be written later */
    site.unwritten.unwritten_bytes = 0;
    site.held = (struct advice_held){
        .is_taken = true, .unwritten_bytes = 4000000, .unwritten_of_bytes = 4000000};
    assert_false(waste_unwritten(&wasteful, &finding));
}

static void tiny_blocks_go_to_a_pool_or_a_map(void **state)
{
    (void)state;
    blocks(16, 10000);
    finds(waste_tiny, REMEDY_POOL);
    blocks(48, 10000);
    wasteful.name = NAME_TREE_NODE;
    finds(waste_tiny, REMEDY_MAP);
    assert_int_equal(finding.object_bytes, 16);
    wasteful.name = NAME_TABLE; /* but nothing links them */
    finds(waste_tiny, REMEDY_POOL);
    site.held = (struct advice_held){.is_taken = true, .words = 6000, .pointer_words = 900};
    finds(waste_tiny, REMEDY_MAP);
    assert_int_equal(finding.object_bytes, 40);
    wasteful.name = NAME_PLAIN;
    blocks(120, 10000); /* 128: it is no great part */
    assert_false(waste_tiny(&wasteful, &finding));
    blocks(16, 10000);
    site.contents = texts;
    finds(waste_tiny, REMEDY_POOL);
    assert_int_equal(finding.confidence, CONFIDENCE_LOW);
}

static void slack_is_cut_where_little_is_missing(void **state)
{
    (void)state;
    blocks(26, 1000);
    finds(waste_slack, REMEDY_SHRINK);
    assert_int_equal(finding.object_bytes, 24);
    assert_near(finding.saving.peak_bytes, 16000);
    blocks(32, 1000); /* a whole word is not in the way of anybody */
    assert_false(waste_slack(&wasteful, &finding));
    blocks(26, 1000);
    site.contents = texts;
    assert_false(waste_slack(&wasteful, &finding));
}

static void cold_blocks_are_compressed(void **state)
{
    (void)state;
    blocks(8192, 100);
    site.held = (struct advice_held){.is_taken = true,
                                     .blocks = 100,
                                     .bytes = 819200,
                                     .old_blocks = 90,
                                     .old_bytes = 737280,
                                     .sampled_bytes = 100000,
                                     .compressed_bytes = 20000};
    finds(waste_cold, REMEDY_CODEC);
    site.held.sampled_bytes = 8192; /* of two blocks */
    site.held.compressed_bytes = 100;
    assert_false(waste_cold(&wasteful, &finding));
    site.held.sampled_bytes = 100000;
    site.held.compressed_bytes = 30000;
    assert_near(finding.saving.peak_bytes, 0.9 * 819200 * 0.8);
    site.held.compressed_bytes = 80000;
    assert_false(waste_cold(&wasteful, &finding));
    site.held.compressed_bytes = 20000;
    site.held.unwritten_bytes = site.held.unwritten_of_bytes = 819200;
    assert_false(waste_cold(&wasteful, &finding));
}

static void frees_by_other_threads_are_told(void **state)
{
    (void)state;
    blocks(100, 100);
    site.evidence.remote_frees = 5000;
    finds(waste_remote, REMEDY_BATCH_FREE);
    assert_near(finding.saving.cpu_ns, 5000 * 60);
    site.evidence.remote_frees = 900;
    assert_false(waste_remote(&wasteful, &finding));
}

static void leaks_grow_to_the_end(void **state)
{
    static const double steady[] = {1e5, 3e5, 5e5, 7e5, 1e6},
                        level[] = {0, 9e5, 1e6, 1e6, 1e6};

    (void)state;
    blocks(100, 10000);
    site.counts.frees = 2000;
    site.counts.live_blocks = 8000;
    site.counts.live_bytes = 800000;
    memcpy(wasteful.live_bytes, steady, sizeof steady);
    assert_false(waste_leak(&wasteful, &finding)); /* nobody looked */
    wasteful.has_growth = true;
    finds(waste_leak, REMEDY_LEAK);
    assert_int_equal(finding.confidence, CONFIDENCE_HIGH);
    assert_near(finding.saving.requested_bytes, 800000);
    site.counts.frees = 0;
    finds(waste_leak, REMEDY_LEAK);
    assert_int_equal(finding.confidence, CONFIDENCE_LOW);
    memcpy(wasteful.live_bytes, level, sizeof level);
    assert_false(waste_leak(&wasteful, &finding));
}

/* A damaged profile may have anything in it. */
static void any_numbers_are_borne(void **state)
{
    static const uint64_t edges[] = {0, 1, 24, 4096, UINT32_MAX, INT64_MAX, UINT64_MAX};
    enum { EDGES = sizeof edges / sizeof *edges, ROUNDS = 20000 };
    uint64_t random = 1;

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned char *bytes = (unsigned char *)&site;

        for (size_t i = 0; i + 8 <= sizeof site; i += 8) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            memcpy(bytes + i, &edges[(random >> 33) % EDGES], 8);
        }
        site.contents.is_taken = site.held.is_taken = site.unwritten.is_taken = true;
        site.ends.is_taken = site.deaths.is_taken = site.reuse.is_taken = round % 2;
        site.at_end.is_taken = site.unwritten.has_zeroed = round % 3 == 0;
        site.is_advised = site.evidence.most_is_bound = true;
        wasteful.name = (enum waste_name)(round % 5);
        wasteful.has_growth = true;
        for (unsigned i = 0; waste_detectors[i].find; i++) {
            memset(&finding, 0, sizeof finding);
            if (!waste_detectors[i].find(&wasteful, &finding))
                continue;
            assert_true(finding.remedy < REMEDY_COUNT);
            assert_true(finding.fact_count <= FACTS_MAX);
            assert_false(isnan(finding.saving.peak_bytes));
            assert_false(isnan(finding.saving.calls));
            assert_false(isnan(finding.saving.cpu_ns));
        }
    }
    assert_int_equal(saving_number(1e300), INT64_MAX);
    assert_int_equal(saving_number(-INFINITY), -INT64_MAX);
    assert_int_equal(saving_number(NAN), 0);
    assert_int_equal(saving_number(-2.4), -2);
}

static void packaging_is_that_of_the_allocator(void **state)
{
    (void)state;
    assert_near(packaging_block_bytes(1, false), 32);
    assert_near(packaging_block_bytes(24, false), 32);
    assert_near(packaging_block_bytes(25, false), 48);
    assert_near(packaging_block_bytes(200000, false), 200704);
    assert_near(packaging_block_bytes(20, true), 24);
    assert_near(packaging_block_bytes(1025, true), 1152);
    assert_near(packaging_arena(1000, 10).bytes, 4096 + 8192 + 16384);
    assert_near(packaging_arena(1000, 10).calls, 3);
}

static void names_give_containers_away(void **state)
{
    (void)state;
    assert_int_equal(
        names_of_function("void std::vector<int>::_M_realloc_insert<int>()", false),
        NAME_GROWS_BY_COPY);
    assert_int_equal(names_of_function("std::_Rb_tree<int, int>::_M_create_node()", false),
                     NAME_TREE_NODE);
    assert_int_equal(
        names_of_function("std::_Hashtable<int>::_M_allocate_buckets(8)", false),
        NAME_PLAIN);
    assert_int_equal(names_of_function("std::_Hashtable<int>::_M_emplace()", false),
                     NAME_HASH_NODE);
    assert_int_equal(names_of_function("symbol_insert", true), NAME_TABLE);
    assert_int_equal(names_of_function("parse", true), NAME_PLAIN);
    assert_int_equal(names_of_function("tare__map_rebuild", true), NAME_LIBTARE);
}

#define WITH(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(churn_is_pooled),
        WITH(bursts_go_to_an_arena),
        WITH(temporary_blocks_stay_inline_or_in_scratch),
        WITH(growth_is_reserved),
        WITH(growth_by_copy_is_told_by_its_name),
        WITH(duplicates_are_kept_once),
        WITH(unwritten_ends_are_cut),
        WITH(tiny_blocks_go_to_a_pool_or_a_map),
        WITH(slack_is_cut_where_little_is_missing),
        WITH(cold_blocks_are_compressed),
        WITH(frees_by_other_threads_are_told),
        WITH(leaks_grow_to_the_end),
        WITH(any_numbers_are_borne),
        WITH(packaging_is_that_of_the_allocator),
        WITH(names_give_containers_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
