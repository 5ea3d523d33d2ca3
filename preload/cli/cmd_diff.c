/* SPDX-License-Identifier: MIT */
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/pager.h"
#include "cli/profiles.h"
#include "cli/progress.h"
#include "cli/show.h"

#include "report/diff.h"

#include <getopt.h>
#include <string.h>

enum { TEXT_TOP = 10, TEXT_DEPTH = 8, MOST = 1000000000, LIMITS_MAX = 16 };

enum letter { BY = 256, FAIL_ON, TOP, DEPTH, NO_FOLD, FORMAT, JSON, COLOUR, NO_PAGER };

static const struct option_line lines[] = {
    {BY, "by", "WHAT",
     "order by change of bytes (default), calls, peak, live or temporary"},
    {FAIL_ON, "fail-on", "+N:WHAT",
     "status 1 when the whole grew by more, as in +5%:peak, +1MiB:live,\n"
     "+0:calls; may be given several times"},
    PROFILES_OPTION_LINES,
    {TOP, "top", "N", "show N sites (10; 0 for all; JSON has all)"},
    {DEPTH, "depth", "N", "show N frames of each stack (8; 0 for all; JSON has all)"},
    {NO_FOLD, "no-fold", NULL, "stacks with frames of the language's own library"},
    {FORMAT, "format", "FORM",
     "text (default), json (schema tare.diff/1) or md (Markdown)"},
    {JSON, "json", NULL, "as --format json"},
    {COLOUR, "color", "WHEN", "auto (default), always or never"},
    {NO_PAGER, "no-pager", NULL, "on a terminal: do not start $TARE_PAGER, $PAGER or less"},
    {'o', "output", "FILE", "to a file"},
    {0},
};

const struct option_table options_of_diff = {
    .verb = "diff",
    .usage =
        "tare diff [OPTION]... BEFORE AFTER\n"
        "\n"
        "Shows what changed between two profiles, or two folders of profiles: totals, then "
        "the\n"
        "sites with most change. A site is the same in both when its stack has the same\n"
        "functions, so that builds can be compared.\n" PROFILES_PATTERN_HELP,
    .after =
        "Exit status: 0; 1 when --fail-on was exceeded; 2 wrong usage; 3 unreadable.\n",
    .lines = lines,
};

struct diff_command {
    struct show_options show;
    struct selection selection;
    struct change_limit limits[LIMITS_MAX];
    uint32_t limit_count;
    const char *output;
    bool has_top, has_depth, unfolds, without_pager;
};

static bool set_order(struct diff_command *command)
{
    command->show.report.order = site_order_find(optarg);
    if (command->show.report.order != ORDER_COUNT)
        return true;
    usage_error("diff", "--by knows bytes, calls, peak, live and temporary, not '%s'",
                optarg);
    return false;
}

static bool add_limit(struct diff_command *command)
{
    if (command->limit_count == LIMITS_MAX) {
        usage_error("diff", "--fail-on at most %d times", LIMITS_MAX);
        return false;
    }
    if (change_parse(&command->limits[command->limit_count++], optarg))
        return true;
    usage_error("diff", "--fail-on is like +5%%:peak, +1MiB:live or +10:calls, not '%s'",
                optarg);
    return false;
}

static bool set_option(struct diff_command *command, int letter)
{
    struct report_options *report = &command->show.report;

    switch (letter) {
    case BY:
        return set_order(command);
    case FAIL_ON:
        return add_limit(command);
    case TOP:
        command->has_top = true;
        return option_number(&options_of_diff, "--top", MOST, &report->top);
    case DEPTH:
        command->has_depth = true;
        return option_number(&options_of_diff, "--depth", MOST, &report->depth);
    case NO_FOLD:
        return command->unfolds = true;
    case FORMAT:
        return show_set_form("diff", optarg, &command->show.form);
    case JSON:
        command->show.form = FORM_JSON;
        return true;
    case COLOUR:
        return show_set_colour("diff", optarg, &command->show.colour);
    case NO_PAGER:
        return command->without_pager = true;
    case 'o':
        command->output = optarg;
        return true;
    default:
        return profiles_select(&command->selection, "diff", letter);
    }
}

