/* SPDX-License-Identifier: MIT
 *
 * shim/memory_group.h - how much memory the process's control group allows.
 *
 * Shape    /proc/self/cgroup -> the group's folder, and those above it -> the least limit
 * Units    bytes
 * Owner    The process; its first thread alone asks, as the recording begins.
 * Threads  externally synchronised
 * Errors   UINT64_MAX where there is no limit, or none to be read.
 * Cost     Three small files in most systems, about 10 us; one for each level of a deep group.
 * Source   Linux, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst
 */
#ifndef TARE_SHIM_MEMORY_GROUP_H
#define TARE_SHIM_MEMORY_GROUP_H

#include <stdint.h>

uint64_t memory_group_limit(void);

#endif
