/* SPDX-License-Identifier: MIT
 *
 * The entries of C23 and of old C libraries, by which malloc's blocks go.
 */
#include <stdio.h>
#include <stdlib.h>

#pragma weak free_sized
#pragma weak free_aligned_sized
#pragma weak cfree
void free_sized(void *block, size_t bytes);
void free_aligned_sized(void *block, size_t alignment, size_t bytes);
void cfree(void *block);

int main(void)
{
    for (size_t bytes = 1; bytes <= 1000; bytes++) {
        if (free_sized)
            free_sized(malloc(bytes), bytes);
        if (free_aligned_sized)
            free_aligned_sized(aligned_alloc(64, 64 * bytes), 64, 64 * bytes);
        if (cfree)
            cfree(calloc(1, bytes));
    }
    return 0;
}
