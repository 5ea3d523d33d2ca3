/* SPDX-License-Identifier: MIT */
#include "cli/arguments.h"
#include "cli/collect.h"
#include "cli/commands.h"
#include "cli/find_shim.h"
#include "cli/keep_names.h"
#include "cli/show.h"
#include "cli/verbs.h"
#include "cli/why_nothing.h"

#include "format/pattern.h"
#include "profile/ledger_file.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_TOP = 10, TEXT_DEPTH = 8, DEPTH_MOST = 65535, PATHS_SHOWN = 5 };

enum { SAMPLES_A_SECOND = 10, SAMPLES_MOST = 100 };

#define TRACE_LIMIT_DEFAULT "128"
enum { TRACE_LIMIT_MOST = 128 };

enum letter {
    ALLOCATOR = 256,
    NO_SITES,
    DEPTH,
    JSON,
    SAMPLES,
    PSS,
    TRACE,
    TRACE_LIMIT,
    ADVISE,
    NO_FILL
};

static const struct option_line lines[] = {
    {'o', "output", "PATTERN",
     "names of the profiles (%e.%p.tare, or what TARE_OUTPUT says):\n"
     "%p process number, %e program, %h host, %t start time in\n"
     "seconds, %n sequence number, %% a percent sign; an existing\n"
     "file is never overwritten"},
    {ALLOCATOR, "allocator", "WHICH", "run it on system (default) or mimalloc"},
    {NO_SITES, "no-sites", NULL, "count only, without stacks"},
    {DEPTH, "depth", "N", "record N frames of each stack (0: all, the default)"},
    {SAMPLES, "samples", "N", "samples a second for the timeline (10; 0: none)"},
    {PSS, "pss", NULL, "sample the proportional set size, too"},
    {ADVISE, "advise", NULL, "take the evidence that advice needs, too"},
    {NO_FILL, "no-fill", NULL,
     "with --advise: new blocks are not filled with a pattern, and\n"
     "what is never written of them is not known"},
    {TRACE, "trace", NULL,
     "record each single event, too, for tare replay and tare whatif"},
    {TRACE_LIMIT, "trace-limit", "MIB",
     "of each process's trace (" TRACE_LIMIT_DEFAULT ", which is the most); then it ends"},
    {JSON, "json", NULL, "the report as JSON (schema tare.report/1)"},
    {0},
};

const struct option_table options_of_run = {
    .verb = "run",
    .usage =
        "tare run [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
        "       tare PROGRAM [ARGUMENT]...\n"
        "\n"
        "Runs the program and records what it and the processes it starts allocate. Its "
        "streams\n"
        "are left alone and its exit status is tare's own; the report goes to standard "
        "error.\n",
    .after =
        "Exit status: the program's; 125 when tare fails, 126 when the program cannot be\n"
        "executed, 127 when it is not found.\n",
    .lines = lines,
    .stops_at_word = true,
};

enum { CHANGES_MAX = 10, VERBS_MAX = 32 };

struct run_command {
    const char *pattern;
    bool as_json, is_advised;
    struct environment_change changes[CHANGES_MAX];
    int change_count;
    struct run_dir dir;
    struct sampler sampler;
    uint32_t samples;
    bool with_pss, with_trace;
    char *preload, *output, looker[16];
};

static void change(struct run_command *command, const char *name, const char *value)
{
    command->changes[command->change_count++] = (struct environment_change){name, value};
}

/* Given twice, the last one counts. */
static void change_once(struct run_command *command, const char *name, const char *value)
{
    for (int i = 0; i < command->change_count; i++) {
        if (!strcmp(command->changes[i].name, name)) {
            command->changes[i].value = value;
            return;
        }
    }
    change(command, name, value);
}

