/* SPDX-License-Identifier: MIT
 *
 * Reports of profiles, whole and damaged: their form, and that they come to an end.
 */
#include "profile/ledger_file.h"
#include "report/report.h"
#include "support/json_check.h"
#include "support/ledger_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

typedef int report_fn(FILE *out, struct profile *profile,
                      const struct report_options *options);

static struct ledger_builder builder;

/* Evidence of all kinds, in the record of a site of its own. */
static void add_evidence(uint32_t module)
{
    uint32_t node = builder_node(&builder, 0x10ff0, 0, module);
    struct ledger_record *record = builder_record(&builder, node, 1);

    record->allocations = 1000;
    record->bytes = 100000;
    record->frees = 800;
    record->freed_bytes = 80000;
    record->size_run = 600;
    record->run_bytes = 64;
    record->life_run = 500;
    record->least_bytes = 16;
    record->greatest_bytes = 4096;
    record->slack_bytes = 30000;
    record->remote_frees = 96;
    record->most_bytes = 5000;
    record->most_blocks = 210;
    struct ledger_histogram *histogram = builder_histogram(&builder, record);
    histogram->sizes[5] = 390;
    histogram->sizes[13] = 10;
    histogram->lives[2] = 299;
    histogram->lives[31] = 1;
    histogram->common_bytes = 64;
    histogram->common_weight = 20;
    struct ledger_growth *growth = builder_growth(&builder, record);
    *growth = (struct ledger_growth){1200, 400, 3250586, 2, {[23] = 2}};
    record = builder_record(&builder, node, 2);
    record->class = LEDGER_MAPPING;
    record->allocations = record->size_run = 3;
    record->bytes = 12288;
    record->run_bytes = 4096;
    record->most_bytes = 12288;
    record->most_blocks = 3;
    record = builder_record(&builder, node, 2);
    record->class = LEDGER_OBJECT;
    record->allocations = record->size_run = 50;
    record->bytes = 2000;
    record->run_bytes = 40;
    record->frees = 30;
    record->freed_bytes = 1200;
    record->most_bytes = 1600;
    record->most_blocks = 40;
    record->slack_bytes = 10000; /* which means nothing here */
}

/* Two modules, three threads, a tree of some sites. */
static int setup(void **state)
{
    (void)state;
    builder_init(&builder);
    uint32_t modules[] = {builder_module(&builder, "/usr/bin/victim"),
                          builder_module(&builder, "/usr/lib/lib\x1b[31m\xff.so")};
    uint32_t parent = LEDGER_OUTERMOST;

    for (uint32_t i = 0; i < 40; i++) {
        uint64_t ip = (i % 2 + 1) * 0x10000u + i * 16;

        parent = builder_node(&builder, ip, i % 8 ? parent : i % 3, modules[i % 2]);
        struct ledger_record *record = builder_record(&builder, parent, (uint16_t)(i % 3));
        record->allocations = i + 1;
        record->bytes = 1000 * i;
        record->temporary = i / 2;
    }
    add_evidence(modules[0]);
    builder_thread(&builder, 1, 1234, "main \"thread\"");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    builder_fini(&builder);
    return 0;
}

/* The report of these bytes, to be freed; NULL when they are refused. */
static char *report_of(const uint8_t *data, size_t bytes, report_fn *report, size_t *length)
{
    const struct report_options options = {.depth = 5, .with_evidence = true};
    struct profile profile = {.symbols = {.without_files = true}};
    struct ledger_file file;
    char *text = NULL;

    if (ledger_file_parse(&file, data, bytes))
        return NULL;
    FILE *out = open_memstream(&text, length);
    assert_non_null(out);
    assert_int_equal(profile_add_ledger(&profile, &file, "x.tare"), 0);
    assert_int_equal(profile_finish(&profile), 0);
    assert_int_equal(report(out, &profile, &options), 0);
    assert_int_equal(fclose(out), 0);
    profile_fini(&profile);
    ledger_file_fini(&file);
    return text;
}

static void check_both(const uint8_t *data, size_t bytes)
{
    size_t length = 0;
    char *json = report_of(data, bytes, report_json, &length);

    if (!json)
        return;
    assert_true(json_is_valid(json, length));
    free(json);
    char *text = report_of(data, bytes, report_text, &length);
    assert_non_null(text);
    assert_null(strchr(text, '\x1b'));
    free(text);
}

