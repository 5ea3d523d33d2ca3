/* SPDX-License-Identifier: MIT
 *
 * shim/message.h - lines on stderr, without stdio.
 *
 * Shape    struct text: a bounded buffer that is appended to; text_write sends it off.
 * Units    bytes
 * Owner    The caller owns the buffer.
 * Threads  thread-safe, async-signal-safe.
 * Errors   What does not fit is left out, and what a pipe that nobody reads does not take, if it is
 *          one that does not wait.
 * Cost     One write call a line.
 * Source   none
 */
#ifndef TARE_SHIM_MESSAGE_H
#define TARE_SHIM_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

struct text {
    size_t used;
    char bytes[1024];
};

void text_add(struct text *text, const char *string);
void text_add_number(struct text *text, uint64_t number);
void text_add_hex(struct text *text, uint64_t number);
/* Right-aligned in `width` columns. */
void text_add_column(struct text *text, uint64_t number, unsigned width);
/* Write to stderr and empty the buffer. */
void text_write(struct text *text);

/* "tare: WHAT\n" on stderr, as long as that is the file it was when the program began: the
 * program may have given the descriptor to anything since. */
void message(const char *what);
/* "tare: WHAT: WHY\n". */
void message_why(const char *what, const char *why);

/* Remember which file stderr is; true from then on as long as it is still that one, and may be asked
 * about. */
void message_init(void);
int message_stderr_is_unchanged(void);

/* Is this the process that an exec began, not a fork's child? */
int message_process_is_first(void);

#endif
