/* SPDX-License-Identifier: MIT */
#include "report/units.h"

#include <stdio.h>
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
