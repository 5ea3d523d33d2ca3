/* SPDX-License-Identifier: MIT
 *
 * usage: want [HOW]
 *
 * Allocates from thousands of call stacks, so that a ledger grows by megabytes, and says how many
 * blocks it had. HOW takes something away half way:
 *
 *     unlink   removes the ledger
 *     rename   gives it another name
 *     rmdir    removes the ledger and its folder, and forks: the child does the second half too
 *     nofile   allows no further descriptor, and forks likewise
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCKS = 30000, KEPT = 500, DEPTH = 14 };

static void *kept[KEPT];
static unsigned long made;

#define KEEP_FRAME() __asm__ volatile("" ::: "memory")
#define NOINLINE __attribute__((noinline))

NOINLINE static void make_block(uint32_t path)
{
    void **place = &kept[path % KEPT];

    free(*place);
    *place = malloc(path % 1000 + 1);
    if (!*place)
        abort();
    memset(*place, 1, path % 1000 + 1);
    made++;
}

NOINLINE static void turn_right(uint32_t path, int depth);

NOINLINE static void turn_left(uint32_t path, int depth)
{
    if (!depth)
        make_block(path);
    else if (path >> depth & 1)
        turn_left(path, depth - 1);
    else
        turn_right(path, depth - 1);
    KEEP_FRAME();
}

NOINLINE static void turn_right(uint32_t path, int depth)
{
    if (!depth)
        make_block(path);
    else if (path >> depth & 1)
        turn_left(path, depth - 1);
    else
        turn_right(path, depth - 1);
    KEEP_FRAME();
}

static void make_blocks(uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++)
        turn_left(i * 40503u, DEPTH);
}

/* The ledger is known by its name among what is mapped; a plain run has none. */
static char *find_ledger(char *line, int bytes)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char *path = NULL;

    while (maps && !path && fgets(line, bytes, maps)) {
        line[strcspn(line, "\n")] = '\0';
        char *end = strstr(line, ".tare");
        path = end && !end[5] ? strchr(line, '/') : NULL;
    }
    if (maps)
        fclose(maps);
    return path;
}

static void remove_ledger(int with_folder)
{
    char line[4096];
    char *path = find_ledger(line, sizeof line);

    if (path && unlink(path))
        exit(2);
    if (path && with_folder) {
        *strrchr(path, '/') = '\0';
        if (rmdir(path))
            exit(3);
    }
}

static void rename_ledger(void)
{
    char line[4096], other[4200];
    char *path = find_ledger(line, sizeof line);

    if (!path)
        return;
    snprintf(other, sizeof other, "%s.tare", path);
    if (rename(path, other))
        exit(2);
}

/* The child prints, too. */
static void fork_and_wait(void)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        made = 0;
        memset(kept, 0, sizeof kept);
        make_blocks(BLOCKS / 2, BLOCKS);
        printf("child %lu\n", made);
        exit(5);
    }
    if (waitpid(pid, &status, 0) == pid)
        printf("child ended with %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -status);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";

    make_blocks(0, BLOCKS / 2);
    if (strcmp(how, "unlink") == 0 || strcmp(how, "rmdir") == 0)
        remove_ledger(strcmp(how, "rmdir") == 0);
    if (strcmp(how, "rename") == 0)
        rename_ledger();
    if (strcmp(how, "nofile") == 0 && setrlimit(RLIMIT_NOFILE, &(struct rlimit){3, 3}))
        return 4;
    if (strcmp(how, "nofile") == 0 || strcmp(how, "rmdir") == 0)
        fork_and_wait();
    make_blocks(BLOCKS / 2, BLOCKS);
    printf("blocks %lu\n", made);
    return 7;
}
