/* SPDX-License-Identifier: MIT
 *
 * Each site's bytes are divided evenly among its frames, and what has no name is found.
 */
#include "profile/quality.h"
#include "support/ledger_builder.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct ledger_builder builder;
static struct profile profile;
static struct view view;
static struct quality quality;

static int setup(void **state)
{
    (void)state;
    builder_init(&builder);
    memset(&profile, 0, sizeof profile);
    profile.symbols.without_files = true;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    quality_fini(&quality);
    view_fini(&view);
    builder_fini(&builder);
    profile_fini(&profile);
    return 0;
}

static void site(uint32_t leaf, uint64_t bytes)
{
    struct ledger_record *record = builder_record(&builder, leaf, 1);

    record->allocations = 1;
    record->bytes = bytes;
}

static void add(void)
{
    struct ledger_file file;

    assert_int_equal(ledger_file_parse(&file, builder.bytes, builder_bytes(&builder)), 0);
    assert_int_equal(profile_add_ledger(&profile, &file, "x.tare"), 0);
    ledger_file_fini(&file);
}

static void weigh(void)
{
    assert_int_equal(profile_finish(&profile), 0);
    assert_int_equal(view_init(&view, profile.processes, 0, profile.process_count,
                               ORDER_BYTES, UINT32_MAX),
                     0);
    assert_int_equal(quality_init(&quality, &profile, &view), 0);
}

static const struct quality_image *image(const char *name)
{
    for (uint32_t i = 0; i < quality.image_count; i++)
        if (name ? quality.images[i].image &&
                       !strcmp(image_name(quality.images[i].image), name)
                 : !quality.images[i].image)
            return &quality.images[i];
    fail();
    return NULL;
}

/* outer <- middle <- leaf, and another leaf of outer; what is left of a division is nobody's. */
static void frames_share_the_bytes_of_their_sites(void **state)
{
    uint32_t program = builder_module(&builder, "/program");
    uint32_t library = builder_module(&builder, "/library");
    uint32_t outer = builder_node(&builder, 0x10100, LEDGER_OUTERMOST, program);
    uint32_t middle = builder_node(&builder, 0x20100, outer, library);

    (void)state;
    site(builder_node(&builder, 0x20200, middle, library), 301);
    site(builder_node(&builder, 0x10200, outer, program), 50);
    site(middle, 8);
    add();
    weigh();
    assert_int_equal(quality.bytes, 300 + 50 + 8);
    assert_int_equal(quality.sites, 3);
    assert_int_equal(image("program")->bytes, 100 + 50 + 4);
    assert_int_equal(image("library")->bytes, 200 + 4);
    assert_int_equal(quality.unnamed_bytes, quality.bytes);
    assert_int_equal(quality.unnamed_sites, 3);
    assert_int_equal(quality.cut_bytes, 0);
}

static void stacks_that_end_early_are_counted(void **state)
{
    uint32_t module = builder_module(&builder, "/m");

    (void)state;
    site(builder_node(&builder, 0x10100, LEDGER_CUT_CODE, module), 10);
    site(builder_node(&builder, 0x7000, LEDGER_CUT_DEPTH, 0), 20);
    site(builder_node(&builder, 0x10200, LEDGER_OUTERMOST, module), 40);
    site(LEDGER_NO_STACK, 80);
    add();
    weigh();
    assert_int_equal(quality.cut_bytes, 110);
    assert_int_equal(quality.bytes, 70);
    assert_int_equal(image("m")->bytes, 50);
    assert_int_equal(image(NULL)->bytes, 20);
    /* without frames there is none without a name */
    assert_int_equal(quality.unnamed_sites, 3);
}

static void processes_are_weighed_together(void **state)
{
    uint32_t module = builder_module(&builder, "/m");

    (void)state;
    site(builder_node(&builder, 0x10100, LEDGER_OUTERMOST, module), 10);
    add();
    builder_header(&builder)->pid++;
    site(builder_node(&builder, 0x10200, LEDGER_OUTERMOST, module), 5);
    add();
    weigh();
    assert_int_equal(quality.sites, 2);
    assert_int_equal(quality.bytes, 25);
    assert_int_equal(quality.image_count, 1);
    assert_int_equal(image("m")->unnamed_bytes, 25);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(frames_share_the_bytes_of_their_sites),
        WITH(stacks_that_end_early_are_counted),
        WITH(processes_are_weighed_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
