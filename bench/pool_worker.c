/* SPDX-License-Identifier: MIT
 *
 * usage: pool_WAY_BYTES CASE THREADS [LIBRARY] - do one case; prints the nanoseconds an object
 * took in a thread, on average, or the resident bytes of one. CASE begin: whether the way can be
 * had here. LIBRARY: where malloc has to come from.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/measure.h"
#include "bench/pool_worker.h"

enum {
    WARM_UP_NS = 40000000,
    MEASURED_NS = 100000000,
    CHUNK_OBJECTS = 1 << 15, /* between two looks at the clock */
    LIVE_OBJECTS = 1000000,  /* whose memory is measured */
    MOST_OBJECTS = 100000,   /* that exist at a time in any other case */
};

typedef void (*loop_fn)(struct pool_window *window, uint64_t count);

struct worker {
    int cpu;
    loop_fn loop;
    struct pool_window window;
    double ns;
    pthread_t thread;
};

uint16_t pool_order[POOL_ORDER];
static struct worker workers[MEASURE_CPUS];
static struct pool_flow flow;
static pthread_barrier_t all_warm;

static void shuffle_order(void)
{
    static uint16_t slots[POOL_WINDOW];
    uint32_t state = 12345;

    for (uint32_t i = 0; i < POOL_WINDOW; i++)
        slots[i] = (uint16_t)i;
    for (uint32_t i = POOL_WINDOW - 1; i > 0; i--) {
        state = state * 1664525 + 1013904223;
        uint32_t other = (state >> 8) % (i + 1);
        uint16_t slot = slots[i];

        slots[i] = slots[other];
        slots[other] = slot;
    }
    memcpy(pool_order, slots, sizeof pool_order);
}

/* Work until so much time has passed; what an object took. */
static double repeat(loop_fn loop, struct pool_window *window, uint64_t least_ns)
{
    uint64_t start = measure_now_ns(), count = 0, passed;

    do {
        loop(window, CHUNK_OBJECTS);
        count += CHUNK_OBJECTS;
        passed = measure_now_ns() - start;
    } while (passed < least_ns);
    return (double)passed / (double)count;
}

/* The queue's loop fills a window too. */
static void *work(void *context)
{
    struct worker *worker = context;

    measure_pin(&worker->cpu, 1);
    pool_way.enter();
    if (worker->loop == pool_way.fifo || worker->loop == pool_way.random)
        pool_way.fifo(&worker->window, POOL_WINDOW);
    worker->window.at = 0;
    repeat(worker->loop, &worker->window, WARM_UP_NS);
    pthread_barrier_wait(&all_warm);
    worker->ns = repeat(worker->loop, &worker->window, MEASURED_NS);
    return NULL;
}

static double measure_loop(loop_fn loop, const int *cpus, unsigned threads)
{
    double sum = 0;

    pthread_barrier_init(&all_warm, NULL, threads);
    for (unsigned i = 0; i < threads; i++) {
        workers[i].cpu = cpus[i];
        workers[i].loop = loop;
    }
    for (unsigned i = 1; i < threads; i++)
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
            exit(1);
    work(&workers[0]);
    for (unsigned i = 0; i < threads; i++) {
        if (i)
            pthread_join(workers[i].thread, NULL);
        sum += workers[i].ns;
    }
    return sum / threads;
}

struct consumer {
    int cpu;
    void (*consume)(struct pool_flow *flow);
};

static void *consume(void *context)
{
    const struct consumer *consumer = context;

    measure_pin(&consumer->cpu, 1);
    pool_way.enter();
    consumer->consume(&flow);
    return NULL;
}

static void produce(struct pool_window *window, uint64_t count)
{
    (void)window;
    pool_way.produce(&flow, count);
}

/* The producer cannot be ahead by more than the ring holds: its time is that of both. */
static double measure_flow(void (*with)(struct pool_flow *flow), const int *cpus)
{
    struct consumer consumer = {.cpu = cpus[1], .consume = with};
    pthread_t thread;

    measure_pin(cpus, 1);
    pool_way.enter();
    if (pthread_create(&thread, NULL, consume, &consumer))
        exit(1);
    repeat(produce, NULL, WARM_UP_NS);
    double ns = repeat(produce, NULL, MEASURED_NS);
    __atomic_store_n(&flow.has_ended, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    return ns;
}

static double resident_bytes(void)
{
    char line[256];
    double kib = 0;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");

    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "Rss:", 4) == 0)
            kib = strtod(line + 4, NULL);
    if (file)
        fclose(file);
    return kib * 1024;
}

/* With all that the way needs for so many objects. */
static double measure_memory(void)
{
    size_t bytes = LIVE_OBJECTS * sizeof(void *);
    void **objects = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

    if (objects == MAP_FAILED)
        exit(1);
    resident_bytes(); /* a first time: what reading needs itself */
    double before = resident_bytes();
    if (!pool_way.make(LIVE_OBJECTS))
        exit(1);
    pool_way.enter();
    pool_way.fill(objects, LIVE_OBJECTS);
    return (resident_bytes() - before) / LIVE_OBJECTS;
}

static bool malloc_is_from(const char *library)
{
    void *function = dlsym(RTLD_DEFAULT, "malloc");
    Dl_info info;

    return function && dladdr(function, &info) && strstr(info.dli_fname, library);
}

static loop_fn loop_of(const char *name)
{
    const struct {
        const char *name;
        loop_fn loop;
    } loops[] = {
        {"lifo", pool_way.lifo},
        {"batch", pool_way.batch},
        {"fifo", pool_way.fifo},
        {"random", pool_way.random},
    };

    for (size_t i = 0; i < sizeof loops / sizeof *loops; i++)
        if (strcmp(name, loops[i].name) == 0)
            return loops[i].loop;
    return NULL;
}

static double measure_case(const char *name, const int *cpus, unsigned threads)
{
    loop_fn loop = loop_of(name);

    if (strcmp(name, "memory") == 0)
        return measure_memory();
    if (!pool_way.make(MOST_OBJECTS))
        exit(1);
    if (loop)
        return measure_loop(loop, cpus, threads);
    if (threads == 2 && strcmp(name, "flow") == 0)
        return measure_flow(pool_way.consume, cpus);
    if (threads == 2 && strcmp(name, "flow-read") == 0)
        return measure_flow(pool_way.consume_read, cpus);
    fprintf(stderr, "%s: no such case\n", name);
    exit(2);
}

int main(int argc, char **argv)
{
    int cpus[MEASURE_CPUS];
    unsigned threads = argc > 2 ? (unsigned)atoi(argv[2]) : 0;

    if (argc < 3 || argc > 4 || threads < 1 || threads > measure_cpus(cpus)) {
        fputs("usage: pool_WAY_BYTES CASE THREADS [LIBRARY]; a processor for each thread\n",
              stderr);
        return 2;
    }
    if (!pool_way.begin() || (argc == 4 && !malloc_is_from(argv[3])))
        return 1;
    if (strcmp(argv[1], "begin") == 0)
        return 0;
    shuffle_order();
    printf("result: %.6f\n", measure_case(argv[1], cpus, threads));
    return 0;
}
