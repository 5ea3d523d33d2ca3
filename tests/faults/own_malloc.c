/* SPDX-License-Identifier: MIT
 *
 * A program with an allocator of its own that lacks some functions: blocks of it come to ours
 * through them, in a child too. Prints how often its malloc was called.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char heap[1 << 24];
static size_t used;
static int calls;

void *malloc(size_t bytes)
{
    size_t *block = (size_t *)(void *)(heap + used);

    calls++;
    used += (bytes + 31) & ~(size_t)15;
    block[0] = bytes;
    return used > sizeof heap ? NULL : block + 2;
}

void free(void *block)
{
    if (block && (uintptr_t)block - (uintptr_t)heap >= sizeof heap)
        abort();
}

void *calloc(size_t count, size_t bytes)
{
    return malloc(count * bytes);
}

void *realloc(void *block, size_t bytes)
{
    void *moved = malloc(bytes);
    size_t old_bytes = block ? ((size_t *)block)[-2] : 0;

    return block && moved ? memcpy(moved, block, old_bytes < bytes ? old_bytes : bytes)
                          : moved;
}

int main(void)
{
    char *block = malloc(10);

    strcpy(block, "content");
    block = reallocarray(block, 20, 50);
    if (strcmp(block, "content") != 0)
        return 1;
    if (fork() == 0)
        _exit(!reallocarray(block, 50, 50));
    if (wait(NULL) < 0)
        return 1;
    free(block);
    free(strdup("x"));
    printf("%d\n", calls);
    return 0;
}
