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

/* Its part: what makes it slow where the compiler does not take it in. */
#define TARE_ALWAYS_INLINE static inline __attribute__((unused, always_inline))

#define TARE_LIKELY(x) __builtin_expect(!!(x), 1)
#define TARE_UNLIKELY(x) __builtin_expect(!!(x), 0)

#ifdef __cplusplus
#define TARE_BEGIN extern "C" {
#define TARE_END }
/* Around options of which some are left out: compilers of C++ warn of these. */
#define TARE__QUIET                \
    _Pragma("GCC diagnostic push") \
        _Pragma("GCC diagnostic ignored \"-Wmissing-field-initializers\"")
#define TARE__LOUD _Pragma("GCC diagnostic pop")
#define TARE__ASSERT(holds, text) static_assert(holds, text)
#else
#define TARE_BEGIN
#define TARE_END
#define TARE__QUIET
#define TARE__LOUD
#define TARE__ASSERT(holds, text) _Static_assert(holds, text)
#endif

/* What a macro of definitions ends with. In a namespace `struct tare_pool` would be another one. */
#define TARE__END TARE__ASSERT(1, "a semicolon follows")

#endif
