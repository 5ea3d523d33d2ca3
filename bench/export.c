/* SPDX-License-Identifier: MIT
 *
 * usage: export BUILD - a profile of 1,000,000 sites, 20 frames deep, through the command to each
 * format: how long it takes with all that the command does, and how much memory.
 *
 * Output goes through a pipe and is counted. The profile is made here: 50,000 places in code, in
 * modules that are not there, so that nothing is looked up in files and names are addresses. Beside
 * it: the same command with the shortest output, which is what reading the profile takes.
 */
#include "bench/measure.h"
#include "bench/results.h"
#include "format/ledger.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SITES = 1000000, DEPTH = 20, PLACES = 50000, PARENTS = 20000, REPETITIONS = 5 };

struct writer {
    uint8_t *bytes;
    uint32_t extents;
    uint32_t used[LEDGER_EVIDENCE + 1], current[LEDGER_EVIDENCE + 1];
};

/* The file offset of room for an object. */
static uint32_t take(struct writer *w, enum ledger_kind kind, uint32_t bytes)
{
    if (!w->current[kind] || w->used[kind] + bytes > LEDGER_EXTENT_BYTES) {
        w->current[kind] = w->extents++;
        w->bytes[LEDGER_HEADER_BYTES + w->current[kind]] = (uint8_t)kind;
        w->used[kind] = 0;
    }
    uint32_t offset = w->current[kind] * LEDGER_EXTENT_BYTES + w->used[kind];
    w->used[kind] += bytes;
    return offset;
}

static uint32_t add_module(struct writer *w)
{
    static const char path[] = "/nonexistent/libbench.so";
    uint32_t string = take(w, LEDGER_STRINGS, 32);
    uint32_t at = take(w, LEDGER_MODULES, sizeof(struct ledger_module));
    struct ledger_module *module = (void *)(w->bytes + at);

    memcpy(w->bytes + string, path, sizeof path - 1);
    *module = (struct ledger_module){.start = 0x7f0000000000,
                                     .end = 0x7f0000000000 + (PLACES + 1) * 16,
                                     .bias = 0x7f0000000000,
                                     .path = string / LEDGER_UNIT_BYTES,
                                     .path_bytes = sizeof path - 1};
    return at / LEDGER_UNIT_BYTES;
}

static uint32_t add_node(struct writer *w, uint32_t module, uint64_t place, uint32_t parent)
{
    uint32_t at = take(w, LEDGER_NODES, sizeof(struct ledger_node));
    struct ledger_node *node = (void *)(w->bytes + at);

    *node = (struct ledger_node){0x7f0000000010 + place % PLACES * 16, parent, module};
    return at / LEDGER_UNIT_BYTES;
}

/* A tree that is PARENTS wide where it ends, and leaves on it. */
static void add_sites(struct writer *w, uint32_t module)
{
    static uint32_t level[PARENTS];
    uint64_t seed = 1;
    uint32_t width = 1;

    level[0] = add_node(w, module, 0, LEDGER_OUTERMOST);
    for (int depth = 2; depth < DEPTH; depth++) {
        uint32_t next = width * 17 / 10 + 1 < PARENTS ? width * 17 / 10 + 1 : PARENTS;

        for (uint32_t i = next; i-- > 0;)
            level[i] = add_node(w, module, i * 7 + (uint64_t)depth * 991, level[i % width]);
        width = next;
    }
    for (uint32_t i = 0; i < SITES; i++) {
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        uint32_t leaf =
            add_node(w, module, seed % 1000 + i / PARENTS * 1000, level[i % width]);
        struct ledger_record *record =
            (void *)(w->bytes + take(w, LEDGER_RECORDS, sizeof *record));

        *record = (struct ledger_record){
            .site = leaf, .slot = 1, .allocations = 1 + seed % 3, .frees = seed % 2};
        record->bytes = record->allocations * (16 + seed % 100);
        record->freed_bytes = record->frees * (16 + seed % 100);
    }
}

static void add_thread(struct writer *w)
{
    struct ledger_thread *thread =
        (void *)(w->bytes + take(w, LEDGER_THREADS, sizeof *thread));

    *thread = (struct ledger_thread){.slot = 1, .tid = 1, .served = 1, .name = "bench"};
}

