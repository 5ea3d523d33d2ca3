/* SPDX-License-Identifier: MIT
 *
 * usage: nameless [again]
 *
 * A program that has no file: it runs from memory, under names that are no file names.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "faults/fault.h"

extern char **environ;

NOINLINE static void nameless(void)
{
    for (int i = 0; i < 100; i++)
        free(fault_kept(malloc((size_t)i)));
}

int main(int argc, char **argv)
{
    char odd[] = "a) R 1 (\n%p/../%", again[] = "again", *words[] = {odd, again, NULL};
    struct stat file;
    int status = 0;

    prctl(PR_SET_NAME, ") 1 (\n");
    nameless();
    if (fault_is(argc, argv, "again")) {
        if (fork() == 0) {
            nameless();
            _exit(3);
        }
        wait(&status);
        fault_say("%d\n", WEXITSTATUS(status));
        return 0;
    }
    int self = open("/proc/self/exe", O_RDONLY);
    int memory = memfd_create("a%p (deleted)\n/", 0);
    CHECK(self >= 0 && memory >= 0 && fstat(self, &file) == 0);
    for (off_t at = 0; at < file.st_size;)
        CHECK(sendfile(memory, self, &at, (size_t)(file.st_size - at)) > 0);
    fexecve(memory, words, environ);
    return 1;
}
