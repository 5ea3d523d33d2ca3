/* SPDX-License-Identifier: MIT
 *
 * cli/commands.h - the verbs of the command tare.
 *
 * Shape    argv[0] is the verb
 * Units    none
 * Owner    none
 * Threads  Single owner.
 * Errors   The exit status, enum cli_status; each prints what is wrong.
 * Cost     none
 * Source   none
 */
#ifndef TARE_CLI_COMMANDS_H
#define TARE_CLI_COMMANDS_H

#include "cli/arguments.h"

int cmd_run(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_advise(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_html(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_whatif(int argc, char **argv);
int cmd_completion(int argc, char **argv);
int cmd_manual(int argc, char **argv);

extern const struct option_table options_of_run, options_of_report, options_of_diff,
    options_of_advise, options_of_verify, options_of_check, options_of_doctor,
    options_of_html, options_of_dump, options_of_export, options_of_import,
    options_of_replay, options_of_whatif, options_of_completion, options_of_manual;

#endif
