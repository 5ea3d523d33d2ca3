/* SPDX-License-Identifier: MIT
 *
 * support/run.h - run a program and keep what it said. Including this makes a test wait for the
 * command, the shim and all of tests/faults/ to be built.
 *
 * Shape    struct run: how it ended, its output and its messages as strings.
 * Units    Bytes; a NUL follows them and is not counted.
 * Owner    run_fini frees both strings.
 * Threads  single owner
 * Errors   The test fails when the program cannot be started or read.
 * Cost     a process
 * Source   none
 *
 * RUN_BUILD=FOLDER and RUN_WITH=EMULATOR in a test's environment: programs of tests/faults/ and the
 * shim are those of that build, and run under that emulator (a qemu).
 */
#ifndef TARE_SUPPORT_RUN_H
#define TARE_SUPPORT_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define RUN_TARE TEST_BUILD "/tare"
#define RUN_SHIM TEST_BUILD "/libtare-preload.so"
#define RUN_FAULT(name) TEST_BUILD "/tests/faults/" name

struct run {
    int status; /* as wait(2) gives it: WIFEXITED and the like */
    pid_t pid;
    char *out, *err;
    size_t out_bytes, err_bytes;
};

/* Run `words`, ended by NULL, to its end; the first is looked for in PATH if it has no slash.
 * `settings` are "NAME=value" put into its environment, ended by NULL; NULL is none. */
void run(struct run *result, const char *const words[], const char *const settings[]);

void run_fini(struct run *result);

/* Tests of what an emulator cannot run, a script or a program of this machine, leave themselves
 * out. */
bool run_is_emulated(void);

/* The exit status, or 128 and the signal, as a shell says it. */
int run_exit(const struct run *result);

/* A new empty folder under TEST_BUILD, to be given back with run_folder_remove. */
char *run_folder(void);

/* Remove it with all that is in it. */
void run_folder_remove(char *folder);

#endif
