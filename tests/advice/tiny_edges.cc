/* SPDX-License-Identifier: MIT
 *
 * A graph of two threads' making with an object for each edge: pool, in connect.
 */
#include <pthread.h>

#include <new>

#include <tare/pool.h>

enum { EDGES = 30000, THREADS = 2 };

struct edge {
    unsigned from, to, weight, flags;
};

static edge *edges[THREADS][EDGES];

#ifdef REMEDIED
TARE_POOL_DEFINE(edges_of_graph, edge);

static edge *make()
{
    return edges_of_graph_alloc();
}

static void drop(edge *one)
{
    edges_of_graph_free(one);
}
#else
static edge *make()
{
    return new edge;
}

static void drop(edge *one)
{
    delete one;
}
#endif

static __attribute__((noinline)) void connect(edge **place, unsigned from, unsigned to)
{
    *place = make();
    **place = edge{from, to, from ^ to, 0};
}

static __attribute__((noinline)) void cut(edge **place)
{
    drop(*place);
}

static void *work(void *mine)
{
    edge **own = static_cast<edge **>(mine);

    for (unsigned i = 0; i < EDGES; i++)
        connect(&own[i], i, i * 31);
    for (unsigned i = 0; i < EDGES; i++) {
        cut(&own[i * 7919u % EDGES]);
        connect(&own[i * 7919u % EDGES], i, i * 17);
    }
    return nullptr;
}

int main()
{
    pthread_t threads[THREADS];

    for (unsigned i = 0; i < THREADS; i++)
        pthread_create(&threads[i], nullptr, work, edges[i]);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], nullptr);
    return 0;
}