static bool set_option(struct run_command *command, int letter)
{
    uint32_t number;

    switch (letter) {
    case 'o':
        command->pattern = optarg;
        return true;
    case ALLOCATOR:
        if (strcmp(optarg, "system") && strcmp(optarg, "mimalloc")) {
            usage_error("run", "--allocator knows system and mimalloc, not '%s'", optarg);
            return false;
        }
        change_once(command, "TARE_ALLOCATOR", optarg);
        return true;
    case NO_SITES:
        change_once(command, "TARE_TRACK_SITES", "0");
        return true;
    case DEPTH:
        if (!option_number(&options_of_run, "--depth", DEPTH_MOST, &number))
            return false;
        change_once(command, "TARE_STACK_DEPTH", optarg);
        return true;
    case SAMPLES:
        return option_number(&options_of_run, "--samples", SAMPLES_MOST, &command->samples);
    case PSS:
        return command->with_pss = true;
    case ADVISE:
        if (!command->is_advised)
            change_once(command, "TARE_ADVISE", "1");
        return command->is_advised = true;
    case NO_FILL:
        change_once(command, "TARE_ADVISE", "nofill");
        return command->is_advised = true;
    case TRACE:
        if (!command->with_trace)
            change_once(command, "TARE_TRACE", TRACE_LIMIT_DEFAULT);
        return command->with_trace = true;
    case TRACE_LIMIT:
        if (!option_number(&options_of_run, "--trace-limit", TRACE_LIMIT_MOST, &number))
            return false;
        if (!number) {
            usage_error("run", "--trace-limit: at least 1 MiB");
            return false;
        }
        change_once(command, "TARE_TRACE", optarg);
        return command->with_trace = true;
    case JSON:
        return command->as_json = true;
    default:
        return false;
    }
}

static bool check_pattern(const struct run_command *command)
{
    const struct pattern_values values = {.program = "program", .host = "host"};
    char path[PATH_MAX];
    int err = pattern_expand(path, sizeof path, command->pattern, &values);
    struct stat folder;

    if (!err && path[0] && !stat(command->pattern, &folder) && S_ISDIR(folder.st_mode)) {
        usage_error("run", "'%s' is a folder: into it with -o '%s/%s'", command->pattern,
                    command->pattern, PATTERN_DEFAULT);
        return false;
    }
    if (!err && path[0] && path[strlen(path) - 1] != '/')
        return true;
    usage_error("run", "'%s' is no pattern of file names: %s", command->pattern,
                err == -EINVAL ? "after % stands one of p e h t n %"
                               : "no name, or too long");
    return false;
}

static char *preload_with(const char *shim)
{
    const char *others = getenv("LD_PRELOAD");
    char *list = NULL;

    if (!others || !*others)
        return strdup(shim);
    return asprintf(&list, "%s:%s", shim, others) < 0 ? NULL : list;
}

static int prepare(struct run_command *command)
{
    char shim[PATH_MAX];
    int err = find_shim(shim);

    if (err) {
        message(shim, "cannot load the recorder: %s", strerror(-err));
        return STATUS_FAILED;
    }
    err = run_dir_create(&command->dir, command->pattern);
    if (err) {
        message(command->dir.path, "cannot make a directory for the recording: %s",
                strerror(-err));
        return STATUS_FAILED;
    }
    command->preload = preload_with(shim);
    command->output = run_dir_pattern(&command->dir);
    if (!command->preload || !command->output) {
        message("run", "not enough memory");
        run_dir_remove(&command->dir);
        return STATUS_FAILED;
    }
    change(command, "LD_PRELOAD", command->preload);
    change(command, "TARE_OUTPUT", command->output);
    /* 0 is passed on, too: a number that is there already is of a tare run around this one, which
     * does not see these processes. */
    snprintf(command->looker, sizeof command->looker, "%d",
             command->is_advised && command->samples ? (int)getpid() : 0);
    change(command, "TARE_LOOKER", command->looker);
    return STATUS_DONE;
}

static int launch_status(int err)
{
    switch (err) {
    case -ENOENT:
    case -ENOTDIR:
        return STATUS_NOT_FOUND;
    case -EAGAIN:
    case -ENOMEM:
    case -EMFILE:
    case -ENFILE:
        return STATUS_FAILED;
    default:
        return STATUS_NOT_EXECUTABLE;
    }
}

static void show_report(const struct run_command *command,
                        const struct collected *collected)
{
    struct show_options show = {.report = {.top = TEXT_TOP, .depth = TEXT_DEPTH},
                                .form = command->as_json ? FORM_JSON : FORM_TEXT};
    struct profile profile = {0};
    int err = 0;

    if (command->as_json)
        show.report = (struct report_options){0};
    symbols_stay_offline();
    for (uint32_t i = 0; i < collected->count; i++) {
        err = profile_add(&profile, collected->paths[i]);
        if (err)
            message(collected->paths[i], "cannot read: %s", ledger_file_error(err));
    }
    err = profile_finish(&profile);
    for (uint32_t i = 0; !err && i < profile.process_count; i++) {
        const struct ledger_header *header = profile.processes[i].header;

        if (header->flags & LEDGER_BYPASSED)
            message(header->executable,
                    "recorded nothing of process %u: it brings an "
                    "allocator of its own, or one was preloaded before the recorder",
                    header->pid);
    }
    for (uint32_t i = 0; !err && i < profile.process_count; i++) {
        int kept = keep_names(&profile.processes[i]);
        if (kept)
            message(profile.processes[i].file_path, "cannot keep the functions' names: %s",
                    strerror(-kept));
    }
    show_suit(&show, stderr);
    if (!err && profile.process_count)
        err = show_profile(stderr, &profile, &show);
    if (err)
        message("report", "%s", strerror(-err));
    profile_fini(&profile);
}

