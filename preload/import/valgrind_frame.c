/* SPDX-License-Identifier: MIT */
#include "import/valgrind_frame.h"

#include <string.h>

/* "0x1234: rest" -> "rest" */
static struct maker_text without_address(struct maker_text text)
{
    const char *colon = text.bytes > 2 && !memcmp(text.text, "0x", 2)
                            ? memmem(text.text, text.bytes, ": ", 2)
                            : NULL;

    if (!colon)
        return text;
    size_t used = (size_t)(colon + 2 - text.text);
    return (struct maker_text){text.text + used, text.bytes - used};
}

/* Where the last " (" begins, if the text ends in ')'; 0: it does not. */
static size_t place_of_file(const struct maker_text *text)
{
    if (!text->bytes || text->text[text->bytes - 1] != ')')
        return 0;
    for (size_t at = text->bytes - 1; at-- > 1;)
        if (text->text[at] == ' ' && text->text[at + 1] == '(')
            return at;
    return 0;
}

/* "file:12" */
static void split_line(struct maker_frame *frame)
{
    const char *colon = memrchr(frame->file.text, ':', frame->file.bytes);
    size_t at = colon ? (size_t)(colon - frame->file.text) : frame->file.bytes;

    for (size_t i = at + 1; i < frame->file.bytes; i++) {
        unsigned digit = (unsigned char)frame->file.text[i] - (unsigned)'0';

        frame->line = digit < 10 && frame->line < 100000000 ? frame->line * 10 + digit : 0;
    }
    frame->file.bytes = at;
}

struct maker_place valgrind_place(struct maker *maker, uint32_t program,
                                  const struct maker_text *text)
{
    struct maker_frame frame = {.function = without_address(*text)};
    size_t at = place_of_file(&frame.function);
    uint32_t module = program;

    if (at) {
        frame.file = (struct maker_text){frame.function.text + at + 2,
                                         frame.function.bytes - at - 3};
        frame.function.bytes = at;
    }
    if (frame.file.bytes > 3 && !memcmp(frame.file.text, "in ", 3)) {
        struct maker_text path = {frame.file.text + 3, frame.file.bytes - 3};

        module = maker_module(maker, &path);
        frame.file = (struct maker_text){NULL, 0};
    } else if (frame.file.bytes) {
        split_line(&frame);
    }
    return maker_place(maker, module, &frame, 1);
}
