/* SPDX-License-Identifier: MIT */
#include "import/import.h"

#include <errno.h>
#include <string.h>

static bool begins(const uint8_t *data, size_t bytes, const char *text)
{
    return bytes >= strlen(text) && !memcmp(data, text, strlen(text));
}

int import_any(struct maker *maker, const uint8_t *data, size_t bytes)
{
    int err;

    if (begins(data, bytes, "{"))
        err = import_dhat(maker, data, bytes);
    else if (begins(data, bytes, "v "))
        err = import_heaptrack(maker, data, bytes);
    else if (begins(data, bytes, "desc:"))
        err = import_massif(maker, data, bytes);
    else
        err = import_pprof(maker, data, bytes);
    return err ? err : maker->error;
}
