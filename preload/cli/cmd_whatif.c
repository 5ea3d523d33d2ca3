/* SPDX-License-Identifier: MIT */
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/profiles.h"
#include "cli/whatif.h"

#include "profile/site_id.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum letter { SITE = 256, REMEDY, ALLOCATOR, REPS, JSON };

static const struct option_line lines[] = {
    {SITE, "site", "ID", "as reports show it; several times: all of them together"},
    {REMEDY, "remedy", "WHAT",
     "pool[:BYTES], arena, intern[:PERCENT], vec[:BYTES] or reserve[:BYTES]\n"
     "(intern: PERCENT of the contents are no other's; where a number is\n"
     "missing, it is taken from what was recorded)"},
    {ALLOCATOR, "allocator", "NAME", "the malloc of all others, as for replay (glibc)"},
    {REPS, "reps", "N", "rounds (5)"},
    {JSON, "json", NULL, "as JSON (schema tare.whatif/1)"},
    {0},
};

const struct option_table options_of_whatif = {
    .verb = "whatif",
    .usage =
        "tare whatif --site ID --remedy WHAT [OPTION]... [FILE]\n"
        "\n"
        "Makes all allocations of a program that tare run --trace recorded once more, "
        "with what\none site allocates on a module of libtare, and beside that on malloc: "
        "what is saved,\nand what tare advise predicts.\n",
    .after =
        "Without FILE, the newest profile in this folder. Contents are not in a trace: for "
        "intern,\nequal ones are made up in the share that tare run --advise has found, or "
        "that is given.\nFor pool, arena and intern a block is the site's when it was "
        "first allocated there; for\nvec and reserve when any of its reallocations was.\n",
    .lines = lines,
};

enum { BYTES_MOST = 1 << 20, PERCENT_MOST = 100 };

static bool add_site(struct whatif_command *command)
{
    char *end;
    uint64_t id = strtoull(optarg, &end, 16);

    if (!*optarg || *end || strlen(optarg) > 16) {
        usage_error("whatif", "--site: '%s' is no site id, which has 16 digits of 0-9a-f",
                    optarg);
        return false;
    }
    if (command->id_count == SITES_MOST) {
        usage_error("whatif", "too many sites");
        return false;
    }
    command->ids[command->id_count++] = id;
    return true;
}

static bool wrong_remedy(void)
{
    usage_error("whatif",
                "--remedy is pool[:BYTES], arena, intern[:PERCENT], vec[:BYTES] or "
                "reserve[:BYTES], not '%s'",
                optarg);
    return false;
}

static bool set_remedy(struct whatif_command *command)
{
    const char *colon = strchr(optarg, ':');
    size_t bytes = colon ? (size_t)(colon - optarg) : strlen(optarg);
    char *end = NULL;

    command->substitute = SUBSTITUTE_NONE;
    for (int i = 1; i < SUBSTITUTE_COUNT; i++)
        if (strlen(substitute_names[i]) == bytes &&
            !strncmp(substitute_names[i], optarg, bytes))
            command->substitute = (enum substitute)i;
    bool is_intern = command->substitute == SUBSTITUTE_INTERN;
    command->amount = colon ? strtoull(colon + 1, &end, 10) : 0;
    if (!command->substitute ||
        (colon && (command->substitute == SUBSTITUTE_ARENA || *end || !command->amount ||
                   command->amount > (is_intern ? PERCENT_MOST : BYTES_MOST))))
        return wrong_remedy();
    command->amount *= is_intern ? 10 : 1;
    return true;
}

static bool set_allocator(struct whatif_command *command)
{
    command->allocator = allocator_find(optarg);
    return command->allocator.name ||
           usage_error("whatif", "there is no allocator '%s'", optarg) != STATUS_USAGE;
}

static bool set_option(struct whatif_command *command, int letter)
{
    switch (letter) {
    case SITE:
        return add_site(command);
    case REMEDY:
        return set_remedy(command);
    case ALLOCATOR:
        return set_allocator(command);
    case REPS:
        if (!option_number(&options_of_whatif, "--reps", REPLAY_REPS_MOST, &command->reps))
            return false;
        return command->reps ||
               usage_error("whatif", "--reps: at least one") != STATUS_USAGE;
    case JSON:
        return command->as_json = true;
    default:
        return false;
    }
}

static bool is_wanted(const struct whatif_command *command, uint64_t id)
{
    for (uint32_t i = 0; i < command->id_count; i++)
        if (command->ids[i] == id)
            return true;
    return false;
}

/* Which sites, and which records; how many sites. */
static uint32_t find_sites(struct whatif_command *command, const struct process *process,
                           bool *is_site, bool *is_record)
{
    command->site_count = 0;

    for (uint32_t i = 0; i < process->site_count; i++) {
        const struct site *site = &process->sites[i];

        is_site[i] = is_wanted(command, site->id);
        command->site_count += is_site[i];
        for (uint32_t n = site->records; is_site[i] && n; n = process->next_record[n])
            is_record[n] = true;
    }
    return command->site_count;
}

