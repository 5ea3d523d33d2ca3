/* SPDX-License-Identifier: MIT */
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/profiles.h"
#include "cli/progress.h"
#include "cli/show.h"

#include "report/units.h"

#include "check/forms.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 16 };

enum letter { BUDGET = 256, UPDATE, SUPPRESSIONS, FORMAT, JSON, COLOUR };

static const struct option_line lines[] = {
    {BUDGET, "budget", "FILE", "what is allowed, as JSON (schema tare.budget/1)"},
    {UPDATE, "update", NULL,
     "put the profile's values into the budget as its baseline; a budget\n"
     "that is not there is made"},
    {SUPPRESSIONS, "suppressions", "FILE",
     "leaks not to count, lines leak:PATTERN as for LeakSanitizer; also\n"
     "from LSAN_OPTIONS=suppressions=FILE and from the budget"},
    PROFILES_OPTION_LINES,
    {FORMAT, "format", "FORM[=FILE]",
     "text (default), json (schema tare.check/1), md (Markdown), junit,\n"
     "sarif or github; may be given several times"},
    {JSON, "json", NULL, "as --format json"},
    {COLOUR, "color", "WHEN", "auto (default), always or never"},
    {0},
};

const struct option_table options_of_check = {
    .verb = "check",
    .usage =
        "tare check --budget FILE [OPTION]... [FILE|FOLDER]...\n"
        "\n"
        "Holds profiles, by default the newest *.tare here, against a budget: limits of "
        "bytes,\n"
        "calls, peak, live (not freed) and temporary, of the whole program, of modules, "
        "functions\n"
        "and sites, and against the values of an earlier run.\n" PROFILES_PATTERN_HELP,
    .after =
        "Exit status: 0 kept; 1 exceeded; 2 wrong usage or budget; 3 unreadable, or the "
        "profile\n"
        "says too little to tell, or no allocation is selected.\n",
    .lines = lines,
};

struct check_output {
    enum check_form form;
    const char *path; /* NULL: standard output */
};

struct check_command {
    const char *budget_path;
    const char *suppressions[FILES_MAX];
    uint32_t suppression_count;
    struct check_output outputs[FILES_MAX];
    uint32_t output_count;
    struct selection selection;
    enum show_colour colour;
    bool updates;
};

static bool is_room(uint32_t count, const char *name)
{
    if (count < FILES_MAX)
        return true;
    usage_error("check", "%s at most %d times", name, FILES_MAX);
    return false;
}

static bool add_output(struct check_command *command, const char *word)
{
    static const char *const names[CHECK_FORMS] = {"text",  "json",  "md",
                                                   "junit", "sarif", "github"};
    size_t bytes = strcspn(word, "=");

    if (!is_room(command->output_count, "--format"))
        return false;
    for (enum check_form form = 0; form < CHECK_FORMS; form++) {
        if (strlen(names[form]) != bytes || strncmp(word, names[form], bytes) != 0)
            continue;
        command->outputs[command->output_count++] =
            (struct check_output){form, word[bytes] ? word + bytes + 1 : NULL};
        return true;
    }
    usage_error("check", "--format knows text, json, md, junit, sarif and github, not '%s'",
                word);
    return false;
}

static bool set_option(struct check_command *command, int letter)
{
    switch (letter) {
    case BUDGET:
        command->budget_path = optarg;
        return true;
    case UPDATE:
        return command->updates = true;
    case SUPPRESSIONS:
        if (!is_room(command->suppression_count, "--suppressions"))
            return false;
        command->suppressions[command->suppression_count++] = optarg;
        return true;
    case FORMAT:
        return add_output(command, optarg);
    case JSON:
        return add_output(command, "json");
    case COLOUR:
        return show_set_colour("check", optarg, &command->colour);
    default:
        return profiles_select(&command->selection, "check", letter);
    }
}

static int read_budget(struct budget *budget, const struct check_command *command)
{
    int err = budget_read(budget, command->budget_path);

    if (!err || (err == -ENOENT && command->updates))
        return STATUS_DONE;
    if (err == -EINVAL) {
        message(command->budget_path, "is no budget: %s", budget->problem);
        return STATUS_USAGE;
    }
    message(command->budget_path, "cannot read: %s", strerror(-err));
    if (err == -ENOENT)
        message(command->budget_path, "to make it: tare check --budget %s --update FILE...",
                command->budget_path);
    return STATUS_UNREADABLE;
}

