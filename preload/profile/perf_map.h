/* SPDX-License-Identifier: MIT
 *
 * profile/perf_map.h - what a runtime tells of the code that it generates: /tmp/perf-PID.map.
 *
 * Shape    lines "START SIZE NAME", the numbers hexadecimal; sorted by start, and those that are
 *          equal by line
 * Units    Addresses in the process, bytes.
 * Owner    Caller owns the struct; names belong to it.
 * Threads  Single owner.
 * Errors   -errno of reading; -EPERM: the file is somebody else's, or none; -ENOMEM. Lines that
 *          make no sense are left out.
 * Cost     O(lines log lines); find: a binary search.
 * Source   tools/perf/Documentation/jit-interface.txt of Linux
 */
#ifndef TARE_PROFILE_PERF_MAP_H
#define TARE_PROFILE_PERF_MAP_H

#include <stddef.h>
#include <stdint.h>

struct perf_map_entry {
    uint64_t start, bytes;
    const char *name;
    size_t line;
};

struct perf_map {
    char *text;
    struct perf_map_entry *list;
    size_t count;
};

/* Only a plain file of this user: whose names they are is not checked otherwise. */
int perf_map_read(struct perf_map *map, const char *path);
int perf_map_parse(struct perf_map *map, const char *text, size_t bytes);
void perf_map_fini(struct perf_map *map);

/* The name of the code at the address; NULL: none. */
const char *perf_map_find(const struct perf_map *map, uint64_t address);

#endif
