/* SPDX-License-Identifier: MIT */
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/profiles.h"
#include "cli/replays.h"

#include "report/json_writer.h"
#include "report/units.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { WAYS_MOST = 17 };

enum letter { ALLOCATOR = 256, REPS, JSON };

static const struct option_line lines[] = {
    {ALLOCATOR, "allocator", "NAME",
     "glibc, mimalloc, jemalloc, tcmalloc, or a library's file; several, or\n"
     "with commas between (all of these that are here)"},
    {REPS, "reps", "N", "rounds, each with each allocator in turn (5)"},
    {JSON, "json", NULL, "as JSON (schema tare.replay/1)"},
    {0},
};

const struct option_table options_of_replay = {
    .verb = "replay",
    .usage =
        "tare replay [OPTION]... [FILE]\n"
        "\n"
        "Makes all allocations of a program that tare run --trace recorded once more, on "
        "one\nallocator after the other, each time in a process of its own. One thread "
        "makes them all,\nin the order in which they were; it touches each page that is "
        "new in a block.\n",
    .after = "Without FILE, the newest profile in this folder.\n",
    .lines = lines,
};

struct replay_command {
    struct replay_way ways[WAYS_MOST]; /* the first is the empty one */
    size_t count;
    uint32_t reps;
    bool as_json;
    bool is_chosen; /* the allocators were named */
};

static bool add_allocator(struct replay_command *command, const char *name)
{
    struct allocator_choice allocator = allocator_find(name);

    if (!allocator.name)
        return usage_error("replay",
                           "--allocator knows glibc, mimalloc, jemalloc, tcmalloc and "
                           "files of libraries, not '%s'",
                           name) != STATUS_USAGE;
    if (command->count == WAYS_MOST)
        return usage_error("replay", "too many allocators") != STATUS_USAGE;
    command->ways[command->count++] = (struct replay_way){.allocator = allocator};
    return true;
}

/* The list is the argument itself, which is taken apart. */
static bool add_allocators(struct replay_command *command, char *list)
{
    for (char *name; (name = strsep(&list, ","));)
        if (!add_allocator(command, name))
            return false;
    return true;
}

static bool set_option(struct replay_command *command, int letter)
{
    switch (letter) {
    case ALLOCATOR:
        return add_allocators(command, optarg);
    case REPS:
        if (!option_number(&options_of_replay, "--reps", REPLAY_REPS_MOST, &command->reps))
            return false;
        return command->reps ||
               usage_error("replay", "--reps: at least one") != STATUS_USAGE;
    case JSON:
        return command->as_json = true;
    default:
        return false;
    }
}

/* In thousandths. */
static uint64_t over_live(const struct replay_way *way, const struct script *script)
{
    return script->peak_bytes ? way->rss_at_peak_bytes * 1000 / script->peak_bytes : 0;
}

static void print_text(const struct replay_command *command, const struct process *process,
                       const struct compiled *compiled)
{
    const struct script *script = &compiled->script;
    struct text_number n[4];

    printf("%s: %s events, at most %s live\n\n", process->program,
           units_count(&n[0], script->events), units_bytes(&n[1], script->peak_bytes));
    printf("%-16s %12s %12s %10s %12s %12s %9s\n", "allocator", "time", "least", "ns/event",
           "peak RSS", "RSS at peak", "of live");
    for (size_t i = 1; i < command->count; i++) {
        const struct replay_way *way = &command->ways[i];

        if (way->is_missing)
            continue;
        printf("%-16s %12s %12s %10.1f %12s %12s %8.2fx\n", way->allocator.name,
               units_time(&n[0], replay_median(way)), units_time(&n[1], replay_least(way)),
               (double)replay_median(way) / (double)(script->events ? script->events : 1),
               units_bytes(&n[2], way->most_rss_bytes),
               units_bytes(&n[3], way->rss_at_peak_bytes),
               (double)over_live(way, script) / 1000);
    }
    printf("\nTime: of the calls and of first touches, of %" PRIu32
           " rounds the median; the empty loop's is taken off.\nRSS at peak: when most "
           "bytes were live, beside those bytes.\n",
           command->reps);
}

static void print_json(const struct replay_command *command, const struct process *process,
                       const struct compiled *compiled)
{
    struct json_writer json = {.out = stdout};

    json_object_begin(&json, NULL);
    json_text(&json, "schema", "tare.replay/1");
    json_text(&json, "program", process->program);
    json_number(&json, "events", compiled->script.events);
    json_number(&json, "lost_events", compiled->lost);
    json_number(&json, "peak_bytes", compiled->script.peak_bytes);
    json_number(&json, "reps", command->reps);
    json_array_begin(&json, "allocators");
    for (size_t i = 1; i < command->count; i++) {
        const struct replay_way *way = &command->ways[i];

        if (way->is_missing)
            continue;
        json_object_begin(&json, NULL);
        json_text(&json, "name", way->allocator.name);
        json_text(&json, "library", way->last.allocator);
        json_number(&json, "median_ns", replay_median(way));
        json_number(&json, "least_ns", replay_least(way));
        json_number(&json, "most_rss_bytes", way->most_rss_bytes);
        json_number(&json, "rss_at_peak_bytes", way->rss_at_peak_bytes);
        json_number(&json, "failed_calls", way->last.failed);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
    putchar('\n');
}

static bool any_missing(const struct replay_command *command)
{
    for (size_t i = 1; i < command->count; i++)
        if (command->ways[i].is_missing)
            return true;
    return false;
}

static int replay(struct replay_command *command, const struct process *process)
{
    const struct compile_site none = {0};
    struct compiled compiled;
    int status = replay_compile(&compiled, process, &none);

    if (status != STATUS_DONE)
        return status;
    status = replay_play(command->ways, command->count, command->reps, compiled.fd);
    close(compiled.fd);
    if (status != STATUS_DONE)
        return status;
    (command->as_json ? print_json : print_text)(command, process, &compiled);
    return command->is_chosen && any_missing(command) ? STATUS_UNREADABLE : STATUS_DONE;
}

int cmd_replay(int argc, char **argv)
{
    static struct replay_command command = {.reps = REPLAY_REPS, .count = 1};
    const struct selection all = {0};
    struct profile profile = {0};
    int letter;

    command.ways[0] =
        (struct replay_way){.allocator = allocator_find("glibc"), .play = {.empty = true}};
    while ((letter = option_next(&options_of_replay, argc, argv)) != OPTION_END) {
        if (letter == OPTION_HELP)
            return STATUS_DONE;
        if (letter == OPTION_WRONG || !set_option(&command, letter))
            return STATUS_USAGE;
    }
    command.is_chosen = command.count > 1;
    if (!command.is_chosen) {
        char every[] = "glibc,mimalloc,jemalloc,tcmalloc";
        add_allocators(&command, every);
    }
    symbols_stay_offline();
    int status = profiles_read(&profile, &all, "replay", argc - optind, argv + optind);
    const struct process *process =
        status == STATUS_DONE ? replay_process(&profile, "replay") : NULL;
    if (process)
        profiles_are_whole(&profile);
    if (status == STATUS_DONE)
        status = process ? replay(&command, process) : STATUS_UNREADABLE;
    profile_fini(&profile);
    return status;
}
