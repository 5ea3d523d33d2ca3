/* SPDX-License-Identifier: MIT
 *
 * cli/arguments.h - options of the command's verbs, and how its messages look.
 *
 * Shape    One table a verb; getopt's tables, the help and the completions are made from it.
 *          tare: WHAT: WHY
 * Units    none
 * Owner    none
 * Threads  Single owner: getopt's state is global.
 * Errors   Each function prints what is wrong before it returns a failure.
 * Cost     none
 * Source   getopt_long(3)
 */
#ifndef TARE_CLI_ARGUMENTS_H
#define TARE_CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum cli_status {
    STATUS_DONE = 0,
    STATUS_NO = 1, /* the answer is no */
    STATUS_USAGE = 2,
    STATUS_UNREADABLE = 3,
    STATUS_FAILED = 125, /* of run: tare itself */
    STATUS_NOT_EXECUTABLE = 126,
    STATUS_NOT_FOUND = 127,
};

enum { OPTION_END = -1, OPTION_WRONG = '?', OPTION_HELP = 'h' };

struct option_line {
    int letter; /* what option_next returns; below 256 it is a short option too */
    const char *name;
    const char *argument; /* what to call it; NULL: none */
    const char *help;     /* new lines are indented */
};

struct option_table {
    const char *verb;
    const char *usage;               /* ways to call it, then what it does */
    const char *after;               /* stands behind the options; NULL: nothing */
    const struct option_line *lines; /* ended by a name of NULL; help is added */
    bool stops_at_word;              /* what follows the first word is not ours */
};

/* The next option's letter, OPTION_END, OPTION_WRONG, or OPTION_HELP: it is printed. */
int option_next(const struct option_table *table, int argc, char **argv);

void option_help(FILE *out, const struct option_table *table);

/* A number of an option's argument, up to `most`. */
bool option_number(const struct option_table *table, const char *name, uint32_t most,
                   uint32_t *number);

/* The one of the names that the word was probably meant to be; NULL: none is near. */
const char *nearest_name(const char *word, const char *const names[], size_t count);

/* A message about what is wrong with the arguments; returns STATUS_USAGE. */
int usage_error(const char *verb, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void message(const char *subject, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
