/* SPDX-License-Identifier: MIT
 *
 * The shim between a program and other allocators: behind it, in front of it, in the program; and
 * memory that comes from no allocator.
 */
#include "support/recorded.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { PAGE = 4096 };

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

struct library {
    const char *name, *entries;
};

static const struct library allocators[] = {
    {"libjemalloc.so.2", RUN_FAULT("entries_je")},
    {"libtcmalloc_minimal.so.4", RUN_FAULT("entries_tc")},
    {"libmimalloc.so.2", RUN_FAULT("entries_mi")},
};

enum { ALLOCATORS = sizeof allocators / sizeof *allocators };

static char preload[3 * PATH_MAX];

/* "LD_PRELOAD=..." with the shim before or behind another library. */
static const char *preloading(const char *before, const char *behind)
{
    char *shim = realpath(RUN_SHIM, NULL);

    assert_non_null(shim);
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s%s%s%s%s", before ? before : "",
             before ? ":" : "", shim, behind ? ":" : "", behind ? behind : "");
    free(shim);
    return preload;
}

static const struct process *the_process(const struct recorded *recorded)
{
    assert_int_equal(run_exit(&recorded->run), 0);
    assert_int_equal(recorded->profile.process_count, 1);
    return &recorded->profile.processes[0];
}

static void lost_nothing(const struct process *process)
{
    assert_int_equal(process->header->lost_events, 0);
    assert_int_equal(process->header->lost_mappings, 0);
    assert_int_equal(process->header->untracked_frees, 0);
    assert_int_equal(process->damaged, 0);
}

static void entries_of_the_allocator_behind_are_recorded(void **state)
{
    (void)state;
    for (int i = 0; i < ALLOCATORS; i++) {
        struct recorded recorded;

        record(&recorded, WORDS(allocators[i].entries),
               WORDS(preloading(NULL, allocators[i].name)));
        const struct process *process = the_process(&recorded);
        struct counts counts = recorded_in(&recorded, process, NULL);

        assert_string_equal(recorded.run.out, "");
        assert_true(counts.allocations > 4000);
        assert_int_equal(counts.live_blocks, 0);
        assert_int_equal(counts.live_bytes, 0);
        lost_nothing(process);
        recorded_fini(&recorded);
    }
}

/* mimalloc's heaps of their own: it takes them back as a whole. */
static void blocks_that_are_not_recorded_pass_through(void **state)
{
    enum { ROUNDS = 1000 };
    struct recorded recorded;

    (void)state;
    record(&recorded, WORDS(RUN_FAULT("entries_mi"), "heaps"),
           WORDS(preloading(NULL, "libmimalloc.so.2")));
    const struct process *process = the_process(&recorded);
    struct counts counts = recorded_in(&recorded, process, "with_heaps");
    assert_string_equal(recorded.run.out, "");
    assert_int_equal(process->header->untracked_frees, 4 * ROUNDS);
    assert_int_equal(process->header->lost_events, 0);
    assert_int_equal(counts.allocations, ROUNDS); /* those that mi_realloc moved */
    assert_int_equal(counts.live_blocks, 0);
    recorded_fini(&recorded);
}

static void entries_of_absent_allocators_stay_absent(void **state)
{
    (void)state;
    for (int i = 0; i < ALLOCATORS; i++) {
        struct recorded recorded;

        record(&recorded, WORDS(allocators[i].entries), NULL);
        assert_string_equal(recorded.run.out, "absent\n");
        recorded_fini(&recorded);
    }
}

static void counts_are_the_same_on_every_allocator(void **state)
{
    (void)state;
    for (int i = 0; i < ALLOCATORS; i++) {
        struct recorded recorded;
        uint64_t said[6];

        record(&recorded, WORDS(RUN_FAULT("counts"), "4", "0"),
               WORDS(preloading(NULL, allocators[i].name)));
        const struct process *process = the_process(&recorded);
        const char *text = recorded.run.out;
        struct counts counts = recorded_in(&recorded, process, NULL);
        assert_int_equal(read_numbers(&text, said, 6), 6);
        assert_int_equal(counts.allocations, said[1]);
        assert_int_equal(counts.frees, said[2]);
        assert_int_equal(counts.bytes, said[3]);
        lost_nothing(process);
        recorded_fini(&recorded);
    }
}

