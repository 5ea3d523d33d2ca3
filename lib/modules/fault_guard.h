/* SPDX-License-Identifier: MIT
 *
 * modules/fault_guard.h - work that may fault, and be gone on from.
 *
 * Shape    thread -> the innermost work that is guarded -> the one around it
 * Units    none
 * Owner    The library owns the handlers while somebody has them open.
 * Threads  thread-safe
 * Errors   none
 * Cost     Of work that does not fault some nanoseconds; a fault: a microsecond.
 * Source   none
 */
#ifndef TARE_MODULES_FAULT_GUARD_H
#define TARE_MODULES_FAULT_GUARD_H

#include <stdbool.h>

/* Handlers of the signals are there until as many closes. */
void tare__fault_guard_open(void);
void tare__fault_guard_close(void);

/* In a process that was forked, and has one thread and no handlers: nobody has opened it. */
void tare__fault_guard_forget(void);

/* Do it; false: it faulted, and was left where it was. While the guard is open. */
bool tare__fault_guard_run(void (*work)(void *context), void *context);

#endif
