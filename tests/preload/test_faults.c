/* SPDX-License-Identifier: MIT
 *
 * Programs that do what breaks trackers, plain and under the shim: same output, same messages, same
 * status, and the counts that they know themselves, but for events that are counted as lost.
 *
 * With FAULTS_TABLE=FILE, all of them in all modes; the result is a table in that file.
 */
#include "support/recorded.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* Why a program is not run in every mode, or not compared in everything. */
enum {
    NO_LIBUNWIND =
        1,           /* it goes where libunwind does not: signals, little stack, no locks */
    NO_MIMALLOC = 2, /* what it asks is answered otherwise by mimalloc itself */
    SAYS = 4,        /* the shim has something to say on stderr */
    STEPS = 8,       /* it traps at each instruction, which libunwind does not survive */
    UNSURE = 16,     /* glibc itself does not promise it: in the table, not in the test */
};

#define FIRST RUN_FAULT("libfirst.so")
#define SECOND RUN_FAULT("libsecond.so")
#define LOADED RUN_FAULT("libloaded.so")
#define LASTING RUN_FAULT("handler_allocates"), "lasting"

#define RUNS(...) RUNS_WITH(0, NULL, __VA_ARGS__)
#define RUNS_WITH(FLAGS, SETTING, ...) \
    {                                  \
        {__VA_ARGS__}, FLAGS, SETTING  \
    }

