/* SPDX-License-Identifier: MIT
 *
 * report/advice.h - a judgement as text for people, as JSON for programs, or in Markdown.
 *
 * Shape    none
 * Units    As advice/judge.h.
 * Owner    The caller owns the judgement, its profile and the stream.
 * Threads  Single owner.
 * Errors   -ENOMEM; as report/stream.h.
 * Cost     Lines of the stacks that are shown.
 * Source   docs/format.md (schema tare.advice/1)
 */
#ifndef TARE_REPORT_ADVICE_H
#define TARE_REPORT_ADVICE_H

#include "advice/judge.h"
#include "profile/place.h"
#include "report/style.h"

struct advice_options {
    bool with_all; /* text: every piece, with evidence, a sketch and when not */
    bool with_colour;
    bool is_whole; /* nothing is missing in the profile */
};

int advice_text(FILE *out, const struct judgement *judgement, struct profile *profile,
                const struct advice_options *options);
int advice_json(FILE *out, const struct judgement *judgement, struct profile *profile);
int advice_markdown(FILE *out, const struct judgement *judgement, struct profile *profile,
                    const struct advice_options *options);

/* For those: the line that stands for the advice, of the shared function where there is one. */
int advice_place(struct place *place, struct profile *profile, const struct advice *advice);

/* Lines of C that show how, each behind `indent`. */
void advice_sketch(FILE *out, const struct advice *advice, const char *function,
                   const char *indent);

/* What to say where there is none: ": its allocations are fine" only of a profile that tells. */
const char *advice_none(const struct judgement *judgement,
                        const struct advice_options *options);

enum { ADVICE_TEXT_BYTES = 256 };

/* "12 MiB of the peak (31.0 %), 400,000 calls (33.2 %); costs 23 ms of time"; without what is 0. */
const char *advice_saves(char to[ADVICE_TEXT_BYTES], const struct judgement *judgement,
                         const struct saving *saving);

/* "12 KiB", "31 %", ... */
struct text_number;
const char *advice_fact(struct text_number *to, const struct fact *fact);

#endif