static void show_paths(const struct run_command *command, const struct collected *collected)
{
    for (uint32_t i = 0; i < collected->count && i < PATHS_SHOWN; i++)
        fprintf(stderr, "tare: profile: %s\n", collected->paths[i]);
    if (collected->count > PATHS_SHOWN)
        fprintf(stderr, "tare: profile: and %u more\n", collected->count - PATHS_SHOWN);
    const char *more = collected->count > 1 ? " ..." : "";
    fprintf(stderr,
            "tare: next: tare report --by peak %1$s%2$s\ntare: next: tare %3$s %1$s%2$s\n",
            collected->paths[0], more, command->is_advised ? "advise" : "html");
    if (command->with_trace)
        fprintf(stderr, "tare: next: tare replay %s\n", collected->paths[0]);
}

static void say_lost(const struct run_command *command, const struct run_dir_lost *lost,
                     const char *name)
{
    if (lost->deleted)
        message(
            name,
            "%u of its profiles %s deleted while it ran, in %s. Where a program clears "
            "such folders, preload the recorder without tare run, with TARE_OUTPUT in a "
            "folder that it leaves alone",
            lost->deleted, lost->deleted == 1 ? "was" : "were", command->dir.path);
    else
        message(name, "recorded nothing: %s",
                lost->program_gave_up ? "there was no room for its profile"
                                      : why_nothing(name));
}

static void finish(struct run_command *command, const struct launched *program,
                   const char *name)
{
    const struct collect_from from = {&command->dir, command->output, &command->sampler};
    const struct run_dir_lost lost = run_dir_lost(&command->dir, program->pid);
    struct collected collected;
    int err = collect(&collected, &from, command->pattern, program);

    if (lost.deleted || (!err && !collected.has_program && !collected.left))
        say_lost(command, &lost, name);
    else if (err)
        message(command->dir.path, "cannot collect the profiles: %s", strerror(-err));
    if (collected.count) {
        show_report(command, &collected);
        if (!command->as_json)
            show_paths(command, &collected);
    }
    collected_fini(&collected);
}

/* A verb that was misspelt is taken for a program. */
static void hint_verb(const char *word, int err)
{
    const char *names[VERBS_MAX];
    size_t count = 0;

    if (err != -ENOENT || strchr(word, '/'))
        return;
    for (; count < verb_count && count < VERBS_MAX; count++)
        names[count] = verbs[count].name;
    const char *nearest = nearest_name(word, names, count);
    if (nearest)
        message(word, "did you mean the verb '%s'?", nearest);
}

static int run(struct run_command *command, char **words)
{
    const struct target target = look_at_target(words[0]);
    struct launched program;

    if (target.why) {
        message(words[0], "cannot %s: %s",
                target.status == STATUS_FAILED ? "be recorded" : "run", target.why);
        return target.status;
    }
    int status = prepare(command);
    if (status != STATUS_DONE)
        return status;
    const struct launch_watch watch = {sampler_tick, &command->sampler};
    sampler_init(&command->sampler, &command->dir, command->samples, command->with_pss);
    int err = launch(&program, words, command->changes, &watch);
    if (err) {
        message(words[0], "cannot run: %s", strerror(-err));
        hint_verb(words[0], err);
        run_dir_remove(&command->dir);
        status = launch_status(err);
    } else {
        finish(command, &program, words[0]);
    }
    sampler_fini(&command->sampler);
    free(command->preload);
    free(command->output);
    if (!err)
        end_like(program.status);
    return status;
}

int cmd_run(int argc, char **argv)
{
    struct run_command command = {.pattern = getenv("TARE_OUTPUT"),
                                  .samples = SAMPLES_A_SECOND};
    int letter;

    if (!command.pattern || !*command.pattern)
        command.pattern = PATTERN_DEFAULT;
    while ((letter = option_next(&options_of_run, argc, argv)) != OPTION_END) {
        if (letter == OPTION_HELP)
            return STATUS_DONE;
        if (letter == OPTION_WRONG || !set_option(&command, letter))
            return STATUS_USAGE;
    }
    if (optind == argc)
        return usage_error("run", "which program?");
    if (!check_pattern(&command))
        return STATUS_USAGE;
    return run(&command, argv + optind);
}
