/* SPDX-License-Identifier: MIT */
#include "cli/commands.h"
#include "cli/find_ledger.h"
#include "cli/arguments.h"
#include "cli/profiles.h"
#include "cli/progress.h"
#include "cli/show.h"

#include <getopt.h>
#include <stdlib.h>

enum { TEXT_TOP = 10, TEXT_DEPTH = 16, MOST = 1000000000 };

enum letter { TOP_DOWN = 256, BOTTOM_UP, FOLD, NO_FOLD, EVIDENCE, PER_PROCESS, LIVE };

static const struct option_line lines[] = {
    {SHOW_BY, "by", "WHAT", "order by bytes (default), calls, peak, live or temporary"},
    {TOP_DOWN, "top-down", NULL, "as a tree of functions, callers first"},
    {BOTTOM_UP, "bottom-up", NULL, "as a tree of functions, allocators first"},
    PROFILES_OPTION_LINES,
    {FOLD, "fold", NULL,
     "stacks without frames of the language's own library; so are trees"},
    {NO_FOLD, "no-fold", NULL, "trees with these frames"},
    {SHOW_TOP, "top", "N", "show N sites (10; 0 for all; JSON has all)"},
    {SHOW_DEPTH, "depth", "N", "show N frames of each stack (16; 0 for all; JSON has all)"},
    {EVIDENCE, "evidence", NULL, "show how sizes and lifetimes are distributed"},
    {PER_PROCESS, "per-process", NULL, "keep the processes apart"},
    {LIVE, "live", NULL, "of programs that run: by number or by file"},
    {SHOW_FORMAT, "format", "FORM",
     "text (default), json (schema tare.report/1) or md (Markdown)"},
    {SHOW_JSON, "json", NULL, "as --format json"},
    {SHOW_COLOUR, "color", "WHEN", "auto (default), always or never"},
    {SHOW_NO_PAGER, "no-pager", NULL,
     "on a terminal: do not start $TARE_PAGER, $PAGER or less"},
    {'o', "output", "FILE", "to a file"},
    {0},
};

const struct option_table options_of_report = {
    .verb = "report",
    .usage =
        "tare report [OPTION]... [FILE|FOLDER]...\n"
        "       tare report --live [OPTION]... PID|FILE...\n"
        "\n"
        "Shows a summary and the top sites of profiles, by default of the newest *.tare "
        "here.\n"
        "Several files are taken as one run and merged.\n",
    .lines = lines,
};

struct report_command {
    struct show_options show;
    struct selection selection;
    bool is_live, unfolds;
};

static bool set_shape(struct report_options *report, enum report_shape shape)
{
    if (report->shape == SHAPE_SITES || report->shape == shape) {
        report->shape = shape;
        return true;
    }
    usage_error("report", "either --top-down or --bottom-up");
    return false;
}

static bool set_option(struct report_command *command, int letter)
{
    struct report_options *report = &command->show.report;

    switch (letter) {
    case TOP_DOWN:
        return set_shape(report, SHAPE_CALLERS_FIRST);
    case BOTTOM_UP:
        return set_shape(report, SHAPE_ALLOCATORS_FIRST);
    case FOLD:
        return report->is_folded = true;
    case NO_FOLD:
        return command->unfolds = true;
    case EVIDENCE:
        return report->with_evidence = true;
    case PER_PROCESS:
        return report->per_process = true;
    case LIVE:
        return command->is_live = true;
    default:
        return show_takes(letter) ? show_set(&command->show, &options_of_report, letter)
                                  : profiles_select(&command->selection, "report", letter);
    }
}

static void set_defaults(struct report_command *command)
{
    struct report_options *report = &command->show.report;
    bool is_tree = report->shape != SHAPE_SITES;

    if (!command->show.has_top && command->show.form != FORM_JSON)
        report->top = is_tree ? MOST : TEXT_TOP;
    if (!command->show.has_depth && command->show.form != FORM_JSON && !is_tree)
        report->depth = TEXT_DEPTH;
    report->is_folded = (report->is_folded || is_tree) && !command->unfolds;
    report->selection = &command->selection;
    if (!command->show.has_order && command->is_live)
        report->order = ORDER_LIVE;
}

/* `word` is a process number or a path. */
static int add_live(struct profile *profile, const char *word)
{
    char *path = NULL;
    int status = find_ledger_live(word, &path);

    if (status == STATUS_DONE)
        status = profiles_add(profile, path);
    free(path);
    return status;
}

static int add_words(struct profile *profile, const struct report_command *command,
                     int count, char **words)
{
    int status = STATUS_DONE;

    if (!count && command->is_live)
        return usage_error("report",
                           "--live needs the number or the file of a program that runs");
    if (!count)
        return profiles_add_newest(profile);
    for (int i = 0; status == STATUS_DONE && i < count; i++)
        status = command->is_live ? add_live(profile, words[i])
                                  : profiles_add(profile, words[i]);
    return status;
}

static int put(FILE *out, void *profile, const struct show_options *options)
{
    return show_profile(out, profile, options);
}

int cmd_report(int argc, char **argv)
{
    struct report_command command = {0};
    struct profile profile = {0};
    int letter;

    while ((letter = option_next(&options_of_report, argc, argv)) != OPTION_END) {
        if (letter == OPTION_HELP)
            return STATUS_DONE;
        if (letter == OPTION_WRONG || !set_option(&command, letter))
            return STATUS_USAGE;
    }
    if (command.show.form == FORM_JSON && command.show.report.shape != SHAPE_SITES)
        return usage_error("report", "trees are text: JSON has all stacks");
    set_defaults(&command);
    symbols_stay_offline();
    progress_begin("reading the profile");
    int status = add_words(&profile, &command, argc - optind, argv + optind);
    if (status == STATUS_DONE)
        status = profiles_finish(&profile, &command.selection, "report");
    if (status == STATUS_DONE)
        status = show(&command.show, put, &profile);
    progress_end();
    profile_fini(&profile);
    selection_fini(&command.selection);
    return status;
}
