/* SPDX-License-Identifier: MIT
 *
 * Ledgers become processes and sites with the sums, ids and merges that are documented.
 */
#include "profile/ledger_file.h"
#include "profile/profile.h"
#include "profile/site_id.h"
#include "profile/view.h"
#include "support/ledger_builder.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct ledger_builder builder;
static struct profile profile;

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
    builder_fini(&builder);
    profile_fini(&profile);
    return 0;
}

static void add(void)
{
    struct ledger_file file;

    assert_int_equal(ledger_file_parse(&file, builder.bytes, builder_bytes(&builder)), 0);
    assert_int_equal(profile_add_ledger(&profile, &file, "x.tare"), 0);
    ledger_file_fini(&file);
}

static const struct process *load(void)
{
    add();
    assert_int_equal(profile_finish(&profile), 0);
    return &profile.processes[0];
}

/* The id of a site of the first process. */
static uint64_t id_of(struct site *site)
{
    assert_int_equal(site_ids_set(profile.processes, site, 1), 0);
    return site->id;
}

static void count(uint32_t site, uint16_t slot, uint64_t allocations, uint64_t frees)
{
    struct ledger_record *record = builder_record(&builder, site, slot);

    record->allocations = allocations;
    record->bytes = allocations * 10;
    record->frees = frees;
    record->freed_bytes = frees * 10;
}

static void sums_are_over_slots(void **state)
{
    uint32_t module = builder_module(&builder, "/usr/bin/victim");
    uint32_t site = builder_node(&builder, 0x10100, 0, module);

    (void)state;
    count(site, 1, 5, 0);
    count(site, 2, 1, 4); /* frees what slot 1 allocated: alone it is negative */
    builder_thread(&builder, 1, 1234, "main")->served = 1;
    builder_thread(&builder, 2, 1235, "worker")->served = 3;
    builder_thread(&builder, 3, 1236, "idle");
    const struct process *process = load();
    assert_int_equal(process->site_count, 1);
    assert_int_equal(process->counts.allocations, 6);
    assert_int_equal(process->sites[0].counts.live_blocks, 2);
    assert_int_equal(process->sites[0].counts.live_bytes, 20);
    assert_int_equal(process->thread_count, 2);
    assert_string_equal(process->threads[1].name, "worker");
    assert_int_equal(process->threads[1].served, 3);
    assert_int_equal(process->damaged, 0);
}

static void peak_of_a_record_counts_when_its_epoch_is_the_latest(void **state)
{
    uint32_t module = builder_module(&builder, "/m");
    uint32_t one = builder_node(&builder, 0x10100, 0, module);
    uint32_t other = builder_node(&builder, 0x10200, 0, module);

    (void)state;
    builder_header(&builder)->epoch_first = 3;
    builder_header(&builder)->epoch_others = 4;
    builder_header(&builder)->peak_bytes = 130;
    builder_header(&builder)->peak_monotonic_ns = 5000000123u;
    struct ledger_record *record = builder_record(&builder, one, 1);
    record->allocations = 5;
    record->bytes = record->freed_bytes = 100;
    record->frees = 5;
    record->epoch = 7;
    record->peak_bytes = 100;
    record = builder_record(&builder, other, 1);
    record->allocations = 1;
    record->bytes = 30;
    record->epoch = 6;
    record->peak_bytes = 999;
    const struct process *process = load();
    assert_int_equal(process->counts.bytes_at_peak, 130);
    assert_int_equal(process->peak_bytes, 130);
    assert_int_equal(process->peak_at_ns, 123);
}

static void events_lost_to_the_shared_slot_count(void **state)
{
    (void)state;
    builder_thread(&builder, 0, 0, "")->lost_trace = 3;
    builder_thread(&builder, 1, 1234, "main")->lost_trace = 2;
    assert_int_equal(load()->lost_trace, 5);
}

static void peak_is_never_below_what_is_live(void **state)
{
    (void)state;
    builder_header(&builder)->peak_bytes = 5;
    count(builder_node(&builder, 1, 0, 0), 1, 4, 0);
    assert_int_equal(load()->peak_bytes, 40);
}

static void peak_is_never_below_what_sites_held_at_it(void **state)
{
    (void)state;
    builder_header(&builder)->epoch_first = 3;
    builder_header(&builder)->peak_bytes = 5;
    struct ledger_record *record =
        builder_record(&builder, builder_node(&builder, 1, 0, 0), 1);
    record->allocations = record->frees = 4;
    record->bytes = record->freed_bytes = 40;
    record->epoch = 3;
    record->peak_bytes = 30;
    const struct process *process = load();
    assert_int_equal(process->counts.live_bytes, 0);
    assert_int_equal(process->peak_bytes, 30);
}