static int read_suppressions(struct suppressions *suppressions, const char *path)
{
    int err = suppressions_read(suppressions, path);

    if (!err)
        return STATUS_DONE;
    if (err != -EINVAL) {
        message(path, "cannot read: %s", strerror(-err));
        return STATUS_UNREADABLE;
    }
    message(path, "line %u is no suppression: leak:PATTERN", suppressions->bad_line);
    return STATUS_USAGE;
}

/* A budget names files as seen from its own folder. */
static int read_budget_suppressions(struct suppressions *suppressions,
                                    const struct budget *budget, const char *budget_path)
{
    const char *slash = strrchr(budget_path, '/');
    int status = STATUS_DONE;

    for (uint32_t i = 0; status == STATUS_DONE && i < budget->suppression_count; i++) {
        const char *name = budget->suppressions[i];
        char *path = NULL;

        if (asprintf(&path, "%.*s%s",
                     slash && *name != '/' ? (int)(slash - budget_path) + 1 : 0,
                     budget_path, name) < 0)
            return STATUS_UNREADABLE;
        status = read_suppressions(suppressions, path);
        free(path);
    }
    return status;
}

/* Options stand between colons, or what else LeakSanitizer takes for a space. */
static int read_lsan_suppressions(struct suppressions *suppressions)
{
    static const char key[] = "suppressions=";
    const char *options = getenv("LSAN_OPTIONS");
    const char *found = options ? strstr(options, key) : NULL;

    if (!found || (found > options && !strchr(": \t\n,", found[-1])))
        return STATUS_DONE;
    found += sizeof key - 1;
    char quote = *found == '"' || *found == '\'' ? *found++ : '\0';
    size_t bytes =
        quote ? strcspn(found, (char[]){quote, '\0'}) : strcspn(found, ": \t\n,");
    char *path = strndup(found, bytes);
    int status = path ? read_suppressions(suppressions, path) : STATUS_UNREADABLE;

    free(path);
    return status;
}

static int gather_suppressions(struct suppressions *suppressions,
                               const struct check_command *command,
                               const struct budget *budget)
{
    int status = read_budget_suppressions(suppressions, budget, command->budget_path);

    for (uint32_t i = 0; status == STATUS_DONE && i < command->suppression_count; i++)
        status = read_suppressions(suppressions, command->suppressions[i]);
    return status == STATUS_DONE ? read_lsan_suppressions(suppressions) : status;
}

static void say_unmatched(const struct suppressions *suppressions)
{
    for (uint32_t i = 0; i < suppressions->count; i++)
        if (!suppressions->list[i].sites)
            message("check", "no leak is suppressed by leak:%s",
                    suppressions->list[i].pattern);
}

/* A limit of a name that is mistyped, or is none any more, is kept by nothing. */
static void say_unmatched_limits(const struct verdict *verdict)
{
    char name[FINDING_NAME_BYTES];

    for (uint32_t i = 0; i < verdict->count; i++) {
        const struct finding *finding = &verdict->findings[i];

        if (i && finding->rule == verdict->findings[i - 1].rule)
            continue;
        if (finding->is_of_none && finding->rule->scope != SCOPE_TOTAL)
            message(verdict->budget_path, "%s: there is no such stack, so it is kept",
                    finding_name(name, finding));
    }
}

static void put(FILE *out, enum check_form form, const struct verdict *verdict,
                enum show_colour colour)
{
    const struct styled to = {.out = out, .with_colour = show_wants_colour(out, colour)};

    switch (form) {
    case CHECK_JSON:
        check_json(out, verdict);
        break;
    case CHECK_MARKDOWN:
        check_markdown(out, verdict);
        break;
    case CHECK_JUNIT:
        check_junit(out, verdict);
        break;
    case CHECK_SARIF:
        check_sarif(out, verdict);
        break;
    case CHECK_GITHUB:
        check_github(out, verdict);
        break;
    default:
        check_text(&to, verdict);
    }
}

static int put_to_file(const struct check_output *form, const struct verdict *verdict,
                       enum show_colour colour)
{
    struct output output;

    if (!output_open(&output, form->path))
        return STATUS_UNREADABLE;
    put(output.file, form->form, verdict, colour);
    return output_close(&output, 0);
}

