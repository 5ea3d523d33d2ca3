/* SPDX-License-Identifier: MIT
 *
 * What the recorder needs is wanting: room, descriptors, its folder, its file. The program
 * notices nothing, and what is not recorded is counted or said.
 */
#include "profile/profile.h"
#include "support/conserved.h"
#include "support/run.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { BLOCKS = 30000, OTHERS_MOST = 100 /* the C library's own */, EXIT_OF_VICTIM = 7 };

/* A script was run twice: plainly and with the shim; the ledgers that it left. */
struct wanting {
    struct run plain, shimmed;
    char *folder;
    struct profile profile;
};

/* In the script, $SHIM before a command puts it under the shim, in a plain run it does nothing;
 * $VICTIM is the program, $LEDGERS the new folder for ledgers, and $KEPT one for those that have
 * to be copied before the script ends. */
static void run_script(struct run *result, const char *script, const char *folder,
                       bool with_shim)
{
    char *top = realpath(folder, NULL), *library = realpath(RUN_SHIM, NULL);
    char *victim = realpath(RUN_FAULT("want"), NULL);
    char settings[4][3 * 4096];

    assert_true(top && library && victim);
    snprintf(settings[0], sizeof *settings, "LEDGERS=%s/ledgers", top);
    snprintf(settings[1], sizeof *settings, "KEPT=%s/kept", top);
    snprintf(settings[2], sizeof *settings, "VICTIM=%s", victim);
    snprintf(settings[3], sizeof *settings,
             with_shim ? "SHIM=env LD_PRELOAD=%s TARE_OUTPUT=%s/ledgers/%%p.tare"
                       : "SHIM=env",
             library, top);
    run(result,
        (const char *const[]){"sh", "-c",
                              "rm -rf \"$LEDGERS\" \"$KEPT\"; mkdir \"$LEDGERS\" \"$KEPT\" "
                              "&& eval \"$0\"",
                              script, NULL},
        (const char *const[]){settings[0], settings[1], settings[2], settings[3], NULL});
    free(top);
    free(library);
    free(victim);
}

static void add_ledgers(struct wanting *wanting, const char *name)
{
    char path[4096];
    struct dirent *entry;

    snprintf(path, sizeof path, "%s/%s", wanting->folder, name);
    DIR *folder = opendir(path);
    while (folder && (entry = readdir(folder))) {
        snprintf(path, sizeof path, "%s/%s/%s", wanting->folder, name, entry->d_name);
        if (strstr(entry->d_name, ".tare"))
            assert_int_equal(profile_add(&wanting->profile, path), 0);
    }
    if (folder)
        closedir(folder);
}

/* Its output and status are those of the plain run; what it says besides is ours. */
static void want(struct wanting *wanting, const char *script)
{
    memset(wanting, 0, sizeof *wanting);
    wanting->folder = run_folder();
    run_script(&wanting->plain, script, wanting->folder, false);
    run_script(&wanting->shimmed, script, wanting->folder, true);
    assert_int_equal(run_exit(&wanting->plain), EXIT_OF_VICTIM);
    assert_string_equal(wanting->plain.err, "");
    assert_int_equal(run_exit(&wanting->shimmed), EXIT_OF_VICTIM);
    assert_string_equal(wanting->shimmed.out, wanting->plain.out);
    assert_true(!*wanting->shimmed.err || strncmp(wanting->shimmed.err, "tare: ", 6) == 0);
    add_ledgers(wanting, "ledgers");
    add_ledgers(wanting, "kept");
    assert_int_equal(profile_finish(&wanting->profile), 0);
    for (uint32_t i = 0; i < wanting->profile.process_count; i++)
        assert_null(conserved_process(&wanting->profile.processes[i]));
}

static void want_fini(struct wanting *wanting)
{
    profile_fini(&wanting->profile);
    run_fini(&wanting->plain);
    run_fini(&wanting->shimmed);
    run_folder_remove(wanting->folder);
}

/* One ledger, with every block; not each one's stack, if `loses`. */
static void check_counts(const struct wanting *wanting, bool loses)
{
    assert_int_equal(wanting->profile.process_count, 1);
    const struct process *process = &wanting->profile.processes[0];
    assert_in_range(process->counts.allocations, BLOCKS, BLOCKS + OTHERS_MOST);
    assert_int_equal(process->header->lost_events, 0);
    assert_int_equal(process->header->lost_stacks > 0, loses);
    assert_string_equal(wanting->shimmed.err, "");
}

