/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

/* Too big for the room that is set aside: each thread's copy is allocated when it is met. */
static __thread char big[100000];
static __thread int visits;

int tls_visit(int value)
{
    if (visits++ == 0)
        memset(big, value, sizeof big);
    void *block = malloc((size_t)value + 1);
    int same =
        block != NULL && big[value] == (char)value && big[sizeof big - 1] == (char)value;
    free(block);
    return same;
}
