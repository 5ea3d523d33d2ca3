/* SPDX-License-Identifier: MIT
 *
 * SIGKILL at random moments: what is on the disk then is a whole profile.
 *
 * The victim (tests/faults/storm.c) keeps its own account: for each thread, what it has begun and
 * what is done. Each number of the ledger must lie between the two, so that no event is lost or
 * counted twice, and at most the one that each thread was in is open (support/conserved.h).
 *
 * KILLS=1000 (the default is 42) and SEED=N are taken from the environment; make kill sets them.
 */
#include "profile/levels.h"
#include "support/conserved.h"
#include "support/run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { LINES = 4096, NUMBERS = 16, KINDS = 6 };
enum { FOLD_BYTES = 65536, BLOCK_MOST = 600000 };

/* The victim's account, as tests/faults/storm.c describes it. */
struct line {
    uint64_t pid, unused, begun[SUMS], done[SUMS], rest[NUMBERS - 2 - 2 * SUMS];
};

struct account {
    uint64_t threads, begun[SUMS], done[SUMS];
};

static struct {
    uint64_t seed, random;
    int kills; /* of each kind */
    int kill;  /* the number of this one */
    const char *mode;
    uint64_t delay_us;
    bool failed;
    char *folder;
    struct line *lines;
    uint64_t ledgers, not_begun, events, ended_before, lost_stacks, levels;
} test;

static uint64_t below(uint64_t limit)
{
    test.random ^= test.random << 13;
    test.random ^= test.random >> 7;
    test.random ^= test.random << 17;
    return test.random % limit;
}

/* The ledger stays, under another name, to be looked at. */
static void fail_at(const char *path, const char *condition)
{
    char name[4096 + 8];

    snprintf(name, sizeof name, "%s.failed", path);
    rename(path, name);
    test.failed = true;
    fail_msg("not so: %s; SEED=%llu, kill %d of mode %s after %llu us, %s", condition,
             (unsigned long long)test.seed, test.kill, test.mode,
             (unsigned long long)test.delay_us, name);
}

