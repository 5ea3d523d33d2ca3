/* SPDX-License-Identifier: MIT */
#include "cli/commands.h"
#include "cli/diff_columns.h"
#include "cli/profiles.h"
#include "cli/progress.h"
#include "cli/show.h"

#include "profile/moment.h"
#include "report/diff.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

enum { TEXT_TOP = 10, TEXT_DEPTH = 8, LIMITS_MAX = 16 };

enum letter { FAIL_ON = 256, FROM, TO, NO_FOLD };

static const struct option_line lines[] = {
    {SHOW_BY, "by", "WHAT",
     "order by change of bytes (default), calls, peak, live (default of\nmoments) or "
     "temporary"},
    {FAIL_ON, "fail-on", "+N:WHAT",
     "status 1 when the whole grew by more, as in +5%:peak, +1MiB:live,\n"
     "+0:calls; may be given several times"},
    {FROM, "from", "TIME", "of one profile: from this moment, as in 250ms, 1.5s or 2min"},
    {TO, "to", "TIME", "of one profile: to this moment, by default the end"},
    PROFILES_OPTION_LINES,
    {SHOW_TOP, "top", "N", "show N sites (10; 0 for all; JSON has all)"},
    {SHOW_DEPTH, "depth", "N", "show N frames of each stack (8; 0 for all; JSON has all)"},
    {NO_FOLD, "no-fold", NULL, "stacks with frames of the language's own library"},
    {SHOW_FORMAT, "format", "FORM",
     "text (default), json (schema tare.diff/1) or md (Markdown)"},
    {SHOW_JSON, "json", NULL, "as --format json"},
    {SHOW_COLOUR, "color", "WHEN", "auto (default), always or never"},
    {SHOW_NO_PAGER, "no-pager", NULL,
     "on a terminal: do not start $TARE_PAGER, $PAGER or less"},
    {'o', "output", "FILE", "to a file"},
    {0},
};

const struct option_table options_of_diff = {
    .verb = "diff",
    .usage = "tare diff [OPTION]... BEFORE AFTER\n"
             "       tare diff [OPTION]... ONE OTHER ANOTHER...\n"
             "       tare diff --from TIME [--to TIME] [OPTION]... FILE\n"
             "\n"
             "Shows what changed between two profiles, or two folders of profiles, or "
             "between two\n"
             "moments of one run: totals, then the sites with most change. More than two "
             "stand\n"
             "side by side. A site is the same in all when its stack has the same "
             "functions, so\n"
             "that builds, runs and machines can be compared.\n" PROFILES_PATTERN_HELP,
    .after =
        "Exit status: 0; 1 when --fail-on was exceeded; 2 wrong usage; 3 unreadable.\n",
    .lines = lines,
};

struct diff_command {
    struct show_options show;
    struct selection selection;
    struct change_limit limits[LIMITS_MAX];
    uint32_t limit_count;
    bool unfolds, is_of_moments;
    uint64_t from_ns, to_ns;
};

static bool set_time(struct diff_command *command, uint64_t *ns)
{
    command->is_of_moments = true;
    if (units_parse_time(optarg, ns))
        return true;
    usage_error("diff", "a time is like 250ms, 1.5s or 2min, after the start; not '%s'",
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
    switch (letter) {
    case FAIL_ON:
        return add_limit(command);
    case FROM:
        return set_time(command, &command->from_ns);
    case TO:
        return set_time(command, &command->to_ns);
    case NO_FOLD:
        return command->unfolds = true;
    default:
        return show_takes(letter) ? show_set(&command->show, &options_of_diff, letter)
                                  : profiles_select(&command->selection, "diff", letter);
    }
}

static int put(FILE *out, void *what, const struct show_options *options)
{
    struct diff *diff = what;

    diff->report = options->report;
    switch (options->form) {
    case FORM_JSON:
        return diff_json(out, diff);
    case FORM_MARKDOWN:
        return diff_markdown(out, diff);
    default:
        return diff_text(out, diff);
    }
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
                    diff_total_name(diff, limit->order),
                    change_value(&from, limit->order, before),
                    change_value(&until, limit->order, after),
                    change_amount(&amount, limit->order, before, after),
                    change_share(&share, before, after));
    }
}

static int compare(struct diff_command *command, const struct site_table tables[2])
{
    struct diff diff = {.limits = command->limits,
                        .limit_count = command->limit_count,
                        .is_of_moments = command->is_of_moments,
                        .at_ns = {command->from_ns, command->to_ns},
                        .report.order = command->show.report.order};
    int err =
        difference_init(&diff.sites, &tables[0], &tables[1], command->show.report.order);

    if (err) {
        message("diff", "%s", strerror(-err));
        return STATUS_UNREADABLE;
    }
    int status = show(&command->show, put, &diff);
    if (!diff.is_of_moments && diff_has_little_in_common(&diff))
        message("diff",
                "hardly any site is in both: was one program stripped, or are these "
                "different programs?");
    say_exceeded(&diff);
    if (status == STATUS_DONE && diff_exceeded(&diff))
        status = STATUS_NO;
    difference_fini(&diff.sites);
    return status;
}

