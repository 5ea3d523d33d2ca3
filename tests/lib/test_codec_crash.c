/* SPDX-License-Identifier: MIT
 *
 * The system calls of files stand here, before the library's: each may fail, end half done, or end
 * the process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/codec_fixture.h"

enum { LIMIT = 1 << 20, KILLS = 40 };

/* What happens at call number stop_at. */
static enum { PASS, FAIL, HALF, DIE_BEFORE, DIE_AFTER } what_happens;
static int calls, stop_at, failure;
static bool is_without_unnamed; /* files without a name: not on this system */
static char order[64];          /* the first letter of each call */

static bool stops(char call)
{
    if (what_happens == PASS)
        return false;
    if (calls < (int)sizeof order - 1)
        order[calls] = call;
    if (++calls != stop_at)
        return false;
    if (what_happens == DIE_BEFORE)
        kill(getpid(), SIGKILL);
    errno = failure;
    return what_happens == FAIL;
}

static long end_of_call(long result)
{
    if (calls == stop_at && what_happens == DIE_AFTER)
        kill(getpid(), SIGKILL);
    return result;
}

ssize_t write(int file, const void *data, size_t bytes)
{
    if (stops('w'))
        return -1;
    if (what_happens == HALF && calls == stop_at && bytes > 1)
        bytes /= 2;
    else if (what_happens == HALF && calls == stop_at + 1) {
        errno = failure;
        return -1;
    }
    return end_of_call(syscall(SYS_write, file, data, bytes));
}

int fsync(int file)
{
    struct stat status;

    fstat(file, &status);
    return stops(S_ISDIR(status.st_mode) ? 'd' : 'f')
               ? -1
               : (int)end_of_call(syscall(SYS_fsync, file));
}

int renameat(int from, const char *old, int to, const char *new)
{
    return stops('r') ? -1
                      : (int)end_of_call(syscall(SYS_renameat2, from, old, to, new, 0));
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
    return stops('l') ? -1
                      : (int)end_of_call(syscall(SYS_linkat, from, old, to, new, flags));
}

int fchmod(int file, mode_t mode)
{
    return stops('m') ? -1 : (int)end_of_call(syscall(SYS_fchmod, file, mode));
}

int openat(int folder, const char *name, int flags, ...)
{
    va_list rest;

    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (is_without_unnamed && (flags & O_TMPFILE) == O_TMPFILE) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return (int)syscall(SYS_openat, folder, name, flags, mode);
}

static char folder[64], path[80];
static struct tare_mem_failer failer;
static struct tare_codec *codec;
static struct tare_codec_block content;

static int set_up(void **state)
{
    (void)state;
    assert_true(folder_make(folder, sizeof folder));
    snprintf(path, sizeof path, "%s/state", folder);
    tare_mem_failer_init(&failer, NULL, 0);
    const struct tare_codec_options options = {.mem = &failer.mem};
    assert_int_equal(tare_codec_create(&codec, &options), 0);
    what_happens = PASS;
    is_without_unnamed = false;
    return 0;
}

/* Nothing but the state itself is left in the folder: it can be removed. */
static int tear_down(void **state)
{
    (void)state;
    what_happens = PASS;
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
    tare_codec_block_fini(&content);
    tare_codec_destroy(&codec);
    assert_int_equal(tare_mem_counted(&failer.counter).live_bytes, 0);
    return 0;
}

static int save(uint32_t number)
{
    struct tare_codec_part parts[STATE_PARTS];
    struct state one;

    state_make(&one, number);
    state_parts(&one, parts);
    return tare_codec_save_parts(codec, path, parts, STATE_PARTS);
}

static int load(struct tare_codec_part parts[STATE_PARTS])
{
    memset(parts, 0, STATE_PARTS * sizeof *parts);
    return tare_codec_load_parts(codec, path, LIMIT, &content, parts, STATE_PARTS);
}

static bool is_there(uint32_t number)
{
    struct tare_codec_part parts[STATE_PARTS];
    struct state one;

    state_make(&one, number);
    return load(parts) == 0 && state_is(&one, parts);
}

static void data_is_durable_before_the_name_and_the_name_before_the_end(void **state)
{
    (void)state;
    what_happens = FAIL;
    for (int named = 0; named < 2; named++) {
        is_without_unnamed = named;
        calls = stop_at = 0;
        memset(order, 0, sizeof order);
        assert_int_equal(save(1), 0);
        assert_string_equal(order, named ? "mwfrd" : "wflrd");
    }
}

/* Each call fails in turn, or a write is cut: the file is as it was, and so is the folder. */
static void fails_each_call(int error, bool is_cut)
{
    for (int named = 0; named < 2; named++) {
        int err = -1;

        is_without_unnamed = named;
        assert_int_equal(save(1), 0);
        for (int call = 1; err; call++) {
            calls = 0;
            stop_at = call;
            failure = error;
            what_happens = is_cut ? HALF : FAIL;
            err = save(2);
            what_happens = PASS;
            assert_true(err == 0 || err == -error);
            /* When the folder's entry is not durable it may be either one; here it is the new. */
            assert_true(is_there(err && order[call - 1] != 'd' ? 1 : 2));
        }
        assert_true(is_there(2));
    }
}

static void a_call_that_fails_leaves_the_old_file(void **state)
{
    (void)state;
    fails_each_call(EIO, false);
    fails_each_call(ENOSPC, false);
    fails_each_call(ENOSPC, true);
}

static void kill_saver(int call, int how)
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (!child) {
        calls = 0;
        stop_at = call;
        what_happens = how;
        _exit(save(2) != 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    errno = WIFSIGNALED(status);
}

static void remove_leftovers(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -f %s/.tare-*.new", folder);
    assert_int_equal(system(command), 0);
}

static void who_dies_at_any_call_leaves_the_old_file_or_the_new(void **state)
{
    (void)state;
    for (int round = 0; round < 4; round++) {
        bool died = true;

        is_without_unnamed = round & 1;
        for (int call = 1; died; call++) {
            assert_int_equal(save(1), 0);
            kill_saver(call, round & 2 ? DIE_AFTER : DIE_BEFORE);
            died = errno;
            assert_true(is_there(1) || is_there(2));
            assert_true(died || is_there(2));
        }
        remove_leftovers();
    }
}

/* At any moment, not at a call only. */
static void who_is_killed_leaves_a_whole_file(void **state)
{
    uint64_t seed = 99;

    (void)state;
    assert_int_equal(save(0), 0);
    for (int round = 0; round < KILLS; round++) {
        int status;
        pid_t child = fork();

        assert_true(child >= 0);
        for (uint32_t number = 0; !child; number++)
            if (save(number % 8))
                _exit(1);
        usleep(next_random(&seed) % 3000);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        bool found = false;
        for (uint32_t number = 0; number < 8; number++)
            found = found || is_there(number);
        assert_true(found);
    }
    remove_leftovers();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(data_is_durable_before_the_name_and_the_name_before_the_end),
        TEST(a_call_that_fails_leaves_the_old_file),
        TEST(who_dies_at_any_call_leaves_the_old_file_or_the_new),
        TEST(who_is_killed_leaves_a_whole_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
