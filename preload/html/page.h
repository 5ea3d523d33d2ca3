/* SPDX-License-Identifier: MIT
 *
 * html/page.h - a report as one page for a browser, which needs nothing else.
 *
 * Shape    shell (markup, style, script; preload/html/page/) with a table for browsers without
 *          script, and the data: deflated, in base64
 * Units    Bytes.
 * Owner    The caller owns the profiles and the stream.
 * Threads  Single owner.
 * Errors   -ENOMEM; as report/stream.h: the stream did not take it all.
 * Cost     Names and lines of all frames. What makes the page greater than asked for is folded.
 * Source   docs/format.md, RFC 1950
 */
#ifndef TARE_HTML_PAGE_H
#define TARE_HTML_PAGE_H

#include "advice/judge.h"
#include "profile/selection.h"

#include <stdio.h>

struct page_options {
    uint64_t most_bytes;   /* of the page */
    uint32_t source_lines; /* around each line that allocates much; 0: no source */
    const struct selection
        *selection; /* what the profiles were cut down to; NULL: nothing */
    const struct judgement *judgement; /* of the profile; NULL: there is no advice */
};

struct page_result {
    uint64_t bytes;
    uint32_t folded_nodes; /* of the call tree */
};

/* `base` is what to compare with; NULL: nothing. Both are finished. */
int page_write(FILE *out, struct profile *profile, struct profile *base,
               const struct page_options *options, struct page_result *result);

#endif