static int put(FILE *out, const struct diff *diff, enum show_form form)
{
    switch (form) {
    case FORM_JSON:
        return diff_json(out, diff);
    case FORM_MARKDOWN:
        return diff_markdown(out, diff);
    default:
        return diff_text(out, diff);
    }
}

static int write_diff(struct diff_command *command, struct diff *diff)
{
    struct output output;

    if (!output_open(&output, command->output))
        return STATUS_UNREADABLE;
    show_suit(&command->show, output.file);
    diff->report = command->show.report;
    bool is_paged = !command->output && command->show.form == FORM_TEXT &&
                    !command->without_pager && pager_begin();
    int err = put(output.file, diff, command->show.form);
    progress_end();
    if (!is_paged)
        return output_close(&output, err);
    pager_end();
    return STATUS_DONE;
}

static void say_exceeded(const struct diff *diff)
{
    for (uint32_t i = 0; i < diff->limit_count; i++) {
        const struct change_limit *limit = &diff->limits[i];
        uint64_t before = site_table_value(diff->sites.before, limit->order);
        uint64_t after = site_table_value(diff->sites.after, limit->order);
        struct text_number from, until, amount, share;

        if (change_exceeds(limit, before, after))
            message(limit->text, "exceeded: %s %s -> %s, %s, %s",
                    diff_total_name(limit->order),
                    change_value(&from, limit->order, before),
                    change_value(&until, limit->order, after),
                    change_amount(&amount, limit->order, before, after),
                    change_share(&share, before, after));
    }
}

static int compare(struct diff_command *command, const struct site_table tables[2])
{
    struct diff diff = {.limits = command->limits, .limit_count = command->limit_count};
    int err =
        difference_init(&diff.sites, &tables[0], &tables[1], command->show.report.order);

    if (err) {
        message("diff", "%s", strerror(-err));
        return STATUS_UNREADABLE;
    }
    int status = write_diff(command, &diff);
    if (diff_has_little_in_common(&diff))
        message("diff",
                "hardly any site is in both: was one program stripped, or are these "
                "different programs?");
    say_exceeded(&diff);
    if (status == STATUS_DONE && diff_exceeded(&diff))
        status = STATUS_NO;
    difference_fini(&diff.sites);
    return status;
}

static int diff_files(struct diff_command *command, char **paths)
{
    struct profile profiles[2] = {0};
    struct site_table tables[2] = {0};
    int status = STATUS_DONE;

    for (int i = 0; status == STATUS_DONE && i < 2; i++) {
        status = profiles_add(&profiles[i], paths[i]);
        if (status == STATUS_DONE)
            status = profiles_finish(&profiles[i], &command->selection, "diff");
        if (status == STATUS_DONE &&
            site_table_init(&tables[i], &profiles[i], command->selection.count > 0)) {
            message("diff", "not enough memory");
            status = STATUS_UNREADABLE;
        }
        if (status == STATUS_DONE)
            profiles_are_whole(&profiles[i]);
    }
    if (status == STATUS_DONE)
        status = compare(command, tables);
    for (int i = 0; i < 2; i++) {
        site_table_fini(&tables[i]);
        profile_fini(&profiles[i]);
    }
    return status;
}

int cmd_diff(int argc, char **argv)
{
    struct diff_command command = {0};
    int letter;

    while ((letter = option_next(&options_of_diff, argc, argv)) != OPTION_END) {
        if (letter == OPTION_HELP)
            return STATUS_DONE;
        if (letter == OPTION_WRONG || !set_option(&command, letter))
            return STATUS_USAGE;
    }
    if (argc - optind != 2)
        return usage_error("diff", "needs two profiles or folders, before and after");
    if (!command.has_top && command.show.form != FORM_JSON)
        command.show.report.top = TEXT_TOP;
    if (!command.has_depth && command.show.form != FORM_JSON)
        command.show.report.depth = TEXT_DEPTH;
    command.show.report.is_folded = !command.unfolds;
    symbols_stay_offline();
    progress_begin("comparing");
    int status = diff_files(&command, argv + optind);
    progress_end();
    selection_fini(&command.selection);
    return status;
}
