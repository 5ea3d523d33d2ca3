/* SPDX-License-Identifier: MIT
 *
 * export/texts.h - what a format writes for a place, made once and then copied.
 *
 * Shape    place -> its text, all in one buffer
 * Units    Bytes.
 * Owner    Caller owns the struct; it owns the texts. The samples outlive it.
 * Threads  Single owner.
 * Errors   -ENOMEM goes to the samples' `error`; from then on nothing is written.
 * Cost     Memory for each distinct place; a frame of a stack costs a copy.
 * Source   none
 */
#ifndef TARE_EXPORT_TEXTS_H
#define TARE_EXPORT_TEXTS_H

#include "export/samples.h"
#include "export/sink.h"

struct texts;

/* Add the text of one frame. */
typedef void text_fn(struct texts *texts, const struct place_frame *frame, uint32_t index);

struct texts {
    struct samples *samples;
    text_fn *add;
    bool innermost_first;
    char between; /* frames */
    char *bytes;
    size_t used, room;
    struct {
        size_t at;
        uint32_t bytes;
    } * of; /* by place */
    uint32_t count, of_room;
};

void texts_fini(struct texts *texts);

void texts_add(struct texts *texts, const char *bytes, size_t count);
void texts_add_char(struct texts *texts, char c);
void texts_add_number(struct texts *texts, uint64_t number);

/* Write the latest stack. */
void texts_put_stack(struct texts *texts, struct sink *sink);

#endif
