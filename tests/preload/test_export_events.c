/* SPDX-License-Identifier: MIT
 *
 * The exports of what happens in time, massif's and heaptrack's, replayed here and read by ms_print
 * and heaptrack_print.
 */
#include "export/heaptrack_plan.h"
#include "support/exported.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { SIZES_MOST = 100000 };

struct replay {
    uint64_t strings, pointers, traces, sizes;
    uint64_t size_of[SIZES_MOST], live_of[SIZES_MOST];
    uint64_t allocations, bytes, temporary, live, live_blocks, peak, last;
};

static uint64_t next_hex(const char **at)
{
    char *end;
    uint64_t value = strtoull(*at, &end, 16);

    assert_true(end != *at);
    *at = end;
    return value;
}

static void replay_event(struct replay *r, char event, uint64_t index)
{
    assert_true(index < r->sizes);
    uint64_t bytes = r->size_of[index];

    if (event == '+') {
        r->allocations++;
        r->bytes += bytes;
        r->live += bytes;
        r->live_blocks++;
        r->live_of[index]++;
        r->peak = r->live > r->peak ? r->live : r->peak;
        r->last = index;
    } else {
        assert_true(r->live_of[index]-- > 0);
        r->live -= bytes;
        r->live_blocks--;
        r->temporary += r->last == index;
        r->last = 0;
    }
}

static void replay_pointer(struct replay *r, const char *at)
{
    next_hex(&at);
    for (int i = 0; *at != '\n'; i++) {
        uint64_t number = next_hex(&at);

        assert_true((i % 3 == 0 && i) || number <= r->strings);
    }
    r->pointers++;
}

/* The line's length, with its end. */
static size_t replay_line(struct replay *r, const char *line)
{
    const char *at = line + 2;
    size_t bytes = strcspn(line, "\n") + 1;

    switch (line[0]) {
    case 's':
        r->strings++;
        assert_int_equal(next_hex(&at), line + bytes - 1 - (strchr(line + 2, ' ') + 1));
        break;
    case 'i':
        replay_pointer(r, at);
        break;
    case 't':
        assert_in_range(next_hex(&at), 1, r->pointers);
        assert_true(next_hex(&at) <= r->traces);
        r->traces++;
        break;
    case 'a':
        assert_true(r->sizes < SIZES_MOST);
        r->size_of[r->sizes++] = next_hex(&at);
        assert_in_range(next_hex(&at), 1, r->traces);
        break;
    case '+':
    case '-':
        replay_event(r, line[0], next_hex(&at));
        break;
    default:
        assert_non_null(strchr("vXIc#", line[0]));
    }
    return bytes;
}

static void heaptrack_s_events_replayed_are_our_sums(void **state)
{
    static struct replay r;
    const char *text = export_text("heaptrack", NULL, NULL);

    (void)state;
    assert_memory_equal(text, "v 10400 3\n", 10);
    memset(&r, 0, sizeof r);
    for (const char *at = text; *at;)
        at += replay_line(&r, at);
    assert_int_equal(r.allocations, exported_counts.allocations);
    assert_int_equal(r.bytes, exported_counts.bytes);
    assert_int_equal(r.live, exported_counts.live_bytes);
    assert_int_equal(r.live_blocks, exported_counts.live_blocks);
    assert_int_equal(r.peak, exported_counts.bytes_at_peak);
    assert_int_equal(export_result.blocks_an_event, 1);
    if (!export_result.untrue_temporary)
        assert_int_equal(r.temporary, exported_counts.temporary);
}

static void heaptrack_print_has_the_same_totals(void **state)
{
    const char *path = export_file("heaptrack", &(struct export_options){.compress = true},
                                   "x.heaptrack.gz");

    (void)state;
    const char *said = export_read_by((const char *const[]){
        "heaptrack_print", "-p", "0", "-a", "0", "-T", "0", path, NULL});
    assert_int_equal(number_after(said, "calls to allocation functions: "),
                     exported_counts.allocations);
    if (!export_result.untrue_temporary)
        assert_int_equal(number_after(said, "temporary memory allocations: "),
                         exported_counts.temporary);
    /* In round numbers: "1.03M". The sums of its flame graph are whole. */
    static const struct {
        const char *type;
        enum site_order order;
    } costs[] = {
        {"peak", ORDER_PEAK}, {"leaked", ORDER_LIVE}, {"allocations", ORDER_CALLS}};
    for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) {
        uint64_t sum = 0;

        said = export_read_by((const char *const[]){
            "heaptrack_print", "-p", "0", "-a", "0", "-T", "0", "-F", "/dev/stderr",
            "--flamegraph-cost-type", costs[i].type, path, NULL});
        for (const char *at = export_read_errors(); *at; at += strcspn(at, "\n") + 1) {
            const char *space = memrchr(at, ' ', strcspn(at, "\n"));

            sum += space ? strtoull(space, NULL, 10) : 0;
        }
        assert_int_equal(sum, counts_value(&exported_counts, costs[i].order));
    }
}

