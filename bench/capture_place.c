/* SPDX-License-Identifier: MIT */
#include "bench/capture_workloads.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/capture_profile.h"

/* What all runs have in common, whoever calls. */
static void clean_environment(void)
{
    static const char *const foreign[] = {
        "LD_PRELOAD",     "TARE_OUTPUT",       "TARE_TRACK_SITES", "TARE_STACK_DEPTH",
        "TARE_ALLOCATOR", "TARE_PRINT_REPORT", "TARE_VERBOSE",     "TARE_CHECK_STACKS",
        "TARE_TRACE",     "TARE_ADVISE",       "MALLOC_ARENA_MAX", "MALLOC_PERTURB_",
        "GLIBC_TUNABLES", "PYTHONMALLOC",      "GIT_DIR",          "GIT_PAGER",
        "MAKEFLAGS",      "GIT_EXTERNAL_DIFF", "DEBUGINFOD_URLS",  "MAKELEVEL",
        "MFLAGS",
    };

    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        unsetenv(foreign[i]);
    setenv("LC_ALL", "C", 1);
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
}

bool bench_place_find(struct bench_place *place, const char *build)
{
    clean_environment();
    snprintf(place->scratch, sizeof place->scratch, "/dev/shm/tare-bench-XXXXXX");
    mkdir("build", 0777);
    mkdir("build/bench", 0777);
    mkdir("build/bench/inputs", 0777);
    if (!mkdtemp(place->scratch)) {
        snprintf(place->scratch, sizeof place->scratch, "%s", "build/bench/scratch");
        if (mkdir(place->scratch, 0700) && errno != EEXIST)
            return false;
        char *whole = realpath(place->scratch, NULL);
        snprintf(place->scratch, sizeof place->scratch, "%s", whole ? whole : "");
        free(whole);
        fputs("/dev/shm cannot be written to: profiles go to build/bench\n", stderr);
    }
    place->cpu_count = measure_cpus(place->cpus);
    return realpath(build, place->build) && realpath("build/bench/inputs", place->inputs) &&
           place->cpu_count;
}

void bench_place_leave(const struct bench_place *place)
{
    folder_clear(place->scratch);
    rmdir(place->scratch);
}
