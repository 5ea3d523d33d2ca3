/* SPDX-License-Identifier: MIT
 *
 * usage: mistakes MODE
 *
 * Mistakes that the allocator forgives must go on being forgiven, and those that it ends the
 * program for, too.
 */
#include <malloc.h>

#include "faults/fault.h"

enum { BLOCKS = 1000 };

/* One byte too many, which the allocator's rounding up hides. */
NOINLINE static void overrun(void)
{
    for (int i = 0; i < BLOCKS; i++) {
        char *block = malloc(23);

        memset(fault_kept(block), 0xff, 24);
        free(block);
    }
}

/* All the way to where the usable size would end. */
NOINLINE static void overrun_all(void)
{
    for (int i = 0; i < BLOCKS; i++) {
        char *block = malloc(16);

        memset(fault_kept(block), 0, 24);
        free(block);
    }
}

int main(int argc, char **argv)
{
    void *volatile block = malloc(40);
    char here[64] __attribute__((aligned(16))) = {0};
    void *volatile nowhere = here + 16;

    if (fault_is(argc, argv, "overrun")) {
        overrun();
        overrun_all();
    }
    if (fault_is(argc, argv, "after")) { /* read, not written, after free */
        free(block);
        fault_say("%d\n", *(volatile char *)block & 0);
    }
#pragma GCC diagnostic ignored "-Wuse-after-free"
#pragma GCC diagnostic ignored "-Wfree-nonheap-object"
    if (fault_is(argc, argv, "twice")) {
        free(block);
        free(block);
    }
    if (fault_is(argc, argv, "stack"))
        free(nowhere);
    fault_say("ok\n");
    return 0;
}