static void loses_stacks_and_counts_them(const char *script)
{
    struct wanting wanting;

    want(&wanting, script);
    check_counts(&wanting, true);
    want_fini(&wanting);
}

static void writes_no_profile_and_says(const char *script, const char *words)
{
    struct wanting wanting;

    want(&wanting, script);
    assert_int_equal(wanting.profile.process_count, 0);
    assert_non_null(strstr(wanting.shimmed.err, words));
    want_fini(&wanting);
}

static bool can_run(const char *script)
{
    return system(script) == 0;
}

static const char *unshare_words(void)
{
    if (can_run("unshare -m mount -t tmpfs none /mnt 2>/dev/null"))
        return "-m";
    if (can_run("unshare -rm mount -t tmpfs none /mnt 2>/dev/null"))
        return "-rm";
    print_message("# no mount namespace can be had here: not tried\n");
    skip();
    return NULL;
}

/* A disk of its own for the ledgers, which nobody else sees and which ends with the script. */
static const char *with_tmpfs(const char *options, const char *script)
{
    static char text[4096];

    snprintf(text, sizeof text,
             "exec unshare %s sh -c 'mount -t tmpfs -o %s none \"$LEDGERS\" && { %s; }'",
             unshare_words(), options, script);
    return text;
}

static void a_disk_that_fills_up_costs_stacks(void **state)
{
    (void)state;
    loses_stacks_and_counts_them(
        with_tmpfs("size=1m", "$SHIM $VICTIM; status=$?; "
                              "[ \"$SHIM\" = env ] || cp \"$LEDGERS\"/*.tare \"$KEPT\"; "
                              "exit $status"));
}

static void a_full_disk_is_said(void **state)
{
    (void)state;
    writes_no_profile_and_says(with_tmpfs("size=16k",
                                          "cat /dev/zero 2>/dev/null >\"$LEDGERS\"/other; "
                                          "exec $SHIM $VICTIM"),
                               "no room for the profile");
}

static void a_disk_without_inodes_is_said(void **state)
{
    (void)state;
    writes_no_profile_and_says(with_tmpfs("size=1m,nr_inodes=1", "exec $SHIM $VICTIM"),
                               "tare: ");
}

static void a_read_only_disk_is_said(void **state)
{
    (void)state;
    writes_no_profile_and_says(with_tmpfs("ro", "exec $SHIM $VICTIM"),
                               "the profile cannot be created");
}

static void a_folder_of_others_is_said(void **state)
{
    (void)state;
    if (geteuid() == 0 &&
        !can_run("setpriv --reuid=65534 --clear-groups test -x " RUN_SHIM)) {
        print_message("# root, and no other user can read the library: not tried\n");
        skip();
    }
    writes_no_profile_and_says(
        geteuid() ? "chmod 555 \"$LEDGERS\"; exec $SHIM $VICTIM"
                  : "chmod 555 \"$LEDGERS\"; exec setpriv --reuid=65534 --clear-groups "
                    "$SHIM $VICTIM",
        "the profile cannot be created");
}

static void a_folder_that_never_was_is_said(void **state)
{
    (void)state;
    writes_no_profile_and_says("rmdir \"$LEDGERS\"; exec $SHIM $VICTIM",
                               "the profile cannot be created");
}

static void a_limit_of_file_size_costs_stacks_or_is_said(void **state)
{
    (void)state;
    loses_stacks_and_counts_them("ulimit -f 500; exec $SHIM $VICTIM");
    writes_no_profile_and_says("ulimit -f 8; exec $SHIM $VICTIM",
                               "no room for the profile");
}

static void a_limit_of_address_space_costs_stacks_at_most(void **state)
{
    static const char *const limits[] = {"8000", "20000", "60000"};
    struct wanting wanting;
    char script[100];

    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        snprintf(script, sizeof script, "ulimit -v %s; exec $SHIM $VICTIM", limits[i]);
        loses_stacks_and_counts_them(script);
    }
    want(&wanting, "ulimit -v 4000000; exec $SHIM $VICTIM");
    check_counts(&wanting, false);
    want_fini(&wanting);
}

