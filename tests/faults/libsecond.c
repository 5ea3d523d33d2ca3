/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

void *second_alloc(void)
{
    return malloc(24);
}
