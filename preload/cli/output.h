/* SPDX-License-Identifier: MIT
 *
 * cli/output.h - the file, or standard output, that a verb writes to.
 *
 * Shape    open -> file beside the one meant -> close: takes its place, or goes away
 *          What is no regular file (a device, a pipe, a link) is written to where it is.
 * Units    none
 * Owner    Caller owns the struct, not the path; closing gives all back.
 * Threads  Single owner.
 * Errors   A message is printed. The file that was there before is then as it was.
 * Cost     none
 * Source   none
 */
#ifndef TARE_CLI_OUTPUT_H
#define TARE_CLI_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct output {
    FILE *file;
    const char *path; /* NULL: standard output */
    char *beside;     /* NULL: written to where it is */
};

/* path NULL or "-": standard output. */
bool output_open(struct output *output, const char *path);

/* With what writing to it has returned; the exit status. */
int output_close(struct output *output, int err);

/* Without a message; the file that was there before stays. */
void output_drop(struct output *output);

/* For messages. */
const char *output_name(const struct output *output);

#endif
