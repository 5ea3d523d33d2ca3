/* SPDX-License-Identifier: MIT */
#include "support/openmetrics_check.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 200 };

struct family {
    char name[NAME_BYTES], type[20];
};

/* The end of a name; NULL: there is none. */
static const char *after_name(const char *at)
{
    if (!isalpha((unsigned char)*at) && *at != '_' && *at != ':')
        return NULL;
    while (isalnum((unsigned char)*at) || *at == '_' || *at == ':')
        at++;
    return at;
}

/* Behind {name="value",...}; NULL: it is not well formed. */
static const char *after_labels(const char *at)
{
    do {
        at = after_name(at + 1);
        if (!at || at[0] != '=' || at[1] != '"')
            return NULL;
        for (at += 2; *at != '"'; at++) {
            if (*at == '\\' && !strchr("\\\"n", *++at))
                return NULL;
            if (*at == 0 || *at == '\n')
                return NULL;
        }
        at++;
    } while (*at == ',');
    return *at == '}' ? at + 1 : NULL;
}

static const char *check_value(const char *at, bool is_counter)
{
    char *end;

    if (*at != ' ' || isspace((unsigned char)at[1]))
        return "no value behind one blank";
    double value = strtod(at + 1, &end);
    if (end == at + 1 || *end != '\n')
        return "no number to the end of the line";
    return is_counter && !(value >= 0) ? "a count below 0" : NULL;
}

static bool is_suffixed(const char *name, size_t bytes, const struct family *family,
                        const char *suffix)
{
    size_t base = strlen(family->name);

    return bytes == base + strlen(suffix) && strncmp(name, family->name, base) == 0 &&
           strncmp(name + base, suffix, strlen(suffix)) == 0;
}

static const char *check_sample(const char *at, const struct family *family)
{
    const char *end = after_name(at);
    size_t bytes = end ? (size_t)(end - at) : 0;
    bool is_total = is_suffixed(at, bytes, family, "_total");
    bool is_count = is_suffixed(at, bytes, family, "_count");
    bool is_sum = is_suffixed(at, bytes, family, "_sum"),
         is_plain = is_suffixed(at, bytes, family, "");

    if (!end)
        return "no name";
    const char *labels = end;
    if (*end == '{' && !(end = after_labels(end)))
        return "labels are not well formed";
    if (strcmp(family->type, "counter") == 0 ? !is_total
        : strcmp(family->type, "gauge") == 0 ? !is_plain
                                             : !(is_count || is_sum || is_plain))
        return "a name that the family's type has not";
    if (strcmp(family->type, "summary") == 0 && is_plain &&
        !memmem(labels, (size_t)(end - labels), "quantile=\"0.", 12))
        return "a summary without its quantile";
    return check_value(end, is_total || is_count);
}

/* Does a line before `at` begin with the same `bytes`? */
static bool is_repeated(const char *text, const char *at, size_t bytes)
{
    for (const char *line = text; line < at; line = strchr(line, '\n') + 1)
        if (strncmp(line, at, bytes) == 0)
            return true;
    return false;
}

static const char *check_line(const char *text, const char *at, struct family *family)
{
    char name[NAME_BYTES], type[20];

    if (*at != '#') {
        const char *end = strchr(at, '\n');
        const char *blank = memrchr(at, ' ', (size_t)(end - at));

        if (is_repeated(text, at, (size_t)(blank - at) + 1))
            return "a series twice";
        return check_sample(at, family);
    }
    if (sscanf(at, "# TYPE %199s %19s", name, type) == 2) {
        snprintf(family->name, sizeof family->name, "%s", name);
        snprintf(family->type, sizeof family->type, "%s", type);
        if (strcmp(type, "counter") && strcmp(type, "gauge") && strcmp(type, "summary"))
            return "an unknown type";
        return is_repeated(text, at, strlen("# TYPE ") + strlen(name) + 1)
                   ? "a family twice"
                   : NULL;
    }
    if (sscanf(at, "# HELP %199s", name) == 1)
        return strcmp(name, family->name) ? "help for another family" : NULL;
    return "a comment that is none";
}

const char *openmetrics_check(const char *text)
{
    struct family family = {"", ""};
    const char *at = text, *wrong = NULL;

    while (!wrong && *at && strcmp(at, "# EOF\n") != 0) {
        const char *end = strchr(at, '\n');

        if (!end || end == at || !memchr(at, ' ', (size_t)(end - at)))
            return "a line of less than two words";
        wrong = check_line(text, at, &family);
        at = end + 1;
    }
    return wrong ? wrong : *at ? NULL : "no end";
}

double openmetrics_value(const char *text, const char *series)
{
    size_t bytes = strlen(series);

    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, series, bytes) == 0 && line[bytes] == ' ')
            return strtod(line + bytes, NULL);
    }
    return NAN;
}
