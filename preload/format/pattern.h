/* SPDX-License-Identifier: MIT
 *
 * format/pattern.h - the name of an output file, made from a pattern.
 *
 * Shape    %p pid, %e program, %h host, %t start time (seconds since 1970), %n sequence number,
 *          %% a percent sign. Slashes within a value become '_'.
 * Units    Bytes of a NUL-terminated path.
 * Owner    The caller owns all strings.
 * Threads  thread-safe, async-signal-safe.
 * Errors   -EINVAL: unknown letter after %, or a % at the end. -ENAMETOOLONG.
 * Cost     one pass, no allocation.
 * Source   none
 */
#ifndef TARE_FORMAT_PATTERN_H
#define TARE_FORMAT_PATTERN_H

#include <stddef.h>
#include <stdint.h>

#define PATTERN_DEFAULT "%e.%p.tare"

struct pattern_values {
    uint64_t pid;
    const char *program;
    const char *host;
    uint64_t start_seconds;
    uint64_t sequence;
};

/* Write the expansion of `pattern` with a NUL to `out`; 0, or an error with `out` undefined.
 * A sequence above 0 that the pattern does not place with %n is put as "-N" in front of the
 * last dot of the file name, or at its end: what makes a second file of one name possible. */
int pattern_expand(char *out, size_t out_bytes, const char *pattern,
                   const struct pattern_values *values);

#endif
