/* SPDX-License-Identifier: MIT
 *
 * cli/target_memory.h - the memory of a process that runs, read from outside.
 *
 * Shape    /proc/PID/maps -> private writable ranges of no file, rising
 * Units    Bytes, addresses of the process.
 * Owner    Caller owns the struct; fini gives back what is below it.
 * Threads  Single owner. The process goes on meanwhile: what is read may be in the middle of a
 *          change.
 * Errors   -errno: the kernel refuses, or the process is gone. What is not there reads as zeros.
 * Cost     A system call a range, and one for each megabyte; pages that the process never touched
 *          are not read, so that they stay untouched.
 * Source   proc(5), process_vm_readv(2)
 */
#ifndef TARE_CLI_TARGET_MEMORY_H
#define TARE_CLI_TARGET_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct memory_range {
    uint64_t start, end;
};

struct target_memory {
    pid_t pid;
    int pagemap;
    struct memory_range *ranges;
    uint32_t range_count;
};

int target_memory_open(struct target_memory *memory, pid_t pid);
void target_memory_fini(struct target_memory *memory);

/* Whole pages from `at` on; false: nothing is there. */
bool target_memory_pages(const struct target_memory *memory, uint64_t at, void *to,
                         size_t bytes);

/* All of them, or false. */
bool target_memory_read(const struct target_memory *memory, uint64_t at, void *to,
                        size_t bytes);

/* The range that the address lies in; NULL: none. */
const struct memory_range *target_memory_range(const struct target_memory *memory,
                                               uint64_t address);

#endif
