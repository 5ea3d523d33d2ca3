/* SPDX-License-Identifier: MIT
 *
 * cli/run_dir.h - the private directory where the ledgers of a run grow.
 *
 * Shape    in memory (tmpfs) where there is room, else hidden beside the output. Meanwhile the
 *          kernel keeps a list (inotify) of what is done to its files.
 * Units    none
 * Owner    Caller owns the struct.
 * Threads  Single owner.
 * Errors   -errno of the last place tried.
 * Cost     A few system calls. On a disk each process would take tens of milliseconds longer
 *          to start, and stall when the kernel writes back.
 * Source   none
 */
#ifndef TARE_CLI_RUN_DIR_H
#define TARE_CLI_RUN_DIR_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct run_dir {
    char path[PATH_MAX];
    int watch; /* what happens to its files; -1: not known */
};

/* What became of ledgers that are not there any more. */
struct run_dir_lost {
    uint32_t deleted;     /* by somebody else than their own process */
    bool program_gave_up; /* there was no room for one of the program's */
};

/* `pattern` is the one of the output's names. */
int run_dir_create(struct run_dir *dir, const char *pattern);

/* The names of ledgers in it, as TARE_OUTPUT says them, for the caller to free; NULL: no memory. */
char *run_dir_pattern(const struct run_dir *dir);

/* Since it was made; to be asked once, before ledgers are taken out. */
struct run_dir_lost run_dir_lost(const struct run_dir *dir, pid_t program);

/* Remove it if it is empty. */
void run_dir_remove(const struct run_dir *dir);

/* Make the folders that lead to `path`, which itself is not made. */
int make_folders(const char *path);

#endif
