/* SPDX-License-Identifier: MIT
 *
 * usage: buffer - <tare/buffer_pool.h> beside malloc of the same sizes, in the top folder of the
 * source. Environment: REPS rounds (9). Writes build/bench/buffer.tsv.
 */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tare/buffer_pool.h>

#include "bench/buffer_ways.h"
#include "bench/measure.h"
#include "bench/results.h"

enum {
    REPETITIONS = 9,
    THREADS = 2,
    SAMPLE_BYTES = 1 << 29, /* of all buffers of a sample together, */
    SAMPLE_MOST = 100000,   /* but not more buffers, */
    SAMPLE_LEAST = 4000,    /* nor fewer, than these */
    RESIDENT_BYTES = 24 << 20,
};

static const struct size {
    size_t bytes;
    const char *name;
} sizes[] = {
    {64, "64B"},         {128, "128B"},         {256, "256B"},
    {1 << 10, "1KiB"},   {4 << 10, "4KiB"},     {16 << 10, "16KiB"},
    {64 << 10, "64KiB"}, {256 << 10, "256KiB"}, {1 << 20, "1MiB"},
};

enum { SIZES = sizeof sizes / sizeof *sizes };

/* What one sample does. */
struct run {
    void (*run)(size_t bytes, size_t count);
    size_t bytes, count;
    int threads;
};

static void *run_thread(void *context)
{
    const struct run *run = context;

    run->run(run->bytes, run->count);
    return NULL;
}

static void run_sample(void *context)
{
    const struct run *run = context;
    pthread_t threads[THREADS];

    if (run->threads == 1) {
        run_thread(context);
        return;
    }
    for (int i = 0; i < run->threads; i++)
        if (pthread_create(&threads[i], NULL, run_thread, context))
            exit(1);
    for (int i = 0; i < run->threads; i++)
        pthread_join(threads[i], NULL);
}

static size_t sample_count(size_t bytes)
{
    size_t count = SAMPLE_BYTES / bytes;

    return count > SAMPLE_MOST ? SAMPLE_MOST : count < SAMPLE_LEAST ? SAMPLE_LEAST : count;
}

/* Nanoseconds a buffer, of the ways [first, end) that are here. */
static void measure(size_t bytes, enum buffer_pattern pattern, int threads, size_t first,
                    size_t end, struct number ns[BUFFER_WAYS])
{
    struct run runs[BUFFER_WAYS];
    struct measure_way measured[BUFFER_WAYS];
    size_t count = 0, from[BUFFER_WAYS];

    for (size_t i = first; i < end; i++) {
        ns[i] = number_of(NAN);
        if (buffer_ways[i].missing)
            continue;
        runs[count] =
            (struct run){buffer_ways[i].run[pattern], bytes, sample_count(bytes), threads};
        measured[count] = (struct measure_way){.run = run_sample, .context = &runs[count]};
        from[count++] = i;
    }
    measure_ways(measured, count, measure_repetitions("REPS", REPETITIONS));
    for (size_t i = 0; i < count; i++) {
        struct number all = samples_number(&measured[i].ns);

        ns[from[i]] = (struct number){all.least / (double)runs[i].count,
                                      all.median / (double)runs[i].count};
    }
}

static void add(struct results *results, const struct size *size, const char *metric,
                const char *unit, struct number ours, const char *peer,
                struct number theirs)
{
    results_add(results, &(struct result){.name = size->name,
                                          .metric = metric,
                                          .unit = unit,
                                          .ours = ours,
                                          .peer = peer,
                                          .theirs = theirs});
}

static void add_times(struct results *results, const struct size *size,
                      enum buffer_pattern pattern, int threads, const char *metric)
{
    struct number ns[BUFFER_WAYS];

    measure(size->bytes, pattern, threads, BUFFER_POOL, BUFFER_MIMALLOC + 1, ns);
    for (size_t peer = BUFFER_MALLOC; peer <= BUFFER_MIMALLOC; peer++)
        add(results, size, metric, "ns", ns[BUFFER_POOL], buffer_ways[peer].name, ns[peer]);
    if (size->bytes < TARE_BUFFER_ASIDE_BYTES)
        add(results, size, metric, "ns", ns[BUFFER_POOL],
            buffer_ways[BUFFER_POOL_OF_ALL].name, ns[BUFFER_POOL_OF_ALL]);
}

/* All of it is used, and wiped. */
static void add_wiped(struct results *results, const struct size *size)
{
    struct number ns[BUFFER_WAYS];

    measure(size->bytes, BUFFER_WINDOW_FIFO, 1, BUFFER_POOL_SECURE, BUFFER_WAYS, ns);
    add(results, size, "window-wiped", "ns", ns[BUFFER_POOL_SECURE],
        buffer_ways[BUFFER_MALLOC_WIPED].name, ns[BUFFER_MALLOC_WIPED]);
}

