/* SPDX-License-Identifier: MIT
 *
 * usage: descriptors FILE
 *
 * Counts its descriptors, closes them all, and expects the lowest number for each new one; what it
 * writes must arrive, and nothing else.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "faults/fault.h"

static void *kept[3000];

static int descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;

    while (folder && readdir(folder))
        count++;
    closedir(folder);
    return count;
}

NOINLINE static void allocate(int depth, int from)
{
    if (depth > 0) {
        allocate(depth - 1, from);
        __asm__ volatile("" ::: "memory");
        return;
    }
    for (int i = 0; i < 100; i++)
        kept[from + i] = malloc((size_t)(i * 331));
}

int main(int argc, char **argv)
{
    struct stat file;
    int out, first = 0, used = 0;

    if (argc < 2)
        return 2;
    CHECK(fcntl(3, F_GETFD) < 0);
    used = descriptors();
    out = dup(STDOUT_FILENO);
    CHECK(out == 3 && fcntl(out, F_DUPFD, 100) == 100);
    for (int i = 0; i < 10; i++) {
        close_range(0, 99, 0);
        allocate(i, 100 * i);
        first += open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0600) == 0;
        allocate(i + 10, 100 * (i + 10));
        CHECK(write(0, "0123456789", 10) == 10 && fstat(0, &file) == 0 &&
              file.st_size == 10);
        first += dup(0) == 1;
        free(kept[100 * i]);
    }
    dup2(100, STDOUT_FILENO);
    CHECK(unlink(argv[1]) == 0);
    fault_say("%d %d\n", used - descriptors(), first);
    fault_counted("allocate", 2000, 10);
    return 0;
}
