/* SPDX-License-Identifier: MIT
 *
 * usage: starts HOW WHAT
 *
 * Becomes or starts itself as "starts child" by the function HOW, with an environment that is
 * WHAT: anew (one variable of its own), bare (none at all), other (a list of its own in
 * LD_PRELOAD), without (only LD_PRELOAD taken out), large (anew, of 2000 variables). The child
 * allocates 5 blocks of 333 bytes, and prints what it has of "OWN".
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LARGE = 2000 };

extern char **environ;

static int child(void)
{
    const char *own = getenv("OWN");

    for (int i = 0; i < 5; i++)
        if (!malloc(333))
            return 1;
    printf("%s\n", own ? own : "none");
    return 0;
}

static char **make(const char *what)
{
    static char *list[LARGE + 2], numbers[LARGE][16];
    int used = 0;

    if (strcmp(what, "anew") == 0 || strcmp(what, "large") == 0 ||
        strcmp(what, "other") == 0)
        list[used++] = "OWN=here";
    if (strcmp(what, "other") == 0)
        list[used++] = "LD_PRELOAD=libm.so.6";
    for (int i = 0; strcmp(what, "large") == 0 && i < LARGE; i++) {
        snprintf(numbers[i], sizeof numbers[i], "N%d=%d", i, i);
        list[used++] = numbers[i];
    }
    for (char **from = environ; strcmp(what, "without") == 0 && *from; from++)
        if (strncmp(*from, "LD_PRELOAD=", 11) != 0)
            list[used++] = *from;
    return list;
}

static int start(const char *how, char *const words[], char **list)
{
    const char *self = "/proc/self/exe";
    pid_t pid = 0;
    int status = 1;

    if (strcmp(how, "execve") == 0)
        return execve(self, words, list);
    if (strcmp(how, "execle") == 0)
        return execle(self, words[0], words[1], NULL, list);
    if (strcmp(how, "execvpe") == 0)
        return execvpe(self, words, list);
    if (strcmp(how, "fexecve") == 0)
        return fexecve(open(self, O_RDONLY), words, list);
    if (strcmp(how, "vfork") == 0) {
        if ((pid = vfork()) == 0) {
            execve(self, words, list);
            _exit(9);
        }
    } else if (strcmp(how, "posix_spawn") == 0) {
        posix_spawn(&pid, self, NULL, NULL, words, list);
    } else if (strcmp(how, "posix_spawnp") == 0) {
        posix_spawnp(&pid, self, NULL, NULL, words, list);
    } else {
        environ = list;
        if (strcmp(how, "execv") == 0)
            return execv(self, words);
        if (strcmp(how, "execvp") == 0)
            return execvp(self, words);
        if (strcmp(how, "execl") == 0)
            return execl(self, words[0], words[1], NULL);
        if (strcmp(how, "execlp") == 0)
            return execlp(self, words[0], words[1], NULL);
    }
    waitpid(pid, &status, 0);
    return status;
}

int main(int argc, char **argv)
{
    char *const words[] = {argv[0], "child", NULL};

    if (argc < 3)
        return child();
    return start(argv[1], words, make(argv[2]));
}
