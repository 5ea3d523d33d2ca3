/* SPDX-License-Identifier: MIT
 *
 * A few sites whose numbers are known. With an argument some grow, one goes and one is new.
 */
#include "faults/fault.h"

#include <stdlib.h>

static void *kept[64];
static unsigned kept_count;

static NOINLINE void *make(size_t bytes)
{
    void *block = malloc(bytes);

    *(volatile char *)block = 1;
    return block;
}

static NOINLINE void parse(unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        kept[kept_count++] = make(1000);
    kept_count += !kept_count;
}

static NOINLINE void scan(unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        free(make(64));
    kept_count += !kept_count;
}

static NOINLINE void load(int newer)
{
    parse(newer ? 20 : 10);
    if (newer)
        kept[kept_count++] = make(300);
    else
        scan(5);
    kept_count += !kept_count;
}

int main(int argc, char **argv)
{
    (void)argv;
    load(argc > 1);
    free(make(500000));
    return 0;
}
