/* SPDX-License-Identifier: MIT */
#include "cli/commands.h"
#include "cli/profiles.h"
#include "cli/progress.h"
#include "cli/show.h"
#include "report/advice.h"

#include <getopt.h>
#include <string.h>

enum letter { ALL = 256, LITTLE };

static const struct option_line lines[] = {
    {ALL, "all", NULL,
     "every piece of advice, with its evidence, a sketch of the code, and when\n"
     "not to follow it"},
    {LITTLE, "little", NULL,
     "also what saves less than 1 % of the peak and 0.5 % of the time"},
    PROFILES_OPTION_LINES,
    {SHOW_FORMAT, "format", "FORM",
     "text (default), json (schema tare.advice/1) or md (Markdown)"},
    {SHOW_JSON, "json", NULL, "as --format json"},
    {SHOW_COLOUR, "color", "WHEN", "auto (default), always or never"},
    {SHOW_NO_PAGER, "no-pager", NULL,
     "on a terminal: do not start $TARE_PAGER, $PAGER or less"},
    {'o', "output", "FILE", "to a file"},
    {0},
};

const struct option_table options_of_advise = {
    .verb = "advise",
    .usage =
        "tare advise [OPTION]... [FILE|FOLDER]...\n"
        "\n"
        "Says which remedy fits which site of profiles, by default of the newest *.tare "
        "here,\n"
        "and what it would save; what is worth most comes first. tare run --advise records "
        "the\n"
        "evidence; without it much cannot be seen.\n" PROFILES_PATTERN_HELP,
    .after = "Remedies: intern, rc, pool, arena, vec, reserve, shrink, map, codec, leak, "
             "batch-free.\n"
             "What allocating costs on this machine is measured once, and kept in\n"
             "$XDG_CACHE_HOME/tare/costs.\n",
    .lines = lines,
};

struct advise_command {
    struct show_options show;
    struct selection selection;
    bool with_all, with_little;
};

/* What is shown. */
struct advised {
    const struct judgement *judgement;
    struct profile *profile;
    bool with_all, is_whole;
};

static bool set_option(struct advise_command *command, int letter)
{
    switch (letter) {
    case ALL:
        return command->with_all = true;
    case LITTLE:
        return command->with_little = true;
    default:
        return show_takes(letter) ? show_set(&command->show, &options_of_advise, letter)
                                  : profiles_select(&command->selection, "advise", letter);
    }
}

static int put(FILE *out, void *what, const struct show_options *show)
{
    const struct advised *advised = what;
    const struct advice_options options = {advised->with_all, show->report.with_colour,
                                           advised->is_whole};

    switch (show->form) {
    case FORM_JSON:
        return advice_json(out, advised->judgement, advised->profile);
    case FORM_MARKDOWN:
        return advice_markdown(out, advised->judgement, advised->profile, &options);
    default:
        return advice_text(out, advised->judgement, advised->profile, &options);
    }
}

static int advise(struct advise_command *command, struct profile *profile)
{
    struct judgement judgement;
    struct costs costs;

    if (!costs_of_machine(&costs))
        message("advise",
                "what allocating costs here cannot be measured: typical costs are "
                "taken");
    int err = judge(&judgement, profile, &costs, command->with_little);
    if (err) {
        message("advise", "%s", strerror(-err));
        return STATUS_UNREADABLE;
    }
    struct advised advised = {&judgement, profile, command->with_all,
                              profiles_are_whole(profile)};
    int status = show(&command->show, put, &advised);
    if (!judgement.is_advised)
        message(
            profile->processes[0].file_path,
            "recorded without evidence of contents, order and writes: tare run --advise");
    judgement_fini(&judgement);
    return status;
}

int cmd_advise(int argc, char **argv)
{
    struct advise_command command = {0};
    struct profile profile = {0};
    int letter;

    while ((letter = option_next(&options_of_advise, argc, argv)) != OPTION_END) {
        if (letter == OPTION_HELP)
            return STATUS_DONE;
        if (letter == OPTION_WRONG || !set_option(&command, letter))
            return STATUS_USAGE;
    }
    symbols_stay_offline();
    progress_begin("reading the profile");
    int status =
        profiles_read(&profile, &command.selection, "advise", argc - optind, argv + optind);
    if (status == STATUS_DONE)
        status = advise(&command, &profile);
    progress_end();
    profile_fini(&profile);
    selection_fini(&command.selection);
    return status;
}
