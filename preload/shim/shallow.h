/* SPDX-License-Identifier: MIT
 *
 * shim/shallow.h - dlopen without RTLD_DEEPBIND, where an allocator was put behind us.
 *
 * Shape    The slots through which modules call dlopen lead to a jump to it: its caller stays who
 *          it was, and with that RUNPATH and namespace.
 * Units    none
 * Owner    none
 * Threads  shallow_init: once, while the program starts.
 * Errors   Where a slot cannot be written, the flag stays in force.
 * Cost     as shim/imports.h
 * Source   dlopen(3); docs/decisions/0008-allocators-around-us.md
 *
 * A library opened with the flag calls glibc's own free, which ends the program when it meets a
 * block of mimalloc's.
 */
#ifndef TARE_SHIM_SHALLOW_H
#define TARE_SHIM_SHALLOW_H

void shallow_init(void);

#endif