/* The profile as it was at that moment, which becomes that of its sample. */
static int add_moment(struct profile *profile, const char *path, uint64_t *at_ns)
{
    uint64_t wanted = *at_ns;
    struct text_number time, end;
    struct ledger_file file;
    int err = ledger_file_read(&file, path);

    if (err) {
        message(path, "cannot read: %s", ledger_file_error(err));
        return STATUS_UNREADABLE;
    }
    err = moment_take(&file, at_ns);
    if (!err)
        err = profile_add_ledger(profile, &file, path);
    else
        ledger_file_fini(&file);
    if (err == -ENODATA)
        message(path, "has no timeline: record it with tare run");
    else if (err == -ERANGE)
        message(path, "has no moment after %s: its timeline ends after %s",
                units_time(&time, wanted), units_time(&end, *at_ns));
    else if (err)
        message(path, "%s", strerror(-err));
    return err ? STATUS_UNREADABLE : STATUS_DONE;
}

static int add_side(struct diff_command *command, struct profile *profile, char **paths,
                    int side)
{
    if (!command->is_of_moments)
        return profiles_add(profile, paths[side]);
    return add_moment(profile, paths[0], side ? &command->to_ns : &command->from_ns);
}

static int check_moments(const struct diff_command *command, const char *path)
{
    struct text_number time;

    if (command->from_ns < command->to_ns)
        return STATUS_DONE;
    message(path, "no sample lies between these moments: the one before both is after %s",
            units_time(&time, command->to_ns));
    return STATUS_UNREADABLE;
}

static int diff_files(struct diff_command *command, char **paths)
{
    struct profile profiles[2] = {0};
    struct site_table tables[2] = {0};
    int status = STATUS_DONE;

    for (int i = 0; status == STATUS_DONE && i < 2; i++)
        status = add_side(command, &profiles[i], paths, i);
    if (status == STATUS_DONE)
        profiles_with_imports(profiles, 2, "diff");
    for (int i = 0; status == STATUS_DONE && i < 2; i++) {
        status =
            profiles_finish_table(&profiles[i], &tables[i], &command->selection, "diff");
        if (status == STATUS_DONE && (i || !command->is_of_moments))
            profiles_are_whole(&profiles[i]);
    }
    if (status == STATUS_DONE && command->is_of_moments)
        status = check_moments(command, paths[0]);
    if (status == STATUS_DONE)
        status = compare(command, tables);
    for (int i = 0; i < 2; i++) {
        site_table_fini(&tables[i]);
        profile_fini(&profiles[i]);
    }
    return status;
}

static bool asks_what_moments_lack(const struct diff_command *command)
{
    const struct diff diff = {.is_of_moments = command->is_of_moments};
    bool lacks = !diff_has(&diff, command->show.report.order);

    for (uint32_t i = 0; i < command->limit_count; i++)
        lacks |= !diff_has(&diff, command->limits[i].order);
    return lacks;
}

static int check_usage(const struct diff_command *command, int words)
{
    if (command->is_of_moments && words != 1)
        return usage_error("diff", "--from and --to are of one profile");
    if (!command->is_of_moments && words < 2)
        return usage_error("diff", "needs two profiles or folders, before and after");
    if (words > DIFF_COLUMNS_MAX)
        return usage_error("diff", "at most %d profiles or folders", DIFF_COLUMNS_MAX);
    if (words > 2 && command->limit_count)
        return usage_error("diff", "--fail-on compares two");
    if (command->from_ns >= command->to_ns)
        return usage_error("diff", "--from is not before --to");
    if (asks_what_moments_lack(command))
        return usage_error("diff", "of moments nobody knows peak and temporary");
    return STATUS_DONE;
}

static void set_defaults(struct diff_command *command)
{
    struct show_options *show = &command->show;

    if (!show->has_top && show->form != FORM_JSON)
        show->report.top = TEXT_TOP;
    if (!show->has_depth && show->form != FORM_JSON)
        show->report.depth = TEXT_DEPTH;
    if (!show->has_order && command->is_of_moments)
        show->report.order = ORDER_LIVE;
    show->report.is_folded = !command->unfolds;
}

int cmd_diff(int argc, char **argv)
{
    struct diff_command command = {.to_ns = MOMENT_END};
    int letter;

    while ((letter = option_next(&options_of_diff, argc, argv)) != OPTION_END) {
        if (letter == OPTION_HELP)
            return STATUS_DONE;
        if (letter == OPTION_WRONG || !set_option(&command, letter))
            return STATUS_USAGE;
    }
    int status = check_usage(&command, argc - optind);
    if (status != STATUS_DONE)
        return status;
    set_defaults(&command);
    symbols_stay_offline();
    progress_begin("comparing");
    if (argc - optind > 2)
        status = diff_columns(&command.show, &command.selection, (uint32_t)(argc - optind),
                              argv + optind);
    else
        status = diff_files(&command, argv + optind);
    progress_end();
    selection_fini(&command.selection);
    return status;
}
