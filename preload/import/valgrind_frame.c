/* SPDX-License-Identifier: MIT */
#include "import/valgrind_frame.h"

#include <string.h>

/* Of "0x1234: rest" what is before the rest; 0: there is none. */
static size_t address_bytes(const struct maker_text *text)
{
    const char *colon = text->bytes > 2 && !memcmp(text->text, "0x", 2)
                            ? memmem(text->text, text->bytes, ": ", 2)
                            : NULL;

    return colon ? (size_t)(colon + 2 - text->text) : 0;
}

bool valgrind_is_own(const struct maker_text *text)
{
    const char *place = text->bytes ? memmem(text->text, text->bytes, " (in ", 5) : NULL;

    return place &&
           memmem(place, text->bytes - (size_t)(place - text->text), "/vgpreload_", 11);
}

bool valgrind_is_inlined(const struct maker_text *inner, const struct maker_text *outer)
{
    size_t bytes = address_bytes(inner);

    return bytes && bytes == address_bytes(outer) &&
           !memcmp(inner->text, outer->text, bytes);
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

uint32_t valgrind_frame(struct maker *maker, uint32_t program,
                        const struct maker_text *text, struct maker_frame *frame)
{
    size_t before = address_bytes(text);
    uint32_t module = program;

    *frame = (struct maker_frame){.function = {text->text + before, text->bytes - before}};
    size_t at = place_of_file(&frame->function);
    if (at) {
        frame->file = (struct maker_text){frame->function.text + at + 2,
                                          frame->function.bytes - at - 3};
        frame->function.bytes = at;
    }
    if (frame->file.bytes > 3 && !memcmp(frame->file.text, "in ", 3)) {
        struct maker_text path = {frame->file.text + 3, frame->file.bytes - 3};

        module = maker_module(maker, &path);
        frame->file = (struct maker_text){NULL, 0};
    } else if (frame->file.bytes) {
        split_line(frame);
    }
    if (frame->function.bytes == 3 && !memcmp(frame->function.text, "???", 3))
        frame->function = (struct maker_text){NULL, 0};
    return module;
}

struct maker_place valgrind_place(struct maker *maker, uint32_t program,
                                  const struct maker_text *text)
{
    struct maker_frame frame;
    uint32_t module = valgrind_frame(maker, program, text, &frame);

    return maker_place(maker, module, &frame, 1);
}
