/* SPDX-License-Identifier: MIT */
#include "export/clean_text.h"

#include "report/json_writer.h"

#include <stdlib.h>
#include <string.h>

size_t clean_text(char *to, const char *text)
{
    char *at = to;

    while (*text) {
        int length = utf8_length(text);
        unsigned char first = (unsigned char)text[0];
        bool is_control = length == 1 ? first < 0x20 || first == 0x7f
                                      : first == 0xc2 && (unsigned char)text[1] < 0xa0;

        if (!length)
            at = stpcpy(at, "\xef\xbf\xbd");
        else if (is_control)
            *at++ = '?';
        else
            at = mempcpy(at, text, (size_t)length);
        text += length ? length : 1;
    }
    *at = '\0';
    return (size_t)(at - to);
}

char *clean_copy(const char *text)
{
    char *copy = malloc(CLEAN_TEXT_BYTES(strlen(text)));

    if (copy)
        clean_text(copy, text);
    return copy;
}
