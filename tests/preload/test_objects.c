/* SPDX-License-Identifier: MIT
 *
 * Objects and sections of programs that know exactly what they did.
 */
#include "profile/site_evidence.h"
#include "support/conserved.h"
#include "support/recorded.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

enum { KILLS = 10 };

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define CONSUMER(name) TEST_BUILD "/consumers/" name
#define FIND_LIBRARY "LD_LIBRARY_PATH=" TEST_BUILD "/stage/lib"

/* The same victims: of tests/faults/, which need no library, and those that use libtare. The archive
 * has the variant's sanitizer, which wants to be in front of the recorder. */
static const char *const victims[] = {RUN_FAULT("objects"), RUN_FAULT("objects_fixed")};
static const char *const tracked[] = {
    CONSUMER("tracked"),
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    CONSUMER("tracked_static"),
    CONSUMER("tracked_fixed"),
#endif
};

enum {
    VICTIMS = sizeof victims / sizeof *victims,
    TRACKED = sizeof tracked / sizeof *tracked,
};

/* Is the function anywhere on the stack? */
static bool is_on_stack(struct recorded *recorded, const struct process *process,
                        uint32_t leaf, const char *function)
{
    for (uint32_t at = leaf; at >= NODE_FIRST; at = process->nodes[at].parent)
        if (recorded_is_in(recorded, process, at, function))
            return true;
    return false;
}

struct objects {
    struct counts counts;
    struct evidence evidence;
};

static struct objects objects_of(struct recorded *recorded, const struct process *process,
                                 const char *function)
{
    struct objects sum = {0};

    for (uint32_t i = 0; i < process->object_site_count; i++) {
        const struct site *site = &process->object_sites[i];

        if (!is_on_stack(recorded, process, site->leaf, function))
            continue;
        counts_add(&sum.counts, &site->counts);
        evidence_add(&sum.evidence, process, site->records);
    }
    return sum;
}

static void check_header(const struct process *process)
{
    const char *wrong = conserved_process(process);

    if (wrong)
        fail_msg("not so: %s", wrong);
    assert_int_equal(process->header->lost_objects, 0);
    assert_int_equal(process->header->lost_events, 0);
    assert_int_equal(process->header->lost_stacks, 0);
    assert_int_equal(process->header->lost_evidence, 0);
}

/* A line's numbers are objects, bytes, freed, freed bytes, freed by another thread. */
static void check_line(struct recorded *recorded, const char *line)
{
    unsigned long pid, said[5];
    char function[64];

    assert_int_equal(sscanf(line, "%lu %63s %lu %lu %lu %lu %lu", &pid, function, &said[0],
                            &said[1], &said[2], &said[3], &said[4]),
                     7);
    const struct process *process = recorded_process(recorded, pid);
    struct objects found = objects_of(recorded, process, function);
    assert_int_equal(found.counts.allocations, said[0]);
    assert_int_equal(found.counts.bytes, said[1]);
    assert_int_equal(found.counts.frees, said[2]);
    assert_int_equal(found.counts.live_blocks, said[0] - said[2]);
    assert_int_equal(found.counts.live_bytes, said[1] - said[3]);
    assert_int_equal(found.evidence.remote_frees, said[4]);
    assert_int_equal(found.evidence.size_count, said[0]);
    assert_int_equal(found.evidence.life_count, said[2]);
    check_header(process);
}

static void record_victim(struct recorded *recorded, const char *program, const char *mode,
                          const char *setting)
{
    record(recorded, WORDS(program, mode), WORDS(FIND_LIBRARY, setting));
    assert_string_equal(recorded->run.err, "");
    assert_int_equal(run_exit(&recorded->run), 0);
}

