/* SPDX-License-Identifier: MIT */
#include "cli/commands.h"
#include "cli/find_ledger.h"
#include "cli/arguments.h"
#include "cli/show.h"

#include "profile/ledger_file.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_TOP = 10, TEXT_DEPTH = 16, MOST = 1000000000 };

enum letter { BY = 256, TOP, DEPTH, EVIDENCE, PER_PROCESS, LIVE, JSON };

static const struct option_line lines[] = {
    {BY, "by", "WHAT", "order by bytes (default), calls, peak, live or temporary"},
    {TOP, "top", "N", "show N sites (10; 0 for all; JSON has all)"},
    {DEPTH, "depth", "N", "show N frames of each stack (16; 0 for all; JSON has all)"},
    {EVIDENCE, "evidence", NULL, "show how sizes and lifetimes are distributed"},
    {PER_PROCESS, "per-process", NULL, "keep the processes apart"},
    {LIVE, "live", NULL, "of programs that run: by number or by file"},
    {JSON, "json", NULL, "as JSON (schema tare.report/1)"},
    {'o', "output", "FILE", "to a file"},
    {0},
};

const struct option_table options_of_report = {
    .verb = "report",
    .usage =
        "tare report [OPTION]... [FILE]...\n"
        "       tare report --live [OPTION]... PID|FILE...\n"
        "\n"
        "Shows a summary and the top sites of profiles, by default of the newest *.tare "
        "here.\n"
        "Several files are taken as one run and merged.\n",
    .lines = lines,
};

struct report_command {
    struct show_options show;
    const char *output;
    bool is_live, has_order, has_top, has_depth;
};

static bool set_order(struct report_command *command)
{
    command->show.report.order = site_order_find(optarg);
    command->has_order = true;
    if (command->show.report.order != ORDER_COUNT)
        return true;
    usage_error("report", "--by knows bytes, calls, peak, live and temporary, not '%s'",
                optarg);
    return false;
}

static bool set_option(struct report_command *command, int letter)
{
    struct report_options *report = &command->show.report;

    switch (letter) {
    case BY:
        return set_order(command);
    case TOP:
        command->has_top = true;
        return option_number(&options_of_report, "--top", MOST, &report->top);
    case DEPTH:
        command->has_depth = true;
        return option_number(&options_of_report, "--depth", MOST, &report->depth);
    case EVIDENCE:
        return report->with_evidence = true;
    case PER_PROCESS:
        return report->per_process = true;
    case LIVE:
        return command->is_live = true;
    case JSON:
        return command->show.as_json = true;
    case 'o':
        command->output = optarg;
        return true;
    default:
        return false;
    }
}

static void set_defaults(struct report_command *command)
{
    struct report_options *report = &command->show.report;

    if (!command->has_top && !command->show.as_json)
        report->top = TEXT_TOP;
    if (!command->has_depth && !command->show.as_json)
        report->depth = TEXT_DEPTH;
    if (!command->has_order && command->is_live)
        report->order = ORDER_LIVE;
}

static int add_file(struct profile *profile, const char *path)
{
    int err = profile_add(profile, path);

    if (!err)
        return STATUS_DONE;
    if (err == -ENOENT && path[strspn(path, "0123456789")] == '\0')
        message(path,
                "cannot read: no such file; a program that runs: tare report --live %s",
                path);
    else
        message(path, "cannot read: %s", ledger_file_error(err));
    return STATUS_UNREADABLE;
}

/* `word` is a process number or a path. */
static int add_live(struct profile *profile, const char *word)
{
    char *path = NULL;
    int status = find_ledger_live(word, &path);

    if (status == STATUS_DONE)
        status = add_file(profile, path);
    free(path);
    return status;
}

static int add_newest(struct profile *profile)
{
    char *path = find_ledger_newest();

    if (!path) {
        message(".", "no profile: no file here is named *.tare");
        return STATUS_UNREADABLE;
    }
    message(path, "the newest profile here");
    int status = add_file(profile, path);
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
        return add_newest(profile);
    for (int i = 0; status == STATUS_DONE && i < count; i++)
        status =
            command->is_live ? add_live(profile, words[i]) : add_file(profile, words[i]);
    return status;
}

static int write_report(struct profile *profile, const struct report_command *command)
{
    FILE *out = command->output ? fopen(command->output, "we") : stdout;
    const char *name = command->output ? command->output : "standard output";

    if (!out) {
        message(name, "cannot write: %s", strerror(errno));
        return STATUS_UNREADABLE;
    }
    int err = show_profile(out, profile, &command->show);
    if (command->output && fclose(out) && !err)
        err = -errno;
    if (!err)
        return STATUS_DONE;
    message(name, "cannot write the report: %s", strerror(-err));
    return STATUS_UNREADABLE;
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
    set_defaults(&command);
    symbols_stay_offline();
    int status = add_words(&profile, &command, argc - optind, argv + optind);
    if (status == STATUS_DONE && profile_finish(&profile)) {
        message("report", "not enough memory");
        status = STATUS_UNREADABLE;
    }
    if (status == STATUS_DONE)
        status = write_report(&profile, &command);
    profile_fini(&profile);
    return status;
}
