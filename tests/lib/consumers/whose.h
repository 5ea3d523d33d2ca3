/* SPDX-License-Identifier: MIT
 *
 * consumers/whose.h - which library a function belongs to.
 *
 * Shape    one function
 * Units    none
 * Owner    The name is the loader's.
 * Threads  thread-safe
 * Errors   "nobody" for no function, "unknown" for one of no library.
 * Cost     a search among the loaded libraries
 * Source   none
 */
#ifndef TARE_CONSUMERS_WHOSE_H
#define TARE_CONSUMERS_WHOSE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <string.h>

/* The library's file name, without folders. */
static inline const char *whose(const void *function)
{
    Dl_info info;

    if (!function)
        return "nobody";
    if (!dladdr(function, &info))
        return "unknown";
    const char *slash = strrchr(info.dli_fname, '/');
    return slash ? slash + 1 : info.dli_fname;
}

#endif
