/* SPDX-License-Identifier: MIT */
#include "governors/figures.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int64_t figures_now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t figures_processor_ns(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

unsigned long figures_status_kib(const char *name)
{
    char text[4096], *line;
    int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t bytes = file < 0 ? -1 : read(file, text, sizeof text - 1);

    if (file >= 0)
        close(file);
    text[bytes > 0 ? bytes : 0] = 0;
    line = strstr(text, name);
    return line ? strtoul(line + strlen(name) + 1, NULL, 10) : 0;
}

void figures_print_resident(const char *when)
{
    printf("resident %s: %lu KiB, of which %lu KiB are the process's own\n", when,
           figures_status_kib("VmRSS"), figures_status_kib("RssAnon"));
}

/* Below 8 each number has its own. */
static unsigned slot_of(uint64_t ns)
{
    unsigned power = 63 - (unsigned)__builtin_clzll(ns | 1);
    unsigned slot =
        power < 3 ? (unsigned)ns : 8 * (power - 2) + (unsigned)(ns >> (power - 3) & 7);

    return slot < HISTOGRAM_SLOTS ? slot : HISTOGRAM_SLOTS - 1;
}

static int64_t end_of(unsigned slot)
{
    return slot < 8 ? slot : (int64_t)((slot % 8 + 9) << (slot / 8 - 1)) - 1;
}

void histogram_add(struct histogram *histogram, int64_t ns)
{
    histogram->counts[slot_of((uint64_t)ns)]++;
    histogram->count++;
    if (ns > histogram->most_ns)
        histogram->most_ns = ns;
}

int64_t histogram_within(const struct histogram *histogram, double share)
{
    uint64_t sum = 0;

    for (unsigned slot = 0; slot < HISTOGRAM_SLOTS; slot++) {
        sum += histogram->counts[slot];
        if ((double)sum >= share * (double)histogram->count)
            return end_of(slot);
    }
    return histogram->most_ns;
}
