/* SPDX-License-Identifier: MIT */
#include "report/stream.h"

#include <errno.h>

int stream_end(FILE *out)
{
    if (fflush(out))
        return errno ? -errno : -EIO;
    return ferror(out) ? -EIO : 0;
}
