/* SPDX-License-Identifier: MIT */
#include "report/stream.h"

#include <errno.h>

int stream_end(FILE *out)
{
    if (fflush(out))
        return errno ? -errno : -EIO;
    if (!ferror(out))
        return 0;
    /* What an earlier write said is gone. One more says it again, behind what is broken anyway. */
    putc('\n', out);
    return fflush(out) && errno ? -errno : -EIO;
}