/* What keeps the profile from telling; NULL: nothing does. */
static const char *why_inconclusive(const struct check_command *command,
                                    const struct site_table *table)
{
    if (!profiles_are_whole(table->profile))
        return "the profile is not the whole truth";
    if (command->selection.count && !table->count)
        return "no allocation is selected";
    return NULL;
}

static int judge(const struct check_command *command, const struct budget *budget,
                 const struct suppressions *suppressions, const struct site_table *table)
{
    struct verdict verdict;
    const char *why = why_inconclusive(command, table);
    int err = verdict_init(&verdict, budget, table);
    int status = STATUS_DONE;

    if (err) {
        message("check", "%s", strerror(-err));
        return STATUS_UNREADABLE;
    }
    verdict.budget_path = command->budget_path;
    verdict.suppressions = suppressions;
    say_unmatched_limits(&verdict);
    if (!verdict.inconclusive)
        verdict.inconclusive = why;
    for (uint32_t i = 0; status == STATUS_DONE && i < command->output_count; i++)
        status = put_to_file(&command->outputs[i], &verdict, command->colour);
    if (status == STATUS_DONE && verdict.exceeded) {
        status = STATUS_NO;
        if (budget->has_baseline)
            message(command->budget_path,
                    "if that is meant, take the new values: tare check "
                    "--budget %s --update FILE...",
                    command->budget_path);
    } else if (status == STATUS_DONE && verdict.inconclusive) {
        message("check", "inconclusive: %s", verdict.inconclusive);
        status = STATUS_UNREADABLE;
    }
    verdict_fini(&verdict);
    return status;
}

static int update(const struct check_command *command, const struct site_table *table)
{
    const char *why = why_inconclusive(command, table);
    struct budget budget = {0};
    struct output output;
    int err = why ? -ENODATA : budget_rebase(&budget, command->budget_path, table);
    int status = STATUS_UNREADABLE;

    if (err)
        message(command->budget_path, "cannot write: %s", why ? why : strerror(-err));
    else if (output_open(&output, command->budget_path))
        status = output_close(&output, budget_write(&budget, output.file));
    if (status == STATUS_DONE)
        message(command->budget_path, "has a new baseline of %u site%s", table->count,
                units_plural(table->count));
    budget_fini(&budget);
    return status;
}

static int check(struct check_command *command, int count, char **paths)
{
    struct budget budget = {0};
    struct suppressions suppressions = {0};
    struct profile profile = {0};
    struct site_table table = {0};
    int status = read_budget(&budget, command);

    if (status == STATUS_DONE && !command->updates && !budget.rule_count &&
        !budget.has_baseline) {
        message(command->budget_path, "has neither limits nor a baseline, which --update "
                                      "puts there");
        status = STATUS_USAGE;
    }
    if (status == STATUS_DONE)
        status = gather_suppressions(&suppressions, command, &budget);
    if (status == STATUS_DONE)
        status = profiles_read(&profile, &command->selection, "check", count, paths);
    if (status == STATUS_DONE &&
        (suppressions_apply(&suppressions, &profile) ||
         site_table_init(&table, &profile, command->selection.count))) {
        message("check", "not enough memory");
        status = STATUS_UNREADABLE;
    }
    progress_end();
    if (status == STATUS_DONE)
        say_unmatched(&suppressions);
    if (status == STATUS_DONE)
        status = command->updates ? update(command, &table)
                                  : judge(command, &budget, &suppressions, &table);
    site_table_fini(&table);
    profile_fini(&profile);
    suppressions_fini(&suppressions);
    budget_fini(&budget);
    return status;
}

int cmd_check(int argc, char **argv)
{
    struct check_command command = {0};
    int letter;

    while ((letter = option_next(&options_of_check, argc, argv)) != OPTION_END) {
        if (letter == OPTION_HELP)
            return STATUS_DONE;
        if (letter == OPTION_WRONG || !set_option(&command, letter))
            return STATUS_USAGE;
    }
    if (!command.budget_path)
        return usage_error("check", "which budget? --budget FILE");
    if (!command.output_count)
        command.outputs[command.output_count++] = (struct check_output){CHECK_TEXT, NULL};
    symbols_stay_offline();
    progress_begin("checking");
    int status = check(&command, argc - optind, argv + optind);
    progress_end();
    selection_fini(&command.selection);
    return status;
}
