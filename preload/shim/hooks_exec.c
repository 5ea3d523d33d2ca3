/* SPDX-License-Identifier: MIT
 *
 * What starts programs: an environment that was made anew gets us back into it. In the child of a
 * vfork all this runs in the parent's memory, and writes to its own stack only.
 */
#include <dlfcn.h>
#include <errno.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "shim/environment.h"
#include "shim/recorder.h"
#include "shim/sys.h"

extern char **environ;

typedef int (*spawn_fn)(pid_t *pid, const char *program,
                        const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const words[],
                        char *const environment[]);

static struct {
    int (*execve)(const char *path, char *const words[], char *const environment[]);
    int (*execvpe)(const char *name, char *const words[], char *const environment[]);
    int (*fexecve)(int fd, char *const words[], char *const environment[]);
    spawn_fn posix_spawn, posix_spawnp;
} next_one;

/* Early: a vfork's child must not wait for the loader's lock. */
__attribute__((constructor)) static void find_functions(void)
{
    static const char *const names[] = {"execve", "execvpe", "fexecve", "posix_spawn",
                                        "posix_spawnp"};
    void *found[sizeof names / sizeof *names];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        found[i] = dlsym(RTLD_NEXT, names[i]);
    memcpy(&next_one, found, sizeof found);
}

#define NEXT(function) \
    (next_one.function ? next_one.function : (find_functions(), next_one.function))

/* The environment to pass on. */
struct filled {
    char *const *environment;
    void *mapped;
    size_t bytes;
    _Alignas(char *) char room[6144];
};

static char *const *fill(struct filled *filled, char *const environment[])
{
    enum environment_verdict verdict = environment_judge(environment, &filled->bytes);
    void *memory = filled->room;

    filled->mapped = NULL;
    filled->environment = environment;
    if (verdict == ENVIRONMENT_KEPT)
        return environment;
    if (verdict == ENVIRONMENT_ANEW && filled->bytes > sizeof filled->room) {
        memory = sys_map(NULL, filled->bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1);
        filled->mapped = memory = memory == MAP_FAILED ? NULL : memory;
    }
    if (verdict == ENVIRONMENT_ANEW && memory)
        filled->environment = environment_fill(memory, environment);
    else if (recorder_is_on())
        RECORDER_COUNT(unrecorded_programs);
    return filled->environment;
}

/* The program did not begin here, or in a child. */
static int done(const struct filled *filled, int result)
{
    int saved_errno = errno;

    if (filled->mapped)
        sys_unmap(filled->mapped, filled->bytes);
    errno = saved_errno;
    return result;
}

HOOK int execve(const char *path, char *const words[], char *const environment[])
{
    struct filled filled;

    return done(&filled, NEXT(execve)(path, words, fill(&filled, environment)));
}

HOOK int execv(const char *path, char *const words[])
{
    struct filled filled;

    return done(&filled, NEXT(execve)(path, words, fill(&filled, environ)));
}

HOOK int execvpe(const char *name, char *const words[], char *const environment[])
{
    struct filled filled;

    return done(&filled, NEXT(execvpe)(name, words, fill(&filled, environment)));
}

HOOK int execvp(const char *name, char *const words[])
{
    struct filled filled;

    return done(&filled, NEXT(execvpe)(name, words, fill(&filled, environ)));
}

HOOK int fexecve(int fd, char *const words[], char *const environment[])
{
    struct filled filled;

    return done(&filled, NEXT(fexecve)(fd, words, fill(&filled, environment)));
}

HOOK int posix_spawn(pid_t *pid, const char *path,
                     const posix_spawn_file_actions_t *actions,
                     const posix_spawnattr_t *attributes, char *const words[],
                     char *const environment[])
{
    struct filled filled;

    return done(&filled, NEXT(posix_spawn)(pid, path, actions, attributes, words,
                                           fill(&filled, environment)));
}

HOOK int posix_spawnp(pid_t *pid, const char *name,
                      const posix_spawn_file_actions_t *actions,
                      const posix_spawnattr_t *attributes, char *const words[],
                      char *const environment[])
{
    struct filled filled;

    return done(&filled, NEXT(posix_spawnp)(pid, name, actions, attributes, words,
                                            fill(&filled, environment)));
}

static size_t count_words(const char *word, va_list more)
{
    size_t count = 0;

    for (; word; word = va_arg(more, const char *))
        count++;
    return count;
}

/* `to` takes the words and the NULL that ends them. */
static void copy_words(char **to, const char *word, va_list *more)
{
    for (; word; word = va_arg(*more, const char *))
        *to++ = (char *)(uintptr_t)word;
    *to = NULL;
}

/* The words of a list `word`, ... as an array `words` on the stack, as glibc does it. `more`
 * stands behind them afterwards. */
#define COLLECT(words, word, more)                                                      \
    va_list more, counted;                                                              \
    va_start(more, word);                                                               \
    va_copy(counted, more);                                                             \
    char **words = __builtin_alloca((count_words(word, counted) + 1) * sizeof(char *)); \
    va_end(counted);                                                                    \
    copy_words(words, word, &more)

HOOK int execl(const char *path, const char *word, ...)
{
    struct filled filled;

    COLLECT(words, word, more);
    va_end(more);
    return done(&filled, NEXT(execve)(path, words, fill(&filled, environ)));
}

HOOK int execlp(const char *name, const char *word, ...)
{
    struct filled filled;

    COLLECT(words, word, more);
    va_end(more);
    return done(&filled, NEXT(execvpe)(name, words, fill(&filled, environ)));
}

HOOK int execle(const char *path, const char *word, ...)
{
    struct filled filled;

    COLLECT(words, word, more);
    char *const *environment = va_arg(more, char *const *);
    va_end(more);
    return done(&filled, NEXT(execve)(path, words, fill(&filled, environment)));
}
