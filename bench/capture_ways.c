/* SPDX-License-Identifier: MIT */
#include "bench/capture_ways.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WAY_WORDS = 24, WAY_SETTINGS = 8, SETTING_BYTES = PATH_MAX + 64 };

const char *const way_names[WAY_COUNT] = {
    [WAY_PLAIN] = "plain",       [WAY_COUNTS] = "counts",     [WAY_FULL] = "full",
    [WAY_MIMALLOC] = "mimalloc", [WAY_RAW] = "heaptrack-raw", [WAY_TARE_RUN] = "tare-run",
    [WAY_SHIPPED] = "heaptrack", [WAY_ADVISE] = "advise",     [WAY_DHAT] = "dhat",
};

/* One run in the making. */
struct command {
    const char *words[WAY_WORDS];
    const char *settings[WAY_SETTINGS];
    size_t word_count, setting_count;
    char preload[SETTING_BYTES], output[SETTING_BYTES];
    char tare[PATH_MAX + 8], profile[PATH_MAX + 32];
};

static bool is_heaptrack(enum way way)
{
    return way == WAY_RAW || way == WAY_SHIPPED;
}

const char *way_missing(enum way way)
{
    char line[256];
    static int mimalloc = -1; /* not asked yet */

    if (is_heaptrack(way) &&
        (!command_is_there("heaptrack") || !command_is_there("heaptrack_print")))
        return "heaptrack";
    if (way == WAY_DHAT && !command_is_there("valgrind"))
        return "valgrind";
    if (way != WAY_MIMALLOC)
        return NULL;
    if (mimalloc < 0)
        mimalloc = command_line("PATH=$PATH:/usr/sbin:/sbin ldconfig -p | "
                                "grep libmimalloc.so.2",
                                line, sizeof line);
    return mimalloc ? NULL : "libmimalloc.so.2";
}

static void add_word(struct command *command, const char *word)
{
    if (command->word_count + 1 < WAY_WORDS)
        command->words[command->word_count++] = word;
}

static void add_setting(struct command *command, const char *setting)
{
    if (command->setting_count + 1 < WAY_SETTINGS)
        command->settings[command->setting_count++] = setting;
}

static void preload(struct command *command, enum way way, const struct bench_place *place)
{
    snprintf(command->preload, sizeof command->preload, "LD_PRELOAD=%s/libtare-preload.so",
             place->build);
    snprintf(command->output, sizeof command->output, "TARE_OUTPUT=%s/%%p.tare",
             place->scratch);
    add_setting(command, command->preload);
    add_setting(command, command->output);
    if (way == WAY_COUNTS)
        add_setting(command, "TARE_TRACK_SITES=0");
    if (way == WAY_MIMALLOC)
        add_setting(command, "TARE_ALLOCATOR=mimalloc");
    if (way == WAY_ADVISE)
        add_setting(command, "TARE_ADVISE=1");
}

static void put_in_front(struct command *command, enum way way,
                         const struct bench_place *place)
{
    bool ours = way == WAY_TARE_RUN;

    if (!ours && !is_heaptrack(way))
        return;
    snprintf(command->tare, sizeof command->tare, "%s/tare", place->build);
    snprintf(command->profile, sizeof command->profile, "%s/%s", place->scratch,
             ours ? "%p.tare" : "profile");
    add_word(command, ours ? command->tare : "heaptrack");
    if (ours)
        add_word(command, "run");
    if (way == WAY_RAW)
        add_word(command, "--raw");
    add_word(command, "-o");
    add_word(command, command->profile);
    if (ours)
        add_word(command, "--");
}

static void put_dhat_in_front(struct command *command, const struct bench_place *place)
{
    snprintf(command->profile, sizeof command->profile, "--dhat-out-file=%s/%%p.dhat",
             place->scratch);
    add_word(command, "valgrind");
    add_word(command, "--tool=dhat");
    add_word(command, command->profile);
}

