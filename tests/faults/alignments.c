/* SPDX-License-Identifier: MIT
 *
 * Alignments up to a gigabyte, and such as are no power of two; sizes up to what there is.
 */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>

#include "faults/fault.h"

NOINLINE static void *aligned(size_t alignment, size_t bytes)
{
    return memalign(alignment, bytes);
}

NOINLINE static void untouched(void)
{
    unsigned char *block = calloc(1, (size_t)6 << 30), in_core;

    if (!block)
        return; /* no such luck on this machine, under plain malloc neither */
    for (size_t i = 0; i < (size_t)6 << 30; i += (size_t)1 << 28)
        CHECK(block[i] == 0);
    CHECK(mincore((void *)(((uintptr_t)block + (1 << 20)) & ~(uintptr_t)4095), 4096,
                  &in_core) == 0);
    free(block);
}

int main(void)
{
    long made = 0;

    for (size_t alignment = 1; alignment <= (size_t)1 << 30; alignment *= 2) {
        for (size_t bytes = 0; bytes < 5000; bytes = bytes * 2 + 1) {
            char *block = aligned(alignment, bytes);

            CHECK(block && (uintptr_t)block % alignment == 0);
            memset(block, 1, bytes);
            if (bytes % 3 == 0)
                CHECK((block = realloc(block, bytes + 1000)));
            free(block);
            made++;
        }
    }
    for (size_t alignment = 3; alignment < 5000; alignment = alignment * 2 + 1) {
        char *block = aligned(alignment, 100);

        CHECK(block && (uintptr_t)block % 4 == 0 && malloc_usable_size(block) >= 100);
        memset(block, 1, 100);
        free(block);
        made++;
    }
    errno = 0;
    CHECK(!aligned((size_t)1 << 63, 100) && errno);
    CHECK(!aligned(SIZE_MAX, 100) && !aligned(64, SIZE_MAX - 64));
    untouched();
    fault_say("%ld\n", made);
    return 0;
}
