/* SPDX-License-Identifier: MIT
 *
 * What a ledger says for advice is added up by site as docs/format.md defines it, what was not taken
 * is told from zero, and damaged references lead nowhere.
 */
#include "profile/advice_evidence.h"
#include "profile/profile.h"
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
    builder_header(&builder)->flags |= LEDGER_ADVISED;
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

static struct ledger_record *record(uint16_t slot)
{
    struct ledger_record *made = builder_record(&builder, site, slot);

    made->allocations = 100;
    made->bytes = 1000;
    return made;
}

/* Of the only site. */
static struct site_advice advice(void)
{
    struct site_advice sum = {0};
    struct ledger_file file;

    assert_int_equal(ledger_file_parse(&file, builder.bytes, builder_bytes(&builder)), 0);
    assert_int_equal(profile_add_ledger(&profile, &file, "x.tare"), 0);
    assert_int_equal(profile_finish(&profile), 0);
    const struct process *process = &profile.processes[0];
    assert_int_equal(process->site_count, 1);
    site_advice_add(&sum, process, &process->sites[0].counts, process->sites[0].records);
    return sum;
}

static void what_was_not_taken_is_no_zero(void **state)
{
    (void)state;
    record(1);
    struct site_advice sum = advice();
    assert_true(sum.is_advised);
    assert_int_equal(sum.counts.allocations, 100);
    assert_false(sum.contents.is_taken);
    assert_false(sum.unwritten.is_taken);
    assert_false(sum.unwritten.has_zeroed);
    assert_false(sum.ends.is_taken);
    assert_false(sum.deaths.is_taken);
    assert_false(sum.reuse.is_taken);
    assert_false(sum.held.is_taken);
    assert_false(sum.at_end.is_taken);
    assert_false(process_looks(&profile.processes[0]).held_is_taken);
}

static void a_plain_ledger_has_no_advice(void **state)
{
    (void)state;
    builder_header(&builder)->flags &= ~(uint32_t)LEDGER_ADVISED;
    builder_advice(&builder, record(1))->deaths = 5;
    struct site_advice sum = advice();
    assert_false(sum.is_advised);
    assert_false(sum.deaths.is_taken);
}

static void slots_are_added_up(void **state)
{
    struct ledger_advice *one = builder_advice(&builder, record(1)),
                         *other = builder_advice(&builder, record(2));

    (void)state;
    one->deaths = 50, one->newest = 40, one->runs = 3, one->run_frees = 30, one->run = 20;
    one->longest_run = 12;
    other->deaths = 10, other->run = 10;
    one->filled_blocks = 2, one->filled_bytes = 200, one->unwritten_bytes = 150;
    other->zeroed_blocks = 1, other->zeroed_bytes = 64, other->zero_tail_bytes = 32;
    one->allocations = 7, one->reused = 6;
    struct site_advice sum = advice();
    assert_int_equal(profile.processes[0].damaged, 0);
    assert_int_equal(sum.deaths.frees, 60);
    assert_int_equal(sum.deaths.newest, 40);
    assert_int_equal(sum.deaths.runs, 5);
    assert_int_equal(sum.deaths.run_frees, 60);
    assert_int_equal(sum.deaths.longest_run, 20);
    assert_int_equal(sum.unwritten.blocks, 2);
    assert_int_equal(sum.unwritten.unwritten_bytes, 150);
    assert_true(sum.unwritten.has_zeroed);
    assert_int_equal(sum.unwritten.zero_tail_bytes, 32);
    assert_int_equal(sum.reuse.allocations, 7);
    assert_int_equal(sum.reuse.reused, 6);
}

/* As the shim does it. */
static void see(struct ledger_advice *to, uint64_t number)
{
    uint64_t hash = (number + 1) * 0x9e3779b97f4a7c15u;

    hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93u;
    hash ^= hash >> 29;
    uint8_t rank = (uint8_t)(1 + __builtin_clzll(hash | (LEDGER_CONTENT_REGISTERS - 1)));
    uint8_t *at = &to->registers[hash % LEDGER_CONTENT_REGISTERS];

    to->hashed_blocks++;
    if (rank > *at)
        *at = rank;
}