static const struct fault {
    const char *words[8]; /* the program's name and its arguments */
    unsigned flags;
    const char *setting; /* of its environment */
} faults[] = {
    RUNS("alignments"),
    RUNS("cancelling", "pending"),
    RUNS("cancelling", "any"),
    RUNS("coroutines"),
    RUNS("daemon"),
    RUNS("debuginfod"),
    RUNS("deep", "5000"),
    RUNS_WITH(NO_LIBUNWIND, NULL, "deep", "100000"),
    RUNS_WITH(NO_LIBUNWIND, NULL, "descriptors", RUN_FAULT("descriptors.txt")),
    RUNS("dynamic_tls", RUN_FAULT("libtls.so")),
    RUNS("early", "allocate"),
    RUNS("early", "no-environment"),
    RUNS_WITH(SAYS, NULL, "early", "threads"),
    RUNS_WITH(NO_MIMALLOC, NULL, "edges"),
    RUNS_WITH(NO_MIMALLOC, "MALLOC_ARENA_MAX=1", "edges"),
    RUNS("ends_of_threads"),
    RUNS("exiting", "main"),
    RUNS("exiting", "threads"),
    RUNS("exiting", "quick"),
    RUNS("exiting", "thread"),
    RUNS("exiting", "last"),
    RUNS("filtered", "fails"),
    RUNS("filtered", "ends"),
    RUNS("filtered", "exits"),
    RUNS_WITH(NO_LIBUNWIND, NULL, "forking", "threads"),
    RUNS_WITH(NO_LIBUNWIND | UNSURE, NULL, "forking", "handler"),
    RUNS_WITH(NO_LIBUNWIND | UNSURE, NULL, "forking", "_Fork"),
    RUNS_WITH(NO_LIBUNWIND | UNSURE, NULL, "forking", "bare"),
    RUNS_WITH(NO_LIBUNWIND, NULL, "forking", "returns"),
    RUNS("full_disk"),
    RUNS_WITH(NO_LIBUNWIND, NULL, "generated"),
    RUNS_WITH(NO_LIBUNWIND, NULL, "handler_allocates"),
    RUNS_WITH(NO_LIBUNWIND, NULL, "handler_unwinds"),
    RUNS("inherited"),
    RUNS("libraries", FIRST),
    RUNS("limits", "as"),
    RUNS("limits", "core"),
    RUNS("limits", "data"),
    RUNS("limits", "files"),
    RUNS("limits", "locked"),
    RUNS("limits", "processes"),
    RUNS_WITH(SAYS, NULL, "limits", "size"),
    RUNS("limits", "stack"),
    RUNS("loading", "1", "2000", LOADED),
    RUNS_WITH(NO_LIBUNWIND, NULL, "loading", "4", "100", FIRST, SECOND, LOADED),
    RUNS_WITH(NO_LIBUNWIND, "LD_BIND_NOW=1", "loading", "2", "100", FIRST, LOADED),
    RUNS_WITH(NO_MIMALLOC, NULL, "locked", "0", "1"),
    RUNS_WITH(NO_MIMALLOC, NULL, "locked", "1", "0"),
    RUNS_WITH(NO_MIMALLOC, NULL, "locked", "1", "1"),
    RUNS("many_threads"),
    RUNS("mistakes", "after"),
    RUNS("mistakes", "overrun"),
    RUNS_WITH(NO_MIMALLOC, NULL, "mistakes", "stack"),
    RUNS_WITH(NO_MIMALLOC, NULL, "mistakes", "twice"),
    RUNS("nameless"),
    RUNS("namespaces"),
    RUNS("news"),
    RUNS("other_names"),
    RUNS("own_new"),
    RUNS("peak"),
    RUNS_WITH(SAYS, NULL, "privileges", "root"),
    RUNS_WITH(SAYS, NULL, "privileges", "user"),
    RUNS("reload", FIRST, SECOND),
    RUNS("resolver"),
    RUNS("runpath"),
    RUNS("shared_memory"),
    RUNS_WITH(NO_LIBUNWIND, NULL, "slow_pipe", "fails", LASTING),
    RUNS_WITH(NO_LIBUNWIND, NULL, "slow_pipe", "waits", LASTING),
    RUNS_WITH(NO_LIBUNWIND, NULL, "small_stacks", "handler"),
    RUNS_WITH(NO_LIBUNWIND, NULL, "small_stacks", "overflow"),
    RUNS_WITH(NO_LIBUNWIND, NULL, "small_stacks", "threads"),
    RUNS("spawning", "popen"),
    RUNS("spawning", "spawn"),
    RUNS("spawning", "system"),
    RUNS("spawning", "vfork"),
    RUNS("stacks"),
    RUNS_WITH(NO_LIBUNWIND | STEPS, NULL, "stepping", "fork", "6"),
    RUNS_WITH(NO_LIBUNWIND | STEPS, NULL, "stepping", "_Fork", "3"),
    RUNS_WITH(NO_LIBUNWIND | STEPS, NULL, "stepping", "allocates", "3"),
    RUNS("threads_seen"),
    RUNS("tls_destructors"),
    RUNS("traced"),
    RUNS("tuning"),
    RUNS_WITH(0, "GLIBC_TUNABLES=glibc.malloc.tcache_count=0", "tuning"),
    RUNS_WITH(0, "GLIBC_TUNABLES=glibc.malloc.hugetlb=1", "tuning"),
    RUNS_WITH(0, "MALLOC_MMAP_THRESHOLD_=0", "tuning"),
    RUNS_WITH(0, "MALLOC_PERTURB_=165", "tuning"),
};

enum { FAULTS = sizeof faults / sizeof *faults };

static const struct mode {
    const char *name;
    const char *settings[3];
} modes[] = {
    {"full", {"TARE_VERBOSE=0"}},
    {"mimalloc", {"TARE_ALLOCATOR=mimalloc", "TARE_PRINT_REPORT=1"}},
    {"advised", {"TARE_ADVISE=1"}},
    {"mi-advised", {"TARE_ALLOCATOR=mimalloc", "TARE_ADVISE=1"}},
    {"no-sites", {"TARE_TRACK_SITES=0"}},
    {"depth", {"TARE_STACK_DEPTH=3"}},
    {"checked", {"TARE_CHECK_STACKS=1"}},
    {"report", {"TARE_PRINT_REPORT=1"}},
    {"mi-no-sites", {"TARE_ALLOCATOR=mimalloc", "TARE_TRACK_SITES=0"}},
    {"mi-depth", {"TARE_ALLOCATOR=mimalloc", "TARE_STACK_DEPTH=3"}},
    {"mi-checked", {"TARE_ALLOCATOR=mimalloc", "TARE_CHECK_STACKS=1"}},
};

enum { MODES = sizeof modes / sizeof *modes, MODES_IN_SHORT = 2 };

