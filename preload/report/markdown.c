/* SPDX-License-Identifier: MIT */
#include "report/markdown.h"

#include "report/short_name.h"
#include "report/style.h"

#include <inttypes.h>
#include <string.h>

void markdown_text(FILE *out, const char *text)
{
    while (*text) {
        if (strchr("\\`*_[]<>|~&", *text))
            putc('\\', out);
        text += style_character(out, text);
    }
}

void markdown_place(FILE *out, const struct place *place)
{
    char brief[SHORT_NAME_BYTES];

    markdown_text(out, short_name(brief, place_name(place)));
    if (!place->file)
        return;
    fputs(", ", out);
    markdown_text(out, place->file);
    fprintf(out, ":%" PRIu32, place->line);
}
