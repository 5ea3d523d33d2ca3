/* SPDX-License-Identifier: MIT
 *
 * The allocator's own knobs and reports, between allocations.
 */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>

#include "faults/fault.h"

enum { ROUNDS = 20, BLOCKS = 200 };

NOINLINE static void tuned(size_t step)
{
    void *blocks[BLOCKS];

    for (size_t i = 0; i < BLOCKS; i++) {
        size_t bytes = i * step;
        char *block = i % 2 ? calloc(1, bytes) : malloc(bytes);

        for (size_t k = 0; i % 2 && k < bytes; k++)
            CHECK(block[k] == 0);
        memset(block, 0xa5, bytes);
        blocks[i] = block;
    }
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
}

int main(void)
{
    static const int knobs[][2] = {{M_MMAP_THRESHOLD, 1000}, {M_PERTURB, 0x5a},
                                   {M_ARENA_MAX, 2},         {M_TRIM_THRESHOLD, 0},
                                   {M_TOP_PAD, 1 << 16},     {M_MXFAST, 0}};
    int said = 0;

    for (int i = 0; i < ROUNDS; i++) {
        tuned((size_t)i * 13);
        if (i < 6)
            said += mallopt(knobs[i][0], knobs[i][1]);
        malloc_trim(0);
        struct mallinfo2 info = mallinfo2();
        said += info.uordblks <= info.arena + info.hblkhd;
        FILE *nowhere = fopen("/dev/null", "w");
        said += malloc_info(0, nowhere) == 0;
        fclose(nowhere);
    }
    errno = 0;
    said += malloc_info(1, stdout) == EINVAL;
    fault_say("%d\n", said);
    fault_counted("tuned", ROUNDS * BLOCKS, ROUNDS * BLOCKS);
    return 0;
}
