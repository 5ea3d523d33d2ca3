/* SPDX-License-Identifier: MIT */
#include "support/run.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

enum { WORDS_MAX = 32 };

bool run_is_emulated(void)
{
    return getenv("RUN_WITH") != NULL;
}

/* In the child: `words` for the emulator, if it is to run them. */
static const char *const *emulated_words(const char *const words[])
{
    static const char faults[] = RUN_FAULT("");
    static char paths[WORDS_MAX][256];
    static const char *all[WORDS_MAX + 2];

    if (!run_is_emulated() || strncmp(words[0], faults, sizeof faults - 1) != 0)
        return words;
    all[0] = getenv("RUN_WITH");
    for (int i = 0; i < WORDS_MAX && words[i]; i++) {
        all[i + 1] = words[i];
        if (strncmp(words[i], faults, sizeof faults - 1) == 0) {
            snprintf(paths[i], sizeof paths[i], "%s/tests/faults/%s", getenv("RUN_BUILD"),
                     words[i] + sizeof faults - 1);
            all[i + 1] = paths[i];
        }
    }
    return all;
}

/* In the child: the emulator itself cannot load what is preloaded into the program it runs. */
static char *emulated_setting(const char *setting)
{
    static char emulated[4096];

    if (!run_is_emulated() || strncmp(setting, "LD_PRELOAD=", 11) != 0)
        return (char *)(uintptr_t)setting;
    snprintf(emulated, sizeof emulated, "QEMU_SET_ENV=LD_PRELOAD=%s/libtare-preload.so",
             getenv("RUN_BUILD"));
    return emulated;
}

/* In the child: becomes the program. 127 where it cannot. */
static void become(const char *const words[], const char *const settings[], int out,
                   int err)
{
    for (; settings && *settings; settings++)
        putenv(emulated_setting(*settings));
    words = emulated_words(words);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    execvp(words[0], (char *const *)(uintptr_t)words);
    dprintf(STDERR_FILENO, "%s: %s\n", words[0], strerror(errno));
    _exit(127);
}

static char *read_all(int fd, size_t *bytes)
{
    struct stat file;
    char *text;

    assert_int_equal(fstat(fd, &file), 0);
    *bytes = (size_t)file.st_size;
    text = malloc(*bytes + 1);
    assert_non_null(text);
    assert_int_equal(pread(fd, text, *bytes, 0), *bytes);
    text[*bytes] = '\0';
    close(fd);
    return text;
}

void run(struct run *result, const char *const words[], const char *const settings[])
{
    int out = memfd_create("out", MFD_CLOEXEC), err = memfd_create("err", MFD_CLOEXEC);

    assert_true(out >= 0 && err >= 0);
    fflush(NULL); /* or the child may write what the parent has in its buffers */
    result->pid = fork();
    assert_true(result->pid >= 0);
    if (result->pid == 0)
        become(words, settings, out, err);
    while (waitpid(result->pid, &result->status, 0) < 0)
        assert_int_equal(errno, EINTR);
    result->out = read_all(out, &result->out_bytes);
    result->err = read_all(err, &result->err_bytes);
}

void run_fini(struct run *result)
{
    free(result->out);
    free(result->err);
    memset(result, 0, sizeof *result);
}

int run_exit(const struct run *result)
{
    if (WIFSIGNALED(result->status))
        return 128 + WTERMSIG(result->status);
    return WEXITSTATUS(result->status);
}

char *run_folder(void)
{
    char *folder = strdup(TEST_BUILD "/tests/run.XXXXXX");

    assert_non_null(folder);
    assert_non_null(mkdtemp(folder));
    return folder;
}

static int remove_one(const char *path, const struct stat *file, int kind,
                      struct FTW *place)
{
    (void)file;
    (void)kind;
    (void)place;
    return remove(path);
}

void run_folder_remove(char *folder)
{
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(folder);
}
