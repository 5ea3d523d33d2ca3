/* SPDX-License-Identifier: MIT
 *
 * usage: ending HOW [FILE]
 *
 * Allocates exactly 10,000 blocks, frees every tenth of them, and ends by HOW.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCKS = 10000 };

static void *blocks[BLOCKS];

static void allocate_all(void)
{
    for (int i = 0; i < BLOCKS; i++)
        blocks[i] = malloc(100);
    for (int i = 0; i < BLOCKS; i += 10)
        free(blocks[i]);
}

/* Close every descriptor, then open a file of our own, which must get what we write, no more. */
static void close_all(const char *file)
{
    for (int fd = 0; fd < 256; fd++)
        close(fd);
    allocate_all();
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, "0123456789", 10) != 10)
        abort();
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";

    if (strcmp(how, "close") == 0) {
        close_all(argv[2]);
        return 0;
    }
    allocate_all();
    if (strcmp(how, "kill") == 0)
        kill(getpid(), SIGKILL);
    if (strcmp(how, "_exit") == 0)
        _exit(5);
    if (strcmp(how, "abort") == 0)
        abort();
    if (strcmp(how, "quick_exit") == 0)
        quick_exit(6);
    if (strcmp(how, "exec") == 0)
        execv(argv[0], (char *[]){argv[0], "return", NULL});
    return 7;
}
