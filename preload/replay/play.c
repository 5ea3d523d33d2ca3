/* SPDX-License-Identifier: MIT */
#include "replay/play.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct allocator_choice known[] = {
    {"glibc", NULL, NULL},
    {"mimalloc", "libmimalloc.so.2", "libmimalloc2.0"},
    {"jemalloc", "libjemalloc.so.2", "libjemalloc2"},
    {"tcmalloc", "libtcmalloc_minimal.so.4", "libtcmalloc-minimal4"},
};

struct allocator_choice allocator_find(const char *name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(name, known[i].name))
            return known[i];
    if (strchr(name, '/') || strstr(name, ".so"))
        return (struct allocator_choice){name, name, NULL};
    return (struct allocator_choice){0};
}

/* In the new process: the environment is the caller's but for what is preloaded. */
static _Noreturn void become(const char *player, int script_fd, int answer_fd,
                             const struct allocator_choice *allocator,
                             const struct play *play)
{
    char script[16], answer[16], substitute[16], amount[24], flags[8] = "-";

    fcntl(script_fd, F_SETFD, 0);
    fcntl(answer_fd, F_SETFD, 0);
    snprintf(script, sizeof script, "%d", script_fd);
    snprintf(answer, sizeof answer, "%d", answer_fd);
    snprintf(substitute, sizeof substitute, "%d", (int)play->substitute);
    snprintf(amount, sizeof amount, "%llu", (unsigned long long)play->amount);
    snprintf(flags, sizeof flags, "-%s%s%s", play->fills ? "f" : "", play->empty ? "e" : "",
             play->weighs ? "w" : "");
    unsetenv("LD_PRELOAD");
    if (allocator->preload)
        setenv("LD_PRELOAD", allocator->preload, 1);
    /* what ld.so says of a library that is not there is said better by who asked for it */
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0)
        dup2(nowhere, STDERR_FILENO);
    execl(player, player, script, answer, substitute, amount, flags, (char *)NULL);
    _exit(127);
}

/* The library's name without folder and version. */
static bool is_of(const char *file, const char *preload)
{
    const char *slash = strrchr(preload, '/');
    const char *base = slash ? slash + 1 : preload;
    size_t bytes = strcspn(base, ".");

    slash = strrchr(file, '/');
    return !strncmp(slash ? slash + 1 : file, base, bytes);
}

static int read_answer(struct played *played, int fd)
{
    ssize_t got;

    do {
        got = read(fd, played, sizeof *played);
    } while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof *played ? 0 : -ECHILD;
}

int play_script(struct played *played, const char *player, int script_fd,
                const struct allocator_choice *allocator, const struct play *play)
{
    int ends[2], status = 0;

    if (access(player, X_OK))
        return -ENOENT;
    if (pipe2(ends, O_CLOEXEC))
        return -errno;
    pid_t pid = fork();
    if (pid == 0)
        become(player, script_fd, ends[1], allocator, play);
    int err = pid < 0 ? -errno : 0;
    close(ends[1]);
    if (!err)
        err = read_answer(played, ends[0]);
    close(ends[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (err && WIFEXITED(status) && WEXITSTATUS(status) == PLAYER_NO_MEMORY)
        return -ENOMEM;
    if (err)
        return err;
    played->allocator[sizeof played->allocator - 1] = '\0';
    return allocator->preload && !is_of(played->allocator, allocator->preload) ? -ELIBACC
                                                                               : 0;
}
