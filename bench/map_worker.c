/* SPDX-License-Identifier: MIT
 *
 * usage: map_WAY_KIND ENTRIES [PATTERN] - print what each operation costs with so many entries, a line
 *        each, "NAME nanoseconds". PATTERN of integers: random (default), sequence, mul16, mul32, high.
 *        map_WAY_KIND begin - is it here?
 *        map_WAY_KIND memory - print the bytes an entry takes, on average and at most, while a map
 *        grows from 2^20 to 2^23 entries.
 */
#include "bench/map_worker.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/measure.h"

enum {
    STEPS_MIN = 1 << 18,
    STEPS_MOST_SMALL = 1 << 20, /* with few entries */
    GROW_FROM = 1 << 20,
    GROW_TO = 1 << 23,
    GROW_STEPS_OCTAVE = 32,
};

volatile uint64_t map_sink;

double map_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

void map_expect(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "wrong result: %s\n", what);
    exit(1);
}

static uint64_t mixed(uint64_t number)
{
    uint64_t word = (number + 1) * 0x9e3779b97f4a7c15u;

    word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9u;
    word = (word ^ word >> 27) * 0x94d049bb133111ebu;
    return word ^ word >> 31;
}

static const char *pattern = "random";

#ifdef MAP_OF_TEXT
/* 16 to 32 bytes, of which the last 16 differ. */
static map_key key_of(uint64_t number)
{
    static const char before[] = "user:session:obj";
    char bytes[40];
    uint64_t word = mixed(number);
    int skipped = (int)(word % 17);
    int length = snprintf(bytes, sizeof bytes, "%s%016llx", before + skipped,
                          (unsigned long long)mixed(word));

    map_key key = {memcpy(malloc((size_t)length + 1), bytes, (size_t)length + 1),
                   (size_t)length};
    return key;
}
#else
static map_key key_of(uint64_t number)
{
    static const struct {
        const char *name;
        unsigned shift;
    } shifts[] = {{"sequence", 0}, {"mul16", 16}, {"mul32", 32}, {"high", 40}};

    for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++)
        if (strcmp(pattern, shifts[i].name) == 0)
            return (number + 1) << shifts[i].shift;
    return mixed(number);
}
#endif

static map_key *keys_from(uint64_t first, size_t count)
{
    map_key *keys = malloc(count * sizeof *keys);

    for (size_t i = 0; keys && i < count; i++)
        keys[i] = key_of(first + i);
    return keys;
}

static map_key *picked(const map_key *from, size_t among, size_t count)
{
    map_key *keys = malloc((count + 1) * sizeof *keys);

    for (size_t i = 0; keys && i <= count; i++)
        keys[i] = from[mixed(i * 7919) % among];
    return keys;
}

static map_key *shuffled(const map_key *from, size_t count)
{
    map_key *keys = malloc(count * sizeof *keys);

    memcpy(keys, from, count * sizeof *keys);
    for (size_t i = count - 1; i > 0; i--) {
        size_t other = mixed(i) % (i + 1);
        map_key key = keys[i];

        keys[i] = keys[other];
        keys[other] = key;
    }
    return keys;
}

static struct map_keys make_keys(size_t count)
{
    size_t least = count < 10000 ? STEPS_MOST_SMALL : STEPS_MIN;
    size_t steps = count >= least ? count : least / count * count;
    struct map_keys keys = {.count = count, .steps = steps};

    keys.there = keys_from(0, count);
    keys.fresh = keys_from(count, steps);
    keys.absent = keys_from(count + steps, count);
    keys.hits = picked(keys.there, count, steps);
    keys.misses = picked(keys.absent, count, steps);
    keys.gone = shuffled(keys.there, count);
    return keys;
}

static void run_all(const struct map_keys *keys, const struct map_loops *loops)
{
    loops->insert(keys, false); /* warms up */
    printf("insert %.4f\n", loops->insert(keys, false));
    printf("insert-reserved %.4f\n", loops->insert(keys, true));
    printf("hit %.4f\n", loops->hit(keys));
    printf("hit-dependent %.4f\n", loops->dependent(keys));
    printf("miss %.4f\n", loops->miss(keys));
    printf("iterate %.4f\n", loops->iterate(keys));
    printf("mix %.4f\n", loops->mix(keys));
    printf("erase %.4f\n", loops->erase(keys));
    if (loops->bulk_hit)
        printf("bulk-hit %.4f\n", loops->bulk_hit(keys));
    if (loops->bulk_insert)
        printf("bulk-insert %.4f\n", loops->bulk_insert(keys));
}

/* Resident bytes, and the most of them since the last call. */
static void read_resident(double *now, double *most)
{
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");

    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, "VmHWM:", 6) == 0)
            *most = strtod(line + 6, NULL) * 1024;
        else if (strncmp(line, "VmRSS:", 6) == 0)
            *now = strtod(line + 6, NULL) * 1024;
    if (status)
        fclose(status);
    FILE *reset = fopen("/proc/self/clear_refs", "w");
    if (!reset || fputs("5", reset) < 0 || fclose(reset))
        exit(1);
}

static void run_memory(const struct map_loops *loops)
{
    map_key *keys = keys_from(0, GROW_TO);
    double base, now, most, mean = 0, highest = 0, peak = 0, at = GROW_FROM;
    size_t count = 1000, steps = 0;

    mallopt(M_MMAP_THRESHOLD, 1 << 16); /* what is freed is gone */
    mallopt(M_TRIM_THRESHOLD, 1 << 16);
    loops->grow(keys, 0, count); /* what the first map of a program needs */
    read_resident(&base, &most);
    read_resident(&base, &most);
    while (at <= GROW_TO) {
        loops->grow(keys, count, (size_t)at);
        count = (size_t)at;
        read_resident(&now, &most);
        mean += (now - base) / (double)count;
        if ((now - base) / (double)count > highest)
            highest = (now - base) / (double)count;
        if (steps++ && (most - base) / (double)count > peak)
            peak = (most - base) / (double)count;
        at *= 1.0219; /* 2 to the power of 1/32 */
    }
    printf("mean-bytes %.3f\nmost-bytes %.3f\npeak-bytes %.3f\n", mean / (double)steps,
           highest, peak);
}

int map_worker_main(int argc, char **argv, const struct map_loops *loops)
{
    int cpus[MEASURE_CPUS];

    if (argc < 2) {
        fputs("usage: map_WAY_KIND ENTRIES|memory [PATTERN]\n", stderr);
        return 2;
    }
    if (strcmp(argv[1], "begin") == 0)
        return 0;
    if (measure_cpus(cpus))
        measure_pin(cpus, 1);
    if (argc > 2)
        pattern = argv[2];
    if (strcmp(argv[1], "memory") == 0) {
        run_memory(loops);
        return 0;
    }
    const struct map_keys keys = make_keys(strtoull(argv[1], NULL, 10));
    run_all(&keys, loops);
    return 0;
}
