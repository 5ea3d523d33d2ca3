/* SPDX-License-Identifier: MIT */
#include "report/short_name.h"

#include <stdbool.h>
#include <string.h>

/* What a demangler writes for the strings that everybody uses. */
static const struct {
    const char *from, *to;
} words[] = {
    {"std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >",
     "std::string"},
    {"std::basic_string_view<char, std::char_traits<char> >", "std::string_view"},
    {"std::basic_string<char, std::char_traits<char>, std::allocator<char> >",
     "std::string"},
    {"std::__cxx11::", "std::"},
};

/* Arguments of templates that are nearly always the ones nobody wrote. */
static const char *const defaults[] = {", std::allocator<",   ", std::default_delete<",
                                       ", std::char_traits<", ", std::less<",
                                       ", std::hash<",        ", std::equal_to<"};

/* The end of what begins behind an opening bracket, as the bracket that closes it; NULL when
 * none does. "->" and operators of shifts and comparisons close nothing. */
static char *closing(char *at, char open, char close)
{
    int nesting = 1;

    for (; *at; at++) {
        if (*at == open)
            nesting++;
        else if (*at == close && at[-1] != '-' && --nesting == 0)
            return at;
    }
    return NULL;
}

static void cut_out(char *from, const char *to)
{
    memmove(from, to, strlen(to) + 1);
}

static void replace_words(char *text)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t to_bytes = strlen(words[i].to);

        for (char *at = strstr(text, words[i].from); at; at = strstr(at, words[i].from)) {
            memcpy(at, words[i].to, to_bytes);
            cut_out(at + to_bytes, at + strlen(words[i].from));
            at += to_bytes;
        }
    }
}

/* Also the space that keeps two closing brackets apart. */
static void drop_default(char *text, const char *what)
{
    char *at = text;

    while ((at = strstr(at, what))) {
        char *end = closing(at + strlen(what), '<', '>');

        if (!end)
            return;
        end++;
        if (end[0] == ' ' && end[1] == '>')
            end++;
        cut_out(at, end);
    }
}

/* Replace what stands within the first bracket of its kind by three dots; false: there is
 * nothing more to gain. */
static bool fold(char *text, char open, char close)
{
    for (char *at = strchr(text, open); at; at = strchr(at + 1, open)) {
        bool is_operator = at - text >= 8 && !strncmp(at - 8, "operator", 8);
        char *end = is_operator ? NULL : closing(at + 1, open, close);

        if (!end || end - at <= 4)
            continue;
        memcpy(at + 1, "...", 3);
        cut_out(at + 4, end);
        return true;
    }
    return false;
}

const char *short_name(char to[SHORT_NAME_BYTES], const char *name)
{
    size_t bytes = strlen(name);

    if (bytes < SHORT_NAME_LONG && !strstr(name, "std::"))
        return name;
    if (bytes >= SHORT_NAME_BYTES)
        bytes = SHORT_NAME_BYTES - 1;
    memcpy(to, name, bytes);
    to[bytes] = '\0';
    replace_words(to);
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        drop_default(to, defaults[i]);
    while (strlen(to) > SHORT_NAME_LONG && fold(to, '(', ')'))
        continue;
    while (strlen(to) > SHORT_NAME_LONG && fold(to, '<', '>'))
        continue;
    return to;
}
