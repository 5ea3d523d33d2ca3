/* SPDX-License-Identifier: MIT */
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/profiles.h"
#include "html/page.h"
#include "report/units.h"

#include <getopt.h>
#include <string.h>

enum { MIB = 1 << 20, MIB_DEFAULT = 2, MIB_MOST = 1024, LINES_MOST = 1000 };

enum letter { BASE = 256, MAX_SIZE, SOURCE };

static const struct option_line lines[] = {
    {'o', "output", "FILE", "where to write the page (report.html)"},
    {BASE, "base", "FILE", "compare with this profile"},
    {MAX_SIZE, "max-size", "MIB", "fold what makes the page greater (2)"},
    {SOURCE, "source", "N", "put N lines around the hottest lines of source into it"},
    PROFILES_OPTION_LINES,
    {0},
};

const struct option_table options_of_html = {
    .verb = "html",
    .usage =
        "tare html [OPTION]... [FILE|FOLDER]...\n"
        "\n"
        "Makes one page for a browser of profiles, by default of the newest *.tare here. "
        "Several\n"
        "files are taken as one run and merged. The page needs no network and no other "
        "file.\n" PROFILES_PATTERN_HELP,
    .lines = lines,
};

struct html_command {
    struct page_options page;
    struct selection selection;
    const char *output;
    char *base;
};

static bool set_size(struct html_command *command)
{
    uint32_t number;

    if (!option_number(&options_of_html, "--max-size", MIB_MOST, &number))
        return false;
    command->page.most_bytes = (uint64_t)number * MIB;
    if (!number)
        usage_error("html",
                    "option '--max-size' needs 1 at least: a page has 120 KiB of its own");
    return number;
}

static bool set_option(struct html_command *command, int letter)
{
    switch (letter) {
    case 'o':
        command->output = optarg;
        return true;
    case BASE:
        command->base = optarg;
        return true;
    case MAX_SIZE:
        return set_size(command);
    case SOURCE:
        return option_number(&options_of_html, "--source", LINES_MOST,
                             &command->page.source_lines);
    default:
        return profiles_select(&command->selection, "html", letter);
    }
}

static int write_page(const struct html_command *command, struct profile *profile,
                      struct profile *base)
{
    struct page_result result;
    struct output output;

    if (!output_open(&output, command->output))
        return STATUS_UNREADABLE;
    int err = page_write(output.file, profile, base, &command->page, &result);
    int status = output_close(&output, err);
    if (status != STATUS_DONE)
        return status;
    struct text_number bytes;
    struct text_number nodes;
    if (result.folded_nodes)
        message(
            output_name(&output), "%s; %s calls of little weight are folded (--max-size)",
            units_bytes(&bytes, result.bytes), units_count(&nodes, result.folded_nodes));
    else
        message(output_name(&output), "%s", units_bytes(&bytes, result.bytes));
    return STATUS_DONE;
}

/* Where evidence for advice was taken. */
static bool is_advised(const struct profile *profile)
{
    for (uint32_t i = 0; i < profile->process_count; i++)
        if (process_is_advised(&profile->processes[i]))
            return true;
    return false;
}

static int write_advised(struct html_command *command, struct profile *profile,
                         struct profile *base)
{
    struct judgement judgement = {0};
    struct costs costs;

    if (is_advised(profile)) {
        costs_of_machine(&costs);
        int err = judge(&judgement, profile, &costs, false);
        if (err) {
            message("html", "%s", strerror(-err));
            return STATUS_UNREADABLE;
        }
        command->page.judgement = &judgement;
    }
    int status = write_page(command, profile, base);
    judgement_fini(&judgement);
    return status;
}

static int make_page(struct html_command *command, int count, char **paths)
{
    struct profile profile = {0};
    struct profile base = {0};

    symbols_stay_offline();
    int status = profiles_read(&profile, &command->selection, "html", count, paths);
    if (status == STATUS_DONE && command->base)
        status = profiles_read(&base, &command->selection, "html", 1, &command->base);
    if (status == STATUS_DONE) {
        profiles_are_whole(&profile);
        profiles_are_whole(&base);
        status = write_advised(command, &profile, command->base ? &base : NULL);
    }
    profile_fini(&base);
    profile_fini(&profile);
    return status;
}

int cmd_html(int argc, char **argv)
{
    struct html_command command = {.page.most_bytes = (uint64_t)MIB_DEFAULT * MIB,
                                   .output = "report.html"};
    int status = STATUS_DONE;
    int letter;

    command.page.selection = &command.selection;
    while (status == STATUS_DONE &&
           (letter = option_next(&options_of_html, argc, argv)) != OPTION_END) {
        if (letter == OPTION_HELP)
            return STATUS_DONE;
        if (letter == OPTION_WRONG || !set_option(&command, letter))
            status = STATUS_USAGE;
    }
    if (status == STATUS_DONE)
        status = make_page(&command, argc - optind, argv + optind);
    selection_fini(&command.selection);
    return status;
}
