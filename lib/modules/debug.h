/* SPDX-License-Identifier: MIT
 *
 * modules/debug.h - assertions as in base/debug.h, for those who have the public headers alone.
 *
 * Shape    TARE_ASSERT  TARE_DEBUG >= 1: a precondition, O(1)
 *          TARE_AUDIT   TARE_DEBUG >= 2: a whole structure, after it changed
 * Units    none
 * Owner    none
 * Threads  thread-safe
 * Errors   One that does not hold says where on stderr and aborts.
 * Cost     none where it is switched off
 * Source   none
 */
#ifndef TARE_MODULES_DEBUG_H
#define TARE_MODULES_DEBUG_H

#include <assert.h>

#if TARE_DEBUG >= 1
#define TARE_ASSERT(holds) assert(holds)
#else
#define TARE_ASSERT(holds) ((void)sizeof(holds))
#endif

#if TARE_DEBUG >= 2
#define TARE_AUDIT(valid) assert(valid)
#else
#define TARE_AUDIT(valid) ((void)sizeof(valid))
#endif

#endif