static void json_follows_its_schema(void **state)
{
    size_t length;
    char *json = report_of(builder.bytes, builder_bytes(&builder), report_json, &length);

    (void)state;
    assert_true(json_is_valid(json, length));
    static const char *const parts[] = {
        "{\n \"schema\": \"tare.report/1\",\n \"processes\": [",
        "\"pid\": 1234",
        "\"command\": \"victim --quick\"",
        "\"end\": \"unknown\"",
        "\"allocations\": 1820",
        "\"bytes\": 880000",
        "\"live_bytes\": 800000",
        "\"peak_bytes\": 800000",
        "\"peak_at_ns\": 0",
        "\"lost\": 0",
        "\"name\": \"main \\\"thread\\\"\"",
        "\"module\": \"/usr/lib/lib\\u001b[31m\xef\xbf\xbd.so\"",
        "\"truncated\": \"depth\"",
        "\"mapped\": {\n    \"maps\": 3,\n    \"unmaps\": 0,\n    \"bytes\": 12288,"
        "\n    \"live_bytes\": 12288,\n    \"most_bytes\": 12288,\n    \"site_count\": 1,",
        "\"objects\": {\n    \"allocations\": 50,\n    \"frees\": 30,\n    \"bytes\": 2000,"
        "\n    \"live_blocks\": 20,\n    \"live_bytes\": 800,\n    \"bytes_at_peak\": 0,"
        "\n    \"temporary\": 0,\n    \"most_bytes\": 1600,\n    \"site_count\": 1,",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert_non_null(strstr(json, parts[i]));
    free(json);
}

static void json_has_the_evidence_of_a_site(void **state)
{
    size_t length;
    char *json = report_of(builder.bytes, builder_bytes(&builder), report_json, &length);
    static const char whole[] =
        "\"evidence\": {\"sizes\": {\"least\": 16,\"greatest\": 4096,\"commonest\": 64,"
        "\"commonest_blocks\": 620,\"histogram\": [[32,390],[128,600],[8192,10]]},"
        "\"lifetimes\": {\"unit_ns\": 1048576,\"histogram\": [[1048576,500],[4194304,299],"
        "[null,1]]},\"realloc\": {\"calls\": 1200,\"moves\": 400,\"copied_bytes\": 3250586,"
        "\"chains\": 2,\"final_sizes\": [[null,2]]},\"remote_frees\": 96,"
        "\"most_bytes\": 5000,\"most_blocks\": 210,\"slack_bytes\": 30000,"
        "\"slack_allocations\": 400,\"slack_asked_bytes\": 61600}";

    (void)state;
    /* New lines are for people. */
    char *to = json;
    for (const char *from = json; *from; from++)
        if (*from != '\n')
            *to++ = *from;
    *to = '\0';
    assert_non_null(strstr(json, whole));
    free(json);
}

static void text_tells_what_is_telling_of_evidence(void **state)
{
    size_t length;
    char *text = report_of(builder.bytes, builder_bytes(&builder), report_text, &length);

    (void)state;
    static const char *const parts[] = {
        "             sizes 16 B to 4.0 KiB, mostly 64 B; freed within 1 ms (median); "
        "12.0 % freed by another thread\n",
        "             realloc 1,200 calls, 400 moved, 3.1 MiB copied; slack 32.8 %\n",
        "  mapped       12.0 KiB (12,288 bytes) beside the heap, in 3 mappings; live 12.0 "
        "KiB",
        "  objects      2.0 KiB (2,000 bytes) of pools and arenas, in 50 objects; live 800 "
        "B in 20\n",
        "Top 1 of 1 site of objects by bytes allocated\nobjects of pools and arenas; they "
        "lie in blocks counted above\n\n  1. 100.0 %  2.0 KiB in 50 objects; at peak 0 B, "
        "live 800 B in 20 objects, temporary 0.0 %\n             all of 40 B",
        "most live at a time: 4.9 KiB, 210 blocks\n",
        "  64 B to below 128 B                   600  ################################\n",
        "  4.0 KiB to below 8.0 KiB               10  #\n",
        "  below 4 ms                            299  ###################\n",
        "  longer                                  1  #\n",
        "  still live                            200  #############\n",
        "  4.0 MiB or more                         2  ################################\n",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(text, parts[i]))
            fail_msg("lacks %s in\n%s", parts[i], text);
    free(text);
}

static void text_says_the_totals_and_why_stacks_end(void **state)
{
    size_t length;
    char *text = report_of(builder.bytes, builder_bytes(&builder), report_text, &length);

    (void)state;
    static const char *const parts[] = {
        "victim --quick\n",
        "(880,000 bytes) by 1,820 allocations",
        "40 of 41 sites",
        "victim+0x",
        "lost         nothing",
        "no unwind data",
        "?[31m?.so",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert_non_null(strstr(text, parts[i]));
    free(text);
}

static void reports_end_for_files_cut_at_any_place(void **state)
{
    (void)state;
    for (size_t bytes = 0; bytes < builder_bytes(&builder); bytes += 4093)
        check_both(builder.bytes, bytes);
}

/* xorshift64 */
static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void reports_end_for_files_with_flipped_bits(void **state)
{
    uint64_t seed = 20240607;
    size_t bytes = builder_bytes(&builder);
    uint8_t *copy = malloc(bytes);

    (void)state;
    assert_non_null(copy);
    for (int round = 0; round < 200; round++) {
        memcpy(copy, builder.bytes, bytes);
        for (int i = 0; i < 40; i++) {
            /* Every second one where something stands: the beginnings of extents. */
            size_t at = next_random(&seed) % bytes;

            if (i % 2)
                at = at / LEDGER_EXTENT_BYTES * LEDGER_EXTENT_BYTES + at % 700;
            if (at >= 16) /* magic and version only lead to a refusal */
                copy[at] ^= (uint8_t)(1u << next_random(&seed) % 8);
        }
        check_both(copy, bytes);
    }
    free(copy);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(json_follows_its_schema),
        WITH(json_has_the_evidence_of_a_site),
        WITH(text_says_the_totals_and_why_stacks_end),
        WITH(text_tells_what_is_telling_of_evidence),
        WITH(reports_end_for_files_cut_at_any_place),
        WITH(reports_end_for_files_with_flipped_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
