/* SPDX-License-Identifier: MIT
 *
 * usage: tracked pool|arena|section|left|forked|threads
 *
 * To be run under the recorder: knows what that must have counted, and ends with 1 and a line where
 * a section says otherwise. Of objects a line is said for each function that has them:
 *
 *     PID FUNCTION OBJECTS BYTES FREED FREED_BYTES REMOTE
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tare/arena.h>
#include <tare/pool.h>
#include <tare/section.h>

#define NOINLINE __attribute__((noinline))
#define CHECK(condition)                                           \
    do {                                                           \
        if (!(condition)) {                                        \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                               \
        }                                                          \
    } while (0)

/* A block that no compiler leaves out. */
static void *kept(void *block)
{
    __asm__ volatile("" : "+r"(block) : : "memory");
    return block;
}

static void *take(size_t bytes)
{
    return kept(malloc(bytes));
}

struct point {
    long x, y, z;
};

TARE_POOL_DEFINE(point, struct point, .capacity_objects = 1 << 20);

enum { POINTS = 5000, THREADS = 3, TEXTS = 2000 };

static struct point *points[POINTS];

NOINLINE static void fill(void)
{
    for (int i = 0; i < POINTS; i++)
        CHECK(points[i] = point_alloc());
}

static void *empty(void *from)
{
    for (int i = (int)(intptr_t)from; i < POINTS; i += THREADS)
        point_free(points[i]);
    return NULL;
}

static void pool(void)
{
    pthread_t threads[THREADS];
    long bytes = POINTS * (long)sizeof(struct point),
         here = (POINTS + THREADS - 1) / THREADS;

    fill();
    for (intptr_t i = 1; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, empty, (void *)i) == 0);
    for (int i = 1; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    empty((void *)0);
    CHECK(tare_pool_fini(&point_pool) == 0);
    printf("%d fill %d %ld %d %ld %ld\n", getpid(), POINTS, bytes, POINTS, bytes,
           POINTS - here);
}

NOINLINE static void write_texts(struct tare_arena *texts)
{
    for (int i = 0; i < TEXTS; i++)
        CHECK(tare_arena_alloc(texts, 30));
}

static void arena(void)
{
    struct tare_arena texts = {0};

    for (int round = 0; round < 5; round++) {
        write_texts(&texts);
        tare_arena_reset(&texts);
    }
    write_texts(&texts);
    printf("%d write_texts %d %d %d %d 0\n", getpid(), 6 * TEXTS, 6 * 30 * TEXTS, 5 * TEXTS,
           5 * 30 * TEXTS);
    _exit(fflush(stdout)); /* the last texts live on */
}

static void counts_are(const struct tare_section *section, uint64_t allocations,
                       uint64_t bytes, uint64_t frees, uint64_t freed_bytes,
                       uint64_t peak_bytes)
{
    const struct tare_section_counts *counts = &section->counts;

    if (section->is_tracked && counts->allocations == allocations &&
        counts->bytes == bytes && counts->frees == frees &&
        counts->freed_bytes == freed_bytes && counts->peak_bytes == peak_bytes)
        return;
    printf("not so: ");
    tare_section_print(section, stdout);
    exit(1);
}

static void section(void)
{
    struct tare_section outer, inner, none;
    void *old = take(1000);

    point_free(point_alloc()); /* the pool has what it needs by now */
    tare_section_begin(&outer, "outer");
    void *a = take(100);
    tare_section_begin(&inner, "inner");
    void *b = kept(calloc(2, 100));
    free(old);
    b = kept(realloc(b, 5000)); /* a free of 200 bytes, and an allocation */
    a = kept(realloc(a, 50));
    struct point *point = point_alloc();
    tare_section_begin(&none, "none");
    tare_section_end(&none);
    tare_section_end(&inner);
    point_free(point);
    void *c = NULL;
    CHECK(posix_memalign(&c, 64, 300) == 0);
    free(kept(c));
    free(b);
    tare_section_end(&outer);
    free(a);
    counts_are(&none, 0, 0, 0, 0, 0);
    CHECK(inner.counts.objects == 1 && inner.counts.object_bytes == sizeof(struct point));
    CHECK(inner.counts.freed_objects == 0 && outer.counts.freed_objects == 1);
    counts_are(&inner, 3, 5250, 3, 1300, 4000);
    counts_are(&outer, 5, 5650, 5, 6600, 4350);
}

static jmp_buf place;

