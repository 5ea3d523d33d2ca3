/* SPDX-License-Identifier: MIT */
#include "cli/show.h"

#include "cli/output.h"
#include "cli/pager.h"
#include "cli/progress.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MOST = 1000000000 };

static bool set_form(const char *verb, enum show_form *form)
{
    static const char *const names[] = {"text", "json", "md"};

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (!strcmp(optarg, names[i])) {
            *form = (enum show_form)i;
            return true;
        }
    }
    usage_error(verb, "--format knows text, json and md, not '%s'", optarg);
    return false;
}

static bool set_order(struct show_options *options, const char *verb)
{
    options->report.order = site_order_find(optarg);
    options->has_order = true;
    if (options->report.order != ORDER_COUNT)
        return true;
    usage_error(verb, "--by knows bytes, calls, peak, live and temporary, not '%s'",
                optarg);
    return false;
}

bool show_takes(int letter)
{
    return letter == 'o' || (letter >= SHOW_BY && letter < SHOW_END);
}

bool show_set(struct show_options *options, const struct option_table *table, int letter)
{
    switch (letter) {
    case SHOW_BY:
        return set_order(options, table->verb);
    case SHOW_TOP:
        options->has_top = true;
        return option_number(table, "--top", MOST, &options->report.top);
    case SHOW_DEPTH:
        options->has_depth = true;
        return option_number(table, "--depth", MOST, &options->report.depth);
    case SHOW_FORMAT:
        return set_form(table->verb, &options->form);
    case SHOW_JSON:
        options->form = FORM_JSON;
        return true;
    case SHOW_COLOUR:
        return show_set_colour(table->verb, optarg, &options->colour);
    case SHOW_NO_PAGER:
        return options->without_pager = true;
    default:
        options->output = optarg;
        return true;
    }
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

int show(struct show_options *options, show_fn *put, void *what)
{
    struct output output;

    if (!output_open(&output, options->output))
        return STATUS_UNREADABLE;
    show_suit(options, output.file);
    bool is_paged = !options->output && options->form == FORM_TEXT &&
                    !options->without_pager && pager_begin();
    int err = put(output.file, what, options);
    progress_end();
    if (!is_paged)
        return output_close(&output, err);
    pager_end();
    return STATUS_DONE;
}
