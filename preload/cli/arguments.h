/* SPDX-License-Identifier: MIT
 *
 * cli/arguments.h - options of the command's verbs, and how its messages look.
 *
 * Shape    tare: WHAT: WHY
 * Units    none
 * Owner    none
 * Threads  Single owner: getopt's state is global.
 * Errors   Each function prints what is wrong before it returns a failure.
 * Cost     none
 * Source   getopt_long(3)
 */
#ifndef TARE_CLI_ARGUMENTS_H
#define TARE_CLI_ARGUMENTS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

enum cli_status {
    STATUS_DONE = 0,
    STATUS_NO = 1, /* the answer is no */
    STATUS_USAGE = 2,
    STATUS_UNREADABLE = 3,
    STATUS_FAILED = 125, /* of run: tare itself */
    STATUS_NOT_EXECUTABLE = 126,
    STATUS_NOT_FOUND = 127,
};

enum { OPTION_END = -1, OPTION_WRONG = '?' };

struct option_reader {
    const char *verb;
    const char *letters; /* as for getopt */
    const struct option *names;
};

/* The next option's value, OPTION_END, or OPTION_WRONG. */
int option_next(const struct option_reader *reader, int argc, char **argv);

/* A number of an option's argument, up to `most`. */
bool option_number(const struct option_reader *reader, const char *name, uint32_t most,
                   uint32_t *number);

/* A message about what is wrong with the arguments; returns STATUS_USAGE. */
int usage_error(const char *verb, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void message(const char *subject, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