#define HOLDS(path, condition)         \
    do {                               \
        if (!(condition))              \
            fail_at(path, #condition); \
    } while (0)

static struct account account_of(uint64_t pid)
{
    struct account account = {0};

    for (int i = 0; i < LINES; i++) {
        const struct line *line = &test.lines[i];

        if (line->pid != pid)
            continue;
        account.threads++;
        for (int k = 0; k < SUMS; k++) {
            account.begun[k] += line->begun[k];
            account.done[k] += line->done[k];
        }
    }
    return account;
}

/* What the ledger says, beside the victim's own account. */
static void check_account(const struct ledger_file *file, const char *path)
{
    const struct ledger_header *header = ledger_file_header(file);
    struct account account = account_of(header->pid);
    struct record_sums said;
    const char *wrong = conserved_records(&said, file);

    if (wrong)
        fail_at(path, wrong);
    for (int k = 0; k < SUMS; k++) {
        HOLDS(path, said.program[k] <= account.begun[k]);
        HOLDS(path, said.program[k] + said.no_stack[k] >= account.done[k]);
    }
    HOLDS(path, header->lost_events == 0);
    HOLDS(path, header->lost_stacks || !said.no_stack[ALLOCATIONS]);
    HOLDS(path, header->untracked_frees == 0);
    HOLDS(path,
          said.open_records <= account.threads + 1); /* and main, where it only waits */
    HOLDS(path, said.all[BYTES] - said.all[FREED_BYTES] <=
                    header->peak_bytes + (account.threads + 1) * (FOLD_BYTES + BLOCK_MOST));
    test.events += said.all[ALLOCATIONS] + said.all[FREES];
    test.lost_stacks += header->lost_stacks;
}

/* A level is whole, or it is not there. */
static void check_levels(const struct process *process, const char *path)
{
    int64_t late =
        (int64_t)(process->thread_count + 1) * (int64_t)(FOLD_BYTES + BLOCK_MOST);
    struct levels levels;

    assert_int_equal(levels_init(&levels, process), 0);
    for (uint32_t i = 0; i < levels.count; i++) {
        HOLDS(path, levels.list[i].at_ns < 3600 * UINT64_C(1000000000));
        HOLDS(path, levels.list[i].live_bytes >= -late);
        HOLDS(path, levels.list[i].live_bytes <= (int64_t)process->peak_bytes + late);
    }
    test.levels += levels.count;
    levels_fini(&levels);
}

/* Whether recording had begun. Before that a ledger says so, or has no byte yet. */
static bool check_ledger(const char *path, uint64_t *pid)
{
    struct process process;
    struct ledger_file file;
    struct stat status;

    assert_int_equal(stat(path, &status), 0);
    int err = status.st_size ? process_load(&process, path) : -ENODATA;
    if (err == -ENODATA) {
        test.not_begun++;
        return false;
    }
    HOLDS(path, err == 0);
    const char *wrong = conserved_process(&process);
    if (wrong)
        fail_at(path, wrong);
    HOLDS(path, process.end == PROCESS_END_UNKNOWN || process.end == PROCESS_END_EXIT);
    check_levels(&process, path);
    process_fini(&process);
    assert_int_equal(ledger_file_read(&file, path), 0);
    check_account(&file, path);
    *pid = ledger_file_header(&file)->pid;
    ledger_file_fini(&file);
    test.ledgers++;
    return true;
}

static void forget_account_of(uint64_t pid)
{
    for (int i = 0; i < LINES; i++) {
        if (test.lines[i].pid == pid)
            memset(&test.lines[i], 0, sizeof test.lines[i]);
    }
}

/* Each ledger, and that each process which had done something has left one. */
static void check_all(void)
{
    DIR *folder = opendir(test.folder);
    struct dirent *entry;
    char path[4096];
    uint64_t pid;

    assert_non_null(folder);
    while ((entry = readdir(folder))) {
        snprintf(path, sizeof path, "%s/%s", test.folder, entry->d_name);
        const char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, ".tare") != 0)
            continue;
        if (check_ledger(path, &pid))
            forget_account_of(pid);
        unlink(path);
    }
    closedir(folder);
    for (int i = 0; i < LINES; i++)
        HOLDS("no ledger", test.lines[i].pid == 0 || test.lines[i].done[ALLOCATIONS] == 0);
}

static void become_victim(const char *account)
{
    char shim[4096], output[4096 + 16];
    char *path = realpath(RUN_SHIM, NULL), *folder = realpath(test.folder, NULL);

    if (!path || !folder)
        _exit(126);
    setpgid(0, 0);
    snprintf(shim, sizeof shim, "LD_PRELOAD=%s", path);
    snprintf(output, sizeof output, "TARE_OUTPUT=%s/%%p.tare", folder);
    putenv(shim);
    putenv(output);
    if (test.kill % 3 == 2)
        putenv((char[]){"TARE_ALLOCATOR=mimalloc"});
    execl(RUN_FAULT("storm"), "storm", test.mode, account, (char *)NULL);
    _exit(127);
}

static void sleep_us(uint64_t us)
{
    struct timespec time = {(time_t)(us / 1000000), (long)(us % 1000000 * 1000)};

    while (nanosleep(&time, &time) < 0 && errno == EINTR)
        ;
}

static pid_t start_victim(void)
{
    char account[4096];

    snprintf(account, sizeof account, "%s/account", test.folder);
    memset(test.lines, 0, LINES * sizeof *test.lines);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        become_victim(account);
    setpgid(pid, pid); /* whoever comes first */
    return pid;
}

/* The victim and all that it forked, which are ours by now. */
static void wait_for_all(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    HOLDS("the victim", WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : status == 0);
    test.ended_before += WIFEXITED(status);
    while (waitpid(-1, &status, 0) > 0 || errno == EINTR)
        ;
}