static bool has(const struct mode *mode, const char *setting)
{
    for (int i = 0; mode->settings[i]; i++) {
        if (strcmp(mode->settings[i], setting) == 0)
            return true;
    }
    return false;
}

static bool applies(const struct fault *fault, const struct mode *mode)
{
    return !(fault->flags & NO_LIBUNWIND && has(mode, "TARE_CHECK_STACKS=1")) &&
           !(fault->flags & STEPS && strcmp(TEST_WALK, "libunwind") == 0) &&
           !(fault->flags & NO_MIMALLOC && has(mode, "TARE_ALLOCATOR=mimalloc"));
}

/* Take the lines that begin with `word` out of `text` and put them into `lines`. */
static void take_lines(char *text, const char *word, char *lines, size_t room)
{
    size_t bytes = strlen(word), used = strlen(lines);

    for (char *line = text; *line;) {
        size_t line_bytes = strcspn(line, "\n");

        line_bytes += line[line_bytes] == '\n';
        if (strncmp(line, word, bytes) != 0) {
            line += line_bytes;
            continue;
        }
        if (used + line_bytes < room) {
            memcpy(lines + used, line, line_bytes);
            lines[used += line_bytes] = '\0';
        }
        memmove(line, line + line_bytes, strlen(line + line_bytes) + 1);
    }
}

struct lost {
    uint64_t events, stacks, inherited, untracked;
};

static struct lost lost_in_all(const struct recorded *recorded)
{
    struct lost lost = {0};

    for (uint32_t i = 0; i < recorded->profile.process_count; i++) {
        const struct ledger_header *header = recorded->profile.processes[i].header;

        lost.events += header->lost_events;
        lost.stacks += header->lost_stacks;
        lost.inherited += header->inherited_frees;
        lost.untracked += header->untracked_frees;
    }
    return lost;
}

/* "counted FUNCTION ALLOCATIONS FREES" */
static bool counted(struct recorded *recorded, const char *line, const struct lost *lost)
{
    struct counts sum = {0};
    char function[64];
    uint64_t allocations, frees, missing = lost->events + lost->stacks;

    if (sscanf(line, "counted %63s %lu %lu", function, &allocations, &frees) != 3)
        return false;
    for (uint32_t i = 0; i < recorded->profile.process_count; i++) {
        struct counts counts =
            recorded_in(recorded, &recorded->profile.processes[i], function);

        sum.allocations += counts.allocations;
        sum.frees += counts.frees;
    }
    return sum.allocations <= allocations && sum.allocations + missing >= allocations &&
           sum.frees <= frees && sum.frees + missing >= frees;
}

/* "header inherited N" or "header untracked N" */
static bool header_says(const char *line, const struct lost *lost)
{
    uint64_t value, found;
    char name[64];

    if (sscanf(line, "header %63s %lu", name, &value) != 2)
        return false;
    found = strcmp(name, "inherited") == 0 ? lost->inherited : lost->untracked;
    return found <= value && found + lost->events >= value;
}

/* Are the counts those that the program itself knows? If not, `why` gets the first wrong line. */
static bool counts_are_right(struct recorded *recorded, const struct mode *mode,
                             char *lines, char *why, size_t room)
{
    struct lost lost = lost_in_all(recorded);

    for (char *line = strtok(lines, "\n"); line; line = strtok(NULL, "\n")) {
        bool right = strncmp(line, "header", 6) == 0   ? header_says(line, &lost)
                     : has(mode, "TARE_TRACK_SITES=0") ? true
                                                       : counted(recorded, line, &lost);

        if (!right) {
            snprintf(why, room, "not so: %s", line);
            return false;
        }
    }
    return true;
}

static bool looks_the_same(const struct run *plain, const struct run *shimmed,
                           const struct fault *fault, const struct mode *mode, char *why,
                           size_t room)
{
    bool speaks = fault->flags & SAYS || has(mode, "TARE_PRINT_REPORT=1");

    if (run_exit(plain) != run_exit(shimmed))
        snprintf(why, room, "status %d, plain %d: %.100s", run_exit(shimmed),
                 run_exit(plain), shimmed->err);
    else if (strcmp(plain->out, shimmed->out) != 0)
        snprintf(why, room, "output %.100s, plain %.100s", shimmed->out, plain->out);
    else if (!speaks && strcmp(plain->err, shimmed->err) != 0)
        snprintf(why, room, "message %.200s", shimmed->err);
    else
        return true;
    return false;
}

