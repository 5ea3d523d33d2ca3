/* SPDX-License-Identifier: MIT
 *
 * usage: report BUILD
 *        What it takes to read a profile: one of 100,000 sites, gcc's compiler beside
 *        heaptrack_print, and a program of a large library. REPS=N rounds.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/measure.h"
#include "bench/results.h"

enum { WORDS = 12, SECONDS_MOST = 2, MIB_MOST = 500 };

static const char folder[] = "/dev/shm/tare-bench-report";
static char tare[PATH_MAX], sites_program[PATH_MAX], compiler[PATH_MAX];
static int devnull;
static unsigned repetitions = 5;

struct cost {
    struct samples seconds, mib;
};

static const char *in_folder(const char *name)
{
    static char paths[4][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return path;
}

/* The exit status; the cost is added where one is given. */
static int run(const char *const words[], struct cost *cost)
{
    uint64_t start = measure_now_ns();
    struct rusage usage;
    pid_t child = fork();
    int status;

    if (child == 0) {
        dup2(devnull, STDOUT_FILENO);
        dup2(devnull, STDERR_FILENO);
        execvp(words[0], (char *const *)(uintptr_t)words);
        _exit(127);
    }
    while (wait4(child, &status, 0, &usage) < 0 && errno == EINTR)
        continue;
    if (cost) {
        samples_add(&cost->seconds, (double)(measure_now_ns() - start) / 1e9);
        samples_add(&cost->mib, (double)usage.ru_maxrss / 1024);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static bool record(const char *profile, const char *const program[])
{
    const char *words[WORDS + 5] = {tare, "run", "-o", profile};

    for (unsigned i = 0; program[i]; i++)
        words[4 + i] = program[i];
    return run(words, NULL) == 0 && access(profile, R_OK) == 0;
}

/* Rounds, each command once in each, one round before them. */
static void measure(const char *const *const commands[], struct cost *costs, unsigned count)
{
    for (unsigned i = 0; i <= repetitions; i++)
        for (unsigned k = 0; k < count; k++)
            run(commands[k], i ? &costs[k] : NULL);
}

static void add(struct results *results, const char *name, const char *metric,
                const char *unit, struct samples *ours, const char *peer,
                struct number theirs)
{
    results_add(results, &(struct result){.name = name,
                                          .metric = metric,
                                          .unit = unit,
                                          .ours = samples_number(ours),
                                          .peer = peer,
                                          .theirs = theirs});
}

static void target(struct results *results, const char *what, struct number value,
                   double limit)
{
    results_add_target(results,
                       &(struct target){.what = what, .value = value, .limit = limit});
}

static void measure_sites(struct results *results)
{
    static const char *const forms[] = {"sites", "top-down", "bottom-up", "json", "diff"};
    const char *profile = strdup(in_folder("sites.tare"));
    const char *const sites[] = {tare, "report", profile, NULL};
    const char *const down[] = {tare, "report", "--top-down", profile, NULL};
    const char *const up[] = {tare, "report", "--bottom-up", profile, NULL};
    const char *const json[] = {tare, "report", "--json", profile, NULL};
    const char *const diff[] = {tare, "diff", profile, profile, NULL};
    const char *const *const commands[] = {sites, down, up, json, diff};
    struct cost costs[5] = {0};

    if (!record(profile, (const char *const[]){sites_program, "100000", "9", NULL})) {
        fprintf(stderr, "100,000 sites could not be recorded\n");
        return;
    }
    measure(commands, costs, 5);
    for (unsigned i = 0; i < 5; i++) {
        add(results, "100k", forms[i], "s", &costs[i].seconds, "limit",
            number_of(SECONDS_MOST));
        add(results, "100k", forms[i], "MiB", &costs[i].mib, "limit", number_of(MIB_MOST));
    }
    target(results, "100,000 sites, 1,000,000 frames: report, s",
           samples_number(&costs[0].seconds), SECONDS_MOST);
    target(results, "the same: MiB", samples_number(&costs[0].mib), MIB_MOST);
}

static bool make_source(const char *path)
{
    char command[3 * PATH_MAX];

    snprintf(command, sizeof command,
             "printf '#include <stdio.h>\\n#include <stdlib.h>\\n#include <unistd.h>\\n"
             "#include <string.h>\\n#include <pthread.h>\\n"
             "int main(void) { return printf(\"x\") == 0; }\\n' > %s.c && "
             "for i in 1 2 3 4 5 6 7 8 9; do for k in 0 1 2 3 4 5 6 7 8 9; do "
             "echo \"int f$i$k(int a, char **b) { int s = 0; for (int i = 0; i < a; i++) "
             "if (b[i][0] == $k) s += i %% ($i + 1); else s ^= i << $k; return s; }\"; "
             "done; done >> %s.c && gcc -E %s.c > %s",
             path, path, path, path);
    return system(command) == 0;
}

/* heaptrack's file of the same compilation. */
static bool record_heaptrack(const char *source, char *file)
{
    const char *stem = in_folder("heaptrack");

    snprintf(file, PATH_MAX, "%s.zst", stem);
    return run((const char *const[]){"heaptrack", "--record-only", "-o", stem, compiler,
                                     "-O2", "-quiet", source, "-o", "/dev/null", NULL},
               NULL) == 0 ||
           run((const char *const[]){"heaptrack", "-o", stem, compiler, "-O2", "-quiet",
                                     source, "-o", "/dev/null", NULL},
               NULL) != 127;
}

static void measure_cc1(struct results *results)
{
    char file[PATH_MAX];
    const char *source = strdup(in_folder("input.i"));
    const char *profile = strdup(in_folder("cc1.tare"));
    struct cost costs[2] = {0};
    struct number ratio = {NAN, NAN};

    if (!compiler[0] || !make_source(source) ||
        !record(profile, (const char *const[]){compiler, "-O2", "-quiet", source, "-o",
                                               "/dev/null", NULL})) {
        fprintf(stderr, "gcc's cc1 could not be recorded\n");
        return;
    }
    const char *const ours[] = {tare, "report", profile, NULL};
    const char *const theirs[] = {"heaptrack_print", file, NULL};
    const char *const *const commands[] = {ours, theirs};
    bool has_peer = record_heaptrack(source, file) && access(file, R_OK) == 0;

    measure(commands, costs, has_peer ? 2 : 1);
    if (has_peer) {
        add(results, "cc1", "report", "s", &costs[0].seconds, "heaptrack_print",
            samples_number(&costs[1].seconds));
        add(results, "cc1", "report", "MiB", &costs[0].mib, "heaptrack_print",
            samples_number(&costs[1].mib));
        ratio.least = samples_number(&costs[0].seconds).least /
                      samples_number(&costs[1].seconds).least;
        ratio.median = samples_number(&costs[0].seconds).median /
                       samples_number(&costs[1].seconds).median;
    }
    target(results, "cc1: report as a part of heaptrack_print", ratio, 0.1);
}

static void measure_large(struct results *results)
{
    const char *source = strdup(in_folder("input.i.c"));
    const char *profile = strdup(in_folder("clang.tare"));
    const char *const ours[] = {tare, "report", profile, NULL};
    const char *const *const commands[] = {ours};
    struct cost cost = {0};
    struct number second = {NAN, NAN};

    if (record(profile, (const char *const[]){"clang", "-w", "-x", "c", "-O1", "-S", "-o",
                                              "/dev/null", source, NULL})) {
        measure(commands, &cost, 1);
        second = samples_number(&cost.seconds);
        add(results, "libLLVM", "second report", "s", &cost.seconds, "limit",
            number_of(0.3));
    } else {
        fprintf(stderr, "clang could not be recorded\n");
    }
    target(results, "clang and libLLVM: second report, s", second, 0.3);
}

int main(int argc, char **argv)
{
    struct results results = {0};
    char path[PATH_MAX];
    char clean[PATH_MAX];

    if (argc != 2 || !realpath(argv[1], path))
        return 2;
    repetitions = measure_repetitions("REPS", repetitions);
    snprintf(tare, sizeof tare, "%.4000s/tare", path);
    snprintf(sites_program, sizeof sites_program, "%.4000s/bench/report_sites", path);
    FILE *pipe = popen("gcc -print-prog-name=cc1", "r");
    if (pipe && fgets(compiler, sizeof compiler, pipe))
        compiler[strcspn(compiler, "\n")] = '\0';
    if (pipe)
        pclose(pipe);
    snprintf(clean, sizeof clean, "rm -rf %s", folder);
    devnull = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (system(clean) || mkdir(folder, 0700))
        return 1;
    measure_sites(&results);
    measure_cc1(&results);
    measure_large(&results);
    results_print(&results, stdout);
    results_print_targets(&results, stdout);
    return results_end(&results, "report") && !system(clean) ? 0 : 1;
}