/* What reaches the allocator, for 1000 buffers in a window; each is a call without a pool. */
static void add_allocations(struct results *results, const struct size *size)
{
    enum { COUNT = 1000 };
    struct tare_buffer window[BUFFER_WINDOW] = {0};
    struct tare_mem_counter counter;
    struct tare_buffer_pool counted;

    tare_mem_counter_init(&counter, NULL, 0);
    const struct tare_buffer_pool_options options = {.mem = &counter.mem};
    if (tare_buffer_pool_init(&counted, &options))
        exit(1);
    for (int i = 0; i < COUNT; i++) {
        tare_buffer_free(&window[i % BUFFER_WINDOW]);
        if (!tare_buffer_alloc(&window[i % BUFFER_WINDOW], &counted, size->bytes))
            exit(1);
    }
    for (int i = 0; i < BUFFER_WINDOW; i++)
        tare_buffer_free(&window[i]);
    double allocations = (double)tare_mem_counted(&counter).allocations;
    tare_buffer_pool_fini(&counted);
    add(results, size, "allocations-of-1000", "", number_of(allocations), "malloc",
        number_of(COUNT));
}

static double resident_bytes(void)
{
    double pages = NAN;
    FILE *file = fopen("/proc/self/statm", "r");

    if (!file || fscanf(file, "%*f %lf", &pages) != 1)
        pages = NAN;
    if (file)
        fclose(file);
    return pages * (double)sysconf(_SC_PAGESIZE);
}

/* Bytes a buffer that are resident while all of them are written to, and when all are free. */
struct residence {
    double in_use, after;
};

static void measure_residence(const struct buffer_way *way, size_t bytes,
                              struct residence *result)
{
    size_t count = RESIDENT_BYTES / bytes;
    void *buffers = malloc(count * BUFFER_HANDLE_BYTES);

    if (!buffers)
        return;
    memset(buffers, 1, count * BUFFER_HANDLE_BYTES); /* now, not while it is measured */
    double before = resident_bytes();
    before = resident_bytes(); /* the first look takes memory */
    way->take_all(bytes, count, buffers);
    result->in_use = (resident_bytes() - before) / (double)count;
    way->free_all(bytes, count, buffers);
    result->after = (resident_bytes() - before) / (double)count;
}

/* In a process of its own, before this one has used memory. */
static struct residence residence_of(enum buffer_way_id way, size_t bytes)
{
    struct residence result = {NAN, NAN},
                     *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED || buffer_ways[way].missing)
        return result;
    *shared = result;
    pid_t child = fork();
    if (child == 0) {
        measure_residence(&buffer_ways[way], bytes, shared);
        _exit(0);
    }
    if (child > 0)
        waitpid(child, NULL, 0);
    result = *shared;
    munmap(shared, sizeof *shared);
    return result;
}

static void add_residence(struct results *results, const struct size *size)
{
    struct residence ours = residence_of(BUFFER_POOL, size->bytes);

    for (size_t peer = BUFFER_POOL_OF_ALL; peer <= BUFFER_MIMALLOC; peer++) {
        if (peer == BUFFER_POOL_OF_ALL && size->bytes >= TARE_BUFFER_ASIDE_BYTES)
            continue;
        struct residence theirs = residence_of(peer, size->bytes);

        add(results, size, "resident-in-use", "B", number_of(ours.in_use),
            buffer_ways[peer].name, number_of(theirs.in_use));
        add(results, size, "resident-when-free", "B", number_of(ours.after),
            buffer_ways[peer].name, number_of(theirs.after));
    }
}

static void print_conditions(void)
{
    printf(
        "Buffers beside malloc: alloc, a store to the first and to the last byte, free; %u "
        "repetitions after one to warm up, each way in turn in each.\n",
        measure_repetitions("REPS", REPETITIONS));
    for (size_t i = 0; i < BUFFER_WAYS; i++)
        if (buffer_ways[i].missing)
            printf("Not measured: %s, as %s is not here (make bench-deps installs it).\n",
                   buffer_ways[i].name, buffer_ways[i].missing);
    putchar('\n');
}

static void measure_size(struct results *results, const struct size *size, bool two_cpus)
{
    add_times(results, size, BUFFER_PAIR, 1, "pair");
    add_times(results, size, BUFFER_WINDOW_FIFO, 1, "window-of-64");
    add_times(results, size, BUFFER_BURST, 1, "burst-of-64");
    if (two_cpus)
        add_times(results, size, BUFFER_WINDOW_FIFO, THREADS, "window-2-threads");
    add_wiped(results, size);
    add_allocations(results, size);
}

int main(void)
{
    struct results results = {0};
    int cpus[MEASURE_CPUS] = {-1};
    unsigned cpu_count = measure_cpus(cpus);

    if (!cpu_count || measure_pin(cpus, cpu_count))
        fputs("not bound to a processor\n", stderr);
    buffer_ways_prepare();
    print_conditions();
    for (size_t i = 0; i < SIZES; i++)
        add_residence(&results, &sizes[i]);
    for (size_t i = 0; i < SIZES; i++)
        measure_size(&results, &sizes[i], cpu_count >= THREADS);
    results_print(&results, stdout);
    return results_end(&results, "buffer") ? 0 : 1;
}