static bool make_profile(const char *path)
{
    struct writer w = {.extents = LEDGER_FIRST_EXTENT};
    struct ledger_header *header = calloc(1, LEDGER_MAX_BYTES);

    w.bytes = (uint8_t *)header;
    if (!header)
        return false;
    add_thread(&w);
    add_sites(&w, add_module(&w));
    header->magic = LEDGER_MAGIC;
    header->version = LEDGER_VERSION;
    header->header_bytes = LEDGER_HEADER_BYTES;
    header->pid = 1;
    header->start_monotonic_ns = 1;
    header->end_monotonic_ns = 2000000001;
    header->flags = LEDGER_SITES;
    header->extents = w.extents;
    header->end = LEDGER_END_EXIT;
    memcpy(header->executable, "/nonexistent/bench", 18);
    FILE *file = fopen(path, "we");
    size_t bytes = (size_t)w.extents * LEDGER_EXTENT_BYTES;
    bool done = file && fwrite(w.bytes, 1, bytes, file) == bytes && !fclose(file);
    free(header);
    return done;
}

struct run {
    double seconds, mebibytes, output_mebibytes;
};

/* What comes through the pipe, until its end. */
static double count_output(int pipe)
{
    static char buffer[1 << 20];
    double bytes = 0;

    for (ssize_t got; (got = read(pipe, buffer, sizeof buffer)) > 0;)
        bytes += (double)got;
    close(pipe);
    return bytes;
}

/* In the child: all samples are asked for, whatever the format's own limit is. */
static void become_export(const char *build, const char *format, int out)
{
    char tare[512], profile[512];

    snprintf(tare, sizeof tare, "%s/tare", build);
    snprintf(profile, sizeof profile, "%s/bench/export.tare", build);
    dup2(out, STDOUT_FILENO);
    dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
    execl(tare, tare, "export", "--to", format, "--max-samples",
          strcmp(format, "openmetrics") ? "0" : "20", profile, (char *)NULL);
    _exit(127);
}

static struct run run_export(const char *build, const char *format)
{
    const struct run failed = {NAN, NAN, NAN};
    struct rusage use;
    int ends[2], status;

    if (pipe2(ends, O_CLOEXEC))
        return failed;
    uint64_t start = measure_now_ns();
    pid_t child = fork();
    if (child == 0)
        become_export(build, format, ends[1]);
    close(ends[1]);
    double bytes = count_output(ends[0]);
    if (child < 0 || wait4(child, &status, 0, &use) != child || status)
        return failed;
    return (struct run){(double)(measure_now_ns() - start) / 1e9,
                        (double)use.ru_maxrss / 1024, bytes / (1 << 20)};
}

int main(int argc, char **argv)
{
    static const char *const formats[] = {"folded", "pprof",     "speedscope",
                                          "dhat",   "massif",    "csv",
                                          "jsonl",  "heaptrack", "openmetrics"};
    enum { FORMATS = sizeof formats / sizeof *formats };
    struct samples seconds[FORMATS] = {0}, memory[FORMATS] = {0};
    struct results results = {0};
    double output[FORMATS];
    char path[512], names[FORMATS][64];
    unsigned rounds = measure_repetitions("REPS", REPETITIONS);

    snprintf(path, sizeof path, "%s/bench/export.tare", argc > 1 ? argv[1] : ".");
    if (argc < 2 || !make_profile(path)) {
        fprintf(stderr, "export: %s: cannot be written\n", path);
        return EXIT_FAILURE;
    }
    for (unsigned round = 0; round < rounds; round++)
        for (int i = 0; i < FORMATS; i++) {
            struct run run = run_export(argv[1], formats[i]);

            samples_add(&seconds[i], run.seconds);
            samples_add(&memory[i], run.mebibytes);
            output[i] = run.output_mebibytes;
        }
    unlink(path);
    for (int i = 0; i < FORMATS; i++) {
        struct number reading = samples_number(&seconds[FORMATS - 1]);
        struct number took = samples_number(&seconds[i]);

        printf("%-12s %8.1f MiB written\n", formats[i], output[i]);
        if (i < FORMATS - 1) {
            results_add(&results, &(struct result){formats[i], "time", "s", took,
                                                   "reading alone", reading, false});
            results_add(&results,
                        &(struct result){formats[i], "memory", "MiB",
                                         samples_number(&memory[i]), "reading alone",
                                         samples_number(&memory[FORMATS - 1]), false});
        }
        snprintf(names[i], sizeof names[i], "%s: seconds for 1,000,000 samples",
                 formats[i]);
        results_add_target(&results, &(struct target){names[i], took, 3, 0});
    }
    results_print(&results, stdout);
    results_print_targets(&results, stdout);
    return results_end(&results, "export") ? EXIT_SUCCESS : EXIT_FAILURE;
}
