/* SPDX-License-Identifier: MIT
 *
 * governors/resp.h - Redis's protocol, as far as servers of short requests need it.
 *
 * Shape    request:  *COUNT, each $BYTES and the word; or a line of words
 *          reply:    +word  -ERR why  :number  $BYTES and the text  *COUNT and so many replies
 * Units    bytes
 * Owner    A request's words are where the bytes are that it was read from; a reply's room is the caller's.
 * Threads  single owner
 * Errors   RESP_WRONG with a sentence. A reply that has no room is cut off, and `is_full` says so.
 * Cost     one pass; no allocation
 * Source   Redis serialization protocol specification (RESP2)
 */
#ifndef GOVERNORS_RESP_H
#define GOVERNORS_RESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tare/text.h>

enum {
    RESP_WORDS = 16,
    RESP_WORD_BYTES = 256,
    RESP_REQUEST_BYTES = 8192, /* one that is not whole by then is wrong */
};

struct resp_request {
    struct tare_text words[RESP_WORDS];
    unsigned count;
};

enum resp_result { RESP_WHOLE, RESP_MORE, RESP_WRONG };

/* RESP_WHOLE: a request of *used bytes, which may have no words; RESP_MORE: it is not all there yet;
 * RESP_WRONG: it never will be, and *why says so: nobody knows where the next one begins. */
enum resp_result resp_parse(const char *data, size_t bytes, struct resp_request *request,
                            size_t *used, const char **why);

struct resp_reply {
    char *at, *end;
    bool is_full;
};

void resp_status(struct resp_reply *reply, const char *word);
void resp_error(struct resp_reply *reply, const char *why);
void resp_integer(struct resp_reply *reply, int64_t number);
void resp_text(struct resp_reply *reply, const char *text, size_t bytes);
void resp_array(struct resp_reply *reply, unsigned count);

/* A word as a number of at most `most`; false: it is none. */
bool resp_number(struct tare_text word, uint64_t most, uint64_t *number);

/* Is it this word, in capitals or not? */
bool resp_is(struct tare_text word, const char *name);

#endif
