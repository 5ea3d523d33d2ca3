/* SPDX-License-Identifier: MIT
 *
 * A pool for the entries of a log that is replicated: each is made for a moment, by one thread,
 * and freed by another.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <tare/pool.h>

struct proposal {
    unsigned long index;
    char command[120];
};

static void clear_proposal(void *object, void *context)
{
    (void)context;
    memset(object, 0, sizeof(struct proposal));
}

static int make_proposal(void *object, void *context)
{
    clear_proposal(object, context);
    return 0;
}

/* proposal_alloc, proposal_free, proposal_pool, ... What comes from proposal_alloc is clear: it was
 * constructed so, or reset when it was freed. */
TARE_POOL_DEFINE(proposal, struct proposal, .construct = make_proposal,
                 .reset = clear_proposal);

enum { PROPOSALS = 100000, WAITING = 64 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct proposal *waiting[WAITING];
    unsigned long proposed, applied;
} replica = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void *apply(void *unused)
{
    (void)unused;
    while (replica.applied < PROPOSALS) {
        pthread_mutex_lock(&replica.lock);
        while (replica.applied == replica.proposed)
            pthread_cond_wait(&replica.changed, &replica.lock);
        struct proposal *proposal = replica.waiting[replica.applied++ % WAITING];
        pthread_cond_signal(&replica.changed);
        pthread_mutex_unlock(&replica.lock);
        proposal_free(proposal);
    }
    return NULL;
}

static int propose(unsigned long index)
{
    TARE_POOL_SCOPED(proposal, proposal); /* freed here, unless it is handed on */

    if (!proposal || proposal->index != 0)
        return 1;
    proposal->index = index;
    snprintf(proposal->command, sizeof proposal->command, "set key%lu", index);
    pthread_mutex_lock(&replica.lock);
    while (replica.proposed - replica.applied == WAITING)
        pthread_cond_wait(&replica.changed, &replica.lock);
    replica.waiting[replica.proposed++ % WAITING] = proposal_steal(&proposal);
    pthread_cond_signal(&replica.changed);
    pthread_mutex_unlock(&replica.lock);
    return 0;
}

int main(void)
{
    struct tare_pool_stats stats;
    pthread_t applier;
    int failed = 0;

    if (pthread_create(&applier, NULL, apply, NULL))
        return 1;
    for (unsigned long i = 1; i <= PROPOSALS; i++)
        failed |= propose(i);
    pthread_join(applier, NULL);
    tare_pool_get_stats(&proposal_pool, &stats);
    printf("%d proposals were made in %zu objects (%zu slabs of %zu KiB)\n", PROPOSALS,
           stats.made_objects, stats.slabs, stats.slab_bytes >> 10);
    printf("a thread keeps up to %zu free ones twice; the depot was asked %lu times\n",
           stats.magazine_objects, (unsigned long)(stats.refills + stats.drains));
    printf("in use at the end: %zu\n", stats.live_objects);
    return failed || stats.live_objects || tare_pool_fini(&proposal_pool);
}
