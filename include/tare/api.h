/* SPDX-License-Identifier: MIT
 *
 * tare/api.h - what the public headers are declared with.
 *
 * Shape    macros only.
 * Units    none
 * Owner    none
 * Threads  thread-safe
 * Errors   none
 * Cost     none
 * Source   none
 */
#ifndef TARE_API_H
#define TARE_API_H

/* Exported by libtare.so. */
#define TARE_API __attribute__((visibility("default")))

/* Its result tells whether it failed. */
#define TARE_NODISCARD __attribute__((warn_unused_result))

/* Which argument is a printf format, and which is the first that it prints. */
#define TARE_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))

/* A function of a header that a debugger can step into, and that may stay unused. */
#define TARE_INLINE static inline __attribute__((unused))

#define TARE_LIKELY(x) __builtin_expect(!!(x), 1)
#define TARE_UNLIKELY(x) __builtin_expect(!!(x), 0)

#ifdef __cplusplus
#define TARE_BEGIN extern "C" {
#define TARE_END }
#else
#define TARE_BEGIN
#define TARE_END
#endif

#endif