NOINLINE static void leave(void)
{
    struct tare_section section;

    tare_section_begin(&section, "left");
    free(take(10));
    longjmp(place, 1);
}

static void *end_within(void *section)
{
    if (section) {
        tare_section_begin(section, "the thread's");
        CHECK(((struct tare_section *)section)->is_tracked);
    }
    free(take(20));
    return NULL;
}

/* Sections that nobody ends. */
static void left(void)
{
    static struct tare_section many[100], of_thread;
    struct tare_section outer, next;
    pthread_t thread;
    volatile int times = 0;

    tare_section_begin(&outer, "outer");
    if (setjmp(place) && ++times == 1000)
        tare_section_end(&outer);
    else
        leave();
    counts_are(&outer, 1000, 10000, 1000, 10000, 10);
    free(take(10));
    tare_section_begin(&next, "next");
    CHECK(next.is_tracked);
    for (int i = 0; i < 100; i++) /* more than are followed */
        tare_section_begin(&many[i], "many");
    CHECK(many[50].is_tracked && !many[99].is_tracked);
    free(take(30));
    tare_section_end(&many[99]);
    tare_section_end(&next);
    counts_are(&next, 1, 30, 1, 30, 30);
    for (int i = 0; i < 3; i++) { /* the third has the place of the others */
        CHECK(!pthread_create(&thread, NULL, end_within, i < 2 ? &of_thread : NULL));
        pthread_join(thread, NULL);
    }
}

static void forked(void)
{
    struct tare_section outer, inner;
    int status;

    tare_section_begin(&outer, "outer");
    void *block = take(100);
    pid_t child = fork();
    if (child == 0) {
        free(block); /* the parent's, which is not counted here */
        tare_section_end(&outer);
        counts_are(&outer, 0, 0, 0, 0, 0);
        tare_section_begin(&inner, "inner");
        free(take(70));
        tare_section_end(&inner);
        counts_are(&inner, 1, 70, 1, 70, 70);
        exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    free(block);
    tare_section_end(&outer);
    counts_are(&outer, 1, 100, 1, 100, 100);
}

static pthread_barrier_t all_allocated, all_seen;

static void *allocate(void *bytes)
{
    free(take((size_t)(uintptr_t)bytes));
    pthread_barrier_wait(&all_allocated);
    pthread_barrier_wait(&all_seen);
    return NULL;
}

static bool is_seen(const struct tare_section_thread *threads, size_t count, bool has_ended,
                    uint64_t bytes)
{
    for (size_t i = 0; i < count; i++)
        if (!threads[i].thread == has_ended && threads[i].bytes == bytes &&
            threads[i].freed_bytes == bytes && threads[i].allocations >= 1)
            return true;
    return false;
}

static void threads(void)
{
    struct tare_section_thread seen[10];
    pthread_t started[THREADS];
    uint64_t own = 0;

    pthread_barrier_init(&all_allocated, NULL, THREADS + 1);
    pthread_barrier_init(&all_seen, NULL, THREADS + 1);
    for (intptr_t i = 0; i < THREADS; i++)
        CHECK(!pthread_create(&started[i], NULL, allocate, (void *)(1000 + i)));
    pthread_barrier_wait(&all_allocated);
    size_t count = tare_section_threads(seen, 10);
    CHECK(count == THREADS + 1 && tare_section_threads(seen, 1) == count);
    for (uint64_t i = 0; i < THREADS; i++)
        CHECK(is_seen(seen, count, false, 1000 + i));
    for (size_t i = 0; i < count; i++)
        if (seen[i].thread == (uint64_t)getpid())
            own = seen[i].allocations;
    CHECK(own >= THREADS); /* their thread-local storage */
    pthread_barrier_wait(&all_seen);
    for (int i = 0; i < THREADS; i++)
        pthread_join(started[i], NULL);
    CHECK(tare_section_threads(seen, 10) == 2);
    CHECK(is_seen(&seen[1], 1, true, 3003));
}

int main(int count, char **words)
{
    static const struct {
        const char *name;
        void (*does)(void);
    } modes[] = {{"pool", pool}, {"arena", arena},   {"section", section},
                 {"left", left}, {"forked", forked}, {"threads", threads}};

    for (size_t i = 0; count > 1 && i < sizeof modes / sizeof *modes; i++)
        if (strcmp(words[1], modes[i].name) == 0)
            modes[i].does();
    return 0;
}