static void operators_are_recorded_once_on_every_allocator(void **state)
{
    uint64_t expected = 0;

    (void)state;
    /* the last one's operators end the program where others throw */
    for (int i = -1; i < ALLOCATORS - 1; i++) {
        struct recorded recorded;

        record(&recorded, WORDS(RUN_FAULT("news")),
               WORDS(preloading(NULL, i < 0 ? NULL : allocators[i].name)));
        const struct process *process = the_process(&recorded);
        struct counts counts = recorded_in(&recorded, process, NULL);
        if (i < 0)
            expected = counts.allocations;
        assert_true(expected > 0);
        assert_int_equal(counts.allocations, expected);
        recorded_fini(&recorded);
    }
}

static void allocator_in_front_is_left_alone_and_said(void **state)
{
    (void)state;
    for (int i = 0; i < ALLOCATORS; i++) {
        struct recorded recorded;

        record(&recorded, WORDS(RUN_FAULT("counts"), "1", "0"),
               WORDS(preloading(allocators[i].name, NULL)));
        const struct process *process = the_process(&recorded);
        assert_true(process->header->flags & LEDGER_BYPASSED);
        assert_int_equal(process->counts.allocations, 0);
        assert_non_null(strstr(recorded.run.err, "nothing was recorded"));
        assert_non_null(strstr(recorded.run.err, allocators[i].name));
        recorded_fini(&recorded);
    }
}

static void library_in_front_that_passes_on_hides_nothing(void **state)
{
    struct recorded recorded;
    char *passing = realpath(RUN_FAULT("libpassing.so"), NULL);
    uint64_t said[6];

    (void)state;
    record(&recorded, WORDS(RUN_FAULT("counts"), "1", "0"),
           WORDS(preloading(passing, NULL)));
    const struct process *process = the_process(&recorded);
    const char *text = recorded.run.out;
    assert_int_equal(read_numbers(&text, said, 6), 6);
    assert_int_equal(process->header->flags & LEDGER_BYPASSED, 0);
    assert_true(process->counts.allocations >= said[1]);
    assert_true(process->counts.bytes >= said[3]);
    lost_nothing(process);
    recorded_fini(&recorded);
    free(passing);
}

static void program_with_its_own_malloc_gets_its_blocks_back(void **state)
{
    struct recorded recorded;

    (void)state;
    record(&recorded, WORDS(RUN_FAULT("own_malloc")), NULL);
    assert_int_equal(recorded.profile.process_count, 2);
    for (int i = 0; i < 2; i++) {
        const struct ledger_header *header = recorded.profile.processes[i].header;

        assert_true(header->flags & LEDGER_BYPASSED);
        assert_int_equal(header->lost_events, 0);
    }
    assert_string_equal(recorded.run.out, "3\n");
    assert_non_null(strstr(recorded.run.err, "nothing was recorded"));
    recorded_fini(&recorded);
}

static void libraries_with_their_own_scope_may_exchange_blocks(void **state)
{
    static const char *const settings[][2] = {{NULL}, {"TARE_ALLOCATOR=mimalloc", NULL}};
    char *library = realpath(RUN_FAULT("libbound.so"), NULL);

    (void)state;
    assert_non_null(library);
    for (int i = 0; i < 2; i++) {
        struct recorded recorded;

        record(&recorded, WORDS(RUN_FAULT("deepbind"), library), settings[i]);
        the_process(&recorded);
        assert_string_equal(recorded.run.out, "done\n");
        if (i > 0)
            assert_non_null(strstr(recorded.run.err, "RTLD_DEEPBIND is left out"));
        recorded_fini(&recorded);
    }
    free(library);
}

