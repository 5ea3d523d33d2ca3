/* SPDX-License-Identifier: MIT */
#include "cli/replays.h"

#include "cli/arguments.h"
#include "cli/find_shim.h"
#include "profile/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool has_trace(const struct process *process)
{
    struct trace trace;
    bool has = trace_open(&trace, &process->file) == 0;

    if (has)
        trace_close(&trace);
    return has;
}

const struct process *replay_process(const struct profile *profile, const char *verb)
{
    const struct process *found = NULL;

    for (uint32_t i = 0; i < profile->process_count; i++) {
        if (!has_trace(&profile->processes[i]))
            continue;
        if (found) {
            message(verb, "several profiles have a trace, %s and %s: name one",
                    found->file_path, profile->processes[i].file_path);
            return NULL;
        }
        found = &profile->processes[i];
    }
    if (!found)
        message(profile->process_count ? profile->processes[0].file_path : verb,
                "has no trace of the events: record one with tare run --trace");
    return found;
}

int replay_compile(struct compiled *compiled, const struct process *process,
                   const struct compile_site *site)
{
    int err = compile_trace(compiled, process, site);

    if (err) {
        message(process->file_path, "cannot replay: %s",
                err == -EFBIG ? "more blocks lived at a time than can be replayed"
                              : strerror(-err));
        return STATUS_UNREADABLE;
    }
    if (compiled->lost)
        message(process->file_path,
                "the trace ends before the program did: %" PRIu64
                " events had no room (tare run --trace-limit)",
                compiled->lost);
    if (compiled->damaged)
        message(process->file_path,
                "the trace is damaged in %" PRIu64
                " places, and what follows them is left out",
                compiled->damaged);
    return STATUS_DONE;
}

static int by_value(const void *a, const void *b)
{
    const uint64_t *one = a, *other = b;

    return (*one > *other) - (*one < *other);
}

static void say_missing(const struct allocator_choice *allocator)
{
    if (allocator->package)
        message(allocator->name, "left out, %s is not here: apt-get install %s",
                allocator->preload, allocator->package);
    else
        message(allocator->name, "left out: %s cannot be preloaded, or brings no malloc",
                allocator->preload);
}

static int play_once(struct replay_way *way, const char *player, int script_fd)
{
    int err = play_script(&way->last, player, script_fd, &way->allocator, &way->play);

    if (err == -ELIBACC) {
        say_missing(&way->allocator);
        way->is_missing = true;
        return 0;
    }
    if (err)
        return err;
    way->ns[way->count] = way->last.ns;
    way->rss[0][way->count] = way->last.most_rss_bytes;
    way->rss[1][way->count] = way->last.rss_at_peak_bytes;
    way->count++;
    return 0;
}

static void settle(struct replay_way *way, uint64_t empty_ns)
{
    for (uint32_t i = 0; i < way->count; i++)
        way->ns[i] = way->ns[i] > empty_ns ? way->ns[i] - empty_ns : 0;
    qsort(way->ns, way->count, sizeof *way->ns, by_value);
    for (int i = 0; i < 2; i++)
        qsort(way->rss[i], way->count, sizeof **way->rss, by_value);
    way->most_rss_bytes = way->rss[0][way->count / 2];
    way->rss_at_peak_bytes = way->rss[1][way->count / 2];
}

int replay_play(struct replay_way *ways, size_t count, uint32_t reps, int script_fd)
{
    char player[PATH_MAX];
    int err = find_part(player, "tare-replay");

    for (uint32_t rep = 0; !err && rep < reps; rep++)
        for (size_t i = 0; !err && i < count; i++)
            if (!ways[i].is_missing)
                err = play_once(&ways[i], player, script_fd);
    if (err) {
        message(player, "cannot replay: %s",
                err == -ECHILD ? "the process failed" : strerror(-err));
        return STATUS_UNREADABLE;
    }
    settle(&ways[0], 0);
    for (size_t i = 1; i < count; i++)
        settle(&ways[i], replay_least(&ways[0]));
    return STATUS_DONE;
}