static void check_lines(struct recorded *recorded)
{
    char *rest = recorded->run.out;

    assert_true(*rest);
    for (char *line = strtok_r(rest, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        check_line(recorded, line);
}

static void counts_are_right(const char *mode)
{
    struct recorded recorded;

    for (int i = 0; i < VICTIMS; i++) {
        record_victim(&recorded, victims[i], mode, NULL);
        check_lines(&recorded);
        recorded_fini(&recorded);
    }
}

static void objects_are_counted_by_site(void **state)
{
    (void)state;
    counts_are_right("counts");
}

static void objects_may_be_freed_by_other_threads(void **state)
{
    (void)state;
    counts_are_right("threads");
}

static void ranges_are_discarded_to_the_byte(void **state)
{
    (void)state;
    counts_are_right("arena");
}

static void a_child_begins_with_no_objects(void **state)
{
    (void)state;
    counts_are_right("fork");
}

static void a_million_objects_are_followed(void **state)
{
    (void)state;
    counts_are_right("many");
}

static void what_is_handed_out_again_was_gone(void **state)
{
    (void)state;
    counts_are_right("again");
}

/* The children's own ledgers are not asked for more than that they can be read. */
static void a_child_may_return_into_an_event(void **state)
{
    (void)state;
    counts_are_right("interrupted");
}

static void sizes_lives_and_most_of_objects_are_known(void **state)
{
    struct recorded recorded;

    (void)state;
    record_victim(&recorded, victims[0], "counts", NULL);
    const struct process *process = &recorded.profile.processes[0];
    struct evidence here = objects_of(&recorded, process, "made_here").evidence;
    struct evidence there = objects_of(&recorded, process, "made_there").evidence;
    assert_int_equal(here.least_bytes, 40);
    assert_int_equal(here.greatest_bytes, 40);
    assert_int_equal(here.most_blocks, 1000);
    assert_int_equal(here.most_bytes, 40000);
    assert_int_equal(there.least_bytes, 0);
    assert_int_equal(there.greatest_bytes, 999);
    assert_int_equal(there.most_bytes, 499500);
    assert_int_equal(there.sizes[0], 1);
    assert_int_equal(there.sizes[10], 999 - 511);
    assert_int_equal(there.slack_allocations, 0); /* it is no block */
    recorded_fini(&recorded);
}

static void the_heap_has_no_object_in_it(void **state)
{
    struct recorded recorded;

    (void)state;
    record_victim(&recorded, victims[0], "many", NULL);
    const struct process *process = &recorded.profile.processes[0];
    assert_true(process->counts.allocations < 10);
    assert_int_equal(process->peak_bytes, 1 << 26); /* of which the objects are parts */
    assert_int_equal(process->objects.allocations, 1000000);
    recorded_fini(&recorded);
}

static void objects_are_counted_without_sites_too(void **state)
{
    struct recorded recorded;

    (void)state;
    record_victim(&recorded, victims[0], "counts", "TARE_TRACK_SITES=0");
    const struct process *process = &recorded.profile.processes[0];
    assert_int_equal(process->object_site_count, 1);
    assert_int_equal(process->objects.allocations, 2000);
    assert_int_equal(process->objects.frees, 610);
    assert_int_equal(process->objects.bytes, 539500);
    assert_int_equal(process->objects.live_bytes, 539500 - 24045);
    recorded_fini(&recorded);
}

static void pools_and_arenas_tell_of_their_objects(void **state)
{
    static const char *const settings[] = {NULL, "TARE_ALLOCATOR=mimalloc"};
    struct recorded recorded;

    (void)state;
    for (int i = 0; i < TRACKED; i++) {
        for (int k = 0; k < 2; k++) {
            record_victim(&recorded, tracked[i], "pool", settings[k]);
            check_lines(&recorded);
            recorded_fini(&recorded);
            record_victim(&recorded, tracked[i], "arena", settings[k]);
            check_lines(&recorded);
            recorded_fini(&recorded);
        }
    }
}

/* Neither its objects nor its slabs: what is left of the heap is the C library's. */
static void an_emptied_pool_leaks_nothing(void **state)
{
    struct recorded recorded;

    (void)state;
    record_victim(&recorded, tracked[0], "pool", NULL);
    const struct process *process = &recorded.profile.processes[0];
    assert_int_equal(process->objects.live_blocks, 0);
    assert_int_equal(process->objects.live_bytes, 0);
    assert_true(process->objects.allocations > 0);
    for (uint32_t i = 0; i < process->site_count; i++)
        if (is_on_stack(&recorded, process, process->sites[i].leaf, "fill"))
            assert_int_equal(process->sites[i].counts.live_blocks, 0);
    recorded_fini(&recorded);
}

static void reports_have_a_part_for_objects(void **state)
{
    struct recorded recorded;
    struct run report;

    (void)state;
    record_victim(&recorded, victims[0], "counts", NULL);
    const char *path = recorded.profile.processes[0].file_path;
    run(&report, WORDS(RUN_TARE, "report", path), NULL);
    assert_non_null(strstr(report.out, "  objects      527 KiB (539,500 bytes)"));
    assert_non_null(strstr(report.out, " of pools and arenas, in 2,000 objects; live "));
    assert_non_null(strstr(report.out, "sites of objects by bytes allocated\nobjects of "
                                       "pools and arenas; they lie in blocks counted "
                                       "above\n"));
    assert_non_null(strstr(report.out, "488 KiB in 1,000 objects; at peak "));
    run_fini(&report);
    run(&report, WORDS(RUN_TARE, "report", "--json", path), NULL);
    assert_non_null(strstr(report.out, "\"lost_objects\": 0"));
    assert_non_null(strstr(report.out, "\"objects\": {\n    \"allocations\": 2000,\n"
                                       "    \"frees\": 610,\n    \"bytes\": 539500,"));
    run_fini(&report);
    run(&report, WORDS(RUN_TARE, "dump", path), NULL);
    assert_non_null(strstr(report.out, " class 2 allocations 1000 bytes 40000 frees 600"));
    run_fini(&report);
    recorded_fini(&recorded);
}

static void section_is(const char *mode)
{
    static const char *const settings[] = {NULL, "TARE_ALLOCATOR=mimalloc",
                                           "TARE_TRACK_SITES=0"};
    struct recorded recorded;

    for (int i = 0; i < TRACKED; i++) {
        for (size_t k = 0; k < sizeof settings / sizeof *settings; k++) {
            record(&recorded, WORDS(tracked[i], mode), WORDS(FIND_LIBRARY, settings[k]));
            assert_string_equal(recorded.run.out, "");
            assert_int_equal(run_exit(&recorded.run), 0);
            for (uint32_t p = 0; p < recorded.profile.process_count; p++)
                check_header(&recorded.profile.processes[p]);
            recorded_fini(&recorded);
        }
    }
}

static void sections_count_exactly(void **state)
{
    (void)state;
    section_is("section");
}

static void sections_may_be_left(void **state)
{
    (void)state;
    section_is("left");
}

static void sections_stay_with_the_parent(void **state)
{
    (void)state;
    section_is("forked");
}

static void threads_are_told_apart(void **state)
{
    (void)state;
    section_is("threads");
}

/* At any moment of four threads that are each in one event at most. */
static void a_kill_leaves_sizes_and_objects_in_accord(void **state)
{
    struct recorded recorded;
    struct record_sums sums;

    (void)state;
    for (int i = 0; i < KILLS; i++) {
        record(&recorded, WORDS(victims[0], "killed"), NULL);
        assert_int_equal(run_exit(&recorded.run), 128 + SIGKILL);
        const struct process *process = &recorded.profile.processes[0];
        assert_null(conserved_process(process));
        assert_null(conserved_records(&sums, &process->file));
        assert_true(sums.open_records <= 4);
        assert_true(sums.objects[FREES] <= sums.objects[ALLOCATIONS]);
        recorded_fini(&recorded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_counted_by_site),
        cmocka_unit_test(objects_may_be_freed_by_other_threads),
        cmocka_unit_test(ranges_are_discarded_to_the_byte),
        cmocka_unit_test(a_child_begins_with_no_objects),
        cmocka_unit_test(a_million_objects_are_followed),
        cmocka_unit_test(what_is_handed_out_again_was_gone),
        cmocka_unit_test(a_child_may_return_into_an_event),
        cmocka_unit_test(sizes_lives_and_most_of_objects_are_known),
        cmocka_unit_test(the_heap_has_no_object_in_it),
        cmocka_unit_test(objects_are_counted_without_sites_too),
        cmocka_unit_test(pools_and_arenas_tell_of_their_objects),
        cmocka_unit_test(an_emptied_pool_leaks_nothing),
        cmocka_unit_test(reports_have_a_part_for_objects),
        cmocka_unit_test(sections_count_exactly),
        cmocka_unit_test(sections_may_be_left),
        cmocka_unit_test(sections_stay_with_the_parent),
        cmocka_unit_test(threads_are_told_apart),
        cmocka_unit_test(a_kill_leaves_sizes_and_objects_in_accord),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
