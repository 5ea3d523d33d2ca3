/* SPDX-License-Identifier: MIT */
#include "cli/find_shim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const places[] = {"", "../lib/", "../lib/tare/", "../libexec/"};

int find_part(char path[PATH_MAX], const char *name)
{
    char folder[PATH_MAX];
    ssize_t bytes = readlink("/proc/self/exe", folder, sizeof folder - 1);

    snprintf(path, PATH_MAX, "%s", name);
    if (bytes < 0)
        return -errno;
    folder[bytes] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[1] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (snprintf(path, PATH_MAX, "%s%s%s", folder, places[i], name) >= PATH_MAX)
            return -ENAMETOOLONG;
        if (access(path, R_OK) == 0)
            return 0;
    }
    snprintf(path, PATH_MAX, "%s", name);
    return -ENOENT;
}

int find_shim(char path[PATH_MAX])
{
    int err = find_part(path, "libtare-preload.so");

    return !err && strpbrk(path, " :") ? -EINVAL : err;
}
