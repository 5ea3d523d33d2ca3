/* SPDX-License-Identifier: MIT */
#include "report/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *units_bytes(struct text_number *to, uint64_t bytes)
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    int name = 0;

    /* 1023.95 would be printed as 1024.0. */
    while (value >= 1023.95 && name < 6) {
        value /= 1024;
        name++;
    }
    if (name == 0)
        snprintf(to->text, sizeof to->text, "%u B", (unsigned)bytes);
    else
        snprintf(to->text, sizeof to->text, "%.*f %s", value < 99.95 ? 1 : 0, value,
                 names[name]);
    return to->text;
}

const char *units_count(struct text_number *to, uint64_t count)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    char *at = to->text;

    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    *at = '\0';
    return to->text;
}

const char *units_plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

const char *units_time(struct text_number *to, uint64_t ns)
{
    uint64_t seconds = ns / 1000000000u;
    unsigned long long minutes = seconds / 60;

    if (ns < 10000)
        snprintf(to->text, sizeof to->text, "%u ns", (unsigned)ns);
    else if (ns < 10000000u)
        snprintf(to->text, sizeof to->text, "%.2f ms", (double)ns / 1e6);
    else if (ns < 1000000000u)
        snprintf(to->text, sizeof to->text, "%.0f ms", (double)ns / 1e6);
    else if (seconds < 60)
        snprintf(to->text, sizeof to->text, "%.2f s", (double)ns / 1e9);
    else if (minutes < 60)
        snprintf(to->text, sizeof to->text, "%llu min %u s", minutes,
                 (unsigned)(seconds % 60));
    else
        snprintf(to->text, sizeof to->text, "%llu h %u min", minutes / 60,
                 (unsigned)(minutes % 60));
    return to->text;
}

const char *units_share(struct text_number *to, uint64_t part, uint64_t whole)
{
    double share = whole ? 100.0 * (double)part / (double)whole : 0;

    if (part && share < 0.05)
        strcpy(to->text, "<0.1 %");
    else
        snprintf(to->text, sizeof to->text, "%.1f %%", share);
    return to->text;
}

bool units_parse(const char *text, bool has_units, uint64_t *value)
{
    static const struct {
        const char *name;
        double bytes;
    } units[] = {
        {"", 1},         {"B", 1},        {"KiB", 0x1p10}, {"MiB", 0x1p20},
        {"GiB", 0x1p30}, {"TiB", 0x1p40}, {"kB", 1e3},     {"KB", 1e3},
        {"MB", 1e6},     {"GB", 1e9},     {"TB", 1e12},
    };
    char *end;

    if (*text < '0' || *text > '9' || text[strspn(text, "0123456789.")] == 'x')
        return false;
    double number = strtod(text, &end);
    end += strspn(end, " ");
    for (size_t i = 0; i < (has_units ? sizeof units / sizeof *units : 1); i++) {
        if (strcmp(end, units[i].name) != 0)
            continue;
        number *= units[i].bytes;
        *value = (uint64_t)number;
        return number < 0x1p63;
    }
    return false;
}

/* A number and its unit, from `*text`, which then stands behind them. */
static bool parse_part(const char **text, double *ns)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"ns", 1},     {"us", 1e3}, {"ms", 1e6},
                 {"min", 60e9}, {"s", 1e9},  {"h", 3600e9}};
    char *end;

    if (**text < '0' || **text > '9' || (*text)[strspn(*text, "0123456789.")] == 'x')
        return false;
    double number = strtod(*text, &end);
    end += strspn(end, " ");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t letters = strlen(units[i].name);

        if (strncmp(end, units[i].name, letters) != 0)
            continue;
        end += letters;
        *text = end + strspn(end, " ");
        *ns += number * units[i].ns;
        return true;
    }
    return false;
}

bool units_parse_time(const char *text, uint64_t *ns)
{
    double sum = 0;

    do {
        if (!parse_part(&text, &sum))
            return false;
    } while (*text);
    if (sum >= 0x1p63)
        return false;
    *ns = (uint64_t)sum;
    return true;
}
