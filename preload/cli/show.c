/* SPDX-License-Identifier: MIT */
#include "cli/show.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool wants_colour(FILE *out)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");

    return isatty(fileno(out)) && !(no_colour && *no_colour) && terminal &&
           strcmp(terminal, "dumb") != 0;
}

/* A file keeps lines whole. */
static int columns_of(FILE *out)
{
    struct winsize size;

    return ioctl(fileno(out), TIOCGWINSZ, &size) ? 0 : size.ws_col;
}

int show_profile(FILE *out, struct profile *profile, const struct show_options *options)
{
    struct report_options report = options->report;

    if (options->as_json)
        return report_json(out, profile, &report);
    report.with_colour = wants_colour(out);
    report.columns = columns_of(out);
    return report_text(out, profile, &report);
}