static void distinct_contents_are_estimated_over_slots(void **state)
{
    static const uint64_t numbers[] = {1, 10, 100, 1000, 10000, 100000};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (i) {
            teardown(state);
            setup(state);
        }
        struct ledger_advice *one = builder_advice(&builder, record(1)),
                             *other = builder_advice(&builder, record(2));

        for (uint64_t n = 0; n < numbers[i]; n++) {
            see(one, n);
            see(n % 2 ? one : other, n);
        }
        uint64_t distinct = advice().contents.distinct;
        /* three times the standard error */
        assert_in_range(distinct, numbers[i] * 8 / 10, numbers[i] * 12 / 10 + 1);
    }
}

static void the_commonest_of_slots_are_joined(void **state)
{
    struct ledger_advice *one = builder_advice(&builder, record(1)),
                         *other = builder_advice(&builder, record(2));

    (void)state;
    one->hashed_blocks = other->hashed_blocks = 100;
    one->commonest[0] = (struct ledger_content){7, 40};
    one->commonest[1] = (struct ledger_content){8, 1};
    other->commonest[2] = (struct ledger_content){7, 50};
    other->commonest[3] = (struct ledger_content){9, 1000}; /* more than there are */
    struct site_advice sum = advice();
    uint64_t most = 0;
    for (int i = 0; i < ADVICE_COMMONEST; i++)
        if (sum.contents.commonest_blocks[i] > most)
            most = sum.contents.commonest_blocks[i];
    assert_int_equal(most, 90);
}

static void ends_have_percentiles(void **state)
{
    struct ledger_ends *ends = builder_ends(&builder, record(1));

    (void)state;
    ends->counts[4] = 60;  /* 32 to 39 */
    ends->counts[12] = 35; /* 128 to 159 */
    ends->counts[59] = 5;
    ends->greatest_bytes = 1 << 20;
    struct site_advice sum = advice();
    assert_true(sum.ends.is_taken);
    assert_int_equal(sum.ends.chains, 100);
    assert_int_equal(sum.ends.p50_bytes, 39);
    assert_int_equal(sum.ends.p95_bytes, 159);
    assert_int_equal(sum.ends.greatest_bytes, 1 << 20);
    assert_int_equal(advice_end_of(0), 20);
    assert_int_equal(advice_end_of(3), 32);
    assert_true(advice_end_of(59) == UINT64_MAX);
}

static void looks_are_told_apart(void **state)
{
    const struct ledger_record *made = record(1);
    struct ledger_held *most = builder_held(&builder, made, false),
                       *end = builder_held(&builder, made, true);

    (void)state;
    most->blocks = 10, most->bytes = 1000, most->distinct_bytes = 100;
    end->blocks = 1, end->bytes = 100, end->distinct_bytes = 100;
    builder_header(&builder)->held_live_bytes = 1000;
    struct site_advice sum = advice();
    assert_true(sum.held.is_taken);
    assert_int_equal(sum.held.bytes - sum.held.distinct_bytes, 900);
    assert_true(sum.at_end.is_taken);
    assert_int_equal(sum.at_end.blocks, 1);
    assert_true(process_looks(&profile.processes[0]).held_is_taken);
    assert_false(process_looks(&profile.processes[0]).end_is_taken);
}

static void what_names_no_record_is_damage(void **state)
{
    const struct ledger_record *made = record(1);
    struct ledger_advice *twice;

    (void)state;
    builder_advice(&builder, made)->deaths = 1;
    twice = builder_advice(&builder, made);
    twice->deaths = 100;
    builder_ends(&builder, made)->record = UINT32_MAX;
    builder_ends(&builder, made)->record = 1; /* the header */
    builder_held(&builder, made, true)->record++;
    struct site_advice sum = advice();
    assert_int_equal(profile.processes[0].damaged, 4);
    assert_int_equal(sum.deaths.frees, 1);
    assert_false(sum.ends.is_taken);
    assert_false(sum.at_end.is_taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(what_was_not_taken_is_no_zero),
        TEST(a_plain_ledger_has_no_advice),
        TEST(slots_are_added_up),
        TEST(distinct_contents_are_estimated_over_slots),
        TEST(the_commonest_of_slots_are_joined),
        TEST(ends_have_percentiles),
        TEST(looks_are_told_apart),
        TEST(what_names_no_record_is_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
