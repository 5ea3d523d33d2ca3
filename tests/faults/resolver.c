/* SPDX-License-Identifier: MIT
 *
 * An indirect function's resolver allocates: it runs while the program is being relocated, when
 * thread-local data is still zero.
 */
#include "faults/fault.h"

static void *block;

static int answer(void)
{
    return 42;
}

__attribute__((used)) static int (*resolve(void))(void)
{
    block = calloc(1, 77);
    free(fault_kept(malloc(10)));
    block = realloc(block, 200);
    return answer;
}

int resolved(void) __attribute__((ifunc("resolve")));

int main(void)
{
    fault_say("%d %d\n", resolved(), block != NULL);
    free(block);
    return 0;
}
