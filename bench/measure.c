/* SPDX-License-Identifier: MIT */
#include "bench/measure.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void samples_add(struct samples *samples, double value)
{
    if (samples->count < MEASURE_SAMPLES)
        samples->values[samples->count++] = value;
}

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

struct number samples_number(const struct samples *samples)
{
    double sorted[MEASURE_SAMPLES];
    size_t count = samples->count;

    if (!count)
        return number_of(NAN);
    memcpy(sorted, samples->values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_doubles);
    return (struct number){
        .least = sorted[0],
        .median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2,
    };
}

struct number number_of(double value)
{
    return (struct number){.least = value, .median = value};
}

struct number number_minus(struct number a, struct number b)
{
    return (struct number){.least = a.least - b.least, .median = a.median - b.median};
}

double geometric_mean(const double *values, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += log(values[i]);
    return count ? exp(sum / (double)count) : 0;
}

uint64_t measure_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

unsigned measure_cpus(int cpus[MEASURE_CPUS])
{
    unsigned count = 0;
    cpu_set_t allowed;

    if (sched_getaffinity(0, sizeof allowed, &allowed))
        return 0;
    for (int cpu = CPU_SETSIZE - 1; cpu >= 0 && count < MEASURE_CPUS; cpu--)
        if (CPU_ISSET(cpu, &allowed))
            cpus[count++] = cpu;
    return count;
}

int measure_pin(const int *cpus, unsigned count)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    for (unsigned i = 0; i < count; i++)
        CPU_SET(cpus[i], &set);
    return sched_setaffinity(0, sizeof set, &set) ? -errno : 0;
}

unsigned measure_repetitions(const char *name, unsigned otherwise)
{
    const char *value = getenv(name);
    long number = value && *value ? strtol(value, NULL, 10) : 0;

    return number < 1 || number > MEASURE_SAMPLES ? otherwise : (unsigned)number;
}

bool measure_is_chosen(const char *name)
{
    const char *cases = getenv("CASES");
    size_t bytes = strlen(name);

    if (!cases || !*cases)
        return true;
    for (const char *at = cases; (at = strstr(at, name)); at += bytes)
        if ((at == cases || at[-1] == ' ') && (!at[bytes] || at[bytes] == ' '))
            return true;
    return false;
}

void measure_ways(struct measure_way *ways, size_t count, unsigned repetitions)
{
    for (size_t i = 0; i < count; i++)
        ways[i].run(ways[i].context);
    for (unsigned round = 0; round < repetitions; round++)
        for (size_t i = 0; i < count; i++) {
            uint64_t start = measure_now_ns();

            ways[i].run(ways[i].context);
            samples_add(&ways[i].ns, (double)(measure_now_ns() - start));
        }
}