static void kill_one(void)
{
    pid_t pid = start_victim();

    sleep_us(test.delay_us);
    kill(-pid, SIGKILL);
    wait_for_all(pid);
    check_all();
}

static void kill_many(const char *const modes[], int mode_count, uint64_t most_us)
{
    for (test.kill = 0; test.kill < test.kills; test.kill++) {
        test.mode = modes[test.kill % mode_count];
        test.delay_us = below(most_us);
        kill_one();
    }
}

static void one_thread_killed_leaves_all_it_did(void **state)
{
    (void)state;
    kill_many((const char *[]){"one"}, 1, 150000);
}

static void threads_killed_leave_all_they_did(void **state)
{
    (void)state;
    kill_many((const char *[]){"threads"}, 1, 150000);
}

static void a_fork_storm_killed_leaves_all_it_did(void **state)
{
    (void)state;
    kill_many((const char *[]){"forks"}, 1, 150000);
}

static void a_growing_ledger_is_whole_after_a_kill(void **state)
{
    (void)state;
    kill_many((const char *[]){"sites"}, 1, 150000);
}

static void a_kill_at_the_start_leaves_nothing_half_made(void **state)
{
    (void)state;
    kill_many((const char *[]){"one", "threads", "forks", "sites"}, 4, 6000);
}

static uint64_t clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void a_kill_at_the_exit_leaves_all_it_did(void **state)
{
    uint64_t whole_us = UINT64_MAX;

    (void)state;
    test.mode = "short";
    for (int i = 0; i < 5; i++) {
        uint64_t start = clock_us();

        wait_for_all(start_victim());
        if (clock_us() - start < whole_us)
            whole_us = clock_us() - start;
        check_all();
    }
    for (test.kill = 0; test.kill < test.kills; test.kill++) {
        test.delay_us = whole_us / 3 + below(whole_us * 2 / 3);
        kill_one();
    }
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

static int begin(void **state)
{
    char path[4096];
    struct timespec now;

    (void)state;
    clock_gettime(CLOCK_REALTIME, &now);
    test.kills = ((int)number_from("KILLS", 42) + KINDS - 1) / KINDS;
    test.seed = number_from("SEED", (uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 20);
    test.random = test.seed * 0x9e3779b97f4a7c15u | 1;
    test.folder = run_folder();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    snprintf(path, sizeof path, "%s/account", test.folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, LINES * sizeof *test.lines))
        return -1;
    test.lines =
        mmap(NULL, LINES * sizeof *test.lines, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    printf("# SEED=%llu, %d kills of each of %d kinds\n", (unsigned long long)test.seed,
           test.kills, KINDS);
    return test.lines == MAP_FAILED ? -1 : 0;
}

static int finish(void **state)
{
    (void)state;
    printf("# %llu ledgers, %llu not begun, %llu events, %llu levels, %llu stacks lost, "
           "%llu victims had ended before\n",
           (unsigned long long)test.ledgers, (unsigned long long)test.not_begun,
           (unsigned long long)test.events, (unsigned long long)test.levels,
           (unsigned long long)test.lost_stacks, (unsigned long long)test.ended_before);
    munmap(test.lines, LINES * sizeof *test.lines);
    if (!test.failed)
        run_folder_remove(test.folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_killed_leaves_all_it_did),
        cmocka_unit_test(threads_killed_leave_all_they_did),
        cmocka_unit_test(a_fork_storm_killed_leaves_all_it_did),
        cmocka_unit_test(a_growing_ledger_is_whole_after_a_kill),
        cmocka_unit_test(a_kill_at_the_start_leaves_nothing_half_made),
        cmocka_unit_test(a_kill_at_the_exit_leaves_all_it_did),
    };

    return cmocka_run_group_tests(tests, begin, finish);
}
