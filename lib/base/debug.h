/* SPDX-License-Identifier: MIT
 *
 * base/debug.h - assertions of three strengths.
 *
 * Shape    TARE_CHECK   always: going on would corrupt memory
 *          TARE_ASSERT  TARE_DEBUG >= 1: a precondition, O(1)
 *          TARE_AUDIT   TARE_DEBUG >= 2: a whole structure, after it changed
 * Units    none
 * Owner    none
 * Threads  thread-safe
 * Errors   One that does not hold says where on stderr and aborts.
 * Cost     none where it is switched off
 * Source   none
 */
#ifndef TARE_BASE_DEBUG_H
#define TARE_BASE_DEBUG_H

#include <tare/api.h>

#ifndef TARE_DEBUG
#define TARE_DEBUG 0
#endif

_Noreturn void tare__assertion_failed(const char *what, const char *file, int line);

#define TARE_CHECK(holds) \
    (TARE_LIKELY(holds) ? (void)0 : tare__assertion_failed(#holds, __FILE__, __LINE__))

#if TARE_DEBUG >= 1
#define TARE_ASSERT(holds) TARE_CHECK(holds)
#else
#define TARE_ASSERT(holds) ((void)sizeof(holds))
#endif

#if TARE_DEBUG >= 2
#define TARE_AUDIT(valid) TARE_CHECK(valid)
#else
#define TARE_AUDIT(valid) ((void)sizeof(valid))
#endif

#endif
