/* SPDX-License-Identifier: MIT
 *
 * Workers make results in turns, the first thread reads and frees them: batch-free, in compute.
 */
#include <pthread.h>

#include <cstring>

#include <tare/vec.h>

enum { RESULTS = 100, ROUNDS = 600 };

struct round {
    char *results[RESULTS];
    unsigned number;
};

static pthread_barrier_t turn;
static round rounds[2];

static __attribute__((noinline)) char *compute(unsigned number)
{
    size_t bytes = 100 + number * 7919 % 3000;
    char *result = new char[bytes];

    std::memset(result, static_cast<int>(number), bytes);
    return result;
}

static void drop(round *done)
{
    for (unsigned i = 0; i < RESULTS; i++)
        delete[] done->results[i];
}

#ifdef REMEDIED
static void before(round *own)
{
    drop(own); /* of two rounds ago: whoever read them is done */
}

static void after(round *)
{
}
#else
static void before(round *)
{
}

static void after(round *done)
{
    drop(done);
}
#endif

static void *work(void *)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        round *own = &rounds[i % 2];

        before(own);
        for (unsigned k = 0; k < RESULTS; k++)
            own->results[k] = compute(i * RESULTS + k);
        pthread_barrier_wait(&turn);
    }
    return nullptr;
}

int main()
{
    pthread_t worker;
    unsigned long sum = 0;

    pthread_barrier_init(&turn, nullptr, 2);
    pthread_create(&worker, nullptr, work, nullptr);
    for (unsigned i = 0; i < ROUNDS; i++) {
        pthread_barrier_wait(&turn);
        for (unsigned k = 0; k < RESULTS; k++)
            sum += static_cast<unsigned char>(rounds[i % 2].results[k][0]);
        after(&rounds[i % 2]);
    }
    pthread_join(worker, nullptr);
    return sum == 0;
}
