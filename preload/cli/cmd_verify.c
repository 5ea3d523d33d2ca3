/* SPDX-License-Identifier: MIT */
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/profiles.h"
#include "cli/progress.h"
#include "report/verify.h"

#include <getopt.h>
#include <string.h>

enum { PERCENT_MOST = 1000000 };

enum letter { WITHIN = 256, JSON };

static const struct option_line lines[] = {
    {WITHIN, "within", "PERCENT",
     "status 1 when bytes at the peak or calls were saved that differ by more\n"
     "from what was predicted, or when no advice was followed; 3 when a\n"
     "profile says too little to tell"},
    {JSON, "json", NULL, "as JSON (schema tare.verify/1)"},
    {'o', "output", "FILE", "to a file"},
    {0},
};

const struct option_table options_of_verify = {
    .verb = "verify",
    .usage =
        "tare verify [OPTION]... BEFORE AFTER\n"
        "\n"
        "Finds which advice for the program before the one after has followed, and "
        "compares what\n"
        "was predicted with what was saved. Both are profiles, or folders of profiles.\n",
    .after = "Exit status: 0; 1 when --within was exceeded; 2 wrong usage; 3 unreadable.\n",
    .lines = lines,
};

struct verify_command {
    const char *output;
    uint32_t within_percent;
    bool has_within, as_json;
    bool is_unsure; /* a profile is not whole */
};

static bool set_option(struct verify_command *command, int letter)
{
    switch (letter) {
    case WITHIN:
        command->has_within = true;
        return option_number(&options_of_verify, "--within", PERCENT_MOST,
                             &command->within_percent);
    case JSON:
        return command->as_json = true;
    default:
        command->output = optarg;
        return true;
    }
}

static bool is_within(const struct verify_command *command, const struct verification *v)
{
    double most = command->within_percent / 100.0;

    return v->applied_count && verify_peak_error(v) <= most &&
           verify_calls_error(v) <= most;
}

static int write_verification(const struct verify_command *command,
                              const struct verification *v, struct profile *before)
{
    struct output output;

    if (!output_open(&output, command->output))
        return STATUS_UNREADABLE;
    int err = command->as_json ? verify_json(output.file, v, before)
                               : verify_text(output.file, v, before);
    int status = output_close(&output, err);
    if (status != STATUS_DONE || !command->has_within)
        return status;
    if (command->is_unsure)
        return STATUS_UNREADABLE;
    return is_within(command, v) ? STATUS_DONE : STATUS_NO;
}

static int compare(const struct verify_command *command, struct profile profiles[2])
{
    struct verification verification;
    struct costs costs;

    costs_of_machine(&costs);
    int err = verify(&verification, &profiles[0], &profiles[1], &costs);
    if (err) {
        message("verify", "%s", strerror(-err));
        return STATUS_UNREADABLE;
    }
    if (verification.are_strangers)
        message("verify",
                "the profiles have few sites in common. Sites are told by the names "
                "of program files and functions: are these the same in both?");
    int status = write_verification(command, &verification, &profiles[0]);
    verification_fini(&verification);
    return status;
}

static int verify_files(struct verify_command *command, char **paths)
{
    const struct selection all = {0};
    struct profile profiles[2] = {0};
    int status = STATUS_DONE;

    for (int i = 0; status == STATUS_DONE && i < 2; i++) {
        status = profiles_add(&profiles[i], paths[i]);
        if (status == STATUS_DONE)
            status = profiles_finish(&profiles[i], &all, "verify");
        if (status == STATUS_DONE && !profiles_are_whole(&profiles[i]))
            command->is_unsure = true;
    }
    if (status == STATUS_DONE)
        status = compare(command, profiles);
    for (int i = 0; i < 2; i++)
        profile_fini(&profiles[i]);
    return status;
}

int cmd_verify(int argc, char **argv)
{
    struct verify_command command = {0};
    int letter;

    while ((letter = option_next(&options_of_verify, argc, argv)) != OPTION_END) {
        if (letter == OPTION_HELP)
            return STATUS_DONE;
        if (letter == OPTION_WRONG || !set_option(&command, letter))
            return STATUS_USAGE;
    }
    if (argc - optind != 2)
        return usage_error("verify", "needs two profiles or folders, before and after");
    symbols_stay_offline();
    progress_begin("comparing");
    int status = verify_files(&command, argv + optind);
    progress_end();
    return status;
}