/* Run it both ways; false and `why` if there is a difference. */
static bool run_fault(const struct fault *fault, const struct mode *mode, char *why,
                      size_t room)
{
    const char *words[12] = {"timeout", "-k", "2", "60"}, *settings[6] = {0};
    char program[256], lines[2000] = "", ignored[2000] = "";
    struct recorded recorded;
    struct run plain;
    int used = 0;

    snprintf(program, sizeof program, "%s/tests/faults/%s", TEST_BUILD, fault->words[0]);
    words[4] = program;
    for (int i = 1; fault->words[i]; i++)
        words[4 + i] = fault->words[i];
    if (fault->setting)
        settings[used++] = fault->setting;
    run(&plain, words, settings);
    for (int i = 0; mode->settings[i]; i++)
        settings[used++] = mode->settings[i];
    record(&recorded, words, settings);
    take_lines(plain.out, "counted ", ignored, sizeof ignored);
    take_lines(plain.out, "header ", ignored, sizeof ignored);
    take_lines(recorded.run.out, "counted ", lines, sizeof lines);
    take_lines(recorded.run.out, "header ", lines, sizeof lines);
    bool same = looks_the_same(&plain, &recorded.run, fault, mode, why, room) &&
                counts_are_right(&recorded, mode, lines, why, room);
    run_fini(&plain);
    recorded_fini(&recorded);
    return same;
}

static void fault_name(const struct fault *fault, char *name, size_t room)
{
    size_t used = 0;

    for (int i = 0; fault->words[i] && used < room; i++) {
        const char *slash = strrchr(fault->words[i], '/');
        used += (size_t)snprintf(name + used, room - used, "%s%s", i ? " " : "",
                                 slash ? slash + 1 : fault->words[i]);
    }
    if (fault->setting && used < room)
        snprintf(name + used, room - used, " %s", fault->setting);
}

static void is_not_noticed_and_counts_right(void **state)
{
    const struct fault *fault = *state;
    char why[512];

    if (fault->flags & UNSURE)
        skip();
    for (int i = 0; i < MODES_IN_SHORT; i++) {
        if (applies(fault, &modes[i]) && !run_fault(fault, &modes[i], why, sizeof why))
            fail_msg("%s: %s", modes[i].name, why);
    }
}

static int write_table(const char *path)
{
    FILE *table = fopen(path, "we");
    char why[512], name[120], differences[1 << 14] = "";
    int failed = 0;

    if (!table)
        return 1;
    fprintf(table, "%-60s", "fault");
    for (int m = 0; m < MODES; m++)
        fprintf(table, " %-11s", modes[m].name);
    for (int f = 0; f < FAULTS; f++) {
        fault_name(&faults[f], name, sizeof name);
        fprintf(table, "\n%-60s", name);
        for (int m = 0; m < MODES; m++) {
            bool runs = applies(&faults[f], &modes[m]);
            bool same = !runs || run_fault(&faults[f], &modes[m], why, sizeof why);
            size_t used = strlen(differences);

            fprintf(table, " %-11s", !runs ? "-" : same ? "ok" : "difference");
            fflush(table);
            failed += !same && !(faults[f].flags & UNSURE);
            if (!same)
                snprintf(differences + used, sizeof differences - used, "%s, %s: %s\n",
                         name, modes[m].name, why);
        }
    }
    fprintf(table, "\n\n%d differences\n%s", failed, differences);
    fclose(table);
    return failed != 0;
}

int main(void)
{
    static struct CMUnitTest tests[FAULTS];
    static char names[FAULTS][120];
    const char *table = getenv("FAULTS_TABLE");

    if (table)
        return write_table(table);
    for (int i = 0; i < FAULTS; i++) {
        fault_name(&faults[i], names[i], sizeof names[i]);
        tests[i] = (struct CMUnitTest){names[i], is_not_noticed_and_counts_right, NULL,
                                       NULL, (void *)(uintptr_t)&faults[i]};
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
