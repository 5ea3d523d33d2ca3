/* SPDX-License-Identifier: MIT
 *
 * cli/find_shim.h - where the recorder, and other parts, are that belong to this command.
 *
 * Shape    beside the executable, or in ../lib, ../lib/tare or ../libexec from there
 * Units    none
 * Owner    The caller owns the path.
 * Threads  thread-safe.
 * Errors   -ENOENT. -EINVAL: a space or colon in the path, which LD_PRELOAD cannot express.
 *          The path then names what was looked for.
 * Cost     A few system calls.
 * Source   ld.so(8)
 */
#ifndef TARE_CLI_FIND_SHIM_H
#define TARE_CLI_FIND_SHIM_H

#include <limits.h>

int find_shim(char path[PATH_MAX]);

/* Another file; a space or colon in its path is no error. */
int find_part(char path[PATH_MAX], const char *name);

#endif
