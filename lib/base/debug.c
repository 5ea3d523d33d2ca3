/* SPDX-License-Identifier: MIT */
#include "base/debug.h"

#include <stdio.h>
#include <stdlib.h>

void tare__assertion_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "tare: %s:%d: does not hold: %s\n", file, line, what);
    abort();
}