static void mappings_are_no_part_of_the_heap(void **state)
{
    uint32_t site = builder_node(&builder, 0x10100, 0, builder_module(&builder, "/m"));

    (void)state;
    count(site, 1, 5, 0);
    count(site, 1, 7, 3);
    struct ledger_record *record = builder_record(&builder, site, 2);
    record->class = LEDGER_MAPPING;
    record->allocations = 2;
    record->bytes = 8192;
    record->frees = 1;
    record->freed_bytes = 4096;
    record = builder_record(&builder, site, 1);
    record->class = 17;
    record->allocations = 1000;
    const struct process *process = load();
    assert_int_equal(process->damaged, 1);
    assert_int_equal(process->site_count, 1);
    assert_int_equal(process->counts.allocations, 12);
    assert_int_equal(process->sites[0].counts.live_blocks, 9);
    assert_int_equal(process->thread_count, 1);
    assert_int_equal(process->threads[0].counts.bytes, 120);
    assert_int_equal(process->mapped_site_count, 1);
    assert_int_equal(process->mapped.allocations, 2);
    assert_int_equal(process->mapped.live_bytes, 4096);
    assert_int_equal(id_of(&process->mapped_sites[0]), id_of(&process->sites[0]));
}

static void objects_are_no_part_of_the_heap(void **state)
{
    uint32_t site = builder_node(&builder, 0x10100, 0, builder_module(&builder, "/m"));

    (void)state;
    count(site, 1, 5, 0);
    struct ledger_record *record = builder_record(&builder, site, 1);
    record->class = LEDGER_OBJECT;
    record->allocations = 3;
    record->bytes = 90;
    record->frees = 1;
    record->freed_bytes = 30;
    const struct process *process = load();
    assert_int_equal(process->damaged, 0);
    assert_int_equal(process->counts.allocations, 5);
    assert_int_equal(process->threads[0].counts.allocations, 5);
    assert_int_equal(process->mapped_site_count, 0);
    assert_int_equal(process->object_site_count, 1);
    assert_int_equal(process->objects.live_blocks, 2);
    assert_int_equal(process->object_sites[0].counts.live_bytes, 60);
    assert_int_equal(id_of(&process->object_sites[0]), id_of(&process->sites[0]));
}

static void cycles_are_cut(void **state)
{
    uint32_t a = builder_node(&builder, 0x100, 0, 0);
    uint32_t b = builder_node(&builder, 0x200, a, 0);
    uint32_t c = builder_node(&builder, 0x300, b, 0);
    uint32_t self = builder_node(&builder, 0x400, 0, 0);

    (void)state;
    ((struct ledger_node *)builder_at(&builder, a))->parent = c;
    ((struct ledger_node *)builder_at(&builder, self))->parent = self;
    count(c, 1, 1, 0);
    count(self, 1, 2, 0);
    const struct process *process = load();
    assert_int_equal(process->damaged, 2);
    assert_int_equal(process->counts.allocations, 3);
    for (uint32_t i = 0; i < process->site_count; i++) {
        uint32_t steps = 0;

        for (uint32_t at = process->sites[i].leaf; at >= NODE_FIRST;
             at = process->nodes[at].parent)
            assert_true(steps++ < process->node_count);
    }
}

static void sites_that_name_nothing_keep_their_counts(void **state)
{
    (void)state;
    count(12345678, 1, 3, 0);
    count(LEDGER_NO_STACK, 1, 4, 0);
    count(LEDGER_CUT_DEPTH, 1, 5, 0);
    const struct process *process = load();
    assert_int_equal(process->damaged, 2);
    assert_int_equal(process->site_count, 1);
    assert_int_equal(process->sites[0].counts.allocations, 12);
    assert_int_equal(process->sites[0].leaf, LEDGER_NO_STACK);
}

static uint64_t id_of_one(const char *path, uint64_t ip, uint32_t parent)
{
    teardown(NULL);
    setup(NULL);
    count(builder_node(&builder, ip, parent, builder_module(&builder, path)), 1, 1, 0);
    return id_of(load()->sites);
}

static void ids_depend_on_module_name_offset_and_end_only(void **state)
{
    uint64_t id = id_of_one("/usr/bin/victim", 0x10100, LEDGER_OUTERMOST);

    (void)state;
    assert_int_equal(id_of_one("/elsewhere/victim", 0x10100, LEDGER_OUTERMOST), id);
    assert_true(id_of_one("/usr/bin/other", 0x10100, LEDGER_OUTERMOST) != id);
    assert_true(id_of_one("/usr/bin/victim", 0x10101, LEDGER_OUTERMOST) != id);
    assert_true(id_of_one("/usr/bin/victim", 0x10100, LEDGER_CUT_CODE) != id);
}

