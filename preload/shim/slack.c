/* SPDX-License-Identifier: MIT */
#include "shim/slack.h"

#include <stdint.h>

#include "shim/next.h"

enum {
    SMALL_STEP = 8,
    SMALL_MAX = 1024,
    /* beyond, eight steps to each power of two: as fine as any allocator's classes are */
    STEP_BITS = 3,
    LARGE_MAX_BITS = 17,
    SMALL_CLASSES = SMALL_MAX / SMALL_STEP + 1,
    LARGE_CLASSES = (LARGE_MAX_BITS - 10) << STEP_BITS,
    PAGE = 4096,
    GLIBC_HEADER = 8, /* of a chunk; mapped ones have two */
    GLIBC_ALIGNMENT = 16,
    GLIBC_CHUNK_MIN = 32,
    GLIBC_MAPPED = 128 << 10, /* from there on, unless the program changed it */
};

static uint32_t usable_of_class[SMALL_CLASSES + LARGE_CLASSES];

/* The class of a size, and the greatest size that is in it. */
static size_t class_of(size_t bytes, size_t *greatest)
{
    if (bytes <= SMALL_MAX) {
        size_t class = (bytes + SMALL_STEP - 1) / SMALL_STEP;

        *greatest = class * SMALL_STEP;
        return class;
    }
    unsigned bits = 63 - (unsigned)__builtin_clzll(bytes - 1);
    size_t step = (size_t)1 << (bits - STEP_BITS), steps = (bytes - 1) / step + 1;

    *greatest = steps * step;
    return SMALL_CLASSES + ((size_t)(bits - 10) << STEP_BITS) +
           (steps - (1u << STEP_BITS) - 1);
}

void slack_init(void)
{
    size_t greatest = 0;

    /* glibc need not be asked, and must not: freeing a mapped block changes what it does next. */
    if (next.size_in_front)
        return;
    for (size_t bytes = 0; bytes <= (size_t)1 << LARGE_MAX_BITS; bytes = greatest + 1) {
        size_t class = class_of(bytes, &greatest);
        void *block = next.malloc(greatest);

        if (!block)
            return;
        usable_of_class[class] = (uint32_t)usable_bytes(&next, block);
        next.free(block);
    }
}

static size_t glibc_usable(size_t bytes)
{
    size_t chunk =
        (bytes + GLIBC_HEADER + GLIBC_ALIGNMENT - 1) & ~(size_t)(GLIBC_ALIGNMENT - 1);

    if (bytes >= GLIBC_MAPPED)
        return ((bytes + 2 * GLIBC_HEADER + PAGE - 1) & ~(size_t)(PAGE - 1)) -
               2 * GLIBC_HEADER;
    return (chunk < GLIBC_CHUNK_MIN ? GLIBC_CHUNK_MIN : chunk) - GLIBC_HEADER;
}

size_t slack_of(size_t bytes)
{
    size_t greatest, usable;

    if (next.size_in_front)
        usable = glibc_usable(bytes);
    else if (bytes <= (size_t)1 << LARGE_MAX_BITS)
        usable = usable_of_class[class_of(bytes, &greatest)];
    else
        usable = (bytes + PAGE - 1) & ~(size_t)(PAGE - 1);
    return usable > bytes ? usable - bytes : 0;
}
