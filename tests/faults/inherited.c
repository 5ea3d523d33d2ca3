/* SPDX-License-Identifier: MIT
 *
 * Children free and reallocate what their parent and its parent allocated.
 */
#include <sys/wait.h>

#include "faults/fault.h"

/* Few: one in 2^20 of a parent's trailers passes for the child's own. */
enum { BLOCKS = 100, DEPTH = 3 };

static char *blocks[DEPTH * BLOCKS];

NOINLINE static void in_parent(int depth)
{
    for (int i = 0; i < BLOCKS; i++) {
        size_t bytes = (size_t)(i * 53 % 5000 + 1);

        blocks[depth * BLOCKS + i] = malloc(bytes);
        memset(blocks[depth * BLOCKS + i], depth, bytes);
    }
}

NOINLINE static void in_child(void)
{
    for (int i = 0; i < DEPTH * BLOCKS; i++) {
        CHECK(*blocks[i] == i / BLOCKS);
        blocks[i] = realloc(blocks[i], (size_t)(i % 7000) + 1);
        CHECK(*blocks[i] == i / BLOCKS);
    }
    for (int i = 0; i < DEPTH * BLOCKS; i++)
        free(blocks[i]);
}

/* Each generation adds blocks; the last one has all to free. */
static int generation(int depth)
{
    int status = 1;

    if (depth == DEPTH) {
        in_child();
        return 0;
    }
    in_parent(depth);
    pid_t pid = fork();
    if (pid == 0)
        _exit(generation(depth + 1));
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

int main(void)
{
    int failed = generation(0);

    fault_say("%d\n", failed);
    fault_counted("in_parent", DEPTH * BLOCKS, 0);
    fault_counted("in_child", DEPTH * BLOCKS, DEPTH * BLOCKS);
    fault_header("inherited", DEPTH * BLOCKS);
    return 0;
}