/* Three are open, the loader needs the fourth, and so does the shim. */
static void four_descriptors_are_enough(void **state)
{
    struct wanting wanting;

    (void)state;
    want(&wanting, "ulimit -n 4; exec $SHIM $VICTIM");
    check_counts(&wanting, false);
    want_fini(&wanting);
}

/* The child cannot have a ledger; the parent's is not touched by that. */
static void a_fork_without_descriptors_goes_on(void **state)
{
    struct wanting wanting;

    (void)state;
    want(&wanting, "exec $SHIM $VICTIM nofile");
    assert_int_equal(wanting.profile.process_count, 1);
    assert_in_range(wanting.profile.processes[0].counts.allocations, BLOCKS,
                    BLOCKS + OTHERS_MOST);
    assert_int_equal(wanting.profile.processes[0].header->lost_events, 0);
    want_fini(&wanting);
}

static void a_folder_that_vanishes_is_said(void **state)
{
    (void)state;
    writes_no_profile_and_says("exec $SHIM $VICTIM rmdir",
                               "the profile was deleted while the program ran");
}

static void a_ledger_that_is_deleted_is_said(void **state)
{
    (void)state;
    writes_no_profile_and_says("exec $SHIM $VICTIM unlink",
                               "the profile was deleted while the program ran");
}

/* It is still there, only not under the name that the recorder knows. */
static void a_ledger_that_is_renamed_is_kept(void **state)
{
    struct wanting wanting;

    (void)state;
    want(&wanting, "exec $SHIM $VICTIM rename");
    check_counts(&wanting, false);
    want_fini(&wanting);
}

/* Ways to run words in a memory group of 6 MiB: of systemd's; made by hand, where the group that we
 * are in may have others below it. */
static const char *const groups[] = {
    "systemd-run -q --scope -p MemoryMax=6M -p MemorySwapMax=0 %s",
    "systemd-run -q --scope -p MemoryMax=6M -p MemorySwapMax=0 --user %s",
    "group=/sys/fs/cgroup/memory$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup) && "
    "limit=memory.limit_in_bytes && { [ -d \"$group\" ] || "
    "{ group=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup) && limit=memory.max; }; "
    "} && "
    "group=$group/tare-$$ && mkdir \"$group\" && { echo 6M >\"$group/$limit\" && "
    "sh -c 'echo $$ >\"$0/cgroup.procs\" && exec \"$@\"' \"$group\" %s; status=$?; "
    "rmdir \"$group\"; (exit $status); }",
};

enum { GROUPS = sizeof groups / sizeof *groups };

/* The program fits into the group, but not its ledger too. */
static void a_memory_group_at_its_limit_costs_stacks_at_most(void **state)
{
    struct wanting wanting;
    char script[1200], words[1000];
    int i = 0;

    (void)state;
    for (; i < GROUPS; i++) {
        snprintf(words, sizeof words, groups[i], "true");
        snprintf(script, sizeof script, "{ %s; } 2>/dev/null", words);
        if (can_run(script))
            break;
    }
    if (i == GROUPS) {
        print_message("# no memory group can be had here: not tried\n");
        skip();
    }
    snprintf(script, sizeof script, groups[i], "$SHIM $VICTIM");
    want(&wanting, script);
    assert_int_equal(wanting.profile.process_count, 1);
    assert_int_equal(wanting.profile.processes[0].header->lost_events, 0);
    want_fini(&wanting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_disk_that_fills_up_costs_stacks),
        cmocka_unit_test(a_full_disk_is_said),
        cmocka_unit_test(a_disk_without_inodes_is_said),
        cmocka_unit_test(a_read_only_disk_is_said),
        cmocka_unit_test(a_folder_of_others_is_said),
        cmocka_unit_test(a_folder_that_never_was_is_said),
        cmocka_unit_test(a_limit_of_file_size_costs_stacks_or_is_said),
        cmocka_unit_test(a_limit_of_address_space_costs_stacks_at_most),
        cmocka_unit_test(four_descriptors_are_enough),
        cmocka_unit_test(a_fork_without_descriptors_goes_on),
        cmocka_unit_test(a_folder_that_vanishes_is_said),
        cmocka_unit_test(a_ledger_that_is_deleted_is_said),
        cmocka_unit_test(a_ledger_that_is_renamed_is_kept),
        cmocka_unit_test(a_memory_group_at_its_limit_costs_stacks_at_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
