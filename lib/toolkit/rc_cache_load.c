/* SPDX-License-Identifier: MIT
 *
 * One load a key: a flight, on the stack of the thread that loads, in one list of the process. The
 * list is as long as threads are loading, and one lock is nothing beside a load; and so a thread
 * that is to wait can see whom it would wait for, across keys and caches.
 *
 * The value is put before its flight ends, both with the list's lock between them and who comes
 * later: who finds no flight looks into the cache once more, and finds the value there.
 */
#include "toolkit/rc_cache_core.h"

#include <errno.h>

#include "base/debug.h"

struct flight {
    struct flight *next;
    const struct tare_rc_cache *cache;
    struct rc_wanted wanted;
    pthread_t loader;
    pthread_cond_t changed;
    void *value; /* a reference of the flight's, while there are who wait */
    uint32_t waiting;
    int err;
    bool has_ended;
};

/* A thread that waits for a flight. */
struct wait {
    struct wait *next;
    struct flight *flight;
    pthread_t thread;
};

static struct {
    pthread_mutex_t lock;
    struct flight *flights;
    struct wait *waits;
} loads = {.lock = PTHREAD_MUTEX_INITIALIZER};

void tare__rc_load_lock(void)
{
    pthread_mutex_lock(&loads.lock);
}

void tare__rc_load_unlock(void)
{
    pthread_mutex_unlock(&loads.lock);
}

/* With the lock: other threads are gone, with what they loaded and waited for. The caller loads, if
 * it is a load function that forks. */
void tare__rc_load_forked(void)
{
    struct flight **at = &loads.flights;

    loads.waits = NULL;
    while (*at) {
        struct flight *flight = *at;

        if (pthread_equal(flight->loader, pthread_self())) {
            flight->waiting = 0;
            pthread_cond_init(&flight->changed, NULL);
            at = &flight->next;
        } else {
            *at = flight->next;
        }
    }
}

static bool is_same(const struct rc_wanted *one, const struct rc_wanted *other)
{
    if (one->hash != other->hash || !one->key.bytes != !other->key.bytes ||
        one->key.number != other->key.number)
        return false;
    return !one->key.bytes ||
           memcmp(one->key.bytes, other->key.bytes, one->key.number) == 0;
}

static struct flight *find_flight(const struct tare_rc_cache *cache,
                                  const struct rc_wanted *wanted)
{
    struct flight *at = loads.flights;

    while (at && (at->cache != cache || !is_same(&at->wanted, wanted)))
        at = at->next;
    return at;
}

/* Who loads it may wait for another, and so on, back to the caller. */
static bool leads_to_caller(const struct flight *flight)
{
    while (flight) {
        const struct wait *wait = loads.waits;

        if (pthread_equal(flight->loader, pthread_self()))
            return true;
        while (wait && !pthread_equal(wait->thread, flight->loader))
            wait = wait->next;
        flight = wait ? wait->flight : NULL;
    }
    return false;
}

static void unlist_wait(const struct wait *wait)
{
    struct wait **at = &loads.waits;

    while (*at != wait)
        at = &(*at)->next;
    *at = wait->next;
}

/* With the lock, which the loader needs to end the flight: it does not before all have left. */
static int wait_for(struct flight *flight, void **value)
{
    struct wait wait = {.next = loads.waits, .flight = flight, .thread = pthread_self()};

    if (leads_to_caller(flight))
        return -EDEADLK;
    loads.waits = &wait;
    flight->waiting++;
    while (!flight->has_ended)
        pthread_cond_wait(&flight->changed, &loads.lock);
    unlist_wait(&wait);
    int err = flight->err;
    if (!err)
        *value = tare_rc_acquire(flight->cache->options.type, flight->value);
    if (--flight->waiting == 0)
        pthread_cond_broadcast(&flight->changed);
    return err;
}

/* Two threads' flights of one key cannot be: it is listed with the lock in which none was found. */
static void begin_flight(struct flight *flight)
{
    flight->loader = pthread_self();
    pthread_cond_init(&flight->changed, NULL);
    flight->next = loads.flights;
    loads.flights = flight;
}

static void end_flight(struct flight *flight, struct tare_rc_cache *cache)
{
    struct flight **at = &loads.flights;

    pthread_mutex_lock(&loads.lock);
    while (*at != flight)
        at = &(*at)->next;
    *at = flight->next;
    cache->loads++;
    cache->load_errors += flight->err != 0;
    flight->has_ended = true;
    pthread_cond_broadcast(&flight->changed);
    while (flight->waiting)
        pthread_cond_wait(&flight->changed, &loads.lock);
    pthread_mutex_unlock(&loads.lock);
    pthread_cond_destroy(&flight->changed);
}

static int load_now(struct flight *flight, struct tare_rc_cache *cache,
                    tare_rc_load_fn load, void *context, void **value)
{
    size_t value_bytes = 0;

    flight->err = load(flight->wanted.key, context, &flight->value, &value_bytes);
    TARE_ASSERT(flight->err || flight->value);
    if (!flight->err) {
        int refused =
            tare_rc_cache_put(cache, flight->wanted.key, flight->value, value_bytes);

        (void)refused; /* it is counted there, and all who wait get the value from here */
        *value = flight->value;
    }
    end_flight(flight, cache);
    return flight->err;
}

int tare_rc_cache_load(struct tare_rc_cache *cache, struct tare_rc_key key,
                       tare_rc_load_fn load, void *context, void **value)
{
    struct flight flight = {.cache = cache, .wanted = rc_want(cache, key)}, *other;
    int err = 0;

    *value = tare_rc_cache_get(cache, key);
    if (*value)
        return 0;
    pthread_mutex_lock(&loads.lock);
    other = find_flight(cache, &flight.wanted);
    if (other) {
        cache->load_waits++;
        err = wait_for(other, value);
    } else if (!(*value = tare_rc_cache_get(cache, key))) {
        begin_flight(&flight);
    }
    pthread_mutex_unlock(&loads.lock);
    if (other || *value)
        return err;
    return load_now(&flight, cache, load, context, value);
}
