/* SPDX-License-Identifier: MIT
 *
 * shim/exit_report.h - the top sites on stderr when the program ends, without the tare command.
 *
 * Shape    TARE_PRINT_REPORT=1: totals, then the sites with most bytes, innermost frames first,
 *          by the names that the modules export.
 * Units    bytes, events
 * Owner    none
 * Threads  Runs once, in the thread that ends the process; others may go on allocating.
 * Errors   A name that is not exported is module+offset.
 * Cost     A pass over all records for each site printed; at exit only.
 * Source   none
 */
#ifndef TARE_SHIM_EXIT_REPORT_H
#define TARE_SHIM_EXIT_REPORT_H

/* Print it, if the environment asked for it. */
void exit_report(void);

#endif
