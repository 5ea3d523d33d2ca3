/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

void *first_alloc(void)
{
    return malloc(24);
}
