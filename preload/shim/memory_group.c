/* SPDX-License-Identifier: MIT */
#include "shim/memory_group.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "shim/sys.h"

enum { TEXT_BYTES = 4096, PATH_BYTES = 1024 };

/* Not on the stack, which may be a thread's smallest. */
static char text[TEXT_BYTES], path[PATH_BYTES];

/* Where a hierarchy of groups is mounted, and what its limits are called. */
struct hierarchy {
    const char *field; /* of a line of /proc/self/cgroup, before the group */
    const char *mount, *file;
};

static const struct hierarchy hierarchies[] = {
    {":memory:", "/sys/fs/cgroup/memory", "/memory.limit_in_bytes"},
    {"0::", "/sys/fs/cgroup", "/memory.max"},
};

/* No number, "max", is no limit. */
static uint64_t read_limit(void)
{
    char number[32];
    uint64_t limit = 0;

    if (!sys_read_file(path, number, sizeof number) || *number < '0' || *number > '9')
        return UINT64_MAX;
    for (const char *at = number; *at >= '0' && *at <= '9'; at++)
        limit = limit * 10 + (uint64_t)(*at - '0');
    return limit;
}

/* Of the group, `bytes` long, and of those that it is in. */
static uint64_t least_limit(const struct hierarchy *hierarchy, const char *group,
                            size_t bytes)
{
    size_t mount_bytes = strlen(hierarchy->mount), file_bytes = strlen(hierarchy->file) + 1;
    uint64_t least = UINT64_MAX;

    if (mount_bytes + bytes + file_bytes > sizeof path)
        return least;
    memcpy(path, hierarchy->mount, mount_bytes);
    memcpy(path + mount_bytes, group, bytes);
    for (;;) {
        while (bytes && group[bytes - 1] == '/')
            bytes--;
        memcpy(path + mount_bytes + bytes, hierarchy->file, file_bytes);
        uint64_t limit = read_limit();
        if (limit < least)
            least = limit;
        if (!bytes)
            return least;
        while (bytes && group[bytes - 1] != '/')
            bytes--;
    }
}

uint64_t memory_group_limit(void)
{
    uint64_t least = UINT64_MAX;

    sys_read_file("/proc/self/cgroup", text, sizeof text);
    for (size_t i = 0; i < sizeof hierarchies / sizeof *hierarchies; i++) {
        const char *group = strstr(text, hierarchies[i].field);

        if (!group)
            continue;
        group += strlen(hierarchies[i].field);
        const char *end = strchr(group, '\n');
        uint64_t limit = least_limit(&hierarchies[i], group,
                                     end ? (size_t)(end - group) : strlen(group));
        if (limit < least)
            least = limit;
    }
    return least;
}