static uint64_t block_bytes(const struct plan_blocks *blocks)
{
    return blocks->blocks * blocks->size + blocks->larger;
}

/* xorshift64 */
static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* A process of blocks that really lived, so that some events must be able to add up to its sums. */
static struct counts random_counts(uint64_t *seed)
{
    struct counts counts = {0};
    uint64_t blocks = next_random(seed) % 6;

    for (uint64_t i = 0; i < blocks; i++) {
        uint64_t bytes = next_random(seed) % 50;
        uint64_t kind = next_random(seed) % PLAN_GROUPS;

        counts.allocations++;
        counts.bytes += bytes;
        counts.temporary += kind == PLAN_TEMPORARY;
        counts.live_blocks += kind == PLAN_LASTING || kind == PLAN_LATE;
        counts.live_bytes += kind == PLAN_LASTING || kind == PLAN_LATE ? bytes : 0;
        counts.bytes_at_peak += kind == PLAN_LASTING || kind == PLAN_AT_PEAK ? bytes : 0;
    }
    counts.frees = counts.allocations - counts.live_blocks;
    return counts;
}

static void plans_keep_calls_bytes_and_what_is_live(void **state)
{
    uint64_t seed = 7;
    uint32_t other_peaks = 0;

    (void)state;
    for (int round = 0; round < 200000; round++) {
        struct counts counts = random_counts(&seed);
        struct plan plan = plan_make(&counts, 1);
        const struct plan_blocks *g = plan.groups;
        uint64_t blocks = 0, bytes = 0;

        for (int i = 0; i < PLAN_GROUPS; i++) {
            assert_true(g[i].larger <= g[i].blocks);
            blocks += g[i].blocks;
            bytes += block_bytes(&g[i]);
        }
        assert_int_equal(blocks, counts.allocations);
        assert_int_equal(bytes, counts.bytes);
        assert_int_equal(g[PLAN_LASTING].blocks + g[PLAN_LATE].blocks, counts.live_blocks);
        assert_int_equal(block_bytes(&g[PLAN_LASTING]) + block_bytes(&g[PLAN_LATE]),
                         counts.live_bytes);
        other_peaks += block_bytes(&g[PLAN_LASTING]) + block_bytes(&g[PLAN_AT_PEAK]) !=
                       counts.bytes_at_peak;
    }
    /* Of few blocks not every sum of bytes can be made when sizes are evened out. */
    assert_true(other_peaks < 200000 / 20);
}

/* Of a snapshot: the sum of the children of each node is the node's; returns its own bytes. */
static uint64_t check_tree(const char **at)
{
    char *end;

    *at += strspn(*at, " ");
    assert_int_equal(**at, 'n');
    uint64_t children = strtoull(*at + 1, &end, 10);
    assert_int_equal(*end, ':');
    uint64_t bytes = strtoull(end + 1, &end, 10);
    uint64_t sum = 0;
    *at = strchr(end, '\n') + 1;
    for (uint64_t i = 0; i < children; i++)
        sum += check_tree(at);
    if (children)
        assert_int_equal(sum, bytes);
    return bytes;
}

static void massif_s_trees_add_up_to_ours(void **state)
{
    const char *text = export_text("massif", NULL, NULL);

    (void)state;
    const char *at = strstr(text, "heap_tree=peak\n");
    assert_non_null(at);
    at += strlen("heap_tree=peak\n");
    assert_int_equal(check_tree(&at), exported_counts.bytes_at_peak);
    at = strstr(at, "heap_tree=detailed\n");
    assert_non_null(at);
    at += strlen("heap_tree=detailed\n");
    assert_int_equal(check_tree(&at), exported_counts.live_bytes);
    assert_int_equal(*at, '\0');
}

static uint64_t number_without_commas(const char *at)
{
    uint64_t number = 0;

    for (at += strspn(at, " "); *at && strchr("0123456789,", *at); at++)
        number = *at == ',' ? number : number * 10 + (uint64_t)(*at - '0');
    return number;
}

static void ms_print_has_the_same_totals(void **state)
{
    const char *said = export_read_by(
        (const char *const[]){"ms_print", export_file("massif", NULL, "x.massif"), NULL});
    const char *peak = strstr(said, "\n100.00% (");

    (void)state;
    assert_non_null(strstr(said, "Detailed snapshots: [1 (peak), 2]"));
    assert_non_null(peak);
    assert_int_equal(number_without_commas(peak + strlen("\n100.00% (")),
                     exported_counts.bytes_at_peak);
    const char *end = strstr(peak + 1, "\n100.00% (");
    assert_non_null(end);
    assert_int_equal(number_without_commas(end + strlen("\n100.00% (")),
                     exported_counts.live_bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heaptrack_s_events_replayed_are_our_sums),
        cmocka_unit_test(heaptrack_print_has_the_same_totals),
        cmocka_unit_test(plans_keep_calls_bytes_and_what_is_live),
        cmocka_unit_test(massif_s_trees_add_up_to_ours),
        cmocka_unit_test(ms_print_has_the_same_totals),
    };

    return cmocka_run_group_tests(tests, exported_setup, exported_teardown);
}