static void generated_code_has_one_id_wherever_it_stands(void **state)
{
    (void)state;
    count(builder_node(&builder, 0x7000, 0, 0), 1, 1, 0);
    count(builder_node(&builder, 0x8000, 0, 0), 1, 2, 1);
    const struct process *process = load();
    assert_int_equal(process->site_count, 1);
    assert_int_equal(process->sites[0].counts.allocations, 3);
    assert_int_equal(process->nodes[process->sites[0].leaf].ip, 0x7000);
}

static void sites_that_differ_in_an_address_stay_apart(void **state)
{
    uint32_t module = builder_module(&builder, "/m");
    uint32_t again = builder_module(&builder, "/m"); /* mapped elsewhere */
    uint32_t other = builder_module(&builder, "/n/m");

    (void)state;
    count(builder_node(&builder, 0x10100, 0, module), 1, 1, 0);
    count(builder_node(&builder, 0x10200, 0, module), 1, 2, 0);
    count(builder_node(&builder, 0x20100, 0, again), 1, 4, 0);
    count(builder_node(&builder, 0x30100, 0, other), 1, 8, 0);
    const struct process *process = load();
    assert_int_equal(process->site_count, 3);
    assert_int_equal(process->sites[0].counts.allocations, 5);
    assert_int_equal(process->sites[1].counts.allocations, 2);
    assert_int_equal(process->sites[2].counts.allocations, 8);
    assert_int_equal(id_of(&process->sites[2]), id_of(&process->sites[0]));
    assert_true(process->sites[2].places != process->sites[0].places);
}

static void files_of_one_run_are_merged_wherever_they_were_mapped(void **state)
{
    uint32_t module = builder_module(&builder, "/m");
    uint32_t common = builder_node(&builder, 0x10100, 0, module);
    struct view view;

    (void)state;
    count(common, 1, 1, 0);
    add();
    builder_header(&builder)->pid = 1235;
    builder_header(&builder)->start_monotonic_ns -= 5;
    ((struct ledger_node *)builder_at(&builder, common))->ip += 0x500000;
    ((struct ledger_module *)builder_at(&builder, module))->bias += 0x500000;
    count(builder_node(&builder, 0x510200, common, module), 1, 7, 0);
    add();
    assert_int_equal(profile_finish(&profile), 0);
    assert_int_equal(profile.processes[0].header->pid, 1235);
    assert_int_equal(view_init(&view, profile.processes, 0, 2, ORDER_CALLS, UINT32_MAX), 0);
    assert_int_equal(view.site_count, 2);
    assert_int_equal(view.sites[0].counts.allocations, 7);
    assert_int_equal(view.sites[1].counts.allocations, 2);
    assert_int_equal(view.counts.allocations, 9);
    view_fini(&view);
}

static void ends_are_told_apart(void **state)
{
    struct ledger_header *header = builder_header(&builder);

    (void)state;
    header->end = LEDGER_END_WAITED;
    header->end_status = 7 << 8;
    add();
    header->end_status = 9;
    header->pid++;
    add();
    header->pid++;
    header->end = LEDGER_END_EXIT;
    add();
    header->pid++;
    header->end = LEDGER_END_OPEN;
    add(); /* followed by the next one: exec */
    header->start_monotonic_ns++;
    add(); /* nothing is known */
    assert_int_equal(profile_finish(&profile), 0);
    const struct process *processes = profile.processes;
    assert_int_equal(processes[0].end, PROCESS_END_EXIT);
    assert_int_equal(processes[0].status, 7);
    assert_int_equal(processes[1].end, PROCESS_END_SIGNAL);
    assert_int_equal(processes[1].status, 9);
    assert_int_equal(processes[2].end, PROCESS_END_EXIT);
    assert_int_equal(processes[2].status, -1);
    assert_int_equal(processes[3].end, PROCESS_END_EXEC);
    assert_int_equal(processes[4].end, PROCESS_END_UNKNOWN);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(sums_are_over_slots),
        WITH(peak_of_a_record_counts_when_its_epoch_is_the_latest),
        WITH(events_lost_to_the_shared_slot_count),
        WITH(peak_is_never_below_what_is_live),
        WITH(peak_is_never_below_what_sites_held_at_it),
        WITH(mappings_are_no_part_of_the_heap),
        WITH(objects_are_no_part_of_the_heap),
        WITH(cycles_are_cut),
        WITH(sites_that_name_nothing_keep_their_counts),
        WITH(ids_depend_on_module_name_offset_and_end_only),
        WITH(generated_code_has_one_id_wherever_it_stands),
        WITH(sites_that_differ_in_an_address_stay_apart),
        WITH(files_of_one_run_are_merged_wherever_they_were_mapped),
        WITH(ends_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
