/* SPDX-License-Identifier: MIT
 *
 * tare/text.h - a string that is where it is: a start and a length.
 *
 * Shape    start -> bytes, of any value; no NUL needs to be behind them
 * Units    bytes
 * Owner    borrowed: whoever has the bytes keeps them
 * Threads  a value
 * Errors   none
 * Cost     two words
 * Source   none
 */
#ifndef TARE_TEXT_H
#define TARE_TEXT_H

#include <stddef.h>
#include <string.h>

#include <tare/api.h>

TARE_BEGIN

struct tare_text {
    const char *start;
    size_t bytes;
};

/* A string that ends with NUL, without that. */
TARE_NODISCARD TARE_INLINE struct tare_text tare_text_of(const char *string)
{
    struct tare_text text = {string, strlen(string)};

    return text;
}

TARE_END

#endif
