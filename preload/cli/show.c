/* SPDX-License-Identifier: MIT */
#include "cli/show.h"

#include "cli/arguments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool show_set_form(const char *verb, const char *word, enum show_form *form)
{
    static const char *const names[] = {"text", "json", "md"};

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (!strcmp(word, names[i])) {
            *form = (enum show_form)i;
            return true;
        }
    }
    usage_error(verb, "--format knows text, json and md, not '%s'", word);
    return false;
}

bool show_set_colour(const char *verb, const char *word, enum show_colour *colour)
{
    static const char *const names[] = {"auto", "always", "never"};

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (!strcmp(word, names[i])) {
            *colour = (enum show_colour)i;
            return true;
        }
    }
    usage_error(verb, "--color knows auto, always and never, not '%s'", word);
    return false;
}

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value && *value;
}

bool show_wants_colour(FILE *out, enum show_colour colour)
{
    const char *terminal = getenv("TERM");

    if (colour != COLOUR_AUTO)
        return colour == COLOUR_ALWAYS;
    if (is_set("NO_COLOR"))
        return false;
    if (is_set("CLICOLOR_FORCE") && strcmp(getenv("CLICOLOR_FORCE"), "0") != 0)
        return true;
    return isatty(fileno(out)) && terminal && strcmp(terminal, "dumb") != 0;
}

/* A file keeps lines whole. */
int show_columns(FILE *out)
{
    struct winsize size;

    return ioctl(fileno(out), TIOCGWINSZ, &size) ? 0 : size.ws_col;
}

void show_suit(struct show_options *options, FILE *out)
{
    options->report.with_colour = show_wants_colour(out, options->colour);
    options->report.columns = show_columns(out);
}

int show_profile(FILE *out, struct profile *profile, const struct show_options *options)
{
    switch (options->form) {
    case FORM_JSON:
        return report_json(out, profile, &options->report);
    case FORM_MARKDOWN:
        return report_markdown(out, profile, &options->report);
    default:
        return report_text(out, profile, &options->report);
    }
}
