/* SPDX-License-Identifier: MIT
 *
 * usage: objects counts|threads|arena|fork|many|again|interrupted|killed
 *
 * An allocator of its own that tells of its objects. For each function that made some, and each
 * process, a line says what must have been counted:
 *
 *     PID FUNCTION OBJECTS BYTES FREED FREED_BYTES REMOTE
 */
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <tare/annotate.h>

#include "faults/fault.h"

enum { MEMORY_BYTES = 1 << 26, STEP_BYTES = 64, THREADS = 4 };

static char *memory;

struct known {
    const char *function;
    long objects, bytes, freed, freed_bytes, remote;
};

static void say(const struct known *known)
{
    fault_say("%d %s %ld %ld %ld %ld %ld\n", getpid(), known->function, known->objects,
              known->bytes, known->freed, known->freed_bytes, known->remote);
}

static char *object_at(long place)
{
    return memory + place * STEP_BYTES;
}

NOINLINE static void made_here(long place, size_t bytes)
{
    tare_annotate_alloc(object_at(place), bytes);
}

NOINLINE static void made_there(long place, size_t bytes)
{
    tare_annotate_alloc(object_at(place), bytes);
}

static void give(long place)
{
    tare_annotate_free(object_at(place));
}

static void counts(void)
{
    for (long i = 0; i < 1000; i++) {
        made_here(i, 40);
        made_there(1000 + i, (size_t)i);
    }
    for (long i = 0; i < 600; i++)
        give(i);
    for (long i = 0; i < 10; i++)
        give(1000 + i);
    give(5);       /* gone already */
    give(3000000); /* there was none */
    tare_annotate_free(NULL);
    say(&(struct known){"made_here", 1000, 40000, 600, 24000, 0});
    say(&(struct known){"made_there", 1000, 499500, 10, 45, 0});
}

/* The thread's share of what main made, and some of its own, which main frees. */
static void *work(void *number)
{
    long first = 10000 * (long)number;

    for (long i = 0; i < 5000; i++)
        give(first + i);
    for (long i = 5000; i < 7000; i++)
        made_there(first + i, 32);
    return NULL;
}

static void threads(void)
{
    pthread_t started[THREADS];

    for (long i = 0; i < THREADS * 10000; i++)
        if (i % 10000 < 5000)
            made_here(i, 24);
    for (long i = 0; i < THREADS; i++)
        CHECK(pthread_create(&started[i], NULL, work, (void *)i) == 0);
    for (long i = 0; i < THREADS; i++)
        pthread_join(started[i], NULL);
    for (long i = 0; i < THREADS * 10000; i++)
        if (i % 10000 >= 5000 && i % 10000 < 6000)
            give(i);
    say(&(struct known){"made_here", 20000, 480000, 20000, 480000, 20000});
    say(&(struct known){"made_there", 8000, 256000, 4000, 128000, 4000});
}

/* A whole chunk, a part of one in the middle of a page, what begins before it and what after, a
 * range of many pages with little in it, and all there is. */
static void arena(void)
{
    long freed = 0;

    for (int round = 0; round < 10; round++) {
        for (long i = 0; i < 1024; i++)
            made_here(i, 16);
        tare_annotate_discard(memory, 1024 * STEP_BYTES);
        freed += 1024;
    }
    for (long i = 0; i < 1024; i++)
        made_here(i, 16);
    tare_annotate_discard(object_at(100) + 1, 49 * STEP_BYTES); /* 101 .. 149 */
    tare_annotate_discard(object_at(500), 1);
    tare_annotate_discard(object_at(600), 0);
    tare_annotate_discard(object_at(900) + 1, STEP_BYTES - 1);
    freed += 50;
    made_there(500000, 100);
    tare_annotate_discard(object_at(2000), MEMORY_BYTES - 2000 * STEP_BYTES);
    say(&(struct known){"made_there", 1, 100, 1, 100, 0});
    for (long i = 2000; i < 2100; i++)
        made_here(i, 16);
    tare_annotate_discard(object_at(2000), (size_t)-1);
    freed += 100;
    say(&(struct known){"made_here", 11 * 1024 + 100, (11 * 1024 + 100) * 16, freed,
                        freed * 16, 0});
}

