/* SPDX-License-Identifier: MIT */
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/profiles.h"
#include "html/page.h"
#include "report/units.h"

#include <getopt.h>

enum { MIB = 1 << 20, MIB_DEFAULT = 2, MIB_MOST = 1024, LINES_MOST = 1000 };

enum letter { BASE = 256, MAX_SIZE, SOURCE };

static const struct option_line lines[] = {
    {'o', "output", "FILE", "where to write the page (report.html)"},
    {BASE, "base", "FILE", "compare with this profile"},
    {MAX_SIZE, "max-size", "MIB", "fold what makes the page greater (2)"},
    {SOURCE, "source", "N", "put N lines around the hottest lines of source into it"},
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
        "file.\n",
    .lines = lines,
};

struct html_command {
    struct page_options page;
    const char *output;
    char *base;
};

static bool set_option(struct html_command *command, int letter)
{
    uint32_t number;

    switch (letter) {
    case 'o':
        command->output = optarg;
        return true;
    case BASE:
        command->base = optarg;
        return true;
    case MAX_SIZE:
        if (!option_number(&options_of_html, "--max-size", MIB_MOST, &number))
            return false;
        command->page.most_bytes = (uint64_t)number * MIB;
        return true;
    case SOURCE:
        return option_number(&options_of_html, "--source", LINES_MOST,
                             &command->page.source_lines);
    default:
        return false;
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
        message(command->output, "%s; %s calls of little weight are folded (--max-size)",
                units_bytes(&bytes, result.bytes),
                units_count(&nodes, result.folded_nodes));
    else
        message(command->output, "%s", units_bytes(&bytes, result.bytes));
    return STATUS_DONE;
}

int cmd_html(int argc, char **argv)
{
    struct html_command command = {.page.most_bytes = (uint64_t)MIB_DEFAULT * MIB,
                                   .output = "report.html"};
    struct profile profile = {0};
    struct profile base = {0};
    const struct selection all = {0};
    int letter;

    while ((letter = option_next(&options_of_html, argc, argv)) != OPTION_END) {
        if (letter == OPTION_HELP)
            return STATUS_DONE;
        if (letter == OPTION_WRONG || !set_option(&command, letter))
            return STATUS_USAGE;
    }
    symbols_stay_offline();
    int status = profiles_read(&profile, &all, "html", argc - optind, argv + optind);
    if (status == STATUS_DONE && command.base)
        status = profiles_read(&base, &all, "html", 1, &command.base);
    if (status == STATUS_DONE) {
        profiles_are_whole(&profile);
        profiles_are_whole(&base);
        status = write_page(&command, &profile, command.base ? &base : NULL);
    }
    profile_fini(&base);
    profile_fini(&profile);
    return status;
}
