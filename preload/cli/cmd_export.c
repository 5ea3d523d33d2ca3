/* SPDX-License-Identifier: MIT */
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/profiles.h"

#include "export/export.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 1000000000 };

enum letter { TO = 256, METRIC, MAX_SAMPLES };

static const struct option_line lines[] = {
    {TO, "to", "FORMAT", "which format, see below"},
    {'o', "output", "FILE", "to a file; else to standard output"},
    {METRIC, "metric", "WHAT",
     "by bytes, calls, peak, live or temporary: what is written where the format\n"
     "takes one only, and which sites --max-samples keeps"},
    {MAX_SAMPLES, "max-samples", "N", "keep N samples, the rest in one of them: [other]"},
    PROFILES_OPTION_LINES,
    {0},
};

const struct option_table options_of_export = {
    .verb = "export",
    .usage =
        "tare export --to FORMAT [OPTION]... [FILE|FOLDER]...\n"
        "\n"
        "Writes profiles, by default the newest *.tare here, for other programs to read.\n"
        "Several files are taken as one run and merged.\n" PROFILES_PATTERN_HELP,
    .after =
        "Formats:\n"
        "  folded       flame graphs: flamegraph.pl, inferno, speedscope, Firefox\n"
        "  pprof        go tool pprof, Pyroscope, Parca: all metrics, threads as labels\n"
        "  speedscope   speedscope: a profile for each metric\n"
        "  dhat         valgrind's dh_view.html, Firefox's profiler\n"
        "  massif       ms_print, massif-visualizer: the peak and the end\n"
        "  heaptrack    its GUI and heaptrack_print; events in an order made up, sums are "
        "ours\n"
        "  csv, jsonl   tables: all that is known of each site\n"
        "  openmetrics  Prometheus: totals and the first 20 sites\n"
        "A FILE that ends in .gz is compressed.\n",
    .lines = lines,
};

struct export_command {
    const struct export_format *format;
    struct export_options options;
    struct selection selection;
    const char *output;
};

static bool set_format(struct export_command *command)
{
    const char *names[16];
    size_t count = 0;

    command->format = export_format_find(optarg);
    if (command->format)
        return true;
    for (; count < export_format_count; count++)
        names[count] = export_formats[count].name;
    const char *nearest = nearest_name(optarg, names, count);
    if (nearest)
        usage_error("export", "there is no format '%s': is it '%s'?", optarg, nearest);
    else
        usage_error("export", "there is no format '%s': --help lists them", optarg);
    return false;
}

static bool set_metric(struct export_command *command)
{
    command->options.order = site_order_find(optarg);
    command->options.has_order = true;
    if (command->options.order != ORDER_COUNT)
        return true;
    usage_error("export", "--metric knows bytes, calls, peak, live and temporary, not '%s'",
                optarg);
    return false;
}

static bool ends_in(const char *name, const char *end)
{
    size_t bytes = strlen(name);

    return bytes >= strlen(end) && !strcmp(name + bytes - strlen(end), end);
}

static bool set_option(struct export_command *command, int letter)
{
    switch (letter) {
    case TO:
        return set_format(command);
    case 'o':
        command->output = optarg;
        command->options.compress = ends_in(optarg, ".gz");
        return true;
    case METRIC:
        return set_metric(command);
    case MAX_SAMPLES:
        command->options.has_max_samples = true;
        return option_number(&options_of_export, "--max-samples", MOST,
                             &command->options.max_samples);
    default:
        return profiles_select(&command->selection, "export", letter);
    }
}

static void say_next(const struct export_command *command, const char *path,
                     uint64_t samples)
{
    const char *reader = command->format->reader;

    if (command->options.compress && !command->format->reads_gzip)
        message(path, "%" PRIu64 " samples; next: gunzip %s, then %s %.*s", samples, path,
                reader, (int)(strlen(path) - strlen(".gz")), path);
    else
        message(path, "%" PRIu64 " samples; next: %s %s", samples, reader, path);
}

static void say_result(const struct export_command *command, const char *path,
                       const struct export_result *result)
{
    const char *name = path ? path : "standard output";

    if (result->folded)
        message(name,
                "%" PRIu32 " sites with %" PRIu64 " allocations of %" PRIu64
                " bytes are together in one sample, [other]",
                result->folded, result->folded_counts.allocations,
                result->folded_counts.bytes);
    if (result->blocks_an_event > 1)
        message(name, "each allocation in it stands for %" PRIu64 ": there were too many",
                result->blocks_an_event);
    if (result->untrue_temporary)
        message(name,
                "%" PRIu64
                " allocations are temporary in it that were not, or were not and "
                "are: what heaptrack takes for temporary cannot be all of them",
                result->untrue_temporary);
    if (path)
        say_next(command, path, result->samples);
}

static int write_export(struct profile *profile, const struct export_command *command)
{
    struct export_result result;
    struct output output;

    if (!output_open(&output, command->output))
        return STATUS_UNREADABLE;
    int err =
        export_profile(output.file, profile, command->format, &command->options, &result);
    int status = output_close(&output, err);
    if (status == STATUS_DONE)
        say_result(command, output.path, &result);
    return status;
}

static int check(const struct export_command *command)
{
    if (!command->format)
        return usage_error("export", "which format? --to FORMAT");
    if (command->format->is_binary && !command->output && isatty(STDOUT_FILENO))
        return usage_error("export", "%s is not for a terminal: -o FILE.%s",
                           command->format->name, command->format->suffix);
    return STATUS_DONE;
}

int cmd_export(int argc, char **argv)
{
    struct export_command command = {0};
    struct profile profile = {0};
    int letter;

    while ((letter = option_next(&options_of_export, argc, argv)) != OPTION_END) {
        if (letter == OPTION_HELP)
            return STATUS_DONE;
        if (letter == OPTION_WRONG || !set_option(&command, letter))
            return STATUS_USAGE;
    }
    int status = check(&command);
    if (status == STATUS_DONE) {
        symbols_stay_offline();
        status = profiles_read(&profile, &command.selection, "export", argc - optind,
                               argv + optind);
    }
    if (status == STATUS_DONE) {
        profiles_are_whole(&profile);
        status = write_export(&profile, &command);
    }
    profile_fini(&profile);
    selection_fini(&command.selection);
    return status;
}