static void build(struct command *command, const struct way_plan *plan,
                  const struct bench_place *place)
{
    *command = (struct command){0};
    if (plan->way == WAY_DHAT)
        put_dhat_in_front(command, place);
    else
        put_in_front(command, plan->way, place);
    for (const char *const *word = plan->words; *word; word++)
        add_word(command, *word);
    for (const char *const *setting = plan->settings; setting && *setting; setting++)
        add_setting(command, *setting);
    if (plan->way == WAY_COUNTS || plan->way == WAY_FULL || plan->way == WAY_MIMALLOC ||
        plan->way == WAY_ADVISE)
        preload(command, plan->way, place);
}

/* The folder's file of that name: 0 or the bytes read; text is ended by NUL. */
static size_t read_text(const char *path, char *text, size_t bytes)
{
    FILE *file = fopen(path, "r");
    size_t got = file ? fread(text, 1, bytes - 1, file) : 0;

    text[got] = '\0';
    if (file)
        fclose(file);
    return got;
}

static int check_profile(enum way way, const struct bench_place *place,
                         struct profile_sums *sums)
{
    if (way == WAY_PLAIN)
        return 0;
    if (way == WAY_DHAT)
        return folder_has(place->scratch, ".dhat");
    if (is_heaptrack(way))
        return folder_has(place->scratch, ".zst") && folder_has(place->scratch, ".gz");
    return profile_sums_read(sums, place->scratch);
}

/* The second half of heaptrack as shipped: the report that tare run has printed by then. */
static bool print_report(const struct bench_place *place, struct tree_cost *cost)
{
    char profile[PATH_MAX + 32];
    const char *words[] = {"heaptrack_print", profile, NULL};
    struct tree_cost more;
    const struct tree_plan plan = {
        .words = words, .cpus = place->cpus, .cpu_count = place->cpu_count};

    snprintf(profile, sizeof profile, "%s/profile.zst", place->scratch);
    if (access(profile, R_OK))
        snprintf(profile, sizeof profile, "%s/profile.gz", place->scratch);
    if (tree_run(&plan, &more) || more.status)
        return false;
    cost->cpu += more.cpu;
    cost->elapsed += more.elapsed;
    return true;
}

static void complain(const struct way_plan *plan, const char *messages, int status)
{
    static char text[2048];

    read_text(messages, text, sizeof text);
    fprintf(stderr, "%s, %s: failed or left no profile (wait status %d)\n%s\n",
            plan->words[0], way_names[plan->way], status, text);
}

bool way_run(const struct way_plan *plan, struct bench_place *place, struct tree_cost *cost,
             struct profile_sums *sums)
{
    static struct command command;
    char out[PATH_MAX + 8], messages[PATH_MAX + 16];
    struct profile_sums unasked;

    build(&command, plan, place);
    snprintf(out, sizeof out, "%s/out", place->scratch);
    snprintf(messages, sizeof messages, "%s/messages", place->scratch);
    unsigned wanted = is_heaptrack(plan->way) && plan->cpu_count < 2 ? 2 : plan->cpu_count;
    const struct tree_plan tree = {
        .words = command.words,
        .settings = command.settings,
        .cpus = place->cpus,
        .cpu_count = wanted < place->cpu_count ? wanted : place->cpu_count,
        .out = plan->said ? out : NULL,
        .err = messages,
        .drive = plan->drive,
        .context = place,
    };
    bool worked = tree_run(&tree, cost) == 0 && cost->status == 0 && cost->driven &&
                  check_profile(plan->way, place, sums ? sums : &unasked) == 0 &&
                  (plan->way != WAY_SHIPPED || print_report(place, cost));
    if (!worked)
        complain(plan, messages, cost->status);
    if (plan->said)
        read_text(out, plan->said, plan->said_bytes);
    folder_clear(place->scratch);
    return worked;
}