/* The child begins with nothing; its parent's objects are none of its. */
static void fork_one(void)
{
    for (long i = 0; i < 1000; i++)
        made_here(i, 10);
    pid_t child = fork();
    CHECK(child >= 0);
    for (long i = 0; i < 300; i++)
        give(i);
    if (child == 0) {
        for (long i = 0; i < 500; i++)
            made_there(i, 20);
        tare_annotate_discard(memory, 200 * STEP_BYTES);
        say(&(struct known){"made_here", 0, 0, 0, 0, 0});
        say(&(struct known){"made_there", 500, 10000, 200, 4000, 0});
        exit(0);
    }
    CHECK(waitpid(child, NULL, 0) == child);
    say(&(struct known){"made_here", 1000, 10000, 300, 3000, 0});
}

static void many(void)
{
    for (long i = 0; i < 1000000; i++)
        made_here(i, 48);
    for (long i = 0; i < 1000000; i += 2)
        give(i * 7919 % 1000000);
    say(&(struct known){"made_here", 1000000, 48000000, 500000, 24000000, 0});
}

/* Handed out twice, without a word of its end. */
static void again(void)
{
    for (long i = 0; i < 100; i++)
        made_here(i, 8);
    for (long i = 0; i < 100; i++)
        made_there(i, 9);
    for (long i = 0; i < 100; i++)
        give(i);
    say(&(struct known){"made_here", 100, 800, 100, 800, 0});
    say(&(struct known){"made_there", 100, 900, 100, 900, 0});
}

enum { FORKS_MAX = 150, CHILD_STEPS = 3000 };

static volatile sig_atomic_t forks, is_child;

static void fork_within(int signal)
{
    (void)signal;
    if (!is_child && forks < FORKS_MAX) {
        pid_t child = fork();

        if (child == 0)
            is_child = 1;
        else if (child > 0)
            forks++;
    }
}

/* A handler forks in the middle of what is told; each child returns into it, and goes on. */
static void interrupted(void)
{
    const struct itimerval often = {{0, 300}, {0, 300}}, never = {{0, 0}, {0, 0}};
    long rounds = 0, steps = 0;
    int status;

    CHECK(signal(SIGALRM, fork_within) != SIG_ERR);
    CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
    for (; forks < FORKS_MAX; rounds++) {
        long first = rounds % 100 * 5000; /* other pages, whose tables grow */

        for (long i = 0; i < 100; i++)
            made_here(first + i, 12);
        for (long i = 0; i < 50; i++)
            give(first + i);
        tare_annotate_discard(object_at(first), 5000 * STEP_BYTES);
        if (is_child && ++steps == CHILD_STEPS / 100)
            _exit(42);
    }
    setitimer(ITIMER_REAL, &never, NULL);
    for (int i = 0; i < FORKS_MAX; i++) {
        CHECK(wait(&status) > 0);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
    }
    say(&(struct known){"made_here", rounds * 100, rounds * 1200, rounds * 100,
                        rounds * 1200, 0});
}

/* Objects of random places and sizes come, are replaced, and go, one by one and in ranges, made and
 * given back by all threads. */
static void *churn(void *number)
{
    unsigned long random = (unsigned long)number + 1;

    for (;;) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        long at = (long)(random >> 40) % 20000;

        if (random >> 62 == 0)
            give(at);
        else if (random >> 58 == 63)
            tare_annotate_discard(object_at(at), 50 * STEP_BYTES);
        else
            made_here(at, (random >> 30) % 300);
    }
    return NULL;
}

/* At a moment that nobody knows of the threads. */
static void killed(void)
{
    pthread_t started[THREADS];

    for (long i = 0; i < THREADS; i++)
        CHECK(pthread_create(&started[i], NULL, churn, (void *)i) == 0);
    usleep(20000 + (unsigned)getpid() % 1000 * 30);
    raise(SIGKILL);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*does)(void);
    } modes[] = {{"counts", counts},           {"threads", threads}, {"arena", arena},
                 {"fork", fork_one},           {"many", many},       {"again", again},
                 {"interrupted", interrupted}, {"killed", killed}};

    memory = fault_kept(malloc(MEMORY_BYTES));
    CHECK(memory);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (fault_is(argc, argv, modes[i].name))
            modes[i].does();
    return 0;
}
