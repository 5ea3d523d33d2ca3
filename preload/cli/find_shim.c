/* SPDX-License-Identifier: MIT */
#include "cli/find_shim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const places[] = {"", "../lib/", "../lib/tare/"};

int find_shim(char path[PATH_MAX])
{
    char folder[PATH_MAX];
    ssize_t bytes = readlink("/proc/self/exe", folder, sizeof folder - 1);

    snprintf(path, PATH_MAX, "libtare-preload.so");
    if (bytes < 0)
        return -errno;
    folder[bytes] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[1] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (snprintf(path, PATH_MAX, "%s%slibtare-preload.so", folder, places[i]) >=
            PATH_MAX)
            return -ENAMETOOLONG;
        if (access(path, R_OK) == 0)
            return strpbrk(path, " :") ? -EINVAL : 0;
    }
    snprintf(path, PATH_MAX, "libtare-preload.so");
    return -ENOENT;
}
