/* SPDX-License-Identifier: MIT
 *
 * Requests of anybody's, one after the other: words lie where they were read, a beginning of a request
 * is never taken for another one, and what was understood is understood again when it is written anew.
 *     input: what a client sends
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "governors/resp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* In memory of just this size, so that a look beyond it is seen. */
static enum resp_result parse_copy(const char *data, size_t bytes,
                                   struct resp_request *request, size_t *used)
{
    char *copy = malloc(bytes ? bytes : 1);
    const char *why = NULL;

    require(copy != NULL);
    memcpy(copy, data, bytes);
    enum resp_result result = resp_parse(copy, bytes, request, used, &why);
    require((result == RESP_WRONG) == (why != NULL));
    for (unsigned i = 0; i < request->count && result == RESP_WHOLE; i++) {
        struct tare_text *word = &request->words[i];

        require(word->start >= copy && word->start + word->bytes <= copy + *used);
        word->start = data + (word->start - copy); /* the same, where it stays */
    }
    free(copy);
    return result;
}

static void write_anew(const struct resp_request *request)
{
    static char text[16 * RESP_REQUEST_BYTES];
    struct resp_reply reply = {text, text + sizeof text, false};
    struct resp_request again;
    size_t used;

    resp_array(&reply, request->count);
    for (unsigned i = 0; i < request->count; i++) {
        if (request->words[i].bytes > RESP_WORD_BYTES)
            return; /* of a line, which may have longer ones */
        resp_text(&reply, request->words[i].start, request->words[i].bytes);
    }
    require(!reply.is_full);
    require(parse_copy(text, (size_t)(reply.at - text), &again, &used) == RESP_WHOLE);
    require(used == (size_t)(reply.at - text) && again.count == request->count);
    for (unsigned i = 0; i < again.count; i++)
        require(again.words[i].bytes == request->words[i].bytes &&
                memcmp(again.words[i].start, request->words[i].start,
                       again.words[i].bytes) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const char *at = (const char *)data;
    struct resp_request request, part;
    size_t used, part_used;

    while (bytes && parse_copy(at, bytes, &request, &used) == RESP_WHOLE) {
        require(used && used <= bytes);
        for (size_t cut = 0; cut < used; cut += 1 + used / 32)
            require(parse_copy(at, cut, &part, &part_used) != RESP_WHOLE);
        write_anew(&request);
        at += used;
        bytes -= used;
    }
    return 0;
}
