/* SPDX-License-Identifier: MIT
 *
 * A ledger that grows while it is read: what a record names is there, whenever it was added.
 *
 * The reader's calls of pread come here. Before some of them a recorder does a step of its work,
 * in its order: first what a record names, then the record, then its counts.
 */
#include "profile/process.h"
#include "profile/site_evidence.h"
#include "support/ledger_builder.h"
#include "support/run.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { STEPS_OF_A_SITE = 3, FRAMES = 500, BLOCKS = 7 };

static struct ledger_builder builder;
static char *folder;
static char path[512];

static struct {
    int fd;
    int first_read, last_read; /* before which it works; counted from 1 */
    int steps_each;            /* before each of them */
    int reads, steps;
    uint32_t leaf, sites; /* the site that is being added; those that are complete */
    struct ledger_record *record;
} recorder;

static void write_file(void)
{
    assert_int_equal(pwrite(recorder.fd, builder.bytes, builder_bytes(&builder), 0),
                     builder_bytes(&builder));
}

static void add_stack(void)
{
    char name[32];

    snprintf(name, sizeof name, "/module%u", recorder.sites);
    uint32_t module = builder_module(&builder, name);
    recorder.leaf = LEDGER_OUTERMOST;
    for (uint32_t i = 0; i < FRAMES; i++)
        recorder.leaf = builder_node(&builder, 0x10000 + i, recorder.leaf, module);
}

static void count(void)
{
    builder_histogram(&builder, recorder.record)->sizes[4] = BLOCKS;
    recorder.record->allocations = BLOCKS;
    recorder.record->bytes = BLOCKS * 8;
    recorder.sites++;
}

static void work(void)
{
    switch (recorder.steps++ % STEPS_OF_A_SITE) {
    case 0:
        add_stack();
        break;
    case 1:
        recorder.record = builder_record(&builder, recorder.leaf, 1);
        break;
    default:
        count();
        break;
    }
    write_file();
}

/* In place of the C library's. */
ssize_t pread(int fd, void *to, size_t bytes, off_t from);
ssize_t pread(int fd, void *to, size_t bytes, off_t from)
{
    recorder.reads++;
    if (recorder.reads >= recorder.first_read && recorder.reads <= recorder.last_read)
        for (int i = 0; i < recorder.steps_each; i++)
            work();
    return syscall(SYS_pread64, fd, to, bytes, from);
}

static int setup(void **state)
{
    (void)state;
    builder_init(&builder);
    memset(&recorder, 0, sizeof recorder);
    folder = run_folder();
    snprintf(path, sizeof path, "%s/x.tare", folder);
    recorder.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (recorder.fd < 0 || ftruncate(recorder.fd, BUILDER_EXTENTS * LEDGER_EXTENT_BYTES))
        return -1;
    for (int i = 0; i < 2 * STEPS_OF_A_SITE; i++)
        work();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    close(recorder.fd);
    builder_fini(&builder);
    run_folder_remove(folder);
    return 0;
}

/* The stack and the sizes of a site are all there. */
static void check_site(const struct process *process, const struct site *site)
{
    struct evidence evidence = {0};
    uint32_t at = site->leaf;
    uint32_t frames = 0;

    for (; at >= NODE_FIRST; at = process->nodes[at].parent, frames++)
        assert_true(process->nodes[at].module);
    assert_int_equal(at, LEDGER_OUTERMOST);
    assert_int_equal(frames, FRAMES);
    assert_memory_equal(process->modules[process->nodes[site->leaf].module].path, "/module",
                        7);
    assert_int_equal(site->counts.allocations, BLOCKS);
    evidence_add(&evidence, process, site->records);
    assert_int_equal(evidence.size_count, BLOCKS);
}

/* The recorder works before the reads [first, last]. */
static void read_while_it_works(int first, int last, int steps_each)
{
    struct process process;
    uint32_t before = recorder.sites;

    recorder.reads = 0;
    recorder.first_read = first;
    recorder.last_read = last;
    recorder.steps_each = steps_each;
    assert_int_equal(process_load(&process, path), 0);
    recorder.last_read = 0;
    assert_int_equal(process.damaged, 0);
    assert_false(process.truncated);
    assert_true(process.site_count >= before && process.site_count <= recorder.sites);
    for (uint32_t i = 0; i < process.site_count; i++)
        check_site(&process, &process.sites[i]);
    process_fini(&process);
}

static void one_that_rests_is_read_whole(void **state)
{
    (void)state;
    read_while_it_works(1, 0, 0);
    assert_true(recorder.reads > 0);
}

static void what_is_added_during_the_reading_is_whole(void **state)
{
    (void)state;
    read_while_it_works(1, 1000, 1);
    assert_true(recorder.steps > 4 * STEPS_OF_A_SITE);
}

static void a_site_may_be_added_before_any_read(void **state)
{
    int reads;

    (void)state;
    read_while_it_works(1, 0, 0);
    reads = recorder.reads;
    for (int i = 1; i <= reads; i++) {
        teardown(NULL);
        assert_int_equal(setup(NULL), 0);
        read_while_it_works(i, i, STEPS_OF_A_SITE);
    }
}

static void a_site_may_be_half_added_before_any_read(void **state)
{
    int reads;

    (void)state;
    read_while_it_works(1, 0, 0);
    reads = recorder.reads;
    for (int i = 1; i < reads; i++) {
        for (int steps = 1; steps < STEPS_OF_A_SITE; steps++) {
            teardown(NULL);
            assert_int_equal(setup(NULL), 0);
            read_while_it_works(i, i + 1, steps);
        }
    }
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(one_that_rests_is_read_whole),
        WITH(what_is_added_during_the_reading_is_whole),
        WITH(a_site_may_be_added_before_any_read),
        WITH(a_site_may_be_half_added_before_any_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