static void mimalloc_does_not_replace_the_program_s_own(void **state)
{
    struct recorded recorded;

    (void)state;
    preloading(NULL, "libjemalloc.so.2");
    record(&recorded, WORDS(RUN_FAULT("entries_je")),
           WORDS(preload, "TARE_ALLOCATOR=mimalloc"));
    lost_nothing(the_process(&recorded));
    assert_string_equal(recorded.run.out, "");
    assert_non_null(strstr(recorded.run.err, "TARE_ALLOCATOR=mimalloc is not heeded"));
    assert_non_null(strstr(recorded.run.err, "/libjemalloc.so.2\n"));
    recorded_fini(&recorded);
    record(&recorded, WORDS(RUN_FAULT("own_malloc")), WORDS("TARE_ALLOCATOR=mimalloc"));
    assert_string_equal(recorded.run.out, "3\n");
    assert_non_null(strstr(recorded.run.err, "TARE_ALLOCATOR=mimalloc is not heeded"));
    assert_non_null(strstr(recorded.run.err, "/own_malloc\n"));
    recorded_fini(&recorded);
}

static void sized_frees_are_frees(void **state)
{
    struct recorded recorded;

    (void)state;
    record(&recorded, WORDS(RUN_FAULT("entries_c")), NULL);
    const struct process *process = the_process(&recorded);
    struct counts counts = recorded_in(&recorded, process, NULL);
    assert_int_equal(counts.allocations, 3000);
    assert_int_equal(counts.live_blocks, 0);
    lost_nothing(process);
    recorded_fini(&recorded);
}

static struct counts mapped_in(struct recorded *recorded, const struct process *process,
                               const char *function)
{
    struct counts sum = {0};

    for (uint32_t i = 0; i < process->mapped_site_count; i++) {
        if (recorded_is_in(recorded, process, process->mapped_sites[i].leaf, function))
            counts_add(&sum, &process->mapped_sites[i].counts);
    }
    return sum;
}

static void mappings_are_a_class_of_their_own(void **state)
{
    struct recorded recorded;

    (void)state;
    record(&recorded, WORDS(RUN_FAULT("mapped")), NULL);
    const struct process *process = the_process(&recorded);
    struct counts counts = mapped_in(&recorded, process, "kept");
    assert_int_equal(counts.allocations, 3);
    assert_int_equal(counts.frees, 0);
    assert_int_equal(counts.live_bytes, 116 * PAGE);
    assert_int_equal(counts.bytes, 120 * PAGE);
    assert_int_equal(mapped_in(&recorded, process, "moved").live_bytes, 0);
    assert_int_equal(mapped_in(&recorded, process, "moved").live_blocks, 0);
    counts = mapped_in(&recorded, process, "work");
    assert_int_equal(counts.allocations, 8000);
    assert_int_equal(counts.frees, 8000);
    assert_int_equal(counts.live_bytes, 0);
    assert_int_equal(process->mapped.live_bytes, 116 * PAGE);
    assert_true(process->counts.bytes < 116 * PAGE);
    assert_string_equal(recorded.run.out, "");
    lost_nothing(process);
    recorded_fini(&recorded);
}

static void mappings_of_an_allocator_are_its_heap(void **state)
{
    struct recorded recorded;

    (void)state;
    record(&recorded, WORDS(RUN_FAULT("counts"), "1", "0"),
           WORDS(preloading(NULL, "libjemalloc.so.2")));
    assert_int_equal(the_process(&recorded)->mapped.allocations, 0);
    recorded_fini(&recorded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_of_the_allocator_behind_are_recorded),
        cmocka_unit_test(blocks_that_are_not_recorded_pass_through),
        cmocka_unit_test(entries_of_absent_allocators_stay_absent),
        cmocka_unit_test(counts_are_the_same_on_every_allocator),
        cmocka_unit_test(operators_are_recorded_once_on_every_allocator),
        cmocka_unit_test(allocator_in_front_is_left_alone_and_said),
        cmocka_unit_test(library_in_front_that_passes_on_hides_nothing),
        cmocka_unit_test(program_with_its_own_malloc_gets_its_blocks_back),
        cmocka_unit_test(libraries_with_their_own_scope_may_exchange_blocks),
        cmocka_unit_test(mimalloc_does_not_replace_the_program_s_own),
        cmocka_unit_test(sized_frees_are_frees),
        cmocka_unit_test(mappings_are_a_class_of_their_own),
        cmocka_unit_test(mappings_of_an_allocator_are_its_heap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
