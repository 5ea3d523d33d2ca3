/* SPDX-License-Identifier: MIT
 *
 * support/command.h - the command tare as a user meets it.
 *
 * Shape    Between command_setup and command_teardown there is a folder for profiles, and what the
 *          latest tare() said.
 * Units    none
 * Owner    This module: one at a time.
 * Threads  single owner
 * Errors   The test fails.
 * Cost     a process for each tare()
 * Source   none
 */
#ifndef TARE_SUPPORT_COMMAND_H
#define TARE_SUPPORT_COMMAND_H

#include "support/run.h"

/* Of the latest tare(). */
extern struct run result;

/* For cmocka, as are its arguments and results. */
int command_setup(void **state);
int command_teardown(void **state);

#define WITH_COMMAND(test) \
    cmocka_unit_test_setup_teardown(test, command_setup, command_teardown)

/* tare with these words, ended by NULL, its profiles in the folder as PROGRAM.tare. */
void tare(const char *word, ...);

/* The same with one more setting, "NAME=value", in its environment. */
void tare_with(const char *setting, const char *word, ...);

/* A path in the folder; the next call overwrites it. */
const char *in_folder(const char *name);
bool exists(const char *name);

/* Compile a program into the folder; the compiler's status. */
int compile(const char *name, const char *source, const char *flag, const char *other_flag);

/* The part is in the text. */
void said(const char *text, const char *part);

#endif