/* What was not said of the remedy. */
static uint64_t find_amount(const struct whatif_command *command,
                            const struct compiled *compiled)
{
    const struct prediction *expected = &command->prediction;
    bool is_found = expected->is_found && expected->finding.object_bytes;

    switch (command->substitute) {
    case SUBSTITUTE_INTERN:
        return expected->has_distinct ? expected->distinct_share : 0;
    case SUBSTITUTE_POOL:
        return is_found ? expected->finding.object_bytes : compiled->site_common_bytes;
    case SUBSTITUTE_VEC:
    case SUBSTITUTE_RESERVE:
        return is_found ? expected->finding.object_bytes : expected->fitting_bytes;
    default:
        return 1;
    }
}

static void set_ways(struct whatif_command *command)
{
    bool fills = command->substitute == SUBSTITUTE_INTERN;

    for (int i = 0; i < WAYS; i++) {
        bool is_tried = i == TRIED || i == TRIED_WEIGHED;

        command->ways[i] = (struct replay_way){
            .allocator = command->allocator,
            .play = {.substitute = is_tried ? command->substitute : SUBSTITUTE_NONE,
                     .amount = command->amount,
                     .fills = fills,
                     .empty = i == EMPTY,
                     .weighs = i >= MALLOC_WEIGHED}};
    }
}

static int try_script(struct whatif_command *command, const struct process *process,
                      const struct compiled *compiled)
{
    if (!command->amount && !(command->amount = find_amount(command, compiled)))
        return usage_error("whatif",
                           "what was recorded does not tell the number: --remedy %s:N",
                           substitute_names[command->substitute]);
    if (command->substitute == SUBSTITUTE_VEC && command->amount > 1 << 16)
        command->amount = 1 << 16; /* a vector's most */
    set_ways(command);
    int status = replay_play(command->ways, MALLOC_WEIGHED, command->reps, compiled->fd);
    if (status == STATUS_DONE)
        status = replay_play(command->ways + MALLOC_WEIGHED, WAYS - MALLOC_WEIGHED, 1,
                             compiled->fd);
    if (status == STATUS_DONE && command->ways[EMPTY].is_missing)
        return STATUS_UNREADABLE; /* and that is said */
    if (status == STATUS_DONE)
        (command->as_json ? whatif_json : whatif_text)(command, process, compiled);
    return status;
}

static int try_sites(struct whatif_command *command, struct profile *profile,
                     const struct process *process, bool *is_site, bool *is_record)
{
    const struct compile_site site = {is_record,
                                      command->substitute == SUBSTITUTE_VEC ||
                                          command->substitute == SUBSTITUTE_RESERVE};
    struct compiled compiled;

    if (!find_sites(command, process, is_site, is_record)) {
        message(process->file_path, "has no such site: tare report %s shows them",
                process->file_path);
        return STATUS_UNREADABLE;
    }
    predict(&command->prediction, profile, process, is_site, command->substitute);
    int status = replay_compile(&compiled, process, &site);
    if (status != STATUS_DONE)
        return status;
    if (compiled.site_chains) {
        status = try_script(command, process, &compiled);
    } else {
        message(process->file_path, "no block of the trace begins at that site");
        status = STATUS_UNREADABLE;
    }
    close(compiled.fd);
    return status;
}

static int whatif(struct whatif_command *command, struct profile *profile,
                  const struct process *process)
{
    bool *is_site = calloc(process->site_count + 1, sizeof *is_site);
    bool *is_record =
        calloc(LEDGER_MAX_BYTES / sizeof(struct ledger_record), sizeof *is_record);
    int status = STATUS_UNREADABLE;

    if (!is_site || !is_record ||
        site_ids_set(profile->processes, process->sites, process->site_count))
        message("whatif", "not enough memory");
    else
        status = try_sites(command, profile, process, is_site, is_record);
    free(is_site);
    free(is_record);
    return status;
}

int cmd_whatif(int argc, char **argv)
{
    static struct whatif_command command = {.reps = REPLAY_REPS};
    const struct selection all = {0};
    struct profile profile = {0};
    int letter;

    command.allocator = allocator_find("glibc");
    while ((letter = option_next(&options_of_whatif, argc, argv)) != OPTION_END) {
        if (letter == OPTION_HELP)
            return STATUS_DONE;
        if (letter == OPTION_WRONG || !set_option(&command, letter))
            return STATUS_USAGE;
    }
    if (!command.id_count || !command.substitute)
        return usage_error("whatif", "--site and --remedy are needed");
    symbols_stay_offline();
    int status = profiles_read(&profile, &all, "whatif", argc - optind, argv + optind);
    const struct process *process =
        status == STATUS_DONE ? replay_process(&profile, "whatif") : NULL;
    if (process)
        profiles_are_whole(&profile);
    if (status == STATUS_DONE)
        status = process ? whatif(&command, &profile, process) : STATUS_UNREADABLE;
    profile_fini(&profile);
    return status;
}
