/* SPDX-License-Identifier: MIT */
#include "report/style.h"

#include "report/json_writer.h"

#include <string.h>

static const char *const codes[] = {
    [STYLE_PLAIN] = "",
    [STYLE_BOLD] = "\033[1m",
    [STYLE_DIM] = "\033[2m",
    [STYLE_WARNING] = "\033[33m",
};

void style_begin(const struct styled *to, enum style style)
{
    if (to->with_colour)
        fputs(codes[style], to->out);
}

void style_end(const struct styled *to, enum style style)
{
    if (to->with_colour && style != STYLE_PLAIN)
        fputs("\033[0m", to->out);
}

/* C1 controls are two bytes in UTF-8, from c2 80 on. */
int style_character(FILE *out, const char *at)
{
    int length = utf8_length(at);
    unsigned char first = (unsigned char)at[0];
    bool is_control = length == 1 ? first < 0x20 || first == 0x7f
                                  : first == 0xc2 && (unsigned char)at[1] < 0xa0;

    if (!length || is_control) {
        putc('?', out);
        return length ? length : 1;
    }
    fwrite(at, 1, (size_t)length, out);
    return length;
}

int style_text(const struct styled *to, enum style style, const char *text, int columns)
{
    int total = (int)strlen(text);
    bool is_cut = columns > 3 && total > columns;
    int end = is_cut ? columns - 3 : total;
    int at = 0;

    style_begin(to, style);
    while (at < end)
        at += style_character(to->out, text + at);
    if (is_cut)
        fputs("...", to->out);
    style_end(to, style);
    return is_cut ? at + 3 : at;
}
